// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/clock.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/base/time.h"
#include "engine/daemon/report.h"

enum { CLOCK_BYTES = 64, CLOCK_MEMORY = 64 << 10 };

static Status read_time(Str file, int64_t *out)
{
    Arena arena;
    arena_init(&arena, CLOCK_MEMORY);
    Str text = {0};
    Status status = os_read_file(&arena, file, CLOCK_BYTES, &text);
    if (status == STATUS_OK && str_ends(text, STR("\n")))
        text = str_slice(text, 0, text.len - 1);
    if (status == STATUS_OK && !time_parse(text, out))
        status = STATUS_MALFORMED;
    arena_free(&arena);
    return status == STATUS_LIMIT ? STATUS_MALFORMED : status;
}

Status clock_open(Clock *clock, Str file, Buf *why)
{
    *clock = (Clock){.file = file};
    if (file.len == 0)
        return STATUS_OK;
    Status status = read_time(file, &clock->now);
    if (status == STATUS_MALFORMED)
        buf_printf(why, "%.*s: holds no time; write one such as 2026-03-02T09:00:00Z",
                   STR_ARG(file));
    else if (status != STATUS_OK)
        buf_printf(why, "%.*s: %s", STR_ARG(file), status_text(status));
    return status;
}

int64_t clock_now(Clock *clock)
{
    if (clock->file.len == 0)
        return os_wall_clock();
    bool was_lost = clock->is_lost;
    clock->is_lost = read_time(clock->file, &clock->now) != STATUS_OK;
    if (clock->is_lost && !was_lost) {
        Report report;
        report_begin(&report, "error", "test_clock_lost");
        report_text(&report, "file", clock->file);
        report_end(&report);
    }
    return clock->now;
}
