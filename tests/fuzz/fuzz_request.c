// SPDX-License-Identifier: Apache-2.0
// Fuzzes requests through the embedding interface, against one bundle (libFuzzer).
//
// Any bytes get an answer: it is well formed, the same when it is asked for again after
// other questions, and its explanation has the same verdict. The mutator knows CBOR, so
// that most requests are well formed and differ from good ones in a few values.
#include <stdlib.h>

#include "engine/engine.h"
#include "tests/bundles/bundle_parts.h"
#include "tests/fuzz/request_make.h"

enum { MEMORY = 64 << 20, ANSWER_BYTES = 1 << 18, MAX_NODES = 4096 };

// ---- asking ----

// libFuzzer keeps nothing for us between its calls.
static struct {
    Arena arena; // of the bundle
    Bundle bundle;
    ProvisoEngine *engine;
    ProvisoSession *session;
    uint8_t answers[2][ANSWER_BYTES];
} kept;

static void start(void)
{
    char why[256];
    ProvisoTrust trust = {.allow_unsigned = true};
    if (kept.engine != NULL)
        return;
    arena_init(&kept.arena, MEMORY);
    kept.bundle = sample_bundle(&kept.arena);
    CHECK(proviso_engine_load(kept.bundle.bytes.at, kept.bundle.bytes.len, &trust,
                              &kept.engine, why, sizeof why) == PROVISO_OK);
    kept.session = proviso_session_new(kept.engine, NULL);
    CHECK(kept.session != NULL);
}

static void must_be_whole(const uint8_t *answer, size_t len)
{
    static CborNode nodes[MAX_NODES * 4 + 1];
    CborTree tree = {.nodes = nodes, .max_nodes = MAX_NODES * 4};
    CHECK(cbor_read_tree(&tree, (Str){(const char *)answer, len}) == STATUS_OK);
}

static void ask(const ProvisoCall *call)
{
    size_t len, again;
    ProvisoVerdict verdict, second;
    CHECK(proviso_session_decide(kept.session, call, kept.answers[0], ANSWER_BYTES,
                                 &len, &verdict) == PROVISO_OK);
    must_be_whole(kept.answers[0], len);
    CHECK(proviso_session_explain(kept.session, call, kept.answers[1], ANSWER_BYTES,
                                  &again) == PROVISO_OK);
    must_be_whole(kept.answers[1], again);
    CHECK(proviso_session_list(kept.session, call, kept.answers[1], ANSWER_BYTES,
                               &again) == PROVISO_OK);
    must_be_whole(kept.answers[1], again);
    CHECK(proviso_session_decide(kept.session, call, kept.answers[1], ANSWER_BYTES,
                                 &again, &second) == PROVISO_OK);
    CHECK(verdict.allow == second.allow && len == again &&
          memcmp(kept.answers[0], kept.answers[1], len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t gateway = 0;
    start();
    char *body = malloc(size == 0 ? 1 : size); // so that reading past it is seen
    CHECK(body != NULL);
    if (size > 0)
        memcpy(body, data, size);
    ProvisoCall call = {.body = body, .body_len = size, .now = REQUEST_NOW};
    ask(&call);
    call.gateways = &gateway;
    call.gateway_count = 1;
    ask(&call);
    free(body);
    return 0;
}

// ---- changing a request ----

typedef struct Change {
    Arena *arena;
    const CborTree *tree;
    const CborNode *target;
    Str with; // what stands in its place
} Change;

typedef struct Pair {
    Str key, value;
} Pair;

static int compare_pairs(const void *a, const void *b)
{
    return str_compare(((const Pair *)a)->key, ((const Pair *)b)->key);
}

static Str changed(const Change *change, const CborNode *node);

// Keys in their order, each once.
static void write_map(const Change *change, const CborNode *map, Buf *out)
{
    size_t count = 0, all = (size_t)map->item.number;
    Pair *pairs = ARENA_ARRAY(change->arena, all, Pair);
    const CborNode *key = map + 1;
    for (size_t i = 0; i < all; i++, key = cbor_after(key + 1))
        pairs[i] = (Pair){changed(change, key), changed(change, key + 1)};
    qsort(pairs, all, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < all; i++)
        if (i == 0 || !str_eq(pairs[i].key, pairs[count - 1].key))
            pairs[count++] = pairs[i];
    cbor_write_map(out, count);
    for (size_t i = 0; i < count; i++) {
        buf_str(out, pairs[i].key);
        buf_str(out, pairs[i].value);
    }
}

static Str changed(const Change *change, const CborNode *node)
{
    Buf out = buf_on(change->arena);
    if (node == change->target)
        return change->with;
    if (change->target < node || change->target >= cbor_after(node))
        return cbor_raw(node);
    if (node->item.kind == CBOR_MAP) {
        write_map(change, node, &out);
        return buf_view(&out);
    }
    cbor_write_array(&out, node->item.number);
    const CborNode *element = node + 1;
    for (uint64_t i = 0; i < node->item.number; i++, element = cbor_after(element))
        buf_str(&out, changed(change, element));
    return buf_view(&out);
}

static void write_scalar(Buf *out, Chance *chance)
{
    static const int64_t NUMBERS[] = {
        0,         1,         -1,        23,         24,         255,        INT64_MAX,
        INT64_MIN, INT32_MAX, INT32_MIN, 1772442000, 9223372036, -9223372036};
    Maker maker = {.bundle = &kept.bundle, .chance = chance};
    int64_t number = NUMBERS[chance_below(chance, sizeof NUMBERS / sizeof NUMBERS[0])];
    switch (chance_below(chance, 8)) {
    case 0:
        cbor_write_bool(out, chance_below(chance, 2) == 1);
        return;
    case 1:
        cbor_write_null(out);
        return;
    case 2:
        cbor_write_decimal(out, number, (int64_t)chance_below(chance, 40) - 30);
        return;
    case 3:
        cbor_write_u64(out, UINT64_MAX);
        return;
    case 4:
        cbor_write_i64(out, number);
        return;
    default:
        cbor_write_text(out, make_string(&maker));
        return;
    }
}

// A container with one more or one less, or something else altogether.
static void write_instead(Buf *out, const CborTree *tree, const CborNode *node,
                          Chance *chance)
{
    const CborNode *other = tree->nodes + chance_below(chance, tree->count);
    uint64_t count = node->item.number;
    switch (chance_below(chance, 5)) {
    case 0:
        buf_str(out, cbor_raw(other));
        return;
    case 1:
        if (node->item.kind != CBOR_ARRAY || count == 0)
            break;
        cbor_write_array(out, count - 1);
        buf_str(out, (Str){cbor_after(node + 1)->at,
                           (size_t)(cbor_after(node)->at - cbor_after(node + 1)->at)});
        return;
    case 2:
        if (node->item.kind != CBOR_MAP || count == 0)
            break;
        cbor_write_map(out, count - 1);
        const CborNode *rest = cbor_after(node + 2);
        buf_str(out, (Str){rest->at, (size_t)(cbor_after(node)->at - rest->at)});
        return;
    case 3:
        if (chance_below(chance, 4) > 0)
            break;
        cbor_write_array(out, 2);
        buf_str(out, cbor_raw(node));
        buf_str(out, cbor_raw(other));
        return;
    default:
        break;
    }
    write_scalar(out, chance);
}

// The request with a few changes; another one if it is none.
static Str mutate(Arena *arena, Str body, Chance *chance)
{
    CborTree tree = {.nodes = ARENA_ARRAY(arena, MAX_NODES + 1, CborNode),
                     .max_nodes = MAX_NODES};
    bool has_tool = chance_below(chance, 8) > 0;
    if (chance_below(chance, 16) == 0 || cbor_read_tree(&tree, body) != STATUS_OK)
        return make_request(arena, &kept.bundle, chance, has_tool);
    const CborNode *target = tree.nodes + chance_below(chance, tree.count);
    Buf with = buf_on(arena);
    write_instead(&with, &tree, target, chance);
    Change change = {
        .arena = arena, .tree = &tree, .target = target, .with = buf_view(&with)};
    return changed(&change, tree.nodes);
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed)
{
    Arena arena;
    Chance chance = {seed};
    if (chance_below(&chance, 32) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    start();
    arena_init(&arena, MEMORY);
    Str body =
        mutate(&arena, arena_str(&arena, (Str){(const char *)data, size}), &chance);
    for (uint32_t more = chance_below(&chance, 3); more > 0; more--)
        body = mutate(&arena, body, &chance);
    if (body.len > 0 && body.len <= max_size) {
        memcpy(data, body.at, body.len);
        size = body.len;
    }
    arena_free(&arena);
    return size;
}
