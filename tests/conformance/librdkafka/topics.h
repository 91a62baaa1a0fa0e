/* SPDX-License-Identifier: Apache-2.0 */
/* topics: stands in for Apache Kafka's kafka-topics.sh, as far as librdkafka's test suite calls it. */
#ifndef TESTS_CONFORMANCE_LIBRDKAFKA_TOPICS_H
#define TESTS_CONFORMANCE_LIBRDKAFKA_TOPICS_H

/* --bootstrap-server LIST --create|--alter|--delete --topic NAME [--partitions N] [--replication-factor N]
 * [--config NAME=VALUE]..; 0: done, 1: refused, 2: usage. */
int topics_command(int argc, char **argv);

/* The same from a shell's command line: words, and words in double quotes. 127: it names another program. */
int topics_command_line(const char *line);

#endif
