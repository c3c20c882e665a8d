// SPDX-License-Identifier: Apache-2.0
// A program of somebody else's that asks a daemon: remote SOCKET. Only installed
// headers.
#include <proviso/client.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    ProvisoClient *client = NULL;
    const char *answer = NULL;
    size_t len = 0;
    if (argc != 2)
        return 2;
    ProvisoClientStatus status = proviso_client_open(argv[1], "remote", 5000, &client);
    if (status == PROVISO_CLIENT_OK)
        status =
            proviso_client_ask_json(client, PROVISO_STATUS, "", 0, 0, &answer, &len);
    if (status != PROVISO_CLIENT_OK)
        fprintf(stderr, "%s\n", client ? proviso_client_why(client) : "out of memory");
    else
        puts(answer);
    proviso_client_close(client);
    return status == PROVISO_CLIENT_OK ? 0 : 1;
}
