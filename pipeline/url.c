/* SPDX-License-Identifier: Apache-2.0 */
/* url: see url.h. */
#include "pipeline/url.h"

#include "pipeline/memory.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { URL_BYTES_MAX = 8192 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* In place. */
static void percent_decode(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        int high = *in == '%' ? hex_value(in[1]) : -1;
        int low = high >= 0 ? hex_value(in[2]) : -1;
        if (low >= 0 && high * 16 + low != 0) {
            *out++ = (char)(high * 16 + low);
            in += 2;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
}

char *url_basename(const char *url)
{
    const char *start = strstr(url, "://");
    start = start ? start + 3 : url;
    start += strcspn(start, "/?#"); /* the authority */
    size_t length = strcspn(start, "?#");
    const char *slash = memrchr(start, '/', length);
    if (!slash)
        return memory_string("");
    char *name = memory_copy(slash + 1, length - (size_t)(slash + 1 - start));
    percent_decode(name);
    return name;
}

const char *url_extension(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? dot + 1 : name + strlen(name);
}

static bool refuse(char *reason, const char *what, const char *detail)
{
    snprintf(reason, URL_REASON_BYTES, detail ? "%s \"%.80s\"" : "%s", what, detail);
    return false;
}

static bool check_parts(CURLU *parts, const struct config *config, char *reason)
{
    char *scheme = NULL, *host = NULL, *user = NULL;
    bool fits = false;
    if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) || curl_url_get(parts, CURLUPART_HOST, &host, 0))
        refuse(reason, "url lacks scheme or host", NULL);
    else if (!curl_url_get(parts, CURLUPART_USER, &user, 0))
        refuse(reason, "url holds a user name", NULL);
    else if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        refuse(reason, "url scheme is not allowed:", scheme);
    else if (strcmp(scheme, "http") == 0 && !config_flag(config, OPTION_ALLOW_HTTP))
        refuse(reason, "url scheme is not allowed:", scheme);
    else if (!config_list_is_empty(config, OPTION_ALLOW_HOSTS) &&
             !config_list_has(config, OPTION_ALLOW_HOSTS, host))
        refuse(reason, "url host is not allowed:", host);
    else
        fits = true;
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    return fits;
}

bool url_check(const char *url, const struct config *config, char reason[URL_REASON_BYTES])
{
    if (strlen(url) > URL_BYTES_MAX)
        return refuse(reason, "url is too long", NULL);
    CURLU *parts = memory_check(curl_url());
    bool fits;
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OUT_OF_MEMORY)
        memory_exhausted();
    if (code)
        fits = refuse(reason, "not a url:", curl_url_strerror(code));
    else
        fits = check_parts(parts, config, reason);
    curl_url_cleanup(parts);
    if (!fits)
        return false;
    char *name = url_basename(url);
    const char *extension = url_extension(name);
    if (!config_list_has(config, OPTION_ALLOW_EXTENSIONS, extension))
        fits = refuse(reason, "file name extension is not allowed:", extension);
    free(name);
    return fits;
}

bool url_content_type_fits(const char *extension, const char *content_type)
{
    static const struct {
        const char *extension;
        const char *types; /* separated by blanks */
    } rows[] = {
        {"pdf", "application/pdf application/x-pdf"},
        {"xml", "application/xml text/xml text/plain"},
        {"jpg", "image/jpeg image/jpg image/pjpeg"},
        {"jpeg", "image/jpeg image/jpg image/pjpeg"},
        {"png", "image/png image/x-png"},
        {"gif", "image/gif"},
        {"bmp", "image/bmp image/x-bmp image/x-ms-bmp"},
        {"tiff", "image/tiff image/x-tiff"},
        {"tif", "image/tiff image/x-tiff"},
        {"webp", "image/webp"},
    };
    static const char indifferent[] = "application/octet-stream binary/octet-stream application/x-download "
                                      "application/force-download";
    if (!content_type || !*content_type)
        return true;
    size_t length = strcspn(content_type, "; \t");
    const char *allowed = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcasecmp(rows[i].extension, extension) == 0)
            allowed = rows[i].types;
    }
    if (!allowed)
        return true; /* allowed by configuration, and nothing is known about it */
    for (const char *list = allowed; list; list = list == allowed ? indifferent : NULL) {
        for (const char *type = list; *type; type += strspn(type, " ")) {
            size_t type_length = strcspn(type, " ");
            if (type_length == length && strncasecmp(type, content_type, length) == 0)
                return true;
            type += type_length;
        }
    }
    return false;
}

struct ipv4_block {
    uint32_t network;
    int bits;
};

static bool ipv4_is_private(uint32_t address)
{
    /* IANA special-purpose registry (RFC 6890 and successors). */
    static const struct ipv4_block blocks[] = {
        {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
        {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
        {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if ((address ^ blocks[i].network) >> (32 - blocks[i].bits) == 0)
            return true;
    }
    return false;
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool ipv6_is_private(const unsigned char *bytes)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const unsigned char nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, nat64, 12) == 0)
        return ipv4_is_private(big_endian(bytes + 12));
    if (bytes[0] == 0x20 && bytes[1] == 0x02) /* 6to4 */
        return ipv4_is_private(big_endian(bytes + 2));
    if ((bytes[0] & 0xe0) != 0x20)
        return true; /* only 2000::/3 is global unicast */
    return big_endian(bytes) == 0x20010000 || big_endian(bytes) == 0x20010db8; /* Teredo, documentation */
}

bool url_address_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return ipv4_is_private(ntohl(in.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        return ipv6_is_private(in6.sin6_addr.s6_addr);
    }
    return true;
}
