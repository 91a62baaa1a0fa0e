/* SPDX-License-Identifier: Apache-2.0 */
/* wake: see wake.h. */
#include "pipeline/wake.h"

#include <fcntl.h>
#include <unistd.h>

bool wake_open(struct wake *wake)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC))
        return false;
    *wake = (struct wake){.read_descriptor = ends[0], .write_descriptor = ends[1]};
    return true;
}

void wake_close(struct wake *wake)
{
    close(wake->read_descriptor);
    close(wake->write_descriptor);
}

void wake_watch(struct wake *wake, rd_kafka_queue_t *queue)
{
    rd_kafka_queue_io_event_enable(queue, wake->write_descriptor, "k", 1);
}

void wake_now(struct wake *wake)
{
    /* A full pipe wakes, too. */
    ssize_t written = write(wake->write_descriptor, "w", 1);
    (void)written;
}

void wake_clear(struct wake *wake)
{
    char bytes[256];
    while (read(wake->read_descriptor, bytes, sizeof bytes) == (ssize_t)sizeof bytes) {
    }
}
