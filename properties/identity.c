/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity: see identity.h.
 */
#include "properties/identity.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

struct scan {
    const char *at, *end;
    struct identity *identity;
};

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
        scan->at++;
}

static bool next_is(struct scan *scan, char wanted)
{
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != wanted)
        return false;
    scan->at++;
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
        return (digit | 32) - 'a' + 10;
    return -1;
}

/* The four digits behind a backslash and u; -1 if they are not. */
static int32_t code_unit(const char *at, const char *end)
{
    int32_t value = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        if (hex_value(at[i]) < 0)
            return -1;
        value = value * 16 + hex_value(at[i]);
    }
    return value;
}

static size_t write_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t bytes = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = bytes - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(lead[bytes] | point);
    return bytes;
}

/* Moves *from behind one escape and writes what it means; returns the length. Never longer than the escape.
 * */
static size_t unescape_one(const char **from, const char *end, char *out)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    int32_t unit = code_unit(*from, end);
    if (unit < 0) {
        const char *name = strchr(names, (*from)[1]);
        *out = name && *name ? meant[name - names] : (*from)[1];
        *from += 2;
        return 1;
    }
    *from += 6;
    uint32_t point = (uint32_t)unit;
    int32_t low = point >= 0xd800 && point < 0xdc00 ? code_unit(*from, end) : -1;
    if (low >= 0xdc00 && low < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
        *from += 6;
    }
    return write_utf8(out, point);
}

static struct history_bytes unescape(struct identity *identity, const char *from, const char *end)
{
    char *start = identity->scratch + identity->scratch_bytes, *out = start;
    while (from < end) {
        if (*from == '\\')
            out += unescape_one(&from, end, out);
        else
            *out++ = *from++;
    }
    identity->scratch_bytes += (size_t)(out - start);
    return (struct history_bytes){.data = start, .bytes = (size_t)(out - start)};
}

/* The string whose opening quote is next. */
static bool take_string(struct scan *scan, struct history_bytes *out)
{
    if (!next_is(scan, '"'))
        return false;
    const char *start = scan->at;
    bool has_escape = false;
    while (scan->at < scan->end && *scan->at != '"') {
        if (*scan->at == '\\') {
            has_escape = true;
            scan->at++;
        }
        if (scan->at < scan->end)
            scan->at++;
    }
    if (scan->at >= scan->end)
        return false;
    *out = has_escape ? unescape(scan->identity, start, scan->at)
                      : (struct history_bytes){.data = start, .bytes = (size_t)(scan->at - start)};
    scan->at++;
    return true;
}

/* Any value but a string: a container up to its closing bracket, or a number or word. */
static bool skip_value(struct scan *scan)
{
    int depth = 0;
    do {
        struct history_bytes unused;
        skip_space(scan);
        if (scan->at == scan->end)
            return false;
        size_t scratch_bytes = scan->identity->scratch_bytes;
        switch (*scan->at) {
        case '{':
        case '[':
            if (++depth > DEPTH_MAX)
                return false;
            scan->at++;
            break;
        case '}':
        case ']':
            if (depth-- == 0)
                return false;
            scan->at++;
            break;
        case '"':
            if (!take_string(scan, &unused))
                return false;
            scan->identity->scratch_bytes = scratch_bytes;
            break;
        case ',':
        case ':':
            if (depth == 0)
                return false;
            scan->at++;
            break;
        default:
            while (scan->at < scan->end && !strchr(" \t\r\n,:]}[{\"", *scan->at))
                scan->at++;
        }
    } while (depth > 0);
    return true;
}

static bool is_blank(struct history_bytes text)
{
    const char *at = text.data;
    for (size_t i = 0; i < text.bytes; i++)
        if ((unsigned char)at[i] > ' ')
            return false;
    return true;
}

static bool add_attachment(struct identity *identity, struct history_bytes url)
{
    if (identity->attachment_count == identity->attachment_capacity) {
        uint32_t want = identity->attachment_capacity ? identity->attachment_capacity * 2 : 8;
        struct history_bytes *grown = realloc(identity->attachments, want * sizeof(*grown));
        if (!grown)
            return false;
        identity->attachments = grown;
        identity->attachment_capacity = want;
    }
    identity->attachments[identity->attachment_count++] = url;
    return true;
}

static bool take_attachments(struct scan *scan)
{
    if (!next_is(scan, '['))
        return skip_value(scan);
    if (next_is(scan, ']'))
        return true;
    do {
        struct history_bytes url;
        skip_space(scan);
        bool is_string = scan->at < scan->end && *scan->at == '"';
        if (is_string ? !take_string(scan, &url) : !skip_value(scan))
            return false;
        if (is_string && !is_blank(url) && !add_attachment(scan->identity, url))
            return false;
    } while (next_is(scan, ','));
    return next_is(scan, ']');
}

/* A whole number from 0 on; leaves out alone if the value is something else. */
static bool take_count(struct scan *scan, int64_t *out)
{
    skip_space(scan);
    const char *start = scan->at;
    int64_t value = 0;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9' && value < INT64_MAX / 10 - 1)
        value = value * 10 + (*scan->at++ - '0');
    bool is_count = scan->at > start && scan->at < scan->end && strchr(" \t\r\n,}", *scan->at);
    if (is_count)
        *out = value;
    scan->at = start;
    return scan->at < scan->end && *scan->at == '"' ? take_string(scan, &(struct history_bytes){0})
                                                    : skip_value(scan);
}

static bool is_name(struct history_bytes name, const char *wanted)
{
    return name.bytes == strlen(wanted) && memcmp(name.data, wanted, name.bytes) == 0;
}

static bool take_member(struct scan *scan)
{
    struct identity *identity = scan->identity;
    struct history_bytes name, *into = NULL, unused;
    if (!take_string(scan, &name) || !next_is(scan, ':'))
        return false;
    if (is_name(name, "trace_id"))
        into = &identity->trace_id;
    else if (is_name(name, "attachment_url"))
        into = &identity->attachment_url;
    else if (is_name(name, "destination_path"))
        into = &identity->destination_path;
    else if (is_name(name, "status"))
        into = &identity->status;
    else if (is_name(name, "attachments"))
        return take_attachments(scan);
    else if (is_name(name, "source_partition"))
        return take_count(scan, &identity->source_partition);
    else if (is_name(name, "source_offset"))
        return take_count(scan, &identity->source_offset);
    skip_space(scan);
    if (scan->at < scan->end && *scan->at == '"')
        return take_string(scan, into ? into : &unused);
    return skip_value(scan);
}

bool identity_parse(struct identity *identity, struct history_bytes json)
{
    identity->trace_id = identity->attachment_url = (struct history_bytes){0};
    identity->destination_path = identity->status = (struct history_bytes){0};
    identity->source_partition = identity->source_offset = -1;
    identity->attachment_count = 0;
    identity->scratch_bytes = 0;
    if (!json.data || json.bytes == 0)
        return false;
    /* Unescaped text is never longer than escaped, so this is room for all of it, and nothing moves later. */
    if (identity->scratch_capacity < json.bytes && memchr(json.data, '\\', json.bytes)) {
        free(identity->scratch);
        identity->scratch = malloc(json.bytes);
        identity->scratch_capacity = identity->scratch ? json.bytes : 0;
        if (!identity->scratch)
            return false;
    }
    struct scan scan = {.at = json.data, .end = (const char *)json.data + json.bytes, .identity = identity};
    if (!next_is(&scan, '{'))
        return false;
    if (!next_is(&scan, '}')) {
        do {
            if (!take_member(&scan))
                return false;
        } while (next_is(&scan, ','));
        if (!next_is(&scan, '}'))
            return false;
    }
    skip_space(&scan);
    return scan.at == scan.end;
}

void identity_deinit(struct identity *identity)
{
    if (!identity)
        return;
    free(identity->attachments);
    free(identity->scratch);
    *identity = (struct identity){0};
}
