/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer: one GET of one attachment, checked and hashed while it streams.
 *
 * The URL was checked before (url.h); here the connected address, the type, the size and the time are.
 * Redirects are not followed. One attempt: whoever owns the task decides about another.
 */
#ifndef PIPELINE_TRANSFER_H
#define PIPELINE_TRANSFER_H

#include "pipeline/body.h"
#include "pipeline/config.h"
#include "pipeline/failure.h"
#include "pipeline/http.h"

struct transfer;

struct transfer_request {
    const char *url; /* copied */
    const struct config *config;
    struct http *http;
    struct body_spool *spool;
    /* Called once, from http_step: failure is NULL on success. The transfer may be freed in it. */
    void (*on_done)(void *context, const struct failure *failure);
    void *context;
};

struct transfer *transfer_start(const struct transfer_request *request);

/* The body of a finished transfer, borrowed from it. */
struct body *transfer_body(struct transfer *transfer);

/* Cancels if it is under way, and frees. Accepts NULL. */
void transfer_free(struct transfer *transfer);

#endif
