/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/symbol.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file in memory. */
struct file {
    const char *data;
    size_t bytes;
};

static bool holds(const struct file *file, uint64_t offset, uint64_t bytes)
{
    return offset <= file->bytes && bytes <= file->bytes - offset;
}

/* "rkid", gcc's "rkid.44" and clang's "rd_kafka_new.rkid" all are named rkid. */
static bool is_named(const char *symbol, size_t bytes_max, const char *name)
{
    size_t bytes = strlen(name), length = strnlen(symbol, bytes_max);
    if (length == bytes_max || length < bytes)
        return false;
    if (memcmp(symbol, name, bytes) == 0)
        return symbol[bytes] == 0 ||
               (symbol[bytes] == '.' && symbol[bytes + 1] >= '0' && symbol[bytes + 1] <= '9');
    return length > bytes && symbol[length - bytes - 1] == '.' &&
           memcmp(symbol + length - bytes, name, bytes) == 0;
}

static uint64_t find_in_table(const struct file *file, const ElfW(Shdr) * table, const ElfW(Shdr) * text,
                              const char *name)
{
    if (!holds(file, table->sh_offset, table->sh_size) || !holds(file, text->sh_offset, text->sh_size))
        return 0;
    const ElfW(Sym) *symbols = (const void *)(file->data + table->sh_offset);
    for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++)
        if (ELF64_ST_TYPE(symbols[i].st_info) == STT_OBJECT && symbols[i].st_shndx != SHN_UNDEF &&
            symbols[i].st_name < text->sh_size &&
            is_named(file->data + text->sh_offset + symbols[i].st_name, text->sh_size - symbols[i].st_name,
                     name))
            return symbols[i].st_value;
    return 0;
}

static uint64_t find(const struct file *file, const char *name)
{
    const ElfW(Ehdr) *header = (const void *)file->data;
    if (!holds(file, 0, sizeof *header) || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        !holds(file, header->e_shoff, (uint64_t)header->e_shnum * sizeof(ElfW(Shdr))))
        return 0;
    const ElfW(Shdr) *sections = (const void *)(file->data + header->e_shoff);
    for (size_t i = 0; i < header->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < header->e_shnum)
            return find_in_table(file, &sections[i], &sections[sections[i].sh_link], name);
    return 0;
}

uint64_t symbol_offset(const char *path, const char *name)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    struct stat status;
    uint64_t offset = 0;
    if (fstat(fd, &status) == 0 && status.st_size > 0) {
        struct file file = {.bytes = (size_t)status.st_size};
        void *data = mmap(NULL, file.bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data != MAP_FAILED) {
            file.data = data;
            offset = find(&file, name);
            munmap(data, file.bytes);
        }
    }
    close(fd);
    return offset;
}
