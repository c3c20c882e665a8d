// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/pack.h"

#include <string.h>

#include "engine/base/unit.h"

// ---- types ----

enum {
    STRINGS = TYPE_FIXED_COUNT, // list of at most 3 strings
    RECORD,                     // {a: string, b: int, c: list of strings}
    RECORDS,                    // list of at most 2 of them
    NEST,                       // NEST + i: lists, i + 1 deep, of one int
    TYPES = NEST + MAX_PACKED_DEPTH + 1,
    DEEPEST = NEST + MAX_PACKED_DEPTH - 1,
    ITEMS = 64,
};

typedef struct World {
    BundleType types[TYPES];
    uint32_t lists[3];
    uint32_t intern[1];
    BundleMeta meta;
    Bundle bundle;
    Value items[ITEMS];
    ValuePool pool;
    char memory[1024];
    Buf packed;
} World;

static void start(World *world)
{
    memset(world, 0, sizeof *world);
    for (uint32_t i = 0; i < KIND_COUNT; i++)
        world->types[i].kind = i;
    world->types[STRINGS] = (BundleType){KIND_LIST, KIND_STRING, 3, 0};
    world->types[RECORD] = (BundleType){KIND_RECORD, 0, 3, 0};
    world->types[RECORDS] = (BundleType){KIND_LIST, RECORD, 2, 0};
    for (uint32_t i = 0; i <= MAX_PACKED_DEPTH; i++)
        world->types[NEST + i] =
            (BundleType){KIND_LIST, i == 0 ? (uint32_t)KIND_INT : NEST + i - 1, 1, 0};
    const uint32_t fields[] = {KIND_STRING, KIND_INT, STRINGS};
    memcpy(world->lists, fields, sizeof fields);
    world->intern[0] = NONE;
    world->bundle.types = world->types;
    world->bundle.types_count = TYPES;
    world->bundle.lists = world->lists;
    world->bundle.intern = world->intern;
    world->bundle.intern_count = 1;
    world->bundle.meta = &world->meta;
    world->pool = (ValuePool){.at = world->items, .capacity = ITEMS};
    world->packed = buf_fixed(world->memory, sizeof world->memory);
}

static Value list_of(Kind kind, const Value *items, uint32_t count)
{
    return (Value){.as.items = {items, count}, .aux = NONE, .kind = (uint8_t)kind};
}

// ---- comparing ----

static bool is_same(const World *world, uint32_t type, const Value *a, const Value *b)
{
    const BundleType *of = &world->types[type];
    if (a->state != b->state || a->kind != b->kind)
        return false;
    if (a->state == VALUE_UNKNOWN)
        return a->cause == b->cause;
    if (a->state != VALUE_KNOWN || of->kind == KIND_JSON)
        return true;
    if (of->kind != KIND_LIST && of->kind != KIND_RECORD)
        return value_eq(a, b);
    bool is_equal = a->as.items.count == b->as.items.count;
    for (uint64_t i = 0; is_equal && i < a->as.items.count; i++)
        is_equal =
            is_same(world, of->kind == KIND_LIST ? of->of : world->lists[of->of + i],
                    &a->as.items.at[i], &b->as.items.at[i]);
    return is_equal;
}

static void must_return(World *world, uint32_t type, const Value *value)
{
    Value back;
    buf_clear(&world->packed);
    world->pool.count = 0;
    value_pack(&world->bundle, type, value, &world->packed);
    Str bytes = buf_view(&world->packed);
    ck_assert(!world->packed.failed);
    ck_assert_msg(value_unpack(&world->bundle, type, &bytes, &world->pool, &back), "%u",
                  type);
    ck_assert_uint_eq(bytes.len, 0);
    ck_assert_msg(is_same(world, type, value, &back), "%u", type);
}

// ---- what comes back ----

START_TEST(values_of_every_kind_come_back)
{
    World world;
    start(&world);
    const Value rows[] = {
        value_bool(true),
        value_bool(false),
        value_number(KIND_INT, INT64_MIN),
        value_number(KIND_DURATION, INT64_MAX),
        value_number(KIND_TIME, 0),
        {.as.decimal = {-1, 7}, .kind = KIND_DECIMAL},
        value_text(STR("a text"), NONE),
        value_text(STR(""), NONE),
        {.as.ip = {0, 0x0a000001}, .aux = 4 | 32 << 8, .kind = KIND_IP},
        {.as.ip = {1, 2}, .aux = 6 | 128 << 8, .kind = KIND_IP},
        {.as.ip = {0, 0x0a000000}, .aux = 4 | 8 << 8, .kind = KIND_NET},
        {.kind = KIND_JSON},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Value absent = value_absent((Kind)rows[i].kind);
        Value unknown = value_unknown((Kind)rows[i].kind, CAUSE_OTHER);
        Value untold = value_unknown((Kind)rows[i].kind, CAUSE_UNTOLD);
        must_return(&world, rows[i].kind, &rows[i]);
        must_return(&world, rows[i].kind, &absent);
        must_return(&world, rows[i].kind, &unknown);
        must_return(&world, rows[i].kind, &untold);
    }
}
END_TEST

static void make_record(Value fields[3], const Value *texts, uint32_t count)
{
    fields[0] = value_text(STR("x"), NONE);
    fields[1] = value_absent(KIND_INT);
    fields[2] = list_of(KIND_LIST, texts, count);
}

START_TEST(lists_and_records_come_back)
{
    World world;
    start(&world);
    const Value texts[] = {value_text(STR("x"), NONE), value_absent(KIND_STRING),
                           value_unknown(KIND_STRING, CAUSE_OTHER)};
    Value none = list_of(KIND_LIST, NULL, 0), all = list_of(KIND_LIST, texts, 3);
    must_return(&world, STRINGS, &none);
    must_return(&world, STRINGS, &all);
    Value fields[2][3];
    make_record(fields[0], texts, 3);
    make_record(fields[1], texts, 0);
    const Value records[] = {list_of(KIND_RECORD, fields[0], 3),
                             list_of(KIND_RECORD, fields[1], 3)};
    Value list = list_of(KIND_LIST, records, 2);
    must_return(&world, RECORD, &records[0]);
    must_return(&world, RECORDS, &list);
}
END_TEST

START_TEST(of_records_only_some_fields_are_kept)
{
    World world;
    start(&world);
    Value fields[3], back;
    make_record(fields, NULL, 0);
    const Value record = list_of(KIND_RECORD, fields, 3);
    const Value list = list_of(KIND_LIST, &record, 1);
    value_pack_fields(&world.bundle, RECORDS, UINT64_C(1) << 2, &list, &world.packed);
    Str bytes = buf_view(&world.packed);
    ck_assert(value_unpack(&world.bundle, RECORDS, &bytes, &world.pool, &back));
    const Value *kept = back.as.items.at[0].as.items.at;
    ck_assert_int_eq(kept[0].state, VALUE_ABSENT);
    ck_assert_int_eq(kept[1].state, VALUE_ABSENT);
    ck_assert_int_eq(kept[2].state, VALUE_KNOWN);
}
END_TEST

// ---- limits ----

static bool nests(World *world, uint32_t type)
{
    Value levels[MAX_PACKED_DEPTH + 2], back;
    levels[0] = value_number(KIND_INT, 1);
    for (uint32_t i = 0; i <= type - NEST; i++)
        levels[i + 1] = list_of(KIND_LIST, &levels[i], 1);
    buf_clear(&world->packed);
    world->pool.count = 0;
    value_pack(&world->bundle, type, &levels[type - NEST + 1], &world->packed);
    Str bytes = buf_view(&world->packed);
    return value_unpack(&world->bundle, type, &bytes, &world->pool, &back);
}

START_TEST(depth_is_limited)
{
    World world;
    start(&world);
    ck_assert(nests(&world, DEEPEST));
    ck_assert(!nests(&world, DEEPEST + 1));
}
END_TEST

START_TEST(the_pool_is_limited)
{
    World world;
    start(&world);
    const Value texts[] = {value_text(STR("x"), NONE), value_text(STR("y"), NONE)};
    const Value list = list_of(KIND_LIST, texts, 2);
    value_pack(&world.bundle, STRINGS, &list, &world.packed);
    for (uint32_t capacity = 0; capacity < 3; capacity++) {
        Value back;
        Str bytes = buf_view(&world.packed);
        world.pool = (ValuePool){.at = world.items, .capacity = capacity};
        ck_assert_int_eq(
            value_unpack(&world.bundle, STRINGS, &bytes, &world.pool, &back),
            capacity == 2);
    }
}
END_TEST

// ---- hostile bytes ----

#define BYTES(text)                                                                    \
    {                                                                                  \
        text, sizeof(text) - 1                                                         \
    }
#define ZEROS_8 "\0\0\0\0\0\0\0\0"

static const struct {
    uint32_t type;
    Str bytes;
    const char *what;
    bool is_fine;
} HOSTILE[] = {
    {KIND_BOOL, BYTES(""), "nothing", false},
    {KIND_BOOL, BYTES("\0\1"), "a state of 0", false},
    {KIND_BOOL, BYTES("\5\1"), "a state of 5", false},
    {KIND_BOOL, BYTES("\1"), "a bool without a byte", false},
    {KIND_BOOL, BYTES("\1\377"), "a bool of 255", true},
    {KIND_STRING, BYTES("\1\377\377\377\377x"), "a text of 4 GiB", false},
    {KIND_STRING, BYTES("\1\2\0\0\0x"), "a text that is cut off", false},
    {STRINGS, BYTES("\1\3\0\0\0\2\2\2" ZEROS_8 "\0\0\0\0"),
     "as many elements as may be", true},
    {STRINGS, BYTES("\1\4\0\0\0\2\2\2\2" ZEROS_8 ZEROS_8), "more elements than may be",
     false},
    {STRINGS, BYTES("\1\3\0\0\0\2\2\2" ZEROS_8 "\0\0\0"), "a zero too few", false},
    {STRINGS, BYTES("\1\377\377\377\377"), "elements beyond all", false},
    {RECORD, BYTES("\1\2\2"), "a record short of a field", false},
    {KIND_IP, BYTES("\1" ZEROS_8 ZEROS_8 "\4\40"), "an IPv4 address", true},
    {KIND_IP, BYTES("\1" ZEROS_8 ZEROS_8 "\5\40"), "an address of family 5", false},
    {KIND_NET, BYTES("\1" ZEROS_8 ZEROS_8 "\4\41"), "a prefix of 33 bits", false},
    {KIND_NET, BYTES("\1" ZEROS_8 ZEROS_8 "\6\200"), "a prefix of 128 bits", true},
    {KIND_NET, BYTES("\1" ZEROS_8 ZEROS_8 "\6\201"), "a prefix of 129 bits", false},
    {KIND_IP, BYTES("\1" ZEROS_8 "\1\0\0\0\0\0\0\0\4\40"),
     "an IPv4 address of 128 bits", false},
    {KIND_ROW, BYTES("\1" ZEROS_8), "a row of a table", false},
    {KIND_ROW, BYTES("\3"), "an unknown row", true},
};

START_TEST(hostile_bytes_are_no_values)
{
    World world;
    start(&world);
    for (size_t i = 0; i < sizeof HOSTILE / sizeof HOSTILE[0]; i++) {
        Value back;
        Str bytes = HOSTILE[i].bytes;
        world.pool.count = 0;
        bool is_value =
            value_unpack(&world.bundle, HOSTILE[i].type, &bytes, &world.pool, &back);
        ck_assert_msg(is_value == HOSTILE[i].is_fine, "%s", HOSTILE[i].what);
    }
}
END_TEST

START_TEST(what_is_cut_off_anywhere_is_no_value)
{
    World world;
    start(&world);
    const Value text = value_text(STR("x"), NONE);
    Value fields[3], back;
    make_record(fields, &text, 1);
    const Value record = list_of(KIND_RECORD, fields, 3);
    value_pack(&world.bundle, RECORD, &record, &world.packed);
    Str all = buf_view(&world.packed);
    for (size_t len = 0; len < all.len; len++) {
        Str bytes = {all.at, len};
        world.pool.count = 0;
        ck_assert(!value_unpack(&world.bundle, RECORD, &bytes, &world.pool, &back));
        ck_assert_uint_eq(bytes.len, len); // nothing was taken
    }
}
END_TEST

UNIT_MAIN("pack", values_of_every_kind_come_back, lists_and_records_come_back,
          of_records_only_some_fields_are_kept, depth_is_limited, the_pool_is_limited,
          hostile_bytes_are_no_values, what_is_cut_off_anywhere_is_no_value)
