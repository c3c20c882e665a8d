// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/inbox.h"

#include <stdlib.h>
#include <string.h>

void inbox_clear(Inbox *inbox, Budget *budget)
{
    budget_give(budget, inbox->capacity);
    free(inbox->memory);
    inbox->memory = NULL;
    inbox->capacity = 0;
    inbox->len = 0;
}

Status inbox_keep(Inbox *inbox, Budget *budget, Str bytes, size_t size)
{
    CHECK(bytes.len <= size);
    if (size <= INBOX_SHORT) {
        memmove(inbox->brief, bytes.at, bytes.len);
        inbox_clear(inbox, budget);
        inbox->len = bytes.len;
        return STATUS_OK;
    }
    ENSURE(budget_take(budget, size), STATUS_LIMIT);
    char *memory = malloc(size);
    if (memory == NULL) {
        budget_give(budget, size);
        return STATUS_LIMIT;
    }
    memcpy(memory, bytes.at, bytes.len);
    inbox_clear(inbox, budget);
    inbox->memory = memory;
    inbox->capacity = size;
    inbox->len = bytes.len;
    return STATUS_OK;
}

Str inbox_view(const Inbox *inbox)
{
    return (Str){inbox->memory != NULL ? inbox->memory : inbox->brief, inbox->len};
}

size_t inbox_missing(const Inbox *inbox, char **at)
{
    if (inbox->memory == NULL)
        return 0;
    *at = inbox->memory + inbox->len;
    return inbox->capacity - inbox->len;
}
