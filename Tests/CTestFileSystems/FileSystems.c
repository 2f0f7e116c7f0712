#include "CMartletRuntime.h"

MARTLET_FILE_SYSTEMS(martlet_test_file_systems)
