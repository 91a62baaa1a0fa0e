/* SPDX-License-Identifier: Apache-2.0 */
/* stack: where a task stands, as text. One frame a line: "    librdkafka.so.1+0x1234 rd_kafka_poll". Call outside the world. */
#ifndef SIM_WORLD_STACK_H
#define SIM_WORLD_STACK_H

#include <stddef.h>

struct task;

/* Loads what unwinding needs; once, before any world. */
void stack_warm_up(void);
/* The stack of the running context from the signal handler that received ucontext. Returns bytes written. */
size_t stack_describe_from(const void *ucontext, char *text, size_t bytes);
/* The stack of a task that is not running. */
size_t stack_describe_task(struct task *task, char *text, size_t bytes);
/* The caller's own stack, without the innermost skip frames. */
size_t stack_describe_own(int skip, char *text, size_t bytes);
/* "librdkafka.so.1+0x1234 symbol" of one address. */
size_t stack_describe_address(const void *address, char *text, size_t bytes);

#endif
