// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/lex.h"

#include "lang/syntax/machine.h"
#include "lang/syntax/scan.h"

// How the scanner's actions end.
#define GIVE(token) return lex_give(lexer, start, cursor, (token), 0)
#define GIVE_WITH(token, flags) return lex_give(lexer, start, cursor, (token), (flags))

static Token lex_give(Lexer *lexer, const unsigned char *start,
                      const unsigned char *cursor, unsigned kind, unsigned flags)
{
    if (lexer->is_fresh) {
        flags |= TOKEN_FIRST_ON_LINE;
        if (start == lexer->line)
            flags |= TOKEN_AT_MARGIN;
        if (lexer->is_blank)
            flags |= TOKEN_BLANK_BEFORE;
    }
    if (lexer->is_after_junk)
        flags |= TOKEN_AFTER_JUNK;
    lexer->is_after_junk = false;
    lexer->is_fresh = false;
    lexer->is_blank = false;
    lexer->cursor = cursor;
    return (Token){.kind = (uint8_t)kind,
                   .flags = (uint8_t)flags,
                   .span = scan_span(lexer, start, cursor)};
}

static Token lex_word(Lexer *lexer, const unsigned char *start,
                      const unsigned char *cursor)
{
    Str text = {(const char *)start, (size_t)(cursor - start)};
    const Keyword *keyword = keyword_find(text);
    if (keyword == NULL)
        return lex_give(lexer, start, cursor, TK_NAME, 0);
    Token token = lex_give(lexer, start, cursor, keyword->token, 0);
    token.keyword = (uint16_t)(keyword - keyword_at(0) + 1);
    return token;
}

static void lex_line(Lexer *lexer, const unsigned char *cursor)
{
    if (lexer->is_fresh)
        lexer->is_blank = true;
    lexer->is_fresh = true;
    lexer->line = cursor;
}

Token lex_next(Lexer *lexer)
{
    const unsigned char *cursor = lexer->cursor;
    const unsigned char *limit = (const unsigned char *)lexer->source->text.at +
                                 lexer->source->text.len;
    const unsigned char *marker;
    for (;;) {
        const unsigned char *start = cursor;
        // clang-format off
        /*!re2c
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYCURSOR = cursor;
        re2c:define:YYLIMIT = limit;
        re2c:define:YYMARKER = marker;
        re2c:yyfill:enable = 0;
        re2c:eof = 0;

        digits   = [0-9][0-9_]*;
        word     = [A-Za-z_][A-Za-z0-9_]*;
        span     = [0-9][0-9_]* ("ms" | [smhd]);
        dotted   = [0-9]+ "." [0-9]+ "." [0-9]+ "." [0-9]+;
        hex      = [0-9A-Fa-f]+;
        tail     = (hex ":")* (hex | dotted);
        packed   = (hex (":" hex)*)? "::" tail?;
        full     = (hex ":"){6} (hex ":" hex | dotted);
        address  = dotted | packed | full;
        inner    = [^"\\\n] | "\\" [^\n];

        [ \t]+               { continue; }
        "\r"? "\n"           { lex_line(lexer, cursor); continue; }
        "\r"                 { continue; }
        $                    { lexer->cursor = start; GIVE(TK_EOF); }

        "////" [^\n]*        { GIVE(TK_COMMENT); }
        "///" [^\n]*         { GIVE(TK_DOC); }
        "//" [^\n]*          { GIVE(TK_COMMENT); }
        "#" [^\n]*           { scan_foreign_comment(lexer, start, cursor); continue; }
        "/*"                 {
                                 cursor = scan_block_comment(lexer, start, cursor, limit);
                                 continue;
                             }

        word                 { return lex_word(lexer, start, cursor); }
        "@" word             { GIVE(TK_TAG); }
        ["] inner* ["]       { GIVE_WITH(TK_STRING, scan_string(lexer, start, cursor)); }
        ["] inner*           {
                                 cursor = scan_open_string(lexer, start, cursor);
                                 GIVE_WITH(TK_STRING, scan_string(lexer, start, cursor));
                             }
        ['] [^'\n]* [']      { scan_foreign_string(lexer, start, cursor, 1); GIVE(TK_STRING); }
        "\xE2\x80\x9C" [^"\xE2\n]* "\xE2\x80\x9D"
                             { scan_foreign_string(lexer, start, cursor, 3); GIVE(TK_STRING); }

        digits               { GIVE(scan_number(lexer, start, cursor, TK_INT)); }
        digits "." digits    { GIVE(scan_number(lexer, start, cursor, TK_DECIMAL)); }
        span+                { GIVE(scan_number(lexer, start, cursor, TK_DURATION)); }
        address              { GIVE(TK_ADDRESS); }
        address "/" [0-9]+   { GIVE(TK_NETWORK); }
        digits ("." digits){0,2} word
                             { GIVE_WITH(TK_INT, scan_bad_number(lexer, start, cursor)); }
        digits "." digits "." digits
                             { GIVE_WITH(TK_INT, scan_bad_number(lexer, start, cursor)); }

        "("                  { GIVE(TK_LPAREN); }
        ")"                  { GIVE(TK_RPAREN); }
        "{"                  { GIVE(TK_LBRACE); }
        "}"                  { GIVE(TK_RBRACE); }
        "["                  { GIVE(TK_LBRACKET); }
        "]"                  { GIVE(TK_RBRACKET); }
        ","                  { GIVE(TK_COMMA); }
        "."                  { GIVE(TK_DOT); }
        ":"                  { GIVE(TK_COLON); }
        "?"                  { GIVE(TK_QUESTION); }
        "+"                  { GIVE(TK_PLUS); }
        "-"                  { GIVE(TK_MINUS); }
        "*"                  { GIVE(TK_STAR); }
        "="                  { GIVE(TK_ASSIGN); }
        "=="                 { GIVE(TK_EQ); }
        "!="                 { GIVE(TK_NE); }
        "<"                  { GIVE(TK_LT); }
        "<="                 { GIVE(TK_LE); }
        ">"                  { GIVE(TK_GT); }
        ">="                 { GIVE(TK_GE); }

        "&&"                 { GIVE(scan_foreign(lexer, start, cursor, TK_AND, "and")); }
        "||"                 { GIVE(scan_foreign(lexer, start, cursor, TK_OR, "or")); }
        "!"                  { GIVE(scan_foreign(lexer, start, cursor, TK_NOT, "not ")); }
        "==="                { GIVE(scan_foreign(lexer, start, cursor, TK_EQ, "==")); }
        "!=="                { GIVE(scan_foreign(lexer, start, cursor, TK_NE, "!=")); }
        "<>"                 { GIVE(scan_foreign(lexer, start, cursor, TK_NE, "!=")); }
        "??"                 { GIVE(scan_foreign(lexer, start, cursor, TK_ELSE, "else")); }
        "\xE2\x89\xA4"       { GIVE(scan_foreign(lexer, start, cursor, TK_LE, "<=")); }
        "\xE2\x89\xA5"       { GIVE(scan_foreign(lexer, start, cursor, TK_GE, ">=")); }
        "\xE2\x89\xA0"       { GIVE(scan_foreign(lexer, start, cursor, TK_NE, "!=")); }
        *                    { cursor = scan_unknown(lexer, start, limit); continue; }
        */
        // clang-format on
    }
}
