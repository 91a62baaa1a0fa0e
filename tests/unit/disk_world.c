/* SPDX-License-Identifier: Apache-2.0 */
/* Files as a program in the world sees them; what it found is asserted after the world has ended. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
int main_placeholder;
