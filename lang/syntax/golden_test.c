// SPDX-License-Identifier: Apache-2.0
// Runs the case files of the syntax: tests/language/syntax and tests/fmt, from the
// project's folder. Beside NAME.proviso may stand NAME.messages (what is reported;
// absent: nothing), NAME.tree (the dump) and NAME.formatted. BLESS=1 writes them anew.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/bug.h"
#include "engine/base/unit.h"
#include "lang/source/render.h"
#include "lang/syntax/format.h"
#include "lang/syntax/parse.h"

enum { MEMORY = 256 * 1024 * 1024, MAX_CASES = 256, MAX_PATH = 512 };

// ---- files ----

static bool read_whole(Arena *arena, const char *path, Str *text)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    Buf out = buf_on(arena);
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_bytes(&out, chunk, n);
    fclose(file);
    *text = buf_view(&out);
    return true;
}

static void write_whole(const char *path, Str text)
{
    FILE *file = fopen(path, "wb");
    ck_assert_msg(file != NULL, "cannot write %s", path);
    ck_assert(fwrite(text.at, 1, text.len, file) == text.len);
    fclose(file);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((const char *)a, (const char *)b);
}

typedef char Path[MAX_PATH];

// The .proviso files of a folder without their ending, sorted; 0 if there is no folder.
static size_t list_cases(const char *folder, Path *paths)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return 0;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        Str name = str_from_c(entry->d_name);
        if (!str_ends(name, STR(".proviso")))
            continue;
        ck_assert(count < MAX_CASES);
        snprintf(paths[count++], MAX_PATH, "%s/%.*s", folder, (int)(name.len - 8),
                 name.at);
    }
    closedir(directory);
    qsort(paths, count, sizeof paths[0], compare_names);
    return count;
}

// ---- one case ----

typedef struct Case {
    Arena arena;
    Sources sources;
    Diags diags;
    Source *source;
    Node *file;
} Case;

static void case_parse(Case *unit, const char *name, Str text)
{
    arena_init(&unit->arena, MEMORY);
    sources_init(&unit->sources, &unit->arena, NULL, NULL);
    diags_init(&unit->diags, &unit->arena, &unit->sources);
    Status status = sources_add(&unit->sources, str_from_c(name), text, &unit->source);
    ck_assert(status == STATUS_OK);
    unit->file = parse_file(&unit->arena, &unit->diags, unit->source);
    diags_sort(&unit->diags);
}

static void case_load(Case *unit, const char *stem)
{
    Path path;
    snprintf(path, sizeof path, "%.500s.proviso", stem);
    Arena scratch;
    arena_init(&scratch, MEMORY);
    Str text;
    ck_assert_msg(read_whole(&scratch, path, &text), "cannot read %s", path);
    case_parse(unit, strrchr(path, '/') + 1, text);
    arena_free(&scratch);
}

static Str case_messages(Case *unit)
{
    Buf out = buf_on(&unit->arena);
    for (const Diag *diag = unit->diags.first; diag != NULL; diag = diag->next)
        render_text(&out, diag, (RenderStyle){false});
    render_summary(&out, &unit->diags);
    return buf_view(&out);
}

static Str case_format(Case *unit)
{
    Buf out = buf_on(&unit->arena);
    format_file(&out, &unit->arena, unit->source, unit->file);
    return buf_view(&out);
}

// Compares with the golden file; without one, `text` must be empty if `is_needed`.
static void expect_golden(Case *unit, const char *stem, const char *ending, Str text,
                          bool is_needed)
{
    Path path;
    snprintf(path, sizeof path, "%.480s.%s", stem, ending);
    Str golden = {"", 0};
    bool is_there = read_whole(&unit->arena, path, &golden);
    if (getenv("BLESS") != NULL && (is_there || (is_needed && text.len > 0))) {
        write_whole(path, text);
        return;
    }
    if (is_there || is_needed)
        ck_assert_msg(str_eq(text, golden), "%s differs; it would be:\n%.*s", path,
                      STR_ARG(text));
}

// Formatting keeps the tree, and what is formatted stays as it is.
static void expect_stable(Case *unit, const char *stem)
{
    Str text = case_format(unit);
    Case again;
    case_parse(&again, stem, text);
    ck_assert_msg(!diags_has_errors(&again.diags), "%s: formatted, it has errors",
                  stem);
    ck_assert_msg(node_equal(unit->file, again.file), "%s: formatted, it differs",
                  stem);
    ck_assert_msg(str_eq(case_format(&again), text), "%s: not stable", stem);
    arena_free(&again.arena);
}

static void run_case(const char *stem)
{
    Case unit;
    case_load(&unit, stem);
    expect_golden(&unit, stem, "messages", case_messages(&unit), true);
    Buf tree = buf_on(&unit.arena);
    ast_dump(&tree, unit.file);
    expect_golden(&unit, stem, "tree", buf_view(&tree), false);
    if (!diags_has_errors(&unit.diags)) {
        expect_golden(&unit, stem, "formatted", case_format(&unit), false);
        expect_stable(&unit, stem);
    }
    arena_free(&unit.arena);
}

static size_t run_folder(const char *folder)
{
    static const size_t size = MAX_CASES * sizeof(Path);
    Path *paths = malloc(size);
    ck_assert(paths != NULL);
    size_t count = list_cases(folder, paths);
    for (size_t i = 0; i < count; i++)
        run_case(paths[i]);
    free(paths);
    return count;
}

START_TEST(syntax_cases_hold)
{
    ck_assert_uint_gt(run_folder("tests/language/syntax"), 0);
}
END_TEST

START_TEST(format_cases_hold)
{
    ck_assert_uint_gt(run_folder("tests/fmt"), 0);
}
END_TEST

START_TEST(sketches_parse_and_format_stably)
{
    // Policies as people would write them; not a part of the project.
    size_t count = run_folder("../shared/design/sketches");
    if (count == 0)
        printf("sketches: skipped, not present\n");
}
END_TEST

// ---- every row has a case ----

static bool occurs(Arena *arena, const char *ending, Str needle)
{
    Path *paths = malloc(MAX_CASES * sizeof(Path));
    ck_assert(paths != NULL);
    size_t count = list_cases("tests/language/syntax", paths);
    bool is_found = false;
    for (size_t i = 0; i < count && !is_found; i++) {
        Path path;
        snprintf(path, sizeof path, "%.480s.%s", paths[i], ending);
        Str text;
        is_found = read_whole(arena, path, &text) && str_contains(text, needle);
    }
    free(paths);
    return is_found;
}

START_TEST(every_syntax_message_has_a_case)
{
    Arena arena;
    arena_init(&arena, MEMORY);
    for (size_t i = 0; i < diag_row_count(); i++) {
        const DiagRow *row = diag_row((DiagId)i);
        if (strncmp(row->code, "PV0", 3) == 0)
            ck_assert_msg(occurs(&arena, "messages", str_from_c(row->code)),
                          "%s has no case", row->code);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(every_kind_of_node_has_a_case)
{
    static const char *const names[] = {
#define NODE(kind, class, contract) #kind,
#include "lang/syntax/ast.def"
#undef NODE
    };
    Arena arena;
    arena_init(&arena, MEMORY);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        // Poison never stays in a tree.
        if (i == NODE_ERROR)
            continue;
        Str line = arena_format(&arena, " %s\n", names[i]);
        Str with_text = arena_format(&arena, " %s \"", names[i]);
        Str with_flag = arena_format(&arena, " %s +", names[i]);
        bool is_root = i == NODE_FILE;
        ck_assert_msg(is_root || occurs(&arena, "tree", line) ||
                          occurs(&arena, "tree", with_text) ||
                          occurs(&arena, "tree", with_flag),
                      "%s is in no tree", names[i]);
    }
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("syntax cases", syntax_cases_hold, format_cases_hold,
          sketches_parse_and_format_stably, every_syntax_message_has_a_case,
          every_kind_of_node_has_a_case)
