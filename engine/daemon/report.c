// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/report.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/os.h"

enum { NANOSECONDS = 1000000000, MILLISECONDS = 1000000 };

static void write_time(JsonWriter *json)
{
    int64_t now = os_wall_clock();
    time_t seconds = (time_t)(now / NANOSECONDS);
    struct tm utc;
    char day[32] = "";
    char text[40] = "";
    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text, sizeof text, "%s.%03dZ", day,
                   (int)(now % NANOSECONDS / MILLISECONDS));
    json_c(json, text);
}

void report_begin(Report *report, const char *level, const char *event)
{
    report->buf = buf_fixed(report->line, sizeof report->line);
    report->json = json_writer(&report->buf, 0);
    json_begin_object(&report->json);
    json_name(&report->json, "time");
    write_time(&report->json);
    report_text(report, "level", str_from_c(level));
    report_text(report, "event", str_from_c(event));
}

void report_text(Report *report, const char *name, Str text)
{
    json_name(&report->json, name);
    json_str(&report->json, text);
}

void report_number(Report *report, const char *name, int64_t number)
{
    json_name(&report->json, name);
    json_i64(&report->json, number);
}

// A pipe that polls writable takes a line of up to PIPE_BUF bytes whole.
void report_end(Report *report)
{
    json_end_object(&report->json);
    buf_char(&report->buf, '\n');
    Str line = buf_view(&report->buf);
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (line.len == 0 || poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0)
        return;
    ssize_t written = write(STDERR_FILENO, line.at, line.len);
    (void)written;
}
