/* SPDX-License-Identifier: Apache-2.0 */
/*
 * marker: the control record that ends a transaction in a partition. It is alone in its batch, which is not compressed.
 *
 *   key    int16 0 | int16: 0 aborts, 1 commits        value  int16 0 | coordinator epoch int32
 *
 * Each begins with a version; a newer one adds at the end. Source: ControlRecordType.java, EndTxnMarker.json.
 */
#ifndef SIM_KAFKA_WIRE_MARKER_H
#define SIM_KAFKA_WIRE_MARKER_H

#include "sim/kafka/wire/records.h"

struct wire_marker {
    bool is_commit; /* false: it aborts */
    int32_t coordinator_epoch;
    int64_t timestamp_ms;
};

/* record is of a control batch. False, and out untouched: it is no marker, or cut. */
bool wire_marker_read(const struct wire_record *record, struct wire_marker *out);
/* That of a control batch. False, and out untouched: it has no record (it was compacted away), or another one. */
bool wire_marker_find(const struct wire_batch *batch, struct wire_marker *out);
/* Appends the record of batch, as wire_record_append does. */
void wire_marker_append(const struct wire_batch *batch, const struct wire_marker *marker,
                        struct wire_output *output);

#endif
