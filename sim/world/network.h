/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_WORLD_NETWORK_H
#define SIM_WORLD_NETWORK_H
void network_begin(void);
void network_end(void);
#endif
