/* SPDX-License-Identifier: Apache-2.0 */
/* mock_cluster: librdkafka's mock brokers as a process: in the world, until it has its own, and on a real loopback. */
#ifndef SIM_CLI_MOCK_CLUSTER_H
#define SIM_CLI_MOCK_CLUSTER_H

/* mock-cluster [--for-ever] BROKERS TOPIC:PARTITIONS..
 * Prints the bootstrap servers on one line, then runs until standard input ends or, with --for-ever, until it is killed. */
int mock_cluster_main(int argc, char **argv);

/* A cluster, a producer and a consumer group, once from beginning to end. 0: it worked. */
int mock_cluster_exercise(void);

#endif
