// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/mcp.h"

#include <string.h>

#include "lang/facts/facts_unit.h"
#include "lang/facts/mcp_print.h"
#include "lang/syntax/parse.h"

static bool read(Bench *bench, Str text, McpTools *tools)
{
    const Source *source = bench_add(bench, "t.json", text);
    return mcp_read(&bench->arena, bench->types, &bench->diags, source, tools);
}

// ---- one schema ----

static void write_bound(Buf *out, const Const *value)
{
    if (value == NULL)
        return;
    if (value->type->form == TYPE_DECIMAL)
        decimal_format(out, value->decimal);
    else
        buf_i64(out, value->number);
}

// "int?(1..5)": the type, `?` for nullable, bounds, (open) for records that are.
static void write_schema(Buf *out, const Schema *schema)
{
    if (schema->type->form == TYPE_RECORD) {
        buf_c(out, schema->flags & SCHEMA_CLOSED ? "{" : "open{");
        for (uint32_t i = 0; i < schema->field_count; i++) {
            const SchemaField *field = &schema->fields[i];
            buf_printf(out, "%s%.*s%s:", i == 0 ? "" : " ", STR_ARG(field->name),
                       field->is_required ? "!" : "");
            write_schema(out, field->schema);
            ck_assert_ptr_eq(schema->type->fields[i].type->bare, field->schema->type);
            bool may_be_absent =
                !field->is_required || field->schema->flags & SCHEMA_NULLABLE;
            ck_assert_int_eq(schema->type->fields[i].type->is_optional, may_be_absent);
        }
        buf_c(out, "}");
    } else if (schema->element != NULL) {
        buf_printf(out, "list%s<", schema->flags & SCHEMA_UNIQUE ? "!" : "");
        write_schema(out, schema->element);
        buf_c(out, ">");
        ck_assert_ptr_eq(schema->type->element, schema->element->type);
    } else {
        type_format(out, schema->type);
    }
    if (schema->flags & SCHEMA_NULLABLE)
        buf_c(out, "?");
    if (schema->format == FORMAT_UUID)
        buf_c(out, "(uuid)");
    if (schema->type->form != TYPE_ENUM && schema->value_count > 0) {
        for (uint32_t i = 0; i < schema->value_count; i++) {
            buf_c(out, i == 0 ? "(" : "|");
            write_bound(out, &schema->values[i]);
        }
        buf_c(out, ")");
    }
    if ((schema->flags & (SCHEMA_HAS_MIN | SCHEMA_HAS_MAX)) == 0)
        return;
    buf_c(out, schema->flags & SCHEMA_EXCLUSIVE_MIN ? "(>" : "(");
    write_bound(out, schema->low);
    buf_c(out, "..");
    write_bound(out, schema->high);
    buf_c(out, schema->flags & SCHEMA_EXCLUSIVE_MAX ? "<)" : ")");
}

static void write_notes(Buf *out, const SchemaNotes *notes)
{
    for (const SchemaNote *note = notes->first; note != NULL; note = note->next)
        buf_printf(out, " ; %.*s %.*s", STR_ARG(note->path), STR_ARG(note->text));
}

// What a property with this schema becomes, with the notes that it leaves.
static void expect_in(const char *definitions, const char *schema, const char *expected)
{
    Bench *bench = bench_new();
    Str text = arena_format(&bench->arena,
                            "{\"tools\":[{\"name\":\"t\",\"inputSchema\":{%s"
                            "\"type\":\"object\",\"properties\":{\"x\":%s}}}]}",
                            definitions, schema);
    McpTools tools;
    Buf out = buf_on(&bench->arena);
    ck_assert_msg(read(bench, text, &tools), "%s", schema);
    ck_assert(!diags_has_errors(&bench->diags));
    ck_assert_uint_eq(tools.count, 1);
    const Schema *args = tools.items[0].args;
    if (args->field_count == 1)
        write_schema(&out, args->fields[0].schema);
    write_notes(&out, &tools.notes);
    ck_assert_msg(str_eq(buf_view(&out), str_from_c(expected)),
                  "%s\ngives    %.*s\nexpected %s", schema, STR_ARG(buf_view(&out)),
                  expected);
    bench_free(bench);
}

typedef struct Case {
    const char *schema;
    const char *expected;
} Case;

static void expect_cases(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_in("", cases[i].schema, cases[i].expected);
}

#define EXPECT(cases) expect_cases(cases, sizeof cases / sizeof cases[0])

START_TEST(strings)
{
    static const Case cases[] = {
        {"{\"type\":\"string\"}", "string"},
        {"{\"type\":\"string\",\"minLength\":1,\"maxLength\":5}", "string(1..5)"},
        {"{\"type\":\"string\",\"maxLength\":-1}", "string"},
        {"{\"type\":\"string\",\"format\":\"email\"}", "email"},
        {"{\"type\":\"string\",\"format\":\"uri\"}", "uri"},
        {"{\"type\":\"string\",\"format\":\"uuid\"}", "string(uuid)"},
        {"{\"type\":\"string\",\"format\":\"date-time\"}",
         "string ; args.x is not held to its `format`"},
        {"{\"type\":\"string\",\"pattern\":\"^a\"}",
         "string ; args.x is not held to its `pattern`"},
        {"{\"type\":\"string\",\"default\":\"a\",\"title\":\"X\",\"x-y\":1}", "string"},
        {"{\"minLength\":1}", "string(1..)"},
        {"{\"type\":[\"string\",\"null\"]}", "string?"},
        {"{\"type\":\"string\",\"nullable\":true}", "string?"},
    };
    EXPECT(cases);
}
END_TEST

START_TEST(numbers)
{
    static const Case cases[] = {
        {"{\"type\":\"integer\"}", "int"},
        {"{\"type\":\"number\"}", "decimal"},
        {"{\"type\":\"boolean\"}", "bool"},
        {"{\"type\":\"integer\",\"minimum\":1,\"maximum\":5}", "int(1..5)"},
        {"{\"type\":\"integer\",\"minimum\":1.0}", "int(1..)"},
        {"{\"type\":\"integer\",\"minimum\":0.5}",
         "int ; args.x is not held to its `minimum`"},
        {"{\"type\":\"integer\",\"maximum\":1e300}",
         "int ; args.x is not held to its `maximum`"},
        {"{\"type\":\"number\",\"minimum\":-1.5,\"maximum\":1e2}",
         "decimal(-1.5..100)"},
        {"{\"type\":\"number\",\"exclusiveMinimum\":0}", "decimal(>0..)"},
        {"{\"type\":\"number\",\"exclusiveMaximum\":1}", "decimal(..1<)"},
        {"{\"type\":\"number\",\"minimum\":2,\"exclusiveMinimum\":1}", "decimal(2..)"},
        {"{\"type\":\"number\",\"minimum\":2,\"exclusiveMinimum\":2}", "decimal(>2..)"},
        {"{\"type\":\"number\",\"minimum\":2,\"exclusiveMinimum\":true}",
         "decimal(>2..)"},
        {"{\"type\":\"number\",\"multipleOf\":2}",
         "decimal ; args.x is not held to its `multipleOf`"},
        {"{\"type\":[\"integer\",\"number\"]}", "decimal"},
        {"{\"type\":[\"integer\",\"null\"]}", "int?"},
        {"{\"minimum\":1}", "decimal(1..)"},
    };
    EXPECT(cases);
}
END_TEST

START_TEST(allowed_values)
{
    static const Case cases[] = {
        {"{\"enum\":[\"b\",\"a\",\"b\"]}", "enum{\"a\", \"b\"}"},
        {"{\"type\":\"string\",\"enum\":[\"a\",null]}", "enum{\"a\"}?"},
        {"{\"const\":\"a\"}", "enum{\"a\"}"},
        {"{\"const\":5}", "int(5)"},
        {"{\"enum\":[3,1,3]}", "int(1|3)"},
        {"{\"enum\":[1,2.5]}", "decimal(1|2.5)"},
        {"{\"type\":\"number\",\"enum\":[1]}", "decimal(1)"},
        {"{\"enum\":[true]}", "bool(1)"},
        {"{\"enum\":[\"a\",1]}",
         "json ; args.x has no type here: its values are of several kinds"},
        {"{\"enum\":[{}]}",
         "json ; args.x has no type here: its values are lists or objects"},
        {"{\"enum\":[1,1e300]}", "json ; args.x has no type here: one of its values "
                                 "doesn't fit a number of 18 places"},
        {"{\"enum\":[]}",
         "json ; args.x has no type here: the schema says nothing about it"},
        // Nothing fits, so there is no such argument.
        {"{\"const\":null}", ""},
        {"false", ""},
        {"{\"not\":{}}", ""},
    };
    EXPECT(cases);
}
END_TEST

START_TEST(lists)
{
    static const Case cases[] = {
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", "list<string>"},
        {"{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":1,"
         "\"maxItems\":9,\"uniqueItems\":true}",
         "list!<int>(1..9)"},
        {"{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}}",
         "list<list<int>>"},
        {"{\"type\":\"array\"}", "list<json> ; args.x[] has no type here: the schema "
                                 "doesn't say what the elements are"},
        {"{\"type\":\"array\",\"items\":{}}",
         "list<json> ; args.x[] has no type here: the schema says nothing about it"},
        {"{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"null\"]}}",
         "list<json> ; args.x[] has no type here: elements may be null"},
        {"{\"type\":\"array\",\"items\":false}",
         "list<json> ; args.x[] has no type here: no element fits the schema"},
        {"{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"},"
         "{\"type\":\"number\"}],\"items\":false}",
         "list<decimal>"},
        {"{\"type\":\"array\",\"items\":[{\"type\":\"string\"}],"
         "\"additionalItems\":false}",
         "list<string>"},
        {"{\"type\":\"array\",\"items\":[{\"type\":\"string\"}]}",
         "list<json> ; args.x[] has no type here: the schema doesn't say what further "
         "elements are"},
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"contains\":{}}",
         "list<string> ; args.x is not held to its `contains`"},
    };
    EXPECT(cases);
}
END_TEST

START_TEST(list_limits_become_the_types)
{
    static const struct {
        const char *most;
        uint32_t expected;
    } rows[] = {
        {"", MAX_LIST_DEFAULT},       {",\"maxItems\":7", 7},
        {",\"maxItems\":4096", 4096}, {",\"maxItems\":4097", 4096},
        {",\"maxItems\":1e18", 4096},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Bench *bench = bench_new();
        Str text = arena_format(&bench->arena,
                                "[{\"name\":\"t\",\"inputSchema\":{\"properties\":{"
                                "\"x\":{\"type\":\"array\",\"items\":{\"type\":"
                                "\"string\"}%s}}}}]",
                                rows[i].most);
        McpTools tools;
        ck_assert(read(bench, text, &tools));
        ck_assert_uint_eq(tools.items[0].args->fields[0].schema->type->most,
                          rows[i].expected);
        bench_free(bench);
    }
}
END_TEST

START_TEST(records)
{
    static const Case cases[] = {
        {"{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"},"
         "\"a\":{\"type\":\"integer\"}},\"required\":[\"b\"]}",
         "{a:int b!:string}"},
        {"{\"properties\":{\"a\":{\"type\":\"object\",\"properties\":"
         "{\"b\":{\"type\":\"string\"}}}}}",
         "{a:{b:string}}"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
         "\"additionalProperties\":false}",
         "{a:string}"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
         "\"additionalProperties\":true}",
         "json ; args.x has no type here: it may have members that the schema doesn't "
         "name"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
         "\"patternProperties\":{\"^x\":{}}}",
         "json ; args.x has no type here: it may have members that the schema doesn't "
         "name"},
        {"{\"type\":\"object\"}", "json ; args.x has no type here: the schema doesn't "
                                  "say which members it has"},
        {"{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
         "json ; args.x has no type here: the schema doesn't say which members it has"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
         "\"required\":[\"z\"]}",
         "{a:string z!:json} ; args.x.z has no type here: the schema says nothing "
         "about it"},
        {"{\"type\":\"object\",\"properties\":{\"a\":false,\"b\":true}}",
         "{b:json} ; args.x.b has no type here: the schema says nothing about it"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
         "\"minProperties\":1}",
         "{a:string} ; args.x is not held to its `minProperties`"},
        {"{\"type\":\"object\",\"properties\":5,\"required\":\"x\"}",
         "json ; args.x has no type here: the schema doesn't say which members it has"},
    };
    EXPECT(cases);
}
END_TEST

START_TEST(alternatives)
{
    static const Case cases[] = {
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "string?"},
        {"{\"anyOf\":[{\"type\":\"number\"},{\"not\":{}},{\"type\":\"null\"}]}",
         "decimal?"},
        {"{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]}", "decimal"},
        {"{\"anyOf\":[{\"const\":\"b\"},{\"enum\":[\"a\",\"b\"]}]}",
         "enum{\"a\", \"b\"}"},
        {"{\"anyOf\":[{\"enum\":[\"a\"]},{\"type\":\"string\"}]}", "string"},
        {"{\"type\":\"string\",\"anyOf\":[{\"format\":\"ipv4\"},{\"format\":\"ipv6\"}]"
         "}",
         "string"},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\","
         "\"items\":{\"type\":\"string\"}}]}",
         "json ; args.x has no type here: it may be `string` or `list<string>`"},
        {"{\"type\":[\"string\",\"boolean\"]}",
         "json ; args.x has no type here: it may be `string` or `bool`"},
        {"{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1},"
         "{\"type\":\"integer\",\"minimum\":1}]}",
         "int(1..)"},
        {"{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1},{\"type\":\"integer\"}]}",
         "int"},
        {"{\"anyOf\":[{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
         "{\"type\":\"array\",\"items\":{\"type\":\"number\"}}]}",
         "list<decimal>"},
        {"{\"type\":\"object\",\"oneOf\":["
         "{\"properties\":{\"k\":{\"const\":\"a\"},\"n\":{\"type\":\"integer\"}},"
         "\"required\":[\"k\",\"n\"]},"
         "{\"properties\":{\"k\":{\"const\":\"b\"}},\"required\":[\"k\"]}]}",
         "{k!:enum{\"a\", \"b\"} n:int}"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},"
         "\"b\":{\"type\":\"string\"}},\"anyOf\":[{\"required\":[\"a\"]},"
         "{\"required\":[\"b\"]}]}",
         "{a:string b:string}"},
        {"{\"allOf\":[{\"type\":\"integer\",\"minimum\":3}]}", "int(3..)"},
        {"{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"string\"}}},"
         "{\"properties\":{\"b\":{\"type\":\"string\"}},\"required\":[\"a\"]}]}",
         "{a!:string b:string}"},
        {"{\"type\":\"string\",\"not\":{\"const\":\"a\"}}",
         "string ; args.x is not held to its `not`"},
        {"{\"type\":\"string\",\"if\":{},\"then\":{}}",
         "string ; args.x is not held to its `if`"},
        {"{\"anyOf\":[]}",
         "json ; args.x has no type here: the schema says nothing about it"},
        {"{}", "json ; args.x has no type here: the schema says nothing about it"},
        {"{\"type\":\"any\"}",
         "json ; args.x has no type here: there is no type `any`"},
        {"5", "json ; args.x has no type here: the schema says nothing about it"},
    };
    EXPECT(cases);
}
END_TEST

START_TEST(references)
{
    const char *definitions =
        "\"$defs\":{\"S\":{\"type\":\"string\"},\"a/b\":{\"type\":\"integer\"},"
        "\"R\":{\"$ref\":\"#/$defs/S\"},"
        "\"Loop\":{\"$ref\":\"#/$defs/Loop\"},"
        "\"Node\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"string\"},"
        "\"next\":{\"$ref\":\"#/$defs/Node\"}}}},"
        "\"definitions\":{\"D\":{\"type\":\"boolean\"}},";
    static const Case cases[] = {
        {"{\"$ref\":\"#/$defs/S\"}", "string"},
        {"{\"$ref\":\"#/$defs/R\"}", "string"},
        {"{\"$ref\":\"#/definitions/D\"}", "bool"},
        {"{\"$ref\":\"#/$defs/a~1b\"}", "int"},
        {"{\"$ref\":\"#/$defs/Node/properties/n\"}", "string"},
        {"{\"anyOf\":[{\"$ref\":\"#/$defs/S\"},{\"type\":\"null\"}]}", "string?"},
        {"{\"$ref\":\"#/$defs/Loop\"}",
         "json ; args.x has no type here: it contains itself"},
        {"{\"$ref\":\"#/$defs/Node\"}",
         "{n:string next:json} ; args.x.next has no type here: it contains itself"},
        {"{\"$ref\":\"#/$defs/None\"}",
         "json ; args.x has no type here: its `$ref` leads nowhere in this schema"},
        {"{\"$ref\":\"other.json#/S\"}",
         "json ; args.x has no type here: its `$ref` leads nowhere in this schema"},
        {"{\"$ref\":5}",
         "json ; args.x has no type here: its `$ref` leads nowhere in this schema"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_in(definitions, cases[i].schema, cases[i].expected);
}
END_TEST

// ---- whole tools ----

// Arguments and result of one tool as text, with the notes.
static void expect_tool(const char *tool, const char *expected)
{
    Bench *bench = bench_new();
    McpTools tools;
    ck_assert_msg(read(bench, arena_format(&bench->arena, "[%s]", tool), &tools), "%s",
                  tool);
    Buf out = buf_on(&bench->arena);
    if (diags_has_errors(&bench->diags)) {
        buf_str(&out, bench_messages(bench));
    } else {
        write_schema(&out, tools.items[0].args);
        if (tools.items[0].result != NULL) {
            buf_c(&out, " -> ");
            write_schema(&out, tools.items[0].result);
        }
        write_notes(&out, &tools.notes);
    }
    ck_assert_msg(str_eq(buf_view(&out), str_from_c(expected)),
                  "%s\ngives    %.*s\nexpected %s", tool, STR_ARG(buf_view(&out)),
                  expected);
    bench_free(bench);
}

#define OTHERS_ARE_DENIED                                                              \
    "args are those that the schema names: others, which the server takes, are denied"

START_TEST(arguments_are_always_a_closed_record)
{
    expect_tool("{\"name\":\"t\"}", "{}");
    expect_tool("{\"name\":\"t\",\"inputSchema\":{}}", "{}");
    expect_tool("{\"name\":\"t\",\"inputSchema\":{\"type\":\"object\","
                "\"additionalProperties\":true}}",
                "{} ; " OTHERS_ARE_DENIED);
    expect_tool("{\"name\":\"t\",\"inputSchema\":{\"type\":\"object\",\"properties\":"
                "{\"a\":{\"type\":\"string\"}},\"additionalProperties\":true}}",
                "{a:string} ; " OTHERS_ARE_DENIED);
    expect_tool("{\"name\":\"t\",\"inputSchema\":{\"type\":\"string\"}}",
                "{} ; args are none: the input schema is not that of an object");
    expect_tool("{\"name\":\"t\",\"inputSchema\":{\"oneOf\":[{\"properties\":{\"a\":"
                "{\"type\":\"string\"}},\"required\":[\"a\"]},{\"properties\":{\"b\":"
                "{\"type\":\"string\"}}}]}}",
                "{a:string b:string}");
}
END_TEST

START_TEST(results_are_as_open_as_the_schema_says)
{
    expect_tool("{\"name\":\"t\",\"outputSchema\":{\"type\":\"object\",\"properties\":"
                "{\"a\":{\"type\":\"string\"}}}}",
                "{} -> open{a:string}");
    expect_tool("{\"name\":\"t\",\"outputSchema\":{\"type\":\"object\",\"properties\":"
                "{\"a\":{\"type\":\"string\"}},\"additionalProperties\":false}}",
                "{} -> {a:string}");
    expect_tool("{\"name\":\"t\",\"outputSchema\":{\"type\":\"object\"}}",
                "{} ; result has no type here: the schema doesn't say which members it "
                "has");
    expect_tool(
        "{\"name\":\"t\",\"outputSchema\":{\"type\":\"array\",\"items\":{\"type\":"
        "\"string\"}}}",
        "{} ; result has no members here: MCP's results are objects");
    expect_tool("{\"name\":\"t\",\"outputSchema\":null}", "{}");
}
END_TEST

START_TEST(annotations_become_tags)
{
    static const struct {
        const char *annotations;
        const char *tags;
    } rows[] = {
        {"", "destructive open_world "},
        {",\"annotations\":{}", "destructive open_world "},
        {",\"annotations\":null", "destructive open_world "},
        {",\"annotations\":{\"title\":\"x\"}", "destructive open_world "},
        {",\"annotations\":{\"readOnlyHint\":true}", "open_world read_only "},
        {",\"annotations\":{\"readOnlyHint\":true,\"destructiveHint\":true}",
         "destructive open_world read_only "},
        {",\"annotations\":{\"readOnlyHint\":false,\"destructiveHint\":false}",
         "open_world "},
        {",\"annotations\":{\"destructiveHint\":false,\"openWorldHint\":false}", ""},
        {",\"annotations\":{\"destructiveHint\":null}", "destructive open_world "},
        {",\"annotations\":{\"destructiveHint\":\"false\"}", "destructive open_world "},
        {",\"annotations\":{\"readOnlyHint\":true,\"destructiveHint\":true,"
         "\"idempotentHint\":true,\"openWorldHint\":true}",
         "destructive idempotent open_world read_only "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Bench *bench = bench_new();
        McpTools tools;
        Str text =
            arena_format(&bench->arena, "[{\"name\":\"t\"%s}]", rows[i].annotations);
        ck_assert(read(bench, text, &tools));
        Buf out = buf_on(&bench->arena);
        for (uint32_t t = 0; t < tools.items[0].tag_count; t++)
            buf_printf(&out, "%.*s ", STR_ARG(tools.items[0].tags[t]));
        ck_assert_text(buf_view(&out), rows[i].tags);
        bench_free(bench);
    }
}
END_TEST

START_TEST(lists_come_in_several_shapes)
{
    static const char *const good[] = {
        "{\"tools\":[{\"name\":\"t\"}]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[{\"name\":\"t\"}]}}",
        "[{\"name\":\"t\"}]",
        "{\"tools\":{\"t\":{}}}",
        "{\"result\":{\"tools\":{\"t\":{\"description\":\"d\"}}}}",
        "{\"tools\":[{\"name\":\"t\",\"_meta\":{},\"icons\":[]}],\"ttlMs\":1}",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        Bench *bench = bench_new();
        McpTools tools;
        ck_assert_msg(read(bench, str_from_c(good[i]), &tools), "%s", good[i]);
        ck_assert_uint_eq(tools.count, 1);
        ck_assert_text(tools.items[0].name, "t");
        ck_assert(!tools.is_cut);
        bench_free(bench);
    }
    Bench *bench = bench_new();
    McpTools tools;
    ck_assert(read(bench, STR("{\"tools\":null}"), &tools));
    ck_assert_uint_eq(tools.count, 0);
    ck_assert(read(bench, STR("{\"tools\":[],\"nextCursor\":\"x\"}"), &tools));
    ck_assert(tools.is_cut);
    bench_free(bench);
}
END_TEST

START_TEST(what_is_no_tool_list_is_reported)
{
    static const Case cases[] = {
        {"5", "1:1 this is no tool list: it is a number"},
        {"{}", "1:1 this is no tool list: it has no member `tools`"},
        {"{\"tools\":5}", "1:10 this is no tool list: `tools` is a number"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1}}",
         "1:33 this is no tool list: the server answered with an error"},
        {"{\"tools\":[", "1:11 this JSON can't be read: the text ends too early"},
        {"{\"tools\":[NaN]}", "1:11 this JSON can't be read: expected a value"},
        {"", "1:1 this JSON can't be read: the text ends too early"},
        {"{\"a\":1,\n\"a\":2}",
         "2:1 this JSON can't be read: the name stands twice in its object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Bench *bench = bench_new();
        McpTools tools;
        ck_assert(!read(bench, str_from_c(cases[i].schema), &tools));
        ck_assert_text(bench_messages(bench), cases[i].expected);
        bench_free(bench);
    }
}
END_TEST

START_TEST(a_bad_tool_is_left_out)
{
    static const Case cases[] = {
        {"5", "1:2 there is no object (tool number 1)"},
        {"{}", "1:2 there is no name (tool number 1)"},
        {"{\"name\":5}", "1:10 the name is no text (tool number 1)"},
        {"{\"name\":\"\"}", "1:10 the name is empty (tool number 1)"},
        {"{\"name\":\"a\\nb\"}",
         "1:10 a control character stands in the name (tool number 1)"},
        {"{\"name\":\"t\",\"inputSchema\":{\"x\":1e400}}",
         "1:10 a number is too large for the pin (tool `t`)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Bench *bench = bench_new();
        McpTools tools;
        Str text =
            arena_format(&bench->arena, "[%s,{\"name\":\"good\"}]", cases[i].schema);
        ck_assert(read(bench, text, &tools));
        ck_assert_uint_eq(tools.count, 1);
        ck_assert_text(tools.items[0].name, "good");
        ck_assert_text(bench_messages(bench), cases[i].expected);
        bench_free(bench);
    }
}
END_TEST

START_TEST(two_tools_have_two_names)
{
    Bench *bench = bench_new();
    McpTools tools;
    ck_assert(read(bench,
                   STR("[{\"name\":\"a\"},\n{\"name\":\"b\"},\n{\"name\":\"a\"}]"),
                   &tools));
    ck_assert_uint_eq(tools.count, 2);
    ck_assert_text(bench_messages(bench), "3:9 the tool `a` is listed twice (1)");
    bench_free(bench);
}
END_TEST

// ---- the pin ----

static Digest pin_of(const char *tool)
{
    Bench *bench = bench_new();
    McpTools tools;
    ck_assert(read(bench, arena_format(&bench->arena, "[%s]", tool), &tools));
    ck_assert_uint_eq(tools.count, 1);
    Digest pin = tools.items[0].pin;
    bench_free(bench);
    return pin;
}

static bool same_pin(const char *a, const char *b)
{
    Digest one = pin_of(a);
    Digest two = pin_of(b);
    return memcmp(&one, &two, sizeof one) == 0;
}

START_TEST(the_pin_is_over_what_the_model_sees)
{
    const char *tool =
        "{\"name\":\"t\",\"description\":\"d\",\"inputSchema\":"
        "{\"type\":\"object\",\"properties\":{\"n\":{\"minimum\":1.0}}}}";
    ck_assert(same_pin(tool,
                       "{ \"inputSchema\": {\"properties\": {\"n\": {\"minimum\": "
                       "1}}, \"type\": \"object\"}, \"description\": \"\\u0064\", "
                       "\"name\": \"t\", \"title\": \"T\", \"_meta\": {\"x\": 1}, "
                       "\"icons\": []}"));
    ck_assert(!same_pin(tool, "{\"name\":\"t\",\"description\":\"d!\",\"inputSchema\":"
                              "{\"type\":\"object\",\"properties\":{\"n\":{\"minimum\":"
                              "1.0}}}}"));
    ck_assert(!same_pin("{\"name\":\"t\"}", "{\"name\":\"t\",\"annotations\":{}}"));
    ck_assert(!same_pin("{\"name\":\"t\"}", "{\"name\":\"t\",\"outputSchema\":{}}"));
    ck_assert(!same_pin("{\"name\":\"t\"}", "{\"name\":\"u\"}"));
}
END_TEST

START_TEST(the_pin_is_the_digest_of_the_canonical_text)
{
    Digest pin = pin_of("{\"name\":\"t\",\"inputSchema\":{\"type\":\"object\"}}");
    Digest expected;
    Str canonical = STR("{\"inputSchema\":{\"type\":\"object\"},\"name\":\"t\"}");
    ck_assert_int_eq(crypto_sha256(canonical, &expected), STATUS_OK);
    ck_assert_mem_eq(&pin, &expected, sizeof pin);
}
END_TEST

// ---- limits and hostile schemas ----

START_TEST(tools_are_limited)
{
    for (int count = MCP_MAX_TOOLS; count <= MCP_MAX_TOOLS + 1; count++) {
        Bench *bench = bench_new();
        Buf text = buf_on(&bench->arena);
        for (int i = 0; i < count; i++)
            buf_printf(&text, "%c{\"name\":\"t%d\"}", i == 0 ? '[' : ',', i);
        buf_c(&text, "]");
        McpTools tools;
        ck_assert_int_eq(read(bench, buf_view(&text), &tools), count == MCP_MAX_TOOLS);
        bench_free(bench);
    }
}
END_TEST

START_TEST(arguments_are_limited)
{
    for (int count = 256; count <= 257; count++) {
        Bench *bench = bench_new();
        Buf text = buf_on(&bench->arena);
        buf_c(&text, "[{\"name\":\"t\",\"inputSchema\":{\"properties\":{");
        for (int i = 0; i < count; i++)
            buf_printf(&text, "%s\"p%d\":{\"type\":\"string\"}", i == 0 ? "" : ",", i);
        buf_c(&text, "}}}]");
        McpTools tools;
        ck_assert(read(bench, buf_view(&text), &tools));
        ck_assert_uint_eq(tools.count, count == 256);
        if (count == 257)
            ck_assert_text(bench_messages(bench),
                           "1:29 there are more than 256 arguments (tool `t`)");
        bench_free(bench);
    }
}
END_TEST

START_TEST(names_are_limited)
{
    for (size_t len = 128; len <= 129; len++) {
        Bench *bench = bench_new();
        Buf text = buf_on(&bench->arena);
        buf_c(&text, "[{\"name\":\"");
        buf_fill(&text, 'x', len);
        buf_c(&text, "\"}]");
        McpTools tools;
        ck_assert(read(bench, buf_view(&text), &tools));
        ck_assert_uint_eq(tools.count, len == 128);
        bench_free(bench);
    }
}
END_TEST

START_TEST(the_file_is_limited)
{
    for (size_t over = 0; over <= 1; over++) {
        Bench *bench = bench_new();
        Buf text = buf_on(&bench->arena);
        buf_c(&text, "[]");
        buf_fill(&text, ' ', MCP_MAX_BYTES + over - text.len);
        McpTools tools;
        ck_assert_int_eq(read(bench, buf_view(&text), &tools), over == 0);
        bench_free(bench);
    }
}
END_TEST

// A tool whose one argument is `depth` lists in each other; what is innermost.
static TypeForm innermost(int depth)
{
    Bench *bench = bench_new();
    Buf text = buf_on(&bench->arena);
    buf_c(&text, "[{\"name\":\"t\",\"inputSchema\":{\"properties\":{\"x\":");
    for (int i = 0; i < depth; i++)
        buf_c(&text, "{\"items\":");
    buf_c(&text, "{\"type\":\"string\"}");
    buf_fill(&text, '}', (size_t)depth);
    buf_c(&text, "}}}]");
    McpTools tools;
    ck_assert(read(bench, buf_view(&text), &tools));
    const Type *type = tools.items[0].args->fields[0].schema->type;
    while (type->element != NULL)
        type = type->element;
    TypeForm form = type->form;
    bench_free(bench);
    return form;
}

START_TEST(depth_is_limited)
{
    // The arguments themselves are the first level.
    ck_assert_int_eq(innermost(15), TYPE_STRING);
    ck_assert_int_eq(innermost(16), TYPE_JSON);
}
END_TEST

START_TEST(enums_are_limited)
{
    for (int count = SCHEMA_MAX_VALUES; count <= SCHEMA_MAX_VALUES + 1; count++) {
        Bench *bench = bench_new();
        Buf text = buf_on(&bench->arena);
        buf_c(&text,
              "[{\"name\":\"t\",\"inputSchema\":{\"properties\":{\"x\":{\"enum\":");
        for (int i = 0; i < count; i++)
            buf_printf(&text, "%c\"v%d\"", i == 0 ? '[' : ',', i);
        buf_c(&text, "]}}}}]");
        McpTools tools;
        ck_assert(read(bench, buf_view(&text), &tools));
        ck_assert_int_eq(tools.items[0].args->fields[0].schema->type->form,
                         count == SCHEMA_MAX_VALUES ? TYPE_ENUM : TYPE_STRING);
        bench_free(bench);
    }
}
END_TEST

START_TEST(references_that_multiply_end)
{
    Bench *bench = bench_new();
    Buf text = buf_on(&bench->arena);
    buf_c(&text, "[{\"name\":\"t\",\"inputSchema\":{\"$defs\":{");
    for (int i = 0; i < 40; i++)
        buf_printf(&text,
                   "\"d%d\":{\"anyOf\":[{\"$ref\":\"#/$defs/d%d\"},"
                   "{\"$ref\":\"#/$defs/d%d\"}]},",
                   i, i + 1, i + 1);
    buf_c(&text, "\"d40\":{\"type\":\"string\"}},\"properties\":{\"x\":"
                 "{\"$ref\":\"#/$defs/d0\"}}}}]");
    McpTools tools;
    ck_assert(read(bench, buf_view(&text), &tools));
    ck_assert_uint_eq(tools.count, 1);
    ck_assert_int_eq(tools.items[0].args->fields[0].schema->type->form, TYPE_JSON);
    bench_free(bench);
}
END_TEST

START_TEST(long_chains_of_references_end)
{
    Bench *bench = bench_new();
    Buf text = buf_on(&bench->arena);
    buf_c(&text, "[{\"name\":\"t\",\"inputSchema\":{\"$defs\":{");
    for (int i = 0; i < 10000; i++)
        buf_printf(&text, "\"d%d\":{\"$ref\":\"#/$defs/d%d\"},", i, i + 1);
    buf_c(&text, "\"d10000\":{\"type\":\"string\"}},\"properties\":{\"x\":"
                 "{\"$ref\":\"#/$defs/d0\"}}}}]");
    McpTools tools;
    ck_assert(read(bench, buf_view(&text), &tools));
    ck_assert_int_eq(tools.items[0].args->fields[0].schema->type->form, TYPE_JSON);
    bench_free(bench);
}
END_TEST

// ---- printing ----

static void expect_print(const char *tools_text, bool with_descriptions,
                         const char *expected)
{
    Bench *bench = bench_new();
    McpTools tools;
    ck_assert(read(bench, str_from_c(tools_text), &tools));
    Buf out = buf_on(&bench->arena);
    McpPrint how = {STR("srv"), STR("https://srv.example/mcp"), with_descriptions};
    mcp_print(&out, &how, &tools);
    ck_assert_text(buf_view(&out), expected);
    Source *policy;
    ck_assert_int_eq(
        sources_add(&bench->sources, STR("p.proviso"), buf_view(&out), &policy),
        STATUS_OK);
    parse_file(&bench->arena, &bench->diags, policy);
    ck_assert_text(bench_messages(bench), "");
    bench_free(bench);
}

START_TEST(tools_are_printed_as_policy)
{
    expect_print("[{\"name\":\"get\",\"annotations\":{\"readOnlyHint\":true,"
                 "\"openWorldHint\":false},\"inputSchema\":{\"properties\":{"
                 "\"id\":{\"type\":\"integer\"},\"mode\":{\"enum\":[\"a\",\"b\"]}},"
                 "\"required\":[\"id\"]},\"outputSchema\":{\"properties\":{\"rows\":{"
                 "\"type\":\"array\",\"items\":{\"properties\":{\"x\":{\"type\":"
                 "\"string\"}}}}}}}]",
                 false,
                 "audience srv {\n"
                 "  uri \"https://srv.example/mcp\"\n"
                 "  tool get(id: int, mode: enum { \"a\", \"b\" }?) returns { rows: "
                 "list<{ x: string? }>? } { tags read_only }\n"
                 "}\n");
}
END_TEST

START_TEST(what_is_no_name_is_quoted)
{
    expect_print(
        "[{\"name\":\"get-it\",\"annotations\":{\"destructiveHint\":false,"
        "\"openWorldHint\":false},\"inputSchema\":{\"properties\":{\"@type\":{"
        "\"type\":\"string\"},\"list\":{\"type\":\"string\"},\"a\\\"\\u202e\":{"
        "\"type\":\"object\",\"properties\":{\"x y\":{\"const\":\"\\u0001\\\\"
        "\\n\"}}}}}}]",
        false,
        "audience srv {\n"
        "  uri \"https://srv.example/mcp\"\n"
        "  tool \"get-it\"(\"@type\": string?, \"a\\\"\\u{202E}\": "
        "{ \"x y\": enum { \"\\u{1}\\\\\\n\" }? }?, list: string?)\n"
        "}\n");
}
END_TEST

START_TEST(descriptions_are_printed_on_demand)
{
    const char *tools =
        "[{\"name\":\"t\",\"description\":\"One\\n\\n  two \\u202e*/\\u0007\"}]";
    expect_print(tools, true,
                 "audience srv {\n"
                 "  uri \"https://srv.example/mcp\"\n"
                 "  /// One\n"
                 "  ///\n"
                 "  /// two */\n"
                 "  tool t() { tags destructive, open_world }\n"
                 "}\n");
    expect_print(tools, false,
                 "audience srv {\n"
                 "  uri \"https://srv.example/mcp\"\n"
                 "  tool t() { tags destructive, open_world }\n"
                 "}\n");
}
END_TEST

UNIT_MAIN("mcp", strings, numbers, allowed_values, lists, list_limits_become_the_types,
          records, alternatives, references, arguments_are_always_a_closed_record,
          results_are_as_open_as_the_schema_says, annotations_become_tags,
          lists_come_in_several_shapes, what_is_no_tool_list_is_reported,
          a_bad_tool_is_left_out, two_tools_have_two_names,
          the_pin_is_over_what_the_model_sees,
          the_pin_is_the_digest_of_the_canonical_text, tools_are_limited,
          arguments_are_limited, names_are_limited, the_file_is_limited,
          depth_is_limited, enums_are_limited, references_that_multiply_end,
          long_chains_of_references_end, tools_are_printed_as_policy,
          what_is_no_name_is_quoted, descriptions_are_printed_on_demand)
