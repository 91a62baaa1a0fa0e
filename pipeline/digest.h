/* SPDX-License-Identifier: Apache-2.0 */
/* digest: SHA-256, at once or streaming, as lower-case hex. */
#ifndef PIPELINE_DIGEST_H
#define PIPELINE_DIGEST_H

#include <stddef.h>

enum { DIGEST_HEX_BYTES = 65 };

struct digest {
    void *context; /* EVP_MD_CTX */
};

void digest_init(struct digest *digest);
void digest_update(struct digest *digest, const void *data, size_t bytes);

/* Writes 64 digits and a NUL, and releases the digest. */
void digest_finish(struct digest *digest, char hex[DIGEST_HEX_BYTES]);

/* Releases without a result; accepts a zeroed or finished digest. */
void digest_deinit(struct digest *digest);

void digest_of(const void *data, size_t bytes, char hex[DIGEST_HEX_BYTES]);

#endif
