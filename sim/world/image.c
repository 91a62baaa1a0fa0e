/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/image.h"

#include <assert.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include "sim/world/arena.h"
#include "sim/world/symbol.h"

enum {
    LIBRARIES_MAX = 128,
    SEGMENTS_MAX = 128,
    ROOTS_MAX = 8,
    DESCRIBED_MAX = 16,
    PAGE_BYTES = 4096,
    ALLOWED_WORDS_MAX = 8
};

struct library {
    const char *path; /* borrowed from the link map */
    const char *name; /* file name without folders; borrowed from the link map */
    uintptr_t base;
    const ElfW(Dyn) * dynamic;
    const char *strings;
    const unsigned char *build_id;
    size_t build_id_bytes;
    bool is_wanted;
    uint64_t allowed_words[ALLOWED_WORDS_MAX]; /* offsets of words that its symbol table allows */
    size_t allowed_word_count;
};

/* A run of writable bytes: a writable segment without its read-only part and without lazily bound slots. */
struct segment {
    const struct library *library;
    char *start;
    size_t bytes;
    char *copy;
};

static struct {
    struct library libraries[LIBRARIES_MAX];
    size_t library_count;
    struct segment segments[SEGMENTS_MAX];
    size_t segment_count;
    const char *roots[ROOTS_MAX];
    size_t root_count;
    char *warm_copy, *warm_state;
    size_t warm_bytes;
    bool is_taken;
} image = {.roots = {"librdkafka.so", "libcurl.so", "libjansson.so"}, .root_count = 3};

static const struct image_allowed allowed[] = {
    {"librdkafka.so",
     "44d6cea2",
     0x1d74a8,
     "rkid (rd_kafka_new)",
     "numbers the clients for their names; begins anew",
     {"rkid"}},
    {"librdkafka.so",
     "44d6cea2",
     0x1d7460,
     "rd_kafka_thread_cnt_curr, rd_kafka_global_cnt",
     "what a killed process had; a process that ends takes its own back",
     {"rd_kafka_thread_cnt_curr", "rd_kafka_global_cnt"}},
    {"libcurl.so",
     "66115b3e",
     0xae5e8,
     "initialized",
     "counts curl_global_init; a killed process does not take its own back",
     {NULL}},
    {"libsasl2.so",
     "f8e1d60c",
     0x1c320,
     "_sasl_client_active",
     "counts sasl_client_init; one per rd_kafka_new",
     {NULL}},
    {"libsasl2.so", "f8e1d60c", 0x1c348, "_sasl_allocation_locked", "counts with it", {NULL}},
};
_Static_assert(sizeof allowed / sizeof allowed[0] <= IMAGE_ALLOWED_MAX, "a longer list hides something");

const struct image_allowed *image_allowed(size_t *count_out)
{
    *count_out = sizeof allowed / sizeof allowed[0];
    return allowed;
}

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The host's own: their state is not the world's. */
static bool is_of_the_host(const char *name)
{
    static const char *const host[] = {"libc.so",  "ld-linux", "libm.so", "libasan",
                                       "libubsan", "libgcc_s", "libtsan"};
    for (size_t i = 0; i < sizeof host / sizeof host[0]; i++)
        if (begins_with(name, host[i]))
            return true;
    return false;
}

void image_add_root(const char *name)
{
    assert(image.root_count < ROOTS_MAX);
    image.roots[image.root_count++] = name;
}

static void find_build_id(struct library *library, const char *notes, size_t bytes)
{
    for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= bytes;) {
        const ElfW(Nhdr) *note = (const void *)(notes + at);
        const char *name = (const char *)(note + 1);
        const char *content = name + ((note->n_namesz + 3) & ~3u);
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
            library->build_id = (const unsigned char *)content;
            library->build_id_bytes = note->n_descsz;
            return;
        }
        at = (size_t)(content - notes) + ((note->n_descsz + 3) & ~3u);
    }
}

static int find_library(struct dl_phdr_info *info, size_t bytes, void *opaque)
{
    (void)bytes;
    (void)opaque;
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *name = slash ? slash + 1 : info->dlpi_name;
    if (!*name || image.library_count == LIBRARIES_MAX)
        return 0;
    struct library *library = &image.libraries[image.library_count++];
    *library = (struct library){.path = info->dlpi_name, .name = name, .base = info->dlpi_addr};
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_DYNAMIC)
            library->dynamic = (const void *)(info->dlpi_addr + header->p_vaddr);
        if (header->p_type == PT_NOTE && !library->build_id)
            find_build_id(library, (const char *)(info->dlpi_addr + header->p_vaddr), header->p_memsz);
    }
    for (const ElfW(Dyn) *at = library->dynamic; at && at->d_tag != DT_NULL; at++)
        if (at->d_tag == DT_STRTAB) /* ld.so has relocated it, except in the vdso */
            library->strings = (const char *)at->d_un.d_ptr;
    if (begins_with(name, "linux-vdso"))
        library->dynamic = NULL;
    return 0;
}

static void want(const char *name)
{
    for (size_t i = 0; i < image.library_count; i++) {
        struct library *library = &image.libraries[i];
        if (library->is_wanted || !begins_with(library->name, name) || is_of_the_host(library->name))
            continue;
        library->is_wanted = true;
        for (const ElfW(Dyn) *at = library->dynamic; at && at->d_tag != DT_NULL; at++)
            if (at->d_tag == DT_NEEDED)
                want(library->strings + at->d_un.d_val);
    }
}

static void add_segment(const struct library *library, uintptr_t start, uintptr_t end)
{
    start = (start + 7) & ~(uintptr_t)7;
    end &= ~(uintptr_t)7;
    if (start >= end)
        return;
    assert(image.segment_count < SEGMENTS_MAX && "too many segments");
    image.segments[image.segment_count++] =
        (struct segment){.library = library, .start = (char *)start, .bytes = end - start};
}

static int find_segments(struct dl_phdr_info *info, size_t bytes, void *opaque)
{
    (void)bytes;
    (void)opaque;
    const struct library *library = NULL;
    for (size_t i = 0; i < image.library_count; i++)
        if (image.libraries[i].is_wanted && image.libraries[i].base == info->dlpi_addr)
            library = &image.libraries[i];
    if (!library)
        return 0;
    uintptr_t relro_end = 0;
    for (unsigned i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_GNU_RELRO)
            relro_end = (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz) &
                        ~(uintptr_t)(PAGE_BYTES - 1);
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_W))
            continue;
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        uintptr_t end = start + header->p_memsz;
        add_segment(library, relro_end > start ? relro_end : start, end);
    }
    return 0;
}

/* A slot that ld.so fills on a first call is ld.so's state, not the library's. */
static bool is_lazy_slot(const struct library *library, uintptr_t address)
{
    const ElfW(Rela) *table = NULL;
    size_t bytes = 0;
    for (const ElfW(Dyn) *at = library->dynamic; at && at->d_tag != DT_NULL; at++) {
        if (at->d_tag == DT_JMPREL)
            table = (const void *)at->d_un.d_ptr;
        if (at->d_tag == DT_PLTRELSZ)
            bytes = at->d_un.d_val;
    }
    for (size_t i = 0; table && i < bytes / sizeof *table; i++)
        if (library->base + table[i].r_offset == address)
            return true;
    return false;
}

static bool has_build_id(const struct library *library, const char *prefix)
{
    for (size_t i = 0; prefix[i]; i++) {
        unsigned char byte = i / 2 < library->build_id_bytes ? library->build_id[i / 2] : 0;
        if ("0123456789abcdef"[i % 2 ? byte & 15 : byte >> 4] != prefix[i])
            return false;
    }
    return true;
}

/* The words of the allow-list in a build that is not on it, from the symbol table, if it has one. */
static void find_allowed_words(struct library *library)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        if (!begins_with(library->name, allowed[i].library) || has_build_id(library, allowed[i].build_id))
            continue;
        for (size_t k = 0; k < IMAGE_SYMBOLS_MAX && allowed[i].symbols[k]; k++) {
            uint64_t offset = symbol_offset(library->path, allowed[i].symbols[k]);
            if (offset && library->allowed_word_count < ALLOWED_WORDS_MAX)
                library->allowed_words[library->allowed_word_count++] = offset & ~UINT64_C(7);
        }
    }
}

void image_open(void)
{
    if (image.segment_count)
        return;
    dl_iterate_phdr(find_library, NULL);
    for (size_t i = 0; i < image.root_count; i++)
        want(image.roots[i]);
    for (size_t i = 0; i < image.library_count; i++)
        if (image.libraries[i].is_wanted)
            find_allowed_words(&image.libraries[i]);
    dl_iterate_phdr(find_segments, NULL);
}

void image_take(void)
{
    for (size_t i = 0; i < image.segment_count; i++) {
        struct segment *segment = &image.segments[i];
        if (!segment->copy)
            segment->copy = arena_alloc(arena_host(), segment->bytes, 16);
        assert(segment->copy && "out of memory");
        memcpy(segment->copy, segment->start, segment->bytes);
    }
    struct arena *warm = arena_slot(ARENA_WARM);
    char *start = arena_extent(warm, &image.warm_bytes);
    image.warm_copy = arena_resize(arena_host(), image.warm_copy, image.warm_bytes + 1);
    image.warm_state = arena_resize(arena_host(), image.warm_state, arena_state_bytes());
    assert(image.warm_copy && image.warm_state && "out of memory");
    arena_copy_raw(image.warm_copy, start, image.warm_bytes);
    arena_save(warm, image.warm_state);
    image.is_taken = true;
}

void image_restore(void)
{
    if (!image.is_taken)
        return;
    for (size_t i = 0; i < image.segment_count; i++) {
        struct segment *segment = &image.segments[i];
        if (memcmp(segment->start, segment->copy, segment->bytes) != 0)
            memcpy(segment->start, segment->copy, segment->bytes);
    }
    struct arena *warm = arena_slot(ARENA_WARM);
    size_t bytes;
    char *start = arena_extent(warm, &bytes);
    arena_copy_raw(start, image.warm_copy, image.warm_bytes);
    arena_load(warm, image.warm_state);
}

static bool is_allowed(const struct library *library, uintptr_t address)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (address - library->base == allowed[i].offset && begins_with(library->name, allowed[i].library) &&
            has_build_id(library, allowed[i].build_id))
            return true;
    for (size_t i = 0; i < library->allowed_word_count; i++)
        if (address - library->base == library->allowed_words[i])
            return true;
    return false;
}

size_t image_compare(char *text, size_t bytes)
{
    size_t differing = 0, used = 0;
    text[0] = 0;
    for (size_t i = 0; image.is_taken && i < image.segment_count; i++) {
        const struct segment *segment = &image.segments[i];
        if (memcmp(segment->start, segment->copy, segment->bytes) == 0)
            continue;
        for (size_t at = 0; at < segment->bytes; at += 8) {
            uintptr_t address = (uintptr_t)segment->start + at;
            if (memcmp(segment->start + at, segment->copy + at, 8) == 0 ||
                is_lazy_slot(segment->library, address) || is_allowed(segment->library, address))
                continue;
            uint64_t before, after;
            memcpy(&before, segment->copy + at, 8);
            memcpy(&after, segment->start + at, 8);
            if (differing++ < DESCRIBED_MAX && used < bytes)
                used += (size_t)snprintf(text + used, bytes - used, "  %s+0x%llx: %016llx, was %016llx\n",
                                         segment->library->name,
                                         (unsigned long long)(address - segment->library->base),
                                         (unsigned long long)after, (unsigned long long)before);
        }
    }
    return differing;
}

size_t image_bytes(void)
{
    size_t bytes = 0;
    for (size_t i = 0; i < image.segment_count; i++)
        bytes += image.segments[i].bytes;
    return bytes;
}

size_t image_libraries(void)
{
    size_t count = 0;
    for (size_t i = 0; i < image.library_count; i++)
        count += image.libraries[i].is_wanted;
    return count;
}
