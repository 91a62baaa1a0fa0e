/* SPDX-License-Identifier: Apache-2.0 */
/* Files for the cases. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/conformance/posix/say.h"
#include "tests/conformance/posix/scratch.h"

bool scratch_make(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        say_call(name, -1);
        if (fd >= 0)
            close(fd);
        return false;
    }
    close(fd);
    return true;
}

void scratch_say(const char *name)
{
    int fd = open(name, O_RDONLY);
    if (fd < 0) {
        say_call(name, fd);
        return;
    }
    char content[200];
    say_bytes(name, content, read(fd, content, sizeof(content)));
    close(fd);
}

long scratch_bytes(const char *name)
{
    struct stat status;
    return stat(name, &status) < 0 ? -1 : (long)status.st_size;
}

long scratch_links(const char *name)
{
    struct stat status;
    return stat(name, &status) < 0 ? -1 : (long)status.st_nlink;
}

bool scratch_exists(const char *name)
{
    struct stat status;
    return stat(name, &status) == 0;
}
