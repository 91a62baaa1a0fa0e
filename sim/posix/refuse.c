/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of libc that the libraries could call and the world does not simulate. A call from inside ends the world with a
 * finding that names the function and its caller, instead of doing something that no seed could repeat. Outside the world each goes
 * straight to libc, whatever its arguments.
 */
#include <dlfcn.h>
#include "sim/posix/call.h"
#include "sim/posix/refuse.h"
#include "sim/world/engine.h"
#include "sim/world/stack.h"
#include "sim/world/world.h"

/* clang-format off */ /* lists and assembly */
#define REFUSED(X)                                                                                            \
    X(fork) X(vfork) X(execl) X(execv) X(execve) X(execvp) X(popen) X(pclose) X(posix_spawn)        \
    X(posix_spawnp) X(wait) X(waitpid) X(mmap) X(mmap64) X(munmap) X(mprotect) X(mlock) X(munlock)            \
    X(madvise) X(memfd_create) X(shmget) X(shmat) X(shmdt) X(alarm) X(setitimer) X(timer_create)              \
    X(timerfd_create) X(epoll_create1) X(epoll_create) X(inotify_init1) X(getcontext) X(makecontext)          \
    X(setcontext) X(swapcontext) X(sigsuspend) X(pause) X(tcgetattr) X(tcsetattr) X(pthread_cancel)           \
    X(getpwnam_r) X(getgrgid_r) X(getaddrinfo_a) X(gethostbyname) X(gethostbyname_r) X(gethostbyaddr_r)       \
    X(getservbyname) X(__res_ninit) X(__res_nclose) X(res_nsearch) X(res_query) X(recvmmsg) X(sendmmsg)       \
    X(sendfile) X(splice) X(mknod) X(mkfifo) X(chroot) X(mount) X(setmntent) X(getmntent_r) X(hasmntopt)      \
    X(endmntent) X(glob) X(setuid) X(setgid) X(ptrace) X(prctl) X(openpty) X(sched_setaffinity)               \
    X(setlocale) X(iconv_open) X(tmpnam)

enum refused {
#define NUMBER(NAME) REFUSED_##NAME,
    REFUSED(NUMBER)
#undef NUMBER
        REFUSED_COUNT
};

static const char *const names[] = {
#define NAME_TEXT(NAME) #NAME,
    REFUSED(NAME_TEXT)
#undef NAME_TEXT
};

static void *next[REFUSED_COUNT];

void refuse(const char *function, const void *caller)
{
    struct task *self = task_self;
    char where[256];
    engine_outside();
    stack_describe_address(caller, where, sizeof where);
    world_find(FINDING_ESCAPE, "%s() in %s, called from %s", function, engine_task_label(self), where);
    engine_inside(self);
    engine_leave();
}

/* Where the call goes on: libc's function, or nowhere. Called by the trampolines with every argument register saved. */
__attribute__((used)) void *refuse_enter(unsigned long number, void *caller);
void *refuse_enter(unsigned long number, void *caller)
{
    if (task_self)
        refuse(names[number], caller);
    if (!next[number])
        next[number] = call_libc(names[number]);
    return next[number];
}

/* rdi rsi rdx rcx r8 r9 and rax (the number of vector registers of a variadic call) pass through. */
#define TRAMPOLINE(NAME)                                                                                     \
    __asm__(                                                                                                 \
        ".text\n.globl " #NAME "\n.type " #NAME ", @function\n" #NAME ":\n"                                  \
        "    push %rdi\n    push %rsi\n    push %rdx\n    push %rcx\n    push %r8\n    push %r9\n"           \
        "    push %rax\n"                                                                                    \
        "    mov 56(%rsp), %rsi\n"                                                                           \
        "    mov $refused_number_" #NAME ", %edi\n"                                                          \
        "    call refuse_enter\n"                                                                            \
        "    mov %rax, %r11\n"                                                                               \
        "    pop %rax\n    pop %r9\n    pop %r8\n    pop %rcx\n    pop %rdx\n    pop %rsi\n    pop %rdi\n"   \
        "    jmp *%r11\n"                                                                                    \
        ".size " #NAME ", . - " #NAME "\n");

#define DEFINE_NUMBER(NAME) __asm__(".set refused_number_" #NAME ", %c0" ::"i"(REFUSED_##NAME));
__attribute__((used)) static void define_numbers(void){REFUSED(DEFINE_NUMBER)} REFUSED(TRAMPOLINE)
