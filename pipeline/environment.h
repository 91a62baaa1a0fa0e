/* SPDX-License-Identifier: Apache-2.0 */
/* environment: the one place where the process environment is read. */
#ifndef PIPELINE_ENVIRONMENT_H
#define PIPELINE_ENVIRONMENT_H

/* The value of a MILLRACE_... variable, borrowed, or NULL. */
const char *environment_lookup(const char *name);

#endif
