// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/ast.h"

#include "engine/base/bug.h"

typedef struct KindRow {
    const char *name;
    NodeClass class;
} KindRow;

static const KindRow kinds[] = {
#define NODE(kind, class, contract) {#kind, CLASS_##class},
#include "lang/syntax/ast.def"
#undef NODE
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };
static_assert(KIND_COUNT <= UINT8_MAX, "Node.kind is a byte");

const char *node_kind_name(NodeKind kind)
{
    CHECK((size_t)kind < KIND_COUNT);
    return kinds[kind].name;
}

NodeClass node_class(NodeKind kind)
{
    CHECK((size_t)kind < KIND_COUNT);
    return kinds[kind].class;
}

Span node_name_span(const Node *node)
{
    if (node->name == 0)
        return node->span;
    // Of a string with escapes, this underlines a little less than was written.
    uint32_t quotes = (node->flags & NODE_QUOTED) != 0 ? 2 : 0;
    return span_make(node->name, node->name + (uint32_t)node->text.len + quotes);
}

Node *node_find(const Node *node, NodeKind kind)
{
    Node *child = node->child;
    while (child != NULL && child->kind != kind)
        child = child->next;
    return child;
}

Node *node_find_next(const Node *node, NodeKind kind)
{
    Node *sibling = node->next;
    while (sibling != NULL && sibling->kind != kind)
        sibling = sibling->next;
    return sibling;
}

Node *node_first(const Node *node)
{
    Node *child = node->child;
    while (child != NULL && child->kind == NODE_DOC)
        child = child->next;
    return child;
}

size_t node_count(const Node *node, NodeKind kind)
{
    size_t count = 0;
    for (const Node *child = node->child; child != NULL; child = child->next)
        count += child->kind == kind;
    return count;
}

bool node_has(const Node *node, unsigned flag)
{
    return (node->flags & flag) != 0;
}

static void walk(const Node *node, NodeVisitor visit, void *context, unsigned depth)
{
    if (!visit(context, node, depth))
        return;
    for (const Node *child = node->child; child != NULL; child = child->next)
        walk(child, visit, context, depth + 1);
}

void node_walk(const Node *node, NodeVisitor visit, void *context)
{
    walk(node, visit, context, 0);
}

bool node_equal(const Node *a, const Node *b)
{
    if (a->kind != b->kind || a->flags != b->flags || !str_eq(a->text, b->text))
        return false;
    const Node *left = a->child;
    const Node *right = b->child;
    for (; left != NULL && right != NULL; left = left->next, right = right->next) {
        if (!node_equal(left, right))
            return false;
    }
    return left == NULL && right == NULL;
}

// ---- dump ----

static void dump_flags(Buf *out, const Node *node)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {
        {NODE_BROKEN, "broken"},    {NODE_PARENTHESIZED, "parenthesized"},
        {NODE_QUOTED, "quoted"},    {NODE_OBSERVE, "observe"},
        {NODE_ON_RESULT, "result"}, {NODE_SHARED, "shared"},
        {NODE_STICKY, "sticky"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (node_has(node, names[i].flag))
            buf_printf(out, " +%s", names[i].name);
    }
    if (!node_has(node, NODE_LIVE))
        return;
    if (node->kind == NODE_COLUMN)
        buf_c(out, " +nocase");
    else
        buf_c(out, node->kind == NODE_ATTRIBUTE ? " +from_request" : " +live");
}

static bool dump_node(void *context, const Node *node, unsigned depth)
{
    Buf *out = (Buf *)context;
    buf_fill(out, ' ', (size_t)depth * 2);
    buf_c(out, node_kind_name((NodeKind)node->kind));
    dump_flags(out, node);
    if (node->text.len > 0 || node->name != 0) {
        buf_c(out, " \"");
        for (size_t i = 0; i < node->text.len; i++) {
            if (node->text.at[i] == '\n')
                buf_c(out, "\\n");
            else
                buf_char(out, node->text.at[i]);
        }
        buf_char(out, '"');
    }
    buf_char(out, '\n');
    return true;
}

void ast_dump(Buf *out, const Node *node)
{
    node_walk(node, dump_node, out);
}
