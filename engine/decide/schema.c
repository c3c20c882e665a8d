// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/schema.h"

#include <inttypes.h>

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/decide/item.h"
#include "engine/decide/live.h"
#include "engine/vm/arg_char.h"
#include "engine/vm/table.h"
#include "engine/vm/vm.h"

// ---- rules that a schema states ----

static bool wrong(SchemaReader *reader, const Path *path, const char *rule)
{
    return refusal_set(reader->refusal, CODE_ARGUMENT, path, "%s", rule);
}

// A number of either kind as a decimal.
static Decimal decimal_of(const Value *value)
{
    return value->kind == KIND_DECIMAL ? value->as.decimal
                                       : decimal_from_i64(value->as.number);
}

// "must be at least 3", with a word after the number where one is due.
static bool out_of_bounds(SchemaReader *reader, const Path *path, const char *relation,
                          Decimal bound, const char *unit)
{
    char memory[64];
    Buf text = buf_fixed(memory, sizeof memory);
    decimal_format(&text, bound);
    return refusal_set(reader->refusal, CODE_ARGUMENT, path, "must be %s %.*s%s",
                       relation, STR_ARG(buf_view(&text)), unit);
}

// Of a number itself, or of a length: `unit` says of what.
static bool is_within(SchemaReader *reader, const BundleSchema *schema,
                      const Path *path, Decimal number, const char *unit)
{
    uint32_t flags = schema->flags;
    if (flags & SCHEMA_HAS_MIN) {
        Value low = vm_const(reader->bundle, schema->low);
        bool is_exclusive = flags & SCHEMA_EXCLUSIVE_MIN;
        if (decimal_compare(number, decimal_of(&low)) < (is_exclusive ? 1 : 0))
            return out_of_bounds(reader, path, is_exclusive ? "more than" : "at least",
                                 decimal_of(&low), unit);
    }
    if (flags & SCHEMA_HAS_MAX) {
        Value high = vm_const(reader->bundle, schema->high);
        bool is_exclusive = flags & SCHEMA_EXCLUSIVE_MAX;
        if (decimal_compare(number, decimal_of(&high)) > (is_exclusive ? -1 : 0))
            return out_of_bounds(reader, path, is_exclusive ? "less than" : "at most",
                                 decimal_of(&high), unit);
    }
    return true;
}

static bool is_bounded(const BundleSchema *schema)
{
    return (schema->flags & (SCHEMA_HAS_MIN | SCHEMA_HAS_MAX)) != 0 ||
           schema->values.count > 0;
}

// One of the allowed values, if they are listed.
static bool is_listed(SchemaReader *reader, const BundleSchema *schema,
                      const Path *path, const Value *value)
{
    const uint32_t *allowed = reader->bundle->lists + schema->values.first;
    if (schema->values.count == 0)
        return true;
    for (uint32_t i = 0; i < schema->values.count; i++) {
        Value one = vm_const(reader->bundle, allowed[i]);
        if (value_eq(&one, value))
            return true;
    }
    return wrong(reader, path, "must be one of the listed values");
}

// ---- scalars ----

static bool take_bool(SchemaReader *reader, const BundleSchema *schema,
                      const Path *path, const CborItem *item, Value *value)
{
    if (item->kind != CBOR_BOOL)
        return wrong(reader, path, "must be true or false");
    *value = value_bool(item->number == 1);
    return is_listed(reader, schema, path, value);
}

// A number that doesn't fit is unknown; where there are bounds it can't be told to keep
// to them.
static bool take_beyond(SchemaReader *reader, const BundleSchema *schema,
                        const Path *path, Kind kind, Value *value)
{
    if (is_bounded(schema))
        return wrong(reader, path, "has more digits than a number can have");
    reader->has_unknown = true;
    *value = value_unknown(kind, CAUSE_OTHER);
    return true;
}

static bool take_int(SchemaReader *reader, const BundleSchema *schema, const Path *path,
                     const CborItem *item, Value *value)
{
    int64_t number = 0;
    if (!item_is_integral(item))
        return wrong(reader, path, "must be an integer");
    if (!item_to_i64(item, &number))
        return take_beyond(reader, schema, path, KIND_INT, value);
    *value = value_number(KIND_INT, number);
    return !is_bounded(schema) ||
           (is_within(reader, schema, path, decimal_from_i64(number), "") &&
            is_listed(reader, schema, path, value));
}

static bool take_decimal(SchemaReader *reader, const BundleSchema *schema,
                         const Path *path, const CborItem *item, Value *value)
{
    *value = (Value){.kind = KIND_DECIMAL};
    switch (item_to_decimal(item, &value->as.decimal)) {
    case FIT_NONE:
        return wrong(reader, path, "must be a number");
    case FIT_BEYOND:
        return take_beyond(reader, schema, path, KIND_DECIMAL, value);
    case FIT_EXACT:
        break;
    }
    return is_within(reader, schema, path, value->as.decimal, "") &&
           is_listed(reader, schema, path, value);
}

static bool take_moment(SchemaReader *reader, const BundleSchema *schema,
                        const Path *path, Kind kind, const CborItem *item, Value *value)
{
    int64_t ns = 0;
    if (kind == KIND_TIME && !item_to_time(item, &ns))
        return wrong(reader, path, "must be a time: seconds since 1970, or RFC 3339");
    if (kind == KIND_DURATION && !item_to_duration(item, &ns))
        return wrong(reader, path, "must be a duration in whole seconds");
    *value = value_number(kind, ns);
    return is_listed(reader, schema, path, value);
}

static Value value_ip(Kind kind, Ip ip)
{
    return (Value){.as.ip = {ip.hi, ip.lo},
                   .aux = ip.family | (uint32_t)ip.prefix << 8,
                   .kind = (uint8_t)kind};
}

static bool take_ip(SchemaReader *reader, const BundleSchema *schema, const Path *path,
                    Kind kind, const CborItem *item, Value *value)
{
    Ip ip;
    if (item->kind != CBOR_TEXT ||
        !(kind == KIND_IP ? ip_parse : net_parse)(item->bytes, &ip))
        return wrong(reader, path,
                     kind == KIND_IP ? "must be an IP address" : "must be an IP range");
    *value = value_ip(kind, ip);
    return is_listed(reader, schema, path, value);
}

// ---- text ----

static bool is_email(Str text)
{
    Cut cut = str_cut(text, '@');
    return cut.found && cut.head.len > 0 && cut.tail.len > 0 &&
           !str_cut(cut.tail, '@').found;
}

static bool is_uri(Str text)
{
    Cut cut = str_cut(text, ':');
    for (size_t i = 0; i < cut.head.len; i++) {
        char c = cut.head.at[i];
        bool is_inner = char_is_digit(c) || c == '+' || c == '-' || c == '.';
        if (!char_is_letter(c) && (i == 0 || !is_inner))
            return false;
    }
    return cut.found && cut.head.len > 0 && cut.tail.len > 0;
}

static bool is_uuid(Str text)
{
    enum { UUID_LENGTH = 36 };
    if (text.len != UUID_LENGTH)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text.at[i] != '-' : char_hex(text.at[i]) < 0)
            return false;
    }
    return true;
}

static bool has_space_or_control(Str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == ' ' || char_is_control(text.at[i]))
            return true;
    return false;
}

// The formats are checked for what no reading of them allows.
static bool is_formatted(SchemaReader *reader, uint32_t format, const Path *path,
                         Str text)
{
    if (format == FORMAT_NONE)
        return true;
    if (format == FORMAT_EMAIL && (!is_email(text) || has_space_or_control(text)))
        return wrong(reader, path, "must be an e-mail address");
    if (format == FORMAT_URI && (!is_uri(text) || has_space_or_control(text)))
        return wrong(reader, path, "must be a URI");
    if (format == FORMAT_UUID && !is_uuid(text))
        return wrong(reader, path, "must be a UUID");
    return true;
}

// The tenant of a row counts once, however many arguments name it.
static bool add_tenant(SchemaReader *reader, const Path *path, uint32_t tenant)
{
    for (uint32_t i = 0; i < reader->tenant_count; i++)
        if (reader->tenants[i] == tenant)
            return true;
    if (reader->tenant_count == MAX_KEYED_ROWS)
        return refusal_set(reader->refusal, CODE_TOO_LARGE, path,
                           "rows of more than %d tenants", MAX_KEYED_ROWS);
    reader->tenants[reader->tenant_count++] = tenant;
    return true;
}

static uint32_t tenant_of(const Bundle *bundle, const BundleTable *table, uint32_t row)
{
    size_t cell = table->cell + (size_t)row * table->column_count + table->tenant;
    uint32_t held = bundle->cells[cell];
    return held == NONE ? NONE : (uint32_t)bundle->consts[held].low;
}

static uint32_t live_tenant(const SchemaReader *reader, const BundleTable *table,
                            const Value *cells)
{
    if (!cells) // they can't be read
        return TENANT_OTHER;
    const Value *tenant = &cells[table->tenant];
    if (tenant->state != VALUE_KNOWN)
        return NONE;
    if (tenant->aux != NONE)
        return tenant->aux;
    bool is_alien = reader->alien.len > 0 && str_eq(value_str(*tenant), reader->alien);
    return is_alien ? TENANT_ALIEN : TENANT_OTHER;
}

// Whether the table has a row under the key, and of which tenant it is, if the table
// says so.
static bool find_row(SchemaReader *reader, const BundleTable *table, uint32_t number,
                     const Value *key, uint32_t *tenant)
{
    const Bundle *bundle = reader->bundle;
    bool has_tenant = table->tenant != NONE;
    const Value *cells = NULL;
    if (live_is(bundle, number)) {
        if (!live_find(reader->state, bundle, number, key,
                       has_tenant ? reader->pool : NULL, &cells))
            return false;
        *tenant = has_tenant ? live_tenant(reader, table, cells) : NONE;
        return true;
    }
    uint32_t row = table_find(bundle, number, key);
    if (row == NONE)
        return false;
    *tenant = has_tenant ? tenant_of(bundle, table, row) : NONE;
    return true;
}

static bool is_row_key(SchemaReader *reader, const BundleSchema *schema,
                       const Path *path, const Value *value)
{
    if (schema->of == NONE)
        return true;
    const BundleTable *table = &reader->bundle->tables[schema->of];
    uint32_t tenant;
    if (!find_row(reader, table, schema->of, value, &tenant))
        return refusal_set(reader->refusal, CODE_ARGUMENT, path,
                           "must be a key of the table %.*s",
                           STR_ARG(bundle_string(reader->bundle, table->name)));
    return !reader->is_collecting || table->tenant == NONE ||
           add_tenant(reader, path, tenant);
}

static bool take_text(SchemaReader *reader, const BundleSchema *schema,
                      const Path *path, const CborItem *item, bool is_wanted,
                      Value *value)
{
    const uint32_t lengths = SCHEMA_HAS_MIN | SCHEMA_HAS_MAX;
    if (item->kind != CBOR_TEXT)
        return wrong(reader, path, "must be a text");
    bool is_compared = is_wanted || schema->values.count > 0 || schema->of != NONE;
    *value = value_text(
        item->bytes, is_compared ? bundle_intern(reader->bundle, item->bytes) : NONE);
    if ((schema->flags & lengths) != 0 &&
        !is_within(reader, schema, path,
                   decimal_from_i64((int64_t)utf8_count(item->bytes)),
                   " characters long"))
        return false;
    return is_formatted(reader, schema->count, path, item->bytes) &&
           is_listed(reader, schema, path, value) &&
           is_row_key(reader, schema, path, value);
}

// ---- lists and records ----

static Value *take_room(SchemaReader *reader, const Path *path, uint32_t count)
{
    Value *room = value_pool_take(reader->pool, count);
    if (room == NULL)
        refusal_set(reader->refusal, CODE_TOO_LARGE, path,
                    "too many elements in lists and records");
    return room;
}

// Equal as JSON values are. Unknown numbers are equal to nothing.
static bool is_same(const Value *a, const Value *b)
{
    if (a->state != b->state || a->kind != b->kind || a->state == VALUE_UNKNOWN)
        return false;
    if (a->state == VALUE_ABSENT)
        return true;
    if (a->kind == KIND_JSON)
        return false;
    if (a->kind != KIND_LIST && a->kind != KIND_RECORD)
        return value_eq(a, b);
    if (a->as.items.count != b->as.items.count)
        return false;
    for (uint64_t i = 0; i < a->as.items.count; i++)
        if (!is_same(&a->as.items.at[i], &b->as.items.at[i]))
            return false;
    return true;
}

static bool are_unique(SchemaReader *reader, const Path *path, const Value *list)
{
    for (uint64_t i = 1; i < list->as.items.count; i++)
        for (uint64_t k = 0; k < i; k++)
            if (is_same(&list->as.items.at[i], &list->as.items.at[k]))
                return wrong(reader, path, "must not have an element twice");
    return true;
}

static bool is_list_size(SchemaReader *reader, const BundleSchema *schema,
                         const Path *path, uint64_t count)
{
    uint32_t most = reader->bundle->types[schema->type].count;
    if (is_bounded(schema) &&
        !is_within(reader, schema, path, decimal_from_i64((int64_t)count),
                   " elements long"))
        return false;
    if (count > most)
        return refusal_set(reader->refusal, CODE_TOO_LARGE, path,
                           "has more than %" PRIu32 " elements", most);
    return true;
}

static bool take_list(SchemaReader *reader, const BundleSchema *schema,
                      const Path *path, const CborNode *node, bool is_wanted,
                      Value *value)
{
    bool is_unique = schema->flags & SCHEMA_UNIQUE;
    uint64_t count = node->item.number;
    Value *elements = NULL;
    if (node->item.kind != CBOR_ARRAY)
        return wrong(reader, path, "must be a list");
    if (!is_list_size(reader, schema, path, count))
        return false;
    if (is_wanted || is_unique) {
        elements = take_room(reader, path, (uint32_t)count);
        if (elements == NULL)
            return false;
    }
    const CborNode *element = node + 1;
    for (uint32_t i = 0; i < count; i++, element = cbor_after(element)) {
        Path at = {.above = path, .index = i};
        if (!schema_take(reader, schema->of, &at, element,
                         elements ? &elements[i] : NULL))
            return false;
    }
    *value = (Value){.as.items = {elements, count}, .kind = KIND_LIST};
    return !is_unique || are_unique(reader, path, value);
}

// Few names are compared faster than one is hashed.
static uint32_t find_among_few(const Bundle *bundle, const BundleField *fields,
                               uint32_t count, Str name)
{
    for (uint32_t i = 0; i < count; i++)
        if (str_eq(bundle_string(bundle, fields[i].name), name))
            return i;
    return NONE;
}

uint32_t schema_find_field(const Bundle *bundle, uint32_t number, Str name)
{
    enum { FEW = 12 };
    const BundleSchema *schema = &bundle->schemas[number];
    const BundleField *fields = bundle->fields + schema->of;
    uint32_t low = 0;
    uint32_t high = schema->count;
    if (high <= FEW)
        return find_among_few(bundle, fields, high, name);
    uint32_t wanted = bundle_intern(bundle, name);
    if (wanted == NONE)
        return NONE;
    if (!(schema->flags & SCHEMA_SORTED)) {
        while (low < high && fields[low].name != wanted)
            low++;
        return low < high ? low : NONE;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (fields[middle].name < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < schema->count && fields[low].name == wanted ? low : NONE;
}

bool schema_take_field(SchemaReader *reader, uint32_t number, const Path *path,
                       const CborNode *node, Value *out)
{
    const BundleField *field = &reader->bundle->fields[number];
    Path at = {.above = path, .name = bundle_string(reader->bundle, field->name)};
    bool was_collecting = reader->is_collecting;
    reader->is_collecting =
        (field->flags & (FIELD_TENANT_ROW | FIELD_TENANT_SHARED)) == FIELD_TENANT_ROW;
    bool is_taken = schema_take(reader, field->schema, &at, node, out);
    reader->is_collecting = was_collecting;
    return is_taken;
}

// Members that are absent until they turn up.
static Value *absent_members(SchemaReader *reader, const BundleSchema *schema,
                             const Path *path)
{
    const Bundle *bundle = reader->bundle;
    Value *members = take_room(reader, path, schema->count);
    for (uint32_t i = 0; members != NULL && i < schema->count; i++) {
        uint32_t type = bundle->schemas[bundle->fields[schema->of + i].schema].type;
        members[i] = value_absent((Kind)bundle->types[type].kind);
    }
    return members;
}

static bool take_member(SchemaReader *reader, uint32_t number, const Path *path,
                        const CborNode *key, Value *members, uint64_t *seen)
{
    const BundleSchema *schema = &reader->bundle->schemas[number];
    uint32_t at = key->item.kind == CBOR_TEXT
                      ? schema_find_field(reader->bundle, number, key->item.bytes)
                      : NONE;
    if (at == NONE && schema->flags & SCHEMA_CLOSED) {
        Path unknown = path_of_key(path, &key->item);
        return wrong(reader, &unknown, "is not declared");
    }
    if (at == NONE)
        return true;
    seen[at / 64] |= UINT64_C(1) << at % 64;
    return schema_take_field(reader, schema->of + at, path, key + 1,
                             members ? &members[at] : NULL);
}

static bool has_required(SchemaReader *reader, const BundleSchema *schema,
                         const Path *path, const uint64_t *seen)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        const BundleField *field = &reader->bundle->fields[schema->of + i];
        if (!(field->flags & FIELD_REQUIRED) || (seen[i / 64] >> i % 64 & 1) != 0)
            continue;
        Path at = {.above = path, .name = bundle_string(reader->bundle, field->name)};
        return wrong(reader, &at, "is required");
    }
    return true;
}

static bool take_record(SchemaReader *reader, uint32_t number, const Path *path,
                        const CborNode *node, bool is_wanted, Value *value)
{
    const BundleSchema *schema = &reader->bundle->schemas[number];
    Value *members = NULL;
    uint64_t seen[MAX_FIELDS / 64] = {0};
    if (node->item.kind != CBOR_MAP)
        return wrong(reader, path, "must be an object");
    if (is_wanted) {
        members = absent_members(reader, schema, path);
        if (members == NULL)
            return false;
    }
    const CborNode *key = node + 1;
    for (uint64_t i = 0; i < node->item.number; i++, key = cbor_after(key + 1))
        if (!take_member(reader, number, path, key, members, seen))
            return false;
    *value = (Value){.as.items = {members, schema->count}, .kind = KIND_RECORD};
    return has_required(reader, schema, path, seen);
}

// ---- any ----

static bool take_item(SchemaReader *reader, uint32_t number, const Path *path,
                      const CborNode *node, bool is_wanted, Value *value)
{
    const CborItem *item = &node->item;
    const BundleSchema *schema = &reader->bundle->schemas[number];
    Kind kind = (Kind)reader->bundle->types[schema->type].kind;
    switch (kind) {
    case KIND_BOOL:
        return take_bool(reader, schema, path, item, value);
    case KIND_INT:
        return take_int(reader, schema, path, item, value);
    case KIND_DECIMAL:
        return take_decimal(reader, schema, path, item, value);
    case KIND_STRING:
        return take_text(reader, schema, path, item, is_wanted, value);
    case KIND_DURATION:
    case KIND_TIME:
        return take_moment(reader, schema, path, kind, item, value);
    case KIND_IP:
    case KIND_NET:
        return take_ip(reader, schema, path, kind, item, value);
    case KIND_LIST:
        return take_list(reader, schema, path, node, is_wanted, value);
    case KIND_RECORD:
        return take_record(reader, number, path, node, is_wanted, value);
    case KIND_JSON:
        *value = (Value){.kind = KIND_JSON};
        return true;
    case KIND_NONE:
    case KIND_ROW:
        break;
    }
    unreachable_bug(); // the verifier admits no other
}

bool schema_take(SchemaReader *reader, uint32_t number, const Path *path,
                 const CborNode *node, Value *out)
{
    const BundleSchema *schema = &reader->bundle->schemas[number];
    Kind kind = (Kind)reader->bundle->types[schema->type].kind;
    Value unwanted;
    Value *value = out != NULL ? out : &unwanted;
    if (node->item.kind != CBOR_NULL ||
        !(schema->flags & SCHEMA_NULLABLE || kind == KIND_JSON))
        return take_item(reader, number, path, node, out != NULL, value);
    *value = value_absent(kind);
    return true;
}
