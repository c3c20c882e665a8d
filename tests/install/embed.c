// SPDX-License-Identifier: Apache-2.0
// A program of somebody else's that embeds the engine: embed BUNDLE. Only installed
// headers.
#include <proviso/engine.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    ProvisoTrust trust = {.allow_unsigned = true};
    ProvisoEngine *engine = NULL;
    ProvisoInfo info;
    ProvisoVerdict verdict = {0};
    char why[256], answer[4096];
    size_t len = 0;
    if (argc != 2)
        return 2;
    if (proviso_engine_load_file(argv[1], &trust, &engine, why, sizeof why) !=
        PROVISO_OK) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    proviso_engine_info(engine, &info);
    ProvisoSession *session = proviso_session_new(engine, NULL);
    ProvisoCall call = {.body = "\xa0", .body_len = 1, .now = 1}; // an empty map
    if (!session || proviso_session_decide(session, &call, answer, sizeof answer, &len,
                                           &verdict) != PROVISO_OK)
        return 1;
    printf("%s: %.*s, %u rules, %s: %s\n", PROVISO_VERSION, (int)info.package_len,
           info.package, info.rules, verdict.allow ? "allow" : "deny",
           proviso_code_name(verdict.code));
    proviso_session_free(session);
    proviso_engine_free(engine);
    return 0;
}
