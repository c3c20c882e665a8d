// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/test_report.h"

#include "engine/base/json_write.h"
#include "engine/base/utf8.h"
#include "lang/source/render.h"

static Location location_of(const TestReport *report, const SceneResult *result)
{
    return sources_locate(report->sources, result->test->span.start);
}

// Milliseconds with three places.
static void put_ms(Buf *out, int64_t ns)
{
    int64_t us = ns / 1000;
    buf_printf(out, "%lld.%03lld", (long long)(us / 1000), (long long)(us % 1000));
}

// ---- text ----

typedef struct StateLook {
    const char *word;
    const char *colour;
    const char *name; // in JSON
} StateLook;

static const StateLook LOOKS[] = {
    [SCENE_PASSED] = {"ok  ", "\x1b[32m", "passed"},
    [SCENE_FAILED] = {"FAIL", "\x1b[1;31m", "failed"},
};

static void put_result(Buf *out, const TestReport *report, const SceneResult *result,
                       bool is_coloured)
{
    const StateLook *look = &LOOKS[result->state];
    Location at = location_of(report, result);
    buf_c(out, is_coloured ? look->colour : "");
    buf_c(out, look->word);
    buf_c(out, is_coloured ? "\x1b[0m" : "");
    buf_c(out, "  ");
    source_show(out, result->test->name);
    if (result->state == SCENE_FAILED)
        buf_printf(out, " (%.*s:%u)", STR_ARG(at.source->path), (unsigned)at.line);
    buf_char(out, '\n');
    if (result->state != SCENE_FAILED)
        return;
    buf_char(out, '\n');
    for (const Diag *diag = result->failure.first; diag != NULL; diag = diag->next)
        render_text(out, diag, (RenderStyle){.is_coloured = is_coloured});
}

void test_report_text(Buf *out, const TestReport *report, bool is_coloured)
{
    for (uint32_t i = 0; i < report->count; i++)
        put_result(out, report, &report->results[i], is_coloured);
    buf_printf(out, "%s%u passed, %u failed in ", report->count > 0 ? "\n" : "",
               (unsigned)report->passed, (unsigned)report->failed);
    put_ms(out, report->took);
    buf_c(out, " ms\n");
}

// ---- JSON ----

static void json_ms(JsonWriter *json, int64_t ns)
{
    char memory[32];
    Buf text = buf_fixed(memory, sizeof memory);
    put_ms(&text, ns);
    json_name(json, "ms");
    json_raw(json, buf_view(&text));
}

static void json_count(JsonWriter *json, const char *name, uint32_t count)
{
    json_name(json, name);
    json_i64(json, count);
}

static void json_failures(JsonWriter *json, const SceneResult *result)
{
    json_name(json, "failures");
    json_begin_array(json);
    for (const Diag *diag = result->failure.first; diag != NULL; diag = diag->next) {
        Buf text = buf_on(diag->owner->arena);
        render_json(&text, diag);
        json_raw(json, str_trim(buf_view(&text)));
    }
    json_end_array(json);
}

void test_report_json(Buf *out, const TestReport *report)
{
    JsonWriter json = json_writer(out, 2);
    json_begin_object(&json);
    json_name(&json, "tests");
    json_begin_array(&json);
    for (uint32_t i = 0; i < report->count; i++) {
        const SceneResult *result = &report->results[i];
        Location at = location_of(report, result);
        json_begin_object(&json);
        json_name(&json, "name");
        json_str(&json, result->test->name);
        json_name(&json, "file");
        json_str(&json, at.source->path);
        json_count(&json, "line", at.line);
        json_name(&json, "state");
        json_c(&json, LOOKS[result->state].name);
        json_ms(&json, result->took);
        if (result->state == SCENE_FAILED)
            json_failures(&json, result);
        json_end_object(&json);
    }
    json_end_array(&json);
    json_count(&json, "passed", report->passed);
    json_count(&json, "failed", report->failed);
    json_ms(&json, report->took);
    json_end_object(&json);
    buf_char(out, '\n');
}

// ---- JUnit XML ----

// Character data, also as the value of an attribute (XML 1.0, 2.2, 2.4 and 3.3.3). What
// XML can't hold becomes U+FFFD.
static void put_xml(Buf *out, Str text, bool is_attribute)
{
    while (text.len > 0) {
        Str before = text;
        uint32_t point;
        bool is_good = utf8_next(&text, &point);
        if (!is_good)
            text = str_slice(text, 1, text.len);
        bool is_control =
            point < ' ' && point != '\t' && point != '\n' && point != '\r';
        if (!is_good || is_control || point == 0xFFFE || point == 0xFFFF)
            buf_c(out, "\xEF\xBF\xBD");
        else if (point == '&')
            buf_c(out, "&amp;");
        else if (point == '<')
            buf_c(out, "&lt;");
        else if (point == '>')
            buf_c(out, "&gt;");
        else if (point == '"')
            buf_c(out, "&quot;");
        else if (point == '\r' || (is_attribute && point < ' '))
            buf_printf(out, "&#%u;", (unsigned)point);
        else
            buf_str(out, str_slice(before, 0, before.len - text.len));
    }
}

static void put_attribute(Buf *out, const char *name, Str value)
{
    buf_printf(out, " %s=\"", name);
    put_xml(out, value, true);
    buf_char(out, '"');
}

// Seconds.
static void put_time(Buf *out, int64_t ns)
{
    int64_t us = ns / 1000;
    buf_printf(out, " time=\"%lld.%06lld\"", (long long)(us / 1000000),
               (long long)(us % 1000000));
}

static void put_failure(Buf *out, Arena *arena, const Diag *diag)
{
    Buf text = buf_on(arena);
    render_text(&text, diag, (RenderStyle){0});
    buf_c(out, "      <failure");
    put_attribute(out, "type", str_from_c(diag_row(diag->id)->code));
    put_attribute(out, "message", diag_message(arena, diag));
    buf_char(out, '>');
    put_xml(out, buf_view(&text), false);
    buf_c(out, "</failure>\n");
}

static void put_case(Buf *out, Arena *arena, const TestReport *report,
                     const SceneResult *result)
{
    Location at = location_of(report, result);
    buf_c(out, "    <testcase");
    put_attribute(out, "name", result->test->name);
    put_attribute(out, "classname", at.source->path);
    put_attribute(out, "file", at.source->path);
    buf_printf(out, " line=\"%u\"", (unsigned)at.line);
    put_time(out, result->took);
    if (result->state == SCENE_PASSED) {
        buf_c(out, "/>\n");
        return;
    }
    buf_c(out, ">\n");
    for (const Diag *diag = result->failure.first; diag != NULL; diag = diag->next)
        put_failure(out, arena, diag);
    buf_c(out, "    </testcase>\n");
}

static void put_counts(Buf *out, const TestReport *report)
{
    buf_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\"",
               (unsigned)report->count, (unsigned)report->failed);
    put_time(out, report->took);
    buf_c(out, ">\n");
}

// The tests from `first` on that lie in one file.
static TestReport suite_from(const TestReport *report, uint32_t first)
{
    TestReport suite = {.sources = report->sources, .results = report->results + first};
    const Source *source = location_of(report, suite.results).source;
    for (uint32_t i = first; i < report->count; i++) {
        const SceneResult *result = &report->results[i];
        if (location_of(report, result).source != source)
            break;
        suite.count++;
        suite.passed += result->state == SCENE_PASSED;
        suite.failed += result->state == SCENE_FAILED;
        suite.took += result->took;
    }
    return suite;
}

void test_report_junit(Buf *out, Arena *arena, const TestReport *report)
{
    buf_c(out,
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"proviso\"");
    put_counts(out, report);
    for (uint32_t first = 0; first < report->count;) {
        TestReport suite = suite_from(report, first);
        buf_c(out, "  <testsuite");
        put_attribute(out, "name", location_of(report, suite.results).source->path);
        put_counts(out, &suite);
        for (uint32_t i = 0; i < suite.count; i++)
            put_case(out, arena, &suite, &suite.results[i]);
        buf_c(out, "  </testsuite>\n");
        first += suite.count;
    }
    buf_c(out, "</testsuites>\n");
}
