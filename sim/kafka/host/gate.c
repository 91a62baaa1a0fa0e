/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate: the rules of each API, and how a frame uses them up. See gate.h.
 */
#include "sim/kafka/host/gate.h"

#include <stddef.h>
#include <string.h>

static struct gate_rule *rule_of(struct gate *gate, int16_t api_key)
{
    return api_key >= 0 && api_key < GATE_APIS_MAX ? &gate->rule[api_key] : NULL;
}

static bool take_shot(struct gate *gate, const char *address, struct gate_decision *decision)
{
    for (uint32_t i = 0; i < gate->shot_count; i++) {
        const struct gate_shot *shot = &gate->shots[i];
        if (shot->api_key != decision->api_key || (*shot->address && strcmp(shot->address, address) != 0))
            continue;
        decision->verdict = shot->verdict;
        decision->delay_ms = shot->delay_ms;
        decision->error = shot->error;
        gate->shot_count--;
        memmove(&gate->shots[i], &gate->shots[i + 1], (gate->shot_count - i) * sizeof gate->shots[0]);
        return true;
    }
    return false;
}

struct gate_decision gate_request(struct gate *gate, int16_t api_key)
{
    return gate_request_from(gate, api_key, "");
}

struct gate_decision gate_request_from(struct gate *gate, int16_t api_key, const char *address)
{
    struct gate_rule *rule = rule_of(gate, api_key);
    struct gate_decision decision = {.verdict = GATE_PASS, .api_key = api_key};
    if (!rule)
        return decision;
    decision.release_count = rule->release_count;
    decision.reset_count = gate->reset_count;
    rule->seen_count++;
    if (take_shot(gate, address, &decision))
        return decision;
    if (rule->drop_request_count > 0) {
        rule->drop_request_count--;
        decision.verdict = GATE_DROP_REQUEST;
    } else if (rule->drop_response_count > 0) {
        rule->drop_response_count--;
        decision.verdict = GATE_DROP_RESPONSE;
    } else if (rule->hold_count > 0) {
        rule->hold_count--;
        decision.verdict = GATE_HOLD;
    } else if (rule->delay_ms > 0) {
        decision.verdict = GATE_DELAY;
        decision.delay_ms = rule->delay_ms;
        rule->delay_ms = 0;
    }
    return decision;
}

bool gate_is_held(const struct gate *gate, const struct gate_decision *decision)
{
    return decision->verdict == GATE_HOLD && decision->reset_count == gate->reset_count &&
           decision->release_count == gate->rule[decision->api_key].release_count;
}

bool gate_hold(struct gate *gate, int16_t api_key, uint32_t count)
{
    struct gate_rule *rule = rule_of(gate, api_key);
    if (rule)
        rule->hold_count += count;
    return rule;
}

bool gate_drop_request(struct gate *gate, int16_t api_key)
{
    struct gate_rule *rule = rule_of(gate, api_key);
    if (rule)
        rule->drop_request_count++;
    return rule;
}

bool gate_drop_response(struct gate *gate, int16_t api_key)
{
    struct gate_rule *rule = rule_of(gate, api_key);
    if (rule)
        rule->drop_response_count++;
    return rule;
}

bool gate_delay(struct gate *gate, int16_t api_key, uint32_t delay_ms)
{
    struct gate_rule *rule = rule_of(gate, api_key);
    if (rule)
        rule->delay_ms = delay_ms;
    return rule;
}

bool gate_shoot(struct gate *gate, const struct gate_shot *shot)
{
    bool fits = rule_of(gate, shot->api_key) && gate->shot_count < GATE_SHOTS_MAX;
    if (fits)
        gate->shots[gate->shot_count++] = *shot;
    return fits;
}

bool gate_release(struct gate *gate, int16_t api_key)
{
    struct gate_rule *rule = rule_of(gate, api_key);
    if (rule) {
        rule->hold_count = 0;
        rule->release_count++;
    }
    return rule;
}

void gate_reset(struct gate *gate)
{
    uint32_t reset_count = gate->reset_count + 1;
    memset(gate, 0, sizeof(*gate));
    gate->reset_count = reset_count;
}
