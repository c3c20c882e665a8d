// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/secret.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/unit.h"

// The credentials are cut in two here, so that scanners of this repository find none.
typedef struct Halves {
    const char *front;
    const char *back;
} Halves;

#define D10 "0123456789"
#define MIX20 "aB3dE5gH7jK9mN1pQ2rS"

static const Halves SECRETS[] = {
    {"ey",
     "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"},
    {"token=ey",
     "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"},
    {"https://h/cb#id=ey",
     "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN"},
    {"a/ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN"},
    {"ey", "JhbGciOiJkaXIiLCJlbmMi..aB3dE5gH7jK9mN1p.cipher.tag"},
    {"Bea", "rer " MIX20},
    {"Authorization: bea", "rer   " MIX20},
    {"BEA", "RER\tabcdef+ghijk/lmno5=="},
    {"Bea", "rer abcdefghIjklmnop"},
    {"gh", "p_" MIX20 MIX20},
    {"my token gh", "o_" MIX20 MIX20 ", please"},
    {"gh", "u_" MIX20 MIX20},
    {"\"gh", "s_" MIX20 MIX20 "\""},
    {"gh", "r_" MIX20 MIX20},
    {"github", "_pat_" MIX20 "_" MIX20 MIX20 MIX20},
    {"xox", "b-" D10 D10 "-abcdefghij"},
    {"xox", "p-" D10 "-" D10 "-abcdef"},
    {"AKI", "AIOSFODNN7EXAMPLE"},
    {"key:AKI", "AIOSFODNN7EXAMPLE;"},
    {"x-ASI", "AIOSFODNN7EXAMPLE"},
    {"sk_", "live_" MIX20},
    {"rk_", "live_" MIX20},
    {"sk", "-" MIX20 MIX20},
    {"sk", "-proj-" MIX20 "_" MIX20},
    {"sk", "-ant-api03-" MIX20 "-" MIX20},
    {"AI", "za" MIX20 "abcdefgh-_12345"},
    {"ya", "29." MIX20 "-x"},
    {"GOC", "SPX-" MIX20 "abcd"},
    {"gl", "pat-" MIX20},
    {"np", "m_" MIX20 "abcdefghijklmnop"},
    {"pypi", "-AgEIcHlwaS5vcmc" MIX20 MIX20 MIX20},
    {"h", "f_" MIX20 "abcdefghij"},
    {"S", "G." MIX20 "ab." MIX20 MIX20 "abc"},
    {"shp", "at_0123456789abcdef0123456789abcdef"},
    {"hv", "s." MIX20 "abcd"},
    {"-----BEGIN PRI", "VATE KEY-----\nMIIE"},
    {"x\n-----BEGIN RSA PRI", "VATE KEY-----"},
    {"------BEGIN EC PRI", "VATE KEY-----"},
    {"-----BEGIN OPENSSH PRI", "VATE KEY-----"},
    {"-----BEGIN PGP PRI", "VATE KEY BLOCK-----"},
    {"-----BEGIN ENCRYPTED PRI", "VATE KEY-----"},
};

static const Halves HARMLESS[] = {
    {"", ""},
    {"short", ""},
    {"Please refund order 4711 to the customer; she is right, and it was our mistake.",
     ""},
    {"The bearer of this letter", " is my friend."},
    {"the bearer responsibilities", " are listed"},
    {"Bearer authentication-schemes", " are in RFC 6750"},
    {"Bearer token", ""},
    {"Bearer", "" MIX20},
    {"forbearer", MIX20},
    {"550e8400-e29b-41d4-a716-446655440000", ""},
    {"sha256:9f86d081884c7d659a2feaa0c55ad015", "a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {"d670460b4b4aece5915caf5c68d12f560a9fe3e4", ""},
    {"https://example.com/a/very/long/path/with-many-parts/index.html?x=1", ""},
    {"/usr/share/doc/some-package-with-a-long-name/README.Debian.gz", ""},
    {"Donaudampfschifffahrtsgesellschaftskapitaen", ""},
    {"aGVsbG8gd29ybGQsIHRoaXMgaXMganVzdCBzb21lIGJhc2U2NCB0ZXh0Lg==", ""},
    {"eyJ", ""},
    {"eyJhbGciOiJIUzI1NiJ9 is the", " header of a token"},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.", "short"},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0", ""},
    {"abceyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.do", "zjgNryP4J3jVmNHl0w5N"},
    {"www.some-long-host.example.com.and.more.labels.example", ""},
    {"ghp_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
    {"ghp_", "short1A"},
    {"the prefix ghp_", " marks a token"},
    {"sk-", "learn-is-a-library-for-machine-learning-in-python"},
    {"sk-", "2024-report-of-something-with-a-very-long-name"},
    {"task-", MIX20 MIX20},
    {"sk_test_", MIX20},
    {"sk_live_", "short"},
    {"AKIA", "SHORT"},
    {"AKIA", "IOSFODNN7EXAMPLELONGER"},
    {"MAKIA", "IOSFODNN7EXAMPLE"},
    {"AKIA", "iosfodnn7example"},
    {"xoxb-", "not-a-token-but-some-words"},
    {"AIza", "tooshort1234567890"},
    {"npm_", "config_registry_is_a_variable_of_npm"},
    {"glpat-", "xxxxxxxxxxxxxxxxxxxx"},
    {"-----BEGIN PUBLIC", " KEY-----"},
    {"-----BEGIN CERTIFICATE", "-----"},
    {"-----BEGIN PRI", "VATE LETTER-----"},
    {"- BEGIN PRI", "VATE KEY -"},
    {"--------------------------------------------------------", ""},
    {"................................................................", ""},
    {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97"
     "\xa5",
     ""},
};

// The two halves in one block of just their size, behind `shift` bytes of prose.
static bool is_shaped(Halves halves, size_t shift)
{
    size_t size = shift + strlen(halves.front) + strlen(halves.back);
    char *memory = malloc(size + 1);
    ck_assert_ptr_nonnull(memory);
    Buf text = buf_fixed(memory, size);
    buf_fill(&text, ' ', shift);
    buf_c(&text, halves.front);
    buf_c(&text, halves.back);
    ck_assert(!text.failed);
    bool is_found = secret_shaped(buf_view(&text));
    free(memory);
    return is_found;
}

START_TEST(credentials_are_found_wherever_they_stand)
{
    for (size_t i = 0; i < sizeof SECRETS / sizeof SECRETS[0]; i++) {
        for (size_t shift = 0; shift < 33; shift++)
            ck_assert_msg(is_shaped(SECRETS[i], shift),
                          "row %zu behind %zu bytes: %s%s", i, shift, SECRETS[i].front,
                          SECRETS[i].back);
    }
}
END_TEST

START_TEST(other_text_passes)
{
    for (size_t i = 0; i < sizeof HARMLESS / sizeof HARMLESS[0]; i++) {
        for (size_t shift = 0; shift < 33; shift++)
            ck_assert_msg(!is_shaped(HARMLESS[i], shift), "row %zu: %s%s", i,
                          HARMLESS[i].front, HARMLESS[i].back);
    }
}
END_TEST

// Every prefix in a row, with the shortest body, and with one byte less.
START_TEST(shapes_begin_at_their_least_length)
{
    static const struct {
        const char *prefix;
        size_t min;
    } ROWS[] = {
#define SECRET(prefix, alphabet, min, max, classes) {prefix, min},
#include "engine/decide/secret.def"
#undef SECRET
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char memory[256];
        bool is_capital = strcmp(ROWS[i].prefix + 1, "KIA") == 0 ||
                          strcmp(ROWS[i].prefix + 1, "SIA") == 0;
        Buf text = buf_fixed(memory, sizeof memory);
        buf_c(&text, ROWS[i].prefix);
        for (size_t k = 0; k < ROWS[i].min; k++)
            buf_char(&text, (is_capital ? "ABC7" : "aB3d")[k % 4]);
        Str whole = buf_view(&text);
        ck_assert_msg(secret_shaped(whole), "%s", ROWS[i].prefix);
        whole.len--;
        ck_assert_msg(!secret_shaped(whole), "%s", ROWS[i].prefix);
    }
}
END_TEST

// A letter of the other case or a digit makes a credential of a prefix and letters,
// wherever it stands; no other byte does.
START_TEST(one_character_tells)
{
    enum { BODY = 40 };
    for (int byte = 0; byte < 256; byte++)
        for (size_t place = 0; place < BODY; place++) {
            Halves halves = {"gh", "p_"};
            char memory[64];
            Buf text = buf_fixed(memory, sizeof memory);
            buf_c(&text, halves.front);
            buf_c(&text, halves.back);
            buf_fill(&text, 'a', BODY);
            memory[4 + place] = (char)byte;
            bool is_telling =
                (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
            ck_assert_msg(secret_shaped(buf_view(&text)) == is_telling,
                          "byte %d at %zu", byte, place);
        }
}
END_TEST

// Each would take minutes if a part were read again from every place before it.
START_TEST(hostile_repetition_takes_linear_time)
{
    static const char *const PARTS[] = {
        " ", "bearer   ",   "sk-",     "eyJ-", "eyJ.", "eyJaaaaaaaaaaaaa.",
        "-", "-----BEGIN ", "bearer ", "a",    "+",    "AKIA/"};
    static char memory[1 << 20];
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        Buf text = buf_fixed(memory, sizeof memory);
        while (text.len + strlen(PARTS[i]) <= sizeof memory)
            buf_c(&text, PARTS[i]);
        secret_shaped(buf_view(&text));
    }
}
END_TEST

UNIT_MAIN("secret", credentials_are_found_wherever_they_stand, other_text_passes,
          shapes_begin_at_their_least_length, one_character_tells,
          hostile_repetition_takes_linear_time)
