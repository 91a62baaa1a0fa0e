/* SPDX-License-Identifier: Apache-2.0 */
/*
 * point: named places where a fault can be injected (libfiu).
 *
 * Reaching a point means nothing to the pipeline: whoever provides fiu_fail may stop the process there.
 * Production links a stub that returns 0 (fiu_stub.c), staging libfiu (fiu_staging.c).
 */
#ifndef PIPELINE_POINT_H
#define PIPELINE_POINT_H

#define FIU_ENABLE
#include <fiu.h>

#define POINT(NAME) ((void)fiu_fail(NAME))

#endif
