/* SPDX-License-Identifier: Apache-2.0 */
/* frame_link: see frame_link.h. */
#include "tests/conformance/kafka/frame_link.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MS = 8000 };

int frame_link_open(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, found->ai_socktype, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) < 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

bool frame_link_send(int fd, const struct wire_output *output)
{
    return send(fd, output->data, output->bytes, MSG_NOSIGNAL) == (ssize_t)output->bytes;
}

static enum frame_answer receive_bytes(int fd, uint8_t *out, size_t bytes)
{
    for (size_t used = 0; used < bytes;) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (poll(&poll_fd, 1, ANSWER_MS) <= 0)
            return FRAME_NONE;
        ssize_t got = recv(fd, out + used, bytes - used, 0);
        if (got <= 0)
            return FRAME_CLOSED;
        used += (size_t)got;
    }
    return FRAME_ANSWER;
}

enum frame_answer frame_link_receive(int fd, uint8_t *buffer, struct wire_bytes *out)
{
    uint8_t length[4];
    enum frame_answer answer = receive_bytes(fd, length, sizeof(length));
    if (answer != FRAME_ANSWER)
        return answer;
    *out = (struct wire_bytes){.data = buffer, .bytes = wire_int32(length)};
    if (out->bytes < 0 || out->bytes > FRAME_LINK_BYTES_MAX)
        return FRAME_CLOSED;
    return receive_bytes(fd, buffer, (size_t)out->bytes);
}
