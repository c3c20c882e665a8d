// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/sound.h"

#include "engine/bytecode/verify.h"

ExitCode sound_bundle(Cli *cli, const char *path, Bundle *bundle)
{
    Str bytes;
    const char *why;
    VerifyFailure failure;
    ExitCode code = cli_read(cli, path, MAX_BUNDLE_BYTES, &bytes);
    if (code != EXIT_FINE)
        return code;
    if (bundle_open(bytes, bundle, &why) != STATUS_OK)
        return cli_fail(cli, EXIT_FINDINGS, "%s: %s", path, why);
    Status status = verify_bundle(bundle, &cli->arena, &failure);
    if (status == STATUS_MALFORMED)
        return cli_fail(cli, EXIT_FINDINGS, "%s: not sound: %s (%s, %s %u)", path,
                        verify_rule_text(failure.rule), verify_rule_name(failure.rule),
                        section_name(failure.section), failure.index);
    return status == STATUS_OK ? EXIT_FINE : cli_fail_file(cli, path, status);
}
