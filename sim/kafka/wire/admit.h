/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admit: may a record batch that a client produced be appended, and what does the leader write into it?
 *
 * The checks, their order and their errors are those of Apache Kafka 3.9 and 4.3: ProduceRequest.validateRecords,
 * UnifiedLog.analyzeAndValidateRecords, LogValidator. The offset deltas of records are among them only in a
 * compressed batch: of others Kafka counts the records, and keeps their deltas as they are.
 *
 * Left out: sequence numbers (the log's business); compression.type other than producer. simplified: without a
 * decompressor a compressed batch is judged by its header, whose two timestamps stand for those of all records; with
 * one, its records are read as strictly as plain ones, where Kafka does not look at their lengths.
 */
#ifndef SIM_KAFKA_WIRE_ADMIT_H
#define SIM_KAFKA_WIRE_ADMIT_H

#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/records.h"

/* What is asked of the records, and when. */
struct admit_rules {
    int16_t version;                  /* of the Produce request */
    bool is_log_append_time;          /* message.timestamp.type */
    bool is_compacted;                /* cleanup.policy has compact: every record needs a key */
    int32_t batch_bytes_max;          /* max.message.bytes */
    int64_t now_ms;                   /* the leader's clock */
    int64_t before_ms_max;            /* message.timestamp.before.max.ms */
    int64_t after_ms_max;             /* message.timestamp.after.max.ms */
    const struct wire_codecs *codecs; /* borrowed; NULL: compressed batches stay closed */
};

enum admit_reason { ADMIT_NO_KEY, ADMIT_TIMESTAMP_RANGE, ADMIT_TIMESTAMP_TYPE, ADMIT_MAGIC };

/* An entry of ProduceResponse's record_errors; Kafka's text has the last two. */
struct admit_record_error {
    int32_t index; /* of the record within its batch */
    enum admit_reason reason;
    int64_t offset, timestamp_ms; /* as the client wrote them */
};

struct admit_verdict {
    enum kafka_error error; /* KAFKA_NONE: append bytes, unless they are none */
    bool is_of_request;  /* refused by what is checked before the partition is looked at (validateRecords) */
    const char *message; /* why not; borrowed for ever. Kafka tells clients only of record_errors. */
    WIRE_ARRAY(struct admit_record_error)
    record_errors;            /* all of the first bad batch; items lie in the memory */
    struct wire_bytes bytes;  /* the one batch; borrowed from what was checked */
    struct wire_batch batch;  /* its header */
    int64_t max_timestamp_ms; /* of its records; the header may say something else */
};

/* Checks what one partition of a Produce request holds, without what is left over of a further batch. True if it
 * may be appended: then bytes, batch and max_timestamp_ms are set; no bytes at all are fine before version 3, and
 * then bytes is empty. */
bool admit_check(struct wire_bytes records, const struct admit_rules *rules, struct wire_memory *memory,
                 struct admit_verdict *out);

/* What the leader decides. */
struct admit_stamp {
    int64_t base_offset;
    int32_t leader_epoch;
    bool is_log_append_time;
    int64_t max_timestamp_ms; /* verdict.max_timestamp_ms; with log append time: now */
};

/* Writes it into the batch at frame, which admit_check has found good. The CRC covers neither offset nor epoch, so
 * it is computed again only if the kind of timestamp or the highest one is another. */
void admit_stamp(uint8_t *frame, const struct admit_stamp *stamp);

/* ---- for convert ---- */

/* The next batch of any magic, as ByteBufferLogInputStream finds it: moves the position behind it. WIRE_NEXT_ERROR:
 * a length or magic that is none (CORRUPT_MESSAGE). */
enum wire_next admit_frame(struct wire_bytes records, size_t *position_inout, struct wire_bytes *frame_out);

/* Checks one record, and remembers it in verdict->record_errors if it is bad. False: out of memory. */
bool admit_record(const struct wire_batch *batch, const struct wire_record *record, int32_t index,
                  const struct admit_rules *rules, struct wire_memory *memory, struct admit_verdict *verdict);

/* Are there record errors? Then it sets error and message. */
bool admit_has_record_errors(struct admit_verdict *verdict);

/* Sets error and message, and forgets record errors; false. */
bool admit_refuse(struct admit_verdict *verdict, enum kafka_error error, const char *message);

#endif
