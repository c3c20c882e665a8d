// SPDX-License-Identifier: Apache-2.0
#include "engine/base/os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/unit.h"

#define ck_assert_status(expression, expected)                                         \
    ck_assert_int_eq((expression), (expected))
#define ck_assert_ok(expression) ck_assert_status(expression, STATUS_OK)

// A new directory; the tests remove what they put there.
static Str make_directory(Arena *arena)
{
    char name[] = "/tmp/proviso-os-test-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(name));
    return arena_str(arena, str_from_c(name));
}

static unsigned mode_of(Str path)
{
    struct stat facts;
    ck_assert_int_eq(stat(path.at, &facts), 0);
    return facts.st_mode & 0777;
}

START_TEST(written_files_read_back)
{
    static const size_t sizes[] = {0, 1, 100, 16384, 16385, 300000};
    Arena arena;
    arena_init(&arena, 1 << 24);
    Str directory = make_directory(&arena);
    Str path = os_path_join(&arena, directory, STR("bundle"));
    char *bytes = arena_try(&arena, 300000);
    for (size_t i = 0; i < 300000; i++)
        bytes[i] = (char)(i * 7);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Str contents = {bytes, sizes[i]};
        Str read;
        Str mapped;
        ck_assert_ok(os_write_file(path, contents, 0640));
        ck_assert_ok(os_read_file(&arena, path, sizes[i], &read));
        ck_assert(str_eq(read, contents));
        ck_assert_int_eq(read.at[read.len], '\0');
        ck_assert_ok(os_map_file(path, sizes[i], &mapped));
        ck_assert(str_eq(mapped, contents));
        os_unmap_file(mapped);
        if (sizes[i] == 0)
            continue;
        ck_assert_status(os_read_file(&arena, path, sizes[i] - 1, &read), STATUS_LIMIT);
        ck_assert_status(os_map_file(path, sizes[i] - 1, &mapped), STATUS_LIMIT);
    }
    ck_assert_uint_eq(mode_of(path) & ~0640U, 0);
    ck_assert_ok(os_remove_file(path));
    ck_assert(!os_file_exists(path));
    ck_assert_int_eq(rmdir(directory.at), 0); // nothing was left aside
    arena_free(&arena);
}
END_TEST

START_TEST(pipes_are_read_to_their_end)
{
    Arena arena;
    arena_init(&arena, 1 << 24);
    for (size_t limit = 39999; limit <= 40000; limit++) {
        int ends[2];
        char bytes[1000];
        Str read;
        memset(bytes, 'x', sizeof bytes);
        ck_assert_int_eq(pipe(ends), 0);
        for (int i = 0; i < 40; i++)
            ck_assert_int_eq(write(ends[1], bytes, sizeof bytes), sizeof bytes);
        close(ends[1]);
        Str path = arena_format(&arena, "/dev/fd/%d", ends[0]);
        Status status = os_read_file(&arena, path, limit, &read);
        ck_assert_status(status, limit < 40000 ? STATUS_LIMIT : STATUS_OK);
        if (status == STATUS_OK)
            ck_assert_uint_eq(read.len, 40000);
        close(ends[0]);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(full_arena_is_a_limit)
{
    Arena arena;
    Str read;
    arena_init(&arena, 0);
    ck_assert_status(os_read_file(&arena, STR("/dev/null"), 10, &read), STATUS_LIMIT);
}
END_TEST

START_TEST(failures_have_their_status)
{
    Arena arena;
    arena_init(&arena, 1 << 20);
    Str directory = make_directory(&arena);
    Str absent = os_path_join(&arena, directory, STR("absent"));
    Str below = os_path_join(&arena, absent, STR("file"));
    Str file = os_path_join(&arena, directory, STR("file"));
    Str under_file = os_path_join(&arena, file, STR("x"));
    char long_path[4096];
    memset(long_path, 'a', sizeof long_path);
    Str out;
    ck_assert_ok(os_write_file(file, STR("x"), 0600));
    ck_assert_status(os_read_file(&arena, absent, 10, &out), STATUS_NOT_FOUND);
    ck_assert_status(os_map_file(absent, 10, &out), STATUS_NOT_FOUND);
    ck_assert_status(os_remove_file(absent), STATUS_NOT_FOUND);
    ck_assert_status(os_write_file(below, STR("x"), 0600), STATUS_NOT_FOUND);
    ck_assert_status(os_read_file(&arena, under_file, 10, &out), STATUS_NOT_DIRECTORY);
    ck_assert_status(os_read_file(&arena, directory, 10, &out), STATUS_IS_DIRECTORY);
    ck_assert_status(os_map_file(directory, 10, &out), STATUS_IS_DIRECTORY);
    ck_assert_status(os_map_file(STR("/dev/null"), 10, &out), STATUS_UNSUPPORTED);
    ck_assert(os_write_file(directory, STR("x"), 0600) != STATUS_OK);
    ck_assert_status(os_read_file(&arena, STR(""), 10, &out), STATUS_NOT_FOUND);
    ck_assert_status(os_read_file(&arena, STR("/dev\0/null"), 10, &out),
                     STATUS_MALFORMED);
    ck_assert_status(os_read_file(&arena, (Str){long_path, 4096}, 10, &out),
                     STATUS_LIMIT);
    ck_assert_status(os_read_file(&arena, (Str){long_path, 4095}, 10, &out),
                     STATUS_LIMIT);
    ck_assert_ok(os_write_file(STR("/dev/null"), STR("x"), 0600));
    ck_assert(os_file_exists(file) && !os_file_exists(absent));
    ck_assert_ok(os_remove_file(file));
    ck_assert_int_eq(rmdir(directory.at), 0);
    ck_assert_status(os_status(ENOSPC), STATUS_NO_SPACE);
    ck_assert_status(os_status(EIO), STATUS_IO);
    ck_assert_status(os_status(0), STATUS_IO);
    arena_free(&arena);
}
END_TEST

START_TEST(secrets_that_others_can_read_are_refused)
{
    static const struct {
        mode_t mode;
        Status status;
    } cases[] = {
        {0600, STATUS_OK},         {0400, STATUS_OK},         {0640, STATUS_PERMISSION},
        {0604, STATUS_PERMISSION}, {0620, STATUS_PERMISSION}, {0601, STATUS_PERMISSION},
    };
    Arena arena;
    arena_init(&arena, 1 << 20);
    Str directory = make_directory(&arena);
    Str path = os_path_join(&arena, directory, STR("key.pem"));
    ck_assert_ok(os_write_file(path, STR("secret"), 0600));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Str read = {0};
        ck_assert_int_eq(chmod(path.at, cases[i].mode), 0);
        ck_assert_status(os_read_secret_file(&arena, path, 100, &read),
                         cases[i].status);
        ck_assert_uint_eq(read.len, cases[i].status == STATUS_OK ? 6 : 0);
    }
    ck_assert_ok(os_remove_file(path));
    ck_assert_int_eq(rmdir(directory.at), 0);
    arena_free(&arena);
}
END_TEST

START_TEST(paths)
{
    static const struct {
        const char *path;
        const char *directory;
        const char *name;
    } cases[] = {
        {"a/b/c.proviso", "a/b", "c.proviso"},
        {"c.proviso", ".", "c.proviso"},
        {"/c", "/", "c"},
        {"/", "/", ""},
        {"a/", "a", ""},
        {"", ".", ""},
    };
    Arena arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_text(os_path_directory(str_from_c(cases[i].path)),
                       cases[i].directory);
        ck_assert_text(os_path_name(str_from_c(cases[i].path)), cases[i].name);
    }
    ck_assert_text(os_path_join(&arena, STR("a"), STR("b")), "a/b");
    ck_assert_text(os_path_join(&arena, STR("a/"), STR("b")), "a/b");
    ck_assert_text(os_path_join(&arena, STR("/"), STR("b")), "/b");
    ck_assert_text(os_path_join(&arena, STR("a"), STR("/b")), "/b");
    ck_assert_text(os_path_join(&arena, STR(""), STR("b")), "b");
    arena_free(&arena);
}
END_TEST

START_TEST(directories_are_listed)
{
    Arena arena;
    arena_init(&arena, 1 << 16);
    Str directory = make_directory(&arena);
    Str path = os_path_join(&arena, directory, STR("part"));
    Str names;
    ck_assert_ok(os_list_directory(&arena, directory, &names));
    ck_assert_uint_eq(names.len, 0);
    ck_assert_ok(os_write_file(path, STR("x"), 0600));
    ck_assert_ok(os_list_directory(&arena, directory, &names));
    ck_assert(str_eq(names, STR("part\0")));
    ck_assert_status(os_list_directory(&arena, path, &names), STATUS_NOT_DIRECTORY);
    ck_assert_ok(os_remove_file(path));
    ck_assert_int_eq(rmdir(directory.at), 0);
    ck_assert_status(os_list_directory(&arena, directory, &names), STATUS_NOT_FOUND);
    arena_free(&arena);
}
END_TEST

START_TEST(clocks_go_forward)
{
    int64_t before = os_monotonic_clock();
    ck_assert_int_le(before, os_monotonic_clock());
    ck_assert_int_gt(os_wall_clock(), INT64_C(1700000000000000000));
}
END_TEST

UNIT_MAIN("os", written_files_read_back, pipes_are_read_to_their_end,
          full_arena_is_a_limit, failures_have_their_status,
          secrets_that_others_can_read_are_refused, paths, directories_are_listed,
          clocks_go_forward)
