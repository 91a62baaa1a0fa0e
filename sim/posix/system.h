/* SPDX-License-Identifier: Apache-2.0 */
/* system: who answers system() in the world, where no shell can be started. */
#ifndef SIM_POSIX_SYSTEM_H
#define SIM_POSIX_SYSTEM_H

/* answer runs in the calling task, as part of the calling program, and returns the command's exit status. NULL: a call of
 * system() is a finding, as it is without this. */
void system_set_answer(int (*answer)(const char *command));

#endif
