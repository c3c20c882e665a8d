// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/cli.h"

#include <string.h>

#include "engine/base/crypto.h"
#include "engine/base/os.h"
#include "engine/bytecode/bundle.h"

enum { MAX_KEY_FILE = 1 << 16 };

static Status make_signature(const Bundle *bundle, const SecretKey *secret,
                             BundleSignature *out)
{
    PublicKey public;
    KeyId id;
    Signature signature;
    uint8_t message[BUNDLE_SIGNED_BYTES];
    TRY(crypto_public_key(secret, &public));
    TRY(crypto_key_id(&public, &id));
    bundle_signed_message(&bundle->hash, message);
    TRY(crypto_sign(secret, (Str){(const char *)message, sizeof message}, &signature));
    memcpy(out->key_id, id.bytes, sizeof out->key_id);
    memcpy(out->signature, signature.bytes, sizeof out->signature);
    return STATUS_OK;
}

// The bundle with the signature in the place of an earlier one by the same key, or
// behind the others. False: it has as many as it can.
static bool with_signature(const Bundle *bundle, const BundleSignature *added, Buf *out)
{
    uint32_t place = bundle->signature_count;
    for (uint32_t i = 0; i < bundle->signature_count; i++)
        if (memcmp(bundle->signatures[i].key_id, added->key_id, sizeof added->key_id) ==
            0)
            place = i;
    if (place == MAX_SIGNATURES)
        return false;
    uint32_t count = bundle->signature_count + (place == bundle->signature_count);
    SignatureHeader header = {.count = count};
    buf_str(out, bundle->payload);
    buf_bytes(out, &header, sizeof header);
    for (uint32_t i = 0; i < count; i++)
        buf_bytes(out, i == place ? added : &bundle->signatures[i], sizeof *added);
    return true;
}

static ExitCode sign_file(Cli *cli, const char *path, const SecretKey *secret)
{
    Str bytes;
    Bundle bundle;
    BundleSignature signature;
    const char *why;
    Buf out = buf_on(&cli->arena);
    ExitCode code = cli_read(cli, path, MAX_BUNDLE_BYTES, &bytes);
    if (code != EXIT_FINE)
        return code;
    if (bundle_open(bytes, &bundle, &why) != STATUS_OK)
        return cli_fail(cli, EXIT_FINDINGS, "%s: %s", path, why);
    Status status = make_signature(&bundle, secret, &signature);
    if (status != STATUS_OK)
        return cli_fail_file(cli, path, status);
    if (!with_signature(&bundle, &signature, &out))
        return cli_fail(cli, EXIT_FINDINGS, "%s: has %d signatures already", path,
                        MAX_SIGNATURES);
    return cli_write(cli, path, buf_view(&out));
}

ExitCode command_sign(Cli *cli)
{
    static const CliOption OPTIONS[] = {
        {"key", 'k', "FILE",
         "the secret key (PEM, PKCS#8), as `proviso keygen` makes it"},
        {0},
    };
    const char *key = NULL, *path;
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0)
        key = cli->value;
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    if (!key || cli->next == cli->argc)
        return cli_fail(cli, EXIT_USAGE,
                        "say with which key, and what: `--key KEY BUNDLE`");
    Str pem;
    SecretKey secret;
    Status status =
        os_read_secret_file(&cli->arena, str_from_c(key), MAX_KEY_FILE, &pem);
    if (status == STATUS_PERMISSION)
        return cli_fail(cli, EXIT_IO,
                        "%s: not readable, or readable by others: chmod 600", key);
    if (status == STATUS_OK)
        status = crypto_read_secret_pem(pem, &secret);
    if (status != STATUS_OK)
        return cli_fail_file(cli, key, status);
    ExitCode code = EXIT_FINE;
    while (code == EXIT_FINE && (path = cli_argument(cli)))
        code = sign_file(cli, path, &secret);
    crypto_wipe(&secret, sizeof secret);
    return code;
}
