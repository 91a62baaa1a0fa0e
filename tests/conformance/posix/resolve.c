/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Likeness: names and addresses. Names of services are left out (not every machine has /etc/services), and
 * so is which of its two errors an unknown host gives: that depends on whether a name server can be reached.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/say.h"

static const char *error_name(int error)
{
    switch (error) {
    case 0:
        return "ok";
    case EAI_NONAME:
        return "EAI_NONAME";
    case EAI_AGAIN:
        return "EAI_AGAIN";
    case EAI_FAMILY:
        return "EAI_FAMILY";
    case EAI_ADDRFAMILY:
        return "EAI_ADDRFAMILY";
    case EAI_SERVICE:
        return "EAI_SERVICE";
    case EAI_SOCKTYPE:
        return "EAI_SOCKTYPE";
    case EAI_BADFLAGS:
        return "EAI_BADFLAGS";
    case EAI_OVERFLOW:
        return "EAI_OVERFLOW";
    default:
        return "another error";
    }
}

static void say_entry(const struct addrinfo *entry)
{
    char host[INET6_ADDRSTRLEN] = "?", service[16] = "?";
    int error = getnameinfo(entry->ai_addr, entry->ai_addrlen, host, sizeof(host), service, sizeof(service),
                            NI_NUMERICHOST | NI_NUMERICSERV);
    say("  %s port %s, %s, %s, protocol %d, %d bytes%s%s", host, service,
        entry->ai_family == AF_INET ? "AF_INET" : "another family",
        entry->ai_socktype == SOCK_STREAM ? "stream" : "another type", entry->ai_protocol,
        (int)entry->ai_addrlen, entry->ai_canonname ? ", named " : "",
        entry->ai_canonname ? entry->ai_canonname : "");
    if (error)
        say("  getnameinfo: %s", error_name(error));
}

static void look_up(const char *node, const char *service, int family, int flags)
{
    struct addrinfo hints = {
        .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP, .ai_flags = flags};
    struct addrinfo *list = NULL;
    int error = getaddrinfo(node, service, &hints, &list);
    say("%s, %s: %s", node ? node : "no node", service ? service : "no service", error_name(error));
    if (error)
        return;
    for (const struct addrinfo *entry = list; entry; entry = entry->ai_next)
        say_entry(entry);
    freeaddrinfo(list);
}

static void numbers_need_no_name_server(void)
{
    look_up("127.0.0.1", "9092", AF_UNSPEC, 0);
    look_up("10.1.2.3", NULL, AF_INET, AI_NUMERICHOST);
    look_up("192.168.0.1", "0", AF_UNSPEC, AI_ADDRCONFIG);
    look_up("0.0.0.0", "65535", AF_INET, AI_NUMERICHOST | AI_NUMERICSERV);
    look_up("127.1", "80", AF_INET, 0);
}

static void localhost_is_here(void)
{
    look_up("localhost", "9092", AF_INET, 0);
}

static void without_a_node_it_is_loopback_or_every_address(void)
{
    look_up(NULL, "9092", AF_INET, 0);
    look_up(NULL, "9092", AF_INET, AI_PASSIVE);
    look_up("127.0.0.1", "9092", AF_INET, AI_PASSIVE);
    look_up(NULL, NULL, AF_INET, 0);
}

static void what_is_wrong_has_a_name(void)
{
    look_up("not-a-number", "80", AF_INET, AI_NUMERICHOST);
    look_up("127.0.0.1", "http-or-so", AF_INET, AI_NUMERICSERV);
    look_up("127.0.0.1", "80", 200, 0);
    look_up("127.0.0.1", "80", AF_INET, 1 << 20);
    look_up("127.0.0.1", "80", AF_INET6, 0);
    look_up(NULL, "80", AF_INET, AI_CANONNAME);
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_UDP};
    struct addrinfo *list = NULL;
    say("a stream over UDP: %s", error_name(getaddrinfo("127.0.0.1", "80", &hints, &list)));
}

static void the_canonical_name_of_a_number_is_itself(void)
{
    look_up("127.0.0.1", "80", AF_INET, AI_CANONNAME);
}

static void an_unknown_host_is_not_found(void)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int error = getaddrinfo("nonexistent.invalid", "80", &hints, &list);
    say_whether("nonexistent.invalid is found", error == 0);
    say_whether("it is one of the two errors", error == EAI_NONAME || error == EAI_AGAIN);
    say_whether("the list was left alone", list == NULL);
}

static void without_hints_there_is_one_entry_a_type(void)
{
    struct addrinfo *list = NULL;
    say("getaddrinfo: %s", error_name(getaddrinfo("127.0.0.1", "53", NULL, &list)));
    for (const struct addrinfo *entry = list; entry; entry = entry->ai_next)
        say("type %d, protocol %d", entry->ai_socktype, entry->ai_protocol);
    freeaddrinfo(list);
}

static void what_was_found_can_be_connected_to(void)
{
    struct sockaddr_in address;
    int listener = loopback_listen(&address);
    char port[8];
    snprintf(port, sizeof(port), "%d", ntohs(address.sin_port));
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    say("getaddrinfo: %s", error_name(getaddrinfo("localhost", port, &hints, &list)));
    if (list) {
        int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
        say_call("connect", connect(fd, list->ai_addr, list->ai_addrlen));
        close(fd);
        freeaddrinfo(list);
    }
    close(listener);
}

static void addresses_are_written_as_numbers(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(19092), .sin_addr.s_addr = htonl(0x0a000203)};
    struct sockaddr *generic = (struct sockaddr *)&address;
    char host[32], service[32];
    int flags = NI_NUMERICHOST | NI_NUMERICSERV;
    int error = getnameinfo(generic, sizeof(address), host, sizeof(host), service, sizeof(service), flags);
    say("%s: %s %s", error_name(error), host, service);
    error = getnameinfo(generic, sizeof(address), host, 4, NULL, 0, flags);
    say("no room for the host: %s", error_name(error));
    error = getnameinfo(generic, sizeof(address), NULL, 0, service, 2, flags);
    say("no room for the port: %s", error_name(error));
    error = getnameinfo(generic, 4, host, sizeof(host), NULL, 0, flags);
    say("a short address: %s", error_name(error));
    address.sin_family = 200;
    error = getnameinfo(generic, sizeof(address), host, sizeof(host), NULL, 0, flags);
    say("another family: %s", error_name(error));
}

static void text_and_address_convert(void)
{
    static const char *const texts[] = {"127.0.0.1", "255.255.255.255", "1.2.3", "256.1.1.1", "01.2.3.4", ""};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct in_addr address = {0};
        char text[INET_ADDRSTRLEN] = "";
        int result = inet_pton(AF_INET, texts[i], &address);
        inet_ntop(AF_INET, &address, text, sizeof(text));
        say("\"%s\": %d, %s", texts[i], result, text);
    }
    struct in_addr address = {.s_addr = htonl(INADDR_LOOPBACK)};
    char text[4];
    say_whether("no room", inet_ntop(AF_INET, &address, text, sizeof(text)) == NULL);
    say_call("another family", inet_pton(200, "127.0.0.1", &address));
}

static void the_host_has_a_name(void)
{
    char name[256] = "";
    say_call("gethostname", gethostname(name, sizeof(name)));
    say_whether("it is not empty", name[0] != 0);
}

const struct likeness_case likeness_resolve[] = {
    LIKENESS_CASE(resolve, numbers_need_no_name_server),
    LIKENESS_CASE(resolve, localhost_is_here),
    LIKENESS_CASE(resolve, without_a_node_it_is_loopback_or_every_address),
    LIKENESS_CASE(resolve, what_is_wrong_has_a_name),
    LIKENESS_CASE(resolve, the_canonical_name_of_a_number_is_itself),
    LIKENESS_CASE(resolve, an_unknown_host_is_not_found),
    LIKENESS_CASE(resolve, without_hints_there_is_one_entry_a_type),
    LIKENESS_CASE(resolve, what_was_found_can_be_connected_to),
    LIKENESS_CASE(resolve, addresses_are_written_as_numbers),
    LIKENESS_CASE(resolve, text_and_address_convert),
    LIKENESS_CASE(resolve, the_host_has_a_name),
    LIKENESS_END,
};
