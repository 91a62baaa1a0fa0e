/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option: socket options.
 *
 * The network obeys SO_REUSEADDR, SO_REUSEPORT, SO_LINGER with 0 s, SO_RCVTIMEO and SO_SNDTIMEO, and answers
 * SO_ERROR, SO_TYPE and the like. The others are checked as Linux checks them, remembered, and mean nothing: there are no
 * keep-alive probes, and the window is the network's own.
 */
#include "sim/posix/option.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

#include "sim/world/endpoint.h"
#include "sim/world/pipe.h"

enum option_form { OPTION_SWITCH, OPTION_NUMBER, OPTION_BUFFER };

struct option {
    int level, name;
    enum option_form form;
    int usual, lowest, highest;
};

static const struct option options[] = {
    {SOL_SOCKET, SO_REUSEADDR, OPTION_SWITCH, 0, 0, 1},
    {SOL_SOCKET, SO_REUSEPORT, OPTION_SWITCH, 0, 0, 1},
    {SOL_SOCKET, SO_KEEPALIVE, OPTION_SWITCH, 0, 0, 1},
    {SOL_SOCKET, SO_BROADCAST, OPTION_SWITCH, 0, 0, 1},
    {SOL_SOCKET, SO_DONTROUTE, OPTION_SWITCH, 0, 0, 1},
    {SOL_SOCKET, SO_OOBINLINE, OPTION_SWITCH, 0, 0, 1},
    {SOL_SOCKET, SO_TIMESTAMP, OPTION_SWITCH, 0, 0, 1},
    {SOL_SOCKET, SO_SNDBUF, OPTION_BUFFER, 16384, 4608, 425984},
    {SOL_SOCKET, SO_RCVBUF, OPTION_BUFFER, 131072, 2304, 425984},
    {SOL_SOCKET, SO_PRIORITY, OPTION_NUMBER, 0, 0, INT_MAX},
    {SOL_SOCKET, SO_RCVLOWAT, OPTION_NUMBER, 1, 0, INT_MAX},
    {IPPROTO_TCP, TCP_NODELAY, OPTION_SWITCH, 0, 0, 1},
    {IPPROTO_TCP, TCP_CORK, OPTION_SWITCH, 0, 0, 1},
    {IPPROTO_TCP, TCP_QUICKACK, OPTION_SWITCH, 1, 0, 1},
    {IPPROTO_TCP, TCP_KEEPIDLE, OPTION_NUMBER, 7200, 1, 32767},
    {IPPROTO_TCP, TCP_KEEPINTVL, OPTION_NUMBER, 75, 1, 32767},
    {IPPROTO_TCP, TCP_KEEPCNT, OPTION_NUMBER, 9, 1, 127},
    {IPPROTO_TCP, TCP_SYNCNT, OPTION_NUMBER, 6, 1, 127},
    {IPPROTO_TCP, TCP_MAXSEG, OPTION_NUMBER, 536, 88, 32767},
    {IPPROTO_TCP, TCP_LINGER2, OPTION_NUMBER, 60, -1, INT_MAX},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, OPTION_NUMBER, 0, 0, INT_MAX},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, OPTION_NUMBER, 0, 0, INT_MAX},
    {IPPROTO_TCP, TCP_FASTOPEN, OPTION_NUMBER, 0, 0, INT_MAX},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, OPTION_NUMBER, 0, INT_MIN, INT_MAX},
    {IPPROTO_IP, IP_TOS, OPTION_NUMBER, 0, 0, 255},
    {IPPROTO_IP, IP_TTL, OPTION_NUMBER, 64, 1, 255},
};
enum { OPTIONS = sizeof options / sizeof options[0] };
_Static_assert((int)OPTIONS <= (int)ENDPOINT_OPTIONS_MAX, "an endpoint has room for every option");

/* -1: unknown. */
static int find(int level, int name)
{
    for (int i = 0; i < OPTIONS; i++)
        if (options[i].level == level && options[i].name == name)
            return i;
    return -1;
}

static int set_timeout(int64_t *timeout_ns, const struct iovec *value)
{
    struct timeval timeout;
    if (value->iov_len < sizeof timeout)
        return -EINVAL;
    memcpy(&timeout, value->iov_base, sizeof timeout);
    if (timeout.tv_usec < 0 || timeout.tv_usec >= 1000000)
        return -EDOM;
    *timeout_ns = timeout.tv_sec < 0 ? 1 : (int64_t)timeout.tv_sec * 1000000000 + timeout.tv_usec * 1000;
    return 0;
}

static int set_linger(struct endpoint *endpoint, const struct iovec *value)
{
    struct linger linger;
    if (value->iov_len < sizeof linger)
        return -EINVAL;
    memcpy(&linger, value->iov_base, sizeof linger);
    if (linger.l_onoff)
        endpoint->linger_s = linger.l_linger;
    endpoint->lingers = linger.l_onoff != 0;
    endpoint->resets_on_close = endpoint->lingers && endpoint->linger_s == 0;
    return 0;
}

static int set_number(struct endpoint *endpoint, int index, int number)
{
    const struct option *option = &options[index];
    if (option->form == OPTION_SWITCH) {
        number = number != 0;
    } else if (option->form == OPTION_BUFFER) {
        number = number > option->highest / 2 ? option->highest / 2 : number;
        number = number < option->lowest / 2 ? option->lowest : number * 2;
    } else if (number < option->lowest || number > option->highest) {
        return -EINVAL;
    }
    endpoint->options[index] = number;
    endpoint->options_set |= UINT64_C(1) << index;
    if (option->level == SOL_SOCKET && option->name == SO_REUSEADDR)
        endpoint->reuse_address = number;
    if (option->level == SOL_SOCKET && option->name == SO_REUSEPORT)
        endpoint->reuse_port = number;
    return 0;
}

int option_set(struct open_file *file, struct endpoint *endpoint, int level, int name,
               const struct iovec *value)
{
    (void)file;
    int index = find(level, name), number;
    if (!endpoint) /* a socket pair obeys none, and minds none of the general ones */
        return level == SOL_SOCKET && index >= 0 ? 0 : -ENOPROTOOPT;
    if (level == SOL_SOCKET && value->iov_len < sizeof number)
        return -EINVAL;
    if (level == SOL_SOCKET && name == SO_LINGER)
        return set_linger(endpoint, value);
    if (level == SOL_SOCKET && name == SO_RCVTIMEO)
        return set_timeout(&endpoint->receive_timeout_ns, value);
    if (level == SOL_SOCKET && name == SO_SNDTIMEO)
        return set_timeout(&endpoint->send_timeout_ns, value);
    if (index < 0)
        return value->iov_len < sizeof number && level == IPPROTO_TCP ? -EINVAL : -ENOPROTOOPT;
    if (value->iov_len < sizeof number && !(level == IPPROTO_IP && value->iov_len >= 1))
        return -EINVAL;
    if (value->iov_len < sizeof number)
        number = *(unsigned char *)value->iov_base;
    else
        memcpy(&number, value->iov_base, sizeof number);
    return set_number(endpoint, index, number);
}

static int give(const void *from, size_t bytes, void *value, socklen_t *bytes_inout)
{
    if (*bytes_inout > bytes)
        *bytes_inout = (socklen_t)bytes;
    memcpy(value, from, *bytes_inout);
    return 0;
}

static int give_time(int64_t timeout_ns, void *value, socklen_t *bytes_inout)
{
    struct timeval timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000 / 1000};
    return give(&timeout, sizeof timeout, value, bytes_inout);
}

/* What is known of any socket. -1: not this one. */
static int general(struct open_file *file, const struct endpoint *endpoint, int name)
{
    switch (name) {
    case SO_TYPE:
        return SOCK_STREAM;
    case SO_DOMAIN:
        return endpoint ? AF_INET : AF_UNIX;
    case SO_PROTOCOL:
        return endpoint ? IPPROTO_TCP : 0;
    case SO_ACCEPTCONN:
        return endpoint && endpoint->state == ENDPOINT_LISTENING;
    case SO_SNDLOWAT:
        return 1;
    case SO_ERROR:
        return endpoint ? endpoint_take_error((struct endpoint *)(uintptr_t)endpoint)
                        : pipe_pair_take_error(file);
    default:
        return -1;
    }
}

int option_get(struct open_file *file, struct endpoint *endpoint, int level, int name, void *value,
               socklen_t *bytes_inout)
{
    int index = find(level, name), number;
    if ((int)*bytes_inout < 0)
        return -EINVAL;
    number = level == SOL_SOCKET ? general(file, endpoint, name) : -1;
    if (number >= 0)
        return give(&number, sizeof number, value, bytes_inout);
    if (endpoint && level == SOL_SOCKET && name == SO_LINGER) {
        struct linger linger = {endpoint->lingers, endpoint->linger_s};
        return give(&linger, sizeof linger, value, bytes_inout);
    }
    if (endpoint && level == SOL_SOCKET && name == SO_RCVTIMEO)
        return give_time(endpoint->receive_timeout_ns, value, bytes_inout);
    if (endpoint && level == SOL_SOCKET && name == SO_SNDTIMEO)
        return give_time(endpoint->send_timeout_ns, value, bytes_inout);
    if (index < 0 || (!endpoint && level != SOL_SOCKET))
        return -ENOPROTOOPT;
    bool is_set = endpoint && (endpoint->options_set >> index & 1);
    number = is_set ? endpoint->options[index] : options[index].usual;
    return give(&number, sizeof number, value, bytes_inout);
}
