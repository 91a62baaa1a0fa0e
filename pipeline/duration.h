/* SPDX-License-Identifier: Apache-2.0 */
/* duration: "500ms", "2s", "5m", "1h": a whole number and its unit. */
#ifndef PIPELINE_DURATION_H
#define PIPELINE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 1 ms to 30 days. False: text is none of these, and *ns_out is untouched. */
bool duration_parse(const char *text, size_t length, int64_t *ns_out);

#endif
