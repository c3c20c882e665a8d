// SPDX-License-Identifier: Apache-2.0
#include "engine/base/time.h"

#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/checked.h"

enum {
    SECONDS_PER_DAY = 24 * 60 * 60,
    FRACTION_DIGITS = 9,
    DAYS_TO_1970 = 719468, // from 0000-03-01
    DAYS_PER_4_YEARS = 1461,
    DAYS_PER_100_YEARS = 36524,
    DAYS_PER_400_YEARS = 146097,
};

static const int64_t SECOND = INT64_C(1000000000);

static const struct {
    Str name;
    int64_t nanoseconds;
} units[] = {
    {{"d", 1}, INT64_C(86400000000000)},
    {{"h", 1}, INT64_C(3600000000000)},
    {{"m", 1}, INT64_C(60000000000)},
    {{"s", 1}, INT64_C(1000000000)},
    {{"ms", 2}, 1000000},
    {{"us", 2}, 1000},
    {{"ns", 2}, 1},
};

enum { UNITS = sizeof units / sizeof units[0] };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// ---- duration ----

// Takes digits, at least one, whose number fits.
static bool take_number(Str *rest, int64_t *out)
{
    int64_t number = 0;
    size_t count = 0;
    for (; count < rest->len && is_digit(rest->at[count]); count++) {
        if (!checked_mul_i64(number, 10, &number) ||
            !checked_add_i64(number, rest->at[count] - '0', &number))
            return false;
    }
    *rest = str_slice(*rest, count, rest->len);
    *out = number;
    return count > 0;
}

// Takes the letters at the front, which must be a unit from *next on, and moves *next
// past it.
static bool take_unit(Str *rest, size_t *next, int64_t *nanoseconds)
{
    size_t count = 0;
    while (count < rest->len && !is_digit(rest->at[count]))
        count++;
    Str name = str_slice(*rest, 0, count);
    *rest = str_slice(*rest, count, rest->len);
    for (size_t i = *next; i < UNITS; i++) {
        if (str_eq(units[i].name, name)) {
            *nanoseconds = units[i].nanoseconds;
            *next = i + 1;
            return true;
        }
    }
    return false;
}

bool duration_parse(Str text, int64_t *out)
{
    Str rest = text;
    bool is_negative = str_take(&rest, '-');
    int64_t total = 0;
    size_t next = 0;
    do {
        int64_t number = 0;
        int64_t unit = 0;
        int64_t part = 0;
        if (!take_number(&rest, &number) || !take_unit(&rest, &next, &unit) ||
            !checked_mul_i64(number, unit, &part) ||
            !checked_add_i64(total, is_negative ? -part : part, &total))
            return false;
    } while (rest.len > 0);
    *out = total;
    return true;
}

void duration_format(Buf *buf, int64_t nanoseconds)
{
    if (nanoseconds == 0)
        buf_c(buf, "0s");
    if (nanoseconds < 0)
        buf_char(buf, '-');
    for (size_t i = 0; i < UNITS; i++) {
        int64_t count = nanoseconds / units[i].nanoseconds;
        nanoseconds %= units[i].nanoseconds;
        if (count == 0)
            continue;
        buf_i64(buf, count < 0 ? -count : count);
        buf_str(buf, units[i].name);
    }
}

// ---- time ----

typedef struct Date {
    int64_t year;
    int64_t month; // 1 to 12
    int64_t day;   // 1 to 31
} Date;

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

// Days since 1970-01-01. Years are taken to begin in March, so that the leap day ends
// them: then (153 * m + 2) / 5 days have gone before month m.
static int64_t days_of_date(Date date)
{
    int64_t year = date.month > 2 ? date.year : date.year - 1;
    int64_t month = (date.month + 9) % 12;
    return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
           date.day - 1 - DAYS_TO_1970;
}

// The inverse, for days from 0000-03-01 on.
static Date date_of_days(int64_t days)
{
    days += DAYS_TO_1970;
    int64_t era = days / DAYS_PER_400_YEARS;
    days %= DAYS_PER_400_YEARS;
    int64_t year = (days - days / (DAYS_PER_4_YEARS - 1) + days / DAYS_PER_100_YEARS -
                    days / (DAYS_PER_400_YEARS - 1)) /
                   365;
    days -= year * 365 + year / 4 - year / 100;
    int64_t month = (5 * days + 2) / 153;
    days -= (153 * month + 2) / 5;
    return (Date){
        .year = 400 * era + year + (month < 10 ? 0 : 1),
        .month = month < 10 ? month + 3 : month - 9,
        .day = days + 1,
    };
}

// Takes exactly `count` digits, whose number must be at most `most`.
static bool take_field(Str *rest, size_t count, int64_t most, int64_t *out)
{
    Str field = str_slice(*rest, 0, count);
    int64_t number = 0;
    if (field.len < count || !take_number(&field, &number) || field.len > 0 ||
        number > most)
        return false;
    *rest = str_slice(*rest, count, rest->len);
    *out = number;
    return true;
}

// full-date of RFC 3339 §5.6, as days.
static bool take_date(Str *rest, int64_t *days)
{
    Date date = {0};
    if (!take_field(rest, 4, 9999, &date.year) || !str_take(rest, '-') ||
        !take_field(rest, 2, 12, &date.month) || !str_take(rest, '-') ||
        !take_field(rest, 2, 31, &date.day))
        return false;
    if (date.month == 0 || date.day == 0 ||
        date.day > days_in_month(date.year, date.month))
        return false;
    *days = days_of_date(date);
    return true;
}

// time-hour ":" time-minute, in seconds.
static bool take_hour_and_minute(Str *rest, int64_t *seconds)
{
    int64_t hour = 0;
    int64_t minute = 0;
    if (!take_field(rest, 2, 23, &hour) || !str_take(rest, ':') ||
        !take_field(rest, 2, 59, &minute))
        return false;
    *seconds = 60 * (60 * hour + minute);
    return true;
}

// The digits behind the point of a second, in nanoseconds.
static bool take_fraction(Str *rest, int64_t *nanoseconds)
{
    size_t before = rest->len;
    int64_t number = 0;
    if (!take_number(rest, &number) || before - rest->len > FRACTION_DIGITS)
        return false;
    for (size_t i = before - rest->len; i < FRACTION_DIGITS; i++)
        number *= 10;
    *nanoseconds = number;
    return true;
}

// time-offset, in seconds east of UTC.
static bool take_offset(Str *rest, int64_t *seconds)
{
    *seconds = 0;
    if (str_take(rest, 'Z') || str_take(rest, 'z'))
        return true;
    bool is_west = str_take(rest, '-');
    if ((!is_west && !str_take(rest, '+')) || !take_hour_and_minute(rest, seconds))
        return false;
    *seconds = is_west ? -*seconds : *seconds;
    return true;
}

// Everything behind the date: seconds to be added to its midnight UTC, and the
// fraction.
static bool take_time_of_day(Str *rest, int64_t *seconds, int64_t *nanoseconds)
{
    int64_t second = 0;
    int64_t offset = 0;
    if (!take_hour_and_minute(rest, seconds) || !str_take(rest, ':') ||
        !take_field(rest, 2, 59, &second))
        return false;
    if (str_take(rest, '.') && !take_fraction(rest, nanoseconds))
        return false;
    if (!take_offset(rest, &offset))
        return false;
    *seconds += second - offset;
    return true;
}

bool time_parse(Str text, int64_t *out)
{
    Str rest = text;
    int64_t days = 0;
    int64_t seconds = 0;
    int64_t fraction = 0;
    if (!take_date(&rest, &days))
        return false;
    if ((str_take(&rest, 'T') || str_take(&rest, 't')) &&
        !take_time_of_day(&rest, &seconds, &fraction))
        return false;
    if (rest.len > 0)
        return false;
    seconds += days * SECONDS_PER_DAY;
    // Towards zero first, so that the last second of 1677 is not lost on the way.
    if (seconds < 0 && fraction > 0) {
        seconds++;
        fraction -= SECOND;
    }
    int64_t total = 0;
    if (!checked_mul_i64(seconds, SECOND, &total) ||
        !checked_add_i64(total, fraction, &total))
        return false;
    *out = total;
    return true;
}

// Division that rounds down, for a positive divisor.
static int64_t floor_divide(int64_t number, int64_t divisor)
{
    return number / divisor - (number % divisor < 0 ? 1 : 0);
}

static void put_fraction(Buf *buf, int64_t nanoseconds)
{
    int digits = FRACTION_DIGITS;
    for (; nanoseconds % 10 == 0; nanoseconds /= 10)
        digits--;
    buf_printf(buf, ".%0*d", digits, (int)nanoseconds);
}

void time_format(Buf *buf, int64_t nanoseconds)
{
    int64_t seconds = floor_divide(nanoseconds, SECOND);
    int64_t fraction = (nanoseconds % SECOND + SECOND) % SECOND;
    int64_t days = floor_divide(seconds, SECONDS_PER_DAY);
    int second_of_day = (int)(seconds - days * SECONDS_PER_DAY);
    Date date = date_of_days(days);
    buf_printf(buf, "%04d-%02d-%02dT%02d:%02d:%02d", (int)date.year, (int)date.month,
               (int)date.day, second_of_day / 3600, second_of_day / 60 % 60,
               second_of_day % 60);
    if (fraction > 0)
        put_fraction(buf, fraction);
    buf_char(buf, 'Z');
}
