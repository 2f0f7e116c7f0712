#define _GNU_SOURCE
#include "CMartletRuntime.h"
#include <elf.h>
#include <link.h>

typedef struct {
    martlet_segment *segments;
    int limit;
    int count;
    int image;
} listing;

static uint64_t mix(uint64_t hash, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    for (size_t i = 0; i < count; i++) hash = (hash ^ p[i]) * 0x100000001B3;
    return hash;
}

// Hashes the layout of the segments in the file and in memory, and the notes, which include the build id if the linker
// wrote it.
static uint64_t identity(const struct dl_phdr_info *info) {
    uint64_t hash = 0xCBF29CE484222325;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD) hash = mix(hash, header, sizeof *header);
        if (header->p_type == PT_NOTE)
            hash = mix(hash, (const void *)(info->dlpi_addr + header->p_vaddr), header->p_memsz);
    }
    return hash;
}

static int add(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    listing *list = context;
    uint64_t hash = identity(info);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD) continue;
        if (list->count < list->limit) {
            uintptr_t start = info->dlpi_addr + header->p_vaddr;
            list->segments[list->count] = (martlet_segment){
                list->image, info->dlpi_name, hash, info->dlpi_addr,
                start, start + header->p_memsz, (header->p_flags & PF_X) != 0,
            };
        }
        list->count++;
    }
    list->image++;
    return 0;
}

int martlet_segments(martlet_segment *segments, int limit) {
    listing list = {segments, limit, 0, 0};
    dl_iterate_phdr(add, &list);
    return list.count;
}
