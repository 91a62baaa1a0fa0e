/* SPDX-License-Identifier: Apache-2.0 */
/* url: what is fetched and what is not. */
#include "pipeline/url.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void expect(const char *flag, const char *url, const char *reason_begin)
{
    struct config config;
    char error[CONFIG_ERROR_BYTES], reason[URL_REASON_BYTES] = "";
    config_init(&config);
    cr_assert(!flag || config_read_flag(&config, flag, error), "%s", error);
    bool fits = url_check(url, &config, reason);
    cr_assert_eq(fits, reason_begin == NULL, "%s: %s", url, reason);
    if (reason_begin)
        cr_assert(strncmp(reason, reason_begin, strlen(reason_begin)) == 0, "%s: %s", url, reason);
    config_deinit(&config);
}

Test(url, only_https_unless_http_is_allowed)
{
    expect(NULL, "https://h.example/a.pdf", NULL);
    expect(NULL, "HTTPS://h.example/a.pdf", NULL);
    expect(NULL, "http://h.example/a.pdf", "url scheme is not allowed");
    expect("allow.http=true", "http://h.example/a.pdf", NULL);
    expect("allow.http=true", "ftp://h.example/a.pdf", "url scheme is not allowed");
    expect("allow.http=true", "file:///etc/a.pdf", "url");
    expect(NULL, "a.pdf", "not a url");
    expect(NULL, "", "not a url");
    expect(NULL, "https://", "not a url");
}

Test(url, only_hosts_of_the_list_when_there_is_one)
{
    expect("allow.hosts=a.example,b.example", "https://a.example/a.pdf", NULL);
    expect("allow.hosts=a.example,b.example", "https://A.example:8443/a.pdf", NULL);
    expect("allow.hosts=a.example,b.example", "https://c.example/a.pdf", "url host is not allowed");
    expect("allow.hosts=a.example", "https://a.example.evil/a.pdf", "url host is not allowed");
    expect("allow.hosts=a.example", "https://evil/a.pdf?a.example", "url host is not allowed");
    expect("allow.hosts=a.example", "https://a.example@evil/a.pdf", "url holds a user name");
}

Test(url, only_extensions_of_the_list)
{
    expect(NULL, "https://h/a.PDF", NULL);
    expect(NULL, "https://h/a.pdf?x=.exe", NULL);
    expect(NULL, "https://h/a.exe?x=.pdf", "file name extension is not allowed: \"exe\"");
    expect(NULL, "https://h/a", "file name extension is not allowed");
    expect(NULL, "https://h/.pdf", "file name extension is not allowed");
    expect(NULL, "https://h.pdf", "file name extension is not allowed");
    expect("allow.extensions=txt", "https://h/a.pdf", "file name extension is not allowed");
}

Test(url, an_over_long_one_is_refused)
{
    char url[9000] = "https://h/";
    memset(url + 10, 'a', sizeof url - 11);
    url[sizeof url - 1] = '\0';
    expect(NULL, url, "url is too long");
}

static bool is_private(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return url_address_is_private((const struct sockaddr *)&in);
    cr_assert_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1, "%s", text);
    return url_address_is_private((const struct sockaddr *)&in6);
}

Test(url, addresses_that_are_not_of_the_public_internet_are_private)
{
    static const char *const private[] = {
        "0.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::",
        "2001:db8::1",
        "::127.0.0.1",
    };
    static const char *const public[] = {
        "1.1.1.1",     "9.255.255.255",   "11.0.0.1",       "100.63.255.255", "100.128.0.1",
        "126.0.0.1",   "128.0.0.1",       "172.15.255.255", "172.32.0.1",     "192.167.255.255",
        "192.169.0.1", "223.255.255.255", "2606:4700::1",   "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"};
    for (size_t i = 0; i < sizeof private / sizeof private[0]; i++)
        cr_assert(is_private(private[i]), "%s", private[i]);
    for (size_t i = 0; i < sizeof public / sizeof public[0]; i++)
        cr_assert_not(is_private(public[i]), "%s", public[i]);
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    cr_assert(url_address_is_private((const struct sockaddr *)&local));
}

Test(url, a_content_type_must_match_unless_it_says_nothing)
{
    cr_assert(url_content_type_fits("pdf", "application/pdf"));
    cr_assert(url_content_type_fits("PDF", "Application/PDF; charset=x"));
    cr_assert(url_content_type_fits("pdf", NULL));
    cr_assert(url_content_type_fits("pdf", "application/octet-stream"));
    cr_assert(url_content_type_fits("jpg", "image/jpeg"));
    cr_assert_not(url_content_type_fits("pdf", "text/html"));
    cr_assert_not(url_content_type_fits("pdf", "application/pdfx"));
    cr_assert_not(url_content_type_fits("jpg", "image/png"));
    cr_assert(url_content_type_fits("txt", "text/html"), "an extension that only the operator knows");
}

Test(url, a_basename_is_decoded_but_never_cut_by_what_it_holds)
{
    static const char *const rows[][2] = {{"https://h/a/b.pdf", "b.pdf"},
                                          {"https://h/a%2Fb.pdf", "a/b.pdf"},
                                          {"https://h/%41%zz%4", "A%zz%4"},
                                          {"https://h/a%00b.pdf", "a%00b.pdf"},
                                          {"https://h", ""},
                                          {"https://h/x/", ""},
                                          {"https://h/x.pdf?a/b.exe", "x.pdf"},
                                          {"https://h/x.pdf#/y", "x.pdf"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *name = url_basename(rows[i][0]);
        cr_assert_str_eq(name, rows[i][1], "%s", rows[i][0]);
        free(name);
    }
}
