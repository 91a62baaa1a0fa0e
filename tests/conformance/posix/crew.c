/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for the cases. */
#include <assert.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/say.h"

pthread_t crew_start(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, body, argument);
    if (error) {
        say_error("pthread_create", error);
        _exit(3);
    }
    return thread;
}

void *crew_join(pthread_t thread)
{
    void *result = NULL;
    int error = pthread_join(thread, &result);
    if (error)
        say_error("pthread_join", error);
    return result;
}

void crew_run(int count, void *(*body)(void *), void *argument)
{
    assert(count <= CREW_MAX);
    pthread_t threads[CREW_MAX];
    for (int i = 0; i < count; i++)
        threads[i] = crew_start(body, argument);
    for (int i = 0; i < count; i++)
        crew_join(threads[i]);
}
