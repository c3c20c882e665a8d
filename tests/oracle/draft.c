// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/draft.h"

#include "engine/base/bug.h"
#include "tests/oracle/term.h"

#define FORMAT(...) arena_format(draft->arena, __VA_ARGS__)
#define TEXT(text) draft_c_text(draft->arena, (text))

static bool chance(Draft *draft, uint32_t percent)
{
    return dice_chance(&draft->dice, percent);
}

Str draft_literal(Draft *draft, Sort sort)
{
    static const char *const BOOLS[] = {"true", "false"};
    static const char *const INTS[] = {"0", "1", "2", "3", "9223372036854775807"};
    static const char *const DECIMALS[] = {"0.00", "1.50", "20.00",
                                           "0.000000000000000001", "2"};
    static const char *const STRINGS[] = {
        "\"a\"",  "\"b\"",    "\"A\"",   "\"\"",    "\"/w/x\"",          "\"gold\"",
        "\"C1\"", "\"acme\"", "\"mfa\"", "\"doc\"", "\"x@acme.example\""};
    static const char *const DURATIONS[] = {"30s", "1m", "15m", "1h", "24h"};
    static const char *const IPS[] = {"10.0.0.1", "192.168.1.7", "2001:db8::1"};
    static const char *const NETS[] = {"10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"};
    static const char *const LEVELS[] = {"\"low\"", "\"high\""};
    static const char *const EMAILS[] = {"\"x@acme.example\"", "\"y@evil.example\""};
    static const char *const URIS[] = {"\"https://a.example/w\"",
                                       "\"https://b.example/\""};
    static const char *const CUSTOMERS[] = {"\"C1\"", "\"C2\"", "\"C3\""};
    static const char *const SETS[] = {"{\"a\", \"b\"}", "{\"x\"}"};
    Dice *dice = &draft->dice;
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
        return STR("\"2026-03-02T09:00:00Z\"");
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
        return DICE_PICK(dice, SETS);
    case SORT_INTS:
    case SORT_RECORD:
    case SORT_RECORDS:
        return STR("[]");
    }
    unreachable_bug();
}

static const char *sort_type(Sort sort)
{
    static const char *const TYPES[] = {
        [SORT_BOOL] = "bool",
        [SORT_INT] = "int",
        [SORT_DECIMAL] = "decimal",
        [SORT_STRING] = "string",
        [SORT_DURATION] = "duration",
        [SORT_TIME] = "time",
        [SORT_IP] = "ip",
        [SORT_NET] = "net",
        [SORT_ENUM] = "enum { \"low\", \"high\" }",
        [SORT_EMAIL] = "email",
        [SORT_URI] = "uri",
        [SORT_CUSTOMER] = "key of customers",
        [SORT_TEXTS] = "list<string>",
        [SORT_INTS] = "list<int>",
        [SORT_RECORD] = "{ name: string, size: int? }",
        [SORT_RECORDS] = "list<{ name: string, size: int? }>",
    };
    return TYPES[sort];
}

// ---- blocks ----

static Block *add_block(Draft *draft, Str head)
{
    CHECK(draft->block_count < MOST_BLOCKS);
    Block *block = &draft->blocks[draft->block_count++];
    *block = (Block){.head = head};
    return block;
}

static void add_plain(Draft *draft, Str text)
{
    add_block(draft, text)->is_plain = true;
}

static void add_line(Block *block, Str line)
{
    CHECK(block->line_count < MOST_LINES);
    block->lines[block->line_count++] = line;
}

static void write_block(Buf *out, const Block *block)
{
    buf_str(out, block->head);
    if (!block->is_plain) {
        buf_c(out, " {\n");
        for (uint32_t i = 0; i < block->line_count; i++)
            buf_printf(out, "  %.*s\n", STR_ARG(block->lines[i]));
        buf_char(out, '}');
    }
    buf_char(out, '\n');
}

Str draft_text(const Draft *draft, Arena *arena, Dice *shuffle)
{
    uint32_t order[MOST_BLOCKS];
    Buf out = buf_on(arena);
    for (uint32_t i = 0; i < draft->block_count; i++)
        order[i] = i;
    // The first block is the package, which stays in front.
    for (uint32_t i = draft->block_count; shuffle && i > 2; i--) {
        uint32_t other = 1 + dice_roll(shuffle, i - 1), held = order[i - 1];
        order[i - 1] = order[other];
        order[other] = held;
    }
    for (uint32_t i = 0; i < draft->block_count; i++)
        write_block(&out, &draft->blocks[order[i]]);
    return buf_view(&out);
}

void draft_drop_block(Draft *draft, uint32_t block)
{
    draft->block_count--;
    for (uint32_t i = block; i < draft->block_count; i++)
        draft->blocks[i] = draft->blocks[i + 1];
}

void draft_drop_line(Block *block, uint32_t line)
{
    block->line_count--;
    for (uint32_t i = line; i < block->line_count; i++)
        block->lines[i] = block->lines[i + 1];
}

bool draft_cut(Draft *draft, uint32_t offset)
{
    size_t at = 0;
    for (uint32_t i = 0; i < draft->block_count; i++) {
        Block *block = &draft->blocks[i];
        size_t line_at = at + block->head.len + 3; // behind " {\n"
        size_t end = block->is_plain ? at + block->head.len + 1 : line_at + 2;
        for (uint32_t k = 0; k < block->line_count; k++)
            end += block->lines[k].len + 3;
        if (offset >= end) {
            at = end;
            continue;
        }
        for (uint32_t k = 0; k < block->line_count; k++) {
            size_t line_end = line_at + block->lines[k].len + 3;
            if (offset >= line_at && offset < line_end) {
                draft_drop_line(block, k);
                return true;
            }
            line_at = line_end;
        }
        draft_drop_block(draft, i);
        return true;
    }
    return false;
}

// ---- declarations ----

static void add_file(Draft *draft, Str path, Str text)
{
    draft->files[draft->file_count++] = (File){path, text};
}

static void add_word(Words *words, Str root, Str name, Sort sort, bool is_optional)
{
    CHECK(words->count < MOST_WORDS);
    words->at[words->count++] = (Word){root, name, sort, is_optional};
}

static void add_parties(Draft *draft)
{
    add_plain(draft, STR("package acme.random"));
    add_plain(draft, FORMAT("issuer okta { uri \"https://okta.example\" %s }",
                            chance(draft, 30) ? "bearer" : ""));
    add_plain(draft, STR("issuer ping { uri \"https://ping.example\" bearer }"));
    add_plain(draft,
              FORMAT("gateway edge { uri \"https://edge.example\" accepts okta%s }",
                     chance(draft, 50) ? ", ping" : ""));
    add_plain(draft, STR("gateway back { uri \"https://back.example\" accepts ping }"));
    add_plain(draft, STR("acr \"pwd\" < \"mfa\" < \"hw\""));
    add_plain(draft,
              STR("def both(a: string, b: string): bool = a == b or a == \"a\""));
    add_plain(draft, STR("def cheap(price: decimal): bool = price <= LIMIT"));
    add_plain(draft, STR("const LIMIT = 20.00"));
    add_plain(draft, STR("const GOOD = {\"a\", \"gold\", \"acme\"}"));
    add_plain(draft, STR("token brief = { ttl 20s, uses 3 }"));
    add_plain(draft, FORMAT("agent bot { id \"spiffe://acme/bot\" %s %s tags helper }",
                            chance(draft, 70) ? "tenant \"acme\"" : "",
                            chance(draft, 40) ? "client \"bot-web\"" : ""));
    add_plain(draft, FORMAT("agent clerk { id \"spiffe://acme/clerk\" %s }",
                            chance(draft, 60)   ? "tenant \"acme\""
                            : chance(draft, 50) ? "tenant shared"
                                                : "tenant \"beta\" tags helper"));
    add_plain(draft, STR("agent other { id \"spiffe://acme/other\" tenant \"beta\" }"));
}

static void add_attributes(Draft *draft)
{
    static const struct {
        const char *root, *name;
        Sort sort;
    } ATTRIBUTES[] = {
        {"user", "department", SORT_STRING}, {"user", "level", SORT_ENUM},
        {"user", "limit", SORT_DECIMAL},     {"user", "since", SORT_TIME},
        {"context", "office", SORT_NET},     {"context", "hour", SORT_INT},
        {"agent", "version", SORT_INT},      {"audience", "zone", SORT_STRING},
        {"resource", "owner", SORT_STRING},  {"user", "skills", SORT_TEXTS},
        {"user", "quota", SORT_INT},         {"agent", "team", SORT_STRING},
    };
    for (size_t i = 0; i < sizeof ATTRIBUTES / sizeof *ATTRIBUTES; i++) {
        if (chance(draft, 40))
            continue;
        bool is_optional = chance(draft, 40), is_sent = chance(draft, 20);
        add_word(&draft->attributes, str_from_c(ATTRIBUTES[i].root),
                 str_from_c(ATTRIBUTES[i].name), ATTRIBUTES[i].sort, is_optional);
        add_plain(draft,
                  FORMAT("attribute %s.%s: %s%s%s", ATTRIBUTES[i].root,
                         ATTRIBUTES[i].name, sort_type(ATTRIBUTES[i].sort),
                         is_optional ? "?" : "", is_sent ? " from request" : ""));
    }
    draft->are_groups_sent = chance(draft, 15);
    if (draft->are_groups_sent)
        add_plain(draft, STR("attribute user.groups: set<string> from request"));
}

static void add_tables(Draft *draft)
{
    bool has_tenant = chance(draft, 50);
    add_plain(draft, FORMAT("table customers from \"customers.csv\" key id { %s%stier: "
                            "string?, credit: decimal, label: string nocase, region: "
                            "string }",
                            chance(draft, 30) ? "id: string nocase, " : "",
                            has_tenant ? "tenant: string?, " : ""));
    add_file(draft, STR("customers.csv"),
             has_tenant
                 ? STR("id,tenant,tier,credit,label,region\n"
                       "C1,acme,gold,20,A,a\nC2,beta,,1.5,b,b\nC3,,none,0,Gold,A\n"
                       "a,acme,a,2,x,c\n")
                 : STR("id,tier,credit,label,region\n"
                       "C1,gold,20,A,a\nC2,,1.5,b,b\nC3,none,0,Gold,A\na,a,2,x,c\n"));
    draft->has_pairs = chance(draft, 60);
    if (draft->has_pairs) {
        add_plain(draft,
                  STR("table pairs from \"pairs.csv\" key owner, repo { open: bool }"));
        add_file(draft, STR("pairs.csv"),
                 STR("owner,repo,open\na,b,true\na,a,false\nacme,C1,true\n"));
    }
    draft->has_users = chance(draft, 50);
    if (draft->has_users) {
        add_plain(draft, STR("users from \"users.csv\" key id { tenant: string?, "
                             "department: string?, nick: string? }"));
        add_file(draft, STR("users.csv"),
                 STR("id,tenant,department,nick\nu-1,acme,a,\nu-2,,,b\nu-7,acme,,a\n"));
        add_word(&draft->attributes, STR("user"), STR("nick"), SORT_STRING, true);
    }
    draft->has_agents = chance(draft, 40);
    if (draft->has_agents) {
        add_plain(draft, STR("agents from \"agents.csv\" key id { tags: set<string>, "
                             "team: string? }"));
        add_file(draft, STR("agents.csv"),
                 STR("id,tenant,client,tags,team\nspiffe://acme/r1,acme,r-1,helper,a\n"
                     "spiffe://acme/r2,beta,,robot,\n"));
    }
}

static void add_groups(Draft *draft)
{
    add_plain(draft, STR("group bosses { \"u-7\" }"));
    add_plain(draft, draft->are_groups_sent
                         ? STR("group staff { \"u-1\" }")
                         : STR("group staff { \"u-1\", bosses, bot }"));
    add_plain(draft, STR("group guests { clerk, \"u-2\" }"));
}

// ---- tools ----

static Str params_of(Draft *draft, Words *words, Str root, uint32_t percent)
{
    static const struct {
        const char *name;
        Sort sort;
    } POOL[] = {
        {"amount", SORT_DECIMAL}, {"count", SORT_INT},         {"note", SORT_STRING},
        {"path", SORT_STRING},    {"to", SORT_EMAIL},          {"url", SORT_URI},
        {"urgent", SORT_BOOL},    {"customer", SORT_CUSTOMER}, {"at", SORT_TIME},
        {"lasts", SORT_DURATION}, {"source", SORT_IP},         {"level", SORT_ENUM},
        {"labels", SORT_TEXTS},   {"sizes", SORT_INTS},        {"meta", SORT_RECORD},
        {"rows", SORT_RECORDS},
    };
    Buf out = buf_on(draft->arena);
    for (size_t i = 0; i < sizeof POOL / sizeof *POOL; i++) {
        if (!chance(draft, percent))
            continue;
        // Sometimes another tool types the same name differently.
        Sort sort =
            POOL[i].sort == SORT_DECIMAL && chance(draft, 30) ? SORT_INT : POOL[i].sort;
        bool is_optional = chance(draft, 35);
        buf_printf(&out, "%s%s: %s%s", out.len > 0 ? ", " : "", POOL[i].name,
                   sort_type(sort), is_optional ? "?" : "");
        add_word(words, root, str_from_c(POOL[i].name), sort, is_optional);
    }
    return buf_view(&out);
}

static const char *const CRM[] = {"https://crm.example/mcp"};
static const char *const MAIL[] = {"https://mail.example/mcp"};
static const char *const SHOP[] = {"https://acme.shop.example",
                                   "https://beta.shop.example"};

static void add_tool(Draft *draft, Block *block, Str audience, const char *name,
                     const char *const *uris, uint32_t uri_count)
{
    static const char *const TAGS[] = {"payment", "egress", "read"};
    CHECK(draft->tool_count < MOST_TOOLS);
    DraftTool *tool = &draft->tools[draft->tool_count++];
    *tool = (DraftTool){.path = FORMAT("%s.%s", TEXT(audience), name),
                        .audience = audience,
                        .name = str_from_c(name),
                        .uris = uris,
                        .uri_count = uri_count,
                        .tag = DICE_PICK(&draft->dice, TAGS)};
    Str params = params_of(draft, &tool->args, STR("args"), 25);
    Buf body = buf_on(draft->arena);
    buf_printf(&body, "tags %s ", TEXT(tool->tag));
    if (chance(draft, 60))
        buf_printf(&body, "scope \"%s:a\"%s ", name,
                   chance(draft, 50) ? ", \"all\"" : "");
    for (uint32_t i = 0; i < tool->args.count; i++) {
        const Word *word = &tool->args.at[i];
        if (word->sort == SORT_CUSTOMER && chance(draft, 20))
            buf_c(&body, "arg customer tenant shared ");
        if (str_eq(word->name, STR("amount")) && chance(draft, 70))
            buf_c(&body, chance(draft, 70) ? "let cost = args.amount "
                                           : "let cost = args.amount * 2 + 1.50 ");
    }
    add_line(block,
             FORMAT("tool %s(%s) { %s}", name, TEXT(params), TEXT(buf_view(&body))));
}

static const char *const DESK[] = {"https://desk.example/mcp"};

// What JSON Schema can say of an argument.
static const struct {
    const char *name, *schema;
    Sort sort;
} PROPERTIES[] = {
    {"count", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":2}", SORT_INT},
    {"quota", "{\"enum\":[1,2,3]}", SORT_INT},
    {"amount", "{\"type\":\"number\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":20}",
     SORT_DECIMAL},
    {"note", "{\"type\":\"string\",\"minLength\":1,\"maxLength\":4}", SORT_STRING},
    {"path", "{\"type\":[\"string\",\"null\"]}", SORT_STRING},
    {"level", "{\"enum\":[\"low\",\"high\"]}", SORT_ENUM},
    {"labels",
     "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"maxItems\":2,\"minItems\":"
     "1}",
     SORT_TEXTS},
    {"sizes",
     "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"uniqueItems\":true}",
     SORT_INTS},
    {"at", "{\"type\":\"string\",\"format\":\"date-time\"}", SORT_TIME},
    {"to", "{\"type\":\"string\",\"format\":\"email\"}", SORT_EMAIL},
    {"urgent", "{\"type\":\"boolean\",\"default\":false}", SORT_BOOL},
    {"meta",
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"size\":{"
     "\"type\":"
     "\"integer\"}},\"required\":[\"name\"],\"additionalProperties\":false}",
     SORT_RECORD},
};

// The properties of a tool's input, some of them required.
static void write_properties(Draft *draft, DraftTool *tool, Buf *properties,
                             Buf *required)
{
    for (size_t i = 0; i < sizeof PROPERTIES / sizeof *PROPERTIES; i++) {
        bool is_optional = chance(draft, 50);
        if (chance(draft, 50))
            continue;
        buf_printf(properties, "%s\"%s\":%s", properties->len > 0 ? "," : "",
                   PROPERTIES[i].name, PROPERTIES[i].schema);
        if (!is_optional)
            buf_printf(required, "%s\"%s\"", required->len > 0 ? "," : "",
                       PROPERTIES[i].name);
        add_word(&tool->args, STR("args"), str_from_c(PROPERTIES[i].name),
                 PROPERTIES[i].sort,
                 is_optional || str_eq(str_from_c(PROPERTIES[i].name), STR("path")));
    }
}

// An audience whose tools come as an MCP server lists them.
static void add_listed(Draft *draft)
{
    Buf properties = buf_on(draft->arena), required = buf_on(draft->arena);
    CHECK(draft->tool_count < MOST_TOOLS);
    DraftTool *tool = &draft->tools[draft->tool_count++];
    *tool = (DraftTool){.path = STR("desk.find"),
                        .audience = STR("desk"),
                        .name = STR("find"),
                        .uris = DESK,
                        .uri_count = 1,
                        .tag = STR("read")};
    write_properties(draft, tool, &properties, &required);
    add_file(
        draft, STR("desk.tools.json"),
        FORMAT("{\"tools\":[{\"name\":\"find\",\"inputSchema\":{\"type\":\"object\","
               "\"properties\":{%s},\"required\":[%s]}}]}",
               TEXT(buf_view(&properties)), TEXT(buf_view(&required))));
    Block *block = add_block(draft, STR("audience desk"));
    add_line(block, STR("uri \"https://desk.example/mcp\""));
    if (chance(draft, 50))
        add_line(block, STR("tenant \"acme\""));
    add_line(block, STR("tools from \"desk.tools.json\""));
    add_line(block, STR("tool find { tags read }"));
}

static void add_audiences(Draft *draft)
{
    Block *block = add_block(draft, STR("audience crm"));
    add_line(block, STR("uri \"https://crm.example/mcp\""));
    if (chance(draft, 70))
        add_line(block,
                 chance(draft, 75) ? STR("tenant \"acme\"") : STR("tenant shared"));
    add_tool(draft, block, STR("crm"), "refund", CRM, 1);
    add_tool(draft, block, STR("crm"), "look", CRM, 1);
    add_tool(draft, block, STR("crm"), "erase", CRM, 1);
    block = add_block(draft, STR("audience mail"));
    add_line(block, STR("uri \"https://mail.example/mcp\""));
    if (chance(draft, 60))
        add_line(block,
                 chance(draft, 50) ? STR("tenant \"acme\"") : STR("tenant shared"));
    if (chance(draft, 50))
        add_line(block, STR("checks"));
    add_tool(draft, block, STR("mail"), "send", MAIL, 1);
    add_tool(draft, block, STR("mail"), "look", MAIL, 1);
    if (chance(draft, 50))
        add_listed(draft);
    if (chance(draft, 50))
        return;
    block = add_block(draft, STR("audience shop from \"shops.csv\" key tenant"));
    add_file(draft, STR("shops.csv"),
             STR("tenant,uri\nacme,https://acme.shop.example\n"
                 "beta,https://beta.shop.example\n"));
    add_tool(draft, block, STR("shop"), "buy", SHOP, 2);
    add_tool(draft, block, STR("shop"), "browse", SHOP, 2);
}

static Str intent_tools(Draft *draft, DraftIntent *intent)
{
    Buf out = buf_on(draft->arena);
    for (uint32_t i = 1 + dice_roll(&draft->dice, MOST_INTENT_TOOLS); i > 0; i--) {
        uint32_t number = dice_roll(&draft->dice, draft->tool_count);
        const DraftTool *tool = &draft->tools[number];
        bool is_one = tool->uri_count > 1 && chance(draft, 30);
        buf_printf(&out, "%s%s%s.%s", out.len > 0 ? ", " : "", TEXT(tool->audience),
                   is_one ? ".acme" : "", TEXT(tool->name));
        intent->tools[intent->tool_count++] = number;
    }
    return buf_view(&out);
}

static void add_intents(Draft *draft)
{
    static const char *const NAMES[] = {"resolve", "tidy", "chat"};
    static const char *const AGENTS[] = {"agent bot", "agent bot, clerk",
                                         "agent @helper", "agent bot, guests"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        DraftIntent *intent = &draft->intents[draft->intent_count++];
        *intent = (DraftIntent){.name = str_from_c(NAMES[i])};
        Str params = params_of(draft, &intent->params, STR("intent"), 15);
        Block *block =
            add_block(draft, FORMAT("intent %s(%s)", NAMES[i], TEXT(params)));
        add_line(block, DICE_PICK(&draft->dice, AGENTS));
        if (chance(draft, 25))
            add_line(block, STR("user staff, \"u-2\""));
        add_line(block, FORMAT("tools %s", TEXT(intent_tools(draft, intent))));
        if (chance(draft, 70))
            add_line(block, chance(draft, 50) ? STR("within 15m") : STR("within 1h"));
        if (chance(draft, 60))
            add_line(block, FORMAT("depth %u", dice_roll(&draft->dice, 3)));
    }
}

// ---- rules ----

static bool has_word(const Words *words, const Word *word, bool *is_optional)
{
    for (uint32_t i = 0; i < words->count; i++)
        if (str_eq(words->at[i].name, word->name) && words->at[i].sort == word->sort) {
            *is_optional = *is_optional || words->at[i].is_optional;
            return true;
        }
    return false;
}

// Adds the arguments that all tools with that path or tag have.
static void add_common_args(Draft *draft, Words *words, Str tag, const DraftTool *one,
                            const DraftTool *two)
{
    const Words *from = NULL;
    for (uint32_t i = 0; i < draft->tool_count; i++) {
        const DraftTool *tool = &draft->tools[i];
        if (!from && (tool == one || str_eq(tool->tag, tag)))
            from = &tool->args;
    }
    for (uint32_t i = 0; from && i < from->count; i++) {
        Word word = from->at[i];
        bool have_all = true;
        for (uint32_t k = 0; k < draft->tool_count; k++) {
            const DraftTool *tool = &draft->tools[k];
            if (tool == one || tool == two || str_eq(tool->tag, tag))
                have_all = have_all && has_word(&tool->args, &word, &word.is_optional);
        }
        if (have_all)
            add_word(words, word.root, word.name, word.sort, word.is_optional);
    }
}

static void add_head(Draft *draft, Block *block, Words *words)
{
    static const char *const AGENTS[] = {"bot", "clerk", "@helper", "guests",
                                         "bot, staff"};
    static const char *const USERS[] = {"staff", "\"u-1\"", "none", "bosses, \"u-2\"",
                                        "guests, none"};
    static const char *const AUDIENCES[] = {"crm", "mail", "crm, mail"};
    const DraftTool *one = &draft->tools[dice_roll(&draft->dice, draft->tool_count)];
    const DraftTool *two = &draft->tools[dice_roll(&draft->dice, draft->tool_count)];
    if (chance(draft, 45)) {
        add_line(block, FORMAT("tool @%s", TEXT(one->tag)));
        add_common_args(draft, words, one->tag, NULL, NULL);
    } else if (chance(draft, 45)) {
        bool is_one = one->uri_count > 1 && chance(draft, 50);
        add_line(block, FORMAT("tool %s%s.%s", TEXT(one->audience),
                               is_one ? ".acme" : "", TEXT(one->name)));
        add_common_args(draft, words, STR("-"), one, one);
    } else if (chance(draft, 30)) {
        add_line(block, FORMAT("tool %s, %s", TEXT(one->path), TEXT(two->path)));
        add_common_args(draft, words, STR("-"), one, two);
    }
    if (chance(draft, 20))
        add_line(block, FORMAT("agent %s", TEXT(DICE_PICK(&draft->dice, AGENTS))));
    if (chance(draft, 20))
        add_line(block, FORMAT("user %s", TEXT(DICE_PICK(&draft->dice, USERS))));
    if (chance(draft, 10))
        add_line(block,
                 FORMAT("audience %s", TEXT(DICE_PICK(&draft->dice, AUDIENCES))));
    if (chance(draft, 8))
        add_line(block, chance(draft, 70) ? STR("gateway edge") : STR("gateway back"));
    if (chance(draft, 8))
        add_line(block, STR("tenant \"acme\""));
    if (chance(draft, 6))
        add_line(block, STR("resource \"doc\""));
}

static void add_intent_head(Draft *draft, Block *block, Words *words, bool is_permit)
{
    if (!chance(draft, is_permit ? 80 : 20))
        return;
    const DraftIntent *intent =
        &draft->intents[dice_roll(&draft->dice, draft->intent_count)];
    bool is_none = chance(draft, is_permit ? 65 : 40);
    if (is_none && chance(draft, 40)) {
        add_line(block, STR("intent none"));
        return;
    }
    add_line(block, FORMAT("intent %s%s", TEXT(intent->name), is_none ? ", none" : ""));
    for (uint32_t i = 0; i < intent->params.count && !is_none; i++)
        add_word(words, STR("intent"), intent->params.at[i].name,
                 intent->params.at[i].sort, intent->params.at[i].is_optional);
}

static void add_token(Draft *draft, Block *block)
{
    static const char *const ITEMS[] = {"ttl 30s",
                                        "ttl 5m",
                                        "ttl 10s",
                                        "uses 2",
                                        "uses 5",
                                        "depth 1",
                                        "depth 2",
                                        "sender mtls",
                                        "sender none",
                                        "sender dpop",
                                        "scope \"all\"",
                                        "scope {\"all\", \"refund:a\"}",
                                        "scope {\"look:a\", \"look\"}",
                                        "free {note}",
                                        "free {note, amount}",
                                        "acr \"mfa\"",
                                        "brief",
                                        "tenant \"acme\"",
                                        "tenant \"beta\"",
                                        "audience \"https://crm.example/mcp\""};
    Buf out = buf_on(draft->arena);
    for (uint32_t i = dice_roll(&draft->dice, 4); i > 0; i--) {
        // A tenant or an audience leaves little of most tokens.
        uint32_t sides = chance(draft, 15) ? 20 : 17;
        Str item = dice_pick(&draft->dice, ITEMS, sides);
        if (!str_contains(buf_view(&out), str_cut(item, ' ').head))
            buf_printf(&out, "%s%s", out.len > 0 ? ", " : "", TEXT(item));
    }
    if (out.len > 0)
        add_line(block, FORMAT("token { %s }", TEXT(buf_view(&out))));
}

static void add_extras(Draft *draft, Block *block, bool is_permit)
{
    static const char *const ACROSS[] = {
        "across audience \"beta\"",
        "across user \"acme\", agent \"beta\"",
        "across agent \"beta\"",
        "across agent \"acme\", user \"acme\", audience \"beta\"",
        "across user \"beta\"",
        "across audience user.tenant"};
    static const char *const REQUIRED[] = {"require attested",
                                           "require acr \"mfa\" within 5m",
                                           "require acr \"hw\"", "require acr \"pwd\""};
    if (chance(draft, 20))
        add_line(block, DICE_PICK(&draft->dice, REQUIRED));
    if (chance(draft, 5))
        add_line(block, DICE_PICK(&draft->dice, REQUIRED));
    if (is_permit && chance(draft, 15)) {
        Str across = DICE_PICK(&draft->dice, ACROSS);
        draft->has_computed_tenant |= str_contains(across, STR("user.tenant"));
        add_line(block, across);
    }
    if (chance(draft, 6))
        add_line(block, STR("revocable within 30s"));
}

void draft_add_rule(Draft *draft, const char *kind)
{
    bool is_permit = kind[0] == 'p', is_forbid = kind[0] == 'f';
    Words words = {0};
    Block *block =
        add_block(draft, FORMAT("%s%s r%02u", chance(draft, 8) ? "observe " : "", kind,
                                draft->rule_count++));
    block->is_rule = true;
    add_head(draft, block, &words);
    add_intent_head(draft, block, &words, is_permit);
    for (uint32_t i = 0; i < draft->attributes.count && words.count < MOST_WORDS; i++)
        words.at[words.count++] = draft->attributes.at[i];
    uint32_t conditions = is_forbid           ? 1 + dice_roll(&draft->dice, 4)
                          : chance(draft, 40) ? 0
                                              : dice_roll(&draft->dice, 3);
    for (; conditions > 0; conditions--) {
        Str test = term_bool(draft, &words, dice_roll(&draft->dice, 3));
        add_line(block, FORMAT("when %s", TEXT(test)));
    }
    if (chance(draft, 15)) {
        Str test = term_bool(draft, &words, dice_roll(&draft->dice, 2));
        add_line(block, FORMAT("unless %s", TEXT(test)));
    }
    if (is_forbid)
        return;
    add_token(draft, block);
    add_extras(draft, block, is_permit);
}

// Permits that differ in constants only, as those that share code and are looked up by
// them.
static void add_family(Draft *draft)
{
    static const char *const TESTS[] = {
        "args.note == %s",           "%s == args.path",     "resource.id == %s",
        "user.department == %s",     "audience.zone == %s", "agent.team == %s",
        "context.environment == %s", "user.acr == %s"};
    const DraftTool *tool = &draft->tools[dice_roll(&draft->dice, draft->tool_count)];
    Str test = DICE_PICK(&draft->dice, TESTS);
    bool has_amount = chance(draft, 50), has_more = chance(draft, 30);
    const char *kind = chance(draft, 60)   ? "permit"
                       : chance(draft, 50) ? "forbid"
                                           : "limit";
    for (uint32_t i = 2 + dice_roll(&draft->dice, 4); i > 0; i--) {
        Block *block = add_block(draft, FORMAT("%s r%02u", kind, draft->rule_count++));
        Str value = draft_literal(draft, SORT_STRING);
        block->is_rule = true;
        add_line(block, FORMAT("tool %s", TEXT(tool->path)));
        if (kind[0] == 'p')
            add_line(block, STR("intent resolve, tidy, chat, none"));
        add_line(block,
                 FORMAT("when %s%s%s", TEXT(str_cut(test, '%').head), TEXT(value),
                        str_starts(test, STR("%")) ? " == args.path" : ""));
        if (has_amount)
            add_line(block, FORMAT("when args.amount <= %s",
                                   TEXT(draft_literal(draft, SORT_DECIMAL))));
        if (has_more)
            add_line(block, FORMAT("when user.level == %s",
                                   TEXT(draft_literal(draft, SORT_ENUM))));
        if (kind[0] != 'f')
            add_token(draft, block);
    }
}

void draft_make(Draft *draft, Arena *arena, uint64_t seed)
{
    *draft = (Draft){.arena = arena, .dice = dice_of(seed)};
    add_parties(draft);
    add_attributes(draft);
    add_tables(draft);
    add_groups(draft);
    add_audiences(draft);
    add_intents(draft);
    for (uint32_t i = 4 + dice_roll(&draft->dice, 10); i > 0; i--)
        draft_add_rule(draft, "permit");
    for (uint32_t i = dice_roll(&draft->dice, 3); i > 0; i--)
        add_family(draft);
    for (uint32_t i = dice_roll(&draft->dice, 4); i > 0; i--)
        draft_add_rule(draft, "limit");
    for (uint32_t i = dice_roll(&draft->dice, 3); i > 0; i--)
        draft_add_rule(draft, "forbid");
}
