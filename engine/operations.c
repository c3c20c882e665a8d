// SPDX-License-Identifier: Apache-2.0
// The operations beside decisions: bodies taken apart, the pure functions of decide/
// called, changes kept, answers written.
#include <string.h>

#include "engine/decide/check.h"
#include "engine/decide/live_set.h"
#include "engine/decide/open.h"
#include "engine/decide/outcome.h"
#include "engine/decide/people.h"
#include "engine/session.h"
#include "engine/vm/arg_char.h"
#include "engine/wire/answer_encode.h"

// ---- bodies: a map of text keys ----

typedef enum MemberKind {
    MEMBER_TEXT,
    MEMBER_ID,
    MEMBER_BOOL,
    MEMBER_TIME,
    MEMBER_BYTES,
    MEMBER_NODE,
    MEMBER_LIST,
    MEMBER_TEXTS
} MemberKind;

typedef struct Member {
    const char *name;
    MemberKind kind;
    bool is_needed;
    size_t at; // offset in Body
} Member;

enum { ID_SIZE = 16 };

// All that the bodies can say.
typedef struct Body {
    uint8_t grant[ID_SIZE], id[ID_SIZE];
    Str tenant, task, by, kind, name, audience, tool, presenter, request, table;
    bool is_ok, consumes, withdraws;
    int64_t before;
    const CborNode *result, *args, *rows, *remove;
    uint32_t label_count;
    Str labels[OUTCOME_LABELS];
} Body;

static bool take_texts(const CborNode *node, Body *body)
{
    if (node->item.kind != CBOR_ARRAY || node->item.number > OUTCOME_LABELS)
        return false;
    const CborNode *item = node + 1;
    for (uint64_t i = 0; i < node->item.number; i++, item = cbor_after(item)) {
        if (item->item.kind != CBOR_TEXT)
            return false;
        body->labels[body->label_count++] = item->item.bytes;
    }
    return true;
}

static bool take(const Member *member, const CborNode *node, Body *body)
{
    const CborItem *item = &node->item;
    void *to = (char *)body + member->at;
    switch (member->kind) {
    case MEMBER_TEXT:
        memcpy(to, &item->bytes, sizeof item->bytes);
        return item->kind == CBOR_TEXT;
    case MEMBER_BYTES:
        memcpy(to, &item->bytes, sizeof item->bytes);
        return item->kind == CBOR_BYTES;
    case MEMBER_ID:
        return item->kind == CBOR_TEXT && char_read_hex(item->bytes, to, ID_SIZE);
    case MEMBER_BOOL: {
        bool truth = item->number == 1;
        memcpy(to, &truth, sizeof truth);
        return item->kind == CBOR_BOOL;
    }
    case MEMBER_TIME: {
        const uint64_t most = INT64_MAX / 1000000000;
        int64_t time =
            (int64_t)(item->number < most ? item->number : most) * 1000000000;
        memcpy(to, &time, sizeof time);
        return item->kind == CBOR_UINT;
    }
    case MEMBER_NODE:
        memcpy(to, &node, sizeof node);
        return item->kind == CBOR_MAP;
    case MEMBER_LIST:
        memcpy(to, &node, sizeof node);
        return item->kind == CBOR_ARRAY;
    case MEMBER_TEXTS:
        return take_texts(node, body);
    }
    unreachable_bug();
}

static const Member *find_member(const Member *members, Str name, uint64_t *bit)
{
    *bit = 1;
    for (; members->name; members++, *bit <<= 1)
        if (str_eq(str_from_c(members->name), name))
            return members;
    return NULL;
}

// Reads the body. False: *problem names the member, or is empty if it is no such map at
// all.
static bool read_body(ProvisoSession *session, const ProvisoCall *call,
                      const Member *members, Body *body, Str *problem)
{
    uint64_t seen = 0, bit = 1;
    *body = (Body){0};
    *problem = STR("");
    if (cbor_read_tree(&session->tree, (Str){call->body, call->body_len}) !=
            STATUS_OK ||
        session->tree.nodes->item.kind != CBOR_MAP)
        return false;
    const CborNode *key = session->tree.nodes + 1;
    for (uint64_t i = 0; i < session->tree.nodes->item.number;
         i++, key = cbor_after(key + 1)) {
        *problem = key->item.kind == CBOR_TEXT ? key->item.bytes
                                               : STR("a key that is no text");
        const Member *member = find_member(members, *problem, &bit);
        if (!member || !take(member, key + 1, body))
            return false;
        seen |= bit;
    }
    bit = 1;
    for (; members->name; members++, bit <<= 1) {
        *problem = str_from_c(members->name);
        if (members->is_needed && !(seen & bit))
            return false;
    }
    return true;
}

#define MEMBER(field, kind, is_needed)                                                 \
    {                                                                                  \
#field, MEMBER_##kind, is_needed, offsetof(Body, field)                        \
    }

// ---- the operations ----

typedef struct Operating {
    ProvisoSession *session;
    const ProvisoCall *call;
    Moment now;
    Buf *changes;
    Body body;
    bool is_ready; // its changes can be applied
    bool is_done;
    Code code;
    Str detail;
    int64_t ends;    // of an opened task
    Refusal refusal; // whose text `detail` may be
} Operating;

static void do_open(Operating *of)
{
    ProvisoSession *session = of->session;
    request_decode_open(session->request, (Str){of->call->body, of->call->body_len},
                        session_gateway(session, of->call));
    session_check_gateway(session, of->call);
    open_task(session->decider, session->request, of->now, session_state(session),
              &session->answer, of->changes, &of->ends);
    of->is_done = session->answer.allow;
    of->code = session->answer.code;
    of->detail = session->answer.detail;
}

static void do_close(Operating *of)
{
    of->is_done = close_task(session_state(of->session), of->now, of->body.tenant,
                             of->body.task, of->changes);
    of->code = CODE_TASK;
    of->detail = STR("task: is not known");
}

static void do_outcome(Operating *of)
{
    ProvisoSession *session = of->session;
    OutcomeReport report = {.is_ok = of->body.is_ok,
                            .has_result = of->body.result != NULL,
                            .gateways = of->call->gateways,
                            .gateway_count = of->call->gateway_count,
                            .label_count = of->body.label_count};
    memcpy(report.grant, of->body.grant, sizeof report.grant);
    memcpy(report.labels, of->body.labels, sizeof report.labels);
    if (report.has_result)
        report.result = cbor_raw(of->body.result);
    report_outcome(session->decider, session->request, of->now, session_state(session),
                   &report, &session->answer, of->changes);
    of->is_done = session->answer.allow;
    of->code = session->answer.code;
    of->detail = session->answer.detail;
}

static void do_approve(Operating *of)
{
    of->is_done =
        approve(of->session->bundle, session_state(of->session), of->now, of->body.id,
                of->body.by, &of->code, &of->detail, of->changes);
}

static void do_consent(Operating *of)
{
    ProvisoSession *session = of->session;
    request_decode(session->request, of->body.request,
                   session_gateway(session, of->call));
    of->is_done =
        consent(session->decider, session->request, of->now, session_state(session),
                of->body.by, of->body.withdraws, &of->code, &of->detail, of->changes);
}

static void do_revoke(Operating *of)
{
    of->is_done = revoke(session_state(of->session), of->body.tenant, of->body.kind,
                         of->body.name, of->body.before, of->changes);
    of->code = CODE_MALFORMED;
    of->detail = STR("kind, name: not something that can be revoked");
}

static void do_check(Operating *of)
{
    GrantUse use = {.audience = of->body.audience,
                    .tool = of->body.tool,
                    .args = of->body.args,
                    .presenter = of->body.presenter,
                    .consumes = of->body.consumes};
    memcpy(use.grant, of->body.grant, sizeof use.grant);
    of->is_done = check_grant(of->session->bundle, session_state(of->session), of->now,
                              &use, &of->code, &of->detail, of->changes);
}

static void do_facts(Operating *of)
{
    ProvisoSession *session = of->session;
    LiveRows rows = {of->body.table, of->body.rows, of->body.remove};
    of->is_done = live_set(session->bundle, session_state(session), &rows,
                           &session->request->pool, of->changes, &of->refusal);
    of->code = of->refusal.code;
    of->detail = refusal_detail(&of->refusal);
}

typedef struct Row {
    void (*perform)(Operating *of);
    bool is_safer;     // makes things safer, so it may go over the limit of the memory
    Member members[8]; // none: a request
} Row;

static const Row ROWS[] = {
    [PROVISO_DO_TASK_OPEN] = {do_open, false, {{0}}},
    [PROVISO_DO_TASK_CLOSE] = {do_close,
                               true,
                               {MEMBER(task, TEXT, true), MEMBER(tenant, TEXT, false)}},
    [PROVISO_DO_OUTCOME] = {do_outcome,
                            true,
                            {MEMBER(grant, ID, true),
                             {"ok", MEMBER_BOOL, true, offsetof(Body, is_ok)},
                             MEMBER(result, NODE, false),
                             MEMBER(labels, TEXTS, false)}},
    [PROVISO_DO_APPROVE] = {do_approve,
                            false,
                            {MEMBER(id, ID, true), MEMBER(by, TEXT, true)}},
    [PROVISO_DO_CONSENT] = {do_consent,
                            false,
                            {MEMBER(by, TEXT, true),
                             MEMBER(request, BYTES, true),
                             {"withdraw", MEMBER_BOOL, false,
                              offsetof(Body, withdraws)}}},
    [PROVISO_DO_REVOKE] = {do_revoke,
                           true,
                           {MEMBER(kind, TEXT, true), MEMBER(name, TEXT, false),
                            MEMBER(tenant, TEXT, false), MEMBER(before, TIME, false)}},
    [PROVISO_DO_CHECK] = {do_check,
                          true,
                          {MEMBER(grant, ID, true),
                           MEMBER(audience, TEXT, false),
                           MEMBER(tool, TEXT, false),
                           MEMBER(args, NODE, false),
                           MEMBER(presenter, TEXT, false),
                           {"consume", MEMBER_BOOL, false, offsetof(Body, consumes)}}},
    [PROVISO_DO_FACTS] = {do_facts,
                          false,
                          {MEMBER(table, TEXT, true), MEMBER(rows, LIST, false),
                           MEMBER(remove, LIST, false)}},
};

static void perform(Operating *of, ProvisoOperation operation)
{
    const Row *row = &ROWS[operation];
    Str problem;
    if (row->members[0].name &&
        !read_body(of->session, of->call, row->members, &of->body, &problem)) {
        of->code = CODE_MALFORMED;
        of->detail = problem.len > 0 ? problem : STR("not an object");
        return;
    }
    of->is_ready =
        session_prepare(of->session, of->now, row->is_safer || of->body.withdraws);
    row->perform(of);
}

ProvisoStatus proviso_session_operate(ProvisoSession *session,
                                      ProvisoOperation operation,
                                      const ProvisoCall *call, void *out,
                                      size_t capacity, size_t *len,
                                      ProvisoVerdict *verdict)
{
    Moment now = session_moment(session, call);
    Buf changes = session_begin_changes(session), body = buf_fixed(out, capacity);
    Operating of = {.session = session, .call = call, .now = now, .changes = &changes};
    session->answer.rule_count = 0;
    perform(&of, operation);
    Str view = buf_view(&changes);
    bool is_kept =
        !changes.failed && session_keep(session, now, of.is_ready, view, of.is_done);
    if (!is_kept ||
        (of.is_done && !session->memory)) { // a result is withheld, and that kept, too
        of.is_done = false;
        of.code = CODE_UNAVAILABLE;
        of.detail = session_not_kept(session, of.is_ready);
    }
    operation_encode(&body, session->bundle,
                     &(OperationAnswer){.is_done = of.is_done,
                                        .code = of.code,
                                        .detail = of.detail,
                                        .ends = of.ends,
                                        .rules = session->answer.rules,
                                        .rule_count = session->answer.rule_count});
    *len = body.len;
    *verdict = (ProvisoVerdict){.allow = of.is_done, .code = (uint32_t)of.code};
    return body.failed ? PROVISO_SPACE : PROVISO_OK;
}
