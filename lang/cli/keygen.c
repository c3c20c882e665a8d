// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/cli.h"

#include "engine/base/crypto.h"
#include "engine/base/os.h"

typedef struct KeyFiles {
    const char *secret; // path
    const char *public;
} KeyFiles;

static Status write_pair(Cli *cli, const KeyFiles *files, KeyId *id)
{
    SecretKey secret;
    PublicKey public;
    Buf secret_pem = buf_on(&cli->arena), public_pem = buf_on(&cli->arena);
    TRY(crypto_generate_key(&secret));
    Status status = crypto_write_secret_pem(&secret, &secret_pem);
    if (status == STATUS_OK)
        status = crypto_public_key(&secret, &public);
    crypto_wipe(&secret, sizeof secret);
    TRY(status);
    TRY(crypto_write_public_pem(&public, &public_pem));
    TRY(crypto_key_id(&public, id));
    TRY(os_write_file(str_from_c(files->secret), buf_view(&secret_pem), 0600));
    crypto_wipe(secret_pem.at, secret_pem.len);
    return os_write_file(str_from_c(files->public), buf_view(&public_pem), 0644);
}

static ExitCode report(Cli *cli, const KeyFiles *files, const KeyId *id)
{
    Buf out = buf_on(&cli->arena);
    buf_c(&out, cli->is_json ? "{\"key_id\":\"" : "key ");
    buf_hex(&out, id->bytes, sizeof id->bytes);
    if (cli->is_json)
        buf_c(&out, "\"}\n");
    else
        buf_printf(
            &out,
            "\n  secret  %s (keep it where bundles are signed, and nowhere else)\n"
            "  public  %s (for `trust` in provisod.yaml)\n",
            files->secret, files->public);
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}

ExitCode command_keygen(Cli *cli)
{
    static const CliOption OPTIONS[] = {
        {"output", 'o', "NAME", "write NAME.key (secret) and NAME.pub"},
        {0},
    };
    const char *name = NULL;
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0)
        name = cli->value;
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    if (!name || cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE, "say where to write the keys: `-o NAME`");
    KeyFiles files = {
        .secret = arena_format(&cli->arena, "%s.key", name).at,
        .public = arena_format(&cli->arena, "%s.pub", name).at,
    };
    KeyId id;
    if (os_file_exists(str_from_c(files.secret)))
        return cli_fail(cli, EXIT_IO,
                        "%s exists already: a secret key is never overwritten",
                        files.secret);
    Status status = write_pair(cli, &files, &id);
    if (status != STATUS_OK)
        return cli_fail_file(cli, name, status);
    return report(cli, &files, &id);
}
