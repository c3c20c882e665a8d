// SPDX-License-Identifier: Apache-2.0
#include "lang/check/slot.h"

#include "lang/check/make.h"

// Key of checker->slots: everything that tells slots apart.
static Str slot_key(Checker *checker, const Slot *slot)
{
    return arena_format(checker->arena, "%u %.*s %p %u", (unsigned)slot->root,
                        STR_ARG(slot->name), (const void *)slot->type,
                        (unsigned)slot->flags);
}

uint32_t slot_intern(Checker *checker, const Slot *slot)
{
    Program *program = checker->program;
    bool is_new = false;
    uint32_t number = *map_insert(&checker->slots, slot_key(checker, slot),
                                  program->slot_count, &is_new);
    if (is_new)
        *ARRAY_PUSH(checker->arena, program->slots, program->slot_count) = *slot;
    return number;
}

static const Type *chain_type(Checker *checker)
{
    const Type *text = type_plain(checker->types, TYPE_STRING);
    TypeField fields[] = {{STR("id"), text},
                          {STR("tenant"), type_optional(checker->types, text)}};
    return type_list(checker->types, type_record(checker->types, fields, 2), MAX_CHAIN);
}

static const Type *fixed_type(Checker *checker, FixedSlot slot, Kind kind)
{
    const Type *text = type_plain(checker->types, TYPE_STRING);
    switch (kind) {
    case KIND_LIST:
        return slot == SLOT_CHAIN ? chain_type(checker)
                                  : type_set(checker->types, text, MAX_LIST_DEFAULT);
    case KIND_BOOL:
        return type_plain(checker->types, TYPE_BOOL);
    case KIND_INT:
        return type_plain(checker->types, TYPE_INT);
    case KIND_DURATION:
        return type_plain(checker->types, TYPE_DURATION);
    case KIND_TIME:
        return type_plain(checker->types, TYPE_TIME);
    case KIND_IP:
        return type_plain(checker->types, TYPE_IP);
    case KIND_STRING:
    case KIND_NONE:
    case KIND_DECIMAL:
    case KIND_NET:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        return text;
    }
    unreachable_bug();
}

static void add_fixed(Checker *checker, FixedSlot number, Str name, Kind kind,
                      bool is_certain)
{
    const Type *type = fixed_type(checker, number, kind);
    if (str_starts(name, STR("ask.")))
        type = type_optional(checker->types, type);
    Slot slot = {.name = name,
                 .field = str_cut(name, '.').tail,
                 .type = type,
                 .root = SLOT_ROOT_FIXED,
                 .flags = is_certain ? SLOT_CERTAIN : 0,
                 .column = NONE};
    uint32_t at = slot_intern(checker, &slot);
    CHECK(at == (uint32_t)number);
    map_insert(&checker->fixed, name, at, NULL);
}

void slot_add_fixed(Checker *checker)
{
#define SLOT(name, text, kind, certain)                                                \
    add_fixed(checker, SLOT_##name, STR(text), KIND_##kind, certain);
#include "engine/bytecode/slot.def"
#undef SLOT
}

Expr *slot_read(Checker *checker, uint32_t slot, Span span)
{
    const Slot *from = &checker->program->slots[slot];
    Expr *expr = make_leaf(checker, IR_SLOT, span, from->type, slot);
    expr->may_absent = from->type->is_optional;
    expr->may_unknown =
        (from->flags & SLOT_CERTAIN) == 0 &&
        (!from->type->is_optional || (from->flags & SLOT_FROM_TABLE) != 0);
    return expr;
}

uint32_t slot_fixed(const Checker *checker, Str name)
{
    const uint32_t *slot = map_find(&checker->fixed, name);
    return slot == NULL ? NONE : *slot;
}

// The table whose columns are fields of the root, or NONE.
static uint32_t table_of(const Checker *checker, Str root)
{
    if (str_eq(root, STR("user")))
        return checker->program->users_table;
    return str_eq(root, STR("agent")) ? checker->agents_table : NONE;
}

static uint32_t column_slot(Checker *checker, Str root, Str field, Str name)
{
    uint32_t number = table_of(checker, root);
    if (number == NONE)
        return NONE;
    const Table *table = &checker->program->tables[number];
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Column *column = &table->columns[i];
        if (!str_eq(column->name, field))
            continue;
        const Type *type = column->type->bare;
        Slot slot = {.name = name,
                     .field = field,
                     .type = column->is_optional ? type_optional(checker->types, type)
                                                 : type,
                     .root = SLOT_ROOT_ATTRIBUTE,
                     .flags = SLOT_FROM_TABLE,
                     .of = str_eq(root, STR("user")) ? ATTRIBUTE_USER : ATTRIBUTE_AGENT,
                     .column = i};
        return slot_intern(checker, &slot);
    }
    return NONE;
}

uint32_t slot_attribute(Checker *checker, Str root, Str field)
{
    Str name = arena_format(checker->arena, "%.*s.%.*s", STR_ARG(root), STR_ARG(field));
    const Decl *decl =
        scope_find(&checker->scope, DECL_ATTRIBUTE, name, span_make(0, 0));
    if (decl != NULL)
        return decl->number;
    return column_slot(checker, root, field, name);
}

void slot_add_columns(Checker *checker, Str root)
{
    uint32_t number = table_of(checker, root);
    if (number == NONE)
        return;
    const Table *table = &checker->program->tables[number];
    for (uint32_t i = 0; i < table->column_count; i++) {
        Str field = table->columns[i].name;
        Str name =
            arena_format(checker->arena, "%.*s.%.*s", STR_ARG(root), STR_ARG(field));
        if (slot_fixed(checker, name) == NONE)
            slot_attribute(checker, root, field);
    }
}

void slot_suggest(Checker *checker, Str root, Nearest *nearest)
{
    Str prefix = arena_format(checker->arena, "%.*s.", STR_ARG(root));
    for (uint32_t i = 0; i < FIXED_SLOT_COUNT; i++)
        if (str_starts(checker->program->slots[i].name, prefix))
            nearest_offer(nearest, checker->program->slots[i].field);
    const Scope *scope = &checker->scope;
    for (uint32_t i = 0; i < scope->decl_count[DECL_ATTRIBUTE]; i++)
        if (str_starts(scope->decls[DECL_ATTRIBUTE][i]->name, prefix))
            nearest_offer(nearest,
                          str_cut(scope->decls[DECL_ATTRIBUTE][i]->name, '.').tail);
    uint32_t table = table_of(checker, root);
    if (table == NONE)
        return;
    for (uint32_t i = 0; i < checker->program->tables[table].column_count; i++)
        nearest_offer(nearest, checker->program->tables[table].columns[i].name);
}
