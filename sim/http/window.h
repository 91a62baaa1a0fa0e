/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window: how a server misbehaves for a while, whatever its arguments say: every request that comes while a window is open.
 *
 * The only door from outside into a running server: a fault opens a window by the server's name and closes it again. Windows
 * of one kind add up; several kinds combine as drawn faults do (fault.h). Nothing is drawn but where a response is cut.
 */
#ifndef SIM_HTTP_WINDOW_H
#define SIM_HTTP_WINDOW_H

#include <stdbool.h>
#include "sim/http/fault.h"

enum { HTTP_WINDOW_SERVERS_MAX = 8 };

/* status: what HTTP_FAULT_ERROR answers from now on (400..599); not looked at for others. server: as the program calls itself
 * ("origin", "store"); copied. */
void http_window_open(const char *server, enum http_fault fault, int status);
/* One window of that kind less. */
void http_window_close(const char *server, enum http_fault fault);
/* No window is open anywhere: call before a world begins. */
void http_window_reset(void);

/* Is one open? */
bool http_window_is_open(const char *server, enum http_fault fault);
/* The status of its last HTTP_FAULT_ERROR; 0: none was opened. */
int http_window_status(const char *server);

#endif
