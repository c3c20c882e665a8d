// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/question.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/cbor.h"
#include "engine/base/os.h"
#include "engine/wire/frame.h"

enum { REQUEST_ID = 1 };

static Status connect_to(const char *path, int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path)
        return STATUS_LIMIT;
    memcpy(address.sun_path, path, len);
    int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (socket_fd < 0)
        return os_status(errno);
    if (connect(socket_fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        *out = socket_fd;
        return STATUS_OK;
    }
    Status status = os_status(errno);
    close(socket_fd);
    return status;
}

static Status send_all(int to, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t sent = send(to, at, len, MSG_NOSIGNAL);
        if (sent < 0)
            return os_status(errno);
        at += sent;
        len -= (size_t)sent;
    }
    return STATUS_OK;
}

static Status receive_all(int from, void *bytes, size_t len)
{
    char *at = bytes;
    while (len > 0) {
        ssize_t got = recv(from, at, len, 0);
        if (got < 0)
            return os_status(errno);
        if (got == 0)
            return STATUS_CLOSED;
        at += got;
        len -= (size_t)got;
    }
    return STATUS_OK;
}

// One request and its answer.
static Status exchange(Cli *cli, int daemon, Message message, Str body,
                       FrameHeader *header, Str *answer)
{
    uint8_t bytes[FRAME_HEADER_SIZE];
    *header = (FrameHeader){
        .length = (uint32_t)body.len, .type = (uint8_t)message, .id = REQUEST_ID};
    frame_encode(header, false, bytes);
    TRY(send_all(daemon, bytes, sizeof bytes));
    TRY(send_all(daemon, body.at, body.len));
    TRY(receive_all(daemon, bytes, sizeof bytes));
    ENSURE(frame_decode(bytes, true, FRAME_LIMIT_HIGHEST, header) == WIRE_OK,
           STATUS_MALFORMED);
    char *memory = arena_alloc(&cli->arena, header->length + 1);
    *answer = (Str){memory, header->length};
    return receive_all(daemon, memory, header->length);
}

// Every connection begins with HELLO.
static Status greet(Cli *cli, int daemon)
{
    Str answer;
    FrameHeader header;
    Buf hello = buf_on(&cli->arena);
    cbor_write_map(&hello, 2);
    cbor_write_text(&hello, STR("client"));
    cbor_write_text(&hello, STR("proviso " PROVISO_VERSION));
    cbor_write_text(&hello, STR("versions"));
    cbor_write_array(&hello, 2);
    cbor_write_u64(&hello, WIRE_VERSION);
    cbor_write_u64(&hello, WIRE_VERSION);
    TRY(exchange(cli, daemon, MESSAGE_HELLO, buf_view(&hello), &header, &answer));
    return header.type == MESSAGE_HELLO ? STATUS_OK : STATUS_REFUSED;
}

ExitCode command_ask(Cli *cli)
{
    static const CliOption OPTIONS[] = {
        {"explain", 'e', NULL, "also what each rule came to (for administrators)"},
        {0},
    };
    Message message = MESSAGE_DECIDE;
    Str body, answer;
    FrameHeader header;
    int daemon = -1, option;
    while ((option = cli_option(cli, OPTIONS)) >= 0)
        message = MESSAGE_EXPLAIN;
    if (option != CLI_NO_MORE)
        return cli_stop(option);
    const char *path = cli_argument(cli), *request = cli_argument(cli);
    if (!request || cli_argument(cli))
        return cli_fail(cli, EXIT_USAGE, "say which socket, and which request");
    ExitCode code = question_read(cli, request, &body);
    if (code != EXIT_FINE)
        return code;
    Status status = connect_to(path, &daemon);
    if (status == STATUS_OK)
        status = greet(cli, daemon);
    if (status == STATUS_OK)
        status = exchange(cli, daemon, message, body, &header, &answer);
    if (daemon >= 0)
        close(daemon);
    if (status != STATUS_OK)
        return cli_fail_file(cli, path, status);
    code = question_print(cli, answer);
    return header.type == MESSAGE_ERROR ? EXIT_IO : code;
}
