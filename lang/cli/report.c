// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/report.h"

#include <stdio.h>

#include "lang/source/render.h"

ExitCode report_diags(Cli *cli, Diags *diags)
{
    Buf out = buf_on(&cli->arena);
    diags_sort(diags);
    for (const Diag *diag = diags->first; diag; diag = diag->next) {
        if (cli->is_json)
            render_json(&out, diag);
        else
            render_text(&out, diag, (RenderStyle){.is_coloured = cli->is_coloured});
    }
    if (!cli->is_json)
        render_summary(&out, diags);
    if (cli->is_json && !cli_print(cli, buf_view(&out)))
        return EXIT_IO;
    if (!cli->is_json && out.len > 0)
        fwrite(out.at, 1, out.len, stderr);
    return diags_has_errors(diags) ? EXIT_FINDINGS : EXIT_FINE;
}
