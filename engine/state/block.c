// SPDX-License-Identifier: Apache-2.0
#include "engine/state/block.h"

#include <string.h>

#include "engine/base/le.h"

static size_t texts_size(const Str *texts, uint32_t count)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += sizeof(uint16_t) + texts[i].len;
    return size;
}

bool texts_fit(const Str *texts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (texts[i].len > UINT16_MAX)
            return false;
    return texts_size(texts, count) <= HEAP_BLOCK_MAX;
}

Blob texts_put(Store *store, const Str *texts, uint32_t count)
{
    size_t size = texts_size(texts, count);
    if (size == count * sizeof(uint16_t))
        return (Blob){0, 0};
    Blob blob = {heap_take(&store->heap, size), (uint32_t)size};
    if (blob.at == 0)
        return (Blob){0, 0};
    char *to = store_at(store, blob.at);
    for (uint32_t i = 0; i < count; i++) {
        uint16_t len = (uint16_t)texts[i].len;
        le_put_u16((uint8_t *)to, len);
        if (len > 0)
            memcpy(to + sizeof len, texts[i].at, len);
        to += sizeof len + len;
    }
    return blob;
}

Blob blob_put(Store *store, Str texts)
{
    Blob blob = {heap_take(&store->heap, texts.len), (uint32_t)texts.len};
    if (blob.at == 0)
        return (Blob){0, 0};
    memcpy(store_at(store, blob.at), texts.at, texts.len);
    return blob;
}

void texts_get(const Store *store, Blob blob, Str *texts, uint32_t count)
{
    const char *from = blob.at == 0 ? NULL : store_at(store, blob.at);
    for (uint32_t i = 0; i < count; i++) {
        uint16_t len = from ? le_get_u16((const uint8_t *)from) : 0;
        texts[i] = (Str){from ? from + sizeof len : "", len};
        if (from)
            from += sizeof len + len;
    }
}

void blob_drop(Store *store, Blob *blob)
{
    if (blob->at != 0)
        heap_give(&store->heap, blob->at, blob->size);
    *blob = (Blob){0, 0};
}

bool array_grow(Store *store, Ref *at, uint16_t *capacity, uint32_t count, size_t size,
                uint32_t most)
{
    if (count < *capacity)
        return true;
    uint32_t wider = *capacity == 0 ? 1 : 2u * *capacity;
    if (wider > most)
        wider = most;
    if (count >= wider || wider * size > HEAP_BLOCK_MAX)
        return false;
    Ref to = heap_take(&store->heap, wider * size);
    if (to == 0)
        return false;
    if (*at != 0) {
        memcpy(store_at(store, to), store_at(store, *at), *capacity * size);
        heap_give(&store->heap, *at, *capacity * size);
    }
    *at = to;
    *capacity = (uint16_t)wider;
    return true;
}
