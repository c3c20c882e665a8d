// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/request_fill.h"

#include <string.h>

Kind request_slot_kind(const Bundle *bundle, uint32_t slot)
{
    return (Kind)bundle->types[bundle->slots[slot].type].kind;
}

void request_clear_bytes(void *at, size_t size)
{
    memset(at, 0, size);
}

void request_clear(Request *request)
{
    for (uint32_t i = 0; i < request->filled_count; i++) {
        uint32_t slot = request->filled[i];
        request->slots[slot] = value_absent((Kind)request->slots[slot].kind);
        request->is_filled[slot] = false;
    }
    request->filled_count = 0;
    request->pool.count = 0;
    request->refusal.is_set = false;
    request_clear_bytes(&request->gateway,
                        offsetof(Request, arguments) - offsetof(Request, gateway));
}

bool request_refuse(Request *request, Code code, const Path *path, const char *rule)
{
    return refusal_set(&request->refusal, code, path, "%s", rule);
}

SchemaReader request_schema_reader(Request *request)
{
    Str alien = {0};
    if (request->user_tenant == TENANT_ALIEN)
        alien = value_str(request->slots[SLOT_USER_TENANT]);
    return (SchemaReader){.bundle = request->bundle,
                          .state = request->state,
                          .pool = &request->pool,
                          .refusal = &request->refusal,
                          .alien = alien};
}

static Value text_value(const Request *request, Str text)
{
    return value_text(text, bundle_intern(request->bundle, text));
}

void request_fill_text(Request *request, uint32_t slot, Str text)
{
    if (text.len > 0 && request->is_read[slot])
        request_fill(request, slot, text_value(request, text));
}

void request_fill_string(Request *request, uint32_t slot, uint32_t number)
{
    if (!request->is_read[slot])
        return;
    request_fill(request, slot,
                 value_text(bundle_string(request->bundle, number), number));
}

Value *request_elements(Request *request, uint32_t count)
{
    Value *items = value_pool_take(&request->pool, count);
    if (!items)
        request_refuse(request, CODE_TOO_LARGE, NULL,
                       "too many elements in lists and records");
    return items;
}

void request_fill_list(Request *request, uint32_t slot, const Value *items,
                       uint32_t count)
{
    request_fill(request, slot,
                 (Value){.as.items = {items, count}, .aux = NONE, .kind = KIND_LIST});
}

bool request_fill_texts(Request *request, uint32_t slot, const Str *texts,
                        uint32_t count)
{
    if (!request->is_read[slot])
        return true;
    Value *items = request_elements(request, count);
    if (!items)
        return false;
    for (uint32_t i = 0; i < count; i++)
        items[i] = text_value(request, texts[i]);
    request_fill_list(request, slot, items, count);
    return true;
}
