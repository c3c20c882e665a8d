// SPDX-License-Identifier: Apache-2.0
// test_report: what the tests of a policy came to: as text, JSON and JUnit XML.
#ifndef PROVISO_LANG_CLI_TEST_REPORT_H
#define PROVISO_LANG_CLI_TEST_REPORT_H

#include "lang/cli/cli.h"
#include "lang/scene/run.h"

typedef struct TestReport {
    const Sources *sources;
    const SceneResult *results; // in the order of the tests
    uint32_t count;
    uint32_t passed, failed;
    int64_t took; // ns
} TestReport;

// A line a test, the differences below it, and "N passed, N failed in X ms".
void test_report_text(Buf *out, const TestReport *report, bool is_coloured);
// One object: tests, passed, failed, ms. Failures are diagnostics as `check`
// gives them.
void test_report_json(Buf *out, const TestReport *report);
// The XML that continuous integration reads: a testsuite a file, a testcase a test.
void test_report_junit(Buf *out, Arena *arena, const TestReport *report);

#endif
