// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/builtin.h"

#include "engine/base/buf.h"
#include "engine/vm/arg_email.h"
#include "engine/vm/arg_path.h"
#include "engine/vm/arg_shell.h"
#include "engine/vm/arg_sql.h"
#include "engine/vm/arg_text.h"
#include "engine/vm/arg_url.h"

enum { MAX_PARTS = 1024 }; // words of a command, tables of a statement

// The free part of the VM's scratch, for a parser to write into.
static Buf scratch_open(const Vm *vm)
{
    return buf_fixed(vm->scratch + vm->scratch_used,
                     VM_SCRATCH_BYTES - vm->scratch_used);
}

// Keeps what was written. A parser that ran out of scratch has not said what the text
// is.
static void scratch_keep(Vm *vm, const Buf *memory)
{
    vm->is_exhausted |= memory->failed;
    vm->scratch_used += (uint32_t)memory->len;
}

static Value text_value(const Vm *vm, Str text)
{
    return value_text(text, bundle_intern(vm->bundle, text));
}

static Value unknown(Kind kind)
{
    return value_unknown(kind, CAUSE_OTHER);
}

// Results of the four shapes that parsers have.

static Value of_bool(bool is_known, bool result)
{
    return is_known ? value_bool(result) : unknown(KIND_BOOL);
}

static Value of_text(const Vm *vm, bool is_known, Str result)
{
    return is_known ? text_value(vm, result) : unknown(KIND_STRING);
}

typedef bool WriteText(Str text, Buf *memory, Str *out);

static Value of_written(Vm *vm, WriteText *parse, Str text)
{
    Buf memory = scratch_open(vm);
    Str result = {0};
    bool is_known = parse(text, &memory, &result);
    scratch_keep(vm, &memory);
    return of_text(vm, is_known, result);
}

typedef bool WriteList(Str text, Buf *memory, ArgList *out);

static Value of_list(Vm *vm, WriteList *parse, Str text)
{
    Str parts[MAX_PARTS];
    ArgList list = {.items = parts, .capacity = MAX_PARTS};
    Buf memory = scratch_open(vm);
    bool is_known = parse(text, &memory, &list);
    scratch_keep(vm, &memory);
    if (!is_known)
        return unknown(KIND_LIST);
    if (list.count > VM_SCRATCH_ITEMS - vm->items_used) {
        vm->is_exhausted = true;
        return unknown(KIND_LIST);
    }
    Value *items = vm->items + vm->items_used;
    vm->items_used += (uint32_t)list.count;
    for (size_t i = 0; i < list.count; i++)
        items[i] = text_value(vm, parts[i]);
    return (Value){.as.items = {items, list.count}, .aux = NONE, .kind = KIND_LIST};
}

Value builtin_call(Vm *vm, Builtin number, const Value *args)
{
    Str first = value_str(args[0]); // of the builtins that take text
    Str result = {0};
    bool truth = false, is_known;
    int64_t read = 0;
    switch (number) {
    case BUILTIN_PATH_UNDER:
        is_known = path_under(first, value_str(args[1]), &truth);
        return of_bool(is_known, truth);
    case BUILTIN_PATH_NAME:
        is_known = path_name(first, &result);
        return of_text(vm, is_known, result);
    case BUILTIN_PATH_EXTENSION:
        return of_written(vm, path_extension, first);
    case BUILTIN_URL_SCHEME:
        return of_written(vm, url_scheme, first);
    case BUILTIN_URL_HOST:
        return of_written(vm, url_host, first);
    case BUILTIN_URL_PORT:
        is_known = url_port(first, &read);
        return is_known ? value_number(KIND_INT, read) : unknown(KIND_INT);
    case BUILTIN_URL_PATH:
        is_known = url_path(first, &result);
        return of_text(vm, is_known, result);
    case BUILTIN_URL_QUERY:
        is_known = url_query(first, &result);
        return of_text(vm, is_known, result);
    case BUILTIN_URL_UNDER:
        is_known = url_under(first, value_str(args[1]), &truth);
        return of_bool(is_known, truth);
    case BUILTIN_EMAIL_DOMAIN:
        return of_written(vm, email_domain, first);
    case BUILTIN_SHELL_PROGRAM:
        return of_written(vm, shell_program, first);
    case BUILTIN_SHELL_WORDS:
        return of_list(vm, shell_words, first);
    case BUILTIN_SQL_VERB:
        is_known = sql_verb(first, &result);
        return of_text(vm, is_known, result);
    case BUILTIN_SQL_TABLES:
        return of_list(vm, sql_tables, first);
    case BUILTIN_SQL_FUNCTIONS:
        return of_list(vm, sql_functions, first);
    case BUILTIN_TEXT_PLAIN:
        return value_bool(text_plain(first));
    case BUILTIN_TEXT_FOLD:
        return of_written(vm, text_fold, first);
    case BUILTIN_TEXT_CONTAINS:
        return value_bool(text_contains(first, value_str(args[1])));
    case BUILTIN_TEXT_STARTS:
        return value_bool(text_starts(first, value_str(args[1])));
    case BUILTIN_TIME_READ:
        is_known = time_parse(first, &read);
        return is_known ? value_number(KIND_TIME, read) : unknown(KIND_TIME);
    case BUILTIN_COUNT:
        return value_number(KIND_INT, (int64_t)args[0].as.items.count);
    case BUILTIN_LENGTH:
        return value_number(KIND_INT, (int64_t)args[0].as.text.len);
    }
    unreachable_bug();
}
