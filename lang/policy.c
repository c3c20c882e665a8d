// SPDX-License-Identifier: Apache-2.0
#include "lang/policy.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/os.h"
#include "lang/check/array.h"
#include "lang/syntax/parse.h"
#include "stdlib/library.h"

typedef struct Loader {
    Arena *arena;
    Diags *diags;
    Sources *sources;
    Policy *policy;
    Str *folders; // by file: where its imports are looked for; "" is where we are
    Str *paths;   // by package
} Loader;

// ---- files ----

static void mark_source(Loader *loader, const Source *source, uint32_t package)
{
    Packages *packages = &loader->policy->packages;
    while (packages->source_count <= source->number)
        *ARRAY_PUSH(loader->arena, packages->of_source, packages->source_count) =
            NO_PACKAGE;
    packages->of_source[source->number] = package;
}

// The tree of a source that was read before, or NULL.
static const Node *file_of(const Loader *loader, const Source *source)
{
    for (uint32_t i = 0; i < loader->policy->file_count; i++)
        if (loader->policy->files[i]->span.start == source->base)
            return loader->policy->files[i];
    return NULL;
}

static Node *add_file(Loader *loader, const Source *source, uint32_t package,
                      Str folder)
{
    Policy *policy = loader->policy;
    uint32_t count = policy->file_count;
    Node *file = parse_file(loader->arena, loader->diags, source);
    mark_source(loader, source, package);
    *ARRAY_PUSH(loader->arena, loader->folders, count) = folder;
    *ARRAY_PUSH(loader->arena, policy->files, policy->file_count) = file;
    return file;
}

static uint32_t add_package(Loader *loader, Str name, Str path)
{
    Packages *packages = &loader->policy->packages;
    uint32_t count = packages->count;
    *ARRAY_PUSH(loader->arena, loader->paths, count) = path;
    ARRAY_PUSH(loader->arena, packages->items, packages->count)->name = name;
    return packages->count - 1;
}

// ---- what a file says it is ----

// The file should be of that package; `reason` at `why` says who says so.
static void check_package(Loader *loader, const Node *file, Str name, Span why,
                          Str reason)
{
    const Node *said = node_find(file, NODE_PACKAGE);
    if (said != NULL && str_eq(said->text, name))
        return;
    Span start = span_make(file->span.start, file->span.start);
    Diag *diag = diag_report1(loader->diags, DIAG_PACKAGE_OTHER,
                              said == NULL ? start : node_name_span(said), name);
    diag_label(diag, why, reason);
    if (said == NULL)
        diag_fix(diag, start,
                 arena_format(loader->arena, "package %.*s\n\n", STR_ARG(name)),
                 STR("say which package it is"));
    else
        diag_fix(diag, node_name_span(said), name, STR("write that name"));
}

// The name of package 0: what its files say, which must be one thing.
static void name_policy(Loader *loader)
{
    const Node *first = NULL;
    for (uint32_t i = 0; i < loader->policy->file_count; i++) {
        const Node *file = loader->policy->files[i];
        const Node *said = node_find(file, NODE_PACKAGE);
        if (said != NULL && first != NULL)
            check_package(loader, file, first->text, node_name_span(first),
                          STR("another file of this policy says so"));
        first = first == NULL ? said : first;
    }
    loader->policy->packages.items[0].name = first == NULL ? STR("") : first->text;
}

// ---- imports ----

static bool is_package_name(Str name)
{
    bool is_start = true;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool is_digit = c >= '0' && c <= '9';
        if (c == '.' ? is_start : !is_letter && (is_start || !is_digit))
            return false;
        is_start = c == '.';
    }
    return !is_start;
}

static bool is_library_name(Str name)
{
    return str_eq(str_cut(name, '.').head, STR("std"));
}

static const LibraryPackage *library_find(Str name)
{
    for (const LibraryPackage *package = LIBRARY; package->name.len > 0; package++)
        if (str_eq(package->name, name))
            return package;
    return NULL;
}

static Str path_of_package(const Loader *loader, Str folder, Str name)
{
    char *path = memcpy(arena_alloc(loader->arena, name.len + 1), name.at, name.len);
    for (size_t i = 0; i < name.len; i++)
        path[i] = path[i] == '.' ? '/' : path[i];
    Str file = arena_format(loader->arena, "%.*s.proviso", (int)name.len, path);
    return os_path_join(loader->arena, folder, file);
}

// Offers the packages whose files lie where that of `name` would.
static void offer_folder(const Loader *loader, Str path, Str name, Nearest *nearest)
{
    const Sources *sources = loader->sources;
    const Str ending = STR(".proviso");
    Str names = STR("");
    if (sources->list == NULL ||
        sources->list(sources->context, loader->arena, os_path_directory(path),
                      &names) != STATUS_OK)
        return;
    Cut cut = str_cut_last(name, '.');
    Str before = str_slice(name, 0, cut.found ? cut.head.len + 1 : 0);
    while (names.len > 0) {
        Cut next = str_cut(names, '\0');
        names = next.tail;
        if (str_ends(next.head, ending))
            nearest_offer(
                nearest, arena_format(loader->arena, "%.*s%.*s", STR_ARG(before),
                                      (int)(next.head.len - ending.len), next.head.at));
    }
}

static void report_unknown(Loader *loader, const Node *import, Str path, Str help)
{
    Nearest nearest = nearest_start(import->text);
    const Packages *packages = &loader->policy->packages;
    Diag *diag = diag_report1(loader->diags, DIAG_IMPORT_UNKNOWN,
                              node_name_span(import), import->text);
    for (const LibraryPackage *package = LIBRARY; package->name.len > 0; package++)
        nearest_offer(&nearest, package->name);
    for (uint32_t i = 1; i < packages->count; i++)
        nearest_offer(&nearest, packages->items[i].name);
    if (path.len > 0)
        offer_folder(loader, path, import->text, &nearest);
    diag_help(diag, help);
    diag_suggest(diag, node_name_span(import), &nearest);
}

// The text of a package that nobody has imported before; NULL after a message.
static Source *read_package(Loader *loader, const Node *import, Str path)
{
    Source *source = NULL;
    const LibraryPackage *library = library_find(import->text);
    if (is_library_name(import->text) && library == NULL) {
        report_unknown(loader, import, STR(""), STR("`std` is the standard library"));
        return NULL;
    }
    Status status = library != NULL
                        ? sources_add(loader->sources, path, library->text, &source)
                        : sources_load(loader->sources, path, &source);
    if (status == STATUS_OK)
        return source;
    report_unknown(loader, import, path,
                   arena_format(loader->arena,
                                "it would be the file `%.*s`, which can't be read: %s",
                                STR_ARG(path), status_text(status)));
    return NULL;
}

static uint32_t known_package(const Loader *loader, Str name)
{
    const Packages *packages = &loader->policy->packages;
    for (uint32_t i = 0; i < packages->count; i++)
        if (str_eq(packages->items[i].name, name))
            return i;
    return NO_PACKAGE;
}

// The number of the package that is imported into a file of that folder, or NO_PACKAGE.
static uint32_t find_package(Loader *loader, const Node *import, Str folder)
{
    Str name = import->text;
    if (!is_package_name(name)) {
        report_unknown(loader, import, STR(""),
                       STR("the parts of a package's name are plain names"));
        return NO_PACKAGE;
    }
    const LibraryPackage *library = library_find(name);
    Str path = library != NULL ? library->path : path_of_package(loader, folder, name);
    uint32_t known = known_package(loader, name);
    if (known != NO_PACKAGE) {
        if (known != 0 && !str_eq(loader->paths[known], path))
            diag_report3(loader->diags, DIAG_PACKAGE_TWICE, node_name_span(import),
                         name, loader->paths[known], path);
        return known;
    }
    const Source *source = read_package(loader, import, path);
    if (source == NULL)
        return NO_PACKAGE;
    const Node *file = file_of(loader, source);
    uint32_t number = NO_PACKAGE;
    if (file == NULL) {
        number = add_package(loader, name, path);
        file = add_file(loader, source, number, folder);
    }
    check_package(loader, file, name, node_name_span(import), STR("imported here"));
    return number;
}

static void load_import(Loader *loader, uint32_t file, const Node *import)
{
    Packages *packages = &loader->policy->packages;
    const Node *first = node_find(loader->policy->files[file], NODE_IMPORT);
    while (first != import && !str_eq(first->text, import->text))
        first = node_find_next(first, NODE_IMPORT);
    if (first != import) {
        Diag *diag =
            diag_report1(loader->diags, DIAG_IMPORT_TWICE, import->span, import->text);
        diag_label(diag, first->span, STR("the first stands here"));
        diag_fix(diag, import->span, STR(""), STR("remove it"));
        return;
    }
    uint32_t number = find_package(loader, import, loader->folders[file]);
    if (number == NO_PACKAGE)
        return;
    const Source *source = sources_find(loader->sources, import->span.start);
    Package *package = &packages->items[packages->of_source[source->number]];
    *ARRAY_PUSH(loader->arena, package->imports, package->import_count) = number;
}

// ---- circles ----

// The packages that a package needs, itself only if it imports itself.
static bool *needs_of(const Loader *loader, uint32_t from)
{
    const Packages *packages = &loader->policy->packages;
    bool *needs = ARENA_ARRAY(loader->arena, packages->count, bool);
    uint32_t *queue = ARENA_ARRAY(loader->arena, packages->count + 1, uint32_t);
    uint32_t end = 0;
    queue[end++] = from;
    for (uint32_t i = 0; i < end; i++) {
        const Package *package = &packages->items[queue[i]];
        for (uint32_t k = 0; k < package->import_count; k++) {
            uint32_t next = package->imports[k];
            if (!needs[next] && next != from)
                queue[end++] = next;
            needs[next] = true;
        }
    }
    return needs;
}

// Where a package imports one that needs it in turn.
static Span circle_span(const Loader *loader, uint32_t package)
{
    const Packages *packages = &loader->policy->packages;
    for (uint32_t i = 0; i < loader->policy->file_count; i++) {
        const Node *file = loader->policy->files[i];
        const Source *source = sources_find(loader->sources, file->span.start);
        if (source == NULL || packages->of_source[source->number] != package)
            continue;
        for (const Node *import = node_find(file, NODE_IMPORT); import != NULL;
             import = node_find_next(import, NODE_IMPORT)) {
            uint32_t next = known_package(loader, import->text);
            if (next == package ||
                (next != NO_PACKAGE && needs_of(loader, next)[package]))
                return node_name_span(import);
        }
    }
    return span_make(0, 0);
}

// One message for each circle, at its first package, with the others' imports.
static void check_circles(Loader *loader)
{
    const Packages *packages = &loader->policy->packages;
    bool *is_said = ARENA_ARRAY(loader->arena, packages->count, bool);
    for (uint32_t i = 0; i < packages->count; i++) {
        const bool *needs = needs_of(loader, i);
        if (!needs[i] || is_said[i])
            continue;
        Diag *diag = diag_report1(loader->diags, DIAG_IMPORT_CIRCLE,
                                  circle_span(loader, i), packages->items[i].name);
        for (uint32_t k = i + 1; k < packages->count; k++) {
            if (!needs[k] || !needs_of(loader, k)[i])
                continue;
            is_said[k] = true;
            diag_label(diag, circle_span(loader, k), STR("by way of this import"));
        }
    }
}

// ---- all ----

static Str folder_of(Str path)
{
    bool is_here = str_eq(os_path_name(path), path);
    return is_here ? STR("") : os_path_directory(path);
}

Status policy_load(Arena *arena, Diags *diags, Sources *sources, const Str *paths,
                   uint32_t count, Policy *policy, uint32_t *failed)
{
    Loader loader = {arena, diags, sources, policy, NULL, NULL};
    *policy = (Policy){0};
    add_package(&loader, STR(""), STR(""));
    for (uint32_t i = 0; i < count; i++) {
        Source *source = NULL;
        *failed = i;
        TRY(sources_load(sources, paths[i], &source));
        if (file_of(&loader, source) == NULL)
            add_file(&loader, source, 0, folder_of(paths[i]));
    }
    name_policy(&loader);
    for (uint32_t i = 0; i < policy->file_count; i++)
        for (const Node *import = node_find(policy->files[i], NODE_IMPORT);
             import != NULL; import = node_find_next(import, NODE_IMPORT))
            load_import(&loader, i, import);
    check_circles(&loader);
    Packages *packages = &policy->packages;
    for (uint32_t i = 0; i < packages->count; i++)
        packages->items[i].import_count = array_sort_numbers(
            packages->items[i].imports, packages->items[i].import_count);
    return STATUS_OK;
}
