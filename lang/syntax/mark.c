// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/layout.h"

#include "lang/syntax/machine.h"

static Piece *mark(Layout *layout, uint32_t offset, unsigned role)
{
    uint32_t index = layout_find(layout, offset);
    if (index == layout->count)
        return NULL;
    layout->pieces[index].role |= (uint16_t)role;
    return &layout->pieces[index];
}

static void mark_cell(Layout *layout, uint32_t offset, unsigned kind)
{
    Piece *piece = mark(layout, offset, ROLE_CELL);
    if (piece != NULL)
        piece->cell = (uint8_t)kind;
}

// The last piece of a node.
static uint32_t last_piece(const Layout *layout, const Node *node)
{
    uint32_t index = layout_find(layout, node->span.end - 1);
    // Inside of a longer token, the search gives the one after it.
    while (index == layout->count ||
           layout->pieces[index].token.span.end > node->span.end ||
           piece_is_comment(&layout->pieces[index]))
        index--;
    return index;
}

// ---- blocks ----

static bool has_block(NodeKind kind)
{
    static const uint8_t kinds[] = {
        NODE_ISSUER, NODE_GATEWAY, NODE_AGENT,    NODE_AUDIENCE,    NODE_INTENT,
        NODE_BUDGET, NODE_PERMIT,  NODE_FORBID,   NODE_LIMIT,       NODE_TEST,
        NODE_PROVE,  NODE_TOOL,    NODE_TOOL_SET, NODE_STEP_REPEAT,
    };
    for (size_t i = 0; i < sizeof kinds; i++) {
        if (kinds[i] == kind)
            return true;
    }
    return false;
}

static bool is_entry(const Node *node)
{
    NodeClass class = node_class((NodeKind)node->kind);
    return class == CLASS_CLAUSE || class == CLASS_STEP;
}

// Marks the braces of a node's block, if it has one, and gives the place of the open
// one.
static uint32_t mark_braces(Layout *layout, const Node *node)
{
    uint32_t close = last_piece(layout, node);
    uint32_t open = layout->pieces[close].match;
    if (layout->pieces[close].token.kind != TK_RBRACE)
        return layout->count;
    for (const Node *child = node->child; child != NULL; child = child->next) {
        // The brace closes a type: tool t() returns { ... }.
        if (!is_entry(child) && child->span.end == node->span.end)
            return layout->count;
    }
    layout->pieces[close].role |= ROLE_BLOCK;
    layout->pieces[open].role |= ROLE_BLOCK;
    return open;
}

static void mark_value(Layout *layout, const Node *clause)
{
    uint32_t words = clause->kind == NODE_AT_MOST ? 2 : 1;
    uint32_t value = layout_find(layout, clause->span.start) + words;
    bool is_aligned = clause->kind != NODE_TOOL && clause->kind != NODE_PROVE_ALLOW &&
                      clause->kind != NODE_PROVE_NEVER;
    if (is_aligned && value <= last_piece(layout, clause))
        layout->pieces[value].role |= ROLE_VALUE;
}

static void mark_entry(Layout *layout, const Node *entry, bool is_first)
{
    bool is_step = node_class((NodeKind)entry->kind) == CLASS_STEP;
    mark(layout, entry->span.start, is_step ? ROLE_STEP : ROLE_CLAUSE);
    bool is_setup = entry->kind == NODE_STEP_AGENT || entry->kind == NODE_STEP_USER ||
                    entry->kind == NODE_STEP_GATEWAY || entry->kind == NODE_STEP_NOW;
    if (is_setup)
        mark(layout, entry->span.start, ROLE_SETUP);
    if (is_step)
        return;
    mark_value(layout, entry);
    // The first one's cell begins at the brace.
    if (!is_first)
        mark_cell(layout, entry->span.start, entry->kind);
}

static void mark_block(Layout *layout, const Node *node)
{
    uint32_t open = mark_braces(layout, node);
    if (open == layout->count)
        return;
    bool is_first = true;
    for (const Node *child = node->child; child != NULL; child = child->next) {
        if (!is_entry(child))
            continue;
        mark_entry(layout, child, is_first);
        if (is_first && node->kind != NODE_STEP_REPEAT)
            mark_cell(layout, layout->pieces[open].token.span.start, child->kind);
        is_first = false;
    }
}

// ---- declarations ----

static void mark_assignment(Layout *layout, const Node *node)
{
    uint32_t index = layout_find(layout, node->name);
    while (index < layout->count && layout->pieces[index].token.kind != TK_ASSIGN)
        index++;
    if (index < layout->count)
        mark_cell(layout, layout->pieces[index].token.span.start, NODE_CONST);
}

static void mark_declaration(Layout *layout, const Node *node)
{
    mark(layout, node->span.start, ROLE_DECLARATION);
    bool is_plain = node->kind == NODE_PACKAGE || node->kind == NODE_IMPORT ||
                    node->kind == NODE_ATTRIBUTE || node->kind == NODE_ACR ||
                    node->kind == NODE_TEST;
    if (is_plain)
        return;
    bool is_party = node->kind == NODE_ISSUER || node->kind == NODE_GATEWAY;
    if (node->name != 0)
        mark_cell(layout, node->name, is_party ? NODE_ISSUER : node->kind);
    for (const Node *child = node->child; child != NULL; child = child->next) {
        if (child->kind == NODE_FROM || child->kind == NODE_KEYS ||
            child->kind == NODE_COLUMNS)
            mark_cell(layout, child->span.start, child->kind);
    }
    if (node->kind == NODE_CONST || node->kind == NODE_DEF ||
        node->kind == NODE_TOKEN_SHAPE)
        mark_assignment(layout, node);
    const Node *label = node_find(node, NODE_LABEL);
    if (label == NULL)
        return;
    mark_cell(layout, label->span.start, NODE_LABEL);
    uint32_t after = layout_find(layout, label->span.start) + 1;
    if (node_count(node, NODE_LABEL) == 1 && node_has(label, NODE_STICKY))
        mark_cell(layout, layout->pieces[after].token.span.start, NODE_LABELS);
}

// ---- spacing inside of expressions and types ----

static void mark_braces_of_set(Layout *layout, uint32_t open)
{
    layout->pieces[open].role |= ROLE_SET;
    layout->pieces[layout->pieces[open].match].role |= ROLE_SET;
}

static void mark_spacing(Layout *layout, const Node *node)
{
    uint32_t start = layout_find(layout, node->span.start);
    switch (node->kind) {
    case NODE_CALL:
    case NODE_INDEX:
        mark(layout, node->child->span.end, ROLE_TIGHT);
        return;
    case NODE_CONDITIONS:
    case NODE_ARGUMENTS:
    case NODE_PARAMS:
        layout->pieces[start].role |= ROLE_TIGHT;
        return;
    case NODE_SET:
        if (!node_has(node, NODE_PARENTHESIZED))
            mark_braces_of_set(layout, start);
        else
            mark_braces_of_set(layout, start + 1);
        return;
    case NODE_TOKEN_FREE:
        mark_braces_of_set(layout, start + 1);
        return;
    case NODE_TYPE_SET:
    case NODE_TYPE_LIST:
        layout->pieces[start + 1].role |= ROLE_TIGHT | ROLE_TIGHT_AFTER;
        layout->pieces[last_piece(layout, node)].role |= ROLE_TIGHT;
        return;
    case NODE_NEG:
        layout->pieces[start].role |= ROLE_TIGHT_AFTER;
        return;
    case NODE_FIELD:
        if (node->child == NULL)
            layout->pieces[start].role |= ROLE_LOOSE;
        return;
    default:
        return; // a byte of a node, whose other kinds are spaced as usual
    }
}

static bool mark_node(void *context, const Node *node, unsigned depth)
{
    Layout *layout = (Layout *)context;
    NodeClass class = node_class((NodeKind)node->kind);
    if (node->kind == NODE_DOC)
        return false;
    if (class == CLASS_DECLARATION && depth == 1)
        mark_declaration(layout, node);
    if (has_block((NodeKind)node->kind))
        mark_block(layout, node);
    if (node->kind == NODE_YIELDS || node->kind == NODE_DELEGATES) {
        const Node *when = node_find(node, NODE_WHEN);
        if (when != NULL)
            mark_cell(layout, when->span.start, NODE_WHEN);
    }
    if (node->kind == NODE_EXPECT)
        mark(layout, node->span.start, ROLE_EXPECT);
    mark_spacing(layout, node);
    return true;
}

void layout_mark(Layout *layout, const Node *file)
{
    node_walk(file, mark_node, layout);
}
