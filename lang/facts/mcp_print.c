// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/mcp_print.h"

#include "lang/facts/policy_text.h"

// Tools whose arguments don't fit into a line have each on a line of its own.
enum { WIDTH = 100 };

// ---- types ----

static void print_values(Buf *out, const Type *type)
{
    buf_c(out, "enum { ");
    for (uint32_t i = 0; i < type->value_count; i++) {
        buf_c(out, i == 0 ? "" : ", ");
        policy_string(out, type->values[i]);
    }
    buf_c(out, " }");
}

static void print_record(Buf *out, const Type *type)
{
    buf_c(out, "{");
    for (uint32_t i = 0; i < type->field_count; i++) {
        buf_c(out, i == 0 ? " " : ", ");
        policy_name(out, type->fields[i].name);
        buf_c(out, ": ");
        mcp_print_type(out, type->fields[i].type);
    }
    buf_c(out, type->field_count == 0 ? "}" : " }");
}

static void print_bare(Buf *out, const Type *type)
{
    if (type->form == TYPE_ENUM) {
        print_values(out, type);
    } else if (type->form == TYPE_RECORD) {
        print_record(out, type);
    } else if (type->form == TYPE_LIST) {
        buf_c(out, "list<");
        mcp_print_type(out, type->element);
        buf_c(out, ">");
    } else {
        type_format(out, type); // the others are a word
    }
}

void mcp_print_type(Buf *out, const Type *type)
{
    print_bare(out, type->bare);
    if (type->is_optional)
        buf_c(out, "?");
}

// ---- tools ----

static void print_description(Buf *out, Str description)
{
    Cut cut = {.tail = str_trim(description), .found = true};
    while (cut.found && cut.tail.len > 0) {
        cut = str_cut(cut.tail, '\n');
        Str line = str_trim(cut.head);
        buf_c(out, line.len > 0 ? "  /// " : "  ///");
        policy_comment(out, line);
        buf_char(out, '\n');
    }
}

static void print_arguments(Buf *out, const Type *args, bool is_broken)
{
    buf_char(out, '(');
    for (uint32_t i = 0; i < args->field_count; i++) {
        buf_c(out, is_broken ? "\n    " : i == 0 ? "" : " ");
        policy_name(out, args->fields[i].name);
        buf_c(out, ": ");
        mcp_print_type(out, args->fields[i].type);
        buf_c(out, i + 1 < args->field_count ? "," : "");
    }
    buf_c(out, is_broken ? "\n  )" : ")");
}

static void print_rest(Buf *out, const McpTool *tool)
{
    if (tool->result != NULL) {
        buf_c(out, " returns ");
        mcp_print_type(out, tool->result->type);
    }
    if (tool->tag_count == 0)
        return;
    buf_c(out, " { tags ");
    for (uint32_t i = 0; i < tool->tag_count; i++)
        buf_printf(out, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(tool->tags[i]));
    buf_c(out, " }");
}

static void print_tool(Buf *out, const McpTool *tool)
{
    buf_c(out, "  tool ");
    policy_name(out, tool->name);
    size_t start = out->len;
    print_arguments(out, tool->args->type, false);
    print_rest(out, tool);
    bool is_long = out->len - start + tool->name.len > WIDTH;
    if (is_long && tool->args->type->field_count > 0) {
        out->len = start;
        print_arguments(out, tool->args->type, true);
        print_rest(out, tool);
    }
    buf_char(out, '\n');
}

void mcp_print(Buf *out, const McpPrint *how, const McpTools *tools)
{
    buf_c(out, "audience ");
    policy_name(out, how->audience);
    buf_c(out, " {\n  uri ");
    policy_string(out, how->uri);
    buf_char(out, '\n');
    for (uint32_t i = 0; i < tools->count; i++) {
        if (how->with_descriptions)
            print_description(out, tools->items[i].description);
        print_tool(out, &tools->items[i]);
    }
    buf_c(out, "}\n");
}
