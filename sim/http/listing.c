/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing: see listing.h. A continuation token is the last key given, in hexadecimal.
 */
#include "sim/http/listing.h"

#include "sim/http/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FULL_KEY_BYTES = 2 * HTTP_OBJECT_KEY_BYTES_MAX + 2 };

/* What is asked. */
struct query {
    char bucket[HTTP_OBJECT_KEY_BYTES_MAX + 2]; /* with '/' behind, or empty */
    char prefix[HTTP_OBJECT_KEY_BYTES_MAX + 1];
    char after[HTTP_OBJECT_KEY_BYTES_MAX + 1]; /* keys beyond this one */
    unsigned keys_max;
};

/* A document under construction; once memory is short it stays failed. */
struct text {
    char *bytes;
    size_t count;
    size_t capacity;
    bool has_failed;
};

static void put(struct text *text, const char *bytes, size_t count)
{
    if (text->has_failed)
        return;
    if (text->count + count > text->capacity) {
        size_t capacity = 2 * (text->count + count) + 256;
        char *grown = realloc(text->bytes, capacity);

        if (!grown) {
            text->has_failed = true;
            return;
        }
        text->bytes = grown;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->count, bytes, count);
    text->count += count;
}

static void put_text(struct text *text, const char *string)
{
    put(text, string, strlen(string));
}

static void put_number(struct text *text, const char *element, unsigned long long number)
{
    char line[96];
    int bytes = snprintf(line, sizeof line, "<%s>%llu</%s>", element, number, element);

    put(text, line, (size_t)bytes);
}

static void put_escaped(struct text *text, const char *string)
{
    for (; *string; string++)
        switch (*string) {
        case '&':
            put_text(text, "&amp;");
            break;
        case '<':
            put_text(text, "&lt;");
            break;
        case '>':
            put_text(text, "&gt;");
            break;
        default: /* of characters */
            put(text, string, 1);
            break;
        }
}

static void put_hex(struct text *text, const char *string)
{
    char pair[3];

    for (; *string; string++) {
        snprintf(pair, sizeof pair, "%02x", (unsigned char)*string);
        put(text, pair, 2);
    }
}

static bool parse_token(const struct http_parameter *token, char *out, size_t out_bytes)
{
    char escaped[3 * HTTP_OBJECT_KEY_BYTES_MAX];
    size_t count = 0;

    if (token->value_bytes % 2 || token->value_bytes / 2 * 3 > sizeof escaped)
        return false;
    for (size_t i = 0; i < token->value_bytes; i += 2) {
        escaped[count++] = '%';
        escaped[count++] = token->value[i];
        escaped[count++] = token->value[i + 1];
    }
    return http_uri_decode(escaped, count, out, out_bytes);
}

static bool parse_keys_max(const struct http_parameter *parameter, unsigned *keys_max_out)
{
    unsigned number = 0;

    if (parameter->value_bytes == 0 || parameter->value_bytes > 6)
        return false;
    for (size_t i = 0; i < parameter->value_bytes; i++) {
        if (parameter->value[i] < '0' || parameter->value[i] > '9')
            return false;
        number = number * 10 + (unsigned)(parameter->value[i] - '0');
    }
    *keys_max_out = number < HTTP_LISTING_KEYS_MAX ? number : HTTP_LISTING_KEYS_MAX;
    return true;
}

/* 0 or the status to refuse with. */
static int parse_query(const char *target, struct query *query)
{
    size_t bytes = http_uri_path_bytes(target) - 1;
    struct http_parameter parameter;
    const char *at = NULL;

    memset(query, 0, sizeof *query);
    query->keys_max = HTTP_LISTING_KEYS_MAX;
    if (!http_uri_decode(target + 1, bytes, query->bucket, sizeof query->bucket - 1))
        return 400;
    bytes = strlen(query->bucket);
    if (bytes > 0 && query->bucket[bytes - 1] != '/')
        query->bucket[bytes] = '/';
    while (http_uri_parameter_next(target, &at, &parameter)) {
        const char *value = parameter.value;
        char after[sizeof query->after];

        if (http_uri_parameter_is(&parameter, "list-type")) {
            if (parameter.value_bytes != 1 || *value != '2')
                return 501;
        } else if (http_uri_parameter_is(&parameter, "prefix")) {
            if (!http_uri_decode(value, parameter.value_bytes, query->prefix, sizeof query->prefix))
                return 400;
        } else if (http_uri_parameter_is(&parameter, "start-after")) {
            if (!http_uri_decode(value, parameter.value_bytes, after, sizeof after))
                return 400;
            if (strcmp(after, query->after) > 0)
                strcpy(query->after, after);
        } else if (http_uri_parameter_is(&parameter, "continuation-token")) {
            if (!parse_token(&parameter, after, sizeof after))
                return 400;
            if (strcmp(after, query->after) > 0)
                strcpy(query->after, after);
        } else if (http_uri_parameter_is(&parameter, "max-keys")) {
            if (!parse_keys_max(&parameter, &query->keys_max))
                return 400;
        } else {
            return 501;
        }
    }
    return 0;
}

static void put_object(struct text *text, const struct http_object *object, const char *key)
{
    put_text(text, "<Contents><Key>");
    put_escaped(text, key);
    put_text(text, "</Key><ETag>&quot;");
    put_text(text, object->etag);
    put_text(text, "&quot;</ETag>");
    put_number(text, "Size", object->bytes_count);
    put_text(text, "</Contents>");
}

/* The keys that are asked for, and what stands behind them in the document. */
static void put_objects(struct text *text, const struct http_objects *objects, const struct query *query)
{
    size_t bucket_bytes = strlen(query->bucket);
    char wanted[FULL_KEY_BYTES];
    char first[FULL_KEY_BYTES];
    const char *last = NULL;
    unsigned count = 0;
    bool is_truncated = false;
    size_t i;

    snprintf(wanted, sizeof wanted, "%s%s", query->bucket, query->prefix);
    snprintf(first, sizeof first, "%s%s", query->bucket, query->after);
    i = http_objects_lower_bound(objects, strcmp(first, wanted) > 0 ? first : wanted);
    for (; i < objects->count; i++) {
        const struct http_object *object = objects->sorted[i];

        if (strncmp(object->key, wanted, strlen(wanted)))
            break;
        if (*query->after && !strcmp(object->key, first))
            continue;
        if (count == query->keys_max) {
            is_truncated = count > 0;
            break;
        }
        last = object->key + bucket_bytes;
        put_object(text, object, last);
        count++;
    }
    put_number(text, "KeyCount", count);
    put_number(text, "MaxKeys", query->keys_max);
    put_text(text, is_truncated ? "<IsTruncated>true</IsTruncated>" : "<IsTruncated>false</IsTruncated>");
    if (is_truncated) {
        put_text(text, "<NextContinuationToken>");
        put_hex(text, last);
        put_text(text, "</NextContinuationToken>");
    }
}

void http_listing_answer(const struct http_objects *objects, const char *target,
                         struct http_response *response)
{
    struct query query;
    struct text text = {0};
    int status = parse_query(target, &query);

    if (status) {
        http_listing_error(response, status, status == 501 ? "NotImplemented" : "InvalidArgument",
                           "Only prefix, max-keys, start-after and continuation-token are understood.");
        return;
    }
    put_text(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Prefix>");
    put_escaped(&text, query.prefix);
    put_text(&text, "</Prefix>");
    put_objects(&text, objects, &query);
    put_text(&text, "</ListBucketResult>\n");
    if (text.has_failed) {
        free(text.bytes);
        http_listing_error(response, 500, "InternalError", "No memory.");
        return;
    }
    http_response_bytes(response, text.bytes, text.count);
    http_response_header(response, "Content-Type", "application/xml");
}

void http_listing_error(struct http_response *response, int status, const char *code, const char *message)
{
    char document[512];

    snprintf(
        document, sizeof document,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>\n",
        code, message);
    http_response_text(response, status, "application/xml", document);
}
