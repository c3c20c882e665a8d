// SPDX-License-Identifier: Apache-2.0
#include "engine/base/str.h"

#include "engine/base/unit.h"

START_TEST(equality_and_order)
{
    ck_assert(str_eq(STR("a"), str_from_c("a")));
    ck_assert(!str_eq(STR("a"), STR("ab")));
    ck_assert(str_eq((Str){NULL, 0}, STR("")));
    ck_assert_int_lt(str_compare(STR("a"), STR("ab")), 0);
    ck_assert_int_gt(str_compare(STR("b"), STR("ab")), 0);
    ck_assert_int_gt(str_compare(STR("\xff"), STR("a")), 0);
    ck_assert_int_eq(str_compare((Str){NULL, 0}, STR("")), 0);
    ck_assert(str_eq_nocase(STR("Bearer-1"), STR("bEARER-1")));
    ck_assert(!str_eq_nocase(STR("@"), STR("`")));
    ck_assert(!str_eq_nocase(STR("a"), STR("ab")));
}
END_TEST

START_TEST(prefix_suffix_part)
{
    ck_assert(str_starts(STR("github.get"), STR("github.")));
    ck_assert(str_starts(STR("a"), STR("")));
    ck_assert(!str_starts(STR("a"), STR("ab")));
    ck_assert(str_ends(STR("x.json"), STR(".json")));
    ck_assert(str_ends(STR("x"), STR("")));
    ck_assert(!str_ends(STR("n"), STR(".json")));
    ck_assert(str_contains(STR("aaab"), STR("aab")));
    ck_assert(str_contains(STR("ab"), STR("ab")));
    ck_assert(str_contains(STR(""), STR("")));
    ck_assert(str_contains(STR("a"), (Str){NULL, 0}));
    ck_assert(!str_contains(STR("aaa"), STR("ab")));
    ck_assert(!str_contains(STR("a"), STR("ab")));
    ck_assert(!str_contains((Str){NULL, 0}, STR("a")));
}
END_TEST

// The text with `number` in binary, letters a and b, below a leading 1 that is not part
// of it: every number from 1 on gives another text.
static Str binary_text(unsigned number, char memory[16])
{
    size_t len = 0;
    for (; number > 1; number >>= 1)
        memory[len++] = (number & 1) != 0 ? 'b' : 'a';
    return (Str){memory, len};
}

static bool contains_naively(Str text, Str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (str_starts(str_slice(text, i, text.len), part))
            return true;
    }
    return false;
}

START_TEST(every_short_part_in_every_short_text)
{
    for (unsigned i = 1; i < 1U << 12; i++) {
        for (unsigned j = 1; j < 1U << 8; j++) {
            char text_memory[16];
            char part_memory[16];
            Str text = binary_text(i, text_memory);
            Str part = binary_text(j, part_memory);
            if (str_contains(text, part) != contains_naively(text, part))
                ck_abort_msg("'%.*s' in '%.*s'", STR_ARG(part), STR_ARG(text));
        }
    }
}
END_TEST

START_TEST(slices_are_clipped)
{
    ck_assert_text(str_slice(STR("abcd"), 1, 3), "bc");
    ck_assert_text(str_slice(STR("abcd"), 2, 99), "cd");
    ck_assert_text(str_slice(STR("abcd"), 9, 99), "");
    ck_assert_text(str_slice(STR("abcd"), 3, 1), "");
    ck_assert_uint_eq(str_slice((Str){NULL, 0}, 0, 1).len, 0);
}
END_TEST

START_TEST(cuts)
{
    static const struct {
        const char *text;
        bool is_last;
        const char *head;
        const char *tail;
        bool found;
    } cases[] = {
        {"a.b.c", false, "a", "b.c", true}, {"a.b.c", true, "a.b", "c", true},
        {"abc", false, "abc", "", false},   {"abc", true, "abc", "", false},
        {".", false, "", "", true},         {".", true, "", "", true},
        {"", false, "", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Str text = str_from_c(cases[i].text);
        Cut cut = cases[i].is_last ? str_cut_last(text, '.') : str_cut(text, '.');
        ck_assert_text(cut.head, cases[i].head);
        ck_assert_text(cut.tail, cases[i].tail);
        ck_assert_int_eq(cut.found, cases[i].found);
    }
}
END_TEST

START_TEST(take_from_the_front)
{
    Str rest = STR("-1");
    ck_assert(!str_take(&rest, '+'));
    ck_assert_text(rest, "-1");
    ck_assert(str_take(&rest, '-'));
    ck_assert_text(rest, "1");
    ck_assert(str_take(&rest, '1'));
    ck_assert(!str_take(&rest, '\0'));
}
END_TEST

START_TEST(trim)
{
    ck_assert_text(str_trim(STR(" \t\r\n\v\fa b\n")), "a b");
    ck_assert_text(str_trim(STR(" \n")), "");
    ck_assert_text(str_trim(STR("")), "");
    ck_assert_text(str_trim(STR("a")), "a");
}
END_TEST

START_TEST(distance)
{
    static const struct {
        const char *a;
        const char *b;
        size_t limit;
        size_t expected;
    } cases[] = {
        {"", "", 3, 0},
        {"", "ab", 3, 2},
        {"owner", "ownr", 3, 1},
        {"owner", "onwer", 3, 1},
        {"owner", "owmer", 3, 1},
        {"kitten", "sitting", 3, 3},
        {"ca", "abc", 3, 3},
        {"kitten", "sitting", 2, 3},
        {"abcdef", "uvwxyz", 2, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Str a = str_from_c(cases[i].a);
        Str b = str_from_c(cases[i].b);
        ck_assert_uint_eq(str_distance(a, b, cases[i].limit), cases[i].expected);
        ck_assert_uint_eq(str_distance(b, a, cases[i].limit), cases[i].expected);
    }
    static const char longest[65] = {0};
    Str fits = {longest, 64};
    Str too_long = {longest, 65};
    ck_assert_uint_eq(str_distance(fits, fits, 2), 0);
    ck_assert_uint_eq(str_distance(too_long, too_long, 2), 3);
}
END_TEST

// From CPython 3.11, whose hash of bytes is SipHash-1-3 under a zero key with
// PYTHONHASHSEED=0, and the first vector of the reference implementation.
START_TEST(siphash_vectors)
{
    static const uint64_t zero[2] = {0, 0};
    static const uint64_t counting[2] = {UINT64_C(0x0706050403020100),
                                         UINT64_C(0x0f0e0d0c0b0a0908)};
    char bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    ck_assert_uint_eq(str_hash(STR("a"), zero), UINT64_C(0x407448d2b89b1813));
    ck_assert_uint_eq(str_hash(STR("tool"), zero), UINT64_C(0xf1157cc5ad1515fc));
    ck_assert_uint_eq(str_hash(STR("12345678"), zero), UINT64_C(0x3489982430560a87));
    ck_assert_uint_eq(str_hash(STR("get_customer_orders"), zero),
                      UINT64_C(0xd1b9d1c277464c56));
    ck_assert_uint_eq(str_hash((Str){bytes, sizeof bytes}, zero),
                      UINT64_C(0x75e05fd5bbc870c6));
    ck_assert_uint_eq(str_hash((Str){NULL, 0}, counting), UINT64_C(0xabac0158050fc4dc));
    uint64_t of_all = 0; // lengths that are some word and any rest
    for (size_t len = 1; len < sizeof bytes; len++)
        of_all = of_all * 31 + str_hash((Str){bytes, len}, zero);
    ck_assert_uint_eq(of_all, UINT64_C(0x3f5bb60bcc379b36));
}
END_TEST

// By the lines of docs/bundle.md, in another language.
START_TEST(plain_hash_vectors)
{
    static const uint64_t key[2] = {UINT64_C(0x0706050403020100),
                                    UINT64_C(0x9e3779b97f4a7c15)};
    char bytes[64];
    uint64_t of_all = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    for (size_t len = 0; len < sizeof bytes; len++)
        of_all = of_all * 31 + str_hash_plain((Str){bytes, len}, key);
    ck_assert_uint_eq(str_hash_plain((Str){NULL, 0}, key),
                      UINT64_C(0x4029cc66fd487a00));
    ck_assert_uint_eq(str_hash_plain(STR("a"), key), UINT64_C(0x9d1baad6417af3db));
    ck_assert_uint_eq(str_hash_plain(STR("tool"), key), UINT64_C(0x3984f10b1e28741d));
    ck_assert_uint_eq(str_hash_plain(STR("12345678"), key),
                      UINT64_C(0x7595a43dc500028f));
    ck_assert_uint_eq(str_hash_plain(STR("get_customer_orders"), key),
                      UINT64_C(0xbe076543247e3c3f));
    ck_assert_uint_eq(of_all, UINT64_C(0xaab194cbb39e535d));
}
END_TEST

// The first vectors of the reference implementation.
START_TEST(siphash_128_vectors)
{
    static const uint64_t counting[2] = {UINT64_C(0x0706050403020100),
                                         UINT64_C(0x0f0e0d0c0b0a0908)};
    uint64_t hash[2];
    str_hash_128((Str){NULL, 0}, counting, hash);
    ck_assert_uint_eq(hash[0], UINT64_C(0xe6a825ba047f81a3));
    ck_assert_uint_eq(hash[1], UINT64_C(0x930255c71472f66d));
    str_hash_128((Str){"\0", 1}, counting, hash);
    ck_assert_uint_eq(hash[0], UINT64_C(0x44af996bd8c187da));
    ck_assert_uint_eq(hash[1], UINT64_C(0x45fc229b11597634));
}
END_TEST

UNIT_MAIN("str", equality_and_order, prefix_suffix_part,
          every_short_part_in_every_short_text, slices_are_clipped, cuts,
          take_from_the_front, trim, distance, siphash_vectors, plain_hash_vectors,
          siphash_128_vectors)
