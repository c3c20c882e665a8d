// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/policy.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"

enum { WHY_SIZE = 512 };

static Status to_status(ProvisoStatus status)
{
    switch (status) {
    case PROVISO_OK:
        return STATUS_OK;
    case PROVISO_REFUSED:
        return STATUS_MALFORMED;
    case PROVISO_UNTRUSTED:
        return STATUS_SIGNATURE;
    case PROVISO_IO:
        return STATUS_IO;
    case PROVISO_MEMORY:
        return STATUS_MEMORY;
    case PROVISO_SPACE:
        return STATUS_LIMIT;
    }
    unreachable_bug();
}

static Status load_engine(const Config *config, ProvisoEngine **out, Buf *why)
{
    uint8_t keys[MAX_TRUSTED_KEYS][KEY_SIZE];
    for (uint32_t i = 0; i < config->key_count; i++)
        memcpy(keys[i], config->keys[i].bytes, KEY_SIZE);
    ProvisoTrust trust = {
        .keys = (const uint8_t(*)[KEY_SIZE])keys,
        .key_count = config->key_count,
        .signatures = config->signatures,
        .allow_unsigned = config->allow_unsigned,
    };
    char text[WHY_SIZE] = "";
    ProvisoStatus status =
        proviso_engine_load_file(config->bundle.at, &trust, out, text, sizeof text);
    if (status != PROVISO_OK)
        buf_printf(why, "%.*s: %s", STR_ARG(config->bundle), text);
    return to_status(status);
}

static Status find_gateways(const Config *config, Policy *policy, Buf *why)
{
    for (uint32_t i = 0; i < config->gateway_count; i++) {
        Str name = config->gateways[i];
        policy->gateways[i] = proviso_engine_gateway(policy->engine, name.at, name.len);
        if (policy->gateways[i] != PROVISO_NO_GATEWAY)
            continue;
        buf_printf(
            why,
            "%.*s: a peer is bound to gateway `%.*s`, which this policy does not "
            "declare",
            STR_ARG(config->bundle), STR_ARG(name));
        return STATUS_MALFORMED;
    }
    return STATUS_OK;
}

// Who forgets what was spent or revoked at its next start allows it again.
static Status check_memory(const Config *config, const Policy *policy, Buf *why)
{
    ProvisoInfo info;
    proviso_engine_info(policy->engine, &info);
    if (!info.needs_memory || config->log.len > 0)
        return STATUS_OK;
    buf_printf(why,
               "%.*s: this policy looks back at earlier calls, and nothing keeps them; "
               "add `log: {path: DIRECTORY}` to the configuration",
               STR_ARG(config->bundle));
    return STATUS_UNSUPPORTED;
}

Status policy_open(const Config *config, ProvisoMemory *memory, Policy *out, Buf *why)
{
    Policy policy = {.memory = memory, .loaded = os_wall_clock()};
    Status status = load_engine(config, &policy.engine, why);
    if (status == STATUS_OK)
        status = find_gateways(config, &policy, why);
    if (status == STATUS_OK)
        status = check_memory(config, &policy, why);
    if (status == STATUS_OK) {
        policy.session = proviso_session_new(policy.engine, memory);
        if (policy.session == NULL) {
            buf_c(why, status_text(STATUS_MEMORY));
            status = STATUS_MEMORY;
        }
    }
    if (status != STATUS_OK) {
        policy_free(&policy);
        return status;
    }
    *out = policy;
    return STATUS_OK;
}

void policy_free(Policy *policy)
{
    proviso_session_free(policy->session);
    proviso_engine_free(policy->engine);
    *policy = (Policy){0};
}
