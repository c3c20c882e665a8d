// SPDX-License-Identifier: Apache-2.0
// layout: what each kind of record holds, and which clause of the language reads and
// writes it.
//
//   clause                  reads              writes
//   a call of a task        TASK and above     TASK: TASK_OPEN, TASK_CLOSE
//   yields L                                   TASK; PERSON, if sticky: allow, outcome
//   task has L, task.L      TASK, PERSON
//   task, subtask called    TASK               TASK: allow, outcome of a kept call
//   user, agent called      PAST               PAST: the same
//   at most, spend, settle  BUDGET             BUDGET: allow, outcome
//   require approval        APPROVAL, REVOKED  APPROVAL: asking deny, APPROVE, allow
//   require consent         CONSENT            CONSENT: CONSENT
//   rules on result         CALL, as above     CALL: outcome
//   uses, depth, a grant    CALL and above     CALL: allow, CHECK
//   a key (of a retry)      CALL               CALL: allow
//   table T live            ROW                ROW: FACTS
//   every call              REVOKED            REVOKED: REVOKE; CALL: allow
//
// All that adds records counts in USAGE, which the limits of memory read; texts that
// records share are NAMEs. tests/decisions/clause_cases.c checks the table.
//
// Every key begins with a tenant: the user's, else the agent's. What follows it:
//
//   TASK      task id                 APPROVAL  agent, user, task, tool, arguments ...
//   PERSON    user, agent             CONSENT   user, agent, what to ...
//   PAST      user; or agent          REVOKED   kind, name
//   BUDGET    budget, its keys        ROW       table, its keys
//   CALL      grant id                NAME      a text
//
// Labels and facts of a tree are those of its first task. CALL, ROW, REVOKED and NAME
// have no tenant in their keys. What a tenant's memory is used for begins with `owner`
// (usage.h).
#ifndef PROVISO_ENGINE_STATE_LAYOUT_H
#define PROVISO_ENGINE_STATE_LAYOUT_H

#include "engine/base/number.h"
#include "engine/state/store.h"

typedef enum KeptKind {
    KEPT_NAME = 1, // 0 is a dropped one
    KEPT_TASK,
    KEPT_PERSON,
    KEPT_PAST,
    KEPT_BUDGET,
    KEPT_CALL,
    KEPT_APPROVAL,
    KEPT_CONSENT,
    KEPT_REVOKED,
    KEPT_ROW,
    KEPT_USAGE,
} KeptKind;

// Texts and other bytes of a record, in a block of their own.
typedef struct Blob {
    Ref at;
    uint32_t size;
} Blob;

typedef struct Name {
    RecordHead head;
    uint32_t uses; // by other records
    uint16_t len;
    bool is_lasting; // never forgotten
    char text[];
} Name;

// What all records begin with that lie in some tenant's share of the memory.
typedef struct Owned {
    RecordHead head;
    Ref owner; // Usage; 0: nobody's
} Owned;

// A label that a tree or a person has touched: for certain, or by calls whose outcome
// is still to say.
typedef struct Label {
    Ref name;
    uint16_t pending; // calls
    uint16_t is_certain;
    uint32_t since;         // second in which it was last touched for certain
    uint32_t pending_since; // second of the last pending touch
} Label;

typedef struct Labels {
    Ref at; // Label[capacity]
    uint16_t count;
    uint16_t capacity;
} Labels;

// An earlier call, and what of it some rule may ask for. In a Facts block, one after
// another, each followed by its bytes, without regard to alignment. What failed is not
// kept.
typedef struct Fact {
    Ref layout;                // name: the tool, and what is kept of its calls
    uint32_t second;           // of the decision
    uint32_t call;             // first four bytes of the grant's id
    unsigned task : 16;        // ordinal of its task in the tree
    unsigned size : 15;        // bytes that follow
    unsigned is_in_flight : 1; // its outcome is not in
} Fact;

typedef struct Facts {
    Ref at;
    uint32_t size; // in use
    uint32_t room;
} Facts;

typedef struct Task {
    RecordHead head;
    Ref owner;
    Ref parent;        // 0: it is the first of its tree
    Ref root;          // itself, if it is the first
    Ref intent, agent; // names
    Blob texts;        // see task.h
    uint32_t number;   // in its tree; of the first: that of the newest
    int64_t opened;    // wall
    // On the state's own clock:
    int64_t opened_at;
    int64_t ends;   // never after its parent
    uint16_t depth; // tasks above it
    bool is_closed;
    // Of the first of a tree:
    Labels labels;
    Facts facts;
} Task;

typedef struct Person {
    RecordHead head;
    Ref owner;
    Labels labels;
} Person;

typedef struct Past {
    RecordHead head;
    Ref owner;
    Facts facts; // oldest first
} Past;

// What was spent at one moment, or, after neighbours were merged, until then.
typedef struct BudgetEntry {
    int64_t tick;
    int64_t reserved;
    Decimal amount;
} BudgetEntry;

// A value that counts once, and how many calls used it.
typedef struct BudgetValue {
    StateKey value;
    int64_t tick; // of the last use
    uint64_t uses;
} BudgetValue;

typedef struct Budget {
    RecordHead head;
    Ref owner;
    Ref at; // with a window BudgetEntry, for `distinct` BudgetValue
    uint16_t count;
    uint16_t capacity;
    uint32_t reserved;
    Decimal spent; // without a window: all of it
    Decimal sum;   // of the entries
} Budget;

typedef enum CallStatus {
    CALL_IN_FLIGHT,
    CALL_SUCCEEDED,
    CALL_FAILED,
    CALL_WITHHELD
} CallStatus;

// What a call was granted.
typedef struct Call {
    RecordHead head;
    Ref owner;
    Ref task;                          // 0: outside any
    Ref parent;                        // Call of the grant that was presented; 0: none
    Ref agent, audience, tool, issuer; // names
    uint32_t uses;                     // left
    uint16_t depth;
    uint8_t status; // CallStatus
    uint8_t reserved;
    uint32_t ttl;       // seconds
    int64_t granted;    // wall
    int64_t ends;       // on the state's own clock
    StateKey arguments; // of the bound arguments and their names
    StateKey request;   // what tells the request from others under its key
    Blob texts;         // see call.h
} Call;

enum { APPROVERS_MAX = 8 };
typedef struct Approval {
    RecordHead head;
    Ref owner;
    uint32_t count;
    struct {
        int64_t at; // on the state's own clock
        Ref by;     // name
    } given[APPROVERS_MAX];
    Blob texts; // see approval.h
} Approval;

typedef struct Consent {
    RecordHead head;
    Ref owner;
    int64_t at; // on the state's own clock
} Consent;

typedef struct Revoked {
    RecordHead head;
    int64_t wall;
} Revoked;

typedef struct Row {
    RecordHead head;
    Ref owner;
    Blob cells;
    Ref layout; // name: how they are packed
} Row;

// What there is of a tenant. It counts what is there, and is never saved.
typedef struct Usage {
    RecordHead head;
    uint64_t bytes;
    uint32_t tasks; // neither closed nor forgotten
    uint32_t reserved;
} Usage;

#endif
