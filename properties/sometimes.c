/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sometimes: see sometimes.h. What it keeps per process dies with the process.
 */
#include "properties/sometimes.h"
#include "properties/ledger_update.h"

#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 64, OUTPUTS_KEPT = 256 };

static const char *const names[SOMETIMES_COUNT] = {
    [SOMETIMES_KILL_BETWEEN_ACK_AND_COMMIT] = "kill-between-ack-and-commit",
    [SOMETIMES_KILL_BETWEEN_LINK_AND_OUTPUT] = "kill-between-link-and-output",
    [SOMETIMES_REVOKE_WITH_INFLIGHT] = "revoke-with-inflight",
    [SOMETIMES_COMMIT_REFUSED_GENERATION] = "commit-refused-generation",
    [SOMETIMES_REBALANCE] = "rebalance",
    [SOMETIMES_KILL] = "kill",
    [SOMETIMES_PAUSE] = "pause",
    [SOMETIMES_SIGTERM] = "sigterm",
    [SOMETIMES_RESET] = "reset",
    [SOMETIMES_TRANSACTION_ABORTED] = "transaction-aborted",
    [SOMETIMES_TRANSACTION_FENCED] = "transaction-fenced",
    [SOMETIMES_TRANSACTION_TIMED_OUT] = "transaction-timed-out",
    [SOMETIMES_DUPLICATE_REFUSED] = "duplicate-refused",
    [SOMETIMES_LEADER_CHANGED] = "leader-changed",
    [SOMETIMES_TRUNCATED] = "truncated",
    [SOMETIMES_RETRIED_AT_EVERY_LEVEL] = "retried-at-every-level",
    [SOMETIMES_RETRIES_EXHAUSTED] = "retries-exhausted",
};

/* A blob that has its name, and whose result is not acknowledged. */
struct named_blob {
    struct named_blob *next;
    size_t bytes;
    char path[];
};

struct owned {
    const struct ledger_partition *partition;
    int64_t delivered_until;
};

struct watched {
    struct watched *next;
    uint32_t process;
    struct ledger_place *outputs; /* inputs of acknowledged outputs */
    size_t output_count, output_capacity;
    struct named_blob *blobs;
    struct owned *owned;
    size_t owned_count, owned_capacity;
};

struct sometimes {
    struct ledger *ledger;
    struct watched *processes;
    struct identity identity;
    struct {
        uint64_t hash;
        int32_t generation;
    } groups[GROUPS_MAX];
    size_t group_count;
    uint64_t hits[SOMETIMES_COUNT];
};

size_t sometimes_count(void)
{
    return SOMETIMES_COUNT;
}

const char *sometimes_name(size_t index)
{
    return names[index];
}

int sometimes_find(const char *name)
{
    for (int i = 0; i < SOMETIMES_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

struct sometimes *sometimes_new(struct ledger *ledger)
{
    struct sometimes *sometimes = calloc(1, sizeof(*sometimes));
    if (sometimes)
        sometimes->ledger = ledger;
    return sometimes;
}

static void forget_blobs(struct watched *process)
{
    while (process->blobs) {
        struct named_blob *next = process->blobs->next;
        free(process->blobs);
        process->blobs = next;
    }
}

void sometimes_free(struct sometimes *sometimes)
{
    if (!sometimes)
        return;
    while (sometimes->processes) {
        struct watched *process = sometimes->processes;
        sometimes->processes = process->next;
        forget_blobs(process);
        free(process->outputs);
        free(process->owned);
        free(process);
    }
    identity_deinit(&sometimes->identity);
    free(sometimes);
}

uint64_t sometimes_hits(const struct sometimes *sometimes, enum sometimes_probe probe)
{
    return sometimes->hits[probe];
}

static struct watched *watch(struct sometimes *sometimes, uint32_t number)
{
    for (struct watched *process = sometimes->processes; process; process = process->next)
        if (process->process == number)
            return process;
    struct watched *process = calloc(1, sizeof(*process));
    if (!process)
        return NULL;
    process->process = number;
    process->next = sometimes->processes;
    sometimes->processes = process;
    return process;
}

/* ---- outputs and their inputs ---------------------------------------------------------------------------
 * */

static struct ledger_place input_of(enum ledger_role role, const struct ledger_record *output)
{
    struct ledger_place none = {0};
    switch (role) {
    case LEDGER_PENDING:
    case LEDGER_EVENTS_DLQ:
        return output->event ? output->event->input : none;
    case LEDGER_RESULTS:
    case LEDGER_RETRY:
    case LEDGER_DLQ:
    case LEDGER_COPY_OUT:
        return output->attachment ? output->attachment->input : none;
    case LEDGER_RAW:
    case LEDGER_COPY_IN:
    case LEDGER_OTHER:
        break;
    }
    return none;
}

static bool is_committed(const struct ledger_place *place)
{
    return place->offset < place->partition->committed;
}

static void drop_committed(struct watched *process)
{
    size_t kept = 0;
    for (size_t i = 0; i < process->output_count; i++)
        if (!is_committed(&process->outputs[i]))
            process->outputs[kept++] = process->outputs[i];
    process->output_count = kept;
}

static void add_output(struct watched *process, struct ledger_place input)
{
    if (process->output_count == process->output_capacity)
        drop_committed(process);
    if (process->output_count == process->output_capacity) {
        size_t want = process->output_capacity ? process->output_capacity * 2 : OUTPUTS_KEPT;
        struct ledger_place *grown = realloc(process->outputs, want * sizeof(*grown));
        if (!grown)
            return;
        process->outputs = grown;
        process->output_capacity = want;
    }
    process->outputs[process->output_count++] = input;
}

static bool ends_with(const struct named_blob *blob, struct history_bytes end)
{
    return end.bytes > 0 && blob->bytes >= end.bytes &&
           memcmp(blob->path + blob->bytes - end.bytes, end.data, end.bytes) == 0;
}

/* The result that tells of the blob is acknowledged. */
static void blob_reported(struct sometimes *sometimes, struct watched *process,
                          const struct history_record *result)
{
    if (!process->blobs || !identity_parse(&sometimes->identity, result->value))
        return;
    for (struct named_blob **at = &process->blobs; *at; at = &(*at)->next)
        if (ends_with(*at, sometimes->identity.destination_path)) {
            struct named_blob *reported = *at;
            *at = reported->next;
            free(reported);
            return;
        }
}

static void count_retries(struct sometimes *sometimes, enum ledger_role role,
                          const struct ledger_record *output)
{
    uint32_t retries = output && output->attachment ? output->attachment->acked[LEDGER_RETRY] : 0;
    if (retries == SOMETIMES_LEVELS && role == LEDGER_RETRY)
        sometimes->hits[SOMETIMES_RETRIED_AT_EVERY_LEVEL]++;
    if (retries == SOMETIMES_LEVELS && role == LEDGER_DLQ)
        sometimes->hits[SOMETIMES_RETRIES_EXHAUSTED]++;
}

static void produced(struct sometimes *sometimes, const struct history_event *event)
{
    const struct history_produce *produce = &event->produce;
    struct watched *process = watch(sometimes, event->process);
    const struct ledger_partition *partition =
        ledger_partition_of(sometimes->ledger, produce->topic, produce->partition);
    if (!process || !partition || !history_produce_is_acknowledged(produce))
        return;
    for (uint32_t i = 0; i < produce->record_count; i++) {
        const struct ledger_record *output = ledger_record_at(partition, produce->records[i].offset);
        struct ledger_place input = {0};
        if (output)
            input = input_of(partition->topic->role, output);
        if (input.partition && !is_committed(&input))
            add_output(process, input);
        count_retries(sometimes, partition->topic->role, output);
        if (partition->topic->role == LEDGER_RESULTS)
            blob_reported(sometimes, process, &produce->records[i]);
    }
}

static void named(struct sometimes *sometimes, uint32_t number, struct history_bytes path)
{
    const char *mark = sometimes->ledger->config->inventory_mark;
    struct watched *process = watch(sometimes, number);
    if (!process || !path.data || (mark && memmem(path.data, path.bytes, mark, strlen(mark))))
        return;
    struct named_blob *blob = malloc(sizeof(*blob) + path.bytes);
    if (!blob)
        return;
    blob->bytes = path.bytes;
    memcpy(blob->path, path.data, path.bytes);
    blob->next = process->blobs;
    process->blobs = blob;
}

/* ---- groups ---------------------------------------------------------------------------------------------
 * */

static bool has_unfinished(const struct owned *owned)
{
    const struct ledger_partition *partition = owned->partition;
    int64_t from = partition->committed < 0 ? 0 : partition->committed;
    for (int64_t offset = from; offset < owned->delivered_until; offset++) {
        const struct ledger_record *record = ledger_record_at(partition, offset);
        if (record && record->is_known && !ledger_is_done(partition, record))
            return true;
    }
    return false;
}

static bool is_in(const struct ledger_partition *partition, const struct history_partition *list,
                  uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (list[i].partition == partition->partition &&
            history_bytes_equal(list[i].topic, partition->topic->name))
            return true;
    return false;
}

/* Drops what is owned and not in the list. */
static void keep_only(struct sometimes *sometimes, struct watched *process,
                      const struct history_partition *list, uint32_t count)
{
    bool is_hit = false;
    size_t kept = 0;
    for (size_t i = 0; i < process->owned_count; i++) {
        if (is_in(process->owned[i].partition, list, count))
            process->owned[kept++] = process->owned[i];
        else
            is_hit |= has_unfinished(&process->owned[i]);
    }
    process->owned_count = kept;
    sometimes->hits[SOMETIMES_REVOKE_WITH_INFLIGHT] += is_hit;
}

static struct owned *find_owned(struct watched *process, const struct ledger_partition *partition)
{
    for (size_t i = 0; i < process->owned_count; i++)
        if (process->owned[i].partition == partition)
            return &process->owned[i];
    return NULL;
}

static void own(struct sometimes *sometimes, struct watched *process, const struct history_sync *sync)
{
    for (uint32_t i = 0; i < sync->assigned_count; i++) {
        const struct ledger_partition *partition =
            ledger_partition_of(sometimes->ledger, sync->assigned[i].topic, sync->assigned[i].partition);
        if (!partition || !ledger_is_pipeline_group(partition->topic, sync->group) ||
            find_owned(process, partition))
            continue;
        if (process->owned_count == process->owned_capacity) {
            size_t want = process->owned_capacity ? process->owned_capacity * 2 : 16;
            struct owned *grown = realloc(process->owned, want * sizeof(*grown));
            if (!grown)
                return;
            process->owned = grown;
            process->owned_capacity = want;
        }
        process->owned[process->owned_count++] = (struct owned){.partition = partition};
    }
}

static void fetched(struct sometimes *sometimes, const struct history_event *event)
{
    const struct history_fetch *fetch = &event->fetch;
    struct watched *process = watch(sometimes, event->process);
    if (!process || fetch->record_count == 0)
        return;
    struct owned *owned =
        find_owned(process, ledger_partition_of(sometimes->ledger, fetch->topic, fetch->partition));
    int64_t until = fetch->records[fetch->record_count - 1].offset + 1;
    if (owned && until > owned->delivered_until)
        owned->delivered_until = until;
}

static void joined(struct sometimes *sometimes, const struct history_event *event)
{
    const struct history_join *join = &event->join;
    struct watched *process = watch(sometimes, event->process);
    if (join->step == HISTORY_REQUESTED) {
        if (process)
            keep_only(sometimes, process, join->owned, join->says_owned ? join->owned_count : 0);
        return;
    }
    if (join->error != HISTORY_ERROR_NONE)
        return;
    uint64_t hash = ledger_hash(0, join->group);
    size_t i = 0;
    while (i < sometimes->group_count && sometimes->groups[i].hash != hash)
        i++;
    if (i == GROUPS_MAX ||
        (i < sometimes->group_count && join->generation <= sometimes->groups[i].generation))
        return;
    /* The first generation of a group is its birth, not a rebalance. */
    sometimes->hits[SOMETIMES_REBALANCE] += i < sometimes->group_count;
    sometimes->group_count += i == sometimes->group_count;
    sometimes->groups[i].hash = hash;
    sometimes->groups[i].generation = join->generation;
}

static void synced(struct sometimes *sometimes, const struct history_event *event)
{
    const struct history_sync *sync = &event->sync;
    struct watched *process = watch(sometimes, event->process);
    if (!process || sync->step != HISTORY_ANSWERED || sync->error != HISTORY_ERROR_NONE)
        return;
    keep_only(sometimes, process, sync->assigned, sync->assigned_count);
    own(sometimes, process, sync);
}

static bool is_fencing(int16_t error)
{
    return error == HISTORY_ERROR_INVALID_PRODUCER_EPOCH || error == HISTORY_ERROR_PRODUCER_FENCED;
}

static void committed(struct sometimes *sometimes, const struct history_commit *commit)
{
    sometimes->hits[SOMETIMES_TRANSACTION_FENCED] +=
        commit->step == HISTORY_ANSWERED && is_fencing(commit->error);
    if (commit->step == HISTORY_ANSWERED && (commit->error == HISTORY_ERROR_ILLEGAL_GENERATION ||
                                             commit->error == HISTORY_ERROR_UNKNOWN_MEMBER_ID ||
                                             commit->error == HISTORY_ERROR_REBALANCE_IN_PROGRESS))
        sometimes->hits[SOMETIMES_COMMIT_REFUSED_GENERATION]++;
}

/* ---- life -----------------------------------------------------------------------------------------------
 * */

static void killed(struct sometimes *sometimes, struct watched *process)
{
    drop_committed(process);
    sometimes->hits[SOMETIMES_KILL]++;
    sometimes->hits[SOMETIMES_KILL_BETWEEN_ACK_AND_COMMIT] += process->output_count > 0;
    sometimes->hits[SOMETIMES_KILL_BETWEEN_LINK_AND_OUTPUT] += process->blobs != NULL;
}

static void lived(struct sometimes *sometimes, const struct history_event *event)
{
    struct watched *process = watch(sometimes, event->process);
    if (!process)
        return;
    switch (event->life.life) {
    case HISTORY_LIFE_PAUSE:
        sometimes->hits[SOMETIMES_PAUSE]++;
        return;
    case HISTORY_LIFE_SIGTERM:
        sometimes->hits[SOMETIMES_SIGTERM]++;
        return;
    case HISTORY_LIFE_RESUME:
        return;
    case HISTORY_LIFE_KILL:
        killed(sometimes, process);
        break;
    case HISTORY_LIFE_START:
    case HISTORY_LIFE_EXIT:
        break;
    }
    forget_blobs(process);
    process->output_count = 0;
    process->owned_count = 0;
}

/* ---- within the brokers ---------------------------------------------------------------------------------------- */

static void answered(struct sometimes *sometimes, const struct history_produce *produce)
{
    struct ledger_partition *partition =
        ledger_partition_of(sometimes->ledger, produce->topic, produce->partition);
    struct ledger_log *log = partition ? partition->log : NULL;
    struct ledger_producer *producer =
        log && produce->producer_id >= 0 ? ledger_log_producer(log, produce->producer_id) : NULL;
    sometimes->hits[SOMETIMES_TRANSACTION_FENCED] += is_fencing(produce->error);
    if (!producer || producer->resent_sequence < 0 || producer->resent_sequence != produce->base_sequence ||
        producer->epoch != produce->producer_epoch || !history_produce_is_acknowledged(produce))
        return;
    producer->resent_sequence = -1;
    sometimes->hits[SOMETIMES_DUPLICATE_REFUSED]++;
}

static void told(struct sometimes *sometimes, const struct history_log *log)
{
    const struct ledger_told *told = &sometimes->ledger->told;
    if (!told->partition)
        return;
    sometimes->hits[SOMETIMES_LEADER_CHANGED] += log->step == HISTORY_LOG_LEAD && log->broker >= 0 &&
                                                 told->lineage_before >= 0 &&
                                                 log->broker != told->lineage_before;
    sometimes->hits[SOMETIMES_TRUNCATED] +=
        log->step == HISTORY_LOG_TRUNCATE && log->offset < told->end_before;
}

static void transacted(struct sometimes *sometimes, const struct history_transaction *transaction)
{
    sometimes->hits[SOMETIMES_TRANSACTION_ABORTED] +=
        transaction->state == HISTORY_TRANSACTION_COMPLETE_ABORT;
    sometimes->hits[SOMETIMES_TRANSACTION_TIMED_OUT] +=
        transaction->state == HISTORY_TRANSACTION_PREPARE_ABORT && transaction->is_timed_out;
}

void sometimes_event(struct sometimes *sometimes, const struct history_event *event)
{
    switch (event->kind) {
    case HISTORY_PRODUCE:
        produced(sometimes, event);
        if (event->produce.step == HISTORY_ANSWERED)
            answered(sometimes, &event->produce);
        break;
    case HISTORY_FETCH:
        fetched(sometimes, event);
        break;
    case HISTORY_COMMIT:
        committed(sometimes, &event->commit);
        break;
    case HISTORY_LOG:
        told(sometimes, &event->log);
        break;
    case HISTORY_TRANSACTION:
        transacted(sometimes, &event->transaction);
        break;
    case HISTORY_COORDINATOR:
        sometimes->hits[SOMETIMES_TRANSACTION_FENCED] += is_fencing(event->coordinator.error);
        break;
    case HISTORY_JOIN:
        joined(sometimes, event);
        break;
    case HISTORY_SYNC:
        synced(sometimes, event);
        break;
    case HISTORY_PROCESS:
        lived(sometimes, event);
        break;
    case HISTORY_CONNECTION:
        sometimes->hits[SOMETIMES_RESET] += event->connection.step == HISTORY_CONNECTION_RESET;
        break;
    case HISTORY_FILE:
        if (event->file.error == 0 &&
            (event->file.step == HISTORY_FILE_LINK || event->file.step == HISTORY_FILE_RENAME))
            named(sometimes, event->process, event->file.target);
        break;
    case HISTORY_HTTP:
        if (event->http.step == HISTORY_ANSWERED && event->http.status / 100 == 2 &&
            event->http.method.bytes == 3 && memcmp(event->http.method.data, "PUT", 3) == 0)
            named(sometimes, event->process, event->http.path);
        break;
    case HISTORY_WORLD:
    case HISTORY_HEARTBEAT:
    case HISTORY_LEAVE:
    case HISTORY_LOAD:
    case HISTORY_FAULT:
    case HISTORY_LEAK:
    case HISTORY_MALFORMED:
        break;
    }
}
