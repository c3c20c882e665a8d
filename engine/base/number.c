// SPDX-License-Identifier: Apache-2.0
#include "engine/base/number.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/checked.h"

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UWide;

enum { WIDE_DIGITS = 39 }; // of 2^127 in decimal

static const uint64_t ONE = UINT64_C(1000000000000000000); // 10^DECIMAL_PLACES

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool i64_parse(Str text, int64_t *out)
{
    bool is_negative = str_starts(text, STR("-"));
    Str digits = str_slice(text, is_negative ? 1 : 0, text.len);
    int64_t number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int64_t digit = digits.at[i] - '0';
        if (!is_digit(digits.at[i]) || !checked_mul_i64(number, 10, &number) ||
            !checked_add_i64(number, is_negative ? -digit : digit, &number))
            return false;
    }
    if (digits.len == 0)
        return false;
    *out = number;
    return true;
}

// ---- between Decimal and 128-bit integers ----

static Decimal from_bits(UWide bits)
{
    return (Decimal){.hi = (int64_t)(uint64_t)(bits >> 64), .lo = (uint64_t)bits};
}

static UWide to_bits(Decimal number)
{
    return (UWide)(uint64_t)number.hi << 64 | number.lo;
}

static UWide magnitude(Decimal number)
{
    return number.hi < 0 ? 0 - to_bits(number) : to_bits(number);
}

// False unless the number fits: at most 2^127 below zero, less above.
static bool from_magnitude(UWide size, bool is_negative, Decimal *out)
{
    const UWide most = (UWide)1 << 127;
    if (size > most || (size == most && !is_negative))
        return false;
    *out = from_bits(is_negative ? 0 - size : size);
    return true;
}

static bool mul_u128(UWide a, UWide b, UWide *out)
{
    if (a != 0 && b > ~(UWide)0 / a)
        return false;
    *out = a * b;
    return true;
}

static bool add_digit(UWide *number, unsigned digit)
{
    UWide scaled = 0;
    if (!mul_u128(*number, 10, &scaled) || scaled > ~(UWide)0 - digit)
        return false;
    *number = scaled + digit;
    return true;
}

// ---- text to decimal ----

// A number's text in its parts (RFC 8259 §6), still unread.
typedef struct NumberParts {
    bool is_negative;
    Str integer;
    Str fraction; // digits behind the point, or empty
    Str exponent; // with its '-', without '+', or empty
} NumberParts;

// Takes the digits at the front.
static Str take_digits(Str *rest)
{
    size_t count = 0;
    while (count < rest->len && is_digit(rest->at[count]))
        count++;
    Str digits = str_slice(*rest, 0, count);
    *rest = str_slice(*rest, count, rest->len);
    return digits;
}

static bool split_number(Str text, NumberParts *parts)
{
    Str rest = text;
    *parts = (NumberParts){.is_negative = str_take(&rest, '-')};
    parts->integer = take_digits(&rest);
    if (parts->integer.len == 0 ||
        (parts->integer.at[0] == '0' && parts->integer.len > 1))
        return false;
    if (str_take(&rest, '.')) {
        parts->fraction = take_digits(&rest);
        if (parts->fraction.len == 0)
            return false;
    }
    if (str_take(&rest, 'e') || str_take(&rest, 'E')) {
        bool has_plus = str_take(&rest, '+');
        parts->exponent = rest;
        if (!has_plus)
            (void)str_take(&rest, '-');
        if (take_digits(&rest).len == 0)
            return false;
    }
    return rest.len == 0;
}

// Appends digits to the number. Zeros are held back in *zeros until a digit needs them,
// so that any number of them may end the text.
static bool add_digits(UWide *number, int64_t *zeros, Str digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] == '0') {
            *zeros += *number == 0 ? 0 : 1;
            continue;
        }
        for (; *zeros > 0; --*zeros) {
            if (!add_digit(number, 0))
                return false;
        }
        if (!add_digit(number, (unsigned)(digits.at[i] - '0')))
            return false;
    }
    return true;
}

// A power of ten; one past all that matters if the text is longer than any that does.
static int64_t read_exponent(Str text)
{
    int64_t exponent = 0;
    if (text.len > 0 && !i64_parse(text, &exponent))
        exponent = text.at[0] == '-' ? INT64_MIN / 2 : INT64_MAX / 2;
    if (exponent > INT64_MAX / 2)
        return INT64_MAX / 2;
    return exponent < INT64_MIN / 2 ? INT64_MIN / 2 : exponent;
}

bool decimal_parse(Str text, Decimal *out)
{
    NumberParts parts;
    UWide number = 0;
    int64_t scale = 0; // the power of ten by which the digits are to be multiplied
    if (!split_number(text, &parts) || !add_digits(&number, &scale, parts.integer) ||
        !add_digits(&number, &scale, parts.fraction))
        return false;
    if (number == 0)
        return from_magnitude(0, false, out);
    scale +=
        read_exponent(parts.exponent) + DECIMAL_PLACES - (int64_t)parts.fraction.len;
    if (scale < 0 || scale > WIDE_DIGITS)
        return false;
    for (; scale > 0; scale--) {
        if (!add_digit(&number, 0))
            return false;
    }
    return from_magnitude(number, parts.is_negative, out);
}

bool decimal_from_double(double number, Decimal *out)
{
    char memory[32];
    Buf text = buf_fixed(memory, sizeof memory);
    return double_format(&text, number) && decimal_parse(buf_view(&text), out);
}

// ---- arithmetic ----

Decimal decimal_from_i64(int64_t number)
{
    UWide size = number < 0 ? 0 - (UWide)number : (UWide)number;
    UWide scaled = size * ONE;
    return from_bits(number < 0 ? 0 - scaled : scaled);
}

bool decimal_to_i64(Decimal number, int64_t *out)
{
    UWide size = magnitude(number);
    if (size % ONE != 0 || size / ONE > (UWide)INT64_MAX + (number.hi < 0 ? 1 : 0))
        return false;
    uint64_t integer = (uint64_t)(size / ONE);
    *out = number.hi >= 0 ? (int64_t)integer : -(int64_t)(integer - 1) - 1;
    return true;
}

bool decimal_add(Decimal a, Decimal b, Decimal *out)
{
    Decimal sum = from_bits(to_bits(a) + to_bits(b));
    if ((a.hi < 0) == (b.hi < 0) && (sum.hi < 0) != (a.hi < 0))
        return false;
    *out = sum;
    return true;
}

bool decimal_sub(Decimal a, Decimal b, Decimal *out)
{
    Decimal difference = from_bits(to_bits(a) - to_bits(b));
    if ((a.hi < 0) != (b.hi < 0) && (difference.hi < 0) != (a.hi < 0))
        return false;
    *out = difference;
    return true;
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// a * b / 10^18 without a wider product: what a has in common with 10^18 is taken out
// of a, and the rest of 10^18 must then divide b.
bool decimal_mul(Decimal a, Decimal b, Decimal *out)
{
    UWide size_a = magnitude(a);
    UWide size_b = magnitude(b);
    UWide product = 0;
    uint64_t common = greatest_common_divisor(ONE, (uint64_t)(size_a % ONE));
    uint64_t rest = ONE / common;
    if (size_b % rest != 0 || !mul_u128(size_a / common, size_b / rest, &product))
        return false;
    return from_magnitude(product, product != 0 && (a.hi < 0) != (b.hi < 0), out);
}

// ---- numbers to text ----

void decimal_format(Buf *buf, Decimal number)
{
    char digits[WIDE_DIGITS];
    size_t at = sizeof digits;
    UWide rest = magnitude(number);
    while (rest > 0 || sizeof digits - at <= DECIMAL_PLACES) {
        digits[--at] = (char)('0' + (unsigned)(rest % 10));
        rest /= 10;
    }
    const size_t point = sizeof digits - DECIMAL_PLACES;
    size_t end = sizeof digits;
    while (end > point && digits[end - 1] == '0')
        end--;
    if (number.hi < 0)
        buf_char(buf, '-');
    buf_bytes(buf, digits + at, point - at);
    if (end > point) {
        buf_char(buf, '.');
        buf_bytes(buf, digits + point, end - point);
    }
}

// Writes the number in the fewest digits that read back as the same: "d.ddde±dd".
static void shortest_text(double number, char *text, size_t size)
{
    for (int places = 0; places <= 16; places++) {
        (void)snprintf(text, size, "%.*e", places, number);
        if (strtod(text, NULL) == number)
            return;
    }
}

// ECMA-262 Number::toString: `point` is where the decimal point stands, counted from
// the first of the digits.
static void put_digits(Buf *buf, Str digits, int point)
{
    int count = (int)digits.len;
    if (point > 21 || point < -5) {
        buf_str(buf, str_slice(digits, 0, 1));
        if (count > 1) {
            buf_char(buf, '.');
            buf_str(buf, str_slice(digits, 1, digits.len));
        }
        buf_printf(buf, "e%+d", point - 1);
    } else if (point <= 0) {
        buf_c(buf, "0.");
        buf_fill(buf, '0', (size_t)-point);
        buf_str(buf, digits);
    } else if (point >= count) {
        buf_str(buf, digits);
        buf_fill(buf, '0', (size_t)(point - count));
    } else {
        buf_str(buf, str_slice(digits, 0, (size_t)point));
        buf_char(buf, '.');
        buf_str(buf, str_slice(digits, (size_t)point, digits.len));
    }
}

bool double_format(Buf *buf, double number)
{
    if (!isfinite(number))
        return false;
    if (number < 0)
        buf_char(buf, '-');
    char text[32];
    shortest_text(fabs(number), text, sizeof text);
    Cut cut = str_cut(str_from_c(text), 'e');
    int exponent = (int)strtol(cut.tail.at, NULL, 10);
    char memory[20];
    Buf digits = buf_fixed(memory, sizeof memory);
    buf_str(&digits, str_slice(cut.head, 0, 1));
    buf_str(&digits, str_slice(cut.head, 2, cut.head.len));
    put_digits(buf, buf_view(&digits), exponent + 1);
    return true;
}
