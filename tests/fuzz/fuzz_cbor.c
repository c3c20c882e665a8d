// SPDX-License-Identifier: Apache-2.0
// fuzz_cbor: the CBOR reader never reads past its bytes or limits, and what it accepts
// has the same bytes when it is written again.
#include <stddef.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cbor.h"

enum { BYTES = 1 << 16, ITEMS = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write(Buf *out, const CborItem *item, Str raw)
{
    switch (item->kind) {
    case CBOR_UINT:
        cbor_write_u64(out, item->number);
        return;
    case CBOR_NEGATIVE:
        if (item->number <= INT64_MAX)
            cbor_write_i64(out, -1 - (int64_t)item->number);
        else
            buf_str(out, raw);
        return;
    case CBOR_BYTES:
        cbor_write_bytes(out, item->bytes);
        return;
    case CBOR_TEXT:
        cbor_write_text(out, item->bytes);
        return;
    case CBOR_ARRAY:
        cbor_write_array(out, item->number);
        return;
    case CBOR_MAP:
        cbor_write_map(out, item->number);
        return;
    case CBOR_DECIMAL:
        cbor_write_decimal(out, item->mantissa, item->exponent);
        return;
    case CBOR_FLOAT:
        buf_str(out, raw);
        return;
    case CBOR_BOOL:
        cbor_write_bool(out, item->number == 1);
        return;
    case CBOR_NULL:
        cbor_write_null(out);
        return;
    }
    unreachable_bug();
}

// The tree of the same bytes has the same items and comes to the same end.
static void check_tree(Str bytes)
{
    static CborNode nodes[ITEMS + 1];
    CborTree tree = {.nodes = nodes, .max_nodes = ITEMS};
    CborReader reader = cbor_reader(bytes, ITEMS);
    Status status = cbor_read_tree(&tree, bytes);
    for (uint32_t i = 0; i < tree.count; i++) {
        CborItem item;
        CHECK(nodes[i].at == (const char *)reader.bytes.at);
        CHECK(cbor_next(&reader, &item) == STATUS_OK);
        CHECK(item.kind == nodes[i].item.kind);
        CHECK(nodes[i].span > 0 && nodes[i].span <= tree.count - i);
    }
    CborItem item;
    CHECK(status == (tree.is_whole ? cbor_end(&reader) : cbor_next(&reader, &item)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[BYTES];
    if (size > BYTES)
        return 0;
    Buf out = buf_fixed(memory, sizeof memory);
    Str bytes = {(const char *)data, size};
    check_tree(bytes);
    CborReader reader = cbor_reader(bytes, ITEMS);
    do {
        CborItem item;
        const uint8_t *start = reader.bytes.at;
        if (cbor_next(&reader, &item) != STATUS_OK)
            return 0;
        write(&out, &item, cbor_since(&reader, start));
    } while (reader.depth > 0);
    if (cbor_end(&reader) == STATUS_OK)
        CHECK(str_eq(buf_view(&out), bytes));
    return 0;
}
