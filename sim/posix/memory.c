/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The malloc family, in the world and out of it: the arena decides. What libc and ld.so allocate for themselves while a
 * task runs goes to the host, since they keep it longer than the process lives; what libc allocates for its caller
 * (strdup, asprintf, regcomp) goes to the process. Streams over memory (open_memstream) are the host's, with their buffers:
 * libc keeps all its streams in one list. No call here is a scheduling point, a kill point or history, but for an allocation
 * that a fault lets fail (process_fail_allocation). OpenSSL is spared: refused memory when it looks up a digest, it fills its
 * tables anew, which all processes of a world share, and which would then hold memory of one that ends.
 */
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <regex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/world/arena.h"

enum { RANGES_MAX = 4 };

/* Where the code of some libraries lies. */
struct code {
    struct {
        uintptr_t start, end;
    } ranges[RANGES_MAX];
    size_t count;
};

static struct code libc_code, libcrypto_code;

static void add_code(struct code *code, const struct dl_phdr_info *info)
{
    for (unsigned i = 0; i < info->dlpi_phnum && code->count < RANGES_MAX; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            code->ranges[code->count].start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            code->ranges[code->count].end = code->ranges[code->count].start + info->dlpi_phdr[i].p_memsz;
            code->count++;
        }
}

static int find_code(struct dl_phdr_info *info, size_t bytes, void *opaque)
{
    (void)bytes;
    (void)opaque;
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *name = slash ? slash + 1 : info->dlpi_name;
    if (strncmp(name, "libc.so", 7) == 0 || strncmp(name, "ld-linux", 8) == 0)
        add_code(&libc_code, info);
    if (strncmp(name, "libcrypto.so", 12) == 0)
        add_code(&libcrypto_code, info);
    return 0;
}

__attribute__((constructor)) static void find_libraries(void)
{
    dl_iterate_phdr(find_code, NULL);
}

static inline bool is_in(const struct code *code, const void *address)
{
    for (size_t i = 0; i < code->count; i++)
        if ((uintptr_t)address >= code->ranges[i].start && (uintptr_t)address < code->ranges[i].end)
            return true;
    return false;
}

/* NULL: a fault wants this allocation to fail. */
static inline struct arena *arena_for(const void *caller)
{
    struct task *self = task_self;
    if (!self)
        return arena_host();
    if (__builtin_expect(self->process->allocation_countdown != 0, 0) && !is_in(&libcrypto_code, caller) &&
        process_allocation_fails(self->process))
        return NULL;
    if (posix_task(self)->on_behalf == 0 && is_in(&libc_code, caller))
        return arena_host();
    return self->process->arena;
}

static inline void *or_enomem(void *block)
{
    if (__builtin_expect(!block, 0))
        errno = ENOMEM;
    return block;
}

static inline void *take(struct arena *arena, size_t bytes, size_t alignment)
{
    return __builtin_expect(arena != NULL, 1) ? arena_alloc(arena, bytes, alignment) : NULL;
}

static inline void *resize(struct arena *arena, void *pointer, size_t bytes)
{
    return __builtin_expect(arena != NULL, 1) ? arena_resize(arena, pointer, bytes) : NULL;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t bytes)
{
    return or_enomem(take(arena_for(CALLER), bytes, 16));
}

void *calloc(size_t count, size_t bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total))
        return or_enomem(NULL);
    struct arena *arena = arena_for(CALLER);
    return or_enomem(arena ? arena_alloc_zeroed(arena, total) : NULL);
}

void *realloc(void *pointer, size_t bytes)
{
    if (pointer && bytes == 0) { /* as glibc does */
        arena_free(pointer);
        return NULL;
    }
    return or_enomem(resize(arena_for(CALLER), pointer, bytes));
}

void *reallocarray(void *pointer, size_t count, size_t bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total))
        return or_enomem(NULL);
    return or_enomem(resize(arena_for(CALLER), pointer, total));
}

void free(void *pointer)
{
    arena_free(pointer);
}

static bool is_power_of_two(size_t value)
{
    return value && (value & (value - 1)) == 0;
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
        return EINVAL;
    void *block = take(arena_for(CALLER), bytes, alignment < 16 ? 16 : alignment);
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

static void *aligned(struct arena *arena, size_t alignment, size_t bytes)
{
    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return or_enomem(take(arena, bytes, alignment < 16 ? 16 : alignment));
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return aligned(arena_for(CALLER), alignment, bytes);
}

void *memalign(size_t alignment, size_t bytes)
{
    return aligned(arena_for(CALLER), alignment, bytes);
}

void *valloc(size_t bytes)
{
    return aligned(arena_for(CALLER), 4096, bytes);
}

size_t malloc_usable_size(void *pointer)
{
    return arena_usable_bytes(pointer);
}

int malloc_trim(size_t pad)
{
    (void)pad;
    return 0;
}

/* --- what libc allocates for its caller ------------------------------------------------------------------------ */

static char *duplicate(struct arena *arena, const char *text, size_t bytes)
{
    char *copy = or_enomem(take(arena, bytes + 1, 16));
    if (!copy)
        return NULL;
    memcpy(copy, text, bytes);
    copy[bytes] = 0;
    return copy;
}

#undef strdup
#undef strndup
char *strdup(const char *text)
{
    return duplicate(arena_for(CALLER), text, strlen(text));
}

char *__strdup(const char *text)
{
    return duplicate(arena_for(CALLER), text, strlen(text));
}

char *strndup(const char *text, size_t bytes_max)
{
    return duplicate(arena_for(CALLER), text, strnlen(text, bytes_max));
}

char *__strndup(const char *text, size_t bytes_max)
{
    return duplicate(arena_for(CALLER), text, strnlen(text, bytes_max));
}

static void begin_on_behalf(void)
{
    if (task_self)
        posix_task(task_self)->on_behalf++;
}

static void end_on_behalf(void)
{
    if (task_self)
        posix_task(task_self)->on_behalf--;
}

int vasprintf(char **out, const char *format, va_list arguments)
{
    begin_on_behalf();
    int length = NEXT(vasprintf)(out, format, arguments);
    end_on_behalf();
    return length;
}

int asprintf(char **out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(out, format, arguments);
    va_end(arguments);
    return length;
}

int __vasprintf_chk(char **out, int flag, const char *format, va_list arguments)
{
    (void)flag;
    return vasprintf(out, format, arguments);
}

int __asprintf_chk(char **out, int flag, const char *format, ...)
{
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(out, format, arguments);
    va_end(arguments);
    return length;
}

int regcomp(regex_t *expression, const char *pattern, int flags)
{
    begin_on_behalf();
    int error = NEXT(regcomp)(expression, pattern, flags);
    end_on_behalf();
    return error;
}

int regexec(const regex_t *expression, const char *text, size_t match_count,
            regmatch_t matches[restrict match_count], int flags)
{
    begin_on_behalf(); /* a compiled expression keeps what matching allocates */
    int error = NEXT(regexec)(expression, text, match_count, matches, flags);
    end_on_behalf();
    return error;
}
