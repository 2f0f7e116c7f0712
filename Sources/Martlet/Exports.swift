// Modules that `import Martlet` re-exports: the public API uses their types.
@_exported public import MartletCore
@_exported public import MartletExecutor
// The compression of files, for `saveAsTextFile`, and the files that were not read.
@_exported public import enum MartletFiles.Codec
@_exported public import struct MartletFiles.PassedOverFile
@_exported public import MartletPlan
@_exported public import MartletShuffle
@_exported public import MartletStatistics
@_exported public import MartletStatus
// An application declares its arguments with `@Argument`, `@Option` and `@Flag`.
@_exported public import ArgumentParser
