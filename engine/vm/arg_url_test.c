// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_url.h"

#include <string.h>

#include "engine/base/unit.h"

static const struct {
    const char *url;
    const char *scheme;
    const char *host;
    int64_t port; // 0: unknown
    const char *path;
    const char *query;
} KNOWN[] = {
    {"https://api.acme.example/v1/x?a=b#top", "https", "api.acme.example", 443, "/v1/x",
     "a=b"},
    {"HTTPS://API.Acme.Example", "https", "api.acme.example", 443, "/", ""},
    {"http://h/", "http", "h", 80, "/", ""},
    {"http://h?q", "http", "h", 80, "/", "q"},
    {"http://h#f?not-a-query", "http", "h", 80, "/", ""},
    {"http://h/?", "http", "h", 80, "/", ""},
    {"http://h/a?b?c", "http", "h", 80, "/a", "b?c"},
    {"ws://h:8080/s", "ws", "h", 8080, "/s", ""},
    {"wss://h", "wss", "h", 443, "/", ""},
    {"ftp://h/f", "ftp", "h", 21, "/f", ""},
    {"git+ssh://h/r", "git+ssh", "h", 0, "/r", ""},
    {"postgres://db:5432/shop", "postgres", "db", 5432, "/shop", ""},
    {"http://h:65535/", "http", "h", 65535, "/", ""},
    {"http://h:1/", "http", "h", 1, "/", ""},
    {"http://127.0.0.1/", "http", "127.0.0.1", 80, "/", ""},
    {"http://255.255.255.255/", "http", "255.255.255.255", 80, "/", ""},
    {"http://xn--bcher-kva.example/", "http", "xn--bcher-kva.example", 80, "/", ""},
    {"http://my_host.example/", "http", "my_host.example", 80, "/", ""},
    {"http://1.example/", "http", "1.example", 80, "/", ""},
    {"http://0x7f.example/", "http", "0x7f.example", 80, "/", ""},
    {"http://h/a/", "http", "h", 80, "/a/", ""},
    {"http://h/a%20b/%C3%A9", "http", "h", 80, "/a%20b/%C3%A9", ""},
    {"http://h/a@b:c/", "http", "h", 80, "/a@b:c/", ""},
    {"http://h/x?u=user@evil.example&p=%2e%2F", "http", "h", 80, "/x",
     "u=user@evil.example&p=%2e%2F"},
};

static const char *const UNKNOWN[] = {
    "",
    "h",
    "/path",
    "//h/path",
    "http",
    "http:",
    "http:/h",
    "http:h",
    "http://",
    "http:///h",
    "http://?q",
    "http://#f",
    "http://:80/",
    "1http://h/",
    "ht tp://h/",
    "://h",
    "mailto:a@h",
    "javascript://h%0aalert(1)\n",
    "data:text/html,x",
    "file:///etc/passwd",
    // user info
    "http://user@h/",
    "http://user:pw@h/",
    "http://good.example@evil.example/",
    "http://good.example:80@evil.example/",
    "http://a@b@h/",
    "http://@h/",
    "http://h:@evil.example/",
    // what parsers disagree about
    "http://good.example\\@evil.example/",
    "http:\\\\h\\",
    "http://h\\..\\x",
    "http:/\\h/",
    "http://good.example#@evil.example/\t",
    " http://h/",
    "http://h/ ",
    "ht\ttp://h/",
    "http://h\n.evil.example/",
    "http://h/\x7f",
    "http://h/<x>",
    "http://h/{x}",
    "http://h/|",
    "http://h/^",
    "http://h/`",
    "http://h/\"",
    // hosts
    "http://h./",
    "http://.h/",
    "http://a..b/",
    "http://h%2eexample/",
    "http://%68/",
    "http://good.example%00.evil.example/",
    "http://b\303\274cher.example/",
    "http://\xe2\x93\x94xample.com/",
    "http://good.example\xef\xbc\x8f.evil.example/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[/",
    "http://h!/",
    "http://a,b/",
    "http://a;b/",
    "http://a&b/",
    "http://$h/",
    "http://h*/",
    "http://h:x/",
    // addresses in other spellings
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.01/",
    "http://127.0.0.0x1/",
    "http://127.0.0.256/",
    "http://1.2.3.4.5/",
    "http://1.2.3/",
    "http://x.1/",
    "http://x.0x/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://0/",
    "http://x.0X7f/",
    // ports
    "http://h:/",
    "http://h:0/",
    "http://h:65536/",
    "http://h:080/",
    "http://h:99999999999/",
    "http://h:80:80/",
    "http://h:-1/",
    "http://h:+80/",
    "http://h:8 0/",
    // paths
    "http://h/.",
    "http://h/..",
    "http://h/a/../b",
    "http://h/a/./b",
    "http://h/%2e%2e/b",
    "http://h/.%2e/b",
    "http://h/a%2fb",
    "http://h/a%5cb",
    "http://h/a%5Cb",
    "http://h/a%00",
    "http://h/a%0d%0ab",
    "http://h/%252e%252e/",
    "http://h//admin",
    "http://h/a//b",
    "http://h/admin;x=1",
    "http://h/..;/admin",
    "http://h/%61dmin",
    "http://h/%c3%a9",
    "http://h/%",
    "http://h/%4",
    "http://h/%zz",
    "http://h/?%",
    "http://h/?%1",
    "http://h/#%g0",
    "http://h/[x]",
};

START_TEST(parts_of_plain_urls)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        Str url = str_from_c(KNOWN[i].url);
        char bytes[256];
        Buf memory = buf_fixed(bytes, sizeof bytes);
        Str out;
        int64_t port = 0;
        ck_assert_msg(url_scheme(url, &memory, &out), "row %zu", i);
        ck_assert_text(out, KNOWN[i].scheme);
        ck_assert_msg(url_host(url, &memory, &out), "row %zu", i);
        ck_assert_text(out, KNOWN[i].host);
        ck_assert_msg(url_path(url, &out), "row %zu", i);
        ck_assert_text(out, KNOWN[i].path);
        ck_assert_msg(url_query(url, &out), "row %zu", i);
        ck_assert_text(out, KNOWN[i].query);
        ck_assert_msg(url_port(url, &port) == (KNOWN[i].port != 0), "row %zu", i);
        ck_assert_int_eq(port, KNOWN[i].port);
    }
}
END_TEST

START_TEST(what_parsers_could_read_differently_is_unknown)
{
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof UNKNOWN[0]; i++) {
        Str url = str_from_c(UNKNOWN[i]);
        char bytes[256];
        Buf memory = buf_fixed(bytes, sizeof bytes);
        Str out;
        int64_t port;
        bool is_under;
        ck_assert_msg(!url_scheme(url, &memory, &out), "scheme of %s", UNKNOWN[i]);
        ck_assert_msg(!url_host(url, &memory, &out), "host of %s", UNKNOWN[i]);
        ck_assert_msg(!url_port(url, &port), "port of %s", UNKNOWN[i]);
        ck_assert_msg(!url_path(url, &out), "path of %s", UNKNOWN[i]);
        ck_assert_msg(!url_query(url, &out), "query of %s", UNKNOWN[i]);
        ck_assert_msg(!url_under(url, STR("http://h/"), &is_under), "%s", UNKNOWN[i]);
        ck_assert_msg(!url_under(STR("http://h/"), url, &is_under), "%s", UNKNOWN[i]);
    }
}
END_TEST

typedef enum Answer { NO, YES, MAYBE } Answer;

static const struct {
    const char *url;
    const char *base;
    Answer answer;
} UNDER[] = {
    {"https://h/v1", "https://h/v1", YES},
    {"https://h/v1/", "https://h/v1", YES},
    {"https://h/v1", "https://h/v1/", YES},
    {"https://h/v1/x?q#f", "https://h/v1", YES},
    {"https://H:443/v1/x", "HTTPS://h/v1", YES},
    {"https://h", "https://h/", YES},
    {"https://h/", "https://h", YES},
    {"https://h?q", "https://h", YES},
    {"https://h/x", "https://h", YES},
    {"https://h/v10", "https://h/v1", NO},
    {"https://h/V1/x", "https://h/v1", NO},
    {"https://h/", "https://h/v1", NO},
    {"http://h/v1", "https://h/v1", NO},
    {"https://h:8443/v1", "https://h/v1", NO},
    {"https://h.evil.example/v1", "https://h/v1", NO},
    {"https://evil.example/https://h/v1", "https://h/v1", MAYBE},
    {"https://evil.example/h/v1", "https://h/v1", NO},
    {"https://x.h/v1", "https://h/v1", NO},
    {"https://h/v1/../v2", "https://h/v1", MAYBE},
    {"https://h@evil.example/v1", "https://h/v1", MAYBE},
    {"https://h/v1", "https://h/v1?", MAYBE},
    {"https://h/v1", "https://h/v1#x", MAYBE},
    {"git://h/r/x", "git://h/r", YES},
    {"git://h:9418/r", "git://h/r", NO},
};

START_TEST(under_compares_origin_and_whole_segments)
{
    for (size_t i = 0; i < sizeof UNDER / sizeof UNDER[0]; i++) {
        bool is_under = false;
        Answer got = MAYBE;
        if (url_under(str_from_c(UNDER[i].url), str_from_c(UNDER[i].base), &is_under))
            got = is_under ? YES : NO;
        ck_assert_msg(got == UNDER[i].answer, "row %zu: %s under %s: %d", i,
                      UNDER[i].url, UNDER[i].base, (int)got);
    }
}
END_TEST

// "http://" and a host of `length` bytes in labels of `label` bytes.
static Str url_of_host(char *bytes, size_t length, size_t label)
{
    memcpy(bytes, "http://", 7);
    for (size_t i = 0; i < length; i++)
        bytes[7 + i] = i % (label + 1) == label ? '.' : 'a';
    return (Str){bytes, 7 + length};
}

START_TEST(hosts_have_a_longest_length)
{
    char bytes[512];
    Str path;
    ck_assert(url_path(url_of_host(bytes, 253, 62), &path));
    ck_assert(!url_path(url_of_host(bytes, 254, 62), &path));
    ck_assert(url_path(url_of_host(bytes, 63, 63), &path));
    ck_assert(!url_path(url_of_host(bytes, 64, 64), &path));
}
END_TEST

START_TEST(a_nul_byte_is_unknown)
{
    Str path;
    ck_assert(!url_path(STR("http://h/\0"), &path));
    ck_assert(!url_path(STR("http://good.example\0.evil.example/"), &path));
}
END_TEST

UNIT_MAIN("arg_url", parts_of_plain_urls,
          what_parsers_could_read_differently_is_unknown,
          under_compares_origin_and_whole_segments, hosts_have_a_longest_length,
          a_nul_byte_is_unknown)
