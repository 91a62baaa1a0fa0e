/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptor: what a file descriptor stands for.
 *
 *   process->descriptors[fd] --> struct open_file (counted) --> sockets, pipes, eventfds, files: each embeds one
 *
 * Numbers are given lowest first, as POSIX wants. What a kind can do is its table of operations; operations never block:
 * they say EAGAIN, and the posix layer waits in the open file's queue where the descriptor is a blocking one.
 */
#ifndef SIM_WORLD_DESCRIPTOR_H
#define SIM_WORLD_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include "sim/world/schedule.h"

struct open_file;
struct process;

enum file_kind { FILE_SOCKET, FILE_PIPE, FILE_EVENT, FILE_SIGNAL, FILE_REGULAR, FILE_DIRECTORY, FILE_OUTPUT };

/* Negative results are -errno. iov totals are bounded by the caller. */
struct file_operations {
    enum file_kind kind;
    ssize_t (*read)(struct open_file *file, const struct iovec *iov, int count);
    ssize_t (*write)(struct open_file *file, const struct iovec *iov, int count);
    /* Which of POLLIN, POLLOUT, POLLERR, POLLHUP, POLLRDHUP, .. hold now. */
    short (*poll)(struct open_file *file);
    /* The last reference is gone: release the object that embeds this open file. */
    void (*close)(struct open_file *file);
};

struct open_file {
    const struct file_operations *operations;
    uint32_t references;
    int flags;                 /* O_ACCMODE, O_NONBLOCK, O_APPEND */
    struct wait_queue waiters; /* woken whenever poll() may answer differently */
};

enum { DESCRIPTORS_MAX = 1024 };

/* A process' descriptors; made at first use. */
struct descriptor_table {
    struct open_file *files[DESCRIPTORS_MAX];
    bool close_on_exec[DESCRIPTORS_MAX];
    int lowest_free, end; /* end: one past the highest ever used */
    uint32_t count;
};
struct descriptor_table *descriptor_table(struct process *process);

/* Gives the lowest free number to file (takes one reference) in the process. -EMFILE when full. */
int descriptor_open(struct process *process, struct open_file *file, bool close_on_exec);
/* Gives number fd, closing what was there (dup2). */
int descriptor_open_at(struct process *process, int fd, struct open_file *file, bool close_on_exec);
/* NULL: EBADF. Borrowed. */
static inline struct open_file *descriptor_get(struct process *process, int fd)
{
    return fd >= 0 && fd < DESCRIPTORS_MAX ? descriptor_table(process)->files[fd] : NULL;
}
/* 0 or -EBADF. */
int descriptor_close(struct process *process, int fd);
/* FD_CLOEXEC of fd; fd is open. */
bool descriptor_close_on_exec(struct process *process, int fd);
void descriptor_set_close_on_exec(struct process *process, int fd, bool on);
/* Closes everything (exit, kill). */
void descriptor_close_all(struct process *process);
uint32_t descriptor_count(const struct process *process);

void open_file_init(struct open_file *file, const struct file_operations *operations, int flags);
void open_file_retain(struct open_file *file);
void open_file_release(struct open_file *file);

#endif
