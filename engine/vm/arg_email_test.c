// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_email.h"

#include <string.h>

#include "engine/base/unit.h"

// NULL: unknown.
static const struct {
    const char *address;
    const char *domain;
} ROWS[] = {
    {"kim@customer.example", "customer.example"},
    {"Kim.Lee+tag@Customer.EXAMPLE", "customer.example"},
    {"a@b", "b"},
    {"user@localhost", "localhost"},
    {"o'brien@acme.example", "acme.example"},
    {"x@xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"x@1and1.example", "1and1.example"},
    {"x@a-b.example", "a-b.example"},
    {"bounce=user=evil.example@acme.example", "acme.example"},
    {"#$&'*+-/=?^_`{|}~@acme.example", "acme.example"},
    {"", NULL},
    {"@", NULL},
    {"kim", NULL},
    {"@acme.example", NULL},
    {"kim@", NULL},
    {"kim@evil.example@acme.example", NULL},
    {"kim@acme.example@", NULL},
    {"kim@acme.example,eve@evil.example", NULL},
    {"kim@acme.example;eve@evil.example", NULL},
    {"kim@acme.example eve@evil.example", NULL},
    {"Kim <kim@acme.example>", NULL},
    {"<kim@acme.example>", NULL},
    {"\"kim@acme.example\" <eve@evil.example>", NULL},
    {"\"kim\"@acme.example", NULL},
    {"\"a@evil.example\"@acme.example", NULL},
    {"kim(comment)@acme.example", NULL},
    {"kim@(comment)acme.example", NULL},
    {"kim@acme.example(comment)", NULL},
    {"kim@[127.0.0.1]", NULL},
    {"kim@[IPv6:::1]", NULL},
    {"kim@127.0.0.1", NULL},
    {"kim@acme.1", NULL},
    {" kim@acme.example", NULL},
    {"kim@acme.example ", NULL},
    {"kim @acme.example", NULL},
    {"kim@ acme.example", NULL},
    {"kim@acme.example\n", NULL},
    {"kim@acme.example\r\nBcc: eve@evil.example", NULL},
    {"kim@acme.example%0aBcc:eve", NULL},
    {"kim\t@acme.example", NULL},
    {"kim%evil.example@acme.example", NULL},
    {"evil.example!kim@acme.example", NULL},
    {"@evil.example:kim@acme.example", NULL},
    {"group:kim@acme.example;", NULL},
    {"mailto:kim@acme.example", NULL},
    {".kim@acme.example", NULL},
    {"kim.@acme.example", NULL},
    {"k..m@acme.example", NULL},
    {"kim@.acme.example", NULL},
    {"kim@acme..example", NULL},
    {"kim@acme.example.", NULL},
    {"kim@-acme.example", NULL},
    {"kim@acme-.example", NULL},
    {"kim@ac_me.example", NULL},
    {"kim@acme.example/x", NULL},
    {"kim\\@acme.example", NULL},
    {"k\303\274m@acme.example", NULL},
    {"kim@acm\303\251.example", NULL},
    {"kim@acme.example\xe2\x80\x8b", NULL},
    {"=?utf-8?q?kim=40evil.example?=@acme.example", "acme.example"},
    {"kim\357\274\240acme.example", NULL},
};

static bool domain_of(Str address, Str *out, char bytes[256])
{
    Buf memory = buf_fixed(bytes, 256);
    return email_domain(address, &memory, out);
}

START_TEST(only_one_plain_address_has_a_domain)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char bytes[256];
        Str out = STR("");
        bool is_known = domain_of(str_from_c(ROWS[i].address), &out, bytes);
        ck_assert_msg(is_known == (ROWS[i].domain != NULL), "row %zu: %s", i,
                      ROWS[i].address);
        if (is_known)
            ck_assert_text(out, ROWS[i].domain);
    }
}
END_TEST

START_TEST(a_nul_byte_is_unknown)
{
    char bytes[256];
    Str out;
    ck_assert(!domain_of(STR("kim@acme.example\0"), &out, bytes));
    ck_assert(!domain_of(STR("kim\0@acme.example"), &out, bytes));
}
END_TEST

// `local` letters, "@", and labels of `label` letters up to `domain` bytes.
static Str address_of(char *bytes, size_t local, size_t domain, size_t label)
{
    memset(bytes, 'a', local);
    bytes[local] = '@';
    for (size_t i = 0; i < domain; i++)
        bytes[local + 1 + i] = i % (label + 1) == label ? '.' : 'b';
    return (Str){bytes, local + 1 + domain};
}

START_TEST(lengths_have_limits)
{
    char text[512];
    char bytes[256];
    Str out;
    ck_assert(domain_of(address_of(text, 64, 10, 63), &out, bytes));
    ck_assert(!domain_of(address_of(text, 65, 10, 63), &out, bytes));
    ck_assert(domain_of(address_of(text, 1, 63, 63), &out, bytes));
    ck_assert(!domain_of(address_of(text, 1, 64, 64), &out, bytes));
    ck_assert(domain_of(address_of(text, 1, 252, 50), &out, bytes));
    ck_assert(!domain_of(address_of(text, 1, 253, 50), &out, bytes));
}
END_TEST

UNIT_MAIN("arg_email", only_one_plain_address_has_a_domain, a_nul_byte_is_unknown,
          lengths_have_limits)
