// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/daemon/report.h"
#include "engine/log/snapshot.h"
#include "engine/session.h"

// From any thread.
static void wake(void *context)
{
    const Journal *journal = context;
    uint64_t one = 1;
    ssize_t written = write(journal->ready, &one, sizeof one);
    CHECK(written == (ssize_t)sizeof one || errno == EAGAIN);
}

uint64_t journal_unsafe(const Journal *journal)
{
    if (journal->log == NULL || journal->is_failed)
        return 0;
    return journal->next > log_safe(journal->log) ? journal->next : 0;
}

// What changes nothing rests on what was changed before: a call that is asked for again
// is answered when the first answer may be.
static bool keep(void *keeper, int64_t now, int64_t tick, const void *changes,
                 size_t len)
{
    Journal *journal = keeper;
    uint64_t index = 0;
    Moment at = {.wall = now, .tick = tick};
    if (len == 0) {
        journal->hold = journal_unsafe(journal);
        return !journal->is_failed;
    }
    if (!log_append(journal->log, at, LOG_CHANGES, (Str){changes, len}, &index))
        return false;
    journal->next = journal->hold = index + 1;
    return true;
}

static Recovery recovery_of(const Journal *journal)
{
    return (Recovery){.disk = &journal->disk,
                      .secret = journal->secret,
                      .limit = (size_t)journal->config->limits.memory};
}

// ---- snapshots ----

static void *compact(void *context)
{
    Journal *journal = context;
    Recovery recovery = recovery_of(journal);
    Buf why = buf_fixed(journal->why, sizeof journal->why);
    journal->status = recover_compact(&recovery, journal->until,
                                      (uint64_t)journal->config->limits.segments, &why);
    journal->why_len = buf_view(&why).len;
    atomic_store(&journal->is_compacted, true);
    wake(journal);
    return NULL;
}

// When segments were completed that no snapshot stands for, of as many bytes as the
// newest snapshot: so snapshots cost no more than the log. A thread that can't be had
// now may be had with the next group.
static void start_compacting(Journal *journal)
{
    uint64_t segment = log_segment(journal->log), before = journal->until;
    if (journal->is_compacting || segment <= before)
        return;
    uint64_t size = (segment - before) * (uint64_t)journal->config->limits.segment;
    if (size < journal->snapshot_size)
        return;
    journal->until = segment;
    atomic_store(&journal->is_compacted, false);
    journal->is_compacting =
        pthread_create(&journal->thread, NULL, compact, journal) == 0;
    if (!journal->is_compacting)
        journal->until = before;
}

static void finish_compacting(Journal *journal)
{
    CHECK(pthread_join(journal->thread, NULL) == 0);
    journal->is_compacting = false;
    bool is_fine = journal->status == STATUS_OK;
    if (is_fine)
        journal->snapshot_size = snapshot_size(&journal->disk, journal->until);
    Report report;
    report_begin(&report, is_fine ? "info" : "error",
                 is_fine ? "snapshot" : "snapshot_failed");
    report_number(&report, "segment", (int64_t)journal->until);
    if (!is_fine)
        report_text(&report, "why", (Str){journal->why, journal->why_len});
    report_end(&report);
}

// ---- open and close ----

static Status open_log(Journal *journal, const LogEnd *end, Buf *why)
{
    LogOptions options = {
        .disk = journal->disk,
        .mode = journal->config->log_mode,
        .segment_size = (uint64_t)journal->config->limits.segment,
        .on_safe = wake,
        .context = journal,
    };
    TRY(snapshot_find(&journal->disk, UINT64_MAX, &journal->until));
    journal->snapshot_size = snapshot_size(&journal->disk, journal->until);
    if (journal->until == 0)
        journal->until = 1;
    Status status = log_open(&options, end, &journal->log);
    if (status != STATUS_OK)
        buf_printf(why, "a segment can't be begun: %s", status_text(status));
    else
        wake(journal); // a snapshot may be due
    return status;
}

static Status recover(Journal *journal, Buf *why)
{
    TRY(recover_secret(&journal->disk, journal->secret));
    Recovery recovery = recovery_of(journal);
    LogEnd end;
    journal->memory = calloc(1, sizeof *journal->memory);
    ENSURE(journal->memory != NULL, STATUS_MEMORY);
    Status status = recover_state(&recovery, &journal->memory->state, &end, why);
    if (status != STATUS_OK) {
        free(journal->memory);
        return status;
    }
    journal->tick = end.last.tick;
    status = open_log(journal, &end, why);
    if (status != STATUS_OK) {
        proviso_memory_free(journal->memory);
        return status;
    }
    const Limits *limits = &journal->config->limits;
    proviso_memory_set_limits(
        journal->memory,
        &(ProvisoLimits){.tenant_bytes = (uint64_t)limits->tenant_memory,
                         .tenant_tasks = (uint32_t)limits->tenant_tasks,
                         .live_bytes = (uint64_t)limits->live_memory});
    proviso_memory_set_keep(journal->memory, keep, journal);
    return STATUS_OK;
}

static Status open_parts(Journal *journal, Buf *why)
{
    journal->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ENSURE(journal->ready >= 0, os_status(errno));
    Status status = disk_open(journal->config->log, &journal->disk);
    if (status == STATUS_OK) {
        status = recover(journal, why);
        if (status != STATUS_OK)
            disk_close(&journal->disk);
    }
    if (status != STATUS_OK)
        (void)close(journal->ready);
    return status;
}

Status journal_open(const Config *config, Journal *out, Buf *why)
{
    *out = (Journal){.config = config, .ready = -1};
    if (config->log.len == 0)
        return STATUS_OK;
    char text[256];
    Buf problem = buf_fixed(text, sizeof text);
    Status status = open_parts(out, &problem);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (problem.len == 0)
        buf_c(&problem, status_text(status));
    buf_printf(why, "log %.*s: %.*s", STR_ARG(config->log),
               STR_ARG(buf_view(&problem)));
    return status;
}

void journal_close(Journal *journal)
{
    if (journal->memory == NULL)
        return;
    if (journal->is_compacting)
        finish_compacting(journal);
    log_close(journal->log);
    proviso_memory_free(journal->memory);
    disk_close(&journal->disk);
    (void)close(journal->ready);
}

// ---- while it serves ----

void journal_commit(Journal *journal)
{
    if (journal->log != NULL)
        log_commit(journal->log);
}

uint64_t journal_take_hold(Journal *journal)
{
    uint64_t hold = journal->hold;
    journal->hold = 0;
    if (hold == 0 || journal->is_failed)
        return hold;
    if (journal->config->log_mode == LOG_BUFFERED)
        log_commit(journal->log);
    return hold > log_safe(journal->log) ? hold : 0;
}

uint64_t journal_on_ready(Journal *journal)
{
    uint64_t count = 0;
    ssize_t taken = read(journal->ready, &count, sizeof count);
    CHECK(taken == (ssize_t)sizeof count || errno == EAGAIN);
    if (journal->is_compacting && atomic_load(&journal->is_compacted))
        finish_compacting(journal);
    start_compacting(journal);
    Status failure = log_failure(journal->log);
    if (failure != STATUS_OK && !journal->is_failed) {
        journal->is_failed = true;
        Report report;
        report_begin(&report, "error", "log_failed");
        report_text(&report, "why", str_from_c(status_text(failure)));
        report_end(&report);
    }
    return log_safe(journal->log);
}

const char *journal_mode(const Journal *journal)
{
    if (journal->memory == NULL)
        return "none";
    if (journal->is_failed)
        return "failed";
    return journal->config->log_mode == LOG_DURABLE ? "durable" : "buffered";
}
