// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_shell.h"

#include "engine/base/unit.h"

// The words joined by "|"; NULL: unknown.
static const struct {
    const char *command;
    const char *words;
} ROWS[] = {
    {"", ""},
    {"  \t ", ""},
    {"ls", "ls"},
    {" ls  -l\t/tmp ", "ls|-l|/tmp"},
    {"/bin/ls", "/bin/ls"},
    {"git commit -m 'fix: a; b'", "git|commit|-m|fix: a; b"},
    {"git commit -m 'two\nlines'", "git|commit|-m|two\nlines"},
    {"git show HEAD^", "git|show|HEAD^"},
    {"git log --format=%H", "git|log|--format=%H"},
    {"echo a'b'\"c\"d", "echo|abcd"},
    {"echo '' \"\"", "echo||"},
    {"'ls' -l", "ls|-l"},
    {"l\\s", "ls"},
    {"echo a\\ b", "echo|a b"},
    {"echo \\$HOME \\; \\* \\~ \\#", "echo|$HOME|;|*|~|#"},
    {"echo '$HOME `id` \\'", "echo|$HOME `id` \\"},
    {"echo \"\\$HOME \\\" \\\\ \\` \\n\"", "echo|$HOME \" \\ ` \\n"},
    {"echo \"it's; | & > < ( * ? [ { ~ # !\"", "echo|it's; | & > < ( * ? [ { ~ # !"},
    {"echo 'h\303\251llo'", "echo|h\303\251llo"},
    {"echo a#b a~b", "echo|a#b|a~b"},
    {"env A=b cmd", "env|A=b|cmd"},
    {"'if' x", NULL},
    {"dd if=/dev/zero", "dd|if=/dev/zero"},
    {"rm -rf /", "rm|-rf|/"},
    {"\"\" x", "|x"},
    {"ls; rm -rf /", NULL},
    {"ls ;", NULL},
    {"ls & rm x", NULL},
    {"ls && rm x", NULL},
    {"ls | sh", NULL},
    {"ls || rm x", NULL},
    {"ls\nrm x", NULL},
    {"ls\rrm x", NULL},
    {"ls > /etc/passwd", NULL},
    {"cat </etc/passwd", NULL},
    {"ls 2>&1", NULL},
    {"cat <<EOF", NULL},
    {"echo $(id)", NULL},
    {"echo `id`", NULL},
    {"echo $HOME", NULL},
    {"echo ${IFS}x", NULL},
    {"cat$IFS/etc/passwd", NULL},
    {"echo \"$(id)\"", NULL},
    {"echo \"`id`\"", NULL},
    {"echo \"$HOME\"", NULL},
    {"echo $'a\\nb'", NULL},
    {"echo $\"x\"", NULL},
    {"(ls)", NULL},
    {"{ ls; }", NULL},
    {"rm *", NULL},
    {"rm a?", NULL},
    {"rm [ab]", NULL},
    {"rm {a,b}", NULL},
    {"{cat,/etc/passwd}", NULL},
    {"cat ~/x", NULL},
    {"cat ~root/x", NULL},
    {"make prefix=~/x", NULL},
    {"scp h:~/x y", NULL},
    {"ls # comment", NULL},
    {"#ls", NULL},
    {"=ls", NULL},
    {"!!", NULL},
    {"! ls", NULL},
    {"A=b cmd", NULL},
    {"PATH=/tmp:/bin ls", NULL},
    {"A+=b cmd", NULL},
    {"LD_PRELOAD=x.so ls", NULL},
    {"ls \\", NULL},
    {"ls \\\nrm", NULL},
    {"l\\\ns", NULL},
    {"echo \"a\\\nb\"", NULL},
    {"echo 'abc", NULL},
    {"echo \"abc", NULL},
    {"echo \"abc\\\"", NULL},
    {"echo a\x01", NULL},
    {"echo 'a\x1b[2J'", NULL},
    {"echo \"a\x7f\"", NULL},
    {"echo \\\x01", NULL},
    {"echo \303\251", NULL},
    {"ls\xc2\xa0-l", NULL},
    {"echo '\xff'", NULL},
    {"if true", NULL},
    {"while true", NULL},
    {"for x in y", NULL},
    {"function f", NULL},
    {"time rm x", NULL},
    {"coproc rm x", NULL},
    {"noglob rm x", NULL},
    {"- rm x", NULL},
};

static bool words_of(Str command, char *joined, size_t size)
{
    char bytes[256];
    Str items[32];
    Buf memory = buf_fixed(bytes, sizeof bytes);
    ArgList words = {items, 0, 32};
    if (!shell_words(command, &memory, &words))
        return false;
    Buf line = buf_fixed(joined, size - 1);
    for (size_t i = 0; i < words.count; i++) {
        if (i > 0)
            buf_char(&line, '|');
        buf_str(&line, words.items[i]);
    }
    joined[line.len] = '\0';
    return true;
}

START_TEST(words_are_known_when_a_shell_only_splits)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char joined[256];
        bool is_known = words_of(str_from_c(ROWS[i].command), joined, sizeof joined);
        ck_assert_msg(is_known == (ROWS[i].words != NULL), "row %zu: %s", i,
                      ROWS[i].command);
        if (is_known)
            ck_assert_str_eq(joined, ROWS[i].words);
    }
}
END_TEST

START_TEST(the_program_is_the_first_word_of_a_known_line)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char bytes[256];
        Buf memory = buf_fixed(bytes, sizeof bytes);
        Str program;
        bool is_known = shell_program(str_from_c(ROWS[i].command), &memory, &program);
        Str first = STR("");
        if (ROWS[i].words != NULL)
            first = str_cut(str_from_c(ROWS[i].words), '|').head;
        ck_assert_msg(is_known == (first.len > 0), "row %zu: %s", i, ROWS[i].command);
        if (is_known)
            ck_assert_msg(str_eq(program, first), "row %zu", i);
    }
}
END_TEST

START_TEST(a_nul_byte_is_unknown)
{
    char joined[64];
    ck_assert(!words_of(STR("ls\0-l"), joined, sizeof joined));
    ck_assert(!words_of(STR("ls '\0'"), joined, sizeof joined));
}
END_TEST

START_TEST(lists_and_memory_have_an_end)
{
    char bytes[4];
    Str items[2];
    Buf memory = buf_fixed(bytes, sizeof bytes);
    ArgList words = {items, 0, 2};
    ck_assert(shell_words(STR("aa 'bb'"), &memory, &words));
    ck_assert_uint_eq(words.count, 2);
    buf_clear(&memory);
    words.count = 0;
    ck_assert(!shell_words(STR("a b c"), &memory, &words));
    memory = buf_fixed(bytes, sizeof bytes);
    words.count = 0;
    ck_assert(!shell_words(STR("aaaaa"), &memory, &words));
    memory = buf_fixed(bytes, sizeof bytes);
    Str program;
    ck_assert(shell_program(STR("aa bb cc dd"), &memory, &program));
    ck_assert_text(program, "aa");
}
END_TEST

UNIT_MAIN("arg_shell", words_are_known_when_a_shell_only_splits,
          the_program_is_the_first_word_of_a_known_line, a_nul_byte_is_unknown,
          lists_and_memory_have_an_end)
