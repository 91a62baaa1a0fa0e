/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/network.h"
void network_begin(void)
{
}
void network_end(void)
{
}
