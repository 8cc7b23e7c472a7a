#include "schema/format.h"

#include <arpa/inet.h>
#include <string.h>

/* Reads `digits` decimal digits at *at and moves on; -1 when they are not there. */
static int number(flama_string text, size_t *at, size_t digits)
{
    if (text.size - *at < digits)
        return -1;
    int value = 0;
    for (size_t end = *at + digits; *at < end; ++*at) {
        if (text.data[*at] < '0' || text.data[*at] > '9')
            return -1;
        value = value * 10 + (text.data[*at] - '0');
    }
    return value;
}

static bool letter(flama_string text, size_t *at, const char *any)
{
    if (*at >= text.size || text.data[*at] == '\0' || !strchr(any, text.data[*at]))
        return false;
    ++*at;
    return true;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* RFC 3339 full-date. */
static bool read_date(flama_string text, size_t *at)
{
    int year = number(text, at, 4);
    int month = year >= 0 && letter(text, at, "-") ? number(text, at, 2) : -1;
    int day =
        month >= 1 && month <= 12 && letter(text, at, "-") ? number(text, at, 2) : 0;
    return day >= 1 && day <= days_of(year, month);
}

/* RFC 3339 partial-time; a 60th second is a leap second. */
static bool read_time(flama_string text, size_t *at)
{
    int hour = number(text, at, 2);
    int minute = hour >= 0 && letter(text, at, ":") ? number(text, at, 2) : -1;
    int second = minute >= 0 && letter(text, at, ":") ? number(text, at, 2) : -1;
    if (hour > 23 || minute > 59 || second < 0 || second > 60)
        return false;
    if (letter(text, at, ".") && number(text, at, 1) < 0)
        return false;
    while (number(text, at, 1) >= 0)
        continue;
    return true;
}

/* "Z", "+01:00", or nothing: Python's isoformat() of a naive time has none. */
static bool read_zone(flama_string text, size_t *at)
{
    if (*at == text.size || letter(text, at, "zZ"))
        return true;
    if (!letter(text, at, "+-"))
        return false;
    int hour = number(text, at, 2);
    int minute = hour >= 0 && letter(text, at, ":") ? number(text, at, 2) : -1;
    return hour <= 23 && minute >= 0 && minute <= 59;
}

static bool is_date(flama_string text)
{
    size_t at = 0;
    return read_date(text, &at) && at == text.size;
}

static bool is_time(flama_string text)
{
    size_t at = 0;
    return read_time(text, &at) && read_zone(text, &at) && at == text.size;
}

static bool is_date_time(flama_string text)
{
    size_t at = 0;
    return read_date(text, &at) && letter(text, &at, "Tt ") && read_time(text, &at) &&
           read_zone(text, &at) && at == text.size;
}

static bool is_uuid(flama_string text)
{
    if (text.size != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (!letter(text, &(size_t){i}, dash ? "-" : "0123456789abcdefABCDEF"))
            return false;
    }
    return true;
}

static bool is_plain(flama_string text, const char *refused)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7f ||
            strchr(refused, text.data[i]))
            return false;
    return text.size > 0;
}

/* Labels of 1 to 63 letters, digits and inner dashes with dots between; bytes over 0x7f
 * pass, for names in other scripts. */
static bool is_host(flama_string text)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.size; i++) {
        if (i < text.size && text.data[i] != '.')
            continue;
        flama_string label = {text.data + start, i - start};
        if (label.size > 63 || !is_plain(label, "\"(),:;<>@[\\]!#$%&'*+/=?^_`{|}~") ||
            label.data[0] == '-' || label.data[label.size - 1] == '-')
            return false;
        start = i + 1;
    }
    return text.size <= 253;
}

/* What RFC 5321 takes, without its quoted strings and address literals. */
static bool is_email(flama_string text)
{
    const char *sign = text.size ? memrchr(text.data, '@', text.size) : NULL;
    if (sign == NULL)
        return false;
    flama_string local = {text.data, (size_t)(sign - text.data)};
    flama_string host = {sign + 1, text.size - local.size - 1};
    return local.size <= 64 && is_plain(local, "\"(),:;<>@[\\]") &&
           local.data[0] != '.' && local.data[local.size - 1] != '.' &&
           memmem(local.data, local.size, "..", 2) == NULL && is_host(host) &&
           memchr(host.data, '.', host.size) != NULL;
}

/* An absolute URI by RFC 3986: scheme, colon and characters that need no escape. */
static bool is_uri(flama_string text)
{
    size_t i = 0;
    while (i < text.size && text.data[i] != ':') {
        char c = text.data[i] | 0x20;
        bool first = c >= 'a' && c <= 'z';
        if (!first && (i == 0 || !letter(text, &(size_t){i}, "0123456789+-.")))
            return false;
        i++;
    }
    flama_string rest = {text.data + i + 1, i < text.size ? text.size - i - 1 : 0};
    return i > 0 && is_plain(rest, "\"<>\\^`{|}");
}

static bool is_address(flama_string text, int family)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (text.size >= sizeof copy || (text.size && memchr(text.data, 0, text.size)))
        return false;
    memcpy(copy, text.size ? text.data : "", text.size);
    copy[text.size] = '\0';
    return inet_pton(family, copy, &address) == 1;
}

static bool is_ipv4(flama_string text)
{
    return is_address(text, AF_INET);
}

static bool is_ipv6(flama_string text)
{
    return is_address(text, AF_INET6);
}

static const struct {
    const char *name;
    bool (*check)(flama_string text);
    const char *sentence;
} formats[] = {
    {"date", is_date, "Must be a valid date format."},
    {"time", is_time, "Must be a valid time format."},
    {"date-time", is_date_time, "Must be a valid datetime format."},
    {"email", is_email, "Must be a valid email format."},
    {"uuid", is_uuid, "Must be a valid UUID format."},
    {"uri", is_uri, "Must be a real URL."},
    {"ipv4", is_ipv4, "Must be a valid IP format."},
    {"ipv6", is_ipv6, "Must be a valid IP format."},
};

const char *flama_format_check(const char *format, flama_string text)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, format) == 0)
            return formats[i].check(text) ? NULL : formats[i].sentence;
    return NULL;
}
