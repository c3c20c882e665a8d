// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/cli.h"

#include <stdio.h>

#include "engine/base/json_write.h"
#include "engine/base/os.h"
#include "lang/cli/report.h"
#include "lang/facts/mcp_print.h"
#include "lang/source/diag.h"
#include "lang/syntax/format.h"
#include "lang/syntax/parse.h"

// The audience's name: what the file is called, with `_` for what a name can't hold.
static Str name_of_file(Arena *arena, Str path)
{
    Str file = str_cut(os_path_name(path), '.').head;
    Buf name = buf_on(arena);
    bool is_digit_first = file.len > 0 && file.at[0] >= '0' && file.at[0] <= '9';
    buf_c(&name, file.len == 0 || is_digit_first ? "_" : "");
    for (size_t i = 0; i < file.len; i++) {
        char c = file.at[i];
        bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '_';
        buf_char(&name, is_good ? c : '_');
    }
    return buf_view(&name);
}

// ---- as policy text ----

static ExitCode print_policy(Cli *cli, Sources *sources, Diags *diags,
                             const McpPrint *how, const McpTools *tools)
{
    Source *source;
    Buf text = buf_on(&cli->arena);
    Buf out = buf_on(&cli->arena);
    mcp_print(&text, how, tools);
    Status status =
        sources_add(sources, STR("the tools as text"), buf_view(&text), &source);
    if (status != STATUS_OK)
        return cli_fail(cli, EXIT_IO, "%s", status_text(status));
    const Node *file = parse_file(&cli->arena, diags, source);
    if (diags_has_errors(diags))
        return cli_fail(cli, EXIT_USAGE, "`%.*s` can't be the name of an audience",
                        STR_ARG(how->audience));
    format_file(&out, &cli->arena, source, file);
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}

// The notes of one tool, up to NOTES_SHOWN of them; the first of the next.
static const SchemaNote *print_notes_of_tool(const SchemaNote *note)
{
    enum { NOTES_SHOWN = 32 };
    Str tool = note->tool;
    uint32_t count = 0;
    for (; note != NULL && str_eq(note->tool, tool); note = note->next)
        if (count++ < NOTES_SHOWN)
            fprintf(stderr, "note: %.*s: %.*s %.*s\n", STR_ARG(tool),
                    STR_ARG(note->path), STR_ARG(note->text));
    if (count > NOTES_SHOWN)
        fprintf(stderr, "note: %.*s: %u more notes, which --format json has\n",
                STR_ARG(tool), count - NOTES_SHOWN);
    return note;
}

static void print_notes(const McpTools *tools)
{
    const SchemaNote *note = tools->notes.first;
    while (note != NULL)
        note = print_notes_of_tool(note);
    if (tools->is_cut)
        fprintf(stderr,
                "note: the server has more tools than this list (nextCursor)\n");
}

// ---- as JSON ----

static void write_record(Cli *cli, JsonWriter *json, const char *name, const Type *type)
{
    json_name(json, name);
    json_begin_object(json);
    for (uint32_t i = 0; i < type->field_count; i++) {
        Buf text = buf_on(&cli->arena);
        mcp_print_type(&text, type->fields[i].type);
        json_name_str(json, type->fields[i].name);
        json_str(json, buf_view(&text));
    }
    json_end_object(json);
}

static void write_tool(Cli *cli, JsonWriter *json, const McpTool *tool)
{
    Buf pin = buf_on(&cli->arena);
    buf_hex(&pin, tool->pin.bytes, sizeof tool->pin.bytes);
    json_begin_object(json);
    json_name(json, "name");
    json_str(json, tool->name);
    json_name(json, "pin");
    json_str(json, buf_view(&pin));
    json_name(json, "tags");
    json_begin_array(json);
    for (uint32_t i = 0; i < tool->tag_count; i++)
        json_str(json, tool->tags[i]);
    json_end_array(json);
    write_record(cli, json, "arguments", tool->args->type);
    if (tool->result != NULL && tool->result->type->form == TYPE_RECORD)
        write_record(cli, json, "result", tool->result->type);
    json_end_object(json);
}

static void write_notes(JsonWriter *json, const SchemaNotes *notes)
{
    json_name(json, "notes");
    json_begin_array(json);
    for (const SchemaNote *note = notes->first; note != NULL; note = note->next) {
        json_begin_object(json);
        json_name(json, "tool");
        json_str(json, note->tool);
        json_name(json, "path");
        json_str(json, note->path);
        json_name(json, "text");
        json_str(json, note->text);
        json_end_object(json);
    }
    json_end_array(json);
}

static ExitCode print_json(Cli *cli, const McpTools *tools)
{
    Buf out = buf_on(&cli->arena);
    JsonWriter json = json_writer(&out, 2);
    json_begin_object(&json);
    json_name(&json, "tools");
    json_begin_array(&json);
    for (uint32_t i = 0; i < tools->count; i++)
        write_tool(cli, &json, &tools->items[i]);
    json_end_array(&json);
    write_notes(&json, &tools->notes);
    json_name(&json, "complete");
    json_bool(&json, !tools->is_cut);
    json_end_object(&json);
    buf_char(&out, '\n');
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}

// ---- the command ----

static ExitCode import_mcp(Cli *cli, const char *path, McpPrint *how)
{
    Str text;
    Sources sources;
    Source *source;
    Diags diags;
    McpTools tools;
    ExitCode code = cli_read(cli, path, MCP_MAX_BYTES, &text);
    if (code != EXIT_FINE)
        return code;
    sources_init(&sources, &cli->arena, NULL, NULL);
    diags_init(&diags, &cli->arena, &sources);
    Status status = sources_add(&sources, str_from_c(path), text, &source);
    if (status != STATUS_OK)
        return cli_fail_file(cli, path, status);
    mcp_read(&cli->arena, types_new(&cli->arena), &diags, source, &tools);
    if (diags_has_errors(&diags))
        return report_diags(cli, &diags);
    if (cli->is_json)
        return print_json(cli, &tools);
    if (how->audience.len == 0)
        how->audience = name_of_file(&cli->arena, str_from_c(path));
    if (how->uri.len == 0)
        how->uri = arena_format(&cli->arena, "https://%.*s.example/mcp",
                                STR_ARG(how->audience));
    print_notes(&tools);
    return print_policy(cli, &sources, &diags, how, &tools);
}

ExitCode command_import(Cli *cli)
{
    enum { NAME, ADDRESS, DESCRIPTIONS };
    static const CliOption OPTIONS[] = {
        {"name", 'n', "NAME", "what the audience is called; else as the file"},
        {"uri", 'u', "URI", "the audience's address"},
        {"descriptions", 0, NULL, "the server's descriptions, as doc comments"},
        {0},
    };
    McpPrint how = {0};
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0) {
        if (option == NAME)
            how.audience = str_from_c(cli->value);
        if (option == ADDRESS)
            how.uri = str_from_c(cli->value);
        if (option == DESCRIPTIONS)
            how.with_descriptions = true;
    }
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    const char *kind = cli_argument(cli), *path = cli_argument(cli);
    if (path == NULL || cli_argument(cli) != NULL ||
        !str_eq(str_from_c(kind), STR("mcp")))
        return cli_fail(cli, EXIT_USAGE, "say `mcp` and which file");
    return import_mcp(cli, path, &how);
}
