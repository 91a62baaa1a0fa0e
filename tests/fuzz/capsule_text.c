/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capsule_text: a capsule that can be read is written as one that reads the same; one that cannot has one line that
 * says why, and leaves what was there.
 */
#include "tests/fuzz/fuzz.h"
#include "traces/capsule.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_text(const char *text, size_t bytes, struct capsule *out, char error[CAPSULE_ERROR_MAX])
{
    /* fmemopen refuses 0 bytes in some versions of libc. */
    FILE *in = bytes ? fmemopen((char *)(uintptr_t)text, bytes, "r") : fopen("/dev/null", "r");
    assert(in);
    bool is_read = capsule_read_stream(in, "fuzz", out, error);
    fclose(in);
    return is_read;
}

static char *write_text(const struct capsule *capsule, size_t *bytes_out)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, bytes_out);
    bool is_written = out && capsule_write(out, capsule);
    assert(is_written);
    fclose(out);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct capsule capsule = {0}, again = {0};
    char error[CAPSULE_ERROR_MAX] = "";
    if (!read_text((const char *)data, bytes, &capsule, error)) {
        static const struct capsule untouched;
        assert(*error && !strchr(error, '\n') && memcmp(&capsule, &untouched, sizeof capsule) == 0);
        return 0;
    }
    size_t one_bytes, other_bytes;
    char *one = write_text(&capsule, &one_bytes);
    bool is_read = read_text(one, one_bytes, &again, error);
    assert(is_read);
    char *other = write_text(&again, &other_bytes);
    assert(one_bytes == other_bytes && memcmp(one, other, one_bytes) == 0);
    free(one);
    free(other);
    capsule_deinit(&capsule);
    capsule_deinit(&again);
    return 0;
}
