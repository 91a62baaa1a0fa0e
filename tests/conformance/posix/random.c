/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: random bytes from the system, and the library's seeded generators. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"

static void random_bytes_come_as_many_as_asked(void)
{
    unsigned char one[32] = {0}, other[32] = {0};
    say_call("getrandom", getrandom(one, sizeof(one), 0));
    say_call("GRND_NONBLOCK", getrandom(other, sizeof(other), GRND_NONBLOCK));
    say_whether("they differ", memcmp(one, other, sizeof(one)) != 0);
    say_call("of 0", getrandom(one, 0, 0));
    say_call("an unknown flag", getrandom(one, sizeof(one), 1 << 20));
}

static void entropy_comes_in_small_portions(void)
{
    unsigned char one[300] = {0}, other[256] = {0};
    say_call("getentropy of 256", getentropy(one, 256));
    say_call("getentropy of 256", getentropy(other, 256));
    say_whether("they differ", memcmp(one, other, 256) != 0);
    say_call("getentropy of 257", getentropy(one, 257));
    say_call("getentropy of 0", getentropy(one, 0));
}

static void seeded_numbers_repeat(void)
{
    int first[5], equal = 0;
    srand(42);
    for (int i = 0; i < 5; i++)
        first[i] = rand();
    srand(42);
    for (int i = 0; i < 5; i++)
        equal += rand() == first[i];
    say("rand: equal %d", equal);
    unsigned one = 7, other = 7;
    equal = 0;
    for (int i = 0; i < 5; i++)
        equal += rand_r(&one) == rand_r(&other);
    say("rand_r: equal %d", equal);
    one = 7;
    say("rand_r from 7: %d", rand_r(&one));
    say_whether("rand is in range", first[0] >= 0);
}

const struct likeness_case likeness_random[] = {
    LIKENESS_CASE(random, random_bytes_come_as_many_as_asked),
    LIKENESS_CASE(random, entropy_comes_in_small_portions),
    LIKENESS_CASE(random, seeded_numbers_repeat),
    LIKENESS_END,
};
