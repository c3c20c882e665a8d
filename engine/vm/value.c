// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/value.h"

#include "engine/base/bug.h"

bool value_eq(const Value *a, const Value *b)
{
    switch ((Kind)a->kind) {
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        return a->as.number == b->as.number;
    case KIND_DECIMAL:
        return a->as.decimal.hi == b->as.decimal.hi &&
               a->as.decimal.lo == b->as.decimal.lo;
    case KIND_STRING:
        return value_text_eq(a, b);
    case KIND_IP:
    case KIND_NET:
        return a->as.ip.hi == b->as.ip.hi && a->as.ip.lo == b->as.ip.lo &&
               a->aux == b->aux;
    case KIND_ROW:
        return a->as.row.number == b->as.row.number && a->aux == b->aux;
    case KIND_NONE:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}
