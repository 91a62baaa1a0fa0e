/* SPDX-License-Identifier: Apache-2.0 */
/* planted: a library with a static that a world changes, as a careless library has it. */
#include "tests/unit/gate/planted.h"

static int count;

int planted_count(void)
{
    return ++count;
}
