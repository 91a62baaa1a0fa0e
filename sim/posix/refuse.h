/* SPDX-License-Identifier: Apache-2.0 */
/* refuse: what a program of the world must not call. */
#ifndef SIM_POSIX_REFUSE_H
#define SIM_POSIX_REFUSE_H

/* Ends the world of the running task with a finding that names the function and who called it. */
_Noreturn void refuse(const char *function, const void *caller);

#endif
