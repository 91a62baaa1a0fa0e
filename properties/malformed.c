/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malformed: no client and no broker writes bytes that are no Kafka frame. Without this, a tap that does not
 * understand what it sees would silence all the other properties.
 */
#include "properties/property.h"

static void on_event(struct property *property, const struct history_event *event)
{
    switch (event->kind) {
    case HISTORY_PRODUCE:
    case HISTORY_FETCH:
    case HISTORY_COMMIT:
    case HISTORY_JOIN:
    case HISTORY_SYNC:
    case HISTORY_HEARTBEAT:
    case HISTORY_LEAVE:
        property->judged++;
        break;
    case HISTORY_MALFORMED:
        property->judged++;
        property_find(property, event, event->malformed.is_request ? "request" : "response",
                      "between process %u and broker %d, at byte %llu: %s", event->process,
                      event->malformed.broker, (unsigned long long)event->malformed.position,
                      event->malformed.message);
        break;
    case HISTORY_WORLD:
    case HISTORY_PROCESS:
    case HISTORY_CONNECTION:
    case HISTORY_FILE:
    case HISTORY_HTTP:
    case HISTORY_LOAD:
    case HISTORY_FAULT:
    case HISTORY_LEAK:
    case HISTORY_LOG:
    case HISTORY_TRANSACTION:
    case HISTORY_COORDINATOR:
        break;
    }
}

const struct property_class malformed_property = {
    .name = "malformed", .bytes = sizeof(struct property), .on_event = on_event};
