/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/guard.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>
#include "sim/world/engine.h"
#include "sim/world/process.h"
#include "sim/world/stack.h"
#include "sim/world/world.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF          0
#define PR_SYS_DISPATCH_ON           1
#endif

enum { SYS_USER_DISPATCH_CODE = 2, ABANDON_STACK_BYTES = 256 * 1024, TEXT_BYTES = 3000 };

volatile char guard_selector;

static struct {
    bool is_open, traps_calls, trapped_calls;
    struct sigaction before[NSIG];
    bool is_installed[NSIG];
    stack_t stack_before;
    char finding[TEXT_BYTES];
    enum world_finding_kind kind;
    int signal; /* that was trapped last */
} guard;

static const int trapped[] = {SIGSYS, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { TRAPPED = sizeof trapped / sizeof trapped[0] };

static char signal_stack[64 * 1024] __attribute__((aligned(16)));
static char abandon_stack[ABANDON_STACK_BYTES] __attribute__((aligned(16)));

/* Between these two labels every system call is let through. */
__asm__(".text\n"
        ".globl guard_system_call\n"
        ".type guard_system_call, @function\n"
        "guard_calls_begin:\n"
        "guard_system_call:\n"
        "    mov %rdi, %rax\n"
        "    mov %rsi, %rdi\n"
        "    mov %rdx, %rsi\n"
        "    mov %rcx, %rdx\n"
        "    mov %r8, %r10\n"
        "    mov %r9, %r8\n"
        "    xor %r9d, %r9d\n"
        "    syscall\n"
        "    ret\n"
        ".size guard_system_call, . - guard_system_call\n"
        "guard_calls_end:\n"
        "    nop\n");
extern char guard_calls_begin[], guard_calls_end[];

bool guard_is_on(void)
{
    return guard.traps_calls;
}

bool guard_was_on(void)
{
    return guard.trapped_calls;
}

static void detach(void)
{
    guard_system_call(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0);
    guard_system_call(SYS_prctl, PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0);
}

void guard_attach(void)
{
    if (!guard.is_open) {
        detach();
        return;
    }
    uint64_t trapped_mask = 0; /* a blocked SIGSYS would end the whole process */
    for (int i = 0; i < TRAPPED; i++)
        trapped_mask |= UINT64_C(1) << (trapped[i] - 1);
    guard_system_call(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&trapped_mask, 0, sizeof trapped_mask, 0);
    guard.traps_calls = guard_system_call(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON,
                                          (long)guard_calls_begin, guard_calls_end - guard_calls_begin,
                                          (long)&guard_selector) == 0;
    if (guard.traps_calls)
        guard_system_call(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
}

/* Runs on its own stack, in place of the code that was trapped. */
static _Noreturn void abandon(void)
{
    world_find(guard.kind, "%s", guard.finding);
    engine_leave();
}

/* The same for a program that did not expect an allocation to fail: it dies of the signal, and no more. */
static _Noreturn void die(void)
{
    process_end_by_signal(task_self->process, guard.signal);
    engine_next(); /* never reached: the running process has ended */
}

static bool reads_clock(const unsigned char *code)
{
    return code &&
           ((code[0] == 0x0f && code[1] == 0x31) || (code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf9));
}

static bool is_readable(uintptr_t address)
{
    int probe[2];
    if (address < 4096 || pipe(probe) != 0)
        return false;
    bool readable = write(probe[1], (void *)address, 3) == 3;
    close(probe[0]);
    close(probe[1]);
    return readable;
}

static void on_trap(int signal, siginfo_t *info, void *opaque)
{
    guard_allow();
    struct ucontext_t *context = opaque;
    struct task *self = task_self;
    if (!self) { /* not ours: do what would have happened without us */
        sigaction(signal, &guard.before[signal], NULL);
        return;
    }
    task_self = NULL;
    uintptr_t at = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    int used;
    bool is_fault = false;
    if (signal == SIGSYS && info->si_code == SYS_USER_DISPATCH_CODE) {
        guard.kind = FINDING_ESCAPE;
        used = snprintf(guard.finding, TEXT_BYTES, "system call %d", info->si_syscall);
    } else if (signal == SIGSEGV && is_readable(at) && reads_clock((const unsigned char *)at)) {
        guard.kind = FINDING_ESCAPE;
        used = snprintf(guard.finding, TEXT_BYTES, "clock read (rdtsc) behind the world's back");
    } else {
        guard.kind = FINDING_CRASH;
        is_fault = self->process->allocations_failed > 0;
        used = snprintf(guard.finding, TEXT_BYTES, "signal %d (%s)", signal, strsignal(signal));
    }
    used += snprintf(guard.finding + used, TEXT_BYTES - (size_t)used, " in %s\n", engine_task_label(self));
    stack_describe_from(context, guard.finding + used, TEXT_BYTES - (size_t)used);
    task_self = self;
    guard.signal = signal;
    context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)(is_fault ? die : abandon);
    context->uc_mcontext.gregs[REG_RSP] = (greg_t)((uintptr_t)abandon_stack + ABANDON_STACK_BYTES - 4096 - 8);
    context->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)0x400;
}

/* Valgrind does the program's system calls from its own code, and the kernel would trap those. */
static bool is_under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded && strstr(preloaded, "/vgpreload_");
}

void guard_open(bool wanted)
{
    guard.trapped_calls = false;
    wanted = wanted && !is_under_valgrind();
#ifdef MILLRACE_ASAN
    wanted = false; /* the sanitizer makes system calls of its own, and reports crashes better than we do */
#endif
    if (!wanted || guard.is_open)
        return;
    guard.is_open = true;
    stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    sigaltstack(&stack, &guard.stack_before);
    for (int i = 0; i < TRAPPED; i++) {
        struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigfillset(&action.sa_mask);
        sigaction(trapped[i], &action, &guard.before[trapped[i]]);
        guard.is_installed[trapped[i]] = true;
    }
    guard_attach();
}

void guard_close(void)
{
    if (!guard.is_open)
        return;
    guard_allow();
    guard.trapped_calls = guard.traps_calls;
    if (guard.traps_calls)
        detach();
    for (int i = 0; i < TRAPPED; i++)
        if (guard.is_installed[trapped[i]])
            sigaction(trapped[i], &guard.before[trapped[i]], NULL);
    if (guard.stack_before.ss_size)
        sigaltstack(&guard.stack_before, NULL);
    guard.is_open = guard.traps_calls = false;
}
