/* SPDX-License-Identifier: Apache-2.0 */
/* pipe: pipes, socket pairs and eventfds: what tasks of one process wake each other with. Nothing here takes time. */
#ifndef SIM_WORLD_PIPE_H
#define SIM_WORLD_PIPE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/world/descriptor.h"

enum { PIPE_CAPACITY_BYTES = 65536, PAIR_CAPACITY_BYTES = 131072 };

/* Two open files, [0] reads, [1] writes. flags: O_NONBLOCK or 0. Nobody holds them yet (descriptor.h). */
void pipe_new(int flags, struct open_file *ends_out[2]);
/* A connected pair of AF_UNIX stream sockets. */
void pipe_pair_new(int flags, struct open_file *ends_out[2]);
struct open_file *pipe_event_new(uint64_t value, bool is_semaphore, int flags);

/* Whether file is an end of a socket pair. */
bool pipe_is_pair(const struct open_file *file);
/* flags: MSG_PEEK. 0: end of file; -EAGAIN, -ECONNRESET. */
ssize_t pipe_pair_recv(struct open_file *file, const struct iovec *iov, int count, int flags);
int pipe_pair_shutdown(struct open_file *file, int how);
int pipe_pair_take_error(struct open_file *file);

/* FIONREAD; -ENOTTY where there is no such thing. */
int64_t pipe_unread_bytes(const struct open_file *file);

#endif
