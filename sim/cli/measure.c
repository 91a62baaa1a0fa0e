/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/measure.h"

#include <string.h>

bool measure_event(struct measure *measure, const struct history_event *event)
{
    if (event->process > PROCESSES_MAX)
        return false;
    int64_t *produced = &measure->processes[event->process].produced;
    int64_t *assigned = &measure->processes[event->process].assigned;
    if (event->process_name)
        measure->processes[event->process].name = event->process_name;
    switch (event->kind) {
    case HISTORY_PRODUCE:
        if (history_produce_is_acknowledged(&event->produce))
            *produced += event->produce.record_count;
        return event->produce.step == HISTORY_ANSWERED;
    case HISTORY_SYNC:
        if (event->sync.step == HISTORY_ANSWERED && !event->sync.error)
            *assigned = event->sync.assigned_count;
        return event->sync.step == HISTORY_ANSWERED;
    case HISTORY_LEAVE:
        *assigned = 0;
        return true;
    case HISTORY_PROCESS:
        if (event->life.life == HISTORY_LIFE_KILL || event->life.life == HISTORY_LIFE_EXIT)
            *assigned = 0;
        return true;
    case HISTORY_COMMIT:
        return event->commit.step == HISTORY_ANSWERED;
    case HISTORY_HTTP:
        return event->http.step == HISTORY_ANSWERED;
    case HISTORY_FILE:
    case HISTORY_TRANSACTION:
        return true;
    case HISTORY_WORLD:
    case HISTORY_CONNECTION:
    case HISTORY_FETCH:
    case HISTORY_JOIN:
    case HISTORY_HEARTBEAT:
    case HISTORY_LOAD:
    case HISTORY_FAULT:
    case HISTORY_LEAK:
    case HISTORY_MALFORMED:
    case HISTORY_LOG:
    case HISTORY_COORDINATOR:
        break;
    }
    return false;
}

unsigned measure_stage(const char *program)
{
    static const struct {
        const char *program;
        enum property_stage stage;
    } stages[] = {{"ingest", PROPERTY_INGEST},   {"download", PROPERTY_DOWNLOAD}, {"retry", PROPERTY_RETRY},
                  {"results", PROPERTY_RESULTS}, {"copy", PROPERTY_COPY},         {"copier", PROPERTY_COPY}};
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
        if (strcmp(stages[i].program, program) == 0)
            return stages[i].stage;
    return 0;
}

/* "download.0" is a member of "download"; "load" is alone. */
static bool is_member(const char *name, const char *stage)
{
    size_t bytes = strlen(stage);
    return name && strncmp(name, stage, bytes) == 0 && (name[bytes] == '.' || !name[bytes]);
}

/* Events; or the tasks and results that become of them. */
static int64_t whole_of(const struct measure *measure, const struct condition_term *term)
{
    unsigned stage = measure_stage(term->stage);
    bool is_task = stage == PROPERTY_DOWNLOAD || stage == PROPERTY_RESULTS ||
                   (stage == PROPERTY_INGEST && term->measure == CONDITION_PRODUCED);
    return (int64_t)measure->scenario->events * (is_task ? measure->scenario->attachments : 1);
}

int64_t measure_of(const struct measure *measure, const struct condition_term *term, int64_t *whole_out)
{
    enum property_stage stage = (enum property_stage)measure_stage(term->stage);
    int64_t sum = 0;
    *whole_out = whole_of(measure, term);
    switch (term->measure) {
    case CONDITION_TIME:
        return 0; /* the plan knows it itself */
    case CONDITION_PROCESSED:
        return property_set_processed(measure->properties, stage);
    case CONDITION_COMMITTED:
        return property_set_committed(measure->properties, stage);
    case CONDITION_PRODUCED:
    case CONDITION_ASSIGNED:
        break;
    }
    for (size_t i = 0; i <= PROCESSES_MAX; i++)
        if (is_member(measure->processes[i].name, term->stage))
            sum += term->measure == CONDITION_PRODUCED ? measure->processes[i].produced
                                                       : measure->processes[i].assigned;
    return sum;
}
