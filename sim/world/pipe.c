/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipe: pipes, socket pairs and eventfds.
 *
 * Modelled on Linux 6.1: fs/pipe.c, net/unix/af_unix.c, fs/eventfd.c. Simplified: a pipe is writable when PIPE_BUF bytes
 * are free (Linux counts pages); a socket pair passes no descriptors.
 */
#include "sim/world/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "sim/world/ring.h"
#include "sim/world/world.h"

#define READABLE (POLLIN | POLLRDNORM)
#define WRITABLE (POLLOUT | POLLWRNORM)

/* --- pipes ---------------------------------------------------------------------------------------------------- */

struct pipe {
    struct open_file reader, writer;
    bool has_reader, has_writer;
    struct ring ring;
};

static ssize_t pipe_read(struct open_file *file, const struct iovec *iov, int count)
{
    struct pipe *pipe = SCHEDULE_OWNER(file, struct pipe, reader);
    size_t wanted = ring_iov_bytes(iov, count);
    if (wanted == 0)
        return 0;
    size_t taken = ring_take(&pipe->ring, iov, wanted, false);
    if (taken == 0)
        return pipe->has_writer ? -EAGAIN : 0;
    schedule_wake_all(&pipe->writer.waiters);
    return (ssize_t)taken;
}

static ssize_t pipe_write(struct open_file *file, const struct iovec *iov, int count)
{
    struct pipe *pipe = SCHEDULE_OWNER(file, struct pipe, writer);
    size_t bytes = ring_iov_bytes(iov, count);
    size_t room = PIPE_CAPACITY_BYTES - pipe->ring.count;
    if (bytes == 0)
        return 0;
    if (!pipe->has_reader)
        return -EPIPE;
    if (room == 0 || (bytes <= PIPE_BUF && bytes > room))
        return -EAGAIN;
    ssize_t put = (ssize_t)ring_put(&pipe->ring, iov, bytes, PIPE_CAPACITY_BYTES);
    schedule_wake_all(&pipe->reader.waiters);
    return put;
}

static ssize_t no_direction(struct open_file *file, const struct iovec *iov, int count)
{
    (void)file, (void)iov, (void)count;
    return -EBADF;
}

static short pipe_poll_reader(struct open_file *file)
{
    const struct pipe *pipe = SCHEDULE_OWNER(file, struct pipe, reader);
    return (short)((pipe->ring.count ? READABLE : 0) | (pipe->has_writer ? 0 : POLLHUP));
}

static short pipe_poll_writer(struct open_file *file)
{
    const struct pipe *pipe = SCHEDULE_OWNER(file, struct pipe, writer);
    bool has_room = PIPE_CAPACITY_BYTES - pipe->ring.count >= PIPE_BUF;
    return (short)((has_room ? WRITABLE : 0) | (pipe->has_reader ? 0 : POLLERR));
}

static void free_pipe_without_ends(struct pipe *pipe)
{
    if (pipe->has_reader || pipe->has_writer)
        return;
    ring_deinit(&pipe->ring);
    world_free(pipe);
}

static void pipe_close_reader(struct open_file *file)
{
    struct pipe *pipe = SCHEDULE_OWNER(file, struct pipe, reader);
    pipe->has_reader = false;
    schedule_wake_all(&file->waiters);
    schedule_wake_all(&pipe->writer.waiters);
    free_pipe_without_ends(pipe);
}

static void pipe_close_writer(struct open_file *file)
{
    struct pipe *pipe = SCHEDULE_OWNER(file, struct pipe, writer);
    pipe->has_writer = false;
    schedule_wake_all(&file->waiters);
    schedule_wake_all(&pipe->reader.waiters);
    free_pipe_without_ends(pipe);
}

static const struct file_operations reader_operations = {
    FILE_PIPE, pipe_read, no_direction, pipe_poll_reader, pipe_close_reader,
};
static const struct file_operations writer_operations = {
    FILE_PIPE, no_direction, pipe_write, pipe_poll_writer, pipe_close_writer,
};

void pipe_new(int flags, struct open_file *ends_out[2])
{
    struct pipe *pipe = world_alloc(sizeof *pipe);
    open_file_init(&pipe->reader, &reader_operations, O_RDONLY | flags);
    open_file_init(&pipe->writer, &writer_operations, O_WRONLY | flags);
    pipe->has_reader = pipe->has_writer = true;
    ends_out[0] = &pipe->reader;
    ends_out[1] = &pipe->writer;
}

/* --- socket pairs --------------------------------------------------------------------------------------------- */

enum { SHUT_READING = 1, SHUT_WRITING = 2, SHUT_ALL = 3 };

struct pair;

struct pair_end {
    struct open_file file;
    struct pair *pair;
    struct ring unread;
    unsigned shut;
    int error;
    bool is_open;
};

struct pair {
    struct pair_end ends[2];
};

static struct pair_end *end_of(struct open_file *file)
{
    return SCHEDULE_OWNER(file, struct pair_end, file);
}

static struct pair_end *peer_of(struct pair_end *end)
{
    return end == &end->pair->ends[0] ? &end->pair->ends[1] : &end->pair->ends[0];
}

int pipe_pair_take_error(struct open_file *file)
{
    int error = end_of(file)->error;
    end_of(file)->error = 0;
    return error;
}

/* Linux: unix_stream_read_generic. */
ssize_t pipe_pair_recv(struct open_file *file, const struct iovec *iov, int count, int flags)
{
    struct pair_end *end = end_of(file);
    if (flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (end->unread.count > 0) {
        size_t taken = ring_take(&end->unread, iov, ring_iov_bytes(iov, count), flags & MSG_PEEK);
        if (!(flags & MSG_PEEK))
            schedule_wake_all(&peer_of(end)->file.waiters);
        return (ssize_t)taken;
    }
    if (end->error)
        return -pipe_pair_take_error(file);
    return end->shut & SHUT_READING ? 0 : -EAGAIN;
}

static ssize_t pair_read(struct open_file *file, const struct iovec *iov, int count)
{
    return pipe_pair_recv(file, iov, count, 0);
}

/* Linux: unix_stream_sendmsg. */
static ssize_t pair_write(struct open_file *file, const struct iovec *iov, int count)
{
    struct pair_end *end = end_of(file), *peer = peer_of(end);
    if ((end->shut & SHUT_WRITING) || !peer->is_open || (peer->shut & SHUT_READING))
        return -EPIPE;
    size_t bytes = ring_iov_bytes(iov, count);
    if (bytes == 0)
        return 0;
    size_t put = ring_put(&peer->unread, iov, bytes, PAIR_CAPACITY_BYTES);
    if (put == 0)
        return -EAGAIN;
    schedule_wake_all(&peer->file.waiters);
    return (ssize_t)put;
}

/* Linux: unix_poll, unix_writable: a quarter is full at most. */
static short pair_poll(struct open_file *file)
{
    struct pair_end *end = end_of(file);
    int events = 0;
    if (end->error)
        events |= POLLERR;
    if (end->shut == SHUT_ALL)
        events |= POLLHUP;
    if (end->shut & SHUT_READING)
        events |= READABLE | POLLRDHUP;
    if (end->unread.count)
        events |= READABLE;
    if (peer_of(end)->unread.count <= PAIR_CAPACITY_BYTES / 4)
        events |= WRITABLE | POLLWRBAND;
    return (short)events;
}

int pipe_pair_shutdown(struct open_file *file, int how)
{
    struct pair_end *end = end_of(file), *peer = peer_of(end);
    if (how < 0 || how > SHUT_RDWR)
        return -EINVAL;
    unsigned shut = (unsigned)how + 1;
    end->shut |= shut;
    if (peer->is_open)
        peer->shut |= (shut & SHUT_READING ? SHUT_WRITING : 0) | (shut & SHUT_WRITING ? SHUT_READING : 0);
    schedule_wake_all(&end->file.waiters);
    schedule_wake_all(&peer->file.waiters);
    return 0;
}

/* Linux: unix_release_sock. */
static void pair_close(struct open_file *file)
{
    struct pair_end *end = end_of(file), *peer = peer_of(end);
    end->is_open = false;
    if (peer->is_open) {
        peer->shut = SHUT_ALL;
        if (end->unread.count)
            peer->error = ECONNRESET;
    }
    ring_deinit(&end->unread);
    schedule_wake_all(&file->waiters);
    schedule_wake_all(&peer->file.waiters);
    if (!peer->is_open)
        world_free(end->pair);
}

static const struct file_operations pair_operations = {
    FILE_SOCKET, pair_read, pair_write, pair_poll, pair_close,
};

void pipe_pair_new(int flags, struct open_file *ends_out[2])
{
    struct pair *pair = world_alloc(sizeof *pair);
    for (unsigned i = 0; i < 2; i++) {
        open_file_init(&pair->ends[i].file, &pair_operations, O_RDWR | flags);
        pair->ends[i].pair = pair;
        pair->ends[i].is_open = true;
        ends_out[i] = &pair->ends[i].file;
    }
}

bool pipe_is_pair(const struct open_file *file)
{
    return file->operations == &pair_operations;
}

/* --- eventfds ------------------------------------------------------------------------------------------------- */

struct event {
    struct open_file file;
    uint64_t value;
    bool is_semaphore;
};

static void copy_iov(void *data, size_t bytes, const struct iovec *iov, bool is_to_iov)
{
    for (size_t done = 0; done < bytes; iov++) {
        size_t part = iov->iov_len < bytes - done ? iov->iov_len : bytes - done;
        if (part && is_to_iov)
            memcpy(iov->iov_base, (char *)data + done, part);
        else if (part)
            memcpy((char *)data + done, iov->iov_base, part);
        done += part;
    }
}

static ssize_t event_read(struct open_file *file, const struct iovec *iov, int count)
{
    struct event *event = SCHEDULE_OWNER(file, struct event, file);
    uint64_t value = event->is_semaphore ? 1 : event->value;
    if (ring_iov_bytes(iov, count) < sizeof value)
        return -EINVAL;
    if (event->value == 0)
        return -EAGAIN;
    event->value -= value;
    copy_iov(&value, sizeof value, iov, true);
    schedule_wake_all(&file->waiters);
    return sizeof value;
}

static ssize_t event_write(struct open_file *file, const struct iovec *iov, int count)
{
    struct event *event = SCHEDULE_OWNER(file, struct event, file);
    uint64_t value;
    if (ring_iov_bytes(iov, count) < sizeof value)
        return -EINVAL;
    copy_iov(&value, sizeof value, iov, false);
    if (value == UINT64_MAX)
        return -EINVAL;
    if (UINT64_MAX - 1 - event->value < value)
        return -EAGAIN;
    event->value += value;
    schedule_wake_all(&file->waiters);
    return sizeof value;
}

static short event_poll(struct open_file *file)
{
    const struct event *event = SCHEDULE_OWNER(file, struct event, file);
    return (short)((event->value > 0 ? POLLIN : 0) | (event->value < UINT64_MAX - 1 ? POLLOUT : 0));
}

static void event_close(struct open_file *file)
{
    schedule_wake_all(&file->waiters);
    world_free(SCHEDULE_OWNER(file, struct event, file));
}

static const struct file_operations event_operations = {
    FILE_EVENT, event_read, event_write, event_poll, event_close,
};

struct open_file *pipe_event_new(uint64_t value, bool is_semaphore, int flags)
{
    struct event *event = world_alloc(sizeof *event);
    open_file_init(&event->file, &event_operations, O_RDWR | flags);
    event->value = value;
    event->is_semaphore = is_semaphore;
    return &event->file;
}

int64_t pipe_unread_bytes(const struct open_file *file)
{
    struct open_file *mutable_file = (struct open_file *)(uintptr_t)file;
    if (pipe_is_pair(file))
        return (int64_t)end_of(mutable_file)->unread.count;
    if (file->operations == &reader_operations)
        return (int64_t)SCHEDULE_OWNER(mutable_file, struct pipe, reader)->ring.count;
    if (file->operations == &writer_operations)
        return (int64_t)SCHEDULE_OWNER(mutable_file, struct pipe, writer)->ring.count;
    return -ENOTTY;
}
