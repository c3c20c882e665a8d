// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json_read.h"

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

// What may come next.
enum {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END, // behind '['
    EXPECT_NAME,
    EXPECT_NAME_OR_END,  // behind '{'
    EXPECT_COMMA_OR_END, // behind a value inside an object or array
    EXPECT_NOTHING,      // behind the whole value
};

static const uint32_t SURROGATES = 0xd800;
static const uint32_t LOW_SURROGATES = 0xdc00;
static const uint32_t PAST_SURROGATES = 0xe000;

JsonReader json_reader(Str text)
{
    return (JsonReader){.text = text, .expected = EXPECT_VALUE};
}

static Status fail(JsonReader *reader, size_t offset, const char *message)
{
    reader->error = (JsonError){offset, message};
    return STATUS_MALFORMED;
}

// Refuses the next byte, or the end of the text.
static Status fail_here(JsonReader *reader, const char *message)
{
    if (reader->at == reader->text.len)
        message = "the text ends too early";
    return fail(reader, reader->at, message);
}

// The next byte; NUL, which no rule accepts, at the end.
static char peek(const JsonReader *reader)
{
    return reader->at < reader->text.len ? reader->text.at[reader->at] : '\0';
}

static bool take(JsonReader *reader, char c)
{
    if (c != peek(reader))
        return false;
    reader->at++;
    return true;
}

static void skip_space(JsonReader *reader)
{
    while (take(reader, ' ') || take(reader, '\n') || take(reader, '\t') ||
           take(reader, '\r'))
        continue;
}

static bool is_in_object(const JsonReader *reader)
{
    return reader->depth > 0 && (reader->object_bits >> (reader->depth - 1) & 1) != 0;
}

// The token is what stands from `from` up to the next byte.
static void set_token(JsonReader *reader, size_t from)
{
    reader->token = str_slice(reader->text, from, reader->at);
}

// ---- strings ----

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The number of the four hexadecimal digits at the front; false if they are not there.
static bool take_hex4(Str *rest, uint32_t *out)
{
    uint32_t number = 0;
    if (rest->len < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        int value = hex_value(rest->at[i]);
        if (value < 0)
            return false;
        number = number << 4 | (uint32_t)value;
    }
    *rest = str_slice(*rest, 4, rest->len);
    *out = number;
    return true;
}

// Takes what follows "\u": one code point, from one escape or, as a pair of surrogates,
// from two. What is wrong with it, or NULL.
static const char *take_unicode_escape(Str *rest, uint32_t *point)
{
    static const char lone[] = "a surrogate stands alone";
    uint32_t unit = 0;
    uint32_t second = 0;
    if (!take_hex4(rest, &unit))
        return "four hexadecimal digits must follow '\\u'";
    if (unit == 0)
        return "U+0000 is not allowed in a string";
    *point = unit;
    if (unit < SURROGATES || unit >= PAST_SURROGATES)
        return NULL;
    if (unit >= LOW_SURROGATES || !str_take(rest, '\\') || !str_take(rest, 'u') ||
        !take_hex4(rest, &second))
        return lone;
    if (second < LOW_SURROGATES || second >= PAST_SURROGATES)
        return lone;
    *point = 0x10000 + ((unit - SURROGATES) << 10) + (second - LOW_SURROGATES);
    return NULL;
}

// Takes an escape, its '\' included. What is wrong with it, or NULL.
static const char *take_escape(Str *rest, uint32_t *point)
{
    static const struct {
        char letter;
        char meaning;
    } escapes[] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                   {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};
    if (!str_take(rest, '\\'))
        return "expected '\\'";
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if (str_take(rest, escapes[i].letter)) {
            *point = (uint32_t)escapes[i].meaning;
            return NULL;
        }
    }
    if (!str_take(rest, 'u'))
        return "unknown escape in a string";
    return take_unicode_escape(rest, point);
}

// Takes one character of a string, escaped or not. What is wrong with it, or NULL.
static const char *take_character(Str *rest)
{
    uint32_t point = 0;
    if (rest->len == 0)
        return "the string has no end";
    if (rest->at[0] == '\\')
        return take_escape(rest, &point);
    if ((unsigned char)rest->at[0] < ' ')
        return "a control character in a string must be escaped";
    return utf8_next(rest, &point) ? NULL : "the text is not UTF-8";
}

// Reads from a '"' to the one that ends the string; the token is what lies between.
static Status read_string(JsonReader *reader)
{
    size_t from = ++reader->at;
    Str rest = str_slice(reader->text, from, reader->text.len);
    while (rest.len == 0 || rest.at[0] != '"') {
        reader->at = reader->text.len - rest.len;
        const char *wrong = take_character(&rest);
        if (wrong != NULL)
            return fail(reader, reader->at, wrong);
    }
    reader->at = reader->text.len - rest.len;
    set_token(reader, from);
    reader->at++;
    return STATUS_OK;
}

// ---- numbers and words ----

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static Status read_digits(JsonReader *reader)
{
    if (!is_digit(peek(reader)))
        return fail_here(reader, "expected a digit");
    while (is_digit(peek(reader)))
        reader->at++;
    return STATUS_OK;
}

// RFC 8259 §6.
static Status read_number(JsonReader *reader)
{
    size_t from = reader->at;
    (void)take(reader, '-');
    if (!take(reader, '0'))
        TRY(read_digits(reader));
    else if (is_digit(peek(reader)))
        return fail_here(reader, "a number has no leading zeros");
    if (take(reader, '.'))
        TRY(read_digits(reader));
    if (take(reader, 'e') || take(reader, 'E')) {
        if (!take(reader, '+'))
            (void)take(reader, '-');
        TRY(read_digits(reader));
    }
    set_token(reader, from);
    return STATUS_OK;
}

static Status read_word(JsonReader *reader, JsonEvent *event)
{
    static const struct {
        Str word;
        JsonEvent event;
    } words[] = {
        {{"true", 4}, JSON_EVENT_TRUE},
        {{"false", 5}, JSON_EVENT_FALSE},
        {{"null", 4}, JSON_EVENT_NULL},
    };
    size_t from = reader->at;
    Str rest = str_slice(reader->text, from, reader->text.len);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!str_starts(rest, words[i].word))
            continue;
        reader->at += words[i].word.len;
        set_token(reader, from);
        *event = words[i].event;
        return STATUS_OK;
    }
    return fail_here(reader, "expected a value");
}

// ---- structure ----

static void value_is_over(JsonReader *reader)
{
    reader->expected = reader->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA_OR_END;
}

static Status begin_level(JsonReader *reader, bool is_object)
{
    if (reader->depth == JSON_DEPTH_MAX) {
        (void)fail(reader, reader->at, "nested too deep");
        return STATUS_LIMIT;
    }
    uint64_t bit = (uint64_t)1 << reader->depth++;
    if (is_object)
        reader->object_bits |= bit;
    else
        reader->object_bits &= ~bit;
    reader->expected = is_object ? EXPECT_NAME_OR_END : EXPECT_VALUE_OR_END;
    reader->at++;
    set_token(reader, reader->offset);
    return STATUS_OK;
}

static Status end_level(JsonReader *reader, JsonEvent *event)
{
    *event = is_in_object(reader) ? JSON_EVENT_OBJECT_END : JSON_EVENT_ARRAY_END;
    reader->depth--;
    reader->at++;
    set_token(reader, reader->offset);
    value_is_over(reader);
    return STATUS_OK;
}

static Status read_name(JsonReader *reader, JsonEvent *event)
{
    if (peek(reader) != '"')
        return fail_here(reader, "expected a name in double quotes");
    TRY(read_string(reader));
    skip_space(reader);
    if (!take(reader, ':'))
        return fail_here(reader, "expected ':'");
    reader->expected = EXPECT_VALUE;
    *event = JSON_EVENT_NAME;
    return STATUS_OK;
}

static Status read_value(JsonReader *reader, JsonEvent *event)
{
    char c = peek(reader);
    if (c == '{' || c == '[') {
        *event = c == '{' ? JSON_EVENT_OBJECT : JSON_EVENT_ARRAY;
        return begin_level(reader, c == '{');
    }
    if (c == '"') {
        *event = JSON_EVENT_STRING;
        TRY(read_string(reader));
    } else if (c == '-' || is_digit(c)) {
        *event = JSON_EVENT_NUMBER;
        TRY(read_number(reader));
    } else {
        TRY(read_word(reader, event));
    }
    value_is_over(reader);
    return STATUS_OK;
}

// Behind a value: takes the comma, if it is one, and the space after it.
static Status read_comma(JsonReader *reader)
{
    if (!take(reader, ','))
        return fail_here(reader, is_in_object(reader) ? "expected ',' or '}'"
                                                      : "expected ',' or ']'");
    reader->expected = is_in_object(reader) ? EXPECT_NAME : EXPECT_VALUE;
    skip_space(reader);
    reader->offset = reader->at;
    return STATUS_OK;
}

Status json_next(JsonReader *reader, JsonEvent *event)
{
    skip_space(reader);
    reader->offset = reader->at;
    bool may_end = reader->expected == EXPECT_VALUE_OR_END ||
                   reader->expected == EXPECT_NAME_OR_END ||
                   reader->expected == EXPECT_COMMA_OR_END;
    if (may_end && peek(reader) == (is_in_object(reader) ? '}' : ']'))
        return end_level(reader, event);
    if (reader->expected == EXPECT_COMMA_OR_END)
        TRY(read_comma(reader));
    if (reader->expected == EXPECT_NAME || reader->expected == EXPECT_NAME_OR_END)
        return read_name(reader, event);
    if (reader->expected != EXPECT_NOTHING)
        return read_value(reader, event);
    if (reader->at < reader->text.len)
        return fail(reader, reader->at, "something follows the value");
    *event = JSON_EVENT_END;
    return STATUS_OK;
}

Status json_unescape(Arena *arena, Str token, Str *out)
{
    if (!str_contains(token, STR("\\"))) {
        *out = token;
        return STATUS_OK;
    }
    // No escape is shorter than what it stands for.
    char *memory = arena_try(arena, token.len);
    ENSURE(memory != NULL, STATUS_LIMIT);
    Buf text = buf_fixed(memory, token.len);
    while (token.len > 0) {
        uint32_t point = 0;
        if (token.at[0] != '\\') {
            buf_char(&text, token.at[0]);
            token = str_slice(token, 1, token.len);
            continue;
        }
        ENSURE(take_escape(&token, &point) == NULL, STATUS_MALFORMED);
        utf8_encode(&text, point);
    }
    *out = buf_view(&text);
    return STATUS_OK;
}
