/* SPDX-License-Identifier: Apache-2.0 */
/* kafka-topics: what the suite finds as kafka-topics.sh, natively. */
#include "tests/conformance/librdkafka/topics.h"

int main(int argc, char **argv)
{
    return topics_command(argc, argv);
}
