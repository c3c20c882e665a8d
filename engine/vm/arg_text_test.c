// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_text.h"

#include "engine/base/unit.h"

static const char *const PLAIN[] = {
    "",
    "Hello, world.",
    "a\tb\nc\r\nd",
    "Gr\303\274\303\237e aus K\303\266ln",
    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",             // Japanese
    "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", // Russian
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", // Hebrew letters turn by themselves
    "e\xcc\x81",                        // a combining accent
    "\xf0\x9f\x98\x80",                 // one emoji
    "\xe2\x82\xac 5 \xe2\x80\x93 \xe2\x80\x9cok\xe2\x80\x9d", // euro, dash, quotes
    "a\xc2\xa0z",                                             // no-break space
    "\xe2\x80\xaf\xe2\x81\x9f", // narrow spaces, neighbours of the hidden
    "\xef\xbf\xbc\xef\xbf\xbd", // U+FFFC, U+FFFD
};

static const char *const NOT_PLAIN[] = {
    "\x01",
    "\x08",
    "\x0b",
    "\x0c",
    "a\rb",
    "\r",
    "\r\r\n",
    "\x1b[31mred",
    "\x1f",
    "\x7f",
    "\xc2\x80",
    "\302\23331m",
    "\xc2\x9f",
    "pass\302\255word", // soft hyphen
    "a\xcd\x8f",        // combining grapheme joiner
    "\xd8\x9c",         // Arabic letter mark
    "\xe1\x85\x9f",
    "\xe1\x85\xa0",   // Hangul fillers
    "\xe1\xa0\x8e",   // Mongolian vowel separator
    "a\342\200\213b", // zero-width space
    "a\xe2\x80\x8c",
    "a\xe2\x80\x8d", // non-joiner, joiner
    "\xe2\x80\x8e",
    "\xe2\x80\x8f", // direction marks
    "\xe2\x80\xa8",
    "\xe2\x80\xa9", // line and paragraph separator
    "\xe2\x80\xaa",
    "\342\200\256txt.exe", // embeddings, override
    "\xe2\x81\xa0",        // word joiner
    "\xe2\x81\xa2",        // invisible times
    "\xe2\x81\xa6",
    "\xe2\x81\xa9",                     // isolates
    "\xe2\xa0\x80",                     // blank braille
    "\xe3\x85\xa4",                     // Hangul filler
    "\xee\x80\x80",                     // private use
    "\xef\xb7\x90",                     // noncharacter
    "\xe2\x9d\xa4\xef\xb8\x8f",         // heart with a selector
    "\357\273\277x",                    // byte order mark
    "\xef\xbf\xb9",                     // annotation anchor
    "\xef\xbf\xbf",                     // noncharacter
    "\xf3\xa0\x80\x81",                 // language tag
    "\xf3\xa0\x81\xa1\xf3\xa0\x81\xa2", // tag letters: ASCII smuggling
    "\xf3\xa0\x84\x80",                 // variation selector supplement
    "\xf4\x8f\xbf\xbd",                 // private use, plane 16
    "\xff",
    "\xc0\xae",
    "\xed\xa0\x80",
    "abc\xe2\x82", // malformed
};

START_TEST(plain_text_is_seen_whole)
{
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++)
        ck_assert_msg(text_plain(str_from_c(PLAIN[i])), "row %zu", i);
}
END_TEST

START_TEST(hidden_characters_are_found)
{
    for (size_t i = 0; i < sizeof NOT_PLAIN / sizeof NOT_PLAIN[0]; i++)
        ck_assert_msg(!text_plain(str_from_c(NOT_PLAIN[i])), "row %zu", i);
    ck_assert(!text_plain(STR("a\0b")));
}
END_TEST

START_TEST(folding_is_of_ascii_letters)
{
    char bytes[64];
    Buf memory = buf_fixed(bytes, sizeof bytes);
    Str out;
    ck_assert(text_fold(STR("Drop  TABLE \303\204"), &memory, &out));
    ck_assert_text(out, "drop  table \303\204");
}
END_TEST

START_TEST(contains_and_starts_go_byte_by_byte)
{
    ck_assert(text_contains(STR("a password"), STR("password")));
    ck_assert(!text_contains(STR("a Password"), STR("password")));
    ck_assert(text_contains(STR(""), STR("")));
    ck_assert(!text_contains(STR(""), STR("a")));
    ck_assert(text_contains(STR("aab"), STR("ab")));
    ck_assert(text_starts(STR("abc"), STR("ab")));
    ck_assert(!text_starts(STR("ab"), STR("abc")));
    ck_assert(!text_starts(STR("xab"), STR("ab")));
}
END_TEST

UNIT_MAIN("arg_text", plain_text_is_seen_whole, hidden_characters_are_found,
          folding_is_of_ascii_letters, contains_and_starts_go_byte_by_byte)
