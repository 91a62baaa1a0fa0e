/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer's way into the capsule reader: configure with clang, ninja tests/unit/fuzz-capsule, run it with a
 * corpus folder. Not built by default.
 */
#include "traces/capsule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct capsule capsule;
    char error[CAPSULE_ERROR_MAX];
    if (bytes == 0)
        return 0;
    FILE *in = fmemopen((void *)(uintptr_t)data, bytes, "r");
    if (in && capsule_read_stream(in, "fuzz", &capsule, error))
        capsule_deinit(&capsule);
    if (in)
        fclose(in);
    return 0;
}
