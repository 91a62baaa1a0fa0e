/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_text: any bytes as a JSON string. What is not UTF-8 becomes U+FFFD, one for each byte.
 */
#ifndef TRACES_JSON_TEXT_H
#define TRACES_JSON_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Writes data between quotes. data may be NULL if bytes is 0. */
void json_text_write(FILE *out, const void *data, size_t bytes);

#endif
