// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/tokens.h"

#include "lang/syntax/grammar.h"
#include "lang/syntax/lex.h"
#include "lang/syntax/machine.h"

static const char *kind_of(Token token)
{
    static const struct {
        uint8_t kind;
        const char *name;
    } KINDS[] = {
        {TK_NAME, "name"},       {TK_STRING, "string"},   {TK_INT, "int"},
        {TK_DECIMAL, "decimal"}, {TK_TAG, "tag"},         {TK_DURATION, "duration"},
        {TK_ADDRESS, "address"}, {TK_NETWORK, "network"}, {TK_DOC, "doc"},
        {TK_COMMENT, "comment"},
    };
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (KINDS[i].kind == token.kind)
            return KINDS[i].name;
    return token.keyword != 0 ? "keyword" : "symbol";
}

void tokens_dump(Buf *out, Sources *sources, const Source *source)
{
    Lexer lexer;
    Diags unheard; // the parser reports what is wrong
    diags_init(&unheard, sources->arena, sources);
    if (!lex_start(&lexer, source, &unheard))
        return;
    for (Token token = lex_next(&lexer); token.kind != TK_EOF;
         token = lex_next(&lexer)) {
        Location at = sources_locate(sources, token.span.start);
        buf_printf(out, "%u:%u %s %.*s\n", (unsigned)at.line, (unsigned)at.column,
                   kind_of(token), STR_ARG(str_trim(token_text(source, token))));
    }
}
