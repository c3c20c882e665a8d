// SPDX-License-Identifier: Apache-2.0
#include "lang/check/item.h"

#include "lang/check/expr.h"
#include "lang/check/tools.h"

static HeadTerm term_of(Dim dim, uint32_t number)
{
    return (HeadTerm){{dim, number, STR("")}, NONE};
}

static HeadTerm text_of(Dim dim, Str text)
{
    return (HeadTerm){{dim, 0, text}, NONE};
}

static bool unfit(Checker *checker, const Node *item, Str clause)
{
    diag_report2(checker->diags, DIAG_ITEM_UNFIT, item->span,
                 checker_text(checker, item->span), clause);
    return false;
}

static bool is_path(const Node *item)
{
    return item->kind == NODE_NAME || item->kind == NODE_FIELD;
}

static bool number_of(Checker *checker, const Node *item, DeclKind kind, Dim dim,
                      HeadTerm *term)
{
    if (!is_path(item))
        return unfit(checker, item, decl_kind_text(kind));
    const Decl *decl = checker_need(checker, kind, item);
    if (decl == NULL || decl->number == NONE)
        return false;
    *term = term_of(dim, decl->number);
    return true;
}

// ---- tags ----

static bool tag_of(Checker *checker, const Node *item, const Map *tags, Str what,
                   Dim dim, HeadTerm *term)
{
    *term = text_of(dim, item->text);
    if (map_find(tags, item->text) != NULL)
        return true;
    Diag *diag =
        diag_report2(checker->diags, DIAG_TAG_UNKNOWN, item->span, what, item->text);
    Nearest nearest = nearest_start(item->text);
    for (uint32_t i = 0; i < tags->count; i++)
        nearest_offer(&nearest, map_at(tags, i)->key);
    if (nearest.best.len > 0)
        diag_fix(diag, item->span,
                 arena_format(checker->arena, "@%.*s", STR_ARG(nearest.best)),
                 STR("write the nearest tag"));
    return false;
}

// ---- tools and audiences ----

// The declaration of the audience that a path means: of a family, or (then *audience is
// not NONE) of one of it. NULL after a message.
static const Decl *find_audience(Checker *checker, const Node *path, uint32_t *audience)
{
    const Decl *decl = checker_find(checker, DECL_AUDIENCE, path);
    Str name = decl == NULL ? STR("") : decl->full;
    if (decl == NULL && path->kind == NODE_FIELD && path->child != NULL) {
        decl = checker_find(checker, DECL_AUDIENCE, path->child);
        if (decl != NULL)
            name = arena_format(checker->arena, "%.*s.%.*s", STR_ARG(decl->full),
                                STR_ARG(path->text));
    }
    const uint32_t *member = map_find(&checker->audiences, name);
    *audience = member == NULL ? NONE : *member;
    if (decl == NULL || (member == NULL && !str_eq(name, decl->full))) {
        checker_need(checker, DECL_AUDIENCE, path);
        return NULL;
    }
    return decl->number == NONE ? NULL : decl;
}

// A tool without its audience, or something that is no tool.
static bool refuse_tool(Checker *checker, const Node *item)
{
    const Program *program = checker->program;
    Diag *diag = diag_report2(checker->diags, DIAG_ITEM_UNFIT, item->span,
                              checker_text(checker, item->span), STR("tool"));
    diag_help(diag, STR("a tool is named with its audience, as in `crm.refund`; in the "
                        "head of a rule, `audience crm` is all that it has"));
    for (uint32_t i = 0; item->kind == NODE_NAME && i < program->tool_count; i++) {
        const Tool *tool = &program->tools[i];
        if (!str_eq(tool->name, item->text))
            continue;
        diag_fix(diag, item->span, tool->full, STR("name its audience"));
        break;
    }
    return false;
}

static bool tool_named(Checker *checker, const Node *item, HeadTerm *term)
{
    uint32_t audience = NONE;
    if (item->kind != NODE_FIELD || item->child == NULL)
        return refuse_tool(checker, item);
    const Decl *decl = find_audience(checker, item->child, &audience);
    if (decl == NULL)
        return false;
    const Program *program = checker->program;
    Str owner = decl->full;
    Str full =
        arena_format(checker->arena, "%.*s.%.*s", STR_ARG(owner), STR_ARG(item->text));
    const uint32_t *tool = map_find(&checker->tools, full);
    bool is_alone =
        audience != NONE && str_eq(program->audiences[audience].name, owner);
    if (tool != NULL) {
        *term = term_of(DIM_TOOL, *tool);
        term->audience = is_alone ? NONE : audience;
        return true;
    }
    if (tools_are_partial(decl))
        return false;
    Diag *diag = diag_report2(checker->diags, DIAG_TOOL_UNKNOWN, node_name_span(item),
                              owner, item->text);
    Nearest nearest = nearest_start(item->text);
    for (uint32_t i = 0; i < program->tool_count; i++)
        if (program->tools[i].family == decl->number)
            nearest_offer(&nearest, program->tools[i].name);
    diag_suggest(diag, node_name_span(item), &nearest);
    return false;
}

uint32_t item_tool(Checker *checker, const Node *path)
{
    HeadTerm term;
    return tool_named(checker, path, &term) ? term.atom.number : NONE;
}

static bool tool_term(Checker *checker, const Node *item, HeadTerm *term)
{
    if (item->kind == NODE_TAG)
        return tag_of(checker, item, &checker->tags, STR("tool"), DIM_TOOL_TAG, term);
    return tool_named(checker, item, term);
}

static bool audience_term(Checker *checker, const Node *item, HeadTerm *term)
{
    uint32_t audience = NONE;
    if (!is_path(item))
        return unfit(checker, item, STR("audience"));
    const Decl *decl = find_audience(checker, item, &audience);
    if (decl == NULL)
        return false;
    *term = audience == NONE ? term_of(DIM_FAMILY, decl->number)
                             : term_of(DIM_AUDIENCE, audience);
    return true;
}

// ---- agents and users ----

static bool agent_term(Checker *checker, const Node *item, HeadTerm *term)
{
    if (item->kind == NODE_TAG)
        return tag_of(checker, item, &checker->agent_tags, STR("agent"), DIM_AGENT_TAG,
                      term);
    if (item->kind == NODE_STRING) {
        const uint32_t *agent = map_find(&checker->agent_ids, item->text);
        if (agent == NULL) {
            Diag *diag = diag_report2(checker->diags, DIAG_NAME_UNKNOWN, item->span,
                                      STR("agent with the id"), item->text);
            if (scope_find(&checker->scope, DECL_AGENT, item->text, item->span) != NULL)
                diag_fix(diag, item->span, item->text, STR("name it without quotes"));
            return false;
        }
        *term = term_of(DIM_AGENT, *agent);
        return true;
    }
    if (is_path(item) && checker_find(checker, DECL_AGENT, item) == NULL &&
        checker_find(checker, DECL_GROUP, item) != NULL)
        return number_of(checker, item, DECL_GROUP, DIM_AGENT_GROUP, term);
    return number_of(checker, item, DECL_AGENT, DIM_AGENT, term);
}

// A group in quotes: it would be the id of a user, whom the table doesn't have.
static void check_no_group(Checker *checker, const Node *item)
{
    uint32_t number = checker->program->users_table;
    if (number == NONE ||
        scope_find(&checker->scope, DECL_GROUP, item->text, item->span) == NULL)
        return;
    const Table *users = &checker->program->tables[number];
    for (uint32_t row = 0; row < users->row_count; row++) {
        const Const *id = users->cells[(size_t)row * users->column_count];
        if (id != NULL && str_eq(id->text, item->text))
            return;
    }
    Diag *diag = diag_report2(checker->diags, DIAG_NAME_UNKNOWN, item->span,
                              STR("user with the id"), item->text);
    diag_fix(diag, item->span, item->text, STR("name the group, without quotes"));
}

static bool user_term(Checker *checker, const Node *item, HeadTerm *term)
{
    if (item->kind == NODE_NONE) {
        *term = term_of(DIM_USER, ATOM_ABSENT);
        return true;
    }
    if (item->kind == NODE_STRING) {
        check_no_group(checker, item);
        *term = text_of(DIM_USER, item->text);
        return true;
    }
    return number_of(checker, item, DECL_GROUP, DIM_USER_GROUP, term);
}

// ---- texts ----

static bool text_term(Checker *checker, const Node *item, Dim dim, HeadTerm *term)
{
    Str text = STR("");
    if (item->kind == NODE_TAG || item->kind == NODE_NONE)
        return unfit(checker, item,
                     dim == DIM_TENANT ? STR("tenant") : STR("resource"));
    if (!expr_constant_text(checker, item, &text))
        return false;
    *term = text_of(dim, text);
    return true;
}

static bool intent_term(Checker *checker, const Node *item, HeadTerm *term)
{
    if (item->kind != NODE_NONE)
        return number_of(checker, item, DECL_INTENT, DIM_INTENT, term);
    *term = term_of(DIM_INTENT, ATOM_ABSENT);
    return true;
}

bool item_is_head(const Node *clause)
{
    return clause->kind >= NODE_HEAD_GATEWAY && clause->kind <= NODE_HEAD_RESOURCE;
}

static bool item_term(Checker *checker, NodeKind clause, const Node *item,
                      HeadTerm *term)
{
    if (clause == NODE_HEAD_GATEWAY)
        return number_of(checker, item, DECL_GATEWAY, DIM_GATEWAY, term);
    if (clause == NODE_HEAD_AGENT)
        return agent_term(checker, item, term);
    if (clause == NODE_HEAD_USER)
        return user_term(checker, item, term);
    if (clause == NODE_HEAD_INTENT)
        return intent_term(checker, item, term);
    if (clause == NODE_HEAD_TOOL)
        return tool_term(checker, item, term);
    if (clause == NODE_HEAD_AUDIENCE)
        return audience_term(checker, item, term);
    return text_term(checker, item,
                     clause == NODE_HEAD_TENANT ? DIM_TENANT : DIM_RESOURCE, term);
}

Head item_head(Checker *checker, const Node *clause)
{
    Head head = {.span = clause->span};
    for (const Node *item = clause->child; item != NULL; item = item->next) {
        HeadTerm term;
        if (item_term(checker, (NodeKind)clause->kind, item, &term))
            *ARRAY_PUSH(checker->arena, head.terms, head.count) = term;
    }
    return head;
}

// ---- envelopes ----

void item_envelope(Checker *checker, const Node *item, Intent *intent)
{
    HeadTerm term;
    const Program *program = checker->program;
    if (!tool_term(checker, item, &term))
        return;
    if (term.atom.dim == DIM_TOOL) {
        *ARRAY_PUSH(checker->arena, intent->tools, intent->tool_count) =
            (EnvelopeTool){term.atom.number, term.audience};
        return;
    }
    for (uint32_t i = 0; i < program->tool_count; i++)
        if (array_has_text(program->tools[i].tags, program->tools[i].tag_count,
                           term.atom.text))
            *ARRAY_PUSH(checker->arena, intent->tools, intent->tool_count) =
                (EnvelopeTool){i, NONE};
}
