/* SPDX-License-Identifier: Apache-2.0 */
/* The runner as a program of its own. */
#include "tests/conformance/kafka/case.h"

int main(int argc, char **argv)
{
    return conformance_main(argc, argv);
}
