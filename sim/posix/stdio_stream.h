/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdio_stream: what a FILE * stands for inside the world.
 *
 * libc's streams make their system calls inside libc, where nobody sees them; these go through read and write like any
 * other caller. A stream begins with a FILE whose pointers are all NULL: programs compiled with the inline getc_unlocked
 * and putc_unlocked find an empty buffer there and call __uflow and __overflow, which are ours. stdin, stdout and stderr
 * keep libc's addresses and stand for three streams of the running process. Any other FILE * (open_memstream) is libc's.
 */
#ifndef SIM_POSIX_STDIO_STREAM_H
#define SIM_POSIX_STDIO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "sim/world/schedule.h"

struct process;

enum { STREAM_BUFFER_BYTES = 4096, STREAM_PUSHED_MAX = 8 };

enum stdio_stream_state { STREAM_IDLE, STREAM_READING, STREAM_WRITING };

struct stdio_stream {
    FILE head; /* _flags holds the mark that tells ours from libc's, and the flags for end and error */
    struct stdio_stream *next, *previous; /* all of the process */
    int fd;                               /* -1: closed */
    bool can_read, can_write, owns_buffer;
    int buffering; /* _IOFBF, _IOLBF, _IONBF */
    enum stdio_stream_state state;
    char *buffer; /* NULL until first used */
    size_t capacity;
    size_t start, end; /* reading: unread bytes; writing: start is 0 */
    unsigned char pushed[STREAM_PUSHED_MAX];
    unsigned pushed_count;
    uint32_t owner; /* number of the task that holds the lock, 0: free */
    unsigned depth;
    struct wait_queue waiters;
};

/* The world's stream behind file, locked; NULL: it is libc's, or we are outside. Every non-NULL ends in stdio_stream_unlock. */
struct stdio_stream *stdio_stream_lock(FILE *file);
void stdio_stream_unlock(struct stdio_stream *stream);
/* The same without the lock. */
struct stdio_stream *stdio_stream_of(FILE *file);

/* A stream over fd as mode (fopen's letters) says; NULL: no memory. */
struct stdio_stream *stdio_stream_new(int fd, const char *mode);
/* Flushes, closes and frees: 0 or EOF. */
int stdio_stream_close(struct stdio_stream *stream);
/* setvbuf on a flushed stream. buffer is borrowed; NULL: our own when first needed. */
void stdio_stream_set_buffer(struct stdio_stream *stream, char *buffer, int buffering, size_t bytes);
/* open(2)'s flags for a mode, or -1. */
int stdio_stream_flags(const char *mode);

/* Below, errno is set and the error flag raised where bytes are short. The stream is locked. */
size_t stdio_stream_read(struct stdio_stream *stream, void *data, size_t bytes);
size_t stdio_stream_write(struct stdio_stream *stream, const void *data, size_t bytes);
int stdio_stream_get(struct stdio_stream *stream);
/* ungetc; false: there is no room for it. */
bool stdio_stream_push(struct stdio_stream *stream, unsigned char byte);
/* Makes unread bytes available in the buffer: how many, 0 at the end or on an error. Pushed ones do not count. */
size_t stdio_stream_fill(struct stdio_stream *stream);
/* Writes what is pending, or gives back what was read ahead: 0 or EOF. */
int stdio_stream_flush(struct stdio_stream *stream);
/* -1 or where the program stands. */
int64_t stdio_stream_tell(struct stdio_stream *stream);
int stdio_stream_seek(struct stdio_stream *stream, int64_t offset, int whence);
bool stdio_stream_is_at_end(const struct stdio_stream *stream);
bool stdio_stream_has_error(const struct stdio_stream *stream);
void stdio_stream_clear(struct stdio_stream *stream);

/* Flushes every stream of the running process that holds something to write: 0 or EOF. */
int stdio_stream_flush_all(void);
/* An incarnation ends: the streams it left open are forgotten; their memory was the process'. */
void stdio_stream_end(struct process *process);

#endif
