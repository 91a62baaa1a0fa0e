/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/symbol.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdio.h>

/* Where this program was loaded. */
static uintptr_t base(void)
{
    Dl_info info;
    return dladdr(__extension__(void *) base, &info) ? (uintptr_t)info.dli_fbase : 0;
}

static int *counted(void)
{
    static int symbol_test_counter;
    symbol_test_counter++;
    return &symbol_test_counter;
}

Test(symbol, a_static_of_a_function_is_found_under_its_plain_name)
{
    cr_expect_eq(symbol_offset("/proc/self/exe", "symbol_test_counter"), (uintptr_t)counted() - base());
}

Test(symbol, a_name_must_match_whole)
{
    cr_expect_eq(symbol_offset("/proc/self/exe", "symbol_test_count"), 0);
    cr_expect_eq(symbol_offset("/proc/self/exe", "symbol_test_counters"), 0);
}

Test(symbol, a_function_is_no_variable)
{
    cr_expect_eq(symbol_offset("/proc/self/exe", "counted"), 0);
}

Test(symbol, no_file_no_elf_file_and_a_torn_one_have_no_symbols)
{
    cr_expect_eq(symbol_offset("/nowhere", "main"), 0);
    cr_expect_eq(symbol_offset("/proc/self/status", "main"), 0);
    char name[] = "/tmp/symbol-XXXXXX";
    FILE *torn = fdopen(mkstemp(name), "w");
    FILE *whole = fopen("/proc/self/exe", "r");
    char head[8192];
    size_t bytes = fread(head, 1, sizeof head, whole);
    fwrite(head, 1, bytes, torn);
    fclose(whole);
    fclose(torn);
    cr_expect_eq(symbol_offset(name, "symbol_test_counter"), 0);
    remove(name);
}
