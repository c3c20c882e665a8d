// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/cli.h"

#include "engine/bytecode/verify.h"

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
#define X(id, Type, field)                                                               \
    buf_printf(out, "%s\"%s\":%u", SECTION_##id == 0 ? "" : ",", #field,                 \
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
               STR_ARG(bundle_string(bundle, bundle->meta->compiler)), bundle->bytes.len);
    buf_printf(out, "cost      %u steps of a decision at worst\n", bundle->meta->cost);
    if (bundle->signature_count == 0)
        buf_c(out, "signed    by nobody\n");
    for (uint32_t i = 0; i < bundle->signature_count; i++) {
        buf_c(out, "signed    by key ");
        buf_hex(out, bundle->signatures[i].key_id, sizeof bundle->signatures[i].key_id);
        buf_char(out, '\n');
    }
    buf_printf(out, "holds     %u rules, %u tools, %u audiences, %u agents, %u intents\n",
               bundle->rules_count, bundle->tools_count, bundle->audiences_count,
               bundle->agents_count, bundle->intents_count);
}

ExitCode command_inspect(Cli *cli)
{
    static const CliOption OPTIONS[] = {{0}};
    Str bytes;
    Bundle bundle;
    const char *why;
    VerifyFailure failure;
    int option = cli_option(cli, OPTIONS);
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    const char *path = cli_argument(cli);
    if (!path || cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE, "say which bundle");
    ExitCode code = cli_read(cli, path, MAX_BUNDLE_BYTES, &bytes);
    if (code != EXIT_FINE)
        return code;
    if (bundle_open(bytes, &bundle, &why) != STATUS_OK)
        return cli_fail(cli, EXIT_FINDINGS, "%s: %s", path, why);
    Status status = verify_bundle(&bundle, &cli->arena, &failure);
    if (status == STATUS_MALFORMED)
        return cli_fail(cli, EXIT_FINDINGS, "%s: not sound: %s (%s, %s %u)", path,
                        verify_rule_text(failure.rule), verify_rule_name(failure.rule),
                        section_name(failure.section), failure.index);
    if (status != STATUS_OK)
        return cli_fail_file(cli, path, status);
    Buf out = buf_on(&cli->arena);
    if (cli->is_json)
        put_facts_json(&out, &bundle);
    else
        put_facts_text(&out, &bundle);
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}
