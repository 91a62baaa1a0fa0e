/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_update: what history events do to the ledger.
 */
#ifndef PROPERTIES_LEDGER_UPDATE_H
#define PROPERTIES_LEDGER_UPDATE_H

#include "properties/ledger.h"

/* Of any bytes; fast, not cryptographic, the same in every run. */
uint64_t ledger_hash(uint64_t seed, struct history_bytes bytes);

#endif
