// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/ask.h"

#include "engine/base/bug.h"

#define TEXT(text) draft_c_text(arena, (text))

// A value of the sort as JSON; one in a hundred is of another kind.
static Str value_of(Arena *arena, Dice *dice, Sort sort)
{
    static const char *const BOOLS[] = {"true", "false"};
    static const char *const INTS[] = {"0",  "1",  "2", "3", "1", "9223372036854775807",
                                       "-5", "2.0"};
    static const char *const DECIMALS[] = {"0", "1.5", "20",   "2.000000000000000001",
                                           "2", "-3",  "1e30", "0.000000000000000001"};
    static const char *const STRINGS[] = {"\"a\"",
                                          "\"b\"",
                                          "\"A\"",
                                          "\"\"",
                                          "\"/w/x\"",
                                          "\"/w/../x\"",
                                          "\"gold\"",
                                          "\"C1\"",
                                          "\"acme\"",
                                          "\"doc\"",
                                          "\"x@acme.example\"",
                                          "\"SELECT a FROM b\"",
                                          "\"https://a.example/w?q=a\"",
                                          "\"ls -l a\"",
                                          "\"a; b\""};
    static const char *const DURATIONS[] = {"30", "60", "900", "86400"};
    static const char *const TIMES[] = {
        "\"2026-03-02T09:00:00Z\"", "\"2026-03-02T08:59:00Z\"",
        "\"2026-03-01T09:00:00.5Z\"", "\"2261-01-01T00:00:00Z\""};
    static const char *const IPS[] = {"\"10.0.0.1\"", "\"192.168.1.7\"",
                                      "\"2001:db8::1\"", "\"::ffff:10.0.0.1\""};
    static const char *const NETS[] = {"\"10.0.0.0/8\"", "\"192.168.0.0/16\""};
    static const char *const LEVELS[] = {"\"low\"", "\"high\""};
    static const char *const EMAILS[] = {"\"x@acme.example\"", "\"y@evil.example\""};
    static const char *const URIS[] = {"\"https://a.example/w\"",
                                       "\"https://b.example/\""};
    static const char *const CUSTOMERS[] = {"\"C1\"", "\"C2\"", "\"C3\"", "\"C1\"",
                                            "\"a\""};
    static const char *const TEXTS[] = {"[]", "[\"a\"]", "[\"a\",\"b\",\"a\"]",
                                        "[\"gold\",\"x\"]"};
    static const char *const NUMBERS[] = {"[]", "[1]", "[0,2]", "[3,1,3]"};
    static const char *const RECORDS[] = {"{\"name\":\"a\"}",
                                          "{\"name\":\"b\",\"size\":2}",
                                          "{\"name\":\"a\",\"size\":0}"};
    static const char *const ROWS[] = {
        "[]", "[{\"name\":\"a\"}]",
        "[{\"name\":\"b\",\"size\":2},{\"name\":\"a\",\"size\":0}]"};
    static const char *const ODD[] = {"null", "7",    "\"odd\"", "[]",     "{}",
                                      "true", "1e40", "9e30",    "\"C9\"", "\"c1\""};
    if (dice_mischief(dice, 3))
        return DICE_PICK(dice, ODD);
    switch (sort) {
    case SORT_BOOL:
        return DICE_PICK(dice, BOOLS);
    case SORT_INT:
        return DICE_PICK(dice, INTS);
    case SORT_DECIMAL:
        return DICE_PICK(dice, DECIMALS);
    case SORT_STRING:
        return DICE_PICK(dice, STRINGS);
    case SORT_DURATION:
        return DICE_PICK(dice, DURATIONS);
    case SORT_TIME:
        return DICE_PICK(dice, TIMES);
    case SORT_IP:
        return DICE_PICK(dice, IPS);
    case SORT_NET:
        return DICE_PICK(dice, NETS);
    case SORT_ENUM:
        return DICE_PICK(dice, LEVELS);
    case SORT_EMAIL:
        return DICE_PICK(dice, EMAILS);
    case SORT_URI:
        return DICE_PICK(dice, URIS);
    case SORT_CUSTOMER:
        return DICE_PICK(dice, CUSTOMERS);
    case SORT_TEXTS:
        return DICE_PICK(dice, TEXTS);
    case SORT_INTS:
        return DICE_PICK(dice, NUMBERS);
    case SORT_RECORD:
        return DICE_PICK(dice, RECORDS);
    case SORT_RECORDS:
        return DICE_PICK(dice, ROWS);
    }
    (void)arena;
    unreachable_bug();
}

// Members of the words: optional ones half the time, others nearly always.
static void write_words(Buf *out, Arena *arena, Dice *dice, const Words *words,
                        Str root, uint32_t lack)
{
    for (uint32_t i = 0; i < words->count; i++) {
        const Word *word = &words->at[i];
        if (!str_eq(word->root, root) || (word->is_optional ? dice_chance(dice, 50)
                                          : lack > 2        ? dice_chance(dice, lack)
                                                     : dice_mischief(dice, lack)))
            continue;
        Str value = value_of(arena, dice, word->sort);
        buf_printf(out, "%s\"%s\":%s", out->len > 1 ? "," : "", TEXT(word->name),
                   TEXT(value));
    }
}

static Str object_of(Arena *arena, Dice *dice, const Words *words, Str root, Str fixed,
                     uint32_t lack)
{
    Buf out = buf_on(arena);
    buf_printf(&out, "{%s", TEXT(fixed));
    write_words(&out, arena, dice, words, root, lack);
    if (dice_mischief(dice, 1))
        buf_printf(&out, "%s\"odd\":1", out.len > 1 ? "," : "");
    buf_char(&out, '}');
    return buf_view(&out);
}

static Str agent_id(const Draft *draft, Dice *dice)
{
    static const char *const AGENTS[] = {"spiffe://acme/bot", "spiffe://acme/clerk",
                                         "spiffe://acme/r1", "spiffe://acme/r2"};
    return dice_pick(dice, AGENTS,
                     dice_chance(dice, 60) ? 1
                     : draft->has_agents   ? 4
                                           : 2);
}

static Str user_of(const Draft *draft, Arena *arena, Dice *dice, Str id)
{
    static const char *const TENANTS[] = {"",
                                          ",\"tenant\":\"acme\"",
                                          ",\"tenant\":\"acme\"",
                                          ",\"tenant\":\"acme\"",
                                          ",\"tenant\":\"acme\"",
                                          ",\"tenant\":\"beta\"",
                                          ",\"tenant\":\"nowhere\""};
    static const char *const ACRS[] = {"", ",\"acr\":\"pwd\"", ",\"acr\":\"mfa\"",
                                       ",\"acr\":\"hw\"", ",\"acr\":\"other\""};
    static const char *const TIMES[] = {
        "", ",\"auth_time\":1772441800", ",\"auth_time\":1772441700",
        ",\"auth_time\":1772441699", ",\"auth_time\":1772442100"};
    static const char *const GROUPS[] = {"",
                                         ",\"groups\":[]",
                                         ",\"groups\":[\"guests\"]",
                                         ",\"groups\":[\"bosses\"]",
                                         ",\"groups\":[\"staff\"]",
                                         ",\"groups\":[\"staff\",\"bosses\",\"x\"]"};
    // A tenant that the policy doesn't know can't be one that `across` computes.
    uint32_t tenants = 7 - draft->has_computed_tenant;
    Str fixed =
        arena_format(arena, "\"id\":\"%s\"%s%s%s%s", TEXT(id),
                     TEXT(dice_pick(dice, TENANTS, tenants)),
                     TEXT(DICE_PICK(dice, ACRS)), TEXT(DICE_PICK(dice, TIMES)),
                     TEXT(draft->are_groups_sent ? DICE_PICK(dice, GROUPS) : STR("")));
    return object_of(arena, dice, &draft->attributes, STR("user"), fixed, 12);
}

static Str credential_of(Arena *arena, Dice *dice, Str sub, Str agent)
{
    static const char *const CNFS[] = {"\"k1\"", "{\"jkt\":\"k1\"}",
                                       "{\"x5t#S256\":\"k1\"}"};
    static const char *const SCOPES[] = {"", ",\"scope\":\"a b\"",
                                         ",\"scope\":[\"gold\"]"};
    static const char *const ENDS[] = {"1772442600", "1772442025",
                                       "\"2026-03-02T09:00:00Z\"", "1772442001",
                                       "\"2026-03-02T09:00:30.5Z\""};
    static const char *const CLIENTS[] = {"bot-web", "spiffe://acme/bot", "other"};
    Buf out = buf_on(arena);
    bool is_ping = dice_mischief(dice, 15);
    buf_printf(&out, "{\"iss\":\"https://%s.example\"", is_ping ? "ping" : "okta");
    buf_c(&out, !dice_mischief(dice, 5)
                    ? ",\"aud\":\"https://edge.example\""
                    : ",\"aud\":[\"https://x.example\",\"https://back.example\"]");
    buf_printf(&out, ",\"sub\":\"%s\"", TEXT(sub));
    if (!dice_mischief(dice, 4))
        buf_printf(&out, ",\"exp\":%s",
                   TEXT(dice_chance(dice, 85)
                            ? str_from_c(ENDS[0])
                            : dice_pick(dice, ENDS, dice->is_tame ? 2 : 5)));
    if (!is_ping && !dice_mischief(dice, 10))
        buf_printf(&out, ",\"cnf\":%s", TEXT(DICE_PICK(dice, CNFS)));
    buf_str(&out, DICE_PICK(dice, SCOPES));
    if (dice_mischief(dice, 10))
        buf_printf(&out, ",\"client_id\":\"%s\"", TEXT(DICE_PICK(dice, CLIENTS)));
    if (dice_chance(dice, 10))
        buf_printf(&out, ",\"act\":[\"%s\"]", TEXT(agent));
    if (dice_chance(dice, 30))
        buf_c(&out, ",\"iat\":1772441000");
    buf_char(&out, '}');
    return buf_view(&out);
}

static Str task_of(const DraftIntent *intent, Arena *arena, Dice *dice)
{
    static const char *const OPENED[] = {"1772441940", "1772441100", "1772441101",
                                         "1772441130", "\"2026-03-02T08:55:00Z\""};
    static const char *const ABOVE[] = {",\"above\":[\"tidy\"]",
                                        ",\"above\":[\"chat\",\"tidy\"]",
                                        ",\"above\":[]", ",\"above\":[\"resolve\"]"};
    Str params = object_of(arena, dice, &intent->params, STR("intent"), STR(""), 1);
    return arena_format(
        arena, "{\"id\":\"t1\",\"intent\":\"%s\",\"params\":%s,\"opened\":%s%s}",
        TEXT(intent->name), TEXT(params),
        TEXT(dice_chance(dice, 70) ? str_from_c(OPENED[0]) : DICE_PICK(dice, OPENED)),
        TEXT(dice_mischief(dice, 30) ? DICE_PICK(dice, ABOVE) : STR("")));
}

static void write_rest(Buf *out, const Draft *draft, Arena *arena, Dice *dice)
{
    static const char *const ASKS[] = {"{\"ttl\":5}",
                                       "{\"ttl\":60}",
                                       "{\"ttl\":600,\"uses\":2}",
                                       "{\"uses\":3}",
                                       "{\"depth\":1}",
                                       "{\"depth\":0}",
                                       "{\"scope\":\"all\"}",
                                       "{\"scope\":\"refund:a\"}",
                                       "{\"scope\":[\"refund:a\",\"all\"]}",
                                       "{\"scope\":\"look\",\"ttl\":30}",
                                       "{}",
                                       "{\"scope\":\"elsewhere\"}"};
    static const char *const RESOURCES[] = {
        "\"type\":\"doc\",\"id\":\"a\"", "\"type\":\"doc\"",
        "\"type\":\"a\",\"id\":\"b\"", "\"id\":\"doc\""};
    static const char *const CONTEXTS[] = {
        "\"ip\":\"10.0.0.1\"", "\"ip\":\"192.168.1.7\"", "\"environment\":\"a\"", ""};
    static const char *const CHAINS[] = {"spiffe://acme/clerk", "spiffe://acme/bot",
                                         "spiffe://acme/nobody"};
    if (dice_chance(dice, 30))
        buf_printf(out, ",\"ask\":%s", TEXT(DICE_PICK(dice, ASKS)));
    if (dice_chance(dice, 60)) {
        Str fixed = DICE_PICK(dice, CONTEXTS);
        buf_printf(out, ",\"context\":%s",
                   TEXT(object_of(arena, dice, &draft->attributes, STR("context"),
                                  fixed, 20)));
    }
    if (dice_chance(dice, 40)) {
        Str fixed = DICE_PICK(dice, RESOURCES);
        buf_printf(out, ",\"resource\":%s",
                   TEXT(object_of(arena, dice, &draft->attributes, STR("resource"),
                                  fixed, 30)));
    }
    if (dice_chance(dice, 10))
        buf_printf(out, ",\"chain\":[\"%s\"]",
                   TEXT(!dice_mischief(dice, 20) ? str_from_c(CHAINS[0])
                                                 : DICE_PICK(dice, CHAINS)));
}

static void write_agent(Buf *out, const Draft *draft, Arena *arena, Dice *dice,
                        Str agent)
{
    static const char *const ATTESTED[] = {"", ",\"attested\":true",
                                           ",\"attested\":false"};
    Str fixed = arena_format(arena, "\"id\":\"%s\"%s", TEXT(agent),
                             TEXT(DICE_PICK(dice, ATTESTED)));
    buf_printf(
        out, ",\"agent\":%s",
        TEXT(object_of(arena, dice, &draft->attributes, STR("agent"), fixed, 12)));
}

// The parties, the tool and its arguments.
static void write_call(Buf *out, const Draft *draft, Arena *arena, Dice *dice,
                       const DraftTool *tool)
{
    Str uri = dice_pick(dice, tool->uris, tool->uri_count);
    Str fixed = arena_format(arena, "\"uri\":\"%s\"", TEXT(uri));
    buf_printf(
        out, ",\"audience\":%s,\"tool\":\"%s\",\"args\":%s",
        TEXT(object_of(arena, dice, &draft->attributes, STR("audience"), fixed, 12)),
        TEXT(tool->name),
        TEXT(object_of(arena, dice, &tool->args, STR("args"), STR(""), 1)));
}

// What the caller saw of the tool's definition. The right hash is not known here.
static void write_hash(Buf *out, Dice *dice)
{
    if (dice_mischief(dice, 3))
        buf_c(out,
              ",\"tool_hash\":\""
              "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"");
}

static void write_credential(Buf *out, Arena *arena, Dice *dice, Str sub, Str agent)
{
    if (dice_mischief(dice, 2))
        sub = STR("u-0");
    if (!dice_mischief(dice, 2))
        buf_printf(out, ",\"credential\":%s",
                   TEXT(credential_of(arena, dice, sub, agent)));
    if (!dice_mischief(dice, 4))
        buf_c(out, ",\"presenter\":\"k1\"");
}

Str ask_make(const Draft *draft, Arena *arena, Dice *dice)
{
    static const char *const USERS[] = {"u-1", "u-2", "u-7", "u-9"};
    const DraftTool *tool = &draft->tools[dice_roll(dice, draft->tool_count)];
    const DraftIntent *intent = &draft->intents[dice_roll(dice, draft->intent_count)];
    bool has_user = dice_chance(dice, 85), has_task = dice_chance(dice, 60);
    dice->is_tame = dice_chance(dice, 75);
    if (has_task && !dice_mischief(dice, 20))
        tool = &draft->tools[intent->tools[dice_roll(dice, intent->tool_count)]];
    Str agent = agent_id(draft, dice);
    Str user =
        dice_pick(dice, USERS, draft->has_users && !dice_mischief(dice, 10) ? 3 : 4);
    Buf out = buf_on(arena);
    buf_printf(&out, "{\"gateway\":\"%s\"", dice_mischief(dice, 5) ? "back" : "edge");
    write_agent(&out, draft, arena, dice, agent);
    if (has_user)
        buf_printf(&out, ",\"user\":%s", TEXT(user_of(draft, arena, dice, user)));
    write_call(&out, draft, arena, dice, tool);
    if (has_task)
        buf_printf(&out, ",\"task\":%s", TEXT(task_of(intent, arena, dice)));
    write_credential(&out, arena, dice, has_user ? user : agent, agent);
    write_rest(&out, draft, arena, dice);
    write_hash(&out, dice);
    buf_char(&out, '}');
    return buf_view(&out);
}
