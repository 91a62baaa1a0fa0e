/* SPDX-License-Identifier: Apache-2.0 */
/* fiu_stub: production has no faults to inject, and links no libfiu. */
#include "pipeline/point.h"

int fiu_fail(const char *name)
{
    (void)name;
    return 0;
}
