// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/document.h"

#include <string.h>
#include <yaml.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

// A map or list that is open, and where its next member goes.
typedef struct Level {
    Node *node;
    Node **end;
    Node *key; // NODE_MAP: the member whose value comes next
} Level;

typedef struct Builder {
    Arena *arena;
    Buf *why;
    Node *root;
    uint32_t depth;
    Level levels[DOCUMENT_DEPTH];
} Builder;

static Status refuse(Builder *builder, uint32_t line, const char *what)
{
    buf_printf(builder->why, "%u: %s", line, what);
    return STATUS_MALFORMED;
}

static uint32_t event_line(const yaml_event_t *event)
{
    return (uint32_t)event->start_mark.line + 1;
}

static Status new_node(Builder *builder, uint32_t line, Node **out)
{
    Node *node = arena_try(builder->arena, sizeof(Node));
    ENSURE(node != NULL, STATUS_LIMIT);
    node->line = line;
    *out = node;
    return STATUS_OK;
}

static Status copy_text(Builder *builder, const yaml_event_t *event, Str *out)
{
    const void *bytes = event->data.scalar.value;
    Str text = {bytes, event->data.scalar.length};
    if (memchr(bytes, '\0', text.len) != NULL)
        return refuse(builder, event_line(event), "a text holds a NUL character");
    char *copy = arena_try(builder->arena, text.len + 1);
    ENSURE(copy != NULL, STATUS_LIMIT);
    memcpy(copy, text.at, text.len);
    *out = (Str){copy, text.len};
    return STATUS_OK;
}

// The scalar is a key of the map on top: makes the member that its value will fill.
static Status add_key(Builder *builder, const yaml_event_t *event)
{
    Level *level = &builder->levels[builder->depth - 1];
    uint32_t line = event_line(event);
    Str key = {0};
    TRY(copy_text(builder, event, &key));
    if (str_eq(key, STR("<<")))
        return refuse(builder, line,
                      "merge keys (`<<`) are not accepted; write the members out");
    for (const Node *node = level->node->first; node != NULL; node = node->next) {
        if (!str_eq(node->key, key))
            continue;
        buf_printf(builder->why,
                   "%u: `%.*s` is given twice, first in line %u; remove one", line,
                   STR_ARG(key), node->line);
        return STATUS_MALFORMED;
    }
    TRY(new_node(builder, line, &level->key));
    level->key->key = key;
    *level->end = level->key;
    level->end = &level->key->next;
    return STATUS_OK;
}

// The node that the next value fills: the member of a map, a new one of a list, or the
// root.
static Status next_value(Builder *builder, uint32_t line, Node **out)
{
    if (builder->depth == 0) {
        TRY(new_node(builder, line, &builder->root));
        *out = builder->root;
        return STATUS_OK;
    }
    Level *level = &builder->levels[builder->depth - 1];
    if (level->node->kind == NODE_MAP) {
        *out = level->key;
        level->key = NULL;
        return STATUS_OK;
    }
    TRY(new_node(builder, line, out));
    *level->end = *out;
    level->end = &(*out)->next;
    return STATUS_OK;
}

static bool awaits_key(const Builder *builder)
{
    if (builder->depth == 0)
        return false;
    const Level *level = &builder->levels[builder->depth - 1];
    return level->node->kind == NODE_MAP && level->key == NULL;
}

static Status add_text(Builder *builder, const yaml_event_t *event)
{
    if (event->data.scalar.anchor != NULL)
        return refuse(builder, event_line(event),
                      "anchors are not accepted; write the value out");
    if (event->data.scalar.tag != NULL)
        return refuse(builder, event_line(event), "tags are not accepted; remove it");
    if (awaits_key(builder))
        return add_key(builder, event);
    Node *node = NULL;
    TRY(next_value(builder, event_line(event), &node));
    node->kind = NODE_TEXT;
    node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return copy_text(builder, event, &node->text);
}

static Status open_level(Builder *builder, NodeKind kind, uint32_t line,
                         const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        return refuse(builder, line, "anchors are not accepted; write the value out");
    if (tag != NULL)
        return refuse(builder, line, "tags are not accepted; remove it");
    if (awaits_key(builder))
        return refuse(builder, line, "a key must be a text");
    if (builder->depth == DOCUMENT_DEPTH)
        return refuse(builder, line, "nested too deeply");
    Node *node = NULL;
    TRY(next_value(builder, line, &node));
    node->kind = kind;
    builder->levels[builder->depth] = (Level){.node = node, .end = &node->first};
    builder->depth++;
    return STATUS_OK;
}

static Status add_event(Builder *builder, const yaml_event_t *event)
{
    uint32_t line = event_line(event);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_text(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(builder, NODE_LIST, line, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_level(builder, NODE_MAP, line, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        builder->depth--;
        return STATUS_OK;
    case YAML_ALIAS_EVENT:
        return refuse(builder, line, "aliases are not accepted; write the value out");
    case YAML_DOCUMENT_START_EVENT:
        if (builder->root != NULL)
            return refuse(builder, line, "a second document begins; keep one");
        return STATUS_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return STATUS_OK;
    }
    unreachable_bug();
}

static Status build(Builder *builder, yaml_parser_t *parser)
{
    bool is_end = false;
    while (!is_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            uint32_t line = (uint32_t)parser->problem_mark.line + 1;
            return refuse(builder, line,
                          parser->problem != NULL ? parser->problem : "not YAML");
        }
        is_end = event.type == YAML_STREAM_END_EVENT;
        Status status = add_event(builder, &event);
        yaml_event_delete(&event);
        TRY(status);
    }
    return builder->root != NULL ? STATUS_OK : refuse(builder, 1, "the file is empty");
}

Status document_read(Arena *arena, Str text, Node **out, Buf *why)
{
    Builder builder = {.arena = arena, .why = why};
    if (!utf8_is_valid(text))
        return refuse(&builder, 1, "the file is not UTF-8");
    yaml_parser_t parser;
    ENSURE(yaml_parser_initialize(&parser), STATUS_MEMORY);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
    Status status = build(&builder, &parser);
    yaml_parser_delete(&parser);
    if (status == STATUS_OK)
        *out = builder.root;
    return status;
}
