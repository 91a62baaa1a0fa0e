/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_GATE_PLANTED_H
#define TESTS_UNIT_GATE_PLANTED_H

/* How often it was called since the library was loaded. */
int planted_count(void);

#endif
