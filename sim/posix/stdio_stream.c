/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdio_stream: see the header. What is written when, and how much is read at once, follows glibc's fileops.c, since programs
 * can see it in the file or pipe behind a stream.
 *
 * Left out: wide characters, and the flush of a line-buffered stdout before reading from a terminal.
 */
#include "sim/posix/stdio_stream.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/posix/file.h"
#include "sim/posix/lock.h"
#include "sim/world/process.h"
#include "sim/world/task.h"
#include "sim/world/world.h"

#define STREAM_MARK UINT32_C(0x4d520000)

enum { FLAG_END = 0x10, FLAG_ERROR = 0x20 }; /* libio's bits, as the inline feof_unlocked reads them */
/* Below this, glibc writes what is left over at once instead of keeping it. */
enum { BLOCK_BYTES_MIN = 128 };

/* In the engine's memory, with their buffers, so that a program's leaks are its own. */
struct stdio_process {
    struct stdio_stream *first; /* opened ones */
    struct stdio_stream standard[3];
};

/* libc's addresses, before a program can assign to the names. */
static FILE *standard_files[3];

__attribute__((constructor)) static void remember_standard_files(void)
{
    standard_files[0] = stdin;
    standard_files[1] = stdout;
    standard_files[2] = stderr;
}

/* --- which stream -------------------------------------------------------------------------------------------------------- */

static struct stdio_process *streams_of_process(void)
{
    struct file_process *process = file_process();
    if (process->streams)
        return process->streams;
    process->streams = world_alloc(sizeof(*process->streams));
    for (int fd = 0; fd < 3; fd++) {
        struct stdio_stream *stream = &process->streams->standard[fd];
        stream->fd = fd;
        stream->can_read = fd == 0;
        stream->can_write = fd != 0;
        stream->buffering = fd == 2 ? _IONBF : _IOFBF; /* as over a pipe */
    }
    return process->streams;
}

struct stdio_stream *stdio_stream_of(FILE *file)
{
    if (!task_inside())
        return NULL;
    for (int fd = 0; fd < 3; fd++) {
        if (file == standard_files[fd])
            return &streams_of_process()->standard[fd];
    }
    bool is_ours = ((uint32_t)file->_flags & UINT32_C(0xffff0000)) == STREAM_MARK;
    return is_ours ? (struct stdio_stream *)(void *)file : NULL;
}

static void lock(struct stdio_stream *stream)
{
    while (stream->owner && stream->owner != task_self->number)
        lock_wait(&stream->waiters, SCHEDULE_NEVER);
    stream->owner = task_self->number;
    stream->depth++;
}

struct stdio_stream *stdio_stream_lock(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_of(file);
    if (stream)
        lock(stream);
    return stream;
}

void stdio_stream_unlock(struct stdio_stream *stream)
{
    if (--stream->depth)
        return;
    stream->owner = 0;
    schedule_wake_one(&stream->waiters);
}

/* --- life ------------------------------------------------------------------------------------------------------------------ */

int stdio_stream_flags(const char *mode)
{
    int flags;
    if (*mode == 'r')
        flags = O_RDONLY;
    else if (*mode == 'w')
        flags = O_WRONLY | O_CREAT | O_TRUNC;
    else if (*mode == 'a')
        flags = O_WRONLY | O_CREAT | O_APPEND;
    else
        return -1;
    for (const char *letter = mode + 1; *letter && *letter != ','; letter++) {
        if (*letter == '+')
            flags = (flags & ~O_ACCMODE) | O_RDWR;
        else if (*letter == 'x')
            flags |= O_EXCL;
        else if (*letter == 'e')
            flags |= O_CLOEXEC;
    }
    return flags;
}

struct stdio_stream *stdio_stream_new(int fd, const char *mode)
{
    struct stdio_stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        return NULL;
    int access = stdio_stream_flags(mode) & O_ACCMODE;
    stream->head._flags = (int)STREAM_MARK;
    stream->head._fileno = fd;
    stream->fd = fd;
    stream->can_read = access != O_WRONLY;
    stream->can_write = access != O_RDONLY;
    stream->buffering = _IOFBF;
    struct stdio_process *streams = streams_of_process();
    stream->next = streams->first;
    if (streams->first)
        streams->first->previous = stream;
    streams->first = stream;
    return stream;
}

static bool is_standard(const struct stdio_stream *stream)
{
    const struct stdio_process *streams = streams_of_process();
    return stream >= streams->standard && stream < streams->standard + 3;
}

static void drop_buffer(struct stdio_stream *stream)
{
    if (stream->owns_buffer && is_standard(stream))
        world_free(stream->buffer);
    else if (stream->owns_buffer)
        free(stream->buffer);
    stream->owns_buffer = false;
    stream->buffer = NULL;
}

void stdio_stream_set_buffer(struct stdio_stream *stream, char *buffer, int buffering, size_t bytes)
{
    drop_buffer(stream);
    stream->buffering = buffering;
    stream->buffer = buffering == _IONBF ? NULL : buffer;
    stream->capacity = bytes;
}

int stdio_stream_close(struct stdio_stream *stream)
{
    int flushed = stdio_stream_flush(stream);
    int fd = stream->fd;
    stream->fd = -1;
    int saved = errno;
    int closed = close(fd);
    if (flushed)
        errno = saved;
    drop_buffer(stream);
    if (is_standard(stream)) {
        stream->can_read = stream->can_write = false;
        stdio_stream_unlock(stream);
        return flushed || closed ? EOF : 0;
    }
    if (stream->previous)
        stream->previous->next = stream->next;
    else
        streams_of_process()->first = stream->next;
    if (stream->next)
        stream->next->previous = stream->previous;
    stream->head._flags = 0;
    free(stream);
    return flushed || closed ? EOF : 0;
}

void stdio_stream_end(struct process *process)
{
    struct file_process *own = file_of_process(process);
    for (int fd = 0; own->streams && fd < 3; fd++) {
        if (own->streams->standard[fd].owns_buffer)
            world_free(own->streams->standard[fd].buffer);
    }
    world_free(own->streams);
    own->streams = NULL;
}

/* --- state --------------------------------------------------------------------------------------------------------------------- */

bool stdio_stream_is_at_end(const struct stdio_stream *stream)
{
    return stream->head._flags & FLAG_END;
}

bool stdio_stream_has_error(const struct stdio_stream *stream)
{
    return stream->head._flags & FLAG_ERROR;
}

void stdio_stream_clear(struct stdio_stream *stream)
{
    stream->head._flags &= ~(FLAG_END | FLAG_ERROR);
}

static bool refuse(struct stdio_stream *stream)
{
    stream->head._flags |= FLAG_ERROR;
    errno = EBADF;
    return false;
}

static bool has_buffer(struct stdio_stream *stream)
{
    if (stream->buffer)
        return true;
    stream->capacity = stream->buffering == _IONBF ? 1 : STREAM_BUFFER_BYTES;
    stream->buffer = is_standard(stream) ? world_alloc(stream->capacity) : malloc(stream->capacity);
    stream->owns_buffer = stream->buffer != NULL;
    return stream->owns_buffer;
}

/* All of it, or fewer and the error flag. */
static size_t write_out(struct stdio_stream *stream, const char *data, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t written = write(stream->fd, data + done, bytes - done);
        if (written < 0) {
            stream->head._flags |= FLAG_ERROR;
            break;
        }
        done += (size_t)written;
    }
    return done;
}

int stdio_stream_flush(struct stdio_stream *stream)
{
    if (stream->state == STREAM_WRITING) {
        size_t pending = stream->end;
        stream->end = 0;
        stream->state = STREAM_IDLE;
        return write_out(stream, stream->buffer, pending) == pending ? 0 : EOF;
    }
    size_t ahead = stream->end - stream->start + stream->pushed_count;
    if (stream->state == STREAM_READING && ahead) {
        /* The next reader of the descriptor goes on where this program stands. A pipe keeps what is buffered. */
        int saved = errno;
        if (lseek(stream->fd, -(off_t)ahead, SEEK_CUR) < 0) {
            if (errno != ESPIPE)
                return EOF;
            errno = saved;
            return 0;
        }
    }
    stream->start = stream->end = 0;
    stream->pushed_count = 0;
    stream->state = STREAM_IDLE;
    return 0;
}

static bool begin(struct stdio_stream *stream, enum stdio_stream_state state)
{
    if (!(state == STREAM_READING ? stream->can_read : stream->can_write))
        return refuse(stream);
    if (stream->state == state)
        return true;
    if (stream->state != STREAM_IDLE && stdio_stream_flush(stream))
        return false;
    if (!has_buffer(stream))
        return false;
    stream->start = stream->end = 0;
    stream->state = state;
    return true;
}

/* --- writing ---------------------------------------------------------------------------------------------------------------------- */

/* How many of bytes go into the buffer first, and whether it is to be flushed then. */
static size_t first_part(const struct stdio_stream *stream, const char *data, size_t bytes, bool *flushes_out)
{
    size_t room = stream->capacity - stream->end;
    *flushes_out = false;
    if (stream->buffering == _IONBF)
        return 0;
    if (stream->buffering == _IOLBF && room >= bytes) {
        const char *newline = memrchr(data, '\n', bytes);
        if (newline) {
            *flushes_out = true;
            return (size_t)(newline - data) + 1;
        }
    }
    return room < bytes ? room : bytes;
}

size_t stdio_stream_write(struct stdio_stream *stream, const void *data, size_t bytes)
{
    if (!bytes)
        return 0;
    if (!begin(stream, STREAM_WRITING))
        return 0;
    bool flushes;
    size_t done = first_part(stream, data, bytes, &flushes);
    memcpy(stream->buffer + stream->end, data, done);
    stream->end += done;
    if (done == bytes && !flushes)
        return bytes;

    size_t pending = stream->end;
    stream->end = 0;
    if (write_out(stream, stream->buffer, pending) < pending)
        return 0;
    size_t rest = bytes - done;
    size_t kept = stream->capacity >= BLOCK_BYTES_MIN ? rest % stream->capacity : 0;
    size_t direct = write_out(stream, (const char *)data + done, rest - kept);
    done += direct;
    if (direct < rest - kept)
        return done;
    memcpy(stream->buffer, (const char *)data + done, kept);
    stream->end = kept;
    return bytes;
}

/* --- reading ---------------------------------------------------------------------------------------------------------------------- */

static size_t read_in(struct stdio_stream *stream, void *data, size_t bytes)
{
    ssize_t got = read(stream->fd, data, bytes);
    if (got < 0)
        stream->head._flags |= FLAG_ERROR;
    else if (!got)
        stream->head._flags |= FLAG_END;
    return got < 0 ? 0 : (size_t)got;
}

size_t stdio_stream_fill(struct stdio_stream *stream)
{
    if (!begin(stream, STREAM_READING))
        return 0;
    if (stream->start < stream->end)
        return stream->end - stream->start;
    if (stdio_stream_is_at_end(stream))
        return 0; /* the end stays the end until it is cleared */
    stream->start = stream->end = 0;
    stream->end = read_in(stream, stream->buffer, stream->capacity);
    return stream->end;
}

int stdio_stream_get(struct stdio_stream *stream)
{
    if (stream->pushed_count)
        return stream->pushed[--stream->pushed_count];
    if (stream->state == STREAM_READING && stream->start < stream->end)
        return (unsigned char)stream->buffer[stream->start++];
    return stdio_stream_fill(stream) ? (unsigned char)stream->buffer[stream->start++] : EOF;
}

bool stdio_stream_push(struct stdio_stream *stream, unsigned char byte)
{
    if (!stream->can_read || stream->pushed_count == STREAM_PUSHED_MAX)
        return false;
    if (stream->state == STREAM_WRITING)
        stdio_stream_flush(stream);
    stream->pushed[stream->pushed_count++] = byte;
    stream->head._flags &= ~FLAG_END;
    return true;
}

size_t stdio_stream_read(struct stdio_stream *stream, void *data, size_t bytes)
{
    size_t done = 0;
    while (done < bytes && stream->pushed_count)
        ((unsigned char *)data)[done++] = stream->pushed[--stream->pushed_count];
    while (done < bytes) {
        if (!begin(stream, STREAM_READING))
            break;
        size_t part = stream->end - stream->start, wanted = bytes - done;
        if (part) {
            part = part < wanted ? part : wanted;
            memcpy((char *)data + done, stream->buffer + stream->start, part);
            stream->start += part;
        } else if (wanted >= stream->capacity && !stdio_stream_is_at_end(stream)) {
            part = read_in(stream, (char *)data + done, wanted - wanted % stream->capacity);
        } else {
            if (!stdio_stream_fill(stream))
                break;
            continue;
        }
        if (!part)
            break;
        done += part;
    }
    return done;
}

/* --- position ------------------------------------------------------------------------------------------------------------------------ */

int64_t stdio_stream_tell(struct stdio_stream *stream)
{
    int64_t offset = lseek(stream->fd, 0, SEEK_CUR);
    if (offset < 0)
        return -1;
    if (stream->state == STREAM_WRITING)
        return offset + (int64_t)stream->end;
    return offset - (int64_t)(stream->end - stream->start) - stream->pushed_count;
}

int stdio_stream_seek(struct stdio_stream *stream, int64_t offset, int whence)
{
    if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) {
        errno = EINVAL;
        return -1;
    }
    if (stream->state == STREAM_WRITING && stdio_stream_flush(stream))
        return -1;
    size_t ahead = stream->end - stream->start + stream->pushed_count;
    if (whence == SEEK_CUR)
        offset -= (int64_t)ahead;
    if (lseek(stream->fd, offset, whence) < 0)
        return -1;
    stream->start = stream->end = 0;
    stream->pushed_count = 0;
    stream->state = STREAM_IDLE;
    stream->head._flags &= ~FLAG_END;
    return 0;
}

int stdio_stream_flush_all(void)
{
    struct stdio_process *streams = streams_of_process();
    int result = 0;
    for (int fd = 0; fd < 3; fd++) {
        struct stdio_stream *stream = &streams->standard[fd];
        if (stream->state == STREAM_WRITING && stream->end) {
            lock(stream);
            result |= stdio_stream_flush(stream);
            stdio_stream_unlock(stream);
        }
    }
    for (struct stdio_stream *stream = streams->first, *next; stream; stream = next) {
        next = stream->next;
        if (stream->state != STREAM_WRITING || !stream->end)
            continue;
        lock(stream);
        result |= stdio_stream_flush(stream);
        next = stream->next;
        stdio_stream_unlock(stream);
    }
    return result;
}
