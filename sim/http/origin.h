/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin: the HTTP server that attachments are downloaded from. Its content is a pure function of the request
 * target, so that anyone can recompute what a download must hold.
 *
 *   /a/NAME[?bytes=N][&chunked=1]   content; 1 to 20 KiB by hash unless bytes= says otherwise
 *   /missing/..  /forbidden/..      404, 403
 *   /redirect/REST                  302 to /REST, or to the value of to= as it stands
 *   /status/NNN/..[?retry-after=S]  that status, 400..599
 *   all else                        404
 *
 * GET and HEAD. Left out: ranges, conditional requests, TLS, Date.
 */
#ifndef SIM_HTTP_ORIGIN_H
#define SIM_HTTP_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

enum { HTTP_ORIGIN_USUAL_BYTES_MAX = 20 * 1024 };

#define HTTP_ORIGIN_BYTES_MAX (UINT64_C(1) << 40)

/* How many bytes the content of path has; path is a request target with its query, as sent. -1: there is none, as
 * it is not under /a/, or its bytes= is malformed or above HTTP_ORIGIN_BYTES_MAX. */
int64_t http_origin_length(const char *path);

/* Writes bytes of the content of path from offset on, which lie within its length. Every byte of path counts. */
void http_origin_content(const char *path, uint64_t offset, void *out, size_t bytes);

/* "application/pdf" for "/a/x.pdf?bytes=1"; "application/octet-stream" where the extension is unknown. */
const char *http_origin_type(const char *path);

/* Options: see program.h. Its choice points are "http/origin/..". Returns 0 when stopped, 1 when it cannot serve, 2
 * for bad options. */
int http_origin_main(int argc, char **argv);

#endif
