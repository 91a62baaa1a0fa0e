/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call: the frame that every simulated libc function has in common.
 *
 *     ssize_t read(int fd, void *data, size_t bytes)
 *     {
 *         if (!task_inside())
 *             return NEXT(read)(fd, data, bytes);        // outside the world: the real one
 *         call_enter(CALL_READ);                         // kills and preemptions happen here ..
 *         ssize_t result = ..;                           // -errno on failure; history_bytes for moved bytes
 *         return call_leave(CALL_READ, fd, bytes, result); // .. and here; sets errno, folds the call into the history
 *     }
 */
#ifndef SIM_POSIX_CALL_H
#define SIM_POSIX_CALL_H

#include <errno.h>
#include <stdint.h>
#include "sim/world/history.h"
#include "sim/world/task.h"

/* One line per function family; _chk, 64 and C11 names share the number of their plain one. */
/* clang-format off */
#define CALLS(X)                                                                                              \
    X(THREAD_CREATE, "thread_create") X(THREAD_JOIN, "thread_join") X(THREAD_DETACH, "thread_detach")         \
    X(THREAD_EXIT, "thread_exit") X(THREAD_KILL, "thread_kill") X(YIELD, "yield")                             \
    X(MUTEX_LOCK, "mutex_lock") X(MUTEX_TRYLOCK, "mutex_trylock") X(MUTEX_UNLOCK, "mutex_unlock")             \
    X(COND_WAIT, "cond_wait") X(COND_SIGNAL, "cond_signal") X(COND_BROADCAST, "cond_broadcast")               \
    X(RWLOCK_READ, "rwlock_rdlock") X(RWLOCK_WRITE, "rwlock_wrlock") X(RWLOCK_UNLOCK, "rwlock_unlock")        \
    X(SEM_WAIT, "sem_wait") X(SEM_POST, "sem_post") X(BARRIER_WAIT, "barrier_wait") X(ONCE, "once")           \
    X(CLOCK_READ, "clock_gettime") X(SLEEP, "nanosleep") X(RANDOM, "getrandom")                               \
    X(EXIT, "exit") X(KILL, "kill") X(SIGACTION, "sigaction") X(SIGMASK, "sigmask") X(SIGWAIT, "sigwait")     \
    X(SIGNALFD, "signalfd")                                                                                   \
    X(GETPID, "getpid") X(GETENV, "getenv") X(SYSCONF, "sysconf")                                             \
    X(SOCKET, "socket") X(BIND, "bind") X(LISTEN, "listen") X(ACCEPT, "accept") X(CONNECT, "connect")         \
    X(SEND, "send") X(RECV, "recv") X(SHUTDOWN, "shutdown") X(GETSOCKNAME, "getsockname")                     \
    X(GETPEERNAME, "getpeername") X(GETSOCKOPT, "getsockopt") X(SETSOCKOPT, "setsockopt")                     \
    X(SOCKETPAIR, "socketpair") X(RESOLVE, "getaddrinfo") X(NAMEINFO, "getnameinfo")                          \
    X(POLL, "poll") X(PIPE, "pipe") X(EVENTFD, "eventfd") X(READ, "read") X(WRITE, "write")                   \
    X(CLOSE, "close") X(FCNTL, "fcntl") X(IOCTL, "ioctl") X(DUP, "dup")                                       \
    X(OPEN, "open") X(LSEEK, "lseek") X(STAT, "stat") X(STATFS, "statfs") X(ACCESS, "access")                 \
    X(TRUNCATE, "ftruncate") X(FSYNC, "fsync") X(RENAME, "rename") X(LINK, "link") X(UNLINK, "unlink")        \
    X(MKDIR, "mkdir") X(RMDIR, "rmdir") X(OPENDIR, "opendir") X(READDIR, "readdir") X(CLOSEDIR, "closedir")   \
    X(CHDIR, "chdir") X(GETCWD, "getcwd") X(CHMOD, "chmod") X(FLOCK, "flock") X(SYNC, "sync")                 \
    X(HOSTNAME, "gethostname") X(POINT, "fiu_fail")
/* clang-format on */

enum call {
    CALL_BEFORE_FIRST = HISTORY_CALLS - 1,
#define CALL_NUMBER(NAME, TEXT) CALL_##NAME,
    CALLS(CALL_NUMBER)
#undef CALL_NUMBER
        CALL_END
};

/* The libc function of this name: what the world's one stands in for. */
#define NEXT(FUNCTION)                                                                                       \
    (__extension__({                                                                                         \
        static __typeof__(&FUNCTION) next_;                                                                  \
        if (__builtin_expect(!next_, 0))                                                                     \
            next_ = (__typeof__(&FUNCTION))call_libc(#FUNCTION);                                             \
        next_;                                                                                               \
    }))
void *call_libc(const char *name);

/* A kill or a preemption may happen inside. */
void call_enter(enum call call);

/* Folds the call into the history. result < 0 is -errno: sets errno and returns -1; else returns result. errno is
 * untouched on success. A kill may happen inside: everything that the call changed is complete before. */
int64_t call_leave(enum call call, uint64_t a, uint64_t b, int64_t result);

/* The same for functions that return the error number instead of setting errno (pthread_*): returns result as it is. */
int call_leave_error(enum call call, uint64_t a, int error);

/* For frequent calls that cannot fail visibly and are no kill points of their own (clock reads): history only. */
static inline void call_note(enum call call, uint64_t a, uint64_t result)
{
    history_call((uint32_t)call, a, 0, result);
}

/* Hands pending signals to their handlers: called where a call returns to the program. True when a handler ran. */
bool call_deliver_signals(void);

#endif
