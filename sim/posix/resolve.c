/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve: names and addresses: the world's hosts, localhost, numbers.
 *
 * There is no name server: a look-up takes no time, and fails only by choice ("network/resolve": EAI_AGAIN). Results are
 * one block each, from the caller's malloc. Left out: IPv6, service names but http and https, gethostbyname; inet_pton
 * and its kin are pure and stay libc's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/posix/call.h"
#include "sim/world/choice.h"
#include "sim/world/host.h"
#include "sim/world/network.h"
#include "sim/world/process.h"

static struct choice_point resolve_point = CHOICE_POINT("network/resolve");

struct kind {
    int type, protocol;
};
static const struct kind kinds[] = {{SOCK_STREAM, IPPROTO_TCP}, {SOCK_DGRAM, IPPROTO_UDP}, {SOCK_RAW, 0}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* An entry and all that it points to: freed as one. */
struct entry {
    struct addrinfo info;
    struct sockaddr_in address;
    char name[];
};

/* 0..65535; -1: not a number; -2: unknown. */
static int port_of(const char *service, bool is_numeric)
{
    if (!service)
        return 0;
    char *end;
    unsigned long port = strtoul(service, &end, 10);
    if (*service && !*end)
        return (int)(port & 0xffff);
    if (is_numeric)
        return -1;
    return strcmp(service, "http") == 0 ? 80 : strcmp(service, "https") == 0 ? 443 : -2;
}

/* 0 or EAI_..; the address in host byte order. */
static int address_of(const char *node, int flags, uint32_t *address_out)
{
    struct in_addr numeric;
    struct in6_addr other;
    if (!node) {
        *address_out = flags & AI_PASSIVE ? INADDR_ANY : INADDR_LOOPBACK;
        return 0;
    }
    if (inet_aton(node, &numeric)) {
        *address_out = ntohl(numeric.s_addr);
        return 0;
    }
    if (inet_pton(AF_INET6, node, &other) == 1)
        return EAI_ADDRFAMILY;
    if (flags & AI_NUMERICHOST)
        return EAI_NONAME;
    if (strcmp(node, "localhost") == 0) {
        *address_out = INADDR_LOOPBACK;
        return 0;
    }
    uint32_t chance = network_settings()->resolve_failure_per_million;
    if (chance && choice_chance(&resolve_point, chance))
        return EAI_AGAIN;
    const struct host *host = host_by_name(node);
    if (!host)
        return EAI_NONAME;
    *address_out = host->address;
    return 0;
}

static int check(const char *node, const char *service, const struct addrinfo *hints)
{
    const int known = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG |
                      AI_IDN | AI_CANONIDN | AI_NUMERICSERV | (1 << 8) | (1 << 9);
    if (!node && !service)
        return EAI_NONAME;
    if (hints->ai_flags & ~known)
        return EAI_BADFLAGS;
    if ((hints->ai_flags & AI_CANONNAME) && !node)
        return EAI_BADFLAGS;
    if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET && hints->ai_family != AF_INET6)
        return EAI_FAMILY;
    return 0;
}

/* Adds an entry at *tail. */
static int add(struct addrinfo **tail, const struct kind *kind, const struct sockaddr_in *address,
               const char *canonical)
{
    size_t name_bytes = canonical ? strlen(canonical) + 1 : 0;
    struct entry *entry = calloc(1, sizeof *entry + name_bytes);
    if (!entry)
        return EAI_MEMORY;
    entry->address = *address;
    entry->info = (struct addrinfo){
        .ai_family = AF_INET,
        .ai_socktype = kind->type,
        .ai_protocol = kind->protocol,
        .ai_addrlen = sizeof *address,
        .ai_addr = (struct sockaddr *)&entry->address,
    };
    if (canonical)
        entry->info.ai_canonname = memcpy(entry->name, canonical, name_bytes);
    *tail = &entry->info;
    return 0;
}

static int look_up(const char *node, const char *service, const struct addrinfo *hints,
                   struct addrinfo **list)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    uint32_t number;
    int result = check(node, service, hints);
    if (result != 0)
        return result;
    int port = port_of(service, hints->ai_flags & AI_NUMERICSERV);
    if (port < 0)
        return port == -1 ? EAI_NONAME : EAI_SERVICE;
    result = address_of(node, hints->ai_flags, &number);
    if (result != 0)
        return result;
    if (hints->ai_family == AF_INET6)
        return EAI_ADDRFAMILY;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(number);

    const char *canonical = hints->ai_flags & AI_CANONNAME ? node : NULL;
    struct addrinfo *found = NULL, **tail = &found;
    for (unsigned i = 0; i < KINDS && result == 0; i++) {
        if ((hints->ai_socktype && hints->ai_socktype != kinds[i].type) ||
            (hints->ai_protocol && kinds[i].protocol && hints->ai_protocol != kinds[i].protocol))
            continue;
        result = add(tail, &kinds[i], &address, canonical);
        canonical = NULL; /* only the first has it */
        if (result == 0)
            tail = &(*tail)->ai_next;
    }
    if (result == 0 && !found)
        return hints->ai_socktype ? EAI_SOCKTYPE : EAI_SERVICE;
    if (result != 0)
        freeaddrinfo(found);
    else
        *list = found;
    return result;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
    static const struct addrinfo no_hints = {.ai_flags = AI_V4MAPPED | AI_ADDRCONFIG};
    if (!task_inside())
        return NEXT(getaddrinfo)(node, service, hints, list);
    call_enter(CALL_RESOLVE);
    int result = look_up(node, service, hints ? hints : &no_hints, list);
    if (node)
        history_bytes(node, strlen(node));
    return call_leave_error(CALL_RESOLVE, 0, result);
}

void freeaddrinfo(struct addrinfo *list)
{
    if (!task_inside()) {
        NEXT(freeaddrinfo)(list);
        return;
    }
    while (list) {
        struct addrinfo *next = list->ai_next;
        free((char *)list - offsetof(struct entry, info));
        list = next;
    }
}

static int name_of(const struct sockaddr_in *in, char *text, size_t bytes, int flags)
{
    uint32_t address = ntohl(in->sin_addr.s_addr);
    const struct host *host = flags & NI_NUMERICHOST ? NULL : host_by_address(address);
    const char *name = host ? host->name : NULL;
    char number[INET_ADDRSTRLEN];
    if (!(flags & NI_NUMERICHOST) && address == INADDR_LOOPBACK)
        name = "localhost";
    if (!name && (flags & NI_NAMEREQD))
        return EAI_NONAME;
    if (!name)
        name = inet_ntop(AF_INET, &in->sin_addr, number, sizeof number);
    if (strlen(name) + 1 > bytes)
        return EAI_OVERFLOW;
    strcpy(text, name);
    return 0;
}

static int names_of(const struct sockaddr *generic, socklen_t bytes, struct iovec *host,
                    struct iovec *service, int flags)
{
    const int known = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM | NI_IDN;
    struct sockaddr_in in;
    if (flags & ~known)
        return EAI_BADFLAGS;
    if (!generic || bytes < sizeof(sa_family_t) || generic->sa_family != AF_INET || bytes < sizeof in)
        return EAI_FAMILY;
    if ((!host->iov_base || !host->iov_len) && (!service->iov_base || !service->iov_len))
        return EAI_NONAME;
    memcpy(&in, generic, sizeof in);
    if (host->iov_base && host->iov_len) {
        int result = name_of(&in, host->iov_base, host->iov_len, flags);
        if (result != 0)
            return result;
    }
    if (service->iov_base && service->iov_len) {
        int length = snprintf(service->iov_base, service->iov_len, "%u", ntohs(in.sin_port));
        if ((size_t)length >= service->iov_len)
            return EAI_OVERFLOW;
    }
    return 0;
}

int getnameinfo(const struct sockaddr *restrict address, socklen_t bytes, char *restrict host,
                socklen_t host_bytes, char *restrict service, socklen_t service_bytes, int flags)
{
    if (!task_inside())
        return NEXT(getnameinfo)(address, bytes, host, host_bytes, service, service_bytes, flags);
    call_enter(CALL_NAMEINFO);
    struct iovec host_out = {host, host_bytes}, service_out = {service, service_bytes};
    return call_leave_error(CALL_NAMEINFO, 0, names_of(address, bytes, &host_out, &service_out, flags));
}

int gethostname(char *name, size_t bytes)
{
    if (!task_inside())
        return NEXT(gethostname)(name, bytes);
    call_enter(CALL_HOSTNAME);
    const char *own = process_current()->host->name;
    size_t length = strlen(own) + 1;
    memcpy(name, own, length < bytes ? length : bytes);
    return (int)call_leave(CALL_HOSTNAME, bytes, 0, length > bytes ? -ENAMETOOLONG : 0);
}

/* --- interfaces: lo and eth0 ---------------------------------------------------------------------------------- */

struct interface {
    struct ifaddrs info;
    struct sockaddr_in address, mask, broadcast;
    char name[8];
};

static void fill(struct interface *interface, const char *name, uint32_t address, uint32_t mask)
{
    uint32_t numbers[3] = {address, mask, address | ~mask};
    struct sockaddr_in *places[3] = {&interface->address, &interface->mask, &interface->broadcast};
    for (unsigned i = 0; i < 3; i++)
        *places[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(numbers[i])};
    snprintf(interface->name, sizeof interface->name, "%s", name);
    interface->info = (struct ifaddrs){
        .ifa_name = interface->name,
        .ifa_flags = IFF_UP | IFF_RUNNING | (address == INADDR_LOOPBACK ? IFF_LOOPBACK : IFF_BROADCAST),
        .ifa_addr = (struct sockaddr *)&interface->address,
        .ifa_netmask = (struct sockaddr *)&interface->mask,
        .ifa_broadaddr = (struct sockaddr *)&interface->broadcast,
    };
}

int getifaddrs(struct ifaddrs **list)
{
    if (!task_inside())
        return NEXT(getifaddrs)(list);
    call_enter(CALL_RESOLVE);
    struct interface *interfaces = calloc(2, sizeof *interfaces);
    if (interfaces) {
        fill(&interfaces[0], "lo", INADDR_LOOPBACK, 0xff000000);
        fill(&interfaces[1], "eth0", process_current()->host->address, 0xffffff00);
        interfaces[0].info.ifa_next = &interfaces[1].info;
        *list = &interfaces[0].info;
    }
    return (int)call_leave(CALL_RESOLVE, 0, 0, interfaces ? 0 : -ENOMEM);
}

void freeifaddrs(struct ifaddrs *list)
{
    if (!task_inside())
        NEXT(freeifaddrs)(list);
    else if (list)
        free((char *)list - offsetof(struct interface, info));
}

unsigned if_nametoindex(const char *name)
{
    if (!task_inside())
        return NEXT(if_nametoindex)(name);
    if (strcmp(name, "lo") == 0)
        return 1;
    if (strcmp(name, "eth0") == 0)
        return 2;
    errno = ENODEV;
    return 0;
}
