/* SPDX-License-Identifier: Apache-2.0 */
/* clock: see clock.h. */
#include "pipeline/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t which)
{
    struct timespec now = {0};
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

/* Days since 1970-01-01 to the proleptic Gregorian calendar, counting years from March (Hinnant's
 * algorithm). */
static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

const char *clock_format(int64_t wall_ns, char text[CLOCK_TEXT_BYTES])
{
    int64_t seconds = wall_ns / CLOCK_NS_PER_S;
    int64_t fraction_ns = wall_ns % CLOCK_NS_PER_S;
    if (fraction_ns < 0) {
        fraction_ns += CLOCK_NS_PER_S;
        seconds--;
    }
    int64_t days = seconds / 86400;
    int64_t second_of_day = seconds % 86400;
    if (second_of_day < 0) {
        second_of_day += 86400;
        days--;
    }
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    /* The remainders tell the compiler how wide each can be. */
    unsigned second = (unsigned)second_of_day, millisecond = (unsigned)(fraction_ns / CLOCK_NS_PER_MS);
    snprintf(text, CLOCK_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)year % 10000,
             (unsigned)month % 100, (unsigned)day % 100, second / 3600 % 100, second / 60 % 60, second % 60,
             millisecond % 1000);
    return text;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

bool clock_is_utc(const char *text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    static const unsigned char month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i])
            return false;
    }
    int month = two_digits(text + 5), day = two_digits(text + 8);
    if (month < 1 || month > 12 || day < 1 || day > month_days[month - 1])
        return false;
    if (two_digits(text + 11) > 23 || two_digits(text + 14) > 59 || two_digits(text + 17) > 60)
        return false;
    const char *rest = text + sizeof shape - 1;
    if (*rest == '.') {
        rest++;
        if (!is_digit(*rest))
            return false;
        while (is_digit(*rest))
            rest++;
    }
    return strcmp(rest, "Z") == 0 || strcmp(rest, "+00:00") == 0;
}

/* The reverse of civil_from_days. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t from_march = month > 2 ? month - 3 : month + 9;
    int64_t shifted = year - (month <= 2);
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

bool clock_parse(const char *text, int64_t *wall_ns_out)
{
    if (!clock_is_utc(text))
        return false;
    int year = two_digits(text) * 100 + two_digits(text + 2);
    int64_t days = days_from_civil(year, two_digits(text + 5), two_digits(text + 8));
    int64_t seconds =
        days * 86400 + two_digits(text + 11) * 3600 + two_digits(text + 14) * 60 + two_digits(text + 17);
    /* Nanoseconds in 64 bits end in 2262. */
    if (seconds > INT64_MAX / CLOCK_NS_PER_S - 1 || seconds < INT64_MIN / CLOCK_NS_PER_S + 1)
        return false;
    int64_t fraction_ns = 0, unit_ns = CLOCK_NS_PER_S / 10;
    for (const char *digit = text + strlen("dddd-dd-ddTdd:dd:dd."); is_digit(*digit); digit++, unit_ns /= 10)
        fraction_ns += (*digit - '0') * unit_ns;
    *wall_ns_out = seconds * CLOCK_NS_PER_S + fraction_ns;
    return true;
}
