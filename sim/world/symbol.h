/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symbol: where does a variable of a library lie, when the library's file still has its symbol table?
 */
#ifndef SIM_WORLD_SYMBOL_H
#define SIM_WORLD_SYMBOL_H

#include <stdint.h>

/* The offset from the load address of the variable of this name in the ELF file at path; 0: none of that name, or the
 * file is stripped or unreadable. A static of a function counts under its plain name, without what the
 * compiler adds. The first one counts. Outside a world. */
uint64_t symbol_offset(const char *path, const char *name);

#endif
