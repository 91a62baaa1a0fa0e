/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: what the functions on files, names, directories and streams have in common.
 */
#ifndef SIM_POSIX_FILE_H
#define SIM_POSIX_FILE_H

#include <sys/types.h>
#include "sim/world/disk_file.h"
#include "sim/world/disk_name.h"

struct process;

/* A process' own part. */
struct file_process {
    char *directory;               /* the working directory; NULL: still that of the specification */
    mode_t mask;                   /* umask */
    struct stdio_process *streams; /* stdio_stream.c; NULL until first used */
};

/* Of the running task's process. */
struct file_process *file_process(void);
struct file_process *file_of_process(const struct process *process);
/* Every incarnation of a process begins and ends here: before its main, and when it has exited or was killed. */
void file_start(struct process *process);
void file_end(struct process *process);

/* Where path starts, seen from the directory at_fd (or AT_FDCWD), and folds path into the history. path_out borrows path.
 * 0, -EFAULT, -EBADF, -ENOTDIR, -ENOENT (the working directory is gone). */
int file_at(int at_fd, const char *path, struct disk_at *at_out);
/* The running process' descriptor as a file of a disk: 0, -EBADF, or other_error for another kind. */
int file_of(int fd, int other_error, struct disk_file **file_out);
/* open() inside the world, without the frame of a call: a descriptor or -errno. */
int file_open(const struct disk_at *at, int flags, mode_t mode);
/* The disk of the running process' host. */
struct disk *file_disk(void);

/* The working directory: absolute, without "." and "..". It is made when the process starts in it. */
const char *posix_directory(const struct process *process);
void posix_set_directory(struct process *process, const char *path);

#endif
