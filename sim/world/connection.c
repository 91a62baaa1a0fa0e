/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection: what happens to a segment on its way, and when it arrives.
 *
 * One timer per direction, for the first segment in flight. A blocked link holds a whole direction; who waits for
 * an acknowledgement meanwhile has a second timer that ends its patience. Where the latency is 0, arrival happens inside the
 * call that sends; pins keep a connection alive while callers up the stack look at it.
 */
#include "sim/world/connection.h"

#include <assert.h>
#include <errno.h>

#include "sim/world/endpoint.h"
#include "sim/world/history.h"
#include "sim/world/link.h"
#include "sim/world/network.h"
#include "sim/world/world.h"

static struct connection *first, *last;
static uint64_t count;

void connection_begin(void)
{
    first = last = NULL;
    count = 0;
}

static void destroy(struct connection *connection)
{
    for (unsigned side = 0; side < 2; side++) {
        stream_drop_all(&connection->streams[side]);
        timer_stop(&connection->give_up[side]);
    }
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    else
        last = connection->previous;
    world_free(connection);
}

void connection_end(void)
{
    while (first)
        destroy(first);
}

struct connection *connection_first(void)
{
    return first;
}

struct connection *connection_new(struct endpoint *client)
{
    struct connection *connection = world_alloc(sizeof *connection);
    connection->id = ++count;
    connection->ends[SIDE_CLIENT] = client;
    connection->begun_ns = schedule_now();
    connection->previous = last;
    if (last)
        last->next = connection;
    else
        first = connection;
    last = connection;
    return connection;
}

void connection_pin(struct connection *connection)
{
    connection->pins++;
}

void connection_unpin(struct connection *connection)
{
    if (--connection->pins == 0 && !connection->ends[SIDE_CLIENT] && !connection->ends[SIDE_SERVER])
        destroy(connection);
}

void connection_release_end(struct connection *connection, enum side side)
{
    connection_pin(connection);
    connection->ends[side] = NULL;
    connection_unpin(connection);
}

void connection_forget(struct connection *connection, enum side side)
{
    connection->is_dead[side] = true;
    stream_drop_flying(&connection->streams[side]);
    timer_stop(&connection->give_up[side]);
}

static bool is_started(const struct timer *timer)
{
    return timer->heap_index != 0;
}

/* --- patience ------------------------------------------------------------------------------------------------- */

static void give_up(struct connection *connection, enum side side)
{
    connection_pin(connection);
    history_call(HISTORY_RESET, connection->id << 1 | side, ETIMEDOUT, 0);
    connection_forget(connection, side);
    if (connection->ends[side])
        endpoint_on_timeout(connection->ends[side]);
    connection_unpin(connection);
}

static void on_give_up_client(struct timer *timer)
{
    give_up(SCHEDULE_OWNER(timer, struct connection, give_up[SIDE_CLIENT]), SIDE_CLIENT);
}

static void on_give_up_server(struct timer *timer)
{
    give_up(SCHEDULE_OWNER(timer, struct connection, give_up[SIDE_SERVER]), SIDE_SERVER);
}

/* Starts this side's patience, unless it is running out already. */
static void watch(struct connection *connection, enum side side)
{
    struct timer *timer = &connection->give_up[side];
    if (is_started(timer) || connection->is_dead[side])
        return;
    const struct segment *head = connection->streams[side].flying;
    int64_t since_ns = head ? head->sent_ns : schedule_now(), patience_ns = LINK_GIVE_UP_NS;
    if (side == SIDE_CLIENT && !connection->is_established) {
        since_ns = connection->begun_ns;
        patience_ns = LINK_GIVE_UP_SYN_NS;
    } else if (head && head->kind == SEGMENT_SYN_ACK) {
        patience_ns = LINK_GIVE_UP_SYN_ACK_NS;
    } else if (!connection->ends[side]) {
        patience_ns = LINK_GIVE_UP_ORPHAN_NS;
    }
    int64_t until_ns = since_ns + patience_ns, now_ns = schedule_now();
    timer_start(timer, until_ns > now_ns ? until_ns : now_ns,
                side == SIDE_CLIENT ? on_give_up_client : on_give_up_server);
}

/* --- arrival -------------------------------------------------------------------------------------------------- */

static void fly_on(struct connection *connection, enum side from);

static void on_arrival_at_server(struct timer *timer)
{
    fly_on(SCHEDULE_OWNER(timer, struct connection, streams[SIDE_CLIENT].arrival), SIDE_CLIENT);
}

static void on_arrival_at_client(struct timer *timer)
{
    fly_on(SCHEDULE_OWNER(timer, struct connection, streams[SIDE_SERVER].arrival), SIDE_SERVER);
}

/* A SYN that a full queue dropped comes again. */
static void send_syn_again(struct connection *connection, struct segment *syn)
{
    struct stream *stream = &connection->streams[SIDE_CLIENT];
    /* Later than now, as a loopback's takes no time: it would come again at this very instant, for ever. */
    int64_t retry_ns = link_retry_ns(syn->sent_ns, LINK_RETRY_SYN_NS, schedule_now() + 1);
    syn->arrives_ns = retry_ns + link_usual_ns(stream->link);
    stream_append(stream, syn);
    watch(connection, SIDE_CLIENT);
}

/* A segment meets an end that is dead or an orphan. */
static void arrive_nowhere(struct connection *connection, enum side from, enum segment_kind kind)
{
    enum side to = side_other(from);
    if (kind == SEGMENT_FIN && (!connection->is_dead[to] || connection->has_finished[to]))
        return; /* an orphan's peer is done, too */
    connection_forget(connection, to);
    if (kind == SEGMENT_RST)
        return;
    if (connection->ends[from] && !connection->is_dead[from])
        connection_send_control(connection, to, SEGMENT_RST);
}

static void arrive_fin(struct connection *connection, enum side from)
{
    enum side to = side_other(from);
    connection->has_finished[from] = true;
    bool is_over = connection->has_finished[to];
    if (connection->ends[to] && !connection->is_dead[to])
        endpoint_on_fin(connection->ends[to], is_over);
    else
        arrive_nowhere(connection, from, SEGMENT_FIN);
    if (is_over) {
        if (connection->ends[from])
            endpoint_on_over(connection->ends[from]);
        connection_forget(connection, from);
        connection_forget(connection, to);
    }
}

/* Takes segment. */
static void arrive(struct connection *connection, enum side from, struct segment *segment)
{
    enum side to = side_other(from);
    enum segment_kind kind = segment->kind;
    history_call(HISTORY_DELIVER, connection->id << 1 | from, segment->bytes, (uint64_t)kind);

    if (kind == SEGMENT_SYN) {
        if (connection->is_dead[SIDE_SERVER] || !endpoint_on_syn(connection)) {
            send_syn_again(connection, segment);
            return;
        }
    } else if (kind == SEGMENT_FIN) {
        arrive_fin(connection, from);
    } else if (!connection->ends[to] || connection->is_dead[to]) {
        arrive_nowhere(connection, from, kind);
    } else if (kind == SEGMENT_SYN_ACK) {
        connection->is_established = true;
        timer_stop(&connection->give_up[SIDE_CLIENT]);
        endpoint_on_syn_ack(connection->ends[to]);
    } else if (kind == SEGMENT_ACK) {
        timer_stop(&connection->give_up[SIDE_SERVER]);
        endpoint_on_ack(connection->ends[to]);
    } else if (kind == SEGMENT_RST) {
        connection_forget(connection, to);
        connection->was_reset = true;
        endpoint_on_reset(connection->ends[to]);
    } else if (endpoint_takes_data(connection->ends[to])) {
        stream_arrive(&connection->streams[from], segment);
        endpoint_on_data(connection->ends[to]);
        return;
    } else {
        /* Linux: data for who has shut down both directions is a reset for both. */
        struct endpoint *endpoint = connection->ends[to];
        connection_abort(connection, to);
        endpoint_on_reset(endpoint);
    }
    segment_free(segment);
}

/* Lets all that is due arrive, and waits for the next. */
static void fly_on(struct connection *connection, enum side from)
{
    struct stream *stream = &connection->streams[from];
    connection_pin(connection);
    while (stream->flying && !stream->is_held && stream->flying->arrives_ns <= schedule_now())
        arrive(connection, from, stream_take_flying(stream));
    if (stream->flying && !stream->is_held && !is_started(&stream->arrival))
        timer_start(&stream->arrival, stream->flying->arrives_ns,
                    from == SIDE_CLIENT ? on_arrival_at_server : on_arrival_at_client);
    connection_unpin(connection);
}

/* --- departure ------------------------------------------------------------------------------------------------ */

static bool is_answerless(const struct connection *connection, enum side side)
{
    return connection->streams[side_other(side)].link->is_blocked;
}

static void send_by(struct connection *connection, enum side from, struct segment *segment, bool is_chosen)
{
    struct stream *stream = &connection->streams[from];
    segment->sent_ns = schedule_now();
    if (stream->link->is_blocked) {
        if (segment->kind == SEGMENT_RST) {
            segment_free(segment);
            return;
        }
        stream_append(stream, segment);
        stream->is_held = true;
        watch(connection, from);
        return;
    }
    segment->arrives_ns = link_arrival_ns(stream->link, segment->bytes + SEGMENT_HEADER_BYTES, is_chosen);
    stream_append(stream, segment);
    if (is_answerless(connection, from) && segment->kind != SEGMENT_RST && segment->kind != SEGMENT_ACK)
        watch(connection, from);
    if (stream->flying == segment)
        fly_on(connection, from);
}

void connection_send(struct connection *connection, enum side from, struct segment *segment)
{
    send_by(connection, from, segment, true);
}

void connection_send_control(struct connection *connection, enum side from, enum segment_kind kind)
{
    send_by(connection, from, segment_new(kind, 0), false);
}

void connection_open(struct connection *connection, struct host *client, struct host *server)
{
    connection->hosts[SIDE_CLIENT] = client;
    connection->hosts[SIDE_SERVER] = server;
    connection->streams[SIDE_CLIENT].link = link_between(client, server);
    connection->streams[SIDE_SERVER].link = link_between(server, client);
    send_by(connection, SIDE_CLIENT, segment_new(SEGMENT_SYN, 0), true);
}

void connection_abort(struct connection *connection, enum side side)
{
    struct stream *stream = &connection->streams[side];
    connection_pin(connection);
    connection->is_dead[side] = true;
    connection->was_reset = true;
    timer_stop(&connection->give_up[side]);
    /* What flies, arrives before the RST; what a partition holds would have to be sent again, by nobody. */
    if (stream->is_held)
        stream_drop_flying(stream);
    if (!connection->is_dead[side_other(side)])
        connection_send_control(connection, side, SEGMENT_RST);
    connection_unpin(connection);
}

/* --- window --------------------------------------------------------------------------------------------------- */

static void grant(struct connection *connection, enum side sender)
{
    struct stream *stream = &connection->streams[sender];
    if (stream->credited < stream->window_credit)
        stream->credited = stream->window_credit;
    if (stream->is_starved && stream_is_writable(stream, network_settings()->window_bytes)) {
        stream->is_starved = false;
        if (connection->ends[sender])
            endpoint_on_room(connection->ends[sender]);
    }
    connection_consumed(connection, side_other(sender));
}

static void on_window_of_client(struct timer *timer)
{
    grant(SCHEDULE_OWNER(timer, struct connection, streams[SIDE_CLIENT].window), SIDE_CLIENT);
}

static void on_window_of_server(struct timer *timer)
{
    grant(SCHEDULE_OWNER(timer, struct connection, streams[SIDE_SERVER].window), SIDE_SERVER);
}

void connection_consumed(struct connection *connection, enum side reader)
{
    enum side sender = side_other(reader);
    struct stream *stream = &connection->streams[sender];
    const struct link *back = connection->streams[reader].link;
    if (stream->credited == stream->freed || back->is_blocked || is_started(&stream->window))
        return;
    if (!stream->is_starved) {
        stream->credited = stream->freed; /* nobody looks before the news would be there */
        return;
    }
    stream->window_credit = stream->freed;
    int64_t latency_ns = link_usual_ns(back);
    if (latency_ns > 0)
        timer_start(&stream->window, schedule_now() + latency_ns,
                    sender == SIDE_CLIENT ? on_window_of_client : on_window_of_server);
    else
        grant(connection, sender);
}

/* --- partitions ----------------------------------------------------------------------------------------------- */

static void hold(struct stream *stream)
{
    timer_stop(&stream->arrival);
    stream->is_held = true;
    struct segment *kept = stream->flying;
    stream->flying = NULL;
    while (kept) {
        struct segment *next = kept->next;
        if (kept->kind == SEGMENT_RST)
            segment_free(kept); /* the one thing that nobody sends again */
        else if (stream->flying)
            stream->flying_last = stream->flying_last->next = kept;
        else
            stream->flying = stream->flying_last = kept;
        kept = next;
    }
    if (stream->flying)
        stream->flying_last->next = NULL;
}

static void heal(struct connection *connection, enum side from)
{
    struct stream *stream = &connection->streams[from];
    stream->is_held = false;
    if (!stream->flying)
        return;
    bool is_setup = stream->flying->kind == SEGMENT_SYN || stream->flying->kind == SEGMENT_SYN_ACK;
    int64_t retry_ns =
        link_retry_ns(stream->flying->sent_ns, is_setup ? LINK_RETRY_SYN_NS : LINK_RETRY_NS, schedule_now());
    for (struct segment *segment = stream->flying; segment; segment = segment->next)
        segment->arrives_ns = retry_ns + link_usual_ns(stream->link);
    fly_on(connection, from);
}

static bool waits_for_answer(const struct connection *connection, enum side side)
{
    return connection->streams[side].flying || (side == SIDE_CLIENT && !connection->is_established);
}

static void links_changed(struct connection *connection)
{
    for (unsigned i = 0; i < 2; i++) {
        enum side side = (enum side)i;
        struct stream *stream = &connection->streams[side];
        bool is_blocked = stream->link->is_blocked, is_alone = is_answerless(connection, side);
        if (is_blocked && !stream->is_held && stream->flying)
            hold(stream);
        else if (!is_blocked && stream->is_held)
            heal(connection, side);
        if ((is_blocked || is_alone) && waits_for_answer(connection, side))
            watch(connection, side);
        else if (!is_blocked && !is_alone && connection->is_established)
            timer_stop(&connection->give_up[side]);
        if (!is_alone)
            connection_consumed(connection, side_other(side));
    }
}

void connection_links_changed(void)
{
    struct connection *connection = first;
    while (connection) {
        connection_pin(connection);
        links_changed(connection);
        struct connection *next = connection->next;
        connection_unpin(connection);
        connection = next;
    }
}
