/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/descriptor.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include "sim/world/process.h"
#include "sim/world/world.h"

struct descriptor_table *descriptor_table(struct process *process)
{
    if (!process->descriptors)
        process->descriptors = world_alloc(sizeof *process->descriptors);
    return process->descriptors;
}

int descriptor_open(struct process *process, struct open_file *file, bool close_on_exec)
{
    struct descriptor_table *table = descriptor_table(process);
    int fd = table->lowest_free;
    while (fd < DESCRIPTORS_MAX && table->files[fd])
        fd++;
    if (fd == DESCRIPTORS_MAX)
        return -EMFILE;
    table->lowest_free = fd;
    return descriptor_open_at(process, fd, file, close_on_exec);
}

int descriptor_open_at(struct process *process, int fd, struct open_file *file, bool close_on_exec)
{
    if (fd < 0 || fd >= DESCRIPTORS_MAX)
        return -EBADF;
    struct descriptor_table *table = descriptor_table(process);
    struct open_file *before = table->files[fd];
    open_file_retain(file);
    table->files[fd] = file;
    table->close_on_exec[fd] = close_on_exec;
    if (fd >= table->end)
        table->end = fd + 1;
    if (before)
        open_file_release(before);
    else
        table->count++;
    return fd;
}

int descriptor_close(struct process *process, int fd)
{
    struct open_file *file = descriptor_get(process, fd);
    if (!file)
        return -EBADF;
    struct descriptor_table *table = process->descriptors;
    table->files[fd] = NULL;
    table->count--;
    if (fd < table->lowest_free)
        table->lowest_free = fd;
    open_file_release(file);
    return 0;
}

bool descriptor_close_on_exec(struct process *process, int fd)
{
    assert(descriptor_get(process, fd));
    return process->descriptors->close_on_exec[fd];
}

void descriptor_set_close_on_exec(struct process *process, int fd, bool on)
{
    assert(descriptor_get(process, fd));
    process->descriptors->close_on_exec[fd] = on;
}

void descriptor_close_all(struct process *process)
{
    struct descriptor_table *table = process->descriptors;
    if (!table)
        return;
    for (int fd = 0; fd < table->end; fd++)
        descriptor_close(process, fd);
    world_free(table);
    process->descriptors = NULL;
}

uint32_t descriptor_count(const struct process *process)
{
    return process->descriptors ? process->descriptors->count : 0;
}

void open_file_init(struct open_file *file, const struct file_operations *operations, int flags)
{
    *file = (struct open_file){.operations = operations, .flags = flags};
}

void open_file_retain(struct open_file *file)
{
    file->references++;
}

void open_file_release(struct open_file *file)
{
    assert(file->references > 0);
    if (--file->references == 0)
        file->operations->close(file);
}
