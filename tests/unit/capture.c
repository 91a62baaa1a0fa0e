/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture: see capture.h.
 */
#include "tests/unit/capture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const capture_names[] = {"librdkafka-2.0.2-range", "librdkafka-2.0.2-cooperative",
                                     "librdkafka-2.16.1", NULL};

static struct wire_bytes from_hex(const char *hex)
{
    size_t bytes = strlen(hex) / 2;
    uint8_t *data = malloc(bytes + 1);
    for (size_t i = 0; i < bytes; i++) {
        unsigned value;
        cr_assert_eq(sscanf(hex + 2 * i, "%2x", &value), 1);
        data[i] = (uint8_t)value;
    }
    return (struct wire_bytes){.data = data, .bytes = (int32_t)bytes};
}

struct capture capture_read(const char *name)
{
    struct capture capture = {0};
    char path[512], what[8], *line = NULL, *hex = NULL;
    size_t capacity = 0;
    snprintf(path, sizeof(path), "%s/%s.txt", FIXTURES, name);
    FILE *in = fopen(path, "r");
    cr_assert_not_null(in, "%s", path);
    while (getline(&line, &capacity, in) > 0) {
        struct capture_line read = {.what = CAPTURE_OPEN};
        hex = realloc(hex, capacity);
        hex[0] = '\0';
        if (line[0] == '#' || sscanf(line, "%d %7s %s", &read.connection, what, hex) < 2)
            continue;
        if (what[0] == 'c')
            read.what = CAPTURE_CLOSE;
        else if (what[0] != 'o')
            read.what = what[0] == '<' ? CAPTURE_REQUEST : CAPTURE_RESPONSE;
        read.data = from_hex(hex);
        capture.lines = realloc(capture.lines, (capture.count + 1) * sizeof(read));
        capture.lines[capture.count++] = read;
    }
    free(line);
    free(hex);
    fclose(in);
    return capture;
}

void capture_free(struct capture *capture)
{
    for (size_t i = 0; i < capture->count; i++)
        free((void *)(uintptr_t)capture->lines[i].data.data);
    free(capture->lines);
}
