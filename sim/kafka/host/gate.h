/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate: decides for each request frame whether it passes, waits, or takes its connection down with it.
 *
 *                    client ----- request -----> gate -----> broker
 *   drop request                            X   (connection dies, nothing was applied)
 *   drop response           <----------------------- X      (applied, connection dies before the answer)
 *   hold, delay                             |...            (and all that follows on that connection)
 *   fail                    <-- error -----|                (answered with an error, nothing was applied)
 *   late                    X               |... ---------> (the connection dies now, it is applied in a while)
 *
 * A pure table: one set of rules for each API, used up frame by frame. Whoever moves the bytes (the proxy, or
 * the host of our own brokers) asks gate_request once for each frame, and does what the answer says.
 */
#ifndef SIM_KAFKA_HOST_GATE_H
#define SIM_KAFKA_HOST_GATE_H

#include <stdbool.h>
#include <stdint.h>

/* Shots that nobody meets stay: room for all that a world's faults may tell (faults/budget.c: 120). */
enum { GATE_APIS_MAX = 128, GATE_SHOTS_MAX = 128, GATE_ADDRESS_BYTES = 64 };

struct gate_rule {
    uint32_t hold_count;          /* frames still to be held */
    uint32_t drop_request_count;  /* frames still to be dropped before they are applied */
    uint32_t drop_response_count; /* .. and after */
    uint32_t release_count;       /* how often this API was released: a held frame's ticket */
    uint32_t seen_count;          /* frames asked about since the last reset */
    uint32_t delay_ms;            /* of the next frame; 0 = none */
};

enum gate_verdict {
    GATE_PASS,
    GATE_HOLD,          /* until gate_is_held says no */
    GATE_DELAY,         /* for delay_ms */
    GATE_DROP_REQUEST,  /* close the connection now, do not apply the frame */
    GATE_DROP_RESPONSE, /* apply the frame, close the connection in place of answering */
    GATE_FAIL,          /* answer with error, do not apply the frame */
    GATE_LATE,          /* close the connection now, apply the frame after delay_ms */
};

/* What happens to one frame, of one client perhaps. */
struct gate_shot {
    int16_t api_key;
    int16_t error;     /* of GATE_FAIL */
    uint32_t delay_ms; /* of GATE_LATE, GATE_DELAY */
    enum gate_verdict verdict;
    char address[GATE_ADDRESS_BYTES]; /* empty: anybody's */
};

/* Zero-initialised storage is a gate that lets all pass. */
struct gate {
    struct gate_rule rule[GATE_APIS_MAX]; /* by API key */
    uint32_t reset_count;
    struct gate_shot shots[GATE_SHOTS_MAX]; /* in the order in which they came */
    uint32_t shot_count;
};

struct gate_decision {
    enum gate_verdict verdict;
    uint32_t delay_ms;                   /* of GATE_DELAY, GATE_LATE */
    int16_t error;                       /* of GATE_FAIL */
    int16_t api_key;                     /* for gate_is_held .. */
    uint32_t release_count, reset_count; /* .. the ticket */
};

/* Asks once for each request frame, when all of it is there; uses up the rule that applies. If several do: drop
 * before hold before delay. A frame of an API that the gate does not know passes. */
struct gate_decision gate_request(struct gate *gate, int16_t api_key);
/* The same of a client at this address: shots at it come before the rules. */
struct gate_decision gate_request_from(struct gate *gate, int16_t api_key, const char *address);

/* Has a held frame to wait on? */
bool gate_is_held(const struct gate *gate, const struct gate_decision *decision);

/* Rules. They add up: two drops strike two frames. False if the API key is out of range. */
bool gate_hold(struct gate *gate, int16_t api_key, uint32_t count);
bool gate_drop_request(struct gate *gate, int16_t api_key);
bool gate_drop_response(struct gate *gate, int16_t api_key);
bool gate_delay(struct gate *gate, int16_t api_key, uint32_t delay_ms);
/* Copies. False: out of range, or there are too many. */
bool gate_shoot(struct gate *gate, const struct gate_shot *shot);
/* Lets go what is held, and takes back holds not used yet. */
bool gate_release(struct gate *gate, int16_t api_key);
/* Lets go what is held of every API, and forgets all rules and counts. */
void gate_reset(struct gate *gate);

#endif
