// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/json_schema.h"

#include "engine/base/arena.h"
#include "lang/facts/schema_scalar.h"

// How far conversions may call each other, by whatever keyword.
enum { MAX_RECURSION = 96 };

// A reference that is being followed.
typedef struct Following {
    const JsonValue *target;
    const struct Following *outer;
} Following;

typedef struct Converter {
    Maker make;
    const JsonValue *root; // what `#` stands for
    bool is_result;
    uint32_t parts; // schemas met so far
    unsigned depth; // records and lists around
    unsigned recursion;
    const Following *following;
} Converter;

static Shape *convert(Converter *c, const JsonValue *schema, Str inherited_type);

// ---- lists ----

// A shape as part of a record or list: what is open or empty there has no type.
static const Schema *settle(Converter *c, Shape *shape)
{
    if (shape->is_never || shape->schema.type->form != TYPE_RECORD)
        return &shape->schema;
    Shape *replaced = NULL;
    if (shape->schema.field_count == 0)
        replaced =
            make_json(&c->make, STR("the schema doesn't say which members it has"));
    else if (shape->additional == ADDITIONAL_YES && !c->is_result)
        replaced = make_json(&c->make,
                             STR("it may have members that the schema doesn't name"));
    if (replaced != NULL) {
        replaced->schema.flags |= shape->schema.flags & SCHEMA_NULLABLE;
        return &replaced->schema;
    }
    if (!c->is_result || shape->additional == ADDITIONAL_NO)
        shape->schema.flags |= SCHEMA_CLOSED;
    return &shape->schema;
}

// The one shape of all elements; draft-07's list of items and prefixItems are joined.
static Shape *convert_element(Converter *c, const JsonValue *schema)
{
    const JsonValue *items = json_member(schema, STR("items"));
    const JsonValue *prefix = json_member(schema, STR("prefixItems"));
    const JsonValue *listed = prefix != NULL ? prefix : items;
    if (items == NULL && prefix == NULL)
        return make_json(&c->make, STR("the schema doesn't say what the elements are"));
    if (listed->kind != JSON_ARRAY)
        return convert(c, listed, (Str){0});
    Shape *element = shape_never(c->make.arena);
    for (const JsonValue *item = listed->first; item != NULL; item = item->next)
        element = shape_join(c->make.arena, c->make.types, element,
                             convert(c, item, (Str){0}));
    const JsonValue *rest =
        prefix != NULL ? items : json_member(schema, STR("additionalItems"));
    if (rest == NULL)
        return make_json(&c->make,
                         STR("the schema doesn't say what further elements are"));
    return shape_join(c->make.arena, c->make.types, element,
                      convert(c, rest, (Str){0}));
}

static Shape *convert_list(Converter *c, const JsonValue *schema)
{
    if (c->depth >= SCHEMA_MAX_DEPTH)
        return make_json(&c->make, STR("it is nested too deep"));
    c->depth++;
    const Schema *element = settle(c, convert_element(c, schema));
    c->depth--;
    if (shape_of(element)->is_never)
        element = &make_json(&c->make, STR("no element fits the schema"))->schema;
    else if ((element->flags & SCHEMA_NULLABLE) != 0)
        element = &make_json(&c->make, STR("elements may be null"))->schema;
    const Const *most = schema_length(&c->make, schema, "maxItems");
    uint32_t limit = MAX_LIST_DEFAULT;
    if (most != NULL)
        limit = most->number < SCHEMA_MAX_VALUES ? (uint32_t)most->number
                                                 : (uint32_t)SCHEMA_MAX_VALUES;
    Shape *shape =
        shape_new(c->make.arena, type_list(c->make.types, element->type, limit));
    shape->schema.element = element;
    schema_lengths(&c->make, shape, schema, "minItems", "maxItems");
    if (json_is_true(json_member(schema, STR("uniqueItems"))))
        shape->schema.flags |= SCHEMA_UNIQUE;
    schema_ignore(&c->make, shape, schema, "contains");
    return shape;
}

// ---- records ----

static bool is_listed(const JsonValue *required, Str name)
{
    if (required == NULL || required->kind != JSON_ARRAY)
        return false;
    for (const JsonValue *one = required->first; one != NULL; one = one->next)
        if (json_is_string(one, name))
            return true;
    return false;
}

// Members that are required, but of which nothing else is said.
static uint32_t add_required(Converter *c, const JsonValue *properties,
                             const JsonValue *required, SchemaField *fields,
                             uint32_t count)
{
    if (required == NULL || required->kind != JSON_ARRAY)
        return count;
    for (const JsonValue *one = required->first; one != NULL; one = one->next) {
        if (one->kind != JSON_STRING || json_member(properties, one->text) != NULL)
            continue;
        bool is_known = false;
        for (uint32_t i = 0; i < count; i++)
            is_known = is_known || str_eq(fields[i].name, one->text);
        if (is_known || count == SCHEMA_MAX_MEMBERS)
            continue;
        Shape *shape = make_json(&c->make, STR("the schema says nothing about it"));
        shape->is_free = true;
        fields[count++] = (SchemaField){.name = one->text,
                                        .schema = &shape->schema,
                                        .is_required = true,
                                        .tenant_table = NONE};
    }
    return count;
}

static Additional read_additional(const JsonValue *schema)
{
    const JsonValue *additional = json_member(schema, STR("additionalProperties"));
    const JsonValue *patterns = json_member(schema, STR("patternProperties"));
    if (patterns != NULL && patterns->count > 0)
        return ADDITIONAL_YES;
    if (additional == NULL)
        return ADDITIONAL_UNSAID;
    bool is_no = additional->kind == JSON_BOOL && !additional->truth;
    return is_no ? ADDITIONAL_NO : ADDITIONAL_YES;
}

static Shape *convert_record(Converter *c, const JsonValue *schema)
{
    const JsonValue *properties = json_member(schema, STR("properties"));
    const JsonValue *required = json_member(schema, STR("required"));
    if (properties != NULL && properties->kind != JSON_OBJECT)
        properties = NULL;
    if (c->depth >= SCHEMA_MAX_DEPTH)
        return make_json(&c->make, STR("it is nested too deep"));
    if (properties != NULL && properties->count > SCHEMA_MAX_MEMBERS)
        return make_json(&c->make, STR("it has more than 256 members"));
    uint32_t most = (properties == NULL ? 0 : properties->count) +
                    (required == NULL ? 0 : required->count);
    if (most > SCHEMA_MAX_MEMBERS)
        most = SCHEMA_MAX_MEMBERS;
    SchemaField *fields = ARENA_ARRAY(c->make.arena, most, SchemaField);
    uint32_t count = 0;
    const JsonValue *property = properties == NULL ? NULL : properties->first;
    c->depth++;
    for (; property != NULL; property = property->next) {
        const Schema *of = settle(c, convert(c, property, (Str){0}));
        if (shape_of(of)->is_never)
            continue;
        fields[count++] =
            (SchemaField){.name = property->name,
                          .schema = of,
                          .is_required = is_listed(required, property->name),
                          .tenant_table = NONE};
    }
    c->depth--;
    count = add_required(c, properties, required, fields, count);
    Shape *shape = shape_new(c->make.arena, NULL);
    shape->additional = read_additional(schema);
    shape_set_fields(c->make.arena, c->make.types, shape, fields, count);
    schema_ignore(&c->make, shape, schema, "minProperties");
    schema_ignore(&c->make, shape, schema, "maxProperties");
    schema_ignore(&c->make, shape, schema, "dependentRequired");
    schema_ignore(&c->make, shape, schema, "dependentSchemas");
    schema_ignore(&c->make, shape, schema, "dependencies");
    schema_ignore(&c->make, shape, schema, "propertyNames");
    return shape;
}

// ---- one schema ----

// A keyword that speaks of one type only tells which type is meant.
static Str type_from_keywords(const JsonValue *schema)
{
    static const struct {
        const char *keyword;
        const char *type;
    } rows[] = {
        {"properties", "object"}, {"required", "object"},
        {"items", "array"},       {"prefixItems", "array"},
        {"minItems", "array"},    {"maxItems", "array"},
        {"minLength", "string"},  {"maxLength", "string"},
        {"pattern", "string"},    {"format", "string"},
        {"minimum", "number"},    {"maximum", "number"},
        {"multipleOf", "number"}, {"additionalProperties", "object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (json_member(schema, str_from_c(rows[i].keyword)) != NULL)
            return str_from_c(rows[i].type);
    return (Str){0};
}

static Shape *convert_type(Converter *c, const JsonValue *schema, Str type)
{
    if (str_eq(type, STR("string")))
        return schema_string(&c->make, schema);
    if (str_eq(type, STR("boolean")))
        return make_plain(&c->make, TYPE_BOOL);
    if (str_eq(type, STR("array")))
        return convert_list(c, schema);
    if (str_eq(type, STR("object")))
        return convert_record(c, schema);
    if (str_eq(type, STR("null"))) {
        Shape *shape = shape_never(c->make.arena);
        shape->schema.flags |= SCHEMA_NULLABLE;
        return shape;
    }
    bool is_int = str_eq(type, STR("integer"));
    if (!is_int && !str_eq(type, STR("number")))
        return make_json(
            &c->make,
            arena_format(c->make.arena, "there is no type `%.*s`", STR_ARG(type)));
    return schema_number(&c->make, schema, is_int);
}

// What the schema says by `enum`, `const` and `type` with its keywords.
static Shape *convert_own(Converter *c, const JsonValue *schema, Str inherited_type)
{
    const JsonValue *type = json_member(schema, STR("type"));
    const JsonValue *values = json_member(schema, STR("enum"));
    const JsonValue *constant = json_member(schema, STR("const"));
    Str named = type != NULL && type->kind == JSON_STRING ? type->text : (Str){0};
    if (constant != NULL)
        return schema_values(&c->make, constant, false, named);
    if (values != NULL && values->kind == JSON_ARRAY && values->count > 0)
        return schema_values(&c->make, values->first, true, named);
    if (type != NULL && type->kind == JSON_ARRAY) {
        Shape *shape = shape_never(c->make.arena);
        for (const JsonValue *one = type->first; one != NULL; one = one->next)
            shape = shape_join(c->make.arena, c->make.types, shape,
                               convert_type(c, schema, one->text));
        return shape;
    }
    if (named.len == 0)
        named = inherited_type;
    if (named.len == 0)
        named = type_from_keywords(schema);
    if (named.len > 0)
        return convert_type(c, schema, named);
    Shape *shape = make_json(&c->make, STR("the schema says nothing about it"));
    shape->is_free = true;
    return shape;
}

// Joins the alternatives of anyOf or oneOf; one that doesn't say its type has the type
// that stands beside them.
static Shape *convert_alternatives(Converter *c, const JsonValue *list, Str type)
{
    Shape *shape = shape_never(c->make.arena);
    for (const JsonValue *one = list->first; one != NULL; one = one->next)
        shape = shape_join(c->make.arena, c->make.types, shape, convert(c, one, type));
    return shape;
}

static bool has_parts(const JsonValue *list)
{
    return list != NULL && list->kind == JSON_ARRAY && list->count > 0;
}

// Narrows the shape by allOf, anyOf and oneOf.
static Shape *convert_combined(Converter *c, const JsonValue *schema, Shape *shape)
{
    const JsonValue *all = json_member(schema, STR("allOf"));
    const JsonValue *type = json_member(schema, STR("type"));
    Str named = type != NULL && type->kind == JSON_STRING ? type->text : (Str){0};
    if (has_parts(all))
        for (const JsonValue *one = all->first; one != NULL; one = one->next)
            shape =
                shape_meet(c->make.arena, c->make.types, shape, convert(c, one, named));
    Str names[2] = {STR("anyOf"), STR("oneOf")};
    for (int i = 0; i < 2; i++) {
        const JsonValue *list = json_member(schema, names[i]);
        if (has_parts(list))
            shape = shape_meet(c->make.arena, c->make.types, shape,
                               convert_alternatives(c, list, named));
    }
    return shape;
}

static Shape *convert_object(Converter *c, const JsonValue *schema, Str inherited_type)
{
    const JsonValue *not = json_member(schema, STR("not"));
    if (not != NULL && not ->kind == JSON_OBJECT && not ->count == 0)
        return shape_never(c->make.arena);
    Shape *own = convert_own(c, schema, inherited_type);
    Shape *shape = convert_combined(c, schema, own);
    if (json_is_true(json_member(schema, STR("nullable"))))
        shape->schema.flags |= SCHEMA_NULLABLE;
    schema_ignore(&c->make, shape, schema, "not");
    schema_ignore(&c->make, shape, schema, "if");
    return shape;
}

// ---- references ----

// One step of a JSON pointer (RFC 6901): a member's name, or an element's number.
static const JsonValue *step_into(Converter *c, const JsonValue *value, Str step)
{
    Buf name = buf_on(c->make.arena);
    for (size_t i = 0; i < step.len; i++) {
        bool is_escape = step.at[i] == '~' && i + 1 < step.len;
        if (is_escape && step.at[i + 1] == '0')
            buf_char(&name, '~');
        else if (is_escape && step.at[i + 1] == '1')
            buf_char(&name, '/');
        else
            buf_char(&name, step.at[i]);
        i += is_escape;
    }
    if (value->kind == JSON_OBJECT)
        return json_member(value, buf_view(&name));
    int64_t number;
    if (value->kind != JSON_ARRAY || !i64_parse(buf_view(&name), &number) || number < 0)
        return NULL;
    const JsonValue *element = value->first;
    for (; element != NULL && number > 0; number--)
        element = element->next;
    return element;
}

// The schema that a reference within the text names, or NULL.
static const JsonValue *find_target(Converter *c, Str reference)
{
    if (str_eq(reference, STR("#")))
        return c->root;
    if (!str_starts(reference, STR("#/")))
        return NULL;
    const JsonValue *value = c->root;
    Cut cut = {.tail = str_slice(reference, 2, reference.len), .found = true};
    while (cut.found && value != NULL) {
        cut = str_cut(cut.tail, '/');
        value = step_into(c, value, cut.head);
    }
    return value;
}

static Shape *convert_reference(Converter *c, const JsonValue *reference, Str type)
{
    const JsonValue *target =
        reference->kind == JSON_STRING ? find_target(c, reference->text) : NULL;
    if (target == NULL)
        return make_json(&c->make, STR("its `$ref` leads nowhere in this schema"));
    for (const Following *outer = c->following; outer != NULL; outer = outer->outer)
        if (outer->target == target)
            return make_json(&c->make, STR("it contains itself"));
    Following following = {target, c->following};
    c->following = &following;
    Shape *shape = convert(c, target, type);
    c->following = following.outer;
    return shape;
}

static Shape *convert(Converter *c, const JsonValue *schema, Str inherited_type)
{
    if (schema->kind == JSON_BOOL && !schema->truth)
        return shape_never(c->make.arena);
    if (schema->kind != JSON_OBJECT) {
        Shape *shape = make_json(&c->make, STR("the schema says nothing about it"));
        shape->is_free = true;
        return shape;
    }
    if (++c->parts > SCHEMA_MAX_PARTS)
        return make_json(&c->make, STR("the tool's schema is too large"));
    if (c->recursion == MAX_RECURSION)
        return make_json(&c->make, STR("it is nested too deep"));
    c->recursion++;
    const JsonValue *reference = json_member(schema, STR("$ref"));
    Shape *shape = reference != NULL ? convert_reference(c, reference, inherited_type)
                                     : convert_object(c, schema, inherited_type);
    c->recursion--;
    return shape;
}

// ---- notes ----

void schema_note(const SchemaReader *reader, Str path, Str text, bool is_untyped)
{
    SchemaNotes *notes = reader->notes;
    SchemaNote *note = ARENA_NEW(reader->arena, SchemaNote);
    *note = (SchemaNote){
        .tool = reader->tool, .path = path, .text = text, .is_untyped = is_untyped};
    if (notes->last == NULL)
        notes->first = note;
    else
        notes->last->next = note;
    notes->last = note;
    notes->count++;
    notes->untyped += is_untyped;
}

static void note_all(const SchemaReader *reader, const Schema *schema, Str path)
{
    const Shape *shape = shape_of(schema);
    if (schema->type->form == TYPE_JSON)
        schema_note(
            reader, path,
            arena_format(reader->arena, "has no type here: %.*s", STR_ARG(shape->why)),
            true);
    if (shape->ignored.len > 0)
        schema_note(reader, path,
                    arena_format(reader->arena, "is not held to its %.*s",
                                 STR_ARG(shape->ignored)),
                    false);
    if (schema->element != NULL)
        note_all(reader, schema->element,
                 arena_format(reader->arena, "%.*s[]", STR_ARG(path)));
    for (uint32_t i = 0; i < schema->field_count; i++)
        note_all(reader, schema->fields[i].schema,
                 arena_format(reader->arena, "%.*s.%.*s", STR_ARG(path),
                              STR_ARG(schema->fields[i].name)));
}

// ---- both sides of a tool ----

static Converter converter(const SchemaReader *reader, const JsonValue *root)
{
    return (Converter){.make = {reader->arena, reader->types}, .root = root};
}

Schema *schema_arguments(const SchemaReader *reader, const JsonValue *schema)
{
    Converter c = converter(reader, schema);
    Shape *shape =
        schema == NULL ? shape_never(c.make.arena) : convert(&c, schema, (Str){0});
    if (shape->additional == ADDITIONAL_YES)
        schema_note(reader, STR("args"),
                    STR("are those that the schema names: others, which the server "
                        "takes, are denied"),
                    false);
    if (shape->is_never || shape->schema.type->form != TYPE_RECORD) {
        if (schema != NULL && !shape->is_never && !shape->is_free)
            schema_note(reader, STR("args"),
                        STR("are none: the input schema is not that of an object"),
                        false);
        shape = shape_new(c.make.arena, NULL);
        shape_set_fields(c.make.arena, c.make.types, shape, NULL, 0);
    }
    shape->schema.flags = SCHEMA_CLOSED;
    note_all(reader, &shape->schema, STR("args"));
    return &shape->schema;
}

const Schema *schema_result(const SchemaReader *reader, const JsonValue *schema)
{
    Converter c = converter(reader, schema);
    c.is_result = true;
    Shape *shape = convert(&c, schema, (Str){0});
    if (shape->is_never)
        return NULL;
    const Schema *settled = settle(&c, shape);
    bool has_members = settled->type->form == TYPE_RECORD;
    if (has_members || settled->type->form == TYPE_JSON)
        note_all(reader, settled, STR("result"));
    else
        schema_note(reader, STR("result"),
                    STR("has no members here: MCP's results are objects"), true);
    return has_members ? settled : NULL;
}
