// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/build.h"

#include "engine/base/bug.h"
#include "lang/syntax/machine.h"

// ---- lists ----

NodeList nodes_none(void)
{
    return (NodeList){NULL, NULL, false};
}

NodeList nodes_add(NodeList list, Node *node)
{
    if (node->kind == NODE_ERROR) {
        list.is_broken = true;
        return list;
    }
    node->next = NULL;
    if (list.last == NULL)
        list.first = node;
    else
        list.last->next = node;
    list.last = node;
    return list;
}

NodeList nodes_one(Node *node)
{
    return nodes_add(nodes_none(), node);
}

NodeList nodes_join(NodeList list, NodeList more)
{
    bool is_broken = list.is_broken || more.is_broken;
    if (list.first == NULL) {
        list = more;
    } else if (more.first != NULL) {
        list.last->next = more.first;
        list.last = more.last;
    }
    list.is_broken = is_broken;
    return list;
}

// ---- nodes ----

static Node *make(Build *build, NodeKind kind, uint32_t start)
{
    Node *node = ARENA_NEW(build->arena, Node);
    node->kind = (uint8_t)kind;
    node->span = span_make(start, build->end);
    return node;
}

Node *build_error(Build *build)
{
    return make(build, NODE_ERROR, build->end);
}

// What keeps its good children when one of them is broken; all else becomes poison.
static bool is_container(NodeKind kind)
{
    return node_class(kind) == CLASS_DECLARATION || kind == NODE_TOOL ||
           kind == NODE_STEP_REPEAT || kind == NODE_FILE;
}

static bool is_nesting(NodeKind kind)
{
    NodeClass class = node_class(kind);
    return class == CLASS_EXPRESSION || class == CLASS_TYPE;
}

static Node *refuse_depth(Build *build, Span span)
{
    if (!build->is_too_deep) {
        diag_report1(build->diags, DIAG_NESTING, span,
                     arena_format(build->arena, "%d", AST_MAX_DEPTH));
        build->is_too_deep = true;
    }
    return build_error(build);
}

// Gives the node its children; poison where that is the outcome.
static Node *adopt(Build *build, Node *node, NodeList children)
{
    if (children.is_broken && !is_container((NodeKind)node->kind))
        return build_error(build);
    unsigned height = 0;
    for (const Node *child = children.first; child != NULL; child = child->next) {
        if (child->height > height)
            height = child->height;
    }
    height += is_nesting((NodeKind)node->kind) ? 1 : 0;
    if (height > AST_MAX_DEPTH)
        return refuse_depth(build, node->span);
    node->child = children.first;
    node->height = (uint16_t)height;
    if (children.is_broken)
        node->flags |= NODE_BROKEN;
    return node;
}

Node *build_list(Build *build, NodeKind kind, Token first, NodeList children)
{
    return adopt(build, make(build, kind, first.span.start), children);
}

Node *build_one(Build *build, NodeKind kind, Token first, Node *child)
{
    return build_list(build, kind, first, nodes_one(child));
}

Node *build_mark(Build *build, NodeKind kind, Token first)
{
    return build_list(build, kind, first, nodes_none());
}

Node *build_over(Build *build, NodeKind kind, NodeList children)
{
    uint32_t start = children.first == NULL ? build->end : children.first->span.start;
    return adopt(build, make(build, kind, start), children);
}

Node *build_over2(Build *build, NodeKind kind, Node *left, Node *right)
{
    return build_over(build, kind, nodes_add(nodes_one(left), right));
}

static void set_text(Build *build, Node *node, Token text)
{
    node->name = text.span.start;
    if (text.kind == TK_STRING) {
        node->text = token_string(build->arena, build->source, text);
        node->flags |= NODE_QUOTED;
    } else {
        node->text = token_text(build->source, text);
    }
    if (text.kind == TK_TAG)
        node->text = str_slice(node->text, 1, node->text.len);
}

Node *build_named(Build *build, NodeKind kind, Token first, Token name,
                  NodeList children)
{
    Node *node = make(build, kind, first.span.start);
    set_text(build, node, name);
    return adopt(build, node, children);
}

Node *build_leaf(Build *build, NodeKind kind, Token text)
{
    if ((text.flags & TOKEN_BAD) != 0)
        return build_error(build);
    Node *node = build_named(build, kind, text, text, nodes_none());
    // Other tokens may have been shifted after this one.
    node->span = text.span;
    return node;
}

Node *build_field(Build *build, Node *of, Token name)
{
    Node *node = build_over(build, NODE_FIELD, nodes_one(of));
    if (node->kind != NODE_ERROR)
        set_text(build, node, name);
    return node;
}

// Writes a path with its dots into `out`.
static void write_path(Buf *out, const Node *path)
{
    if (path->child != NULL) {
        write_path(out, path->child);
        buf_char(out, '.');
    }
    buf_str(out, path->text);
}

static void set_path(Build *build, Node *node, const Node *path)
{
    Buf text = buf_on(build->arena);
    write_path(&text, path);
    node->text = buf_view(&text);
    node->name = path->span.start;
}

Node *build_pathed(Build *build, NodeKind kind, Span first, Node *path,
                   NodeList children)
{
    if (path->kind == NODE_ERROR)
        return path;
    Node *node = make(build, kind, first.start);
    set_path(build, node, path);
    return adopt(build, node, children);
}

Node *build_has_label(Build *build, Node *of, const Node *label)
{
    Node *node = build_over(build, NODE_HAS_LABEL, nodes_one(of));
    if (node->kind != NODE_ERROR && label->kind != NODE_ERROR)
        set_path(build, node, label);
    return node;
}

// ---- declarations ----

static NodeList list_docs(Token first)
{
    NodeList docs = nodes_none();
    Node *next;
    for (Node *doc = first.doc; doc != NULL; doc = next) {
        next = doc->next;
        docs = nodes_add(docs, doc);
    }
    return docs;
}

Node *build_declaration(Build *build, NodeKind kind, Token first, NodeList children)
{
    return build_list(build, kind, first, nodes_join(list_docs(first), children));
}

Node *build_declared(Build *build, NodeKind kind, Token first, Token name,
                     NodeList children)
{
    return build_named(build, kind, first, name,
                       nodes_join(list_docs(first), children));
}

Node *build_dotted(Build *build, NodeKind kind, Token first, Node *path)
{
    Node *node = build_declaration(build, kind, first, nodes_none());
    if (path->kind == NODE_ERROR)
        return path;
    set_path(build, node, path);
    return node;
}

Node *build_rule(Build *build, Node *head, NodeList clauses)
{
    NodeList docs = nodes_none();
    Node *next;
    for (Node *doc = head->child; doc != NULL; doc = next) {
        next = doc->next;
        docs = nodes_add(docs, doc);
    }
    head->span.end = build->end;
    return adopt(build, head, nodes_join(docs, clauses));
}

Node *build_observed(Token observe, Node *rule)
{
    if (rule->kind == NODE_ERROR)
        return rule;
    NodeList docs = list_docs(observe);
    if (docs.last != NULL) {
        docs.last->next = rule->child;
        rule->child = docs.first;
    }
    rule->flags |= NODE_OBSERVE;
    rule->span.start = observe.span.start;
    return rule;
}

// ---- expressions ----

Node *build_flag(Node *node, unsigned flags)
{
    node->flags |= (uint8_t)flags;
    return node;
}

Node *build_parenthesized(Build *build, Token open, Node *inner)
{
    if (inner->kind == NODE_ERROR)
        return inner;
    inner->span = span_make(open.span.start, build->end);
    inner->flags |= NODE_PARENTHESIZED;
    inner->height++;
    return inner->height > AST_MAX_DEPTH ? refuse_depth(build, inner->span) : inner;
}

static bool is_comparison(const Node *node)
{
    switch (node->kind) {
    case NODE_EQ:
    case NODE_NE:
    case NODE_LT:
    case NODE_LE:
    case NODE_GT:
    case NODE_GE:
    case NODE_IN:
    case NODE_LIKE:
        return (node->flags & NODE_PARENTHESIZED) == 0;
    default:
        return false; // a byte of a node: every other kind
    }
}

Node *build_comparison(Build *build, NodeKind kind, Node *left, Node *right)
{
    if (is_comparison(left)) {
        Span chain = span_make(left->span.start, build->end);
        diag_report(build->diags, DIAG_SYNTAX_CHAIN, chain);
        return build_error(build);
    }
    return build_over2(build, kind, left, right);
}

// Until a node is put into a list its `next` is free; a chain keeps its last child
// there, so a chain of n parts is built in n steps.
Node *build_chain(Build *build, NodeKind kind, Node *left, Node *right)
{
    bool is_chain = left->kind == kind && (left->flags & NODE_PARENTHESIZED) == 0;
    if (!is_chain || right->kind == NODE_ERROR) {
        Node *node = build_over2(build, kind, left, right);
        if (node->kind != NODE_ERROR)
            node->next = right;
        return node;
    }
    Node *last = left->next;
    last->next = right;
    left->next = right;
    right->next = NULL;
    left->span.end = build->end;
    if (right->height >= left->height)
        left->height = (uint16_t)(right->height + 1);
    return left->height > AST_MAX_DEPTH ? refuse_depth(build, left->span) : left;
}

Node *build_quantifier(Build *build, NodeKind kind, Token first, Token variable,
                       Node *set, Node *body)
{
    return build_named(build, kind, first, variable, nodes_add(nodes_one(set), body));
}

Node *build_token_test(Build *build, NodeKind kind, Token dimension, Node *value)
{
    NodeList sides = nodes_one(build_leaf(build, NODE_NAME, dimension));
    return build_over(build, kind, nodes_add(sides, value));
}

// ---- the whole ----

void build_file(Build *build, NodeList declarations)
{
    Node *file =
        adopt(build, make(build, NODE_FILE, build->source->base), declarations);
    file->span.end = build->source->base + (uint32_t)build->source->text.len;
    build->root = file;
}

void build_root(Build *build, Node *root)
{
    root->next = NULL;
    build->root = root;
}

void build_overflow(Build *build)
{
    build->is_overflown = true;
    refuse_depth(build, span_make(build->end, build->end));
}
