/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/witness.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "properties/registry.h"
#include "sim/cli/brokers.h"
#include "sim/cli/http_tap.h"
#include "sim/cli/notes.h"
#include "sim/cli/program.h"
#include "sim/kafka/observe/observer.h"
#include "sim/world/disk.h"
#include "sim/world/host.h"
#include "sim/world/network.h"
#include "sim/world/process.h"
#include "sim/world/schedule.h"

enum { ATTACHMENTS_MAX = 100 };

struct witness {
    struct property_set *properties;
    struct observer *observer;
    struct http_tap *http;
    bool *is_http; /* by connection id */
    size_t is_http_count;
    FILE *log;
    struct witness_guest guest;
    struct notes notes;
    const char *inventory_mark;
    uint32_t broker_process;
};

static struct history_bytes bytes_of(const char *text)
{
    return (struct history_bytes){text, text ? strlen(text) : 0};
}

static void emit(struct witness *witness, const struct history_event *event)
{
    if (witness->log)
        event_write_json(witness->log, event);
    if (witness->guest.on_event)
        witness->guest.on_event(witness->guest.opaque, event);
    property_set_event(witness->properties, event);
}

static void on_wire_event(void *opaque, const struct history_event *event)
{
    emit(opaque, event);
}

static void on_kafka_request(void *opaque, const struct observer_request *request)
{
    const struct witness *witness = opaque;
    witness->guest.on_request(witness->guest.opaque, request);
}

static struct history_event event_of(enum history_kind kind, const struct process *process)
{
    struct history_event event = {.kind = kind, .time_ns = schedule_now()};
    if (process) {
        event.process = process->number;
        event.incarnation = process->incarnation;
        event.process_name = process->name;
    }
    return event;
}

/* --- the wire -------------------------------------------------------------------------------------------------- */

static void note_http(struct witness *witness, uint64_t id)
{
    if (id >= witness->is_http_count) {
        size_t count = (size_t)id * 2 + 64;
        witness->is_http = realloc(witness->is_http, count * sizeof *witness->is_http);
        assert(witness->is_http && "out of memory");
        memset(witness->is_http + witness->is_http_count, 0, count - witness->is_http_count);
        witness->is_http_count = count;
    }
    witness->is_http[id] = true;
}

static bool is_http(const struct witness *witness, uint64_t id)
{
    return id < witness->is_http_count && witness->is_http[id];
}

static void on_connect(void *opaque, const struct network_peers *peers)
{
    struct witness *witness = opaque;
    const struct process *process = process_by_number(peers->client_process);
    if (peers->server_process != witness->broker_process) {
        const struct process *server = process_by_number(peers->server_process);
        struct history_event event = event_of(HISTORY_HTTP, process);
        if (server) {
            http_tap_open(witness->http, peers->id, &event, server->name);
            note_http(witness, peers->id);
        }
        return;
    }
    int32_t broker = (int32_t)brokers_id(peers->server_host->name);
    if (!broker) /* the control interface */
        return;
    struct observer_client who = {.process = peers->client_process,
                                  .incarnation = process ? process->incarnation : 0,
                                  .process_name = process ? process->name : NULL};
    observer_connection_open(witness->observer, peers->id, &who, broker);
}

static void on_server_read(void *opaque, uint64_t id, const void *data, size_t bytes)
{
    struct witness *witness = opaque;
    if (is_http(witness, id))
        http_tap_request(witness->http, id, data, bytes, schedule_now());
    else
        observer_request_bytes(witness->observer, id, data, bytes, schedule_now());
}

static void on_server_write(void *opaque, uint64_t id, const void *data, size_t bytes)
{
    struct witness *witness = opaque;
    if (is_http(witness, id))
        http_tap_response(witness->http, id, data, bytes, schedule_now());
    else
        observer_response_bytes(witness->observer, id, data, bytes, schedule_now());
}

static void on_close(void *opaque, uint64_t id, bool is_reset)
{
    struct witness *witness = opaque;
    if (is_http(witness, id))
        http_tap_close(witness->http, id);
    else
        observer_connection_close(witness->observer, id);
    if (!is_reset)
        return;
    struct history_event event = event_of(HISTORY_CONNECTION, NULL);
    event.connection.step = HISTORY_CONNECTION_RESET;
    event.connection.connection_id = id;
    emit(witness, &event);
}

static const struct network_tap network_tap_calls = {
    .on_connect = on_connect,
    .on_server_read = on_server_read,
    .on_server_write = on_server_write,
    .on_close = on_close,
};

/* --- within the brokers ---------------------------------------------------------------------------------------- */

static void on_note(void *opaque, const struct kafka_note *note)
{
    struct witness *witness = opaque;
    struct history_event event;
    if (!notes_event(&witness->notes, note, &event))
        return;
    event.time_ns = schedule_now();
    emit(witness, &event);
}

void witness_brokers_are(struct witness *witness, const struct process *process)
{
    witness->broker_process = process->number;
}

/* --- files ----------------------------------------------------------------------------------------------------- */

static int step_of(enum disk_event_kind kind)
{
    switch (kind) {
    case DISK_CREATED:
        return HISTORY_FILE_CREATE;
    case DISK_LINKED:
        return HISTORY_FILE_LINK;
    case DISK_RENAMED:
        return HISTORY_FILE_RENAME;
    case DISK_UNLINKED:
        return HISTORY_FILE_UNLINK;
    case DISK_SYNCED:
        return HISTORY_FILE_FSYNC;
    case DISK_WRITTEN:
    case DISK_RESIZED:
    case DISK_DIRECTORY_MADE:
    case DISK_DIRECTORY_REMOVED:
    case DISK_SYMLINK_MADE:
        return -1;
    }
    return -1;
}

static void on_disk_event(void *opaque, const struct disk_event *disk)
{
    struct witness *witness = opaque;
    int step = step_of(disk->kind);
    if (step < 0 || !disk->path)
        return;
    struct history_event event = event_of(HISTORY_FILE, process_by_number(disk->process));
    event.file.step = (enum history_file_step)step;
    event.file.path = bytes_of(disk->old_path ? disk->old_path : disk->path);
    if (disk->kind == DISK_LINKED || disk->kind == DISK_RENAMED)
        event.file.target = bytes_of(disk->path);
    event.file.bytes = disk->bytes;
    char *content = NULL;
    bool is_lost = disk->kind == DISK_UNLINKED && !disk->process; /* by a crash: not yet gone */
    bool is_segment = (disk->kind == DISK_LINKED || is_lost) && strstr(disk->path, witness->inventory_mark);
    if (is_segment && (content = malloc(disk->bytes + 1)) != NULL) {
        disk_read_file(disk->host->disk, disk->path, content, disk->bytes);
        event.file.content = (struct history_bytes){content, disk->bytes};
    }
    emit(witness, &event);
    free(content);
}

/* --- a world's life -------------------------------------------------------------------------------------------- */

struct witness *witness_new(const struct property_config *config, FILE *log,
                            const struct witness_guest *guest)
{
    struct witness *witness = calloc(1, sizeof *witness);
    assert(witness && "out of memory");
    witness->log = log;
    witness->inventory_mark = config->inventory_mark;
    witness->properties = property_set_new(config);
    witness->observer = observer_new(on_wire_event, witness);
    witness->http = http_tap_new(on_wire_event, witness);
    assert(witness->properties && witness->observer && witness->http && "out of memory");
    if (guest)
        witness->guest = *guest;
    if (witness->guest.on_request)
        observer_on_request(witness->observer, on_kafka_request);
    witness->notes.wants_records = log || (config->is_exactly_once && config->stages & PROPERTY_COPY);
    brokers_note(on_note, witness);
    network_set_tap(&network_tap_calls, witness);
    disk_set_tap(&(struct disk_tap){.on_event = on_disk_event, .opaque = witness});
    return witness;
}

void witness_free(struct witness *witness)
{
    disk_set_tap(NULL);
    brokers_note(NULL, NULL);
    notes_deinit(&witness->notes);
    observer_free(witness->observer);
    http_tap_free(witness->http);
    free(witness->is_http);
    property_set_free(witness->properties);
    free(witness);
}

struct property_set *witness_properties(struct witness *witness)
{
    return witness->properties;
}

void witness_expect_load(struct witness *witness, size_t events, size_t attachments)
{
    assert(attachments <= ATTACHMENTS_MAX);
    for (size_t n = 0; n < events; n++) {
        char trace_id[64], urls[ATTACHMENTS_MAX][128];
        struct history_bytes list[ATTACHMENTS_MAX];
        program_trace_id(n, trace_id);
        for (size_t k = 0; k < attachments; k++) {
            program_attachment_url(n, k, urls[k]);
            list[k] = bytes_of(urls[k]);
        }
        struct history_event event = event_of(HISTORY_LOAD, NULL);
        event.load.trace_id = bytes_of(trace_id);
        event.load.attachments = list;
        event.load.attachment_count = (uint32_t)attachments;
        emit(witness, &event);
    }
}

void witness_world(struct witness *witness, enum history_world_step step)
{
    struct history_event event = event_of(HISTORY_WORLD, NULL);
    event.world.step = step;
    emit(witness, &event);
}

void witness_life(struct witness *witness, const struct process *process, enum history_life life, int status)
{
    struct history_event event = event_of(HISTORY_PROCESS, process);
    event.life.life = life;
    event.life.status = status;
    emit(witness, &event);
}

void witness_leaks(struct witness *witness, const struct process *process, const struct process_end *end)
{
    struct history_event event = event_of(HISTORY_LEAK, process);
    event.leak.is_clean = !end->killed && end->status == 0;
    event.leak.live_allocations = end->live_count;
    event.leak.live_bytes = end->live_bytes;
    event.leak.open_descriptors = end->open_descriptors;
    emit(witness, &event);
}

void witness_fault(struct witness *witness, const char *name, const struct process *target, uint32_t broker)
{
    struct history_event event = event_of(HISTORY_FAULT, target);
    char host[BROKERS_NAME_BYTES] = "";
    if (broker)
        brokers_name(broker, host);
    event.fault.name = bytes_of(name);
    event.fault.target = bytes_of(target ? target->name : host);
    emit(witness, &event);
}

void witness_end(struct witness *witness, enum history_end_reason reason)
{
    struct history_event event = event_of(HISTORY_WORLD, NULL);
    event.world.step = HISTORY_WORLD_END;
    event.world.reason = reason;
    emit(witness, &event);
    property_set_end(witness->properties);
    network_set_tap(NULL, NULL);
    disk_set_tap(NULL);
    brokers_note(NULL, NULL);
}
