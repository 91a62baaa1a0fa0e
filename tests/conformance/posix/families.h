/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of cases, one a file of the same name. */
#ifndef TESTS_CONFORMANCE_POSIX_FAMILIES_H
#define TESTS_CONFORMANCE_POSIX_FAMILIES_H

#include "tests/conformance/posix/likeness.h"

extern const struct likeness_case likeness_socket_stream[];
extern const struct likeness_case likeness_socket_connect[];
extern const struct likeness_case likeness_bind[];
extern const struct likeness_case likeness_socket_close[];
extern const struct likeness_case likeness_socket_nonblock[];
extern const struct likeness_case likeness_socket_options[];
extern const struct likeness_case likeness_poll[];
extern const struct likeness_case likeness_pipe[];
extern const struct likeness_case likeness_eventfd[];
extern const struct likeness_case likeness_descriptor[];
extern const struct likeness_case likeness_resolve[];
extern const struct likeness_case likeness_file_open[];
extern const struct likeness_case likeness_file_io[];
extern const struct likeness_case likeness_file_name[];
extern const struct likeness_case likeness_directory[];
extern const struct likeness_case likeness_stdio[];
extern const struct likeness_case likeness_thread[];
extern const struct likeness_case likeness_mutex[];
extern const struct likeness_case likeness_cond[];
extern const struct likeness_case likeness_rwlock[];
extern const struct likeness_case likeness_semaphore[];
extern const struct likeness_case likeness_once[];
extern const struct likeness_case likeness_tls[];
extern const struct likeness_case likeness_clock[];
extern const struct likeness_case likeness_random[];
extern const struct likeness_case likeness_environment[];
extern const struct likeness_case likeness_signal[];
extern const struct likeness_case likeness_memory[];
extern const struct likeness_case likeness_text[];
extern const struct likeness_case likeness_alias[];

#endif
