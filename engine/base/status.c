// SPDX-License-Identifier: Apache-2.0
#include "engine/base/status.h"

#include "engine/base/bug.h"

const char *status_text(Status status)
{
    switch (status) {
#define STATUS(name, text)                                                             \
    case STATUS_##name:                                                                \
        return text;
#include "engine/base/status.def"
#undef STATUS
    }
    unreachable_bug();
}
