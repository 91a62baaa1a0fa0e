/* SPDX-License-Identifier: Apache-2.0 */
/* The mock brokers on the real loopback: a stand-in for Kafka where there is no Java. */
#include "sim/cli/mock_cluster.h"

int main(int argc, char **argv)
{
    return mock_cluster_main(argc, argv);
}
