/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/posix/posix.h"
void stdio_flush_all(struct process *process)
{
    (void)process;
}
