/* SPDX-License-Identifier: Apache-2.0 */
/* digest: see digest.h. */
#include "pipeline/digest.h"

#include "pipeline/memory.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>

void digest_init(struct digest *digest)
{
    digest->context = memory_check(EVP_MD_CTX_new());
    if (EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
        memory_exhausted();
}

void digest_update(struct digest *digest, const void *data, size_t bytes)
{
    int done = EVP_DigestUpdate(digest->context, data, bytes);
    assert(done == 1);
    (void)done;
}

void digest_finish(struct digest *digest, char hex[DIGEST_HEX_BYTES])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    int done = EVP_DigestFinal_ex(digest->context, raw, &length);
    assert(done == 1 && length == 32);
    (void)done;
    for (unsigned int i = 0; i < length; i++)
        snprintf(hex + 2 * (size_t)i, 3, "%02x", raw[i]);
    digest_deinit(digest);
}

void digest_deinit(struct digest *digest)
{
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

void digest_of(const void *data, size_t bytes, char hex[DIGEST_HEX_BYTES])
{
    struct digest digest;
    digest_init(&digest);
    digest_update(&digest, data, bytes);
    digest_finish(&digest, hex);
}
