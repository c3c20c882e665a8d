// SPDX-License-Identifier: Apache-2.0
// report: what the daemon tells its operator: one JSON object a line on standard error.
//
//     {"time":"2026-11-24T08:15:08.123Z","level":"info","event":"listening","path":"/run/..."}
//
// Nothing from the body of a request is ever reported. Reports never block: a line that
// the reader of standard error has no room for is dropped. A Report belongs to one
// thread and is built and written within one function.
#ifndef PROVISO_ENGINE_DAEMON_REPORT_H
#define PROVISO_ENGINE_DAEMON_REPORT_H

#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/json_write.h"
#include "engine/base/str.h"

enum { REPORT_LINE = 2048 };

typedef struct Report {
    char line[REPORT_LINE];
    Buf buf;
    JsonWriter json;
} Report;

// Begins a line; `level` is "info", "warning" or "error".
void report_begin(Report *report, const char *level, const char *event);
void report_text(Report *report, const char *name, Str text);
void report_number(Report *report, const char *name, int64_t number);
// Writes the line.
void report_end(Report *report);

#endif
