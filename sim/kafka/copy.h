/* SPDX-License-Identifier: Apache-2.0 */
/* copy: what is kept of a request, whose strings and bytes end with it. Each copy is to be freed; null stays null. */
#ifndef SIM_KAFKA_COPY_H
#define SIM_KAFKA_COPY_H

#include "sim/kafka/wire/wire.h"

/* NUL-terminated. */
struct wire_string kafka_copy_string(struct wire_string string);
struct wire_bytes kafka_copy_bytes(struct wire_bytes bytes);

#endif
