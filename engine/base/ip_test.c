// SPDX-License-Identifier: Apache-2.0
#include "engine/base/ip.h"

#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"

#define LENGTH(table) (sizeof(table) / sizeof(table)[0])

typedef bool Parse(Str text, Ip *out);

typedef struct Row {
    const char *text;
    const char *canonical; // NULL: the same
} Row;

static void assert_rows(const Row *rows, size_t count, Parse *parse)
{
    for (size_t i = 0; i < count; i++) {
        char memory[64];
        Ip address;
        Buf text = buf_fixed(memory, sizeof memory);
        ck_assert_msg(parse(str_from_c(rows[i].text), &address), "'%s'", rows[i].text);
        ip_format(&text, address);
        ck_assert_text(buf_view(&text),
                       rows[i].canonical != NULL ? rows[i].canonical : rows[i].text);
    }
}

static void assert_refused(const char *const *texts, size_t count, Parse *parse)
{
    for (size_t i = 0; i < count; i++) {
        Ip address = {.lo = 77};
        ck_assert_msg(!parse(str_from_c(texts[i]), &address), "'%s'", texts[i]);
        ck_assert_uint_eq(address.lo, 77);
    }
}

START_TEST(addresses)
{
    static const Row rows[] = {
        {"0.0.0.0", NULL},
        {"255.255.255.255", NULL},
        {"10.0.0.7", NULL},
        {"::", NULL},
        {"::1", NULL},
        {"1::", NULL},
        {"2001:db8::1", NULL},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:0db8:0001:0000:0000:0ab9:c0a8:0102", "2001:db8:1::ab9:c0a8:102"},
        {"1:2:3:4:5:6:7:8", NULL},
        {"1:0:3:4:5:6:7:8", NULL}, // one group is not shortened
        {"1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"}, // the first of equal runs
        {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},    // the longest run
        {"::1.2.3.4", "::102:304"},
        {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"::ffff:10.0.0.7", "10.0.0.7"},
        {"::FFFF:0a00:0007", "10.0.0.7"},
        {"0:0:0:0:0:ffff:10.0.0.7", "10.0.0.7"},
        {"::fffe:10.0.0.7", "::fffe:a00:7"},
        {"1::ffff:10.0.0.7", "1::ffff:a00:7"},
        {"::ffff:0:10.0.0.7", "::ffff:0:a00:7"},
    };
    static const char *const bad[] = {
        "",
        ".",
        ":",
        ":::",
        "1",
        "1.2.3",
        "1.2.3.",
        "1.2.3.4.",
        ".1.2.3.4",
        "1..2.3",
        "1.2.3.4.5",
        "256.0.0.1",
        "1.2.3.256",
        "1.2.3.1000",
        "01.2.3.4",
        "1.2.3.00",
        "1.2.3.0004",
        "0x1.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.-4",
        "1.2.3.+4",
        "1.2.3.a",
        "2130706433",
        "127.1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1::2::3",
        ":1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:",
        ":1::",
        "1::2:",
        "12345::",
        "g::",
        "::-1",
        "::1%eth0",
        "[::1]",
        "::1.2.3",
        "::1.2.3.256",
        "::01.2.3.4",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:7::1.2.3.4",
        "::ffff:10.0.0.7/32",
        "10.0.0.0/8",
        "\xef\xbc\x91.2.3.4",
    };
    assert_rows(rows, LENGTH(rows), ip_parse);
    assert_refused(bad, LENGTH(bad), ip_parse);
    Ip address;
    ck_assert(!ip_parse(STR("1.2.3.4\0"), &address));
    ck_assert(!ip_parse((Str){NULL, 0}, &address));
}
END_TEST

START_TEST(ranges)
{
    static const Row rows[] = {
        {"10.0.0.0/8", NULL},
        {"0.0.0.0/0", NULL},
        {"10.0.0.7", NULL},
        {"10.0.0.7/32", "10.0.0.7"},
        {"10.0.0.6/31", NULL},
        {"128.0.0.0/1", NULL},
        {"::/0", NULL},
        {"8000::/1", NULL},
        {"2001:db8::/32", NULL},
        {"fe80::/64", NULL},
        {"0:0:0:2::/63", NULL},
        {"0:0:0:1::/64", NULL},
        {"::8000:0:0:0/65", "::8000:0:0:0/65"},
        {"::1/128", "::1"},
        {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
        {"::ffff:0:0/96", "0.0.0.0/0"},
        {"::ffff:10.0.0.7/128", "10.0.0.7"},
    };
    static const char *const bad[] = {
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/8 ",
        "10.0.0.0/8/8",
        "10.0.0.0/255.0.0.0",
        "/8",
        "10.0.0.0/0008",
        "10/8",
        "10.0.0.1/8",
        "10.0.0.7/31",
        "0.0.0.1/0",
        "::/129",
        "::1/0",
        "::1/127",
        "fe80::1/64",
        "2001:db8:0:0:8000::/64",
        "0:0:0:1::/63",
        "::ffff:10.0.0.0/102",
        "::ffff:0:0/95",
        "10.0.0.0/99999999999999999999",
    };
    assert_rows(rows, LENGTH(rows), net_parse);
    assert_refused(bad, LENGTH(bad), net_parse);
}
END_TEST

START_TEST(containment)
{
    static const struct {
        const char *net;
        const char *inner;
        bool contains;
    } cases[] = {
        {"10.0.0.0/8", "10.0.0.0", true},
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "9.255.255.255", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"10.0.0.0/8", "::ffff:a01:203", true},
        {"10.0.0.0/8", "::10.1.2.3", false},
        {"10.0.0.0/8", "10.1.0.0/16", true},
        {"10.0.0.0/8", "10.0.0.0/8", true},
        {"10.1.0.0/16", "10.0.0.0/8", false},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "1.2.3.4", false},
        {"::/0", "ffff::", true},
        {"::/16", "0.0.0.0", false},
        {"fe80::/10", "febf::1", true},
        {"fe80::/10", "fec0::1", false},
        {"2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
        {"2001:db8::/32", "2001:db9::", false},
        {"::1", "::1", true},
        {"::1", "::2", false},
        {"0:0:0:2::/63", "0:0:0:3:ffff::", true},
        {"0:0:0:2::/63", "0:0:0:4::", false},
        {"::8000:0:0:0/65", "::8000:0:0:1", true},
        {"::8000:0:0:0/65", "::7fff:0:0:1", false},
        {"1.2.3.4", "1.2.3.4", true},
        {"1.2.3.4", "1.2.3.5", false},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        Ip net;
        Ip inner;
        ck_assert(net_parse(str_from_c(cases[i].net), &net));
        ck_assert(net_parse(str_from_c(cases[i].inner), &inner));
        ck_assert_msg(net_contains(net, inner) == cases[i].contains, "%s in %s",
                      cases[i].inner, cases[i].net);
    }
}
END_TEST

UNIT_MAIN("ip", addresses, ranges, containment)
