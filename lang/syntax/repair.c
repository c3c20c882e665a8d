// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/parser.h"

#include "engine/base/bug.h"

// Words of other languages, and what is written here.
typedef struct Foreign {
    const char *word;
    uint8_t token;
    const char *ours;
} Foreign;

static const Foreign foreign_words[] = {
    {"deny", TK_FORBID, "forbid"},
    {"allow", TK_PERMIT, "permit"},
    {"block", TK_FORBID, "forbid"},
    {"grant", TK_PERMIT, "permit"},
    {"rule", TK_PERMIT, "permit"},
    {"restrict", TK_LIMIT, "limit"},
    {"if", TK_WHEN, "when"},
    {"where", TK_WHEN, "when"},
    {"provided", TK_WHEN, "when"},
    {"except", TK_UNLESS, "unless"},
    {"requires", TK_REQUIRE, "require"},
    {"needs", TK_REQUIRE, "require"},
    {"reason", TK_BECAUSE, "because"},
    {"function", TK_DEF, "def"},
    {"func", TK_DEF, "def"},
    {"fn", TK_DEF, "def"},
    {"var", TK_CONST, "const"},
    {"let", TK_CONST, "const"},
    {"url", TK_URI, "uri"},
    {"lifetime", TK_TTL, "ttl"},
    {"is", TK_EQ, "=="},
    {"equals", TK_EQ, "=="},
    {"matches", TK_LIKE, "like"},
    {"default", TK_ELSE, "else"},
    {"assert", TK_EXPECT, "expect"},
    {"use", TK_IMPORT, "import"},
    {"by", TK_FROM, "from"},
    {"exists", TK_HAS, "has"},
    {"attestation", TK_ATTESTED, "attested"},
    {"role", TK_GROUP, "group"},
    {"server", TK_AUDIENCE, "audience"},
};

static Str quoted(Parser *parser, const char *title, Str text)
{
    return arena_format(parser->arena, "%s `%.*s`", title, STR_ARG(text));
}

// The author wrote the next token, the grammar wants another in its place: says so and
// goes on with the other.
static void replace(Parser *parser, Diag *diag, unsigned kind, Str ours)
{
    Token token = parser_take(parser);
    diag_fix(diag, token.span, ours, quoted(parser, "write", ours));
    token.kind = (uint8_t)kind;
    parser_feed(parser, token);
}

// ---- mistakes with one token ----

static unsigned closer_of(unsigned opener)
{
    if (opener == TK_LPAREN)
        return TK_RPAREN;
    return opener == TK_LBRACE ? TK_RBRACE : TK_RBRACKET;
}

static bool mend_operator(Parser *parser, Token token)
{
    if (token.kind == TK_ASSIGN && machine_accepts(parser->machine, TK_EQ)) {
        Diag *diag = diag_report(parser->diags, DIAG_SYNTAX_ASSIGN, token.span);
        replace(parser, diag, TK_EQ, STR("=="));
        return true;
    }
    unsigned wanted = token.kind == TK_EQ ? TK_ASSIGN : TK_COLON;
    bool is_swapped =
        (token.kind == TK_EQ || token.kind == TK_ASSIGN) &&
        machine_accepts_two(parser->machine, wanted, parser_peek(parser, 1).kind);
    if (!is_swapped)
        return false;
    Str ours = wanted == TK_ASSIGN ? STR("`=`") : STR("`:`");
    Diag *diag = diag_report2(parser->diags, DIAG_SYNTAX_EXPECTED, token.span, ours,
                              token_describe(parser, token));
    replace(parser, diag, wanted, str_slice(ours, 1, 2));
    return true;
}

static bool may_be_name(Token token)
{
    return token.keyword != 0 &&
           (keyword_at(token.keyword - 1u)->where & IN_EXPRESSION) == 0;
}

static const Foreign *foreign_find(const Parser *parser, Str word)
{
    for (size_t i = 0; i < sizeof foreign_words / sizeof foreign_words[0]; i++) {
        const Foreign *row = &foreign_words[i];
        if (str_eq_nocase(word, str_from_c(row->word)) &&
            machine_accepts(parser->machine, row->token))
            return row;
    }
    return NULL;
}

// The keyword that fits here and is nearest to the word; NULL if none is near. A
// keyword that fits elsewhere is rarely misspelt: `tool` for `tools`, but not more.
static const Keyword *nearest_keyword(const Parser *parser, Str word)
{
    Nearest nearest = nearest_start(word);
    for (size_t i = 0; keyword_at(i) != NULL; i++) {
        const Keyword *row = keyword_at(i);
        if (machine_accepts(parser->machine, row->token))
            nearest_offer(&nearest, (Str){row->text, row->len});
    }
    // Of a short word, two changed letters leave too little, and `hasnt` is not `has`.
    bool is_opposite = str_starts(word, nearest.best) && str_ends(word, STR("nt"));
    bool is_near = nearest.best.len > 0 && nearest.distance * 2 <= word.len &&
                   !is_opposite &&
                   (keyword_find(word) == NULL || nearest.distance == 1);
    return is_near ? keyword_find(nearest.best) : NULL;
}

static bool mend_word(Parser *parser, Token token)
{
    if (token.kind != TK_NAME && !may_be_name(token))
        return false;
    Str word = token_text(parser->source, token);
    const Foreign *foreign = foreign_find(parser, word);
    const Keyword *keyword = foreign == NULL ? nearest_keyword(parser, word) : NULL;
    if (foreign == NULL && keyword == NULL)
        return false;
    Str ours = str_from_c(foreign != NULL ? foreign->ours : keyword->text);
    Diag *diag = diag_report1(parser->diags, DIAG_SYNTAX_WORD, token.span, word);
    diag_help(diag, arena_format(parser->arena, "did you mean `%.*s`?", STR_ARG(ours)));
    replace(parser, diag, foreign != NULL ? foreign->token : keyword->token, ours);
    return true;
}

// A name fits, but not what follows it, and a keyword near it would fit with that.
bool repair_sees_misspelling(Parser *parser)
{
    Token token = parser_peek(parser, 0);
    Token next = parser_peek(parser, 1);
    bool is_word = next.keyword != 0 && (next.flags & TOKEN_FIRST_ON_LINE) == 0;
    if (token.kind != TK_NAME || (!is_word && !token_begins_operand(next.kind)))
        return false;
    bool may_follow =
        machine_accepts_two(parser->machine, TK_NAME, next.kind) ||
        (is_word && machine_accepts_two(parser->machine, TK_NAME, TK_NAME));
    if (may_follow || !machine_accepts(parser->machine, TK_NAME))
        return false;
    Str word = token_text(parser->source, token);
    const Foreign *foreign = foreign_find(parser, word);
    const Keyword *keyword = foreign == NULL ? nearest_keyword(parser, word) : NULL;
    if (foreign == NULL && keyword == NULL)
        return false;
    unsigned meant = foreign != NULL ? foreign->token : keyword->token;
    return machine_accepts_two(parser->machine, meant, next.kind) ||
           (is_word && machine_accepts_two(parser->machine, meant, TK_NAME));
}

// True if the tokens from `distance` on would fit, the first two that is, each as a
// keyword or as a name; after a token of kind `made`, if that is not TK_EOF.
static bool would_fit(Parser *parser, unsigned made, unsigned distance)
{
    Token first = parser_peek(parser, distance);
    Token second = parser_peek(parser, distance + 1);
    unsigned kinds[3];
    unsigned count = 0;
    if (made != TK_EOF)
        kinds[count++] = made;
    for (unsigned names = 0; names < 4; names++) {
        bool is_choice = ((names & 1) == 0 || may_be_name(first)) &&
                         ((names & 2) == 0 || may_be_name(second));
        kinds[count] = (names & 1) != 0 ? TK_NAME : first.kind;
        kinds[count + 1] = (names & 2) != 0 ? TK_NAME : second.kind;
        unsigned length = first.kind == TK_EOF ? count + 1 : count + 2;
        if (is_choice && machine_accepts_all(parser->machine, kinds, length))
            return true;
    }
    return false;
}

// Whether a list can go on at the beginning of a line.
static bool goes_on(Parser *parser, Token token)
{
    unsigned after = parser_peek(parser, 1).kind;
    return (token.flags & TOKEN_FIRST_ON_LINE) == 0 || after == TK_COMMA ||
           after == TK_DOT || token.kind == TK_TAG || token.kind == TK_STRING ||
           token.kind == TK_LBRACE;
}

// A block may begin on the next line; a brace or parenthesis in an expression is never
// the one that was forgotten.
static bool is_mark_place(Parser *parser, unsigned mark, Token token)
{
    bool is_expression = machine_accepts(parser->machine, TK_FALSE) ||
                         machine_accepts(parser->machine, TK_EQ);
    if ((mark == TK_LBRACE || mark == TK_LPAREN) && is_expression)
        return false;
    return mark == TK_LBRACE || goes_on(parser, token);
}

// A mark is missing without which nothing here fits.
static bool mend_missing(Parser *parser, Token token)
{
    static const struct {
        uint8_t kind;
        const char *text;
        const char *fix;
    } marks[] = {
        {TK_COMMA, ",", ","},   {TK_COLON, ":", ":"},  {TK_ASSIGN, "=", " ="},
        {TK_LBRACE, "{", " {"}, {TK_LPAREN, "(", "("},
    };
    // Two marks in a row would be guessing.
    if (parser->last.span.start == parser->last.span.end)
        return false;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        bool is_place = is_mark_place(parser, marks[i].kind, token);
        if (!is_place || !would_fit(parser, marks[i].kind, 0))
            continue;
        Token mark = parser_made(parser, marks[i].kind);
        Str text = str_from_c(marks[i].text);
        Diag *diag = diag_report1(parser->diags, DIAG_SYNTAX_MISSING, token.span, text);
        diag_fix(diag, mark.span, str_from_c(marks[i].fix),
                 quoted(parser, "write", text));
        parser_feed(parser, mark);
        return true;
    }
    return false;
}

// A closing bracket that something waits for is not too much.
static bool is_awaited(const Parser *parser, unsigned kind)
{
    return parser->bracket_count > 0 &&
           closer_of(parser->brackets[parser->bracket_count - 1].kind) == kind;
}

// A punctuation mark is too much: what follows would fit without it.
static bool mend_extra(Parser *parser, Token token)
{
    switch (token.kind) {
    case TK_COMMA:
    case TK_COLON:
    case TK_ASSIGN:
    case TK_RPAREN:
    case TK_RBRACKET:
    case TK_RBRACE:
        break;
    default:
        return false; // tokens are lemon's numbers, not one of our enums
    }
    if (is_awaited(parser, token.kind) || !would_fit(parser, TK_EOF, 1))
        return false;
    Str text = token_text(parser->source, token);
    Diag *diag = diag_report1(parser->diags, DIAG_SYNTAX_EXTRA, token.span, text);
    diag_fix(diag, token.span, STR(""), quoted(parser, "remove", text));
    parser_take(parser);
    return true;
}

// ---- brackets that are never closed ----

static Str bracket_text(unsigned kind)
{
    switch (kind) {
    case TK_LPAREN:
        return STR("(");
    case TK_RPAREN:
        return STR(")");
    case TK_LBRACE:
        return STR("{");
    case TK_RBRACE:
        return STR("}");
    case TK_LBRACKET:
        return STR("[");
    default:
        return STR("]"); // tokens are lemon's numbers, not one of our enums
    }
}

// Closes the innermost bracket as if the author had, with a message unless one is out.
static void close_bracket(Parser *parser, Token found)
{
    Bracket bracket = parser->brackets[parser->bracket_count - 1];
    unsigned closer = closer_of(bracket.kind);
    bool is_made = bracket.span.start == bracket.span.end;
    if (!parser->is_quiet && !is_made) {
        Str text = bracket_text(closer);
        Diag *diag = diag_report1(parser->diags, DIAG_SYNTAX_UNCLOSED, bracket.span,
                                  bracket_text(bracket.kind));
        Span place = parser_made(parser, closer).span;
        diag_label(diag, found.kind == TK_EOF ? place : found.span,
                   arena_format(parser->arena, "`%.*s` is expected before this",
                                STR_ARG(text)));
        Str written = bracket.is_block ? STR("\n}") : text;
        diag_fix(diag, place, written, quoted(parser, "write", text));
    }
    parser_feed(parser, parser_made(parser, closer));
}

static bool mend_unclosed(Parser *parser, Token token)
{
    if (parser->bracket_count == 0)
        return false;
    Bracket bracket = parser->brackets[parser->bracket_count - 1];
    unsigned closer = closer_of(bracket.kind);
    bool is_place = token.kind == TK_EOF || token.kind == TK_RBRACE ||
                    token.kind == TK_RPAREN || token.kind == TK_RBRACKET ||
                    (token.flags & TOKEN_FIRST_ON_LINE) != 0 || !bracket.is_block;
    if (!is_place || !machine_accepts(parser->machine, closer))
        return false;
    // At the end, or where a declaration begins, everything that is open ends.
    bool ends_all = token.kind == TK_EOF || (token.flags & TOKEN_AT_MARGIN) != 0;
    if (!ends_all && !machine_accepts_two(parser->machine, closer, token.kind))
        return false;
    close_bracket(parser, token);
    return true;
}

bool repair_sees_idle_comma(Parser *parser)
{
    if (parser_peek(parser, 0).kind != TK_COMMA)
        return false;
    Token next = parser_peek(parser, 1);
    if ((next.flags & TOKEN_AFTER_JUNK) != 0)
        return false;
    if (next.kind == TK_RPAREN || next.kind == TK_RBRACE || next.kind == TK_RBRACKET)
        return machine_accepts(parser->machine, next.kind);
    unsigned after = parser_peek(parser, 2).kind;
    return next.keyword != 0 && (next.flags & TOKEN_FIRST_ON_LINE) != 0 &&
           after != TK_DOT && after != TK_COMMA && after != TK_COLON &&
           machine_accepts(parser->machine, next.kind);
}

bool repair_sees_declaration(Parser *parser)
{
    Token token = parser_peek(parser, 0);
    bool is_candidate = token.keyword != 0 && (token.flags & TOKEN_AT_MARGIN) != 0 &&
                        parser->bracket_count > 0 &&
                        parser->brackets[parser->bracket_count - 1].is_block;
    if (!is_candidate)
        return false;
    switch (token.kind) {
    case TK_AGENT:
    case TK_GATEWAY:
    case TK_AUDIENCE:
    case TK_INTENT:
        break;
    default:
        return false; // others are no clauses too
    }
    if (parser_peek(parser, 1).kind != TK_NAME)
        return false;
    unsigned third = parser_peek(parser, 2).kind;
    return third == TK_LBRACE || third == TK_LPAREN || third == TK_FROM;
}

// ---- everything else ----

// Words and marks that other languages would have here.
static const char *hint_for(Str text)
{
    static const struct {
        const char *text;
        const char *help;
    } hints[] = {
        {"null", "an absent value is tested with `has`"},
        {"between", "write `a <= x and x <= b`"},
        {"contains", "write `\"a\" in list`, or `text.contains(text, \"a\")`"},
        {"second", "durations are written 30s, 15m, 24h or 14d"},
        {"seconds", "durations are written 30s, 15m, 24h or 14d"},
        {"minute", "durations are written 30s, 15m, 24h or 14d"},
        {"minutes", "durations are written 30s, 15m, 24h or 14d"},
        {"hour", "durations are written 30s, 15m, 24h or 14d"},
        {"hours", "durations are written 30s, 15m, 24h or 14d"},
        {"days", "durations are written 30s, 15m, 24h or 14d"},
        {"[", "lists stand without brackets; a set is written `{\"a\", \"b\"}`"},
        {"max", "a budget is written `at most 3 per task`"},
        {"message", "a reason is written `because \"...\"`"},
    };
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (str_eq(text, str_from_c(hints[i].text)))
            return hints[i].help;
    return NULL;
}

// Marks that other languages have in types.
static const char *hint_in_type(const Parser *parser, Token token)
{
    bool is_type = machine_accepts(parser->machine, TK_ENUM);
    bool is_behind = machine_accepts(parser->machine, TK_QUESTION);
    if (token.kind == TK_LBRACKET && (is_type || is_behind))
        return "a list is written `list<string>`";
    if (token.kind == TK_ASSIGN && is_behind)
        return "there are no defaults; what may be left out is `string?`";
    if (token.kind == TK_QUESTION && machine_accepts(parser->machine, TK_COLON))
        return "the mark stands behind the type: `name: string?`";
    if (token.kind == TK_QUESTION)
        return "what may be absent is tested with `has`";
    return NULL;
}

// How what is remembered between calls is written.
static const char *hint_of_memory(const Parser *parser, Token token)
{
    const Machine *machine = parser->machine;
    Str text = token_text(parser->source, token);
    bool is_time = str_eq(text, STR("within")) || str_eq(text, STR("for"));
    if (is_time && machine_accepts(machine, TK_LAST))
        return "how far back it looks is `last 24h`, of a user's or agent's calls";
    if (is_time && machine_accepts(machine, TK_WITHIN))
        return "for how long is `within 1h`";
    if (is_time && machine_accepts(machine, TK_PER))
        return "what is counted over a time is `per user per 1h`";
    if (token.kind == TK_RBRACE && machine_accepts(machine, TK_DISTINCT))
        return "of whose calls is `per`: `at most 3 per task`";
    if (str_eq(text, STR("settle")) && machine_accepts(machine, TK_SPEND))
        return "it stands behind `spend ... of` a budget";
    bool is_demand = str_eq(text, STR("approval")) || str_eq(text, STR("consent"));
    if (is_demand && machine_accepts(machine, TK_REQUIRE))
        return "what must be given first is `require approval from ...`, `require "
               "consent to ...`";
    if (token.kind == TK_COMMA && (machine_accepts(machine, TK_REQUIRE) ||
                                   machine_accepts(machine, TK_DELEGATES)))
        return "clauses have nothing between them; this one takes one, so write "
               "another like it";
    return NULL;
}

// What a test's steps are written like.
static const char *hint_in_test(const Parser *parser, Token token)
{
    bool is_end = token.kind == TK_COMMA || token.kind == TK_RPAREN;
    if (is_end && parser->last.kind == TK_STRING &&
        machine_accepts(parser->machine, TK_COLON))
        return "arguments have names: `customer: \"C1\"`";
    if (token.kind == TK_NAME && parser->last.kind == TK_DENY)
        return "a code stands in parentheses: `deny (no_permit)`";
    return NULL;
}

// Help that depends on what the machine would take.
static const char *hint_at(const Parser *parser, Token token)
{
    bool takes_name = machine_accepts(parser->machine, TK_NAME);
    bool takes_tag = machine_accepts(parser->machine, TK_TAG);
    bool is_dimension =
        token.keyword != 0 && (keyword_at(token.keyword - 1u)->where & IN_TOKEN) != 0;
    if (is_dimension && machine_accepts(parser->machine, TK_TOKEN))
        return "what a token may be is written in `token { ... }`";
    if ((token.kind == TK_AND || token.kind == TK_OR) &&
        machine_accepts(parser->machine, TK_COMMA))
        return "the elements of a list have commas between them";
    if (token.kind == TK_NOT && takes_tag)
        return "what must not be is said by `unless`, or by a forbid";
    if (token.kind == TK_ANY && takes_tag)
        return "a clause that is left out fits anything";
    if (token.kind == TK_STAR && parser->last.kind == TK_DOT)
        return "all tools of an audience are `audience NAME`";
    if (token.kind == TK_STRING && takes_name)
        return "a name is written without quotes";
    if (token.kind == TK_NAME && machine_accepts(parser->machine, TK_STRING))
        return "a text is written in double quotes";
    const char *help = hint_in_type(parser, token);
    help = help != NULL ? help : hint_of_memory(parser, token);
    return help != NULL ? help : hint_in_test(parser, token);
}

static void advise(Parser *parser, Diag *diag, Token token)
{
    Token next = parser_peek(parser, 1);
    bool is_hyphen = token.kind == TK_MINUS && parser->last.kind == TK_NAME &&
                     parser->last.span.end == token.span.start &&
                     next.span.start == token.span.end;
    if (is_hyphen)
        diag_help(diag,
                  STR("a name with other characters than letters, digits and `_` is "
                      "written in quotes: github.\"get-issue\""));
    if (token.kind == TK_NOT && next.kind == TK_IN)
        diag_help(diag, STR("write `not (x in y)`"));
    if (token.kind == TK_MINUS && next.kind == TK_GT)
        diag_help(diag, STR("a result is written `returns { name: string }`"));
    if (token.kind == TK_MINUS)
        return;
    const char *help = hint_at(parser, token);
    help = help != NULL ? help : hint_for(token_text(parser->source, token));
    if (help != NULL)
        diag_help(diag, str_from_c(help));
}

void repair_report(Parser *parser)
{
    Token token = parser_peek(parser, 0);
    Diag *diag = diag_report2(parser->diags, DIAG_SYNTAX_EXPECTED, token.span,
                              expect_describe(parser), token_describe(parser, token));
    advise(parser, diag, token);
}

// The number of brackets up to and with the innermost block.
static unsigned block_depth(const Parser *parser)
{
    unsigned depth = parser->bracket_count;
    while (depth > 0 && !parser->brackets[depth - 1].is_block)
        depth--;
    return depth;
}

// While skipping: true if the next token is a place to go on. `opened` counts the
// braces that were skipped and not closed, `waiting` the ones that were open before and
// lie inside the block.
static bool is_landing(Parser *parser, Token token, unsigned opened, unsigned waiting)
{
    if (token.kind == TK_EOF)
        return true;
    if (opened == 0 && waiting == 0 && token.kind == TK_RBRACE)
        return block_depth(parser) > 0;
    if (token.keyword == 0 || (token.flags & TOKEN_FIRST_ON_LINE) == 0)
        return false;
    bool is_declaration = (keyword_at(token.keyword - 1u)->where & IN_FILE) != 0 &&
                          (token.flags & TOKEN_AT_MARGIN) != 0 &&
                          (!machine_recovers(parser->machine, token.kind) ||
                           block_depth(parser) == 0 || repair_sees_declaration(parser));
    if (is_declaration)
        return true;
    bool is_entry = parser_peek(parser, 1).kind == TK_COLON;
    return opened == 0 && !is_entry && machine_recovers(parser->machine, token.kind);
}

// Skips to the next clause, step or declaration and puts a broken one before it.
static void skip(Parser *parser)
{
    unsigned opened = 0;
    unsigned waiting = 0;
    for (unsigned i = block_depth(parser); i < parser->bracket_count; i++)
        waiting += parser->brackets[i].kind == TK_LBRACE;
    // The unfit token itself may be the place, unless a name of it could be meant.
    while (!is_landing(parser, parser_peek(parser, 0), opened, waiting)) {
        Token token = parser_take(parser);
        if (token.kind == TK_LBRACE)
            opened++;
        if (token.kind == TK_RBRACE && opened > 0)
            opened--;
        else if (token.kind == TK_RBRACE && waiting > 0)
            waiting--;
    }
    machine_recover(parser->machine);
    parser->bracket_count = block_depth(parser);
    Token landing = parser_peek(parser, 0);
    parser->is_quiet = landing.kind == TK_EOF ||
                       (landing.keyword != 0 && (landing.flags & TOKEN_AT_MARGIN) != 0);
}

void repair(Parser *parser)
{
    Token token = parser_peek(parser, 0);
    if (repair_sees_declaration(parser) && mend_unclosed(parser, token))
        return;
    bool is_mended = mend_operator(parser, token) || mend_unclosed(parser, token) ||
                     mend_word(parser, token) || mend_missing(parser, token) ||
                     mend_extra(parser, token);
    if (is_mended)
        return;
    bool is_reported = (token.flags & TOKEN_AFTER_JUNK) != 0 ||
                       (parser->is_quiet && token.kind == TK_EOF);
    if (!is_reported)
        repair_report(parser);
    skip(parser);
}
