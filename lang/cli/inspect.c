// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/sound.h"

static void put_facts_json(Buf *out, const Bundle *bundle)
{
    buf_c(out, "{\"hash\":\"");
    buf_hex(out, bundle->hash.bytes, sizeof bundle->hash.bytes);
    buf_printf(out, "\",\"bytes\":%zu,\"cost\":%u,\"signatures\":[", bundle->bytes.len,
               bundle->meta->cost);
    for (uint32_t i = 0; i < bundle->signature_count; i++) {
        buf_c(out, i > 0 ? ",\"" : "\"");
        buf_hex(out, bundle->signatures[i].key_id, sizeof bundle->signatures[i].key_id);
        buf_char(out, '"');
    }
    buf_c(out, "],\"sections\":{");
#define X(id, Type, field)                                                             \
    buf_printf(out, "%s\"%s\":%u", SECTION_##id == 0 ? "" : ",", #field,               \
               bundle->field##_count);
    BUNDLE_SECTIONS(X)
#undef X
    buf_c(out, "}}\n");
}

static void put_facts_text(Buf *out, const Bundle *bundle)
{
    buf_c(out, "bundle    ");
    buf_hex(out, bundle->hash.bytes, sizeof bundle->hash.bytes);
    buf_printf(out, "\npackage   %.*s\ncompiler  %.*s\nbytes     %zu\n",
               STR_ARG(bundle_string(bundle, bundle->meta->package)),
               STR_ARG(bundle_string(bundle, bundle->meta->compiler)),
               bundle->bytes.len);
    buf_printf(out, "cost      %u steps of a decision at worst\n", bundle->meta->cost);
    if (bundle->signature_count == 0)
        buf_c(out, "signed    by nobody\n");
    for (uint32_t i = 0; i < bundle->signature_count; i++) {
        buf_c(out, "signed    by key ");
        buf_hex(out, bundle->signatures[i].key_id, sizeof bundle->signatures[i].key_id);
        buf_char(out, '\n');
    }
    buf_printf(out,
               "holds     %u rules, %u tools, %u audiences, %u agents, %u intents\n",
               bundle->rules_count, bundle->tools_count, bundle->audiences_count,
               bundle->agents_count, bundle->intents_count);
}

ExitCode command_inspect(Cli *cli)
{
    static const CliOption OPTIONS[] = {{0}};
    Bundle bundle;
    int option = cli_option(cli, OPTIONS);
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    const char *path = cli_argument(cli);
    if (!path || cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE, "say which bundle");
    ExitCode code = sound_bundle(cli, path, &bundle);
    if (code != EXIT_FINE)
        return code;
    Buf out = buf_on(&cli->arena);
    if (cli->is_json)
        put_facts_json(&out, &bundle);
    else
        put_facts_text(&out, &bundle);
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}
