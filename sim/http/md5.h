/* SPDX-License-Identifier: Apache-2.0 */
/*
 * md5: RFC 1321, because that is what an S3 store gives as the ETag of an object that was PUT whole. Not for secrets.
 */
#ifndef SIM_HTTP_MD5_H
#define SIM_HTTP_MD5_H

#include <stddef.h>

enum { HTTP_MD5_HEX_BYTES = 32 };

/* Writes 32 lower-case hexadecimal digits and a NUL. */
void http_md5_hex(const void *bytes, size_t count, char hex_out[HTTP_MD5_HEX_BYTES + 1]);

#endif
