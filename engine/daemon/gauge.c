// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/gauge.h"

#include "engine/daemon/report.h"

enum {
    LOW = 8,  // less than an eighth of the memory is left...
    ROOM = 4, // ...and then, more than a quarter again
};
static const int64_t MINUTE = INT64_C(60) * 1000000000;

static void read_room(Gauge *gauge, const ProvisoMemoryInfo *info)
{
    if (gauge->is_low) {
        gauge->is_low = info->left <= info->limit / ROOM;
        return;
    }
    gauge->is_low = info->left < info->limit / LOW;
    if (!gauge->is_low)
        return;
    Report report;
    report_begin(&report, "warning", "memory_low");
    report_number(&report, "left", (int64_t)info->left);
    report_number(&report, "limit", (int64_t)info->limit);
    report_end(&report);
}

void gauge_read(Gauge *gauge, const ProvisoMemory *memory, uint64_t quotas, int64_t now)
{
    if (memory == NULL)
        return;
    ProvisoMemoryInfo info;
    proviso_memory_info(memory, &info);
    read_room(gauge, &info);
    if (quotas == gauge->quotas || now < gauge->next)
        return;
    Report report;
    report_begin(&report, "warning", "quota");
    report_number(&report, "denied", (int64_t)(quotas - gauge->quotas));
    report_end(&report);
    gauge->quotas = quotas;
    gauge->next = now + MINUTE;
}
