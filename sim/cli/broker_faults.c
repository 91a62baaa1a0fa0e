/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/broker_faults.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include "sim/world/host.h"
#include "sim/world/process.h"

enum { LINE_BYTES = 160, NS_PER_MS = 1000000 };

void broker_faults_command(struct brokers *brokers, uint32_t broker, enum fault_broker_command command)
{
    static const char *const words[] = {
        [FAULT_CRASH_BROKER] = "crash", [FAULT_CRASH_BROKER_HOST] = "crash", [FAULT_STOP_BROKER] = "stop",
        [FAULT_START_BROKER] = "start", [FAULT_ISOLATE_BROKER] = "isolate",  [FAULT_HEAL_BROKER] = "heal"};
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "%s %" PRIu32 "%s", words[command], broker,
             command == FAULT_CRASH_BROKER_HOST ? " lose" : "");
    brokers_command(brokers, line);
}

void broker_faults_request(struct brokers *brokers, const struct process *client,
                           const struct fault_request *request)
{
    struct in_addr address = {.s_addr = htonl(client->host->address)};
    char line[LINE_BYTES] = "", from[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address, from, sizeof from);
    switch (request->fate) {
    case FAULT_REQUEST_FAILS:
        snprintf(line, sizeof line, "fail %s %s %s", request->api, request->error, from);
        break;
    case FAULT_REQUEST_IS_LOST:
        snprintf(line, sizeof line, "drop %s request %s", request->api, from);
        break;
    case FAULT_RESPONSE_IS_LOST:
        snprintf(line, sizeof line, "drop %s response %s", request->api, from);
        break;
    case FAULT_REQUEST_IS_LATE:
        snprintf(line, sizeof line, "late %s %" PRId64 " %s", request->api, request->late_ns / NS_PER_MS,
                 from);
        break;
    }
    brokers_command(brokers, line);
}

void broker_faults_lead(struct brokers *brokers, uint32_t broker, uint32_t number, enum fault_lead how)
{
    static const char *const words[] = {
        [FAULT_LEAD] = "", [FAULT_LEAD_COORDINATORS] = " coordinators", [FAULT_LEAD_UNCLEAN] = " unclean"};
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "lead %" PRIu32 " %" PRIu32 "%s", broker, number, words[how]);
    brokers_command(brokers, line);
}

void broker_faults_slow(struct brokers *brokers, uint32_t broker, uint32_t delay_ms)
{
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "slow %" PRIu32 " %" PRIu32, broker, delay_ms);
    brokers_command(brokers, line);
}
