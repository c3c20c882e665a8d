// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/yaml.h"

#include <string.h>
#include <yaml.h>

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "lang/source/diag.h"

// One list or map that is not complete yet.
typedef struct Level {
    Fact *fact;
    bool has_name; // MAP: the name of the next member is known
    Str name;
    Span name_span;
} Level;

// Why reading stopped. libyaml's memory is not the arena's, so nothing may unwind while
// the parser is alive: memory is only tried for, and the one message waits until it is
// gone.
typedef struct Refusal {
    bool is_set;
    DiagId id;
    Span span;
    Str args[2];
    Str help; // empty: the row's own
} Refusal;

typedef struct Yaml {
    Arena *arena;
    const Source *source;
    yaml_parser_t parser;
    Fact *root;
    bool has_document;
    Level levels[FACT_MAX_DEPTH];
    uint32_t depth;
    size_t mark_at;   // libyaml counts characters: this many of them ...
    size_t mark_byte; // ... are this many bytes
    size_t wanted;    // bytes that the arena didn't have; 0: it had all
    Refusal refusal;
} Yaml;

static void refuse(Yaml *yaml, DiagId id, Span span, Str arg0, Str arg1, Str help)
{
    if (!yaml->refusal.is_set)
        yaml->refusal = (Refusal){true, id, span, {arg0, arg1}, help};
}

static void refuse_feature(Yaml *yaml, Span span, Str what, Str help)
{
    refuse(yaml, DIAG_FACTS_YAML_FEATURE, span, what, (Str){0}, help);
}

static void *try_alloc(Yaml *yaml, size_t size)
{
    void *memory = arena_try(yaml->arena, size);
    if (memory == NULL)
        yaml->wanted = size;
    return memory;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

// The byte at which libyaml's character `index` stands. Marks come nearly in order, so
// the walk from the last one is short.
static size_t byte_at(Yaml *yaml, size_t index)
{
    Str text = yaml->source->text;
    while (yaml->mark_at < index && yaml->mark_byte < text.len) {
        yaml->mark_byte++;
        while (yaml->mark_byte < text.len && is_continuation(text.at[yaml->mark_byte]))
            yaml->mark_byte++;
        yaml->mark_at++;
    }
    while (yaml->mark_at > index && yaml->mark_byte > 0) {
        yaml->mark_byte--;
        while (yaml->mark_byte > 0 && is_continuation(text.at[yaml->mark_byte]))
            yaml->mark_byte--;
        yaml->mark_at--;
    }
    return yaml->mark_byte;
}

static Span span_of(Yaml *yaml, const yaml_event_t *event)
{
    size_t start = byte_at(yaml, event->start_mark.index);
    size_t end = byte_at(yaml, event->end_mark.index);
    uint32_t base = yaml->source->base;
    return span_make(base + (uint32_t)start, base + (uint32_t)end);
}

// What libyaml itself could not read.
static void refuse_malformed(Yaml *yaml)
{
    yaml_parser_t *parser = &yaml->parser;
    size_t at = parser->error == YAML_READER_ERROR
                    ? parser->problem_offset
                    : byte_at(yaml, parser->problem_mark.index);
    Str text = yaml->source->text;
    if (at > text.len)
        at = text.len;
    Str help = {0};
    if (at < text.len && text.at[at] == '\t')
        help = STR("YAML is indented with spaces, never with tabs");
    uint32_t start = yaml->source->base + (uint32_t)at;
    // libyaml's problems are constants.
    Str problem =
        str_from_c(parser->problem != NULL ? parser->problem : "out of memory");
    refuse(yaml, DIAG_FACTS_MALFORMED, span_make(start, start + 1), STR("YAML"),
           problem, help);
}

static void refuse_anchor(Yaml *yaml, Span span, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    if (anchor != NULL)
        refuse_feature(yaml, span, STR("anchors (`&`)"), (Str){0});
    if (tag != NULL)
        refuse_feature(yaml, span, STR("tags (`!`)"),
                       STR("the type of the column says what a text means"));
}

static Fact *new_fact(Yaml *yaml, FactKind kind, Span span)
{
    Fact *fact = try_alloc(yaml, sizeof *fact);
    if (fact == NULL)
        return NULL;
    *fact = (Fact){.kind = kind, .span = span};
    return fact;
}

// Gives the node its place in the list or map that is open.
static void place(Yaml *yaml, Fact *fact)
{
    if (yaml->depth == 0) {
        yaml->root = fact;
        return;
    }
    Level *level = &yaml->levels[yaml->depth - 1];
    if (level->fact->kind == FACT_MAP) {
        fact->name = level->name;
        fact->name_span = level->name_span;
        level->has_name = false;
    }
    fact_append(level->fact, fact);
}

// True where the name of a member comes next.
static bool expects_name(const Yaml *yaml)
{
    if (yaml->depth == 0)
        return false;
    const Level *level = &yaml->levels[yaml->depth - 1];
    return level->fact->kind == FACT_MAP && !level->has_name;
}

static void read_name(Yaml *yaml, Str text, bool is_plain, Span span)
{
    if (is_plain && str_eq(text, STR("<<"))) {
        refuse_feature(yaml, span, STR("merge keys (`<<`)"),
                       STR("write the members out"));
        return;
    }
    if (is_plain && text.len == 0) {
        refuse(yaml, DIAG_FACTS_MALFORMED, span, STR("YAML"),
               STR("the name before the colon is missing"), (Str){0});
        return;
    }
    Level *level = &yaml->levels[yaml->depth - 1];
    level->has_name = true;
    level->name = text;
    level->name_span = span;
}

static bool is_plain_null(Str text)
{
    return text.len == 0 || str_eq(text, STR("~")) || str_eq(text, STR("null")) ||
           str_eq(text, STR("Null")) || str_eq(text, STR("NULL"));
}

static void read_scalar(Yaml *yaml, const yaml_event_t *event, Span span)
{
    refuse_anchor(yaml, span, event->data.scalar.anchor, event->data.scalar.tag);
    size_t len = event->data.scalar.length;
    if (memchr(event->data.scalar.value, '\0', len) != NULL)
        refuse_feature(yaml, span, STR("the NUL character (`\\0`)"), (Str){0});
    char *copy = try_alloc(yaml, len + 1);
    if (copy == NULL || yaml->refusal.is_set)
        return;
    memcpy(copy, event->data.scalar.value, len);
    Str text = {copy, len};
    bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (expects_name(yaml)) {
        read_name(yaml, text, is_plain, span);
        return;
    }
    FactKind kind = !is_plain             ? FACT_STRING
                    : is_plain_null(text) ? FACT_NULL
                                          : FACT_PLAIN;
    Fact *fact = new_fact(yaml, kind, span);
    if (fact == NULL)
        return;
    fact->text = text;
    place(yaml, fact);
}

static void open_level(Yaml *yaml, FactKind kind, Span span)
{
    if (expects_name(yaml)) {
        refuse_feature(yaml, span, STR("a list or map as a name"), (Str){0});
        return;
    }
    if (yaml->depth == FACT_MAX_DEPTH) {
        refuse(yaml, DIAG_FACTS_DEPTH, span, STR("16"), (Str){0}, (Str){0});
        return;
    }
    Fact *fact = new_fact(yaml, kind, span);
    if (fact == NULL)
        return;
    place(yaml, fact);
    yaml->levels[yaml->depth++] = (Level){.fact = fact};
}

static void close_level(Yaml *yaml, Span span)
{
    CHECK(yaml->depth > 0);
    Fact *fact = yaml->levels[--yaml->depth].fact;
    const Fact *last = fact->last;
    // In block style libyaml ends a list or map where the next line begins.
    uint32_t end = last == NULL || span.end > span.start ? span.end : last->span.end;
    if (end > fact->span.start)
        fact->span.end = end;
}

static void read_event(Yaml *yaml, const yaml_event_t *event)
{
    Span span = span_of(yaml, event);
    switch (event->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return;
    case YAML_DOCUMENT_START_EVENT:
        if (yaml->has_document)
            refuse_feature(yaml, span, STR("a second document (`---`)"), (Str){0});
        yaml->has_document = true;
        return;
    case YAML_ALIAS_EVENT:
        refuse_feature(yaml, span, STR("aliases (`*`)"),
                       STR("write it out; a text that begins with `*` needs quotes"));
        return;
    case YAML_SCALAR_EVENT:
        read_scalar(yaml, event, span);
        return;
    case YAML_SEQUENCE_START_EVENT:
        refuse_anchor(yaml, span, event->data.sequence_start.anchor,
                      event->data.sequence_start.tag);
        open_level(yaml, FACT_LIST, span);
        return;
    case YAML_MAPPING_START_EVENT:
        refuse_anchor(yaml, span, event->data.mapping_start.anchor,
                      event->data.mapping_start.tag);
        open_level(yaml, FACT_MAP, span);
        return;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_level(yaml, span);
        return;
    }
}

static bool is_stopped(const Yaml *yaml)
{
    return yaml->refusal.is_set || yaml->wanted > 0;
}

static void read_events(Yaml *yaml)
{
    bool is_done = false;
    while (!is_done && !is_stopped(yaml)) {
        yaml_event_t event;
        if (!yaml_parser_parse(&yaml->parser, &event)) {
            refuse_malformed(yaml);
            return;
        }
        read_event(yaml, &event);
        is_done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
}

static void report(Diags *diags, const Refusal *refusal)
{
    Diag *diag = diag_report2(diags, refusal->id, refusal->span, refusal->args[0],
                              refusal->args[1]);
    if (refusal->help.len > 0)
        diag_help(diag, refusal->help);
}

Fact *yaml_read(Arena *arena, Diags *diags, const Source *source)
{
    Yaml yaml = {.arena = arena, .source = source};
    if (!yaml_parser_initialize(&yaml.parser)) {
        yaml.wanted = SIZE_MAX;
    } else {
        yaml_parser_set_encoding(&yaml.parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&yaml.parser, (const yaml_char_t *)source->text.at,
                                     source->text.len);
        read_events(&yaml);
        yaml_parser_delete(&yaml.parser);
    }
    if (yaml.wanted > 0)
        arena_alloc(arena, yaml.wanted); // unwinds
    if (yaml.refusal.is_set) {
        report(diags, &yaml.refusal);
        return NULL;
    }
    if (yaml.root == NULL) {
        diag_report1(diags, DIAG_FACTS_EMPTY, span_make(source->base, source->base),
                     source->path);
        return NULL;
    }
    return fact_check(arena, diags, yaml.root) ? yaml.root : NULL;
}
