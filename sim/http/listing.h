/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing: an object store's answer to "GET /[BUCKET]?list-type=2", a subset of S3's ListObjectsV2.
 *
 * Understood: prefix, max-keys (0..1000), start-after, continuation-token. Any other parameter is answered 501, so
 * that nobody believes in a delimiter that is not there. BUCKET is the first part of the keys: those of its objects
 * are given without "BUCKET/". Simplified: no LastModified, Owner or StorageClass.
 */
#ifndef SIM_HTTP_LISTING_H
#define SIM_HTTP_LISTING_H

#include "sim/http/objects.h"
#include "sim/http/response.h"

enum { HTTP_LISTING_KEYS_MAX = 1000 };

void http_listing_answer(const struct http_objects *objects, const char *target,
                         struct http_response *response);

/* An S3 error document: code is S3's name of the error. */
void http_listing_error(struct http_response *response, int status, const char *code, const char *message);

#endif
