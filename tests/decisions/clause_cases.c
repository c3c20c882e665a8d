// SPDX-License-Identifier: Apache-2.0
// The table of engine/state/layout.h: which records a clause of the language reads and
// writes. A kind is read if without its records the decision is another one.
#include "engine/session.h"
#include "engine/state/layout.h"
#include "tests/decisions/memory_unit.h"

enum { KINDS = KEPT_USAGE };

#define KIND(name) (1u << KEPT_##name)

static const char POLICY[] =
    "package clauses\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\"  accepts okta }\n"
    "agent bot { id \"bot\"  tenant \"acme\" }\n"
    "group staff { \"ann\" }\n"
    "label stain, tar sticky\n"
    "table desks live key id { id: string }\n"
    "audience crm { uri \"https://crm.example/mcp\"  tenant \"acme\"\n"
    "  tool soil() { yields stain }  tool dry()  tool tell()  tool told()\n"
    "  tool dive() { yields tar }  tool wipe()  tool look()  tool seen()\n"
    "  tool buy()  tool sign()  tool agree()  tool sit()  tool plain() }\n"
    "intent work() { tools crm.soil, crm.dry, crm.tell, crm.told  within 1h }\n"
    "permit in_task { intent work  tool crm.soil, crm.dry, crm.tell, crm.told }\n"
    "permit outside { intent none\n"
    "  tool crm.dive, crm.wipe, crm.look, crm.seen, crm.plain }\n"
    "forbid dry  { tool crm.dry   when task has stain }\n"
    "forbid wipe { tool crm.wipe  when task has tar }\n"
    "forbid told { tool crm.told  when task called crm.tell() }\n"
    "forbid seen { tool crm.seen  when user called crm.look() last 1h }\n"
    "permit buy   { intent none  tool crm.buy    at most 1 per user per 1h }\n"
    "permit sign  { intent none  tool crm.sign   require approval from staff within 1h "
    "}\n"
    "permit agree { intent none  tool crm.agree  require consent to tool within 1h }\n"
    "permit sit   { intent none  tool crm.sit    when known(desks[\"d\"].id) }\n";

typedef struct Clause {
    const char *what;
    const char *before[3]; // steps
    const char *tool;      // the call that is judged
    const char *verdict;
    uint32_t reads, writes; // KIND; of writes without CALL
} Clause;

static const Clause CLAUSES[] = {
    {"task has L", {"open", "t soil"}, "t dry", "forbidden", KIND(TASK), KIND(TASK)},
    {"task has L, sticky", {"dive"}, "wipe", "forbidden", KIND(PERSON), KIND(PERSON)},
    {"task called", {"open", "t tell"}, "t told", "forbidden", KIND(TASK), KIND(TASK)},
    {"user called", {"look"}, "seen", "forbidden", KIND(PAST), KIND(PAST)},
    {"at most", {"buy"}, "buy", "budget", KIND(BUDGET), KIND(BUDGET)},
    {"require approval",
     {"sign", "approve"},
     "sign",
     "allow",
     KIND(APPROVAL),
     KIND(APPROVAL)},
    {"require consent",
     {"consent agree"},
     "agree",
     "allow",
     KIND(CONSENT),
     KIND(CONSENT)},
    {"table T live", {"facts"}, "sit", "allow", KIND(ROW), KIND(ROW)},
    {"revoked", {"revoke"}, "plain", "revoked", KIND(REVOKED), KIND(REVOKED)},
    {"key", {"k buy"}, "k buy", "allow", KIND(CALL), KIND(BUDGET)},
};

// ---- steps ----

// "tool", "t tool" in the task, "k tool" under a key.
static Str body_of(Point *point, const char *call)
{
    bool is_plain = call[1] != ' ';
    const char *more = is_plain         ? ""
                       : call[0] == 't' ? "\"task\":\"t\","
                                        : "\"key\":\"k\",";
    Str rest = arena_format(
        &point->arena, "%s\"audience\":\"https://crm.example/mcp\",\"tool\":\"%s\"",
        more, is_plain ? call : call + 2);
    return point_request(point, "bot", rest.at);
}

static void consent(Point *point, const char *tool)
{
    TranscodeError error;
    Buf request = buf_on(&point->arena), body = buf_on(&point->arena);
    ck_assert_int_eq(
        transcode_request(&point->arena, body_of(point, tool), &request, &error),
        STATUS_OK);
    cbor_write_map(&body, 2);
    cbor_write_text(&body, STR("by"));
    cbor_write_text(&body, STR("ada"));
    cbor_write_text(&body, STR("request"));
    cbor_write_bytes(&body, buf_view(&request));
    ProvisoCall call = point_call(point, buf_view(&body));
    char out[1024];
    size_t len;
    ProvisoVerdict verdict;
    ck_assert_int_eq(proviso_session_operate(point->session, PROVISO_DO_CONSENT, &call,
                                             out, sizeof out, &len, &verdict),
                     PROVISO_OK);
    ck_assert(verdict.allow);
}

static void approve(Point *point)
{
    const char *at = strstr(point->answer, "\"id\":\"");
    ck_assert_ptr_nonnull(at);
    Str yes = arena_format(&point->arena, "{\"id\":\"%.32s\",\"by\":\"ann\"}", at + 6);
    ck_assert_str_eq(point_do(point, PROVISO_DO_APPROVE, yes), "allow");
}

static void step(Point *point, const char *what)
{
    if (strcmp(what, "open") == 0)
        point_do(
            point, PROVISO_DO_TASK_OPEN,
            point_request(point, "bot", "\"task\":{\"id\":\"t\",\"intent\":\"work\"}"));
    else if (strcmp(what, "approve") == 0)
        approve(point);
    else if (strcmp(what, "facts") == 0)
        point_do(point, PROVISO_DO_FACTS,
                 STR("{\"table\":\"desks\",\"rows\":[{\"id\":\"d\"}]}"));
    else if (strcmp(what, "revoke") == 0)
        point_do(point, PROVISO_DO_REVOKE,
                 STR("{\"kind\":\"agent\",\"name\":\"bot\"}"));
    else if (strncmp(what, "consent ", 8) == 0)
        consent(point, what + 8);
    else
        point_ask(point, body_of(point, what));
}

static void begin(Point *point, const Clause *clause)
{
    point_start(point, POLICY);
    for (size_t i = 0; i < 3 && clause->before[i]; i++)
        step(point, clause->before[i]);
}

// ---- records ----

typedef struct Records {
    uint8_t kind;
    const Store *store;
    uint32_t count;
    Ref at[8];
} Records;

static void collect(void *context, Ref ref)
{
    Records *records = context;
    const RecordHead *record = store_at(records->store, ref);
    if (record->kind == records->kind && records->count < 8)
        records->at[records->count++] = ref;
}

static void drop_kind(Point *point, uint8_t kind)
{
    Store *store = &point->memory->state.store;
    Records records = {.kind = kind, .store = store};
    store_each(store, collect, &records);
    for (uint32_t i = 0; i < records.count; i++)
        store_drop(store, records.at[i]);
}

static bool is_told(uint8_t kind)
{
    return kind != KEPT_NAME && kind != KEPT_USAGE;
}

START_TEST(without_what_it_reads_it_is_another)
{
    for (size_t i = 0; i < sizeof CLAUSES / sizeof CLAUSES[0]; i++) {
        const Clause *clause = &CLAUSES[i];
        for (uint8_t kind = 1; kind <= KINDS; kind++) {
            Point point;
            if (!is_told(kind))
                continue;
            begin(&point, clause);
            drop_kind(&point, kind);
            const char *verdict = point_ask(&point, body_of(&point, clause->tool));
            bool is_read = strcmp(verdict, clause->verdict) != 0;
            ck_assert_msg(is_read == (clause->reads >> kind & 1),
                          "`%s` without kind %u: %s", clause->what, kind, verdict);
            point_stop(&point);
        }
    }
}
END_TEST

START_TEST(it_leaves_what_it_writes)
{
    for (size_t i = 0; i < sizeof CLAUSES / sizeof CLAUSES[0]; i++) {
        const Clause *clause = &CLAUSES[i];
        Point point;
        begin(&point, clause);
        ck_assert_str_eq(point_ask(&point, body_of(&point, clause->tool)),
                         clause->verdict);
        for (uint8_t kind = 1; kind <= KINDS; kind++) {
            Records records = {.kind = kind, .store = &point.memory->state.store};
            if (!is_told(kind) || kind == KEPT_CALL)
                continue;
            store_each(records.store, collect, &records);
            ck_assert_msg((records.count > 0) == (clause->writes >> kind & 1),
                          "`%s` leaves %u of kind %u", clause->what, records.count,
                          kind);
        }
        point_stop(&point);
    }
}
END_TEST

UNIT_MAIN("clauses", without_what_it_reads_it_is_another, it_leaves_what_it_writes)
