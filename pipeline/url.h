/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url: is this attachment's URL one that we fetch?
 *
 * URLs are taken apart by libcurl itself, so what is checked is what is fetched. The address that a name
 * resolves to is checked at connect (transfer.c), by url_address_is_private.
 */
#ifndef PIPELINE_URL_H
#define PIPELINE_URL_H

#include "pipeline/config.h"

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

enum { URL_REASON_BYTES = 160 };

/* NULL, or why not. False leaves one line in reason. */
bool url_check(const char *url, const struct config *config, char reason[URL_REASON_BYTES]);

/* The last component of the path, percent-decoded (so it may hold any byte but NUL: "%00" stays as it is).
 * Free it. Never NULL; "" if there is none. */
char *url_basename(const char *url);

/* The extension of a file name, without the dot; "" if there is none. Points into name. */
const char *url_extension(const char *name);

/* May a body of this Content-Type (NULL: none sent) stand behind a name of this extension? Types that say
 * nothing, as application/octet-stream does, may. */
bool url_content_type_fits(const char *extension, const char *content_type);

/* Loopback, private, link-local, multicast, unspecified or otherwise not of the public internet; also for
 * IPv4 addresses inside IPv6 ones, and for families other than these two. */
bool url_address_is_private(const struct sockaddr *address);

#endif
