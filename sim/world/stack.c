/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A task that is not running is asked to look at itself: it is switched to with a request pending, unwinds its own
 * stack where it stands, and switches back. That works alike in both backends and needs no unwinder of our own.
 */
#include "sim/world/stack.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ucontext.h>
#include <ucontext.h>
#include "sim/world/task.h"

enum { FRAMES_MAX = 48 };

void stack_warm_up(void)
{
    void *frames[2];
    backtrace(frames, 2);
}

size_t stack_describe_address(const void *address, char *text, size_t bytes)
{
    Dl_info info;
    int used;
    if (!dladdr(address, &info) || !info.dli_fname) {
        used = snprintf(text, bytes, "unknown");
    } else {
        const char *slash = strrchr(info.dli_fname, '/');
        used = snprintf(text, bytes, "%s+0x%llx %s", slash ? slash + 1 : info.dli_fname,
                        (unsigned long long)((uintptr_t)address - (uintptr_t)info.dli_fbase),
                        info.dli_sname ? info.dli_sname : "");
    }
    return (size_t)used < bytes ? (size_t)used : bytes - 1;
}

static size_t describe_frames(void *const *frames, int count, char *text, size_t bytes)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < count && used + 16 < bytes; i++) {
        used += (size_t)snprintf(text + used, bytes - used, "    ");
        used += stack_describe_address((char *)frames[i] - 1, text + used, bytes - used - 1);
        text[used++] = '\n';
        text[used] = 0;
    }
    return used;
}

size_t stack_describe_own(int skip, char *text, size_t bytes)
{
    void *frames[FRAMES_MAX];
    int count = backtrace(frames, FRAMES_MAX);
    skip++;
    return count > skip ? describe_frames(frames + skip, count - skip, text, bytes) : 0;
}

size_t stack_describe_from(const void *ucontext, char *text, size_t bytes)
{
    const struct ucontext_t *context = ucontext;
    void *at = (void *)context->uc_mcontext.gregs[REG_RIP];
    void *frames[FRAMES_MAX];
    int count = backtrace(frames, FRAMES_MAX), first = 0;
    for (int i = 0; i < count; i++)
        if (frames[i] == at)
            first = i;
    if (first == 0) { /* the unwinder did not pass the signal frame */
        frames[0] = (char *)at + 1;
        count = 1;
    }
    return describe_frames(frames + first, count - first, text, bytes);
}

size_t stack_describe_task(struct task *task, char *text, size_t bytes)
{
    void *frames[FRAMES_MAX];
    int count = task_backend_frames(task->slot, frames, FRAMES_MAX);
    return describe_frames(frames, count, text, bytes);
}
