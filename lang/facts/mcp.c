// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/mcp.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "engine/base/map.h"
#include "lang/facts/fact.h"
#include "lang/source/diag.h"

// The files of a policy are its author's own: a fixed key serves.
static const uint64_t name_hash_key[2] = {0x70726f7669736f6du, 0x63706d63706d6370u};

typedef struct Reader {
    Arena *arena;
    Types *types;
    Diags *diags;
    const Source *source;
    Map names;         // of the tools, to their number
    uint32_t position; // of the tool that is read, from 1
    McpTools *out;
} Reader;

static Span span_of(const Reader *reader, const JsonValue *value)
{
    uint32_t start = reader->source->base + value->offset;
    return span_make(start, start + (uint32_t)value->raw.len);
}

static Span name_span(const Reader *reader, const JsonValue *member)
{
    uint32_t start = reader->source->base + member->name_offset;
    return span_make(start, start + (uint32_t)member->name.len + 2);
}

// ---- the list ----

static const JsonValue *report_shape(const Reader *reader, const JsonValue *at,
                                     Str problem)
{
    Span span = at->first == NULL ? span_of(reader, at)
                                  : span_make(reader->source->base + at->offset,
                                              reader->source->base + at->offset + 1);
    diag_report1(reader->diags, DIAG_TOOLS_SHAPE, span, problem);
    return NULL;
}

// The JSON-RPC answer's `result`, or the value itself.
static const JsonValue *unwrap(const JsonValue *root)
{
    const JsonValue *result = json_member(root, STR("result"));
    bool is_answer = result != NULL && json_member(root, STR("tools")) == NULL;
    return is_answer ? result : root;
}

// The list or map of tools; NULL after reporting that there is none.
static const JsonValue *find_tools(const Reader *reader, const JsonValue *root)
{
    const JsonValue *list = unwrap(root);
    const JsonValue *error = json_member(root, STR("error"));
    if (list->kind == JSON_ARRAY)
        return list;
    if (list->kind != JSON_OBJECT)
        return report_shape(
            reader, list,
            arena_format(reader->arena, "it is %s", json_kind_text(list->kind)));
    const JsonValue *tools = json_member(list, STR("tools"));
    if (tools == NULL && error != NULL)
        return report_shape(reader, error, STR("the server answered with an error"));
    if (tools == NULL)
        return report_shape(reader, list, STR("it has no member `tools`"));
    if (tools->kind == JSON_NULL)
        return tools; // how some servers write an empty list
    if (tools->kind != JSON_ARRAY && tools->kind != JSON_OBJECT)
        return report_shape(
            reader, tools,
            arena_format(reader->arena, "`tools` is %s", json_kind_text(tools->kind)));
    const JsonValue *cursor = json_member(list, STR("nextCursor"));
    reader->out->is_cut = cursor != NULL && cursor->kind == JSON_STRING;
    return tools;
}

// ---- one tool ----

static bool report_tool(const Reader *reader, Span span, Str problem, Str name)
{
    Str shown = name.len == 0
                    ? arena_format(reader->arena, "number %u", reader->position)
                    : arena_format(reader->arena, "`%.*s`",
                                   (int)(name.len < 64 ? name.len : 64), name.at);
    diag_report2(reader->diags, DIAG_TOOL_INVALID, span, problem, shown);
    return false;
}

static bool has_control(Str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
            return true;
    return false;
}

// The tool's name; in a map of tools it may stand before the tool alone.
static bool read_name(Reader *reader, const JsonValue *value, McpTool *tool)
{
    const JsonValue *name = json_member(value, STR("name"));
    tool->span = name != NULL ? span_of(reader, name) : name_span(reader, value);
    tool->name = name != NULL ? name->text : value->name;
    if (name == NULL && value->name.len == 0)
        return report_tool(reader, span_of(reader, value), STR("there is no name"),
                           (Str){0});
    if (name != NULL && name->kind != JSON_STRING)
        return report_tool(reader, tool->span, STR("the name is no text"), (Str){0});
    if (tool->name.len == 0)
        return report_tool(reader, tool->span, STR("the name is empty"), (Str){0});
    if (tool->name.len > FACT_MAX_NAME)
        return report_tool(reader, tool->span, STR("the name is longer than 128 bytes"),
                           tool->name);
    if (has_control(tool->name))
        return report_tool(reader, tool->span,
                           STR("a control character stands in the name"), (Str){0});
    bool is_new;
    uint32_t first =
        *map_insert(&reader->names, tool->name, reader->out->count, &is_new);
    if (is_new)
        return true;
    Diag *diag = diag_report1(reader->diags, DIAG_TOOL_TWICE, tool->span, tool->name);
    diag_label(diag, reader->out->items[first].span, STR("here it stands first"));
    return false;
}

// What the hint says; the default if it is not there or no boolean.
static bool hint(const JsonValue *annotations, Str name, bool otherwise)
{
    const JsonValue *value = json_member(annotations, name);
    return value != NULL && value->kind == JSON_BOOL ? value->truth : otherwise;
}

static void add_tag(McpTool *tool, Str tag)
{
    tool->tags[tool->tag_count++] = tag;
}

static void read_tags(const JsonValue *value, McpTool *tool)
{
    const JsonValue *annotations = json_member(value, STR("annotations"));
    bool is_read_only = hint(annotations, STR("readOnlyHint"), false);
    if (hint(annotations, STR("destructiveHint"), !is_read_only))
        add_tag(tool, STR("destructive"));
    if (hint(annotations, STR("idempotentHint"), false))
        add_tag(tool, STR("idempotent"));
    if (hint(annotations, STR("openWorldHint"), true))
        add_tag(tool, STR("open_world"));
    if (is_read_only)
        add_tag(tool, STR("read_only"));
}

// False, after reporting it, for a number that canonical JSON can't write.
static bool read_pin(Reader *reader, const JsonValue *value, McpTool *tool)
{
    static const char *const members[] = {"name", "description", "inputSchema",
                                          "outputSchema", "annotations"};
    Buf text = buf_on(reader->arena);
    buf_char(&text, '{');
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const JsonValue *member = json_member(value, str_from_c(members[i]));
        if (member == NULL)
            continue;
        buf_printf(&text, "%s\"%s\":", text.len > 1 ? "," : "", members[i]);
        buf_str(&text, member->raw);
    }
    buf_char(&text, '}');
    Buf canonical = buf_on(reader->arena);
    Status status = json_canonical(reader->arena, buf_view(&text), &canonical);
    if (status == STATUS_OK)
        status = crypto_sha256(buf_view(&canonical), &tool->pin);
    if (status == STATUS_OK)
        return true;
    return report_tool(reader, tool->span,
                       status == STATUS_MALFORMED
                           ? STR("a number is too large for the pin")
                           : str_from_c(status_text(status)),
                       tool->name);
}

static bool check_arguments(Reader *reader, const McpTool *tool,
                            const JsonValue *schema)
{
    const JsonValue *properties = json_member(schema, STR("properties"));
    if (properties == NULL || properties->kind != JSON_OBJECT)
        return true;
    if (properties->count > SCHEMA_MAX_MEMBERS)
        return report_tool(reader, name_span(reader, properties),
                           STR("there are more than 256 arguments"), tool->name);
    const JsonValue *property = properties->first;
    for (; property != NULL; property = property->next)
        if (property->name.len > FACT_MAX_NAME)
            return report_tool(reader, name_span(reader, property),
                               STR("an argument's name is longer than 128 bytes"),
                               tool->name);
    return true;
}

static bool read_tool(Reader *reader, const JsonValue *value, McpTool *tool)
{
    *tool = (McpTool){0};
    if (value->kind != JSON_OBJECT)
        return report_tool(reader, span_of(reader, value), STR("there is no object"),
                           value->name);
    const JsonValue *input = json_member(value, STR("inputSchema"));
    const JsonValue *output = json_member(value, STR("outputSchema"));
    const JsonValue *description = json_member(value, STR("description"));
    if (!read_name(reader, value, tool) || !check_arguments(reader, tool, input) ||
        !read_pin(reader, value, tool))
        return false;
    if (description != NULL && description->kind == JSON_STRING)
        tool->description = description->text;
    read_tags(value, tool);
    SchemaReader schemas = {reader->arena, reader->types, &reader->out->notes,
                            tool->name};
    tool->args = schema_arguments(&schemas, input);
    if (output != NULL && output->kind != JSON_NULL)
        tool->result = schema_result(&schemas, output);
    return true;
}

static void read_tools(Reader *reader, const JsonValue *tools)
{
    reader->out->items = ARENA_ARRAY(reader->arena, tools->count, McpTool);
    for (const JsonValue *value = tools->first; value != NULL; value = value->next) {
        reader->position++;
        if (read_tool(reader, value, &reader->out->items[reader->out->count]))
            reader->out->count++;
    }
}

// ---- the file ----

bool mcp_read(Arena *arena, Types *types, Diags *diags, const Source *source,
              McpTools *out)
{
    *out = (McpTools){0};
    if (source->text.len > MCP_MAX_BYTES) {
        diag_report2(diags, DIAG_FACTS_LIMIT, span_make(source->base, source->base),
                     STR("the tool list"), STR("8 MiB"));
        return false;
    }
    const JsonValue *root;
    JsonError error;
    if (json_parse(arena, source->text, &root, &error) != STATUS_OK) {
        uint32_t at = source->base + (uint32_t)error.offset;
        diag_report2(diags, DIAG_FACTS_MALFORMED, span_make(at, at + 1), STR("JSON"),
                     str_from_c(error.message));
        return false;
    }
    Reader reader = {
        .arena = arena, .types = types, .diags = diags, .source = source, .out = out};
    reader.names = map_on(arena, name_hash_key);
    const JsonValue *tools = find_tools(&reader, root);
    if (tools != NULL && tools->count > MCP_MAX_TOOLS)
        tools = report_shape(&reader, tools, STR("it has more than 4096 tools"));
    if (tools == NULL)
        return false;
    read_tools(&reader, tools);
    return true;
}

bool mcp_load(Arena *arena, Types *types, Diags *diags, Sources *sources, Str path,
              Span span, McpTools *out)
{
    Source *source;
    Status status = sources_load(sources, path, &source);
    if (status == STATUS_OK)
        return mcp_read(arena, types, diags, source, out);
    *out = (McpTools){0};
    diag_report2(diags, DIAG_FACTS_UNREADABLE, span, path,
                 str_from_c(status_text(status)));
    return false;
}
