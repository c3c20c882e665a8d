// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/facts.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "lang/facts/csv.h"
#include "lang/facts/yaml.h"
#include "lang/source/diag.h"

static Span whole_start(const Source *source)
{
    return span_make(source->base, source->base);
}

// ---- JSON ----

typedef struct JsonFacts {
    Arena *arena;
    Diags *diags;
    const Source *source;
} JsonFacts;

static Span span_at(const Source *source, size_t offset, size_t len)
{
    uint32_t start = source->base + (uint32_t)offset;
    return span_make(start, start + (uint32_t)len);
}

static FactKind kind_of(const JsonValue *value)
{
    switch (value->kind) {
    case JSON_NULL:
        return FACT_NULL;
    case JSON_BOOL:
        return FACT_BOOL;
    case JSON_NUMBER:
        return FACT_NUMBER;
    case JSON_STRING:
        return FACT_STRING;
    case JSON_ARRAY:
        return FACT_LIST;
    case JSON_OBJECT:
        return FACT_MAP;
    }
    unreachable_bug();
}

// NULL when it is nested too deep, which is reported.
static Fact *fact_from_json(JsonFacts *json, const JsonValue *value, unsigned depth)
{
    Span span = span_at(json->source, value->offset, value->raw.len);
    bool has_parts = value->kind == JSON_ARRAY || value->kind == JSON_OBJECT;
    if (has_parts && depth == FACT_MAX_DEPTH) {
        diag_report1(json->diags, DIAG_FACTS_DEPTH, span, STR("16"));
        return NULL;
    }
    Fact *fact = ARENA_NEW(json->arena, Fact);
    *fact = (Fact){.kind = kind_of(value), .text = value->text, .span = span};
    if (value->kind == JSON_BOOL)
        fact->text = value->truth ? STR("true") : STR("false");
    for (const JsonValue *part = value->first; part != NULL; part = part->next) {
        Fact *child = fact_from_json(json, part, depth + 1);
        if (child == NULL)
            return NULL;
        child->name = part->name;
        child->name_span = span_at(json->source, part->name_offset, part->name.len + 2);
        fact_append(fact, child);
    }
    return fact;
}

static Fact *json_facts(Arena *arena, Diags *diags, const Source *source)
{
    const JsonValue *value;
    JsonError error;
    Status status = json_parse(arena, source->text, &value, &error);
    if (status != STATUS_OK) {
        diag_report2(diags, DIAG_FACTS_MALFORMED, span_at(source, error.offset, 1),
                     STR("JSON"), str_from_c(error.message));
        return NULL;
    }
    JsonFacts json = {arena, diags, source};
    Fact *root = fact_from_json(&json, value, 0);
    return root != NULL && fact_check(arena, diags, root) ? root : NULL;
}

// ---- all three ----

static bool check_text(Diags *diags, const Source *source)
{
    Str text = source->text;
    if (str_starts(text, STR("\xef\xbb\xbf"))) {
        diag_report(diags, DIAG_ENCODING_MARK, whole_start(source));
        return false;
    }
    size_t valid = utf8_valid_prefix(text);
    if (valid < text.len) {
        diag_report(diags, DIAG_ENCODING_INVALID, span_at(source, valid, 1));
        return false;
    }
    const char *nul = text.len == 0 ? NULL : memchr(text.at, '\0', text.len);
    if (nul != NULL) {
        diag_report(diags, DIAG_FACTS_NUL, span_at(source, (size_t)(nul - text.at), 1));
        return false;
    }
    return true;
}

static bool check_size(Diags *diags, const Source *source, size_t limit)
{
    if (source->text.len <= limit)
        return true;
    diag_report2(diags, DIAG_FACTS_LIMIT, whole_start(source), STR("the file"),
                 arena_format(diags->arena, "%zu MiB", limit >> 20));
    return false;
}

const Fact *facts_read(Arena *arena, Diags *diags, const Source *source)
{
    Str path = source->path;
    bool is_yaml = str_ends(path, STR(".yaml")) || str_ends(path, STR(".yml"));
    bool is_json = str_ends(path, STR(".json"));
    if (!is_yaml && !is_json && !str_ends(path, STR(".csv"))) {
        diag_report1(diags, DIAG_FACTS_EXTENSION, whole_start(source), path);
        return NULL;
    }
    if (!check_size(diags, source, is_yaml ? FACT_MAX_YAML : FACT_MAX_TABLE) ||
        !check_text(diags, source))
        return NULL;
    const Fact *root = is_yaml   ? yaml_read(arena, diags, source)
                       : is_json ? json_facts(arena, diags, source)
                                 : csv_read(arena, diags, source);
    if (root != NULL && root->kind == FACT_NULL) {
        diag_report1(diags, DIAG_FACTS_EMPTY, whole_start(source), path);
        return NULL;
    }
    return root;
}

const Fact *facts_load(Arena *arena, Diags *diags, Sources *sources, Str path,
                       Span span)
{
    Source *source;
    Status status = sources_load(sources, path, &source);
    if (status != STATUS_OK) {
        diag_report2(diags, DIAG_FACTS_UNREADABLE, span, path,
                     str_from_c(status_text(status)));
        return NULL;
    }
    return facts_read(arena, diags, source);
}
