// SPDX-License-Identifier: Apache-2.0
#include "engine/state/change.h"

#include "engine/state/block.h"

void change_begin(Buf *changes, Change change)
{
    buf_char(changes, (char)change);
}

void change_key(Buf *changes, StateKey key)
{
    buf_u64le(changes, key.word[0]);
    buf_u64le(changes, key.word[1]);
}

void change_text(Buf *changes, Str text)
{
    changes->failed |= text.len > UINT16_MAX;
    if (changes->failed)
        return;
    buf_u16le(changes, (uint16_t)text.len);
    buf_str(changes, text);
}

void change_texts(Buf *changes, const Str *texts, uint32_t count)
{
    changes->failed |= !texts_fit(texts, count);
    for (uint32_t i = 0; i < count; i++)
        change_text(changes, texts[i]);
}

void change_name(Buf *changes, Str name)
{
    changes->failed |= name.len > STATE_NAME_MAX;
    change_text(changes, name);
}

void change_decimal(Buf *changes, Decimal number)
{
    buf_u64le(changes, number.lo);
    buf_u64le(changes, (uint64_t)number.hi);
}

Status change_read_key(Reader *reader, StateKey *out)
{
    TRY(reader_u64le(reader, &out->word[0]));
    return reader_u64le(reader, &out->word[1]);
}

Status change_read_text(Reader *reader, Str *out)
{
    uint16_t len;
    TRY(reader_u16le(reader, &len));
    return reader_bytes(reader, len, out);
}

Status change_read_texts(Reader *reader, uint32_t count, Str *out)
{
    const char *begin = (const char *)reader->at;
    for (uint32_t i = 0; i < count; i++) {
        Str text;
        TRY(change_read_text(reader, &text));
    }
    *out = (Str){begin, (size_t)((const char *)reader->at - begin)};
    return STATUS_OK;
}

Status change_read_i64(Reader *reader, int64_t *out)
{
    uint64_t number;
    TRY(reader_u64le(reader, &number));
    *out = (int64_t)number;
    return STATUS_OK;
}

Status change_read_decimal(Reader *reader, Decimal *out)
{
    TRY(reader_u64le(reader, &out->lo));
    return change_read_i64(reader, &out->hi);
}
