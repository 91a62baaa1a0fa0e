/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdio: opening, closing and positioning streams, and moving bytes and lines; printing is in stdio_print.c, scanning in
 * stdio_scan.c. Names with _unlocked do the same as those without: a lock that nobody holds costs nothing here.
 *
 * Left out: wide characters, freopen without a path, popen (there is nothing to run), fgetpos.
 */
#define __NO_INLINE__ 1 /* or <stdio.h> defines some of these functions itself */
#include <stdio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/posix/stdio_stream.h"

/* --- opening and closing ---------------------------------------------------------------------------------------------------- */

static FILE *file_from(int fd, const char *mode)
{
    if (fd < 0)
        return NULL;
    struct stdio_stream *stream = stdio_stream_new(fd, mode);
    if (!stream)
        close(fd);
    return (FILE *)stream;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    if (!task_inside())
        return NEXT(fopen)(path, mode);
    int flags = stdio_stream_flags(mode);
    if (flags < 0) {
        errno = EINVAL;
        return NULL;
    }
    return file_from(open(path, flags, 0666), mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return fopen(path, mode);
}

FILE *fdopen(int fd, const char *mode)
{
    if (!task_inside())
        return NEXT(fdopen)(fd, mode);
    int wanted = stdio_stream_flags(mode);
    int flags = wanted < 0 ? -1 : fcntl(fd, F_GETFL);
    if (flags < 0) {
        errno = wanted < 0 ? EINVAL : errno;
        return NULL;
    }
    int access = flags & O_ACCMODE;
    if (access != O_RDWR && access != (wanted & O_ACCMODE)) {
        errno = EINVAL;
        return NULL;
    }
    if ((wanted & O_APPEND) && !(flags & O_APPEND) && fcntl(fd, F_SETFL, flags | O_APPEND) < 0)
        return NULL;
    return (FILE *)stdio_stream_new(fd, mode);
}

FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(freopen)(path, mode, file);
    int flags = stdio_stream_flags(mode);
    stdio_stream_flush(stream);
    stdio_stream_clear(stream);
    int fd = path && flags >= 0 ? open(path, flags, 0666) : -1;
    if (fd < 0) {
        errno = path && flags >= 0 ? errno : EINVAL;
        stdio_stream_close(stream);
        return NULL;
    }
    /* As glibc: the number stays. */
    if (stream->fd >= 0 && fd != stream->fd) {
        dup3(fd, stream->fd, flags & O_CLOEXEC);
        close(fd);
        fd = stream->fd;
    }
    stream->fd = fd;
    stream->can_read = (flags & O_ACCMODE) != O_WRONLY;
    stream->can_write = (flags & O_ACCMODE) != O_RDONLY;
    stdio_stream_unlock(stream);
    return file;
}

FILE *freopen64(const char *restrict path, const char *restrict mode, FILE *restrict file)
{
    return freopen(path, mode, file);
}

int fclose(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    return stream ? stdio_stream_close(stream) : NEXT(fclose)(file);
}

FILE *tmpfile(void)
{
    if (!task_inside())
        return NEXT(tmpfile)();
    char path[] = "/tmp/tmpfXXXXXX";
    int fd = mkstemp(path);
    if (fd >= 0)
        unlink(path);
    return file_from(fd, "w+");
}

FILE *tmpfile64(void)
{
    return tmpfile();
}

/* --- state --------------------------------------------------------------------------------------------------------------------- */

void stdio_flush_all(struct process *process)
{
    (void)process; /* it is the running one */
    stdio_stream_flush_all();
}

int fflush(FILE *file)
{
    if (!file && task_inside())
        return stdio_stream_flush_all();
    struct stdio_stream *stream = file ? stdio_stream_lock(file) : NULL;
    if (!stream)
        return NEXT(fflush)(file);
    int result = stdio_stream_flush(stream);
    stdio_stream_unlock(stream);
    return result;
}

int fflush_unlocked(FILE *file)
{
    return fflush(file);
}

int feof(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_of(file);
    return stream ? stdio_stream_is_at_end(stream) : NEXT(feof)(file);
}

int feof_unlocked(FILE *file)
{
    return feof(file);
}

int ferror(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_of(file);
    return stream ? stdio_stream_has_error(stream) : NEXT(ferror)(file);
}

int ferror_unlocked(FILE *file)
{
    return ferror(file);
}

void clearerr(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_of(file);
    if (stream)
        stdio_stream_clear(stream);
    else
        NEXT(clearerr)(file);
}

void clearerr_unlocked(FILE *file)
{
    clearerr(file);
}

int fileno(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_of(file);
    if (!stream)
        return NEXT(fileno)(file);
    if (stream->fd < 0)
        errno = EBADF;
    return stream->fd;
}

int fileno_unlocked(FILE *file)
{
    return fileno(file);
}

int setvbuf(FILE *restrict file, char *restrict buffer, int mode, size_t bytes)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(setvbuf)(file, buffer, mode, bytes);
    bool is_known = mode == _IOFBF || mode == _IOLBF || mode == _IONBF;
    int result = is_known ? stdio_stream_flush(stream) : EOF;
    if (!result)
        stdio_stream_set_buffer(stream, bytes ? buffer : NULL, mode, bytes);
    stdio_stream_unlock(stream);
    return result;
}

void setbuf(FILE *restrict file, char *restrict buffer)
{
    setvbuf(file, buffer, buffer ? _IOFBF : _IONBF, BUFSIZ);
}

void setbuffer(FILE *restrict file, char *restrict buffer, size_t bytes)
{
    setvbuf(file, buffer, buffer ? _IOFBF : _IONBF, bytes);
}

void setlinebuf(FILE *file)
{
    setvbuf(file, NULL, _IOLBF, 0);
}

void flockfile(FILE *file)
{
    if (!stdio_stream_lock(file))
        NEXT(flockfile)(file);
}

void funlockfile(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_of(file);
    if (stream)
        stdio_stream_unlock(stream);
    else
        NEXT(funlockfile)(file);
}

int ftrylockfile(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_of(file);
    if (!stream)
        return NEXT(ftrylockfile)(file);
    if (stream->owner && stream->owner != task_self->number)
        return EBUSY;
    stdio_stream_lock(file);
    return 0;
}

/* --- position ---------------------------------------------------------------------------------------------------------------------- */

int fseeko(FILE *file, off_t offset, int whence)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(fseeko)(file, offset, whence);
    int result = stdio_stream_seek(stream, offset, whence);
    stdio_stream_unlock(stream);
    return result;
}

int fseeko64(FILE *file, off64_t offset, int whence)
{
    return fseeko(file, offset, whence);
}

int fseek(FILE *file, long offset, int whence)
{
    return fseeko(file, offset, whence);
}

off_t ftello(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(ftello)(file);
    int64_t offset = stdio_stream_tell(stream);
    stdio_stream_unlock(stream);
    return offset;
}

off64_t ftello64(FILE *file)
{
    return ftello(file);
}

long ftell(FILE *file)
{
    return ftello(file);
}

void rewind(FILE *file)
{
    fseeko(file, 0, SEEK_SET);
    clearerr(file);
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------- */

size_t fwrite(const void *restrict data, size_t bytes, size_t count, FILE *restrict file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(fwrite)(data, bytes, count, file);
    size_t total = bytes * count;
    size_t done = stdio_stream_write(stream, data, total);
    stdio_stream_unlock(stream);
    return !total ? 0 : done == total ? count : done / bytes;
}

size_t fwrite_unlocked(const void *restrict data, size_t bytes, size_t count, FILE *restrict file)
{
    return fwrite(data, bytes, count, file);
}

int fputs(const char *restrict text, FILE *restrict file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(fputs)(text, file);
    size_t bytes = strlen(text), done = stdio_stream_write(stream, text, bytes);
    stdio_stream_unlock(stream);
    return done == bytes ? 1 : EOF;
}

int fputs_unlocked(const char *restrict text, FILE *restrict file)
{
    return fputs(text, file);
}

int fputc(int letter, FILE *file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(fputc)(letter, file);
    unsigned char byte = (unsigned char)letter;
    size_t done = stdio_stream_write(stream, &byte, 1);
    stdio_stream_unlock(stream);
    return done ? byte : EOF;
}

int puts(const char *text)
{
    struct stdio_stream *stream = stdio_stream_lock(stdout);
    if (!stream)
        return NEXT(puts)(text);
    size_t bytes = strlen(text);
    bool is_whole =
        stdio_stream_write(stream, text, bytes) == bytes && stdio_stream_write(stream, "\n", 1) == 1;
    stdio_stream_unlock(stream);
    return is_whole ? (int)bytes + 1 : EOF;
}

/* The other names for fputc. The last two are what inline and old versions of putc call. */
int putc(int letter, FILE *file)
{
    return fputc(letter, file);
}

int fputc_unlocked(int letter, FILE *file)
{
    return fputc(letter, file);
}

int putc_unlocked(int letter, FILE *file)
{
    return fputc(letter, file);
}

int putchar(int letter)
{
    return fputc(letter, stdout);
}

int putchar_unlocked(int letter)
{
    return fputc(letter, stdout);
}

int _IO_putc(int letter, FILE *file);
int _IO_putc(int letter, FILE *file)
{
    return fputc(letter, file);
}

int __overflow(FILE *file, int letter)
{
    return stdio_stream_of(file) ? fputc(letter, file) : NEXT(__overflow)(file, letter);
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------- */

size_t fread(void *restrict data, size_t bytes, size_t count, FILE *restrict file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(fread)(data, bytes, count, file);
    size_t total = bytes * count;
    size_t done = stdio_stream_read(stream, data, total);
    stdio_stream_unlock(stream);
    return !total ? 0 : done == total ? count : done / bytes;
}

size_t fread_unlocked(void *restrict data, size_t bytes, size_t count, FILE *restrict file)
{
    return fread(data, bytes, count, file);
}

size_t __fread_chk(void *data, size_t room, size_t bytes, size_t count, FILE *file);
size_t __fread_chk(void *data, size_t room, size_t bytes, size_t count, FILE *file)
{
    if (bytes && count > room / bytes)
        abort();
    return fread(data, bytes, count, file);
}

size_t __fread_unlocked_chk(void *data, size_t room, size_t bytes, size_t count, FILE *file);
size_t __fread_unlocked_chk(void *data, size_t room, size_t bytes, size_t count, FILE *file)
{
    return __fread_chk(data, room, bytes, count, file);
}

int fgetc(FILE *file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(fgetc)(file);
    int letter = stdio_stream_get(stream);
    stdio_stream_unlock(stream);
    return letter;
}

/* The other names for fgetc. */
int getc(FILE *file)
{
    return fgetc(file);
}

int fgetc_unlocked(FILE *file)
{
    return fgetc(file);
}

int getc_unlocked(FILE *file)
{
    return fgetc(file);
}

int getchar(void)
{
    return fgetc(stdin);
}

int getchar_unlocked(void)
{
    return fgetc(stdin);
}

int _IO_getc(FILE *file);
int _IO_getc(FILE *file)
{
    return fgetc(file);
}

int __uflow(FILE *file)
{
    return stdio_stream_of(file) ? fgetc(file) : NEXT(__uflow)(file);
}

int ungetc(int letter, FILE *file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(ungetc)(letter, file);
    bool is_pushed = letter != EOF && stdio_stream_push(stream, (unsigned char)letter);
    stdio_stream_unlock(stream);
    return is_pushed ? (unsigned char)letter : EOF;
}

/* Bytes up to and with the delimiter, at most room: how many. */
static size_t read_until(struct stdio_stream *stream, char *data, size_t room, int delimiter)
{
    size_t done = 0;
    while (done < room) {
        if (stream->pushed_count) {
            data[done++] = (char)stdio_stream_get(stream);
            if ((unsigned char)data[done - 1] == delimiter)
                break;
            continue;
        }
        size_t part = stdio_stream_fill(stream);
        if (!part)
            break;
        part = part < room - done ? part : room - done;
        const char *unread = stream->buffer + stream->start;
        const char *found = memchr(unread, delimiter, part);
        if (found)
            part = (size_t)(found - unread) + 1;
        memcpy(data + done, unread, part);
        stream->start += part;
        done += part;
        if (found)
            break;
    }
    return done;
}

char *fgets(char *restrict text, int room, FILE *restrict file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(fgets)(text, room, file);
    bool had_error = stdio_stream_has_error(stream);
    stream->head._flags &= ~_IO_ERR_SEEN; /* an old one must not spoil this line */
    size_t bytes = room > 1 ? read_until(stream, text, (size_t)room - 1, '\n') : 0;
    bool is_read = (bytes || room == 1) && !(stdio_stream_has_error(stream) && errno != EAGAIN);
    stream->head._flags |= had_error ? _IO_ERR_SEEN : 0;
    if (is_read)
        text[bytes] = '\0';
    stdio_stream_unlock(stream);
    return is_read ? text : NULL;
}

char *fgets_unlocked(char *restrict text, int room, FILE *restrict file)
{
    return fgets(text, room, file);
}

char *__fgets_chk(char *text, size_t size, int room, FILE *file);
char *__fgets_chk(char *text, size_t size, int room, FILE *file)
{
    if (room > 0 && (size_t)room > size)
        abort();
    return fgets(text, room, file);
}

char *__fgets_unlocked_chk(char *text, size_t size, int room, FILE *file);
char *__fgets_unlocked_chk(char *text, size_t size, int room, FILE *file)
{
    return __fgets_chk(text, size, room, file);
}

/* Reads a line into *line, which grows as needed: its length, or -1. */
static ssize_t read_line(struct stdio_stream *stream, char **line, size_t *capacity, int delimiter)
{
    enum { LINE_BYTES_FIRST = 120 };
    size_t length = 0;
    for (;;) {
        if (!*line || *capacity < length + 2) {
            size_t grown = *line && *capacity ? *capacity * 2 : LINE_BYTES_FIRST;
            if (grown < LINE_BYTES_FIRST)
                grown = LINE_BYTES_FIRST;
            char *longer = realloc(*line, grown);
            if (!longer)
                return -1;
            *line = longer;
            *capacity = grown;
        }
        size_t room = *capacity - length - 1;
        size_t bytes = read_until(stream, *line + length, room, delimiter);
        length += bytes;
        bool is_whole = length && (unsigned char)(*line)[length - 1] == delimiter;
        if (is_whole || bytes < room)
            break;
    }
    if (!length)
        return -1;
    (*line)[length] = '\0';
    return (ssize_t)length;
}

ssize_t getdelim(char **restrict line, size_t *restrict capacity, int delimiter, FILE *restrict file)
{
    struct stdio_stream *stream = stdio_stream_lock(file);
    if (!stream)
        return NEXT(getdelim)(line, capacity, delimiter, file);
    ssize_t length = read_line(stream, line, capacity, delimiter);
    stdio_stream_unlock(stream);
    return length;
}

ssize_t __getdelim(char **restrict line, size_t *restrict capacity, int delimiter, FILE *restrict file)
{
    return getdelim(line, capacity, delimiter, file);
}

ssize_t getline(char **restrict line, size_t *restrict capacity, FILE *restrict file)
{
    return getdelim(line, capacity, '\n', file);
}
