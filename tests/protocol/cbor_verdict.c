// SPDX-License-Identifier: Apache-2.0
// cbor_verdict: for each line of hexadecimal digits on standard input, whether the
// reader takes these bytes as one item: "ok", or the status and why not. For
// cbor_oracle.py.
#include <stdio.h>
#include <string.h>

#include "engine/base/cbor.h"

enum { BYTES = 1 << 16, ITEMS = 4096 };

static Status read_all(CborReader *reader)
{
    CborItem item;
    TRY(cbor_next(reader, &item));
    TRY(cbor_skip(reader, &item));
    return cbor_end(reader);
}

int main(void)
{
    static char line[2 * BYTES + 2];
    static char bytes[BYTES];
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t len = 0;
        unsigned byte = 0;
        while (len < BYTES && sscanf(line + 2 * len, "%2x", &byte) == 1)
            bytes[len++] = (char)byte;
        CborReader reader = cbor_reader((Str){bytes, len}, ITEMS);
        Status status = read_all(&reader);
        if (status == STATUS_OK)
            puts("ok");
        else
            printf("%s: %s\n", status_text(status), reader.why);
    }
    return 0;
}
