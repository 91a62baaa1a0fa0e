/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner: conformance-kafka, all cases against one target.
 *
 *   conformance-kafka --bootstrap HOST:PORT [--control HOST:PORT] [--case NAME] [--repeat N] [--prefix TEXT]
 *                     [--list | --list-cluster] [--version]
 *
 * Prints a line `case<TAB>outcome` for each distinct outcome of a case. No statics, no signals, no fork: it also
 * runs as a process of the simulated world.
 */
#include "tests/conformance/kafka/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OUTCOMES_MAX = 8, CLUSTER_INDEX = 1000 };

struct options {
    const char *bootstrap, *control, *only, *prefix;
    int repeat;
    bool is_list, is_version, is_cluster; /* only those that need one */
};

static int refuse(const char *what)
{
    fprintf(stderr, "conformance-kafka: %s\n", what);
    return 2;
}

static int read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char **text = NULL;
        if (strcmp(argv[i], "--list") == 0 || strcmp(argv[i], "--list-cluster") == 0) {
            options->is_list = true;
            options->is_cluster = argv[i][6] != '\0';
            continue;
        }
        if (strcmp(argv[i], "--version") == 0) {
            options->is_version = true;
            continue;
        }
        if (i + 1 == argc)
            return refuse("an option without a value");
        if (strcmp(argv[i], "--bootstrap") == 0)
            text = &options->bootstrap;
        else if (strcmp(argv[i], "--control") == 0)
            text = &options->control;
        else if (strcmp(argv[i], "--case") == 0)
            text = &options->only;
        else if (strcmp(argv[i], "--prefix") == 0)
            text = &options->prefix;
        else if (strcmp(argv[i], "--repeat") == 0)
            options->repeat = atoi(argv[++i]);
        else
            return refuse(argv[i]);
        if (text)
            *text = argv[++i];
    }
    if (!options->bootstrap && !options->is_list && !options->is_version)
        return refuse("--bootstrap HOST:PORT");
    return 0;
}

/* All repetitions of a case; prints each distinct outcome as it is first seen. */
static void run(const struct options *options, const struct conformance_case *one, int index)
{
    struct conformance *c = malloc(sizeof(*c));
    char *seen[OUTCOMES_MAX], prefix[64];
    size_t seen_count = 0;
    if (!c)
        abort();
    for (int i = 0; i < options->repeat; i++) {
        size_t known = 0;
        snprintf(prefix, sizeof(prefix), "%.40s-%d-%d", options->prefix, index, i);
        c->bootstrap = options->bootstrap;
        c->control = options->control;
        case_init(c, prefix);
        one->run(c);
        case_deinit(c);
        while (known < seen_count && strcmp(seen[known], c->outcome) != 0)
            known++;
        if (known < seen_count || seen_count == OUTCOMES_MAX)
            continue;
        seen[seen_count++] = strdup(c->outcome);
        printf("%s\t%s\n", one->name, c->outcome);
        fflush(stdout);
    }
    while (seen_count > 0)
        free(seen[--seen_count]);
    free(c);
}

/* index: of the first, so that no two cases have a prefix in common. */
static void play(const struct options *options, const struct conformance_case *const *files, int index)
{
    for (; *files; files++) {
        for (const struct conformance_case *one = *files; one->name; one++, index++) {
            if (options->only && strcmp(options->only, one->name) != 0)
                continue;
            if (options->is_list)
                printf("%s\n", one->name);
            else
                run(options, one, index);
        }
    }
}

int conformance_main(int argc, char **argv)
{
    struct options options = {.repeat = 1};
    struct timespec now;
    char prefix[40];
    int status = read_options(&options, argc, argv);
    if (status)
        return status;
    if (options.is_version) {
        printf("%s\n", rd_kafka_version_str());
        return 0;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(prefix, sizeof(prefix), "c%llx",
             (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000);
    if (!options.prefix)
        options.prefix = prefix;
    if (!options.is_cluster)
        play(&options, conformance_files, 0);
    if (!options.is_list || options.is_cluster)
        play(&options, conformance_cluster_files, CLUSTER_INDEX);
    return 0;
}
