/* SPDX-License-Identifier: Apache-2.0 */
/* option: socket options: which there are, what they are by default, and which of them mean something here. */
#ifndef SIM_POSIX_OPTION_H
#define SIM_POSIX_OPTION_H

#include <sys/socket.h>
#include <sys/uio.h>

struct endpoint;
struct open_file;

/* endpoint: NULL for a socket pair. -ENOPROTOOPT, -EINVAL, -EDOM. */
int option_set(struct open_file *file, struct endpoint *endpoint, int level, int name,
               const struct iovec *value);
/* Copies at most *bytes_inout, which becomes the count. */
int option_get(struct open_file *file, struct endpoint *endpoint, int level, int name, void *value,
               socklen_t *bytes_inout);

#endif
