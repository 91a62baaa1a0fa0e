/* SPDX-License-Identifier: Apache-2.0 */
/* A library with a static of its own, which a world that ends must be found to have changed. */
#ifndef TESTS_UNIT_GATE_PLANTED_H
#define TESTS_UNIT_GATE_PLANTED_H

/* How often it was called since the library was loaded. */
int planted_count(void);

#endif
