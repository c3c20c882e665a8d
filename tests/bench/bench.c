// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/os.h"

enum { PATH = 4096, MOST_ARGUMENTS = 8 };
static const size_t MEMORY = (size_t)1 << 30;

_Noreturn void bench_die(const char *what)
{
    (void)fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void stop_late(int signal)
{
    static const char MESSAGE[] = "bench: not done in time: somebody is stuck\n";
    (void)signal;
    ssize_t written = write(STDERR_FILENO, MESSAGE, sizeof MESSAGE - 1);
    _exit(written > 0 ? 1 : 2);
}

// program is build/KIND/tests/bench/NAME
void bench_start(Bench *bench, const char *program, unsigned seconds)
{
    char here[PATH];
    const char *parent = getenv("TMPDIR");
    const struct sigaction late = {.sa_handler = stop_late};
    if (sigaction(SIGALRM, &late, NULL) != 0 || getcwd(here, sizeof here) == NULL)
        bench_die("can't start");
    (void)alarm(seconds);
    arena_init(&bench->arena, MEMORY);
    Str build = str_from_c(program);
    for (int i = 0; i < 3; i++)
        build = os_path_directory(build);
    bench->build = os_path_join(&bench->arena, str_from_c(here), build).at;
    Str pattern = arena_format(&bench->arena, "%s/proviso-bench-XXXXXX",
                               parent == NULL ? "/tmp" : parent);
    char *folder = arena_alloc(&bench->arena, pattern.len + 1);
    (void)snprintf(folder, pattern.len + 1, "%s", pattern.at);
    if (mkdtemp(folder) == NULL)
        bench_die(folder);
    bench->folder = (Str){folder, pattern.len};
}

int bench_end(Bench *bench)
{
    Str remove = arena_format(&bench->arena, "rm -rf '%s'", bench->folder.at);
    int status = system(remove.at);
    arena_free(&bench->arena);
    return status == 0 ? 0 : 1;
}

pid_t bench_fork(void)
{
    (void)fflush(stdout);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        bench_die("no process is to be had");
    if (pid > 0)
        return pid;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    return 0;
}

const char *bench_path(Bench *bench, const char *name)
{
    return arena_format(&bench->arena, "%s/%s", bench->folder.at, name).at;
}

void bench_run(Bench *bench, const char *program, char *const *arguments)
{
    char path[PATH];
    char *all[MOST_ARGUMENTS + 2] = {path};
    int status = 0;
    (void)snprintf(path, sizeof path, "%s/%s", bench->build, program);
    for (int i = 0; arguments[i] != NULL && i < MOST_ARGUMENTS; i++)
        all[i + 1] = arguments[i];
    pid_t pid = bench_fork();
    if (pid == 0) {
        if (chdir(bench->folder.at) == 0)
            execv(path, all);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
        bench_die(path);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void bench_sort(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
}

void bench_goal(const char *what, double measured, bool is_floor, double goal,
                const char *unit)
{
    bool is_met = is_floor ? measured >= goal : measured <= goal;
    printf("= %-52s %9s %6g %-7s  %8.3g  %s\n", what, is_floor ? "at least" : "at most",
           goal, unit, measured, is_met ? "met" : "MISSED");
}
