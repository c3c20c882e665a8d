// SPDX-License-Identifier: Apache-2.0
#include "lang/ir/ir.h"

#include "engine/base/buf.h"
#include "engine/base/bug.h"

const char *ir_name(IrOp op)
{
    static const char *const NAMES[] = {
#define IR(name, text) #name,
#include "lang/ir/ir.def"
#undef IR
    };
    return NAMES[op];
}

const char *step_word(StepKind kind)
{
    static const char *const WORDS[] = {
#define STEP(name, word, what) #word,
#include "lang/ir/step.def"
#undef STEP
    };
    return WORDS[kind];
}

static bool items_same(const Const *a, const Const *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!ir_const_same(&a->items[i], &b->items[i]))
            return false;
    return true;
}

bool ir_const_same(const Const *a, const Const *b)
{
    Kind kind = type_kind(a->type);
    if (kind != type_kind(b->type))
        return false;
    switch (kind) {
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        return a->number == b->number;
    case KIND_DECIMAL:
        return decimal_compare(a->decimal, b->decimal) == 0;
    case KIND_STRING:
        return str_eq(a->text, b->text);
    case KIND_IP:
    case KIND_NET:
        return a->ip.hi == b->ip.hi && a->ip.lo == b->ip.lo &&
               a->ip.family == b->ip.family && a->ip.prefix == b->ip.prefix;
    case KIND_NONE: // a tuple
    case KIND_LIST:
    case KIND_RECORD:
        return items_same(a, b);
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}

// ---- cost ----

enum { COST_GLOB = 20, COST_ROW = 10, COST_MOST = 1 << 24 };

static uint32_t builtin_cost(uint32_t builtin)
{
    static const uint16_t COSTS[] = {
#define BUILTIN(name, text, arity, result, kinds, cost, what) cost,
#include "engine/bytecode/builtin.def"
#undef BUILTIN
    };
    return COSTS[builtin];
}

// What the operation itself takes, without its operands.
static uint32_t own_cost(const Expr *expr)
{
    switch ((IrOp)expr->op) {
    case IR_LIKE:
        return COST_GLOB;
    case IR_ROW:
    case IR_IN_TABLE:
        return COST_ROW;
    case IR_IN_LIST:
        return 1 + expr->args[1]->type->most / 4;
    case IR_CALL:
        return builtin_cost(expr->number);
    case IR_CONST:
    case IR_SLOT:
    case IR_MEMO:
    case IR_LABEL:
    case IR_KEPT:
    case IR_KEPT_AT:
    case IR_ELEMENT:
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
    case IR_IN_NET:
    case IR_IN_GROUP:
    case IR_COLUMN:
    case IR_ALL:
    case IR_ANY:
        return 1;
    }
    unreachable_bug();
}

uint32_t ir_cost(const Expr *expr)
{
    uint64_t cost = own_cost(expr);
    bool is_loop = expr->op == IR_ALL || expr->op == IR_ANY;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        uint64_t times = is_loop && i == 1 ? expr->args[0]->type->most : 1;
        cost += times * ir_cost(expr->args[i]);
    }
    return cost < COST_MOST ? (uint32_t)cost : COST_MOST;
}

// ---- text ----

// How tightly an expression binds, loosest first.
enum {
    BIND_QUANTIFIER,
    BIND_OR,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARE,
    BIND_ELSE,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_TIGHT,
};

typedef struct Formatter {
    Buf *buf;
    const Program *program;
    bool is_template;
    uint32_t constants; // met so far
    uint32_t memos;     // enclosing
    uint32_t loops;     // enclosing
} Formatter;

static void format_expr(Formatter *formatter, const Expr *expr, int bind);

static bool is_identifier(Str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.len > 0;
}

static void format_text(Buf *buf, Str text)
{
    buf_char(buf, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '"' || c == '\\')
            buf_printf(buf, "\\%c", c);
        else if (c == '\n')
            buf_c(buf, "\\n");
        else
            buf_char(buf, c);
    }
    buf_char(buf, '"');
}

static void format_name(Buf *buf, Str name)
{
    if (is_identifier(name))
        buf_str(buf, name);
    else
        format_text(buf, name);
}

static void format_items(Buf *buf, const Const *value)
{
    const Type *type = value->type;
    const char *around = "{}";
    if (type->form == TYPE_LIST)
        around = "[]";
    if (type->form == TYPE_TUPLE)
        around = "()";
    buf_char(buf, around[0]);
    for (uint32_t i = 0; i < value->count; i++) {
        buf_c(buf, i == 0 ? "" : ", ");
        if (type->form == TYPE_RECORD) {
            format_name(buf, type->fields[i].name);
            buf_c(buf, ": ");
        }
        ir_format_const(buf, &value->items[i]);
    }
    buf_char(buf, around[1]);
}

static void format_time(Buf *buf, int64_t time)
{
    buf_char(buf, '"');
    time_format(buf, time);
    buf_char(buf, '"');
}

void ir_format_const(Buf *buf, const Const *value)
{
    switch (type_kind(value->type)) {
    case KIND_BOOL:
        buf_c(buf, value->number != 0 ? "true" : "false");
        return;
    case KIND_INT:
        buf_i64(buf, value->number);
        return;
    case KIND_DECIMAL:
        decimal_format(buf, value->decimal);
        return;
    case KIND_STRING:
        format_text(buf, value->text);
        return;
    case KIND_DURATION:
        duration_format(buf, value->number);
        return;
    case KIND_TIME:
        format_time(buf, value->number);
        return;
    case KIND_IP:
    case KIND_NET:
        ip_format(buf, value->ip);
        return;
    case KIND_NONE:
    case KIND_LIST:
    case KIND_RECORD:
        format_items(buf, value);
        return;
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}

// The number that a constant has in the template.
static uint32_t next_constant(Formatter *formatter)
{
    return formatter->memos == 0 ? formatter->constants++ : 0;
}

static void format_const(Formatter *formatter, const Const *value, uint32_t number)
{
    if (formatter->is_template && formatter->memos == 0)
        buf_printf(formatter->buf, "{%u}", number);
    else
        ir_format_const(formatter->buf, value);
}

// `args.amount > 20` is LT(20, args.amount) inside; an author has the constant last.
static void format_compare(Formatter *formatter, const Expr *expr, const char *op,
                           const char *mirrored)
{
    const Expr *left = expr->args[0];
    const Expr *right = expr->args[1];
    if (left->op != IR_CONST || right->op == IR_CONST) {
        format_expr(formatter, left, BIND_ELSE);
        buf_c(formatter->buf, op);
        format_expr(formatter, right, BIND_ELSE);
        return;
    }
    uint32_t number = next_constant(formatter);
    format_expr(formatter, right, BIND_ELSE);
    buf_c(formatter->buf, mirrored);
    format_const(formatter, left->value, number);
}

// Operands with a word between them, each bound tighter than `bind` says.
static void format_joined(Formatter *formatter, const Expr *expr, const char *between,
                          int bind)
{
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        buf_c(formatter->buf, i == 0 ? "" : between);
        format_expr(formatter, expr->args[i], bind);
    }
}

static void format_not(Formatter *formatter, const Expr *expr)
{
    if (expr->args[0]->op == IR_EQ) {
        format_compare(formatter, expr->args[0], " != ", " != ");
        return;
    }
    buf_c(formatter->buf, "not ");
    format_expr(formatter, expr->args[0], BIND_NOT);
}

static void format_memo(Formatter *formatter, const Expr *expr, int bind)
{
    const Memo *memo = &formatter->program->memos[expr->number];
    if (memo->value == NULL || memo->pattern != NULL) {
        buf_str(formatter->buf, memo->name);
        return;
    }
    formatter->memos++;
    format_expr(formatter, memo->value, bind);
    formatter->memos--;
}

// Variables are x, y, z, w from the outermost loop inwards.
static void format_variable(Formatter *formatter, uint32_t depth)
{
    buf_char(formatter->buf, "xyzw"[(formatter->loops - 1 - depth) % MAX_LOOP_DEPTH]);
}

static void format_loop(Formatter *formatter, const Expr *expr)
{
    Buf *buf = formatter->buf;
    buf_c(buf, expr->op == IR_ALL ? "all " : "any ");
    formatter->loops++;
    format_variable(formatter, 0);
    formatter->loops--;
    buf_c(buf, " in ");
    format_expr(formatter, expr->args[0], BIND_TIGHT);
    formatter->loops++;
    buf_c(buf, ": ");
    format_expr(formatter, expr->args[1], BIND_QUANTIFIER);
    formatter->loops--;
}

static void format_call(Formatter *formatter, const Expr *expr, const char *name)
{
    buf_c(formatter->buf, name);
    buf_char(formatter->buf, '(');
    format_joined(formatter, expr, ", ", BIND_QUANTIFIER);
    buf_char(formatter->buf, ')');
}

static void format_row(Formatter *formatter, const Expr *expr)
{
    format_name(formatter->buf, formatter->program->tables[expr->number].name);
    buf_char(formatter->buf, '[');
    format_joined(formatter, expr, ", ", BIND_QUANTIFIER);
    buf_char(formatter->buf, ']');
}

static void format_in_table(Formatter *formatter, const Expr *expr)
{
    if (expr->arg_count == 1)
        format_expr(formatter, expr->args[0], BIND_ELSE);
    else
        format_call(formatter, expr, "");
    buf_c(formatter->buf, " in ");
    format_name(formatter->buf, formatter->program->tables[expr->number].name);
}

static void format_member(Formatter *formatter, const Expr *expr)
{
    const Type *type = expr->args[0]->type;
    format_expr(formatter, expr->args[0], BIND_TIGHT);
    buf_char(formatter->buf, '.');
    if (expr->op == IR_FIELD)
        format_name(formatter->buf, type->fields[expr->number].name);
    else
        format_name(formatter->buf,
                    formatter->program->tables[type->table].columns[expr->number].name);
}

static void format_in_group(Formatter *formatter, const Expr *expr)
{
    buf_c(formatter->buf, expr->is_agent ? "agent in " : "user in ");
    format_name(formatter->buf, formatter->program->groups[expr->number].name);
}

static const char *builtin_name(uint32_t builtin)
{
    static const char *const NAMES[] = {
#define BUILTIN(name, text, arity, result, kinds, cost, what) text,
#include "engine/bytecode/builtin.def"
#undef BUILTIN
    };
    return NAMES[builtin];
}

static int bind_of(const Formatter *formatter, const Expr *expr)
{
    switch ((IrOp)expr->op) {
    case IR_ALL:
    case IR_ANY:
        return BIND_QUANTIFIER;
    case IR_OR:
        return BIND_OR;
    case IR_AND:
        return BIND_AND;
    case IR_NOT:
        return expr->args[0]->op == IR_EQ ? BIND_COMPARE : BIND_NOT;
    case IR_EQ:
    case IR_LT:
    case IR_LE:
    case IR_LIKE:
    case IR_IN_LIST:
    case IR_IN_NET:
    case IR_IN_GROUP:
    case IR_IN_TABLE:
        return BIND_COMPARE;
    case IR_ELSE:
        return BIND_ELSE;
    case IR_ADD:
    case IR_SUB:
        return BIND_SUM;
    case IR_MUL:
        return BIND_PRODUCT;
    case IR_DECIMAL:
        return bind_of(formatter, expr->args[0]);
    case IR_MEMO:
        if (formatter->program->memos[expr->number].pattern != NULL)
            return BIND_COMPARE;
        if (formatter->program->memos[expr->number].value != NULL)
            return bind_of(formatter, formatter->program->memos[expr->number].value);
        return BIND_TIGHT;
    case IR_LABEL:
        return BIND_COMPARE;
    case IR_HAS:
    case IR_CONST:
    case IR_SLOT:
    case IR_KEPT:
    case IR_KEPT_AT:
    case IR_ELEMENT:
    case IR_FIELD:
    case IR_KNOWN:
    case IR_ROW:
    case IR_COLUMN:
    case IR_CALL:
        return BIND_TIGHT;
    }
    unreachable_bug();
}

static void format_bare(Formatter *formatter, const Expr *expr)
{
    Buf *buf = formatter->buf;
    switch ((IrOp)expr->op) {
    case IR_CONST:
        format_const(formatter, expr->value, next_constant(formatter));
        return;
    case IR_SLOT:
        buf_str(buf, formatter->program->slots[expr->number].name);
        return;
    case IR_MEMO:
        format_memo(formatter, expr, bind_of(formatter, expr));
        return;
    case IR_LABEL:
        buf_c(buf, "task has ");
        buf_str(buf, formatter->program->labels[expr->number].name);
        return;
    case IR_KEPT:
        buf_printf(buf, "kept %u", expr->number);
        return;
    case IR_KEPT_AT:
        buf_c(buf, ".at");
        return;
    case IR_ELEMENT:
        format_variable(formatter, expr->number);
        return;
    case IR_FIELD:
    case IR_COLUMN:
        format_member(formatter, expr);
        return;
    case IR_HAS:
        buf_c(buf, "has ");
        format_expr(formatter, expr->args[0], BIND_TIGHT);
        return;
    case IR_KNOWN:
        format_call(formatter, expr, "known");
        return;
    case IR_ELSE:
        format_joined(formatter, expr, " else ", BIND_SUM);
        return;
    case IR_NOT:
        format_not(formatter, expr);
        return;
    case IR_AND:
        format_joined(formatter, expr, " and ", BIND_NOT);
        return;
    case IR_OR:
        format_joined(formatter, expr, " or ", BIND_AND);
        return;
    case IR_EQ:
        format_compare(formatter, expr, " == ", " == ");
        return;
    case IR_LT:
        format_compare(formatter, expr, " < ", " > ");
        return;
    case IR_LE:
        format_compare(formatter, expr, " <= ", " >= ");
        return;
    case IR_ADD:
        format_joined(formatter, expr, " + ", BIND_PRODUCT);
        return;
    case IR_SUB:
        format_joined(formatter, expr, " - ", BIND_PRODUCT);
        return;
    case IR_MUL:
        format_joined(formatter, expr, " * ", BIND_TIGHT);
        return;
    case IR_DECIMAL:
        format_expr(formatter, expr->args[0], BIND_QUANTIFIER);
        return;
    case IR_LIKE:
        format_joined(formatter, expr, " like ", BIND_ELSE);
        return;
    case IR_IN_LIST:
    case IR_IN_NET:
        format_joined(formatter, expr, " in ", BIND_ELSE);
        return;
    case IR_IN_GROUP:
        format_in_group(formatter, expr);
        return;
    case IR_ROW:
        format_row(formatter, expr);
        return;
    case IR_IN_TABLE:
        format_in_table(formatter, expr);
        return;
    case IR_CALL:
        format_call(formatter, expr, builtin_name(expr->number));
        return;
    case IR_ALL:
    case IR_ANY:
        format_loop(formatter, expr);
        return;
    }
    unreachable_bug();
}

// `bind`: what the place asks for; looser expressions get parentheses.
static void format_expr(Formatter *formatter, const Expr *expr, int bind)
{
    bool is_loose = bind_of(formatter, expr) < bind;
    if (is_loose)
        buf_char(formatter->buf, '(');
    format_bare(formatter, expr);
    if (is_loose)
        buf_char(formatter->buf, ')');
}

void ir_format(Buf *buf, const Program *program, const Expr *expr)
{
    Formatter formatter = {.buf = buf, .program = program};
    format_expr(&formatter, expr, BIND_QUANTIFIER);
}

void ir_format_template(Buf *buf, const Program *program, const Expr *expr)
{
    Formatter formatter = {.buf = buf, .program = program, .is_template = true};
    format_expr(&formatter, expr, BIND_QUANTIFIER);
}
