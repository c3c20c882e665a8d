// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/parser.h"

#include "engine/base/buf.h"

// Tokens that are no keywords, in words. The first line of a group stands for it.
typedef struct TokenWords {
    uint8_t token;
    const char *words;
} TokenWords;

static const TokenWords token_words[] = {
    {TK_EOF, "the end of the file"},
    {TK_NAME, "a name"},
    {TK_STRING, "a string"},
    {TK_TAG, "a tag such as `@payment`"},
    {TK_INT, "a number"},
    {TK_DECIMAL, "a number"},
    {TK_DURATION, "a duration"},
    {TK_ADDRESS, "an address"},
    {TK_NETWORK, "a network"},
    {TK_LPAREN, "`(`"},
    {TK_RPAREN, "`)`"},
    {TK_LBRACE, "`{`"},
    {TK_RBRACE, "`}`"},
    {TK_LBRACKET, "`[`"},
    {TK_RBRACKET, "`]`"},
    {TK_COMMA, "`,`"},
    {TK_DOT, "`.`"},
    {TK_COLON, "`:`"},
    {TK_QUESTION, "`?`"},
    {TK_ASSIGN, "`=`"},
    {TK_LT, "`<`"},
    {TK_GT, "`>`"},
};

static const char *words_of_token(unsigned token)
{
    for (size_t i = 0; i < sizeof token_words / sizeof token_words[0]; i++) {
        if (token_words[i].token == token)
            return token_words[i].words;
    }
    return NULL;
}

Str token_describe(const Parser *parser, Token token)
{
    if (token.kind == TK_EOF)
        return STR("the end of the file");
    Str text = token_text(parser->source, token);
    if (text.len > 40)
        return str_from_c(words_of_token(token.kind));
    return arena_format(parser->arena, "`%.*s`", STR_ARG(text));
}

// ---- what is expected ----

enum { MAX_PHRASES = 5 };

typedef struct Phrases {
    Str items[MAX_PHRASES];
    unsigned count;
} Phrases;

static void phrases_add(Phrases *phrases, Str phrase)
{
    for (unsigned i = 0; i < phrases->count; i++) {
        if (str_eq(phrases->items[i], phrase))
            return;
    }
    if (phrases->count < MAX_PHRASES)
        phrases->items[phrases->count++] = phrase;
}

// How many different keywords with one of these places would be taken.
static unsigned count_keywords(const Parser *parser, unsigned where)
{
    unsigned count = 0;
    for (size_t i = 0; keyword_at(i) != NULL; i++) {
        const Keyword *row = keyword_at(i);
        count +=
            (row->where & where) != 0 && machine_accepts(parser->machine, row->token);
    }
    return count;
}

// Each keyword that would be taken, those of expressions or the others.
static void add_words(const Parser *parser, Phrases *phrases, bool is_of_expression)
{
    for (size_t i = 0; keyword_at(i) != NULL; i++) {
        const Keyword *row = keyword_at(i);
        bool is_wanted = ((row->where & IN_EXPRESSION) != 0) == is_of_expression &&
                         row->token != TK_APPROVED;
        if (is_wanted && machine_accepts(parser->machine, row->token))
            phrases_add(phrases, arena_format(parser->arena, "`%s`", row->text));
    }
}

// Keywords: by what they begin where there are many, else each.
static void add_keywords(const Parser *parser, Phrases *phrases)
{
    static const struct {
        unsigned where;
        const char *words;
    } groups[] = {
        {IN_TEST, "a step"},
        {IN_FILE, "a declaration"},
        {IN_TOKEN, "a token item such as `ttl`"},
        {IN_BLOCK, "a clause"},
    };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (count_keywords(parser, groups[i].where) > 8 ||
            (groups[i].where == IN_BLOCK && count_keywords(parser, IN_BLOCK) > 4)) {
            phrases_add(phrases, str_from_c(groups[i].words));
            return;
        }
    }
    add_words(parser, phrases, false);
}

static bool begins_expression(unsigned token)
{
    switch (token) {
    case TK_NAME:
    case TK_STRING:
    case TK_INT:
    case TK_DECIMAL:
    case TK_DURATION:
    case TK_ADDRESS:
    case TK_NETWORK:
    case TK_LPAREN:
    case TK_LBRACE:
    case TK_LBRACKET:
    case TK_DOT:
        return true;
    default:
        return false; // tokens are lemon's numbers, not one of our enums
    }
}

static bool continues_expression(unsigned token)
{
    return token == TK_LT || token == TK_GT || token == TK_DOT || token == TK_LPAREN ||
           token == TK_LBRACKET;
}

static void add_tokens(const Parser *parser, Phrases *phrases, bool is_expression,
                       bool is_operand_over)
{
    bool is_type = machine_accepts(parser->machine, TK_ENUM);
    for (size_t i = 0; i < sizeof token_words / sizeof token_words[0]; i++) {
        unsigned token = token_words[i].token;
        if (!machine_accepts(parser->machine, token))
            continue;
        bool is_covered = (is_expression && begins_expression(token)) ||
                          (is_type && (token == TK_NAME || token == TK_LBRACE)) ||
                          (is_operand_over && continues_expression(token));
        if (!is_covered)
            phrases_add(phrases, str_from_c(token_words[i].words));
    }
}

Str expect_describe(const Parser *parser)
{
    Phrases phrases = {.count = 0};
    bool is_expression = machine_accepts(parser->machine, TK_FALSE);
    // Where an operator could follow, naming what may follow instead is enough.
    bool is_operand_over = machine_accepts(parser->machine, TK_EQ);
    if (is_expression)
        phrases_add(&phrases, STR("an expression"));
    if (is_operand_over)
        phrases_add(&phrases, STR("an operator"));
    if (machine_accepts(parser->machine, TK_ENUM))
        phrases_add(&phrases, STR("a type"));
    else
        add_keywords(parser, &phrases);
    add_tokens(parser, &phrases, is_expression, is_operand_over);
    if (phrases.count == 0)
        add_words(parser, &phrases, true);
    Buf out = buf_on(parser->arena);
    for (unsigned i = 0; i < phrases.count; i++) {
        if (i > 0)
            buf_c(&out, i + 1 == phrases.count ? " or " : ", ");
        buf_str(&out, phrases.items[i]);
    }
    return buf_view(&out);
}
