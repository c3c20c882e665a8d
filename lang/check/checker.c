// SPDX-License-Identifier: Apache-2.0
#include "lang/check/checker.h"

#include <string.h>

#include "engine/base/os.h"

Map checker_map(Checker *checker)
{
    static const uint64_t hash_key[2] = {0x636865636b2e6321u, 0x70726f7669736f20u};
    return map_on(checker->arena, hash_key);
}

Str checker_doc(Checker *checker, const Node *node)
{
    const Node *doc = node_find(node, NODE_DOC);
    if (doc == NULL)
        return STR("");
    if (node_find_next(doc, NODE_DOC) == NULL)
        return doc->text;
    Buf text = buf_on(checker->arena);
    for (; doc != NULL; doc = node_find_next(doc, NODE_DOC)) {
        buf_c(&text, text.len > 0 ? "\n" : "");
        buf_str(&text, doc->text);
    }
    return buf_view(&text);
}

Str checker_path(const Checker *checker, const Node *path)
{
    if (path->kind == NODE_NAME)
        return path->text;
    if (path->kind != NODE_FIELD || path->child == NULL)
        return STR("");
    Str before = checker_path(checker, path->child);
    if (before.len == 0)
        return before;
    return arena_format(checker->arena, "%.*s.%.*s", STR_ARG(before),
                        STR_ARG(path->text));
}

Decl *checker_find(const Checker *checker, DeclKind kind, const Node *path)
{
    return scope_find(&checker->scope, kind, checker_path(checker, path), path->span);
}

Decl *checker_need(Checker *checker, DeclKind kind, const Node *path)
{
    return scope_need(&checker->scope, checker->diags, kind,
                      checker_path(checker, path), path->span);
}

Str checker_type_text(Checker *checker, const Type *type)
{
    Buf text = buf_on(checker->arena);
    type_format(&text, type);
    return buf_view(&text);
}

Str checker_type_wanted(Checker *checker, const Type *type)
{
    Str text = checker_type_text(checker, type);
    bool is_an = text.len > 0 && memchr("aeio", text.at[0], 4) != NULL;
    return arena_format(checker->arena, "%s `%.*s`", is_an ? "an" : "a", STR_ARG(text));
}

Str checker_text(Checker *checker, Span span)
{
    return sources_text(checker->sources, span);
}

Str checker_file_path(Checker *checker, Span span, Str file)
{
    Location at = sources_locate(checker->sources, span.start);
    Str path = at.source == NULL ? STR("") : at.source->path;
    Str directory = os_path_directory(path);
    bool is_here = str_eq(os_path_name(path), path);
    return os_path_join(checker->arena, is_here ? STR("") : directory, file);
}

void checker_lacks(Checker *checker, Span span, Str what, Str clause)
{
    diag_report2(checker->diags, DIAG_CLAUSE_NEEDED, span, what, clause);
}
