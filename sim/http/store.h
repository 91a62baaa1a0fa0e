/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: an object store over HTTP, in memory, after S3: PUT, GET and HEAD of objects, and a listing (listing.h).
 *
 * A key is the path, percent-decoded, without its first '/', a bucket included. A PUT answers 201, or 200 when it
 * replaced an object, or 412 with "If-None-Match: *" when there is one; it takes effect whole, once all of it has
 * arrived, or not at all. The ETag is the MD5, as S3's. What is not modelled is refused with 501, never ignored:
 * other preconditions, copies, multipart and tagging (any query but X-Amz-*). Signatures are not checked. DELETE: 405.
 * The objects live and die with the process: the store stands for a service whose durability is not in question.
 */
#ifndef SIM_HTTP_STORE_H
#define SIM_HTTP_STORE_H

/* Options: see program.h, and
 *   --object-bytes-max N (64 MiB)   more is refused with 413
 *   --store-bytes-max N (1 GiB)     more is refused with 507
 *   --log FILE                      one line per stored object, appended before the object is there:
 *                                   "put STATUS BYTES ETAG KEY"; where it cannot be written nothing is stored (500)
 * Its choice points are "http/store/..". Returns 0 when stopped, 1 when it cannot serve, 2 for bad options. */
int http_store_main(int argc, char **argv);

#endif
