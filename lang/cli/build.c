// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json_write.h"
#include "engine/bytecode/bundle.h"
#include "engine/bytecode/need.h"
#include "lang/cli/compile.h"
#include "lang/opt/opt.h"

// What the command line asks for.
typedef struct BuildOptions {
    LangInput how;
    const char *output; // or NULL
    bool wants_cost;
} BuildOptions;

// ---- --opt and --dump ----

// "fold, prune, share"
static Str list_names(Arena *arena, Str (*name)(size_t index))
{
    Buf list = buf_on(arena);
    for (size_t i = 0; name(i).len > 0; i++) {
        buf_c(&list, i > 0 ? ", " : "");
        buf_str(&list, name(i));
    }
    return buf_view(&list);
}

static Str pass_name(size_t index)
{
    return index < PASS_COUNT ? str_from_c(opt_pass_name((Pass)index)) : STR("");
}

// --opt=-fold leaves a pass out; --opt=none all of them.
static bool take_pass(Cli *cli, LangInput *how)
{
    Str text = str_from_c(cli->value);
    Pass pass;
    if (str_eq(text, STR("none"))) {
        how->passes_off = OPT_ALL;
        return true;
    }
    if (str_take(&text, '-') && opt_pass_by_name(text, &pass)) {
        how->passes_off |= 1u << pass;
        return true;
    }
    Str names = list_names(&cli->arena, pass_name);
    cli_fail(cli, EXIT_USAGE,
             "`--opt` takes `none` or `-PASS`, where PASS is one of %.*s",
             STR_ARG(names));
    return false;
}

static bool take_stage(Cli *cli, LangInput *how)
{
    how->dump = str_from_c(cli->value);
    for (size_t i = 0; lang_stage(i).len > 0; i++)
        if (str_eq(lang_stage(i), how->dump))
            return true;
    Str names = list_names(&cli->arena, lang_stage);
    cli_fail(cli, EXIT_USAGE, "there is no stage `%s`; the stages are %.*s", cli->value,
             STR_ARG(names));
    return false;
}

static int take_options(Cli *cli, BuildOptions *options)
{
    enum { OUTPUT, COST, OPT, DUMP };
    static const CliOption OPTIONS[] = {
        {"output", 'o', "BUNDLE", "where to write the bundle"},
        {"cost", 0, NULL,
         "print what a decision costs at worst, and what a task may need"},
        {"opt", 0, "-PASS|none", "leave out a pass of the optimiser, or all of them"},
        {"dump", 0, "STAGE", "print a stage: tokens, ast, ir, a pass, bytecode"},
        {0},
    };
    int option;
    while ((option = cli_option(cli, OPTIONS)) >= 0) {
        if (option == OUTPUT)
            options->output = cli->value;
        options->wants_cost |= option == COST;
        if ((option == OPT && !take_pass(cli, &options->how)) ||
            (option == DUMP && !take_stage(cli, &options->how)))
            return CLI_BAD;
    }
    return option;
}

// ---- --cost ----

static void put_text(Buf *out, const Bundle *bundle)
{
    buf_printf(out, "a decision takes at most %u steps\n", bundle->meta->cost);
    for (uint32_t i = 0; i < bundle->tools_count; i++) {
        Need need = need_of_call(bundle, i);
        if (need.most > 0)
            buf_printf(out, "of a call of %.*s %u to %u bytes are kept\n",
                       STR_ARG(bundle_string(bundle, bundle->tools[i].full)),
                       need.least, need.most);
    }
    for (uint32_t i = 0; i < bundle->intents_count; i++) {
        uint32_t bytes = need_of_task(bundle, i);
        uint32_t labels = need_labels(bundle, i) * NEED_LABEL;
        if (bytes > 0)
            buf_printf(
                out,
                "a task of %.*s, with all below it, needs at most %u bytes: %u for "
                "labels, %u for calls\n",
                STR_ARG(bundle_string(bundle, bundle->intents[i].name)), bytes, labels,
                bytes - labels);
    }
}

static void put_call_json(JsonWriter *json, const Bundle *bundle, uint32_t tool)
{
    Need need = need_of_call(bundle, tool);
    if (need.most == 0)
        return;
    json_begin_object(json);
    json_name(json, "tool");
    json_str(json, bundle_string(bundle, bundle->tools[tool].full));
    json_name(json, "least");
    json_i64(json, need.least);
    json_name(json, "most");
    json_i64(json, need.most);
    json_end_object(json);
}

static void put_task_json(JsonWriter *json, const Bundle *bundle, uint32_t intent)
{
    json_begin_object(json);
    json_name(json, "intent");
    json_str(json, bundle_string(bundle, bundle->intents[intent].name));
    json_name(json, "labels");
    json_i64(json, need_labels(bundle, intent));
    json_name(json, "bytes");
    json_i64(json, need_of_task(bundle, intent));
    json_end_object(json);
}

static void put_json(Buf *out, const Bundle *bundle)
{
    JsonWriter json = json_writer(out, 0);
    json_begin_object(&json);
    json_name(&json, "cost");
    json_i64(&json, bundle->meta->cost);
    json_name(&json, "calls");
    json_begin_array(&json);
    for (uint32_t i = 0; i < bundle->tools_count; i++)
        put_call_json(&json, bundle, i);
    json_end_array(&json);
    json_name(&json, "tasks");
    json_begin_array(&json);
    for (uint32_t i = 0; i < bundle->intents_count; i++)
        put_task_json(&json, bundle, i);
    json_end_array(&json);
    json_end_object(&json);
    buf_char(out, '\n');
}

// What a decision takes at worst, and what a task may need of the state.
static ExitCode print_cost(Cli *cli, Str bytes)
{
    Bundle bundle;
    const char *why = "";
    Status status = bundle_open(bytes, &bundle, &why);
    CHECK(status == STATUS_OK);
    Buf out = buf_on(&cli->arena);
    if (cli->is_json)
        put_json(&out, &bundle);
    else
        put_text(&out, &bundle);
    return cli_print(cli, buf_view(&out)) ? EXIT_FINE : EXIT_IO;
}

// ---- the command ----

ExitCode command_build(Cli *cli)
{
    BuildOptions options = {.how = {.is_build = true}};
    LangOutput output;
    int stop = take_options(cli, &options);
    if (stop != CLI_NO_MORE)
        return cli_stop(stop);
    bool is_shown = options.how.dump.len > 0;
    if (options.output == NULL && !options.wants_cost && !is_shown)
        return cli_fail(cli, EXIT_USAGE, "say where to write the bundle: -o BUNDLE");
    if (is_shown && cli->is_json)
        return cli_fail(cli, EXIT_USAGE,
                        "a stage is shown as text: leave out `--format`");
    ExitCode code = cli_compile(cli, options.how, false, &output);
    if (is_shown && !cli_print(cli, buf_view(&output.dump)))
        return EXIT_IO;
    if (code == EXIT_FINE && options.output != NULL)
        code = cli_write(cli, options.output, buf_view(&output.bundle));
    if (code == EXIT_FINE && options.wants_cost)
        code = print_cost(cli, buf_view(&output.bundle));
    return code;
}
