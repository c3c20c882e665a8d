// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/config.h"

#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/checked.h"
#include "engine/base/os.h"
#include "engine/daemon/document.h"
#include "engine/wire/protocol.h"

enum {
    MAX_CONFIG_BYTES = 64 << 10,
    MAX_PEM_BYTES = 4096,
    MAX_ID = 0x7fffffff,
    USUAL_SOCKET_MODE = 0660
};

typedef struct Loader {
    Arena *arena;
    Buf *why;
    Config *config;
} Loader;

// A member that a map may have.
typedef struct Member {
    const char *name;
    Status (*read)(Loader *loader, const Node *node, void *into);
    bool is_required;
} Member;

static Status refuse(Loader *loader, uint32_t line, const char *format, ...)
    PRINTF_LIKE(3, 4);
static Status refuse(Loader *loader, uint32_t line, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_printf(loader->why, "%.*s:%u: %s", STR_ARG(loader->config->file), line, text);
    return STATUS_MALFORMED;
}

// The nearest name of a member, for a mistyped one; or NULL.
static const char *nearest_member(const Member *members, size_t count, Str name)
{
    const char *nearest = NULL;
    size_t best = 3;
    for (size_t i = 0; i < count; i++) {
        size_t distance = str_distance(name, str_from_c(members[i].name), best);
        if (distance < best) {
            best = distance;
            nearest = members[i].name;
        }
    }
    return nearest;
}

static Status refuse_member(Loader *loader, const Node *node, const Member *members,
                            size_t count)
{
    const char *nearest = nearest_member(members, count, node->key);
    if (nearest != NULL)
        return refuse(loader, node->line,
                      "there is no setting `%.*s`; did you mean `%s`?",
                      STR_ARG(node->key), nearest);
    return refuse(loader, node->line, "there is no setting `%.*s` here; remove it",
                  STR_ARG(node->key));
}

static const Node *find_member(const Node *map, const char *name)
{
    for (const Node *node = map->first; node != NULL; node = node->next)
        if (str_eq(node->key, str_from_c(name)))
            return node;
    return NULL;
}

// Reads each member of a map by its row. `into` is handed on.
static Status read_map(Loader *loader, const Node *map, const Member *members,
                       size_t count, void *into)
{
    if (map->kind != NODE_MAP)
        return refuse(loader, map->line, "settings are expected here, as `%s: ...`",
                      members[0].name);
    for (const Node *node = map->first; node != NULL; node = node->next) {
        size_t i = 0;
        while (i < count && !str_eq(node->key, str_from_c(members[i].name)))
            i++;
        if (i == count)
            return refuse_member(loader, node, members, count);
        TRY(members[i].read(loader, node, into));
    }
    for (size_t i = 0; i < count; i++)
        if (members[i].is_required && find_member(map, members[i].name) == NULL)
            return refuse(loader, map->line, "`%s` is missing; add it",
                          members[i].name);
    return STATUS_OK;
}

static bool is_nothing(const Node *node)
{
    return !node->is_quoted && (node->text.len == 0 || str_eq(node->text, STR("~")) ||
                                str_eq(node->text, STR("null")));
}

static Status read_text(Loader *loader, const Node *node, Str *out)
{
    if (node->kind != NODE_TEXT || is_nothing(node))
        return refuse(loader, node->line, "a text is expected here");
    *out = node->text;
    return STATUS_OK;
}

// A file's path, absolute or from the directory of the configuration; a NUL follows it.
static Status read_path(Loader *loader, const Node *node, Str *out)
{
    Str text = {0};
    TRY(read_text(loader, node, &text));
    Str directory = os_path_directory(loader->config->file);
    *out = os_path_join(loader->arena, directory, text);
    return STATUS_OK;
}

static Status read_bool(Loader *loader, const Node *node, bool *out)
{
    if (node->kind == NODE_TEXT && !node->is_quoted) {
        *out = str_eq(node->text, STR("true"));
        if (*out || str_eq(node->text, STR("false")))
            return STATUS_OK;
    }
    return refuse(loader, node->line, "`true` or `false` is expected here");
}

// Digits at the start of *text, which moves on past them.
static bool take_number(Str *text, uint32_t base, int64_t *out)
{
    int64_t number = 0;
    size_t digits = 0;
    for (; digits < text->len; digits++) {
        uint32_t digit = (uint32_t)(unsigned char)text->at[digits] - '0';
        if (digit >= base)
            break;
        if (!checked_mul_i64(number, base, &number) ||
            !checked_add_i64(number, digit, &number))
            return false;
    }
    *text = str_slice(*text, digits, text->len);
    *out = number;
    return digits > 0;
}

static Status read_count(Loader *loader, const Node *node, int64_t lowest,
                         int64_t highest, int64_t *out)
{
    Str text = node->text;
    if (node->kind == NODE_TEXT && take_number(&text, 10, out) && text.len == 0 &&
        *out >= lowest && *out <= highest)
        return STATUS_OK;
    return refuse(loader, node->line,
                  "a whole number from %lld to %lld is expected here",
                  (long long)lowest, (long long)highest);
}

// ---- limits ----

typedef enum LimitUnit { UNIT_COUNT, UNIT_BYTES, UNIT_TIME } LimitUnit;

typedef struct LimitRow {
    const char *name;
    LimitUnit unit;
    int64_t lowest, highest;
    size_t at; // in Limits
} LimitRow;

static const LimitRow LIMIT_ROWS[] = {
#define LIMIT(field, unit, lowest, usual, highest, what)                               \
    {#field, UNIT_##unit, lowest, highest, offsetof(Limits, field)},
#include "engine/daemon/limit.def"
#undef LIMIT
};
enum { LIMIT_COUNT = sizeof LIMIT_ROWS / sizeof LIMIT_ROWS[0] };

typedef struct Suffix {
    LimitUnit unit;
    const char *text;
    int64_t factor;
} Suffix;

static const Suffix SUFFIXES[] = {
    {UNIT_COUNT, "", 1},           {UNIT_BYTES, "", 1},
    {UNIT_BYTES, "KiB", 1 << 10},  {UNIT_BYTES, "MiB", 1 << 20},
    {UNIT_TIME, "ms", 1000000},    {UNIT_TIME, "s", 1000000000},
    {UNIT_TIME, "m", 60000000000},
};

static bool parse_amount(Str text, LimitUnit unit, int64_t *out)
{
    if (!take_number(&text, 10, out))
        return false;
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof SUFFIXES[0]; i++)
        if (SUFFIXES[i].unit == unit && str_eq(text, str_from_c(SUFFIXES[i].text)))
            return checked_mul_i64(*out, SUFFIXES[i].factor, out);
    return false;
}

// A limit as it would be written.
static Str show_amount(Arena *arena, LimitUnit unit, int64_t amount)
{
    for (size_t i = sizeof SUFFIXES / sizeof SUFFIXES[0]; i-- > 0;)
        if (SUFFIXES[i].unit == unit && amount % SUFFIXES[i].factor == 0)
            return arena_format(arena, "%lld%s",
                                (long long)(amount / SUFFIXES[i].factor),
                                SUFFIXES[i].text);
    return arena_format(arena, "%lld", (long long)amount);
}

static Status read_limit(Loader *loader, const Node *node, void *into)
{
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        const LimitRow *row = &LIMIT_ROWS[i];
        if (!str_eq(node->key, str_from_c(row->name)))
            continue;
        int64_t amount = 0;
        if (node->kind != NODE_TEXT || !parse_amount(node->text, row->unit, &amount) ||
            amount < row->lowest || amount > row->highest) {
            Str lowest = show_amount(loader->arena, row->unit, row->lowest);
            Str highest = show_amount(loader->arena, row->unit, row->highest);
            return refuse(loader, node->line, "`%s` must be from %.*s to %.*s",
                          row->name, STR_ARG(lowest), STR_ARG(highest));
        }
        memcpy((char *)into + row->at, &amount, sizeof amount);
        return STATUS_OK;
    }
    unreachable_bug();
}

static Status read_limits(Loader *loader, const Node *node, void *into)
{
    (void)into;
    Member members[LIMIT_COUNT];
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        members[i] = (Member){LIMIT_ROWS[i].name, read_limit, false};
    return read_map(loader, node, members, LIMIT_COUNT, &loader->config->limits);
}

// ---- socket ----

static Status read_socket_path(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    TRY(read_path(loader, node, &config->socket_path));
    if (config->socket_path.len > MAX_SOCKET_PATH)
        return refuse(loader, node->line, "a socket's path has at most %d bytes",
                      (int)MAX_SOCKET_PATH);
    return STATUS_OK;
}

static Status read_socket_mode(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    Str text = node->text;
    int64_t mode = 0;
    if (node->kind != NODE_TEXT || text.len != 4 || text.at[0] != '0' ||
        !take_number(&text, 8, &mode) || text.len != 0)
        return refuse(loader, node->line,
                      "a mode is four octal digits, such as \"0660\"");
    config->socket_mode = (uint32_t)mode;
    return STATUS_OK;
}

static Status read_socket(Loader *loader, const Node *node, void *into)
{
    static const Member members[] = {
        {"path", read_socket_path, true},
        {"mode", read_socket_mode, false},
    };
    return read_map(loader, node, members, sizeof members / sizeof members[0], into);
}

static Status read_bundle(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    return read_path(loader, node, &config->bundle);
}

// ---- log ----

static Status read_log_path(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    return read_path(loader, node, &config->log);
}

static Status read_log_mode(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    if (node->kind == NODE_TEXT && str_eq(node->text, STR("durable")))
        config->log_mode = LOG_DURABLE;
    else if (node->kind == NODE_TEXT && str_eq(node->text, STR("buffered")))
        config->log_mode = LOG_BUFFERED;
    else
        return refuse(loader, node->line, "a mode is `durable` or `buffered`");
    return STATUS_OK;
}

static Status read_log(Loader *loader, const Node *node, void *into)
{
    static const Member members[] = {
        {"path", read_log_path, true},
        {"mode", read_log_mode, false},
    };
    return read_map(loader, node, members, sizeof members / sizeof members[0], into);
}

// ---- trust ----

static Status read_key(Loader *loader, const Node *node, PublicKey *out)
{
    Str path = {0};
    Str pem = {0};
    TRY(read_path(loader, node, &path));
    Status status = os_read_file(loader->arena, path, MAX_PEM_BYTES, &pem);
    if (status == STATUS_OK)
        status = crypto_read_public_pem(pem, out);
    if (status == STATUS_OK)
        return STATUS_OK;
    (void)refuse(loader, node->line,
                 "key `%.*s`: %s; name a PEM file of an Ed25519 public key",
                 STR_ARG(path), status_text(status));
    return status;
}

static Status read_keys(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    if (node->kind != NODE_LIST)
        return refuse(loader, node->line, "a list of files is expected here");
    PublicKey *keys = arena_try(loader->arena, MAX_TRUSTED_KEYS * sizeof(PublicKey));
    ENSURE(keys != NULL, STATUS_LIMIT);
    config->keys = keys;
    for (const Node *file = node->first; file != NULL; file = file->next) {
        if (config->key_count == MAX_TRUSTED_KEYS)
            return refuse(loader, file->line, "there are at most %d keys",
                          (int)MAX_TRUSTED_KEYS);
        PublicKey *key = &keys[config->key_count];
        TRY(read_key(loader, file, key));
        for (uint32_t i = 0; i < config->key_count; i++)
            if (memcmp(&keys[i], key, sizeof *key) == 0)
                return refuse(loader, file->line,
                              "this key is listed twice; remove one");
        config->key_count++;
    }
    return STATUS_OK;
}

static Status read_signatures(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    int64_t count = 0;
    TRY(read_count(loader, node, 1, MAX_TRUSTED_KEYS, &count));
    config->signatures = (uint32_t)count;
    return STATUS_OK;
}

static Status read_allow_unsigned(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    return read_bool(loader, node, &config->allow_unsigned);
}

static Status read_trust(Loader *loader, const Node *node, void *into)
{
    static const Member members[] = {
        {"keys", read_keys, false},
        {"signatures", read_signatures, false},
        {"allow_unsigned", read_allow_unsigned, false},
    };
    Config *config = into;
    TRY(read_map(loader, node, members, sizeof members / sizeof members[0], into));
    if (config->allow_unsigned && (config->key_count > 0 || config->signatures > 0))
        return refuse(
            loader, node->line,
            "with `allow_unsigned: true` no key is asked; remove the one or the "
            "other");
    if (!config->allow_unsigned && config->key_count == 0)
        return refuse(
            loader, node->line,
            "no key is trusted; list some in `keys`, or say `allow_unsigned: true`");
    if (!config->allow_unsigned && config->signatures == 0)
        config->signatures = 1;
    if (config->signatures > config->key_count)
        return refuse(loader, node->line,
                      "`signatures: %u` needs as many keys; there are %u",
                      config->signatures, config->key_count);
    return STATUS_OK;
}

// ---- peers ----

static Status set_identity(Loader *loader, const Node *node, ConfigPeer *peer,
                           bool is_group, uint32_t id)
{
    if (peer->line != 0)
        return refuse(
            loader, node->line,
            "a peer is one of `user`, `uid`, `group` and `gid`; write two peers");
    peer->line = node->line;
    peer->is_group = is_group;
    peer->id = id;
    return STATUS_OK;
}

static Status read_user(Loader *loader, const Node *node, void *into)
{
    Str name = {0};
    TRY(read_text(loader, node, &name));
    const struct passwd *user = getpwnam(name.at);
    if (user == NULL)
        return refuse(loader, node->line, "there is no user `%.*s`", STR_ARG(name));
    return set_identity(loader, node, into, false, user->pw_uid);
}

static Status read_group(Loader *loader, const Node *node, void *into)
{
    Str name = {0};
    TRY(read_text(loader, node, &name));
    const struct group *group = getgrnam(name.at);
    if (group == NULL)
        return refuse(loader, node->line, "there is no group `%.*s`", STR_ARG(name));
    return set_identity(loader, node, into, true, group->gr_gid);
}

static Status read_uid(Loader *loader, const Node *node, void *into)
{
    int64_t id = 0;
    TRY(read_count(loader, node, 0, MAX_ID, &id));
    return set_identity(loader, node, into, false, (uint32_t)id);
}

static Status read_gid(Loader *loader, const Node *node, void *into)
{
    int64_t id = 0;
    TRY(read_count(loader, node, 0, MAX_ID, &id));
    return set_identity(loader, node, into, true, (uint32_t)id);
}

static Status read_role(Loader *loader, const Node *node, void *into)
{
    ConfigPeer *peer = into;
    if (node->kind == NODE_TEXT && str_eq(node->text, STR("broker")))
        peer->role = ROLE_BROKER;
    else if (node->kind == NODE_TEXT && str_eq(node->text, STR("admin")))
        peer->role = ROLE_ADMIN;
    else if (node->kind == NODE_TEXT && str_eq(node->text, STR("approver")))
        peer->role = ROLE_APPROVER;
    else
        return refuse(loader, node->line, "a role is `broker`, `approver` or `admin`");
    return STATUS_OK;
}

// The bit of a gateway, which is added where no peer before had it.
static Status gateway_bit(Loader *loader, const Node *node, uint64_t *out)
{
    Config *config = loader->config;
    Str name = {0};
    TRY(read_text(loader, node, &name));
    uint32_t i = 0;
    while (i < config->gateway_count && !str_eq(config->gateways[i], name))
        i++;
    if (i == MAX_BOUND_GATEWAYS)
        return refuse(loader, node->line, "all peers together have at most %d gateways",
                      (int)MAX_BOUND_GATEWAYS);
    if (i == config->gateway_count)
        config->gateways[config->gateway_count++] = name;
    *out = UINT64_C(1) << i;
    return STATUS_OK;
}

static Status read_gateways(Loader *loader, const Node *node, void *into)
{
    ConfigPeer *peer = into;
    if (node->kind != NODE_LIST || node->first == NULL)
        return refuse(loader, node->line,
                      "a list of the policy's gateways is expected here");
    for (const Node *name = node->first; name != NULL; name = name->next) {
        uint64_t bit = 0;
        TRY(gateway_bit(loader, name, &bit));
        peer->gateways |= bit;
    }
    return STATUS_OK;
}

static Status read_peer(Loader *loader, const Node *node, ConfigPeer *peer)
{
    static const Member members[] = {
        {"role", read_role, true}, {"user", read_user, false},
        {"uid", read_uid, false},  {"group", read_group, false},
        {"gid", read_gid, false},  {"gateways", read_gateways, false},
    };
    TRY(read_map(loader, node, members, sizeof members / sizeof members[0], peer));
    if (peer->line == 0)
        return refuse(loader, node->line,
                      "who is it? Add `user`, `uid`, `group` or `gid`");
    if (peer->role == ROLE_BROKER && peer->gateways == 0)
        return refuse(loader, node->line,
                      "a broker speaks for gateways; add `gateways: [...]`");
    if (peer->role != ROLE_BROKER && peer->gateways != 0)
        return refuse(loader, node->line,
                      "only a broker speaks for gateways; remove `gateways`");
    return STATUS_OK;
}

static Status read_peers(Loader *loader, const Node *node, void *into)
{
    Config *config = into;
    if (node->kind != NODE_LIST || node->first == NULL)
        return refuse(loader, node->line, "a list of peers is expected here");
    uint32_t count = 0;
    for (const Node *peer = node->first; peer != NULL; peer = peer->next)
        if (++count > MAX_PEERS)
            return refuse(loader, peer->line, "there are at most %d peers",
                          (int)MAX_PEERS);
    ConfigPeer *peers = arena_try(loader->arena, count * sizeof(ConfigPeer));
    ENSURE(peers != NULL, STATUS_LIMIT);
    config->peers = peers;
    for (const Node *peer = node->first; peer != NULL; peer = peer->next) {
        TRY(read_peer(loader, peer, &peers[config->peer_count]));
        config->peer_count++;
    }
    return STATUS_OK;
}

static Status read_all(Loader *loader, const Node *root)
{
    static const Member members[] = {
        {"socket", read_socket, false}, {"bundle", read_bundle, true},
        {"trust", read_trust, true},    {"peers", read_peers, true},
        {"log", read_log, false},       {"limits", read_limits, false},
    };
    TRY(read_map(loader, root, members, sizeof members / sizeof members[0],
                 loader->config));
    const Limits *limits = &loader->config->limits;
    if (limits->unread < limits->frame)
        return refuse(
            loader, root->line,
            "`unread` must not be smaller than `frame`, else no long answer fits");
    return STATUS_OK;
}

Status config_read(Arena *arena, Str path, Config *out, Buf *why)
{
    *out = (Config){.file = path,
                    .socket_mode = USUAL_SOCKET_MODE,
                    .limits = {
#define LIMIT(field, unit, lowest, usual, highest, what) .field = (usual),
#include "engine/daemon/limit.def"
#undef LIMIT
                    }};
    Loader loader = {.arena = arena, .why = why, .config = out};
    Str text = {0};
    Status status = os_read_file(arena, path, MAX_CONFIG_BYTES, &text);
    if (status == STATUS_LIMIT)
        return refuse(&loader, 1, "the file is longer than %d bytes",
                      (int)MAX_CONFIG_BYTES);
    if (status != STATUS_OK) {
        buf_printf(why, "%.*s: %s", STR_ARG(path), status_text(status));
        return status;
    }
    Node *root = NULL;
    char problem[256];
    Buf line = buf_fixed(problem, sizeof problem);
    status = document_read(arena, text, &root, &line);
    if (status == STATUS_OK)
        status = read_all(&loader, root);
    else
        buf_printf(why, "%.*s:%.*s", STR_ARG(path), STR_ARG(buf_view(&line)));
    if (status != STATUS_OK && why->len == 0)
        buf_printf(why, "%.*s: %s", STR_ARG(path), status_text(status));
    return status;
}
