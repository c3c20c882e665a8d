// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/eval.h"

#include <string.h>

#include "engine/base/bug.h"
#include "engine/base/buf.h"
#include "engine/vm/arg_email.h"
#include "engine/vm/arg_path.h"
#include "engine/vm/arg_shell.h"
#include "engine/vm/arg_sql.h"
#include "engine/vm/arg_text.h"
#include "engine/vm/arg_url.h"

// The elements that enclosing `all` and `any` stand at, the innermost first.
typedef struct Frame Frame;
struct Frame {
    const Val *element;
    const Frame *outer;
};

static Val walk(const Call *call, const Frame *frame, const Expr *expr);

static Val eval_not(Val value)
{
    return value.standing == IS_KNOWN ? val_bool(!value.number) : value;
}

// Strong Kleene: one `decisive` operand decides, whatever the others are.
static Val combine(Val a, Val b, bool decisive)
{
    if (val_is(a, decisive) || val_is(b, decisive))
        return val_bool(decisive);
    if (a.standing == IS_KNOWN && b.standing == IS_KNOWN)
        return val_bool(!decisive);
    return val_merge(a, b);
}

static Val eval_logic(const Call *call, const Frame *frame, const Expr *expr)
{
    bool decisive = expr->op == IR_OR;
    Val result = val_bool(!decisive);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        result = combine(result, walk(call, frame, expr->args[i]), decisive);
    return result;
}

static Val eval_quantified(const Call *call, const Frame *frame, const Expr *expr)
{
    bool decisive = expr->op == IR_ANY;
    Val list = walk(call, frame, expr->args[0]);
    if (list.standing != IS_KNOWN)
        return list;
    Val result = val_bool(!decisive);
    for (uint32_t i = 0; i < list.count; i++) {
        Frame inner = {&list.items[i], frame};
        result = combine(result, walk(call, &inner, expr->args[1]), decisive);
    }
    return result;
}

// Texts from a `nocase` column compare without case.
static bool is_nocase(const Call *call, const Expr *expr)
{
    if (expr->op == IR_ELSE)
        return is_nocase(call, expr->args[0]) || is_nocase(call, expr->args[1]);
    if (expr->op != IR_COLUMN)
        return false;
    const Table *table = &call->program->tables[expr->args[0]->type->bare->table];
    return table->columns[expr->number].is_nocase;
}

static Val eval_in_list(const Call *call, const Expr *expr, Val value, Val list)
{
    if (value.standing != IS_KNOWN || list.standing != IS_KNOWN)
        return val_merge(value, list);
    Kind kind = type_kind(expr->args[0]->type);
    Val result = val_bool(false);
    for (uint32_t i = 0; i < list.count; i++) {
        Val same = list.items[i];
        if (same.standing == IS_KNOWN)
            same =
                val_bool(val_same(kind, value, same, is_nocase(call, expr->args[0])));
        result = combine(result, same, true);
    }
    return result;
}

static Val compare(const Call *call, const Expr *expr, Val a, Val b)
{
    Kind kind = type_kind(expr->args[0]->type);
    bool nocase = is_nocase(call, expr->args[0]) || is_nocase(call, expr->args[1]);
    if (expr->op == IR_EQ)
        return val_bool(val_same(kind, a, b, nocase));
    int order = val_order(kind, a, b);
    return val_bool(expr->op == IR_LT ? order < 0 : order <= 0);
}

static Val calculate_decimal(const Expr *expr, Val a, Val b)
{
    Decimal out;
    bool fits = expr->op == IR_ADD   ? decimal_add(a.decimal, b.decimal, &out)
                : expr->op == IR_SUB ? decimal_sub(a.decimal, b.decimal, &out)
                                     : decimal_mul(a.decimal, b.decimal, &out);
    return fits ? val_decimal(out) : val_unknown();
}

static Val calculate(const Expr *expr, Val a, Val b)
{
    if (type_kind(expr->type) == KIND_DECIMAL)
        return calculate_decimal(expr, a, b);
    int64_t out = 0;
    bool too_large =
        expr->op == IR_ADD   ? __builtin_add_overflow(a.number, b.number, &out)
        : expr->op == IR_SUB ? __builtin_sub_overflow(a.number, b.number, &out)
                             : __builtin_mul_overflow(a.number, b.number, &out);
    return too_large ? val_unknown() : val_int(out);
}

static bool matches(Str pattern, Str text)
{
    if (pattern.len == 0)
        return text.len == 0;
    Str rest = str_slice(pattern, 1, pattern.len);
    if (pattern.at[0] != '*')
        return text.len > 0 && text.at[0] == pattern.at[0] &&
               matches(rest, str_slice(text, 1, text.len));
    return matches(rest, text) ||
           (text.len > 0 && matches(pattern, str_slice(text, 1, text.len)));
}

static Ip masked(Ip ip, uint8_t prefix)
{
    unsigned width = ip.family == 4 ? 32 : 128;
    for (unsigned bit = prefix; bit < width; bit++) {
        unsigned from_low = width - 1 - bit;
        if (from_low < 64)
            ip.lo &= ~(UINT64_C(1) << from_low);
        else
            ip.hi &= ~(UINT64_C(1) << (from_low - 64));
    }
    return ip;
}

static Val lies_in(Ip inner, Ip net)
{
    Ip start = masked(inner, net.prefix);
    return val_bool(inner.family == net.family && inner.prefix >= net.prefix &&
                    start.hi == net.hi && start.lo == net.lo);
}

// ---- functions over arguments ----

static Val known_text(bool is_known, Str text)
{
    return is_known ? val_text(text) : val_unknown();
}

static Val known_bool(bool is_known, bool truth)
{
    return is_known ? val_bool(truth) : val_unknown();
}

static Val texts(const Call *call, bool is_known, const ArgList *list)
{
    Val *items = ARENA_ARRAY(call->arena, list->count + 1, Val);
    for (size_t i = 0; i < list->count; i++)
        items[i] = val_text(list->items[i]);
    return is_known ? (Val){.items = items, .count = (uint32_t)list->count}
                    : val_unknown();
}

static Val eval_list_builtin(const Call *call, uint32_t builtin, Str text)
{
    enum { MOST = 1024 };
    Buf memory = buf_on(call->arena);
    ArgList list = {.items = ARENA_ARRAY(call->arena, MOST, Str), .capacity = MOST};
    bool is_known = false;
    if (builtin == BUILTIN_SHELL_WORDS)
        is_known = shell_words(text, &memory, &list);
    if (builtin == BUILTIN_SQL_TABLES)
        is_known = sql_tables(text, &memory, &list);
    if (builtin == BUILTIN_SQL_FUNCTIONS)
        is_known = sql_functions(text, &memory, &list);
    return texts(call, is_known, &list);
}

static Val eval_text_builtin(const Call *call, uint32_t builtin, Str text)
{
    // Memory that doesn't move: earlier results look into it.
    size_t size = text.len + 1;
    Buf memory = buf_fixed(arena_alloc(call->arena, size), size);
    Str out = STR("");
    switch ((Builtin)builtin) {
    case BUILTIN_PATH_NAME:
        return known_text(path_name(text, &out), out);
    case BUILTIN_PATH_EXTENSION:
        return known_text(path_extension(text, &memory, &out), out);
    case BUILTIN_URL_SCHEME:
        return known_text(url_scheme(text, &memory, &out), out);
    case BUILTIN_URL_HOST:
        return known_text(url_host(text, &memory, &out), out);
    case BUILTIN_URL_PATH:
        return known_text(url_path(text, &out), out);
    case BUILTIN_URL_QUERY:
        return known_text(url_query(text, &out), out);
    case BUILTIN_EMAIL_DOMAIN:
        return known_text(email_domain(text, &memory, &out), out);
    case BUILTIN_SHELL_PROGRAM:
        return known_text(shell_program(text, &memory, &out), out);
    case BUILTIN_SQL_VERB:
        return known_text(sql_verb(text, &out), out);
    case BUILTIN_TEXT_FOLD:
        return val_text(call_lower(call->arena, text));
    case BUILTIN_SHELL_WORDS:
    case BUILTIN_SQL_TABLES:
    case BUILTIN_SQL_FUNCTIONS:
        return eval_list_builtin(call, builtin, text);
    case BUILTIN_PATH_UNDER:
    case BUILTIN_URL_UNDER:
    case BUILTIN_URL_PORT:
    case BUILTIN_TEXT_PLAIN:
    case BUILTIN_TEXT_CONTAINS:
    case BUILTIN_TEXT_STARTS:
    case BUILTIN_TIME_READ:
    case BUILTIN_COUNT:
    case BUILTIN_LENGTH:
        break;
    }
    unreachable_bug();
}

static Val eval_builtin(const Call *call, uint32_t builtin, Val first, Val second)
{
    bool truth = false;
    int64_t port = 0;
    if (builtin == BUILTIN_COUNT)
        return val_int(first.count);
    if (builtin == BUILTIN_TIME_READ)
        return time_parse(first.text, &port) ? val_int(port) : val_unknown();
    if (builtin == BUILTIN_LENGTH)
        return val_int((int64_t)first.text.len);
    if (builtin == BUILTIN_TEXT_PLAIN)
        return val_bool(text_plain(first.text));
    if (builtin == BUILTIN_TEXT_CONTAINS)
        return val_bool(str_contains(first.text, second.text));
    if (builtin == BUILTIN_TEXT_STARTS)
        return val_bool(str_starts(first.text, second.text));
    if (builtin == BUILTIN_URL_PORT)
        return url_port(first.text, &port) ? val_int(port) : val_unknown();
    if (builtin == BUILTIN_PATH_UNDER) {
        bool is_known = path_under(first.text, second.text, &truth);
        return known_bool(is_known, truth);
    }
    if (builtin == BUILTIN_URL_UNDER) {
        bool is_known = url_under(first.text, second.text, &truth);
        return known_bool(is_known, truth);
    }
    return eval_text_builtin(call, builtin, first.text);
}

// ---- tables and parties ----

static Val eval_row(const Call *call, const Frame *frame, const Expr *expr)
{
    Val keys[8], whole = val_bool(true);
    CHECK(expr->arg_count <= 8);
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        keys[i] = walk(call, frame, expr->args[i]);
        whole = val_merge(whole, keys[i]);
    }
    if (whole.standing != IS_KNOWN)
        return whole;
    uint32_t row = call_find_row(&call->program->tables[expr->number], keys);
    if (expr->op == IR_IN_TABLE)
        return val_bool(row != NONE);
    return row == NONE ? val_unknown() : val_int(row);
}

static Val eval_column(const Call *call, const Frame *frame, const Expr *expr)
{
    Val row = walk(call, frame, expr->args[0]);
    if (row.standing != IS_KNOWN)
        return row;
    const Table *table = &call->program->tables[expr->args[0]->type->bare->table];
    return call_cell(call->arena, table, (uint32_t)row.number, expr->number);
}

static Val eval_group(const Call *call, const Expr *expr)
{
    if (expr->is_agent)
        return val_bool(call_agent_in(call->program, call->agent, expr->number));
    if (!is_there(call->user))
        return val_missing(SLOT_USER_ID);
    return val_bool(call_user_in(call, expr->number));
}

static Val eval_memo(const Call *call, const Expr *expr)
{
    const Memo *memo = &call->program->memos[expr->number];
    if (memo->value)
        return walk(call, NULL, memo->value);
    for (uint32_t i = 0; i < memo->tool_count; i++)
        if (memo->tools[i].tool == call->tool)
            return walk(call, NULL, memo->tools[i].value);
    return val_absent();
}

static Val eval_has(const Call *call, const Expr *arg, Val value)
{
    bool is_fixed = arg->op == IR_SLOT && arg->number < FIXED_SLOT_COUNT;
    if (value.standing == IS_UNKNOWN && !is_fixed)
        return value;
    (void)call;
    return val_bool(value.standing == IS_KNOWN);
}

static Val eval_field(Val record, uint32_t field)
{
    return record.standing == IS_KNOWN ? record.items[field] : record;
}

static Val to_decimal(Val value)
{
    return value.standing == IS_KNOWN ? val_decimal(decimal_from_i64(value.number))
                                      : value;
}

// ---- the walk ----

static Val eval_leaf(const Call *call, const Frame *frame, const Expr *expr)
{
    switch ((IrOp)expr->op) {
    case IR_CONST:
        return val_const(call->arena, expr->value);
    case IR_SLOT:
        return call->slots[expr->number];
    case IR_MEMO:
        return eval_memo(call, expr);
    case IR_IN_GROUP:
        return eval_group(call, expr);
    case IR_ELEMENT:
        for (uint32_t i = 0; i < expr->number; i++)
            frame = frame->outer;
        return *frame->element;
    case IR_FIELD:
    case IR_HAS:
    case IR_KNOWN:
    case IR_ELSE:
    case IR_NOT:
    case IR_AND:
    case IR_OR:
    case IR_EQ:
    case IR_LT:
    case IR_LE:
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_DECIMAL:
    case IR_LIKE:
    case IR_IN_LIST:
    case IR_IN_NET:
    case IR_ROW:
    case IR_IN_TABLE:
    case IR_COLUMN:
    case IR_CALL:
    case IR_ALL:
    case IR_ANY:
    case IR_LABEL:
    case IR_KEPT:
    case IR_KEPT_AT:
        break;
    }
    unreachable_bug();
}

// Operations that need all their operands.
static Val eval_strict(const Call *call, const Frame *frame, const Expr *expr)
{
    Val a = walk(call, frame, expr->args[0]);
    Val b = expr->arg_count > 1 ? walk(call, frame, expr->args[1]) : a;
    if (expr->op == IR_IN_LIST)
        return eval_in_list(call, expr, a, b);
    if (a.standing != IS_KNOWN || b.standing != IS_KNOWN)
        return val_merge(a, b);
    if (expr->op == IR_EQ || expr->op == IR_LT || expr->op == IR_LE)
        return compare(call, expr, a, b);
    if (expr->op == IR_LIKE)
        return val_bool(matches(b.text, a.text));
    if (expr->op == IR_IN_NET)
        return lies_in(a.ip, b.ip);
    if (expr->op == IR_CALL)
        return eval_builtin(call, expr->number, a, b);
    return calculate(expr, a, b);
}

static Val walk(const Call *call, const Frame *frame, const Expr *expr)
{
    switch ((IrOp)expr->op) {
    case IR_CONST:
    case IR_SLOT:
    case IR_MEMO:
    case IR_ELEMENT:
    case IR_IN_GROUP:
        return eval_leaf(call, frame, expr);
    case IR_FIELD:
        return eval_field(walk(call, frame, expr->args[0]), expr->number);
    case IR_HAS:
        return eval_has(call, expr->args[0], walk(call, frame, expr->args[0]));
    case IR_KNOWN:
        return val_bool(walk(call, frame, expr->args[0]).standing != IS_UNKNOWN);
    case IR_ELSE: {
        Val value = walk(call, frame, expr->args[0]);
        return value.standing == IS_ABSENT ? walk(call, frame, expr->args[1]) : value;
    }
    case IR_NOT:
        return eval_not(walk(call, frame, expr->args[0]));
    case IR_AND:
    case IR_OR:
        return eval_logic(call, frame, expr);
    case IR_ALL:
    case IR_ANY:
        return eval_quantified(call, frame, expr);
    case IR_DECIMAL:
        return to_decimal(walk(call, frame, expr->args[0]));
    case IR_ROW:
    case IR_IN_TABLE:
        return eval_row(call, frame, expr);
    case IR_COLUMN:
        return eval_column(call, frame, expr);
    case IR_EQ:
    case IR_LT:
    case IR_LE:
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_LIKE:
    case IR_IN_LIST:
    case IR_IN_NET:
    case IR_CALL:
        return eval_strict(call, frame, expr);
    case IR_LABEL: // what was remembered: the oracle knows policies without memory
    case IR_KEPT:
    case IR_KEPT_AT:
        break;
    }
    unreachable_bug();
}

Val eval(const Call *call, const Expr *expr)
{
    return walk(call, NULL, expr);
}
