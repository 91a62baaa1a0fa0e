/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_update: what history events do to the ledger.
 */
#ifndef PROPERTIES_LEDGER_UPDATE_H
#define PROPERTIES_LEDGER_UPDATE_H

#include "properties/ledger.h"

/* Of any bytes; fast, not cryptographic, the same in every run. */
uint64_t ledger_hash(uint64_t seed, struct history_bytes bytes);

/* For as long as the ledger lives; cleared. NULL: out of memory, which the ledger keeps in mind. */
void *ledger_take(struct ledger *ledger, size_t bytes);
struct history_bytes ledger_copy(struct ledger *ledger, struct history_bytes text);
/* The same text always is at the same place. */
struct history_bytes ledger_intern(struct ledger *ledger, struct history_bytes text);

#endif
