/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_text: see json_text.h.
 */
#include "traces/json_text.h"

#include <stdint.h>

/* Length of the well-formed UTF-8 sequence at data (RFC 3629, table 3-7 of Unicode), 0 if there is none. */
static size_t sequence_bytes(const uint8_t *data, size_t bytes)
{
    uint8_t first = data[0];
    size_t want = first < 0x80   ? 1
                  : first < 0xc2 ? 0
                  : first < 0xe0 ? 2
                  : first < 0xf0 ? 3
                  : first < 0xf5 ? 4
                                 : 0;
    if (want == 0 || want > bytes)
        return 0;
    for (size_t i = 1; i < want; i++)
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    if ((first == 0xe0 && data[1] < 0xa0) || (first == 0xed && data[1] > 0x9f) ||
        (first == 0xf0 && data[1] < 0x90) || (first == 0xf4 && data[1] > 0x8f))
        return 0;
    return want;
}

void json_text_write(FILE *out, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    fputc('"', out);
    for (size_t i = 0; i < bytes;) {
        size_t sequence = sequence_bytes(at + i, bytes - i);
        if (sequence == 0)
            fputs("\xef\xbf\xbd", out);
        else if (at[i] == '"' || at[i] == '\\')
            fprintf(out, "\\%c", at[i]);
        else if (at[i] == '\n' || at[i] == '\t')
            fputs(at[i] == '\n' ? "\\n" : "\\t", out);
        else if (at[i] < 0x20 || at[i] == 0x7f)
            fprintf(out, "\\u%04x", at[i]);
        else
            fwrite(at + i, 1, sequence, out);
        i += sequence ? sequence : 1;
    }
    fputc('"', out);
}
