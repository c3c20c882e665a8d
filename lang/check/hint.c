// SPDX-License-Identifier: Apache-2.0
#include "lang/check/hint.h"

#include "lang/check/reach.h"
#include "lang/check/slot.h"

static bool is_argument(const Env *env, Str name)
{
    const Program *program = env->checker->program;
    if (env->reach == NULL || (env->roots & ROOT_ARGS) == 0)
        return false;
    for (uint32_t i = 0; i < env->reach->tool_count; i++)
        if (schema_field(program->tools[env->reach->tools[i]].args, name) != NULL)
            return true;
    return false;
}

bool hint_is_parameter(const Env *env, Str name)
{
    const Program *program = env->checker->program;
    if (env->reach == NULL || (env->roots & ROOT_INTENT) == 0)
        return false;
    for (uint32_t i = 0; i < env->reach->intent_count; i++)
        if (schema_field(program->intents[env->reach->intents[i]].params, name) != NULL)
            return true;
    return false;
}

static void fix_path(const Env *env, Diag *diag, const Node *node, const char *root)
{
    Arena *arena = env->checker->arena;
    Str path = arena_format(arena, "%s.%.*s", root, STR_ARG(node->text));
    diag_fix(diag, node->span, path,
             arena_format(arena, "write `%.*s`", STR_ARG(path)));
}

bool hint_name(const Env *env, Diag *diag, const Node *node)
{
    Arena *arena = env->checker->arena;
    bool is_arg = is_argument(env, node->text);
    bool is_param = hint_is_parameter(env, node->text);
    if (is_arg && is_param) {
        diag_help(diag, arena_format(arena, "write `args.%.*s` or `intent.%.*s`",
                                     STR_ARG(node->text), STR_ARG(node->text)));
        return true;
    }
    if (is_arg || is_param) {
        fix_path(env, diag, node, is_arg ? "args" : "intent");
        return true;
    }
    Str fact = arena_format(arena, "context.%.*s", STR_ARG(node->text));
    if ((env->roots & ROOT_REQUEST) != 0 && slot_fixed(env->checker, fact) != NONE) {
        fix_path(env, diag, node, "context");
        return true;
    }
    bool is_null = str_eq(node->text, STR("null"));
    if (is_null)
        diag_help(diag, STR("there is no null: test with `has`, or give a default with "
                            "`else`"));
    return is_null;
}

void hint_index(const Env *env, Diag *diag, const Node *node)
{
    const Node *key = node->child->next;
    diag_help(diag, STR("fields are read with a dot; `[...]` is for tables"));
    if (key == NULL || key->kind != NODE_STRING)
        return;
    Str path = arena_format(env->checker->arena, "%.*s.%.*s",
                            STR_ARG(node->child->text), STR_ARG(key->text));
    diag_fix(diag, node->span, path,
             arena_format(env->checker->arena, "write `%.*s`", STR_ARG(path)));
}
