// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_shell.h"

#include <string.h>

#include "engine/base/utf8.h"
#include "engine/vm/arg_char.h"

// XCU §2.4, and what bash and zsh add; without those that hold a special character.
static const Str RESERVED[] = {
    {"case", 4},   {"do", 2},     {"done", 4},  {"elif", 4},    {"else", 4},
    {"esac", 4},   {"fi", 2},     {"for", 3},   {"if", 2},      {"in", 2},
    {"then", 4},   {"until", 5},  {"while", 5}, {"coproc", 6},  {"function", 8},
    {"select", 6}, {"time", 4},   {"end", 3},   {"foreach", 7}, {"nocorrect", 9},
    {"noglob", 6}, {"repeat", 6}, {"-", 1}};

// The command line on its way: what is left of it, and the word being built.
typedef struct Shell {
    Str rest;
    Buf *memory;
    char before; // the unquoted byte before, 0 at the start of a word
} Shell;

static char shell_take(Shell *shell)
{
    char c = shell->rest.at[0];
    shell->rest = str_slice(shell->rest, 1, shell->rest.len);
    return c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

// What may stand in quotes for itself.
static bool is_quotable(char c)
{
    return !char_is_control(c) || c == '\t' || c == '\n';
}

// XCU §2.2.2, past the opening quote.
static bool take_single_quoted(Shell *shell)
{
    while (shell->rest.len > 0) {
        char c = shell_take(shell);
        if (c == '\'')
            return true;
        if (!is_quotable(c))
            return false;
        buf_char(shell->memory, c);
    }
    return false;
}

// XCU §2.2.3, past the opening quote. A backslash counts only before $ ` " \ and
// newline.
static bool take_double_quoted(Shell *shell)
{
    while (shell->rest.len > 0) {
        char c = shell_take(shell);
        if (c == '"')
            return true;
        if (c == '$' || c == '`' || !is_quotable(c))
            return false;
        if (c == '\\' && shell->rest.len > 0) {
            char next = shell->rest.at[0];
            if (next == '\n')
                return false;
            if (next == '$' || next == '`' || next == '"' || next == '\\')
                c = shell_take(shell);
        }
        buf_char(shell->memory, c);
    }
    return false;
}

// XCU §2.2.1, past the backslash.
static bool take_escaped(Shell *shell)
{
    if (shell->rest.len == 0)
        return false;
    char c = shell_take(shell);
    if (c != ' ' && !char_is_visible(c))
        return false;
    buf_char(shell->memory, c);
    return true;
}

// A byte outside quotes that means itself where it stands.
static bool is_plain(char c, char before)
{
    if (!char_is_visible(c) || memchr(";&|<>()$`*?[]{}!", c, 16) != NULL)
        return false;
    if (c == '#' || c == '=')
        return before != 0;
    return c != '~' || (before != 0 && before != '=' && before != ':');
}

static bool take_part(Shell *shell)
{
    char c = shell_take(shell);
    char before = shell->before;
    shell->before = c;
    switch (c) {
    case '\'':
        return take_single_quoted(shell);
    case '"':
        return take_double_quoted(shell);
    case '\\':
        return take_escaped(shell);
    }
    if (!is_plain(c, before))
        return false;
    buf_char(shell->memory, c);
    return true;
}

static void skip_blanks(Shell *shell)
{
    while (shell->rest.len > 0 && is_blank(shell->rest.at[0]))
        shell_take(shell);
}

// Takes one word; there is one. False: unknown.
static bool take_word(Shell *shell, Str *word)
{
    size_t start = shell->memory->len;
    shell->before = 0;
    while (shell->rest.len > 0 && !is_blank(shell->rest.at[0])) {
        if (!take_part(shell))
            return false;
    }
    if (shell->memory->failed)
        return false;
    *word = (Str){shell->memory->at + start, shell->memory->len - start};
    return true;
}

static bool is_reserved(Str word)
{
    for (size_t i = 0; i < sizeof RESERVED / sizeof RESERVED[0]; i++) {
        if (str_eq(word, RESERVED[i]))
            return true;
    }
    return false;
}

// XCU §2.10.2 rule 7, generously: a name, then "=" or "+=".
static bool is_assignment(Str word)
{
    size_t i = 0;
    while (i < word.len && char_is_word(word.at[i]))
        i++;
    if (i < word.len && word.at[i] == '+')
        i++;
    return i > 0 && i < word.len && word.at[i] == '=';
}

bool shell_words(Str command, Buf *memory, ArgList *out)
{
    Shell shell = {command, memory, 0};
    size_t first = out->count;
    if (!utf8_is_valid(command))
        return false;
    for (skip_blanks(&shell); shell.rest.len > 0; skip_blanks(&shell)) {
        Str word;
        if (!take_word(&shell, &word))
            return false;
        if (out->count == first && (is_reserved(word) || is_assignment(word)))
            return false;
        if (!arg_list_add(out, word))
            return false;
    }
    return true;
}

bool shell_program(Str command, Buf *memory, Str *out)
{
    Shell shell = {command, memory, 0};
    Str program = STR("");
    if (!utf8_is_valid(command))
        return false;
    skip_blanks(&shell);
    if (shell.rest.len == 0 || !take_word(&shell, &program) || program.len == 0 ||
        is_reserved(program) || is_assignment(program))
        return false;
    size_t end = memory->len;
    for (skip_blanks(&shell); shell.rest.len > 0; skip_blanks(&shell)) {
        Str word;
        if (!take_word(&shell, &word))
            return false;
        memory->len = end; // the other words aren't kept
    }
    *out = program;
    return true;
}
