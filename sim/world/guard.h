/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard: which system call escaped us?
 *
 * Symbols are interposed, but libc can make a system call inside a function that is not, and the vdso reads the clock with
 * no system call at all. While a task runs, Syscall User Dispatch traps every system call (SIGSYS), PR_SET_TSC traps rdtsc
 * (SIGSEGV), and a crash of the simulated program traps too. Each ends the world with a finding that names the call
 * and its caller. Costs nothing on the calls that are simulated.
 */
#ifndef SIM_WORLD_GUARD_H
#define SIM_WORLD_GUARD_H

#include <stdbool.h>

/* True when this kernel can trap system calls (Linux 5.11, x86-64) and guard_open was told to. */
bool guard_is_on(void);
/* Was it on in the last world that ran? */
bool guard_was_on(void);
/* Installs the signal handlers, traps clock reads; wanted = false leaves all off. Balanced by guard_close. */
void guard_open(bool wanted);
void guard_close(void);
/* Makes the calling kernel thread one whose system calls are trapped (each kernel thread that runs tasks), or no longer
 * one, where this world runs without a guard and an earlier one had it. */
void guard_attach(void);

/* 1 while a task runs: read by the kernel. */
extern volatile char guard_selector;
static inline void guard_block(void)
{
    guard_selector = 1;
}
static inline void guard_allow(void)
{
    guard_selector = 0;
}

/* A system call that is always let through: the engine's own. A sixth argument is 0. Returns -errno on failure. */
long guard_system_call(long number, long a, long b, long c, long d, long e);

#endif
