// SPDX-License-Identifier: Apache-2.0
// le: little-endian numbers in bytes, whatever the machine's order and alignment.
//
// Written out byte by byte, both compilers make one load or store of each; of a loop,
// gcc 12 doesn't.
#ifndef PROVISO_ENGINE_BASE_LE_H
#define PROVISO_ENGINE_BASE_LE_H

#include <stdint.h>

static inline uint16_t le_get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t le_get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static inline uint64_t le_get_u64(const uint8_t *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
           (uint64_t)at[3] << 24 | (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 |
           (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

static inline void le_put_u16(uint8_t *at, uint16_t number)
{
    at[0] = (uint8_t)number;
    at[1] = (uint8_t)(number >> 8);
}

static inline void le_put_u32(uint8_t *at, uint32_t number)
{
    at[0] = (uint8_t)number;
    at[1] = (uint8_t)(number >> 8);
    at[2] = (uint8_t)(number >> 16);
    at[3] = (uint8_t)(number >> 24);
}

static inline void le_put_u64(uint8_t *at, uint64_t number)
{
    at[0] = (uint8_t)number;
    at[1] = (uint8_t)(number >> 8);
    at[2] = (uint8_t)(number >> 16);
    at[3] = (uint8_t)(number >> 24);
    at[4] = (uint8_t)(number >> 32);
    at[5] = (uint8_t)(number >> 40);
    at[6] = (uint8_t)(number >> 48);
    at[7] = (uint8_t)(number >> 56);
}

#endif
