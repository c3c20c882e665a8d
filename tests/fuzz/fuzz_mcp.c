// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of MCP tool lists (libFuzzer).
//
// Any bytes become tools or messages. The arguments of a tool are a closed record whose
// type and fields agree, and the tools print as policy text that parses.
#include <stdint.h>

#include "engine/base/bug.h"
#include "lang/facts/mcp.h"
#include "lang/facts/mcp_print.h"
#include "lang/source/diag.h"
#include "lang/syntax/parse.h"

enum { MEMORY = 512 * 1024 * 1024 };

static void check_schema(const Schema *schema)
{
    const Type *type = schema->type;
    CHECK(type == type->bare);
    CHECK((type->form == TYPE_RECORD) || schema->field_count == 0);
    CHECK((type->form == TYPE_LIST) == (schema->element != NULL));
    if (schema->element != NULL) {
        CHECK(schema->element->type == type->element);
        check_schema(schema->element);
    }
    for (uint32_t i = 0; i < schema->field_count; i++) {
        const SchemaField *field = &schema->fields[i];
        CHECK(str_eq(field->name, type->fields[i].name));
        CHECK(i == 0 || str_compare(schema->fields[i - 1].name, field->name) < 0);
        CHECK(type->fields[i].type->bare == field->schema->type);
        check_schema(field->schema);
    }
    for (uint32_t i = 0; i < schema->value_count; i++)
        CHECK(schema->values[i].type == type);
}

static void check_tools(const McpTools *tools)
{
    for (uint32_t i = 0; i < tools->count; i++) {
        CHECK(tools->items[i].name.len > 0);
        CHECK(tools->items[i].args->type->form == TYPE_RECORD);
        CHECK(tools->items[i].args->flags & SCHEMA_CLOSED);
        check_schema(tools->items[i].args);
        if (tools->items[i].result != NULL)
            check_schema(tools->items[i].result);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    arena_init(&arena, MEMORY);
    Sources sources;
    sources_init(&sources, &arena, NULL, NULL);
    Diags diags;
    diags_init(&diags, &arena, &sources);
    Source *source;
    CHECK(sources_add(&sources, STR("t.json"), (Str){(const char *)data, size},
                      &source) == STATUS_OK);
    McpTools tools;
    if (mcp_read(&arena, types_new(&arena), &diags, source, &tools)) {
        check_tools(&tools);
        Buf out = buf_on(&arena);
        McpPrint how = {STR("server"), STR("https://server.example"), true};
        mcp_print(&out, &how, &tools);
        CHECK(sources_add(&sources, STR("p"), buf_view(&out), &source) == STATUS_OK);
        uint32_t errors = diags.errors;
        parse_file(&arena, &diags, source);
        CHECK(diags.errors == errors);
    } else {
        CHECK(diags_has_errors(&diags));
    }
    arena_free(&arena);
    return 0;
}
