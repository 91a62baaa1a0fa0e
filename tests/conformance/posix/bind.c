/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: bind and listen: who gets a port, and when it is free again. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/say.h"

static int bind_to(int fd, const struct sockaddr_in *address)
{
    return bind(fd, (const struct sockaddr *)address, sizeof(*address));
}

static void set_reuse(int fd)
{
    int on = 1;
    say_call("SO_REUSEADDR", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
}

static void port_zero_gives_each_its_own(void)
{
    struct sockaddr_in first, second;
    int fds[2] = {loopback_listen(&first), loopback_listen(&second)};
    say_whether("ports were given", first.sin_port && second.sin_port);
    say_whether("they differ", first.sin_port != second.sin_port);
    say_whether("they are above 1023", ntohs(first.sin_port) > 1023);
    say_whether("the address is the one asked for", first.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    loopback_close(fds);
}

static void a_port_in_use_is_refused(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("bind to a listener's port", bind_to(fd, &address));
    set_reuse(fd);
    say_call("even with SO_REUSEADDR", bind_to(fd, &address));
    struct sockaddr_in every = {.sin_family = AF_INET, .sin_port = address.sin_port};
    say_call("or on every address", bind_to(fd, &every));
    close(listener);
    say_call("after it closed", bind_to(fd, &address));
    close(fd);
}

static void bind_says_what_is_wrong(void)
{
    struct sockaddr_in address = loopback_address(0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    say_call("bind", bind_to(fd, &address));
    say_call("bind twice", bind_to(fd, &address));
    say_call("a short address", bind(fd, (struct sockaddr *)&address, 4));
    close(fd);
    say_call("a closed descriptor", bind_to(fd, &address));
    fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1, reserved for documents */
    say_call("somebody else's address", bind_to(fd, &address));
    close(fd);
}

static void listening_without_bind_takes_some_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    say_call("getsockname", getsockname(fd, (struct sockaddr *)&address, &length));
    say("family AF_INET: %s, port %d", address.sin_family == AF_INET ? "yes" : "no", ntohs(address.sin_port));
    say_call("listen", listen(fd, 4));
    getsockname(fd, (struct sockaddr *)&address, &length);
    say_whether("it has a port", address.sin_port);
    say_whether("on every address", address.sin_addr.s_addr == htonl(INADDR_ANY));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int client = loopback_connect(&address);
    say_whether("it can be connected to", client >= 0);
    say_call("listen again", listen(fd, 8));
    close(client);
    close(fd);
}

static void connect_is_refused_when_the_listener_has_closed(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    int first = loopback_connect(&address);
    int accepted = accept(listener, NULL, NULL);
    close(listener);
    int second = socket(AF_INET, SOCK_STREAM, 0);
    say_call("connect", connect(second, (struct sockaddr *)&address, sizeof(address)));
    char text[8];
    loopback_put(first, "alive");
    say_bytes("the accepted connection", text, read(accepted, text, sizeof(text)));
    close(second);
    close(accepted);
    close(first);
}

static void a_bound_but_not_listening_port_refuses(void)
{
    struct sockaddr_in address = loopback_address(0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bind_to(fd, &address);
    getsockname(fd, (struct sockaddr *)&address, &(socklen_t){sizeof(address)});
    int client = socket(AF_INET, SOCK_STREAM, 0);
    say_call("connect", connect(client, (struct sockaddr *)&address, sizeof(address)));
    close(client);
    close(fd);
}

static void closing_a_listener_resets_its_backlog(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    int client = loopback_connect(&address);
    loopback_await(listener, POLLIN);
    close(listener);
    char byte;
    say_call("read", read(client, &byte, 1));
    say_call("read again", read(client, &byte, 1));
    close(client);
}

static void a_port_with_old_connections_needs_reuse(void)
{
    struct sockaddr_in address = loopback_address(0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    set_reuse(listener);
    bind_to(listener, &address);
    getsockname(listener, (struct sockaddr *)&address, &(socklen_t){sizeof(address)});
    listen(listener, 4);
    int client = loopback_connect(&address);
    int accepted = accept(listener, NULL, NULL);
    close(listener);

    int again = socket(AF_INET, SOCK_STREAM, 0);
    say_call("bind", bind_to(again, &address));
    set_reuse(again);
    say_call("bind", bind_to(again, &address));
    say_call("listen", listen(again, 4));
    close(again);
    close(accepted);
    close(client);
}

static void a_client_may_choose_its_port(void)
{
    struct sockaddr_in server, chosen = loopback_address(0), peer;
    int listener = loopback_listen(&server);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    say_call("bind", bind_to(client, &chosen));
    getsockname(client, (struct sockaddr *)&chosen, &(socklen_t){sizeof(chosen)});
    say_call("connect", connect(client, (struct sockaddr *)&server, sizeof(server)));
    int accepted = accept(listener, (struct sockaddr *)&peer, &(socklen_t){sizeof(peer)});
    say_whether("it connected from there", peer.sin_port == chosen.sin_port);
    close(accepted);
    close(client);
    close(listener);
}

const struct likeness_case likeness_bind[] = {
    LIKENESS_CASE(bind, port_zero_gives_each_its_own),
    LIKENESS_CASE(bind, a_port_in_use_is_refused),
    LIKENESS_CASE(bind, bind_says_what_is_wrong),
    LIKENESS_CASE(bind, listening_without_bind_takes_some_port),
    LIKENESS_CASE(bind, connect_is_refused_when_the_listener_has_closed),
    LIKENESS_CASE(bind, a_bound_but_not_listening_port_refuses),
    LIKENESS_CASE(bind, closing_a_listener_resets_its_backlog),
    LIKENESS_CASE(bind, a_port_with_old_connections_needs_reuse),
    LIKENESS_CASE(bind, a_client_may_choose_its_port),
    LIKENESS_END,
};
