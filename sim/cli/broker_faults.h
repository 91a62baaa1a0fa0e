/* SPDX-License-Identifier: Apache-2.0 */
/* broker_faults: what the fault plan asks of brokers, as lines of their control interface (sim/kafka/host/control.h). */
#ifndef SIM_CLI_BROKER_FAULTS_H
#define SIM_CLI_BROKER_FAULTS_H

#include <stdint.h>
#include "faults/plan.h"
#include "sim/cli/brokers.h"

void broker_faults_command(struct brokers *brokers, uint32_t broker, enum fault_broker_command command);
void broker_faults_request(struct brokers *brokers, const struct process *client,
                           const struct fault_request *request);
void broker_faults_lead(struct brokers *brokers, uint32_t broker, uint32_t number, enum fault_lead how);
void broker_faults_slow(struct brokers *brokers, uint32_t broker, uint32_t delay_ms);

#endif
