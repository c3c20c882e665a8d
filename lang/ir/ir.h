// SPDX-License-Identifier: Apache-2.0
// ir: a checked policy. What lang/check makes from syntax trees, lang/opt improves, and
// lang/emit turns into a bundle.
//
// Everything here is resolved: things refer to each other by number (position in the
// arrays of Program), names are kept for messages and explanations. All memory is the
// compilation's arena. Strings are not yet numbered; that is emit's work.
#ifndef PROVISO_LANG_IR_IR_H
#define PROVISO_LANG_IR_IR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/scalar.h"
#include "engine/base/str.h"
#include "engine/bytecode/bytecode.h"
#include "lang/check/type.h"
#include "lang/ir/scene.h"
#include "lang/source/source.h"

typedef struct Arena Arena;
typedef struct Buf Buf;

// ---- values and expressions ----

typedef struct Const Const;
struct Const {
    const Type *type;
    int64_t number; // BOOL INT DURATION TIME
    Decimal decimal;
    Str text;
    Ip ip;              // IP NET
    const Const *items; // SET LIST TUPLE RECORD
    uint32_t count;
};

typedef enum IrOp {
#define IR(name, text) IR_##name,
#include "lang/ir/ir.def"
#undef IR
} IrOp;

typedef struct Expr Expr;
struct Expr {
    uint8_t op;          // IrOp
    uint8_t may_unknown; // can be unknown at run time
    uint8_t may_absent;  // can be absent
    uint8_t is_agent;    // IN_GROUP
    uint8_t is_nocase;   // CONST: texts of a `nocase` column, in lower case
    uint32_t number; // slot, memo, depth, field, group, table, builtin: as ir.def says
    const Type *type;
    Span span;
    const Const *value; // CONST
    uint32_t arg_count;
    Expr **args;
};

// ---- what a policy declares ----

typedef struct Slot {
    Str name;  // "user.department"
    Str field; // "department"
    const Type *type;
    uint8_t root;    // SLOT_ROOT_...
    uint8_t flags;   // SLOT_CERTAIN ...
    uint8_t of;      // ATTRIBUTE_...
    uint32_t column; // SLOT_FROM_TABLE
} Slot;

// What a schema says beyond the type. Lists and records have a tree of these beside the
// type.
typedef struct Schema Schema;
typedef struct SchemaField {
    Str name;
    const Schema *schema;
    bool is_required;
    // for the one-tenant check: a table with a tenant column, or NONE
    uint32_t tenant_table;
    bool is_tenant_shared;
    // arguments and parameters themselves: which slots they fill
    const BundleFill *fills;
    uint32_t fill_count;
} SchemaField;
struct Schema {
    const Type *type;
    uint32_t flags;  // SCHEMA_...
    uint32_t format; // FORMAT_...
    uint32_t key_of; // table, or NONE
    const Schema *element;
    SchemaField *fields; // ascending by name
    uint32_t field_count;
    const Const *values; // allowed values
    uint32_t value_count;
    const Const *low; // bounds, as BundleSchema says; NULL
    const Const *high;
};

typedef struct Issuer {
    Str name;
    Str uri;
    bool is_bearer;
} Issuer;
typedef struct Gateway {
    Str name;
    Str uri;
    uint32_t *accepts;
    uint32_t accept_count;
} Gateway;
typedef struct Group {
    Str name;
    bool is_from_request;
    Str *users; // ids, after transitive closure, ascending
    uint32_t user_count;
    uint32_t *agents; // numbers
    uint32_t agent_count;
} Group;
typedef struct Agent {
    Str name, id, tenant, client; // tenant, client: empty at == none
    Str *tags;                    // ascending
    uint32_t tag_count;
    uint32_t table, row; // or NONE
    bool is_shared;
} Agent;
typedef struct Family {
    Str name;
    uint32_t tool, tool_count;
} Family;
typedef struct Audience {
    Str name, uri, tenant;
    uint32_t family;
    bool is_shared, is_checked;
} Audience;
// Memory: what a call of a tool touches, and what is kept of it because some pattern
// asks. `is_after`: it reads what the call returned.
typedef struct PolicyLabel {
    Str name; // a level of an ordered one: "author.guest"
    bool is_sticky;
} PolicyLabel;
typedef struct Yield {
    uint32_t label;
    Expr *when; // NULL: always
    bool is_after;
} Yield;
typedef struct Keep {
    Expr *value;
    bool is_after;
    uint64_t fields; // as BundleKeep
} Keep;
typedef struct ToolLet {
    Str name;
    Expr *value;
} ToolLet;
typedef struct Tool {
    Str name, full;
    uint32_t family;
    Schema *args;
    const Schema *result; // NULL: none declared
    Str *scope;
    uint32_t scope_count;
    Str *tags;
    uint32_t tag_count; // ascending
    bool is_pinned;
    uint8_t pin[32];
    Yield *yields;
    uint32_t yield_count;
    Keep *keeps; // no two alike
    uint32_t keep_count;
    bool is_kept_in_task;
    int64_t user_past, agent_past; // ns; 0: not kept
    Span span;
} Tool;
typedef struct Who {
    uint32_t kind;
    uint32_t number;
    Str text;
} Who; // WHO_...; text: a tag or user id
typedef struct EnvelopeTool {
    uint32_t tool, audience;
} EnvelopeTool;
typedef struct Delegate {
    uint32_t intent;
    Expr *when; // NULL: always
} Delegate;
typedef struct Intent {
    Str name;
    Schema *params;
    Who *agents;
    uint32_t agent_count;
    Who *users;
    uint32_t user_count;
    EnvelopeTool *tools;
    uint32_t tool_count;
    int64_t within; // ns; 0: not said
    uint32_t depth;
    uint32_t *under; // intents, ascending; none: it need not be a sub-task
    uint32_t under_count;
    Delegate *delegates;
    uint32_t delegate_count;
    int64_t inherits; // ns; 0: not said
    Span span;
} Intent;
typedef struct Column {
    Str name;
    const Type *type;
    bool is_optional, is_nocase;
} Column;
typedef struct Table {
    Str name;
    uint32_t key_count; // the first columns are the key, in the order of `key a, b`
    Column *columns;
    uint32_t column_count;
    const Const **cells; // row by row; NULL = empty
    uint32_t row_count;
    uint32_t tenant; // column, or NONE
    Schema *row;     // of a live table, whose rows are in the state: a row; NULL
    Span span;
} Table;

// A `let` of tools: each tool has its own expression under one name and type.
typedef struct MemoTool {
    uint32_t tool;
    Expr *value;
} MemoTool;
// `task called T(...)`: which earlier calls are looked at.
typedef struct Pattern {
    uint32_t tool;
    uint32_t scope; // PATTERN_...
    int64_t within; // ns; 0: whenever
} Pattern;
typedef struct Memo {
    Str name; // "tool.cost"
    const Type *type;
    Expr *value;            // NULL with tools
    const Pattern *pattern; // not NULL: whether some earlier call fulfils `value`,
                            // which reads KEPT
    MemoTool *tools;
    uint32_t tool_count;
} Memo;

// ---- rules ----

// One dimension of a head: any of these. Dim as in bytecode.h (never DIM_EQUAL here);
// a name or group is its number, a tag, user id, tenant or resource type its text;
// `none` has the number ATOM_ABSENT.
typedef struct HeadAtom {
    Dim dim;
    uint32_t number;
    Str text;
} HeadAtom;
// A clause of a head: the rule applies if one of the atoms does. A name of one tool of
// one audience of a family is two atoms at once: then `audience` is not NONE.
typedef struct HeadTerm {
    HeadAtom atom;
    uint32_t audience;
} HeadTerm;
typedef struct Head {
    HeadTerm *terms;
    uint32_t count;
    Span span;
} Head;

typedef struct Condition {
    Expr *expr;
    bool is_unless;
    Span span;
} Condition;

typedef struct Token {
    uint32_t says;          // TOKEN_...
    int64_t ttl, revocable; // ns
    uint32_t uses, depth, sender, acr;
    Str *scope;
    uint32_t scope_count;
    Str *audience;
    uint32_t audience_count;
    Str *free;
    uint32_t free_count;
    Str tenant;
} Token;

typedef struct Requirement {
    uint32_t kind; // REQUIRE_...
    uint32_t of;   // as BundleRequirement
    uint32_t count;
    int64_t within;
} Requirement;

typedef struct PolicyBudget {
    Str name;      // "deletions"; of a rule's own "payments.1"
    uint32_t kind; // BUDGET_OF_...
    uint32_t per;  // PER_...
    Expr *most;    // decimal
    Expr **keys;
    uint32_t key_count;
    int64_t window; // ns; 0: for ever
    Expr **distinct;
    uint32_t distinct_count;
    Span span;
} PolicyBudget;

typedef struct Spend {
    uint32_t budget;
    Expr *amount; // decimal; NULL: 1
    Expr *settle; // decimal; NULL
} Spend;

typedef struct Rule {
    uint8_t kind; // RULE_...
    bool is_observe, is_intent_none;
    Str name;
    Span span;
    Head *heads;
    uint32_t head_count; // a conjunction
    Condition *conditions;
    uint32_t condition_count; // a conjunction
    Token token;
    Requirement *requirements;
    uint32_t requirement_count;
    Spend *spends;
    uint32_t spend_count;
    Expr *across_agent, *across_user, *across_audience; // NULL: not named
    bool is_across;
    Str because, doc;
    Str *controls;
    uint32_t control_count;
} Rule;

typedef struct Program {
    Str package;
    Slot *slots;
    uint32_t slot_count; // the fixed ones first
    Issuer *issuers;
    uint32_t issuer_count;
    Gateway *gateways;
    uint32_t gateway_count;
    Group *groups;
    uint32_t group_count;
    Agent *agents;
    uint32_t agent_count;
    Family *families;
    uint32_t family_count;
    Audience *audiences;
    uint32_t audience_count;
    Tool *tools;
    uint32_t tool_count; // a family's tools are neighbours
    Intent *intents;
    uint32_t intent_count;
    Table *tables;
    uint32_t table_count;
    uint32_t users_table; // or NONE
    Memo *memos;
    uint32_t memo_count;
    Rule *rules;
    uint32_t rule_count;
    Str *acrs;
    uint32_t acr_count; // weakest first
    PolicyLabel *labels;
    uint32_t label_count;
    PolicyBudget *budgets;
    uint32_t budget_count;
    Test *tests; // in the order in which they stand
    uint32_t test_count;
} Program;

// The name of an operation: "AND".
const char *ir_name(IrOp op);
// Two constants of one kind with the same value.
bool ir_const_same(const Const *a, const Const *b);
// A rough count of the steps that evaluation takes at worst, for choosing an order.
uint32_t ir_cost(const Expr *expr);

// The expression as an author would write it, for dumps, goldens and explanations. What
// `share` has moved into a memo is written in its place.
void ir_format(Buf *buf, const Program *program, const Expr *expr);
// The same with {0} {1} ... for the constants that are not within a memo, numbered in
// the order in which a walk meets them: operands from first to last.
void ir_format_template(Buf *buf, const Program *program, const Expr *expr);
// A constant as an author would write it.
void ir_format_const(Buf *buf, const Const *value);

// Puts the rules in the order of their names and takes conditions apart at `and` (at
// `or` after `unless`), so that nothing depends on the order of files or on how a
// conjunction was written. Twice is the same as once.
void ir_normalize(Program *program, Arena *arena);

// How deep each memo nests: 1 reads no other, 2 reads some of those ...
uint32_t *ir_memo_depths(const Program *program, Arena *arena);

// The whole program as text.
void ir_dump(Buf *buf, const Program *program);
// Aborts (CHECK) unless types, operand counts and numbers fit together everywhere.
void ir_check(const Program *program);

#endif
