/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uri: see uri.h.
 */
#include "sim/http/uri.h"

#include <string.h>

size_t http_uri_path_bytes(const char *target)
{
    return strcspn(target, "?");
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

bool http_uri_decode(const char *in, size_t bytes, char *out, size_t out_bytes)
{
    size_t used = 0;
    size_t made = 0;

    while (used < bytes) {
        char byte = in[used++];

        if (byte == '%') {
            int high = used < bytes ? hex_digit(in[used]) : -1;
            int low = used + 1 < bytes ? hex_digit(in[used + 1]) : -1;

            if (high < 0 || low < 0 || high + low == 0)
                return false;
            byte = (char)(high * 16 + low);
            used += 2;
        }
        if (made + 1 >= out_bytes)
            return false;
        out[made++] = byte;
    }
    if (made >= out_bytes)
        return false;
    out[made] = '\0';
    return true;
}

bool http_uri_parameter_next(const char *target, const char **at, struct http_parameter *parameter_out)
{
    const char *begin = *at ? *at : target + http_uri_path_bytes(target);
    size_t bytes;

    if (!*begin)
        return false;
    begin++; /* '?' or '&' */
    bytes = strcspn(begin, "&");
    *at = begin + bytes;
    parameter_out->name = begin;
    parameter_out->name_bytes = strcspn(begin, "=&");
    parameter_out->value = begin + parameter_out->name_bytes;
    parameter_out->value_bytes = bytes - parameter_out->name_bytes;
    if (parameter_out->value_bytes > 0) {
        parameter_out->value++;
        parameter_out->value_bytes--;
    }
    return true;
}

bool http_uri_parameter_is(const struct http_parameter *parameter, const char *name)
{
    return strlen(name) == parameter->name_bytes && !memcmp(parameter->name, name, parameter->name_bytes);
}

bool http_uri_parameter_find(const char *target, const char *name, struct http_parameter *parameter_out)
{
    const char *at = NULL;
    struct http_parameter parameter;

    while (http_uri_parameter_next(target, &at, &parameter))
        if (http_uri_parameter_is(&parameter, name)) {
            *parameter_out = parameter;
            return true;
        }
    return false;
}
