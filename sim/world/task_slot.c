/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/task_slot.h"

#include <assert.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <linux/futex.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sim/world/arena.h"
#include "sim/world/engine.h"

#ifdef MILLRACE_ASAN
#include <sanitizer/asan_interface.h>
#endif

enum { PAGE_BYTES = 4096 };

__thread struct task *task_self __attribute__((tls_model("initial-exec")));

struct task_slot task_slots[TASKS_MAX];
uint32_t task_slots_count;
static uint32_t lowest_free;

static uintptr_t thread_pointer(void)
{
    uintptr_t self;
    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

/* Finds where this thread's static TLS begins: the lowest block of any module that lies on this stack. */
static int find_lowest_tls(struct dl_phdr_info *info, size_t bytes, void *opaque)
{
    (void)bytes;
    struct task_slot *slot = opaque;
    char *data = info->dlpi_tls_data;
    char *stack = (char *)(TASK_STACKS_BASE + (uint64_t)(slot - task_slots) * TASK_STACK_BYTES);
    if (data && data >= stack && data < stack + TASK_STACK_BYTES && data < slot->tls)
        slot->tls = data;
    return 0;
}

static void *park(void *opaque)
{
    struct task_slot *slot = opaque;
    slot->thread_pointer = thread_pointer();
    slot->tls = (char *)slot->thread_pointer;
    dl_iterate_phdr(find_lowest_tls, slot);
    slot->tls_bytes = slot->thread_pointer - (uintptr_t)slot->tls;
    slot->pristine = arena_alloc(arena_host(), slot->tls_bytes + 1, 16);
    assert(slot->pristine && "out of memory");
    memcpy(slot->pristine, slot->tls, slot->tls_bytes);
    slot->parked_frame = __builtin_frame_address(0);
    task_backend_park(slot);
    return NULL;
}

static void start_thread(uint32_t number)
{
    struct task_slot *slot = &task_slots[number];
    char *stack = (char *)(TASK_STACKS_BASE + (uint64_t)number * TASK_STACK_BYTES);
    void *got = mmap(stack, TASK_STACK_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    assert(got == stack && "the fixed address range of the stacks is taken");
    mprotect(stack, PAGE_BYTES, PROT_NONE);

    /* A signal to a parked thread would overwrite live frames: it must never get one. */
    sigset_t all, before;
    sigfillset(&all);
    int (*mask)(int, const sigset_t *, sigset_t *);
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&mask = dlsym(RTLD_NEXT, "pthread_sigmask");
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    mask(SIG_BLOCK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack + PAGE_BYTES, TASK_STACK_BYTES - PAGE_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int error = create(&thread, &attributes, park, slot);
    assert(error == 0 && "no more threads");
    pthread_attr_destroy(&attributes);
    while (!atomic_load_explicit(&slot->go, memory_order_acquire)) /* parked: -1 */
        syscall(SYS_futex, &slot->go, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    atomic_store(&slot->go, 0);
    mask(SIG_SETMASK, &before, NULL);
    task_slots_count = number + 1;
}

uint32_t task_slot_take(uint32_t except)
{
    uint32_t slot = lowest_free;
    while (slot < TASKS_MAX && (task_slots[slot].is_busy || slot == except))
        slot++;
    if (slot == TASKS_MAX)
        return UINT32_MAX;
    if (slot >= task_slots_count)
        start_thread(slot);
    task_slots[slot].is_busy = true;
    if (slot == lowest_free)
        lowest_free++;
    return slot;
}

void task_slot_give_back(uint32_t slot)
{
    assert(task_slots[slot].is_busy);
    task_slots[slot].is_busy = false;
    if (slot < lowest_free)
        lowest_free = slot;
}

/* The redzones of frames that nobody returned through: a task that was dropped, or ended inside a call. */
static void forget_frames(uint32_t number)
{
#ifdef MILLRACE_ASAN
    char *stack = (char *)(TASK_STACKS_BASE + (uint64_t)number * TASK_STACK_BYTES) + PAGE_BYTES;
    __asan_unpoison_memory_region(stack, (size_t)(task_slots[number].parked_frame - stack));
#else
    (void)number;
#endif
}

void task_slot_reset(uint32_t number, struct task *task)
{
    struct task_slot *slot = task_slot(number);
    memcpy(slot->tls, slot->pristine, slot->tls_bytes);
    forget_frames(number);
    ptrdiff_t self_at = (char *)&task_self - (char *)thread_pointer();
    *(struct task **)(slot->thread_pointer + (uintptr_t)self_at) = task;
    slot->task = task;
    slot->is_fresh = true;
}

int task_backend_frames(uint32_t number, void **frames_out, int frames_max)
{
    struct task_slot *slot = task_slot(number);
    if (slot->is_fresh)
        return 0;
    if (number == engine_running_slot())
        return backtrace(frames_out, frames_max);
    slot->frames_out = frames_out;
    slot->frames_max = frames_max;
    slot->frames_for = engine_running_slot();
    task_backend_switch(slot->frames_for, number);
    return slot->frame_count;
}

void task_slot_answer(uint32_t number)
{
    if (number == TASK_HOST_SLOT)
        return;
    struct task_slot *slot = task_slot(number);
    struct task *self = task_self;
    task_self = NULL; /* unwinding is none of the world's calls */
    slot->frame_count = backtrace(slot->frames_out, slot->frames_max);
    slot->frames_out = NULL;
    task_self = self;
    task_backend_switch(number, slot->frames_for); /* may be asked again while it stands here */
}
