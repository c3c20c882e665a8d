// SPDX-License-Identifier: Apache-2.0
#include "engine/base/reader.h"

static Status take_be(Reader *reader, size_t size, uint64_t *out)
{
    const uint8_t *bytes = NULL;
    TRY(reader_take(reader, size, &bytes));
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    *out = number;
    return STATUS_OK;
}

Status reader_u16be(Reader *reader, uint16_t *out)
{
    uint64_t number = 0;
    TRY(take_be(reader, 2, &number));
    *out = (uint16_t)number;
    return STATUS_OK;
}

Status reader_u32be(Reader *reader, uint32_t *out)
{
    uint64_t number = 0;
    TRY(take_be(reader, 4, &number));
    *out = (uint32_t)number;
    return STATUS_OK;
}

Status reader_u64be(Reader *reader, uint64_t *out)
{
    return take_be(reader, 8, out);
}

Status reader_skip(Reader *reader, size_t len)
{
    const uint8_t *bytes = NULL;
    return reader_take(reader, len, &bytes);
}
