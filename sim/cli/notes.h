/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notes: what brokers tell of themselves (sim/kafka/note.h), as history events.
 */
#ifndef SIM_CLI_NOTES_H
#define SIM_CLI_NOTES_H

#include "sim/kafka/note.h"
#include "sim/kafka/observe/gather.h"

/* Zero-initialised storage is fine. */
struct notes {
    bool wants_records; /* of what is appended: they cost a look into each batch */
    struct gather gather;
    struct wire_memory memory;
};

/* Fills in all but the event's time. What it points to is valid until the next note, or as long as note. False: it is of no
 * meaning to anybody. */
bool notes_event(struct notes *notes, const struct kafka_note *note, struct history_event *out);
void notes_deinit(struct notes *notes);

#endif
