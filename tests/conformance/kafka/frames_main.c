/* SPDX-License-Identifier: Apache-2.0 */
/* The frames as a program of their own. */
#include "tests/conformance/kafka/frames.h"

int main(int argc, char **argv)
{
    return frames_main(argc, argv);
}
