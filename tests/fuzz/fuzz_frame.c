// SPDX-License-Identifier: Apache-2.0
// fuzz_frame: a connection whose peer sends anything, in pieces of any size, gets
// nothing but well-formed frames: answers to ids that it has sent, and at most one
// ERROR that ends it.
//
// The input's first byte says how long the pieces are; the rest is the stream.
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/cbor.h"
#include "engine/daemon/conn.h"
#include "engine/wire/frame.h"
#include "lang/lang.h"

enum { MEMORY = 64 << 20, MAX_INPUT = 1 << 16, ANSWERS = 1 << 22, ITEMS = 1 << 20 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char POLICY[] =
    "package fuzz\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "attribute context.mode: string?\n"
    "audience crm {\n"
    "  uri \"https://crm.example/mcp\"\n"
    "  tool refund(order: string, amount: decimal, note: string?) { tags payment }\n"
    "  tool look(order: string)\n"
    "}\n"
    "agent bot { id \"spiffe://acme.example/bot\" }\n"
    "permit refund { agent bot intent none tool crm.refund when args.amount <= 50.00 "
    "}\n"
    "permit look { agent bot intent none tool crm.look when context.mode else \"\" == "
    "\"x\" }\n"
    "forbid big { tool @payment when args.amount > 20.00 }\n";

// What every run shares: made once, only counters change.
static struct {
    Config config;
    Service service;
    Journal journal; // of nothing
    char answers[ANSWERS];
} fuzz;

static Status read_policy(void *context, Arena *arena, Str path, Str *text)
{
    (void)context, (void)arena, (void)path;
    *text = str_from_c(POLICY);
    return STATUS_OK;
}

static Policy load_policy(void)
{
    Arena arena;
    arena_init(&arena, MEMORY);
    LangInput input = {.paths = &STR("fuzz.proviso"),
                       .count = 1,
                       .read = read_policy,
                       .compiler = STR("fuzz"),
                       .is_build = true};
    LangOutput output;
    CHECK(lang_compile(&arena, &input, &output) == STATUS_OK);
    Str bundle = buf_view(&output.bundle);
    CHECK(bundle.len > 0);
    ProvisoTrust trust = {.allow_unsigned = true};
    Policy policy = {0};
    char why[256];
    CHECK(proviso_engine_load(bundle.at, bundle.len, &trust, &policy.engine, why,
                              sizeof why) == PROVISO_OK);
    policy.session = proviso_session_new(policy.engine, NULL);
    CHECK(policy.session);
    arena_free(&arena);
    return policy;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    Config *config = &fuzz.config;
#define LIMIT(field, unit, lowest, usual, highest, what) config->limits.field = (usual);
#include "engine/daemon/limit.def"
#undef LIMIT
    config->limits.frame = FRAME_LIMIT_LOWEST;
    config->gateway_count = 1;
    config->gateways[0] = STR("edge");
    fuzz.service.config = config;
    fuzz.service.journal = &fuzz.journal;
    CHECK(service_init(&fuzz.service) == STATUS_OK);
    CHECK(core_init(&fuzz.service.core, config, &fuzz.journal, load_policy(), 1) ==
          STATUS_OK);
    return 0;
}

// Every answer is a frame whose body is CBOR, but that of a PING, which is what was
// sent; an ERROR with id 0 is the last.
static void check_answers(Str bytes)
{
    bool is_over = false;
    while (bytes.len > 0) {
        FrameHeader header;
        CHECK(!is_over && bytes.len >= FRAME_HEADER_SIZE);
        CHECK(frame_decode(bytes.at, true, FRAME_LIMIT_LOWEST, &header) == WIRE_OK);
        CHECK(bytes.len - FRAME_HEADER_SIZE >= header.length);
        CborReader reader = cbor_reader(
            str_slice(bytes, FRAME_HEADER_SIZE, FRAME_HEADER_SIZE + header.length),
            ITEMS);
        CborItem item;
        while (header.type != MESSAGE_PING && reader.bytes.left > 0)
            CHECK(cbor_next(&reader, &item) == STATUS_OK);
        CHECK(header.type == MESSAGE_PING || cbor_end(&reader) == STATUS_OK);
        is_over = header.id == 0;
        bytes = str_slice(bytes, FRAME_HEADER_SIZE + header.length, bytes.len);
    }
}

static size_t take_answers(int fd, size_t len)
{
    for (;;) {
        ssize_t got = read(fd, fuzz.answers + len, ANSWERS - len);
        if (got <= 0)
            return len;
        len += (size_t)got;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > MAX_INPUT)
        return 0;
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 &&
          fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    User user = {.connections = 1,
                 .budget = {.limit = (size_t)fuzz.config.limits.buffers}};
    Peer peer = {.roles = ROLE_BROKER | ROLE_ADMIN, .gateways = 1};
    Conn *conn = conn_new(ends[0], peer, &user);
    CHECK(conn);
    size_t piece = data[0] == 0 ? size : data[0], answered = 0;
    for (size_t at = 1; at < size && !conn_is_done(conn); at += piece) {
        size_t count = size - at < piece ? size - at : piece;
        if (write(ends[1], data + at, count) != (ssize_t)count)
            break;
        conn_on_readable(&fuzz.service, conn);
        answered = take_answers(ends[1], answered);
        conn_on_writable(&fuzz.service, conn);
    }
    (void)shutdown(ends[1], SHUT_WR);
    if (!conn_is_done(conn))
        conn_on_readable(&fuzz.service, conn);
    answered = take_answers(ends[1], answered);
    conn_free(&fuzz.service, conn);
    (void)close(ends[1]);
    CHECK(user.budget.used == 0);
    check_answers((Str){fuzz.answers, answered});
    return 0;
}
