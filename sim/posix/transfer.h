/* SPDX-License-Identifier: Apache-2.0 */
/* transfer: how bytes go in and out of any open file, with the waiting that its operations do not do. */
#ifndef SIM_POSIX_TRANSFER_H
#define SIM_POSIX_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include "sim/world/descriptor.h"

/* The running process' open file. NULL: EBADF. */
struct open_file *transfer_file(int fd);

/* Gives file the lowest free number; file is closed when there is none. -EMFILE. */
int transfer_open(struct open_file *file, bool close_on_exec);

/* Waits until poll() of the file may answer differently. 0; -EAGAIN: the deadline came; -EINTR; -EBADF: the descriptor was
 * closed meanwhile. (Linux lets a blocked call outlive its descriptor: here it ends.) */
int transfer_wait(int fd, struct open_file *file, int64_t deadline_ns);

/* recv or read (flags 0): MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL, MSG_OOB. Count or -errno. Folds the bytes into the history. */
ssize_t transfer_in(int fd, const struct iovec *iov, int count, int flags);
/* send or write: MSG_DONTWAIT, MSG_NOSIGNAL, MSG_OOB. Raises SIGPIPE. */
ssize_t transfer_out(int fd, const struct iovec *iov, int count, int flags);

#endif
