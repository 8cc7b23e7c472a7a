/* Numbers in and out, with the C library as the oracle, and the table of powers. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/number.h"
#include "json/powers.h"

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545F4914F6CDD1D;
}

/* Any finite double, every exponent alike. */
static double random_double(void)
{
    for (;;) {
        uint64_t bits = random_bits();
        double number;
        memcpy(&number, &bits, sizeof number);
        if (isfinite(number))
            return number;
    }
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Reads from a heap block of just that size, so that ASan sees every byte too far. */
static const char *read_exactly(const char *text, size_t size, flama_json_number *out)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    const char *end = flama_json__read_number(copy, copy + size, out);
    const char *place = end ? text + (end - copy) : NULL;
    free(copy);
    return place;
}

static void check_against_strtod(const char *text)
{
    flama_json_number number;
    const char *end = read_exactly(text, strlen(text), &number);
    assert_non_null(end);
    assert_string_equal(end, "");
    double expected = strtod(text, NULL);
    if (number.kind == FLAMA_NUMBER_INTEGER && number.integer == 0)
        expected = 0.0; /* -0 is an integer: it has no sign */
    if (!same(number.number, expected))
        fail_msg("%s read as %.17g, not as %.17g", text, number.number, expected);
}

/* Long numbers, compared by multiplying back, which the table's maker never does. */
enum { LIMBS = 64 };

typedef struct big {
    uint32_t limb[LIMBS];
} big;

static void times(big *b, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void twice(big *b, int count)
{
    while (count-- > 0)
        times(b, 2);
}

static int compare(const big *a, const big *b)
{
    for (int i = LIMBS; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static big big_of(flama_power power)
{
    return (big){{(uint32_t)power.low, (uint32_t)(power.low >> 32),
                  (uint32_t)power.high, (uint32_t)(power.high >> 32)}};
}

static int bits_of(const big *b)
{
    for (int i = LIMBS; i-- > 0;)
        if (b->limb[i])
            return i * 32 + 32 - __builtin_clz(b->limb[i]);
    return 0;
}

/* power <= 5^n * 2^s < power + 1 */
static void check_positive(int n, const big *five)
{
    flama_power power = *flama_json__power(n);
    flama_power next = {power.high + (power.low == UINT64_MAX), power.low + 1};
    big low = big_of(power), high = big_of(next), value = *five;
    int shift = bits_of(five) - 128;
    twice(&value, -shift);
    twice(&low, shift);
    twice(&high, shift);
    assert_true(compare(&low, &value) <= 0);
    assert_true(compare(&value, &high) < 0);
    if (n <= FLAMA_POWER_EXACT)
        assert_int_equal(compare(&low, &value), 0);
}

/* power - 1 < 2^s / 5^n < power */
static void check_negative(int n, const big *five)
{
    flama_power power = *flama_json__power(-n);
    flama_power below = {power.high - (power.low == 0), power.low - 1};
    big high = big_of(power), low = big_of(below), one = {{1}};
    twice(&one, bits_of(five) + 127);
    for (int i = 0; i < n; i++) {
        times(&high, 5);
        times(&low, 5);
    }
    assert_true(compare(&low, &one) < 0);
    assert_true(compare(&one, &high) < 0);
}

static void the_table_holds_the_powers(void **state)
{
    (void)state;
    big five = {{1}};
    for (int n = 0; n <= -FLAMA_POWER_MIN; n++, times(&five, 5)) {
        if (n <= FLAMA_POWER_MAX) {
            assert_true(flama_json__power(n)->high >> 63);
            check_positive(n, &five);
        }
        if (n > 0) {
            assert_true(flama_json__power(-n)->high >> 63);
            check_negative(n, &five);
        }
    }
}

static void numbers_are_recognized(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int length; /* 0: no number */
        flama_number_kind kind;
        double number;
    } cases[] = {
        {"0", 1, FLAMA_NUMBER_INTEGER, 0},
        {"-0", 2, FLAMA_NUMBER_INTEGER, 0},
        {"-0.0", 4, FLAMA_NUMBER_FLOAT, -0.0},
        {"-0e5", 4, FLAMA_NUMBER_FLOAT, -0.0},
        {"12,", 2, FLAMA_NUMBER_INTEGER, 12},
        {"012", 1, FLAMA_NUMBER_INTEGER, 0},
        {"1.", 1, FLAMA_NUMBER_INTEGER, 1},
        {"1.x", 1, FLAMA_NUMBER_INTEGER, 1},
        {"1.5.5", 3, FLAMA_NUMBER_FLOAT, 1.5},
        {"1e", 1, FLAMA_NUMBER_INTEGER, 1},
        {"1e+", 1, FLAMA_NUMBER_INTEGER, 1},
        {"1.5e-", 3, FLAMA_NUMBER_FLOAT, 1.5},
        {"1E2", 3, FLAMA_NUMBER_FLOAT, 100},
        {"1e+2", 4, FLAMA_NUMBER_FLOAT, 100},
        {"1e0002", 6, FLAMA_NUMBER_FLOAT, 100},
        {"1e400", 5, FLAMA_NUMBER_FLOAT, INFINITY},
        {"-1e400", 6, FLAMA_NUMBER_FLOAT, -INFINITY},
        {"1e99999999999999999999", 22, FLAMA_NUMBER_FLOAT, INFINITY},
        {"1e-99999999999999999999", 23, FLAMA_NUMBER_FLOAT, 0},
        {"0e99999999999999999999", 22, FLAMA_NUMBER_FLOAT, 0},
        {"9223372036854775807", 19, FLAMA_NUMBER_INTEGER, 9223372036854775807.0},
        {"-9223372036854775808", 20, FLAMA_NUMBER_INTEGER, -9223372036854775808.0},
        {"9223372036854775808", 19, FLAMA_NUMBER_HUGE, 9223372036854775808.0},
        {"-9223372036854775809", 20, FLAMA_NUMBER_HUGE, -9223372036854775808.0},
        {"18446744073709551616", 20, FLAMA_NUMBER_HUGE, 18446744073709551616.0},
        {"99999999999999999999", 20, FLAMA_NUMBER_HUGE, 1e20},
        {"", 0, 0, 0},
        {"-", 0, 0, 0},
        {"+1", 0, 0, 0},
        {".5", 0, 0, 0},
        {"-.5", 0, 0, 0},
        {"e5", 0, 0, 0},
        {"NaN", 0, 0, 0},
        {"-Infinity", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flama_json_number number;
        const char *text = cases[i].text;
        const char *end = read_exactly(text, strlen(text), &number);
        assert_int_equal(end ? end - text : 0, cases[i].length);
        if (end == NULL)
            continue;
        assert_int_equal(number.kind, cases[i].kind);
        assert_true(same(number.number, cases[i].number));
        if (number.kind == FLAMA_NUMBER_INTEGER && *end == '\0')
            assert_int_equal(number.integer, strtoll(text, NULL, 10));
    }
}

static void hard_numbers_read_as_the_c_library_reads_them(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.47032822920623272088284396434110686182e-324",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "179769313486231580793728971405303415079934132710037826936173778980444968292764"
        "750946649017977587207096330286416692887910946555547851940402630657488671505820"
        "681908902000708383676273854845817711531764475730270069855571366959622842914819"
        "860834936475292719074168444365510704342711559699508093042880",
        "9007199254740992",
        "9007199254740993",
        "9007199254740993.0",
        "9007199254740993.00000000000000000000000000000000000000001",
        "9007199254740995.0",
        "9007199254740991.4999999999999999999999999999999",
        "9007199254740991.5",
        "1152921504606847104.0",
        "1152921504606847232.0000000000000000000000000000000000001",
        "0.500000000000000166533453693773481063544750213623046875",
        "3.518437208883201171875e13",
        "62.5364939768271845828",
        "8.10109172351e-10",
        "1.50000000000000011102230246251565",
        "6929495644600919.5",
        "7.3177701707893310e+15",
        "1090544144181609348835077142190",
        "123456789012345678901234567890e-20",
        "0.000000000000000000000000000000000000000000000000000012345678901234567890",
        "10000000000000000000000000000000000000000000000000000000000000000000000e-70",
        "0.0012345678901234567",
        "0.000000000000000000000000000",
        "0.0000000000000000009999999999999999999",
        "0.00000000000000000018446744073709551616",
        "-0.0000000000000000000000000012345678901234567e30",
        "1e23",
        "8.5e22",
        "1e-22",
        "1e22",
        "123456789.123456789e-342",
        "0.0000000000000000000000000000000000e-400",
        "1e-400",
        "0.1e-323",
        "18446744073709551615e-342",
        "18446744073709551615e288",
        "-9999999999999999999e289",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_against_strtod(texts[i]);
}

static void random_numbers_of_every_length_read_right(void **state)
{
    (void)state;
    char text[64];
    for (int i = 0; i < 40000; i++) {
        double number = random_double();
        snprintf(text, sizeof text, "%.*e", i % 25, number);
        check_against_strtod(text);
        snprintf(text, sizeof text, "%.*f", i % 22,
                 (double)(int64_t)random_bits() / 1e9);
        check_against_strtod(text);
        snprintf(text, sizeof text, "%lld", (long long)random_bits());
        check_against_strtod(text);
    }
}

/* The exact middle of two doubles, and one step to either side of it: up to 770 digits.
 */
static void halfway_numbers_go_to_the_even(void **state)
{
    (void)state;
    for (int i = 0; i < 1500; i++) {
        double number = fabs(random_double());
        if (i % 3 == 0)
            number = ldexp((double)(random_bits() >> 11), -(i % 400));
        else if (i % 3 == 1)
            number = ldexp((double)(random_bits() >> 11), -1074 + i % 60);
        long double middle = ((long double)number + nextafter(number, INFINITY)) / 2;
        if (!isfinite((double)middle) || number == 0)
            continue;
        char text[1200], longer[1300];
        snprintf(text, sizeof text, "%.780Le", middle);
        check_against_strtod(text);
        char *e = strchr(text, 'e');
        snprintf(longer, sizeof longer, "%.*s00000000000000000000000000000000000001%s",
                 (int)(e - text), text, e);
        check_against_strtod(longer);
        char *last = e - 1;
        while (*last == '0')
            last--;
        if (*last != '.') {
            (*last)--;
            check_against_strtod(text);
        }
    }
}

static void a_million_digits_are_read(void **state)
{
    (void)state;
    enum { DIGITS = 1000000 };
    char *text = malloc(DIGITS + 32);
    memset(text, '0', DIGITS);
    memcpy(text, "0.", 2);
    memcpy(text + DIGITS, "125e999998", 11);
    flama_json_number number;
    assert_ptr_equal(flama_json__read_number(text, text + DIGITS + 10, &number),
                     text + DIGITS + 10);
    assert_true(same(number.number, 0.125));
    memset(text, '0', DIGITS);
    memcpy(text, "0.", 2);
    memcpy(text + DIGITS, "12345678901234567890123e999998", 30);
    flama_json__read_number(text, text + DIGITS + 30, &number);
    assert_true(same(number.number, 0.12345678901234567890123));
    memset(text, '7', DIGITS);
    flama_json__read_number(text, text + DIGITS, &number);
    assert_int_equal(number.kind, FLAMA_NUMBER_HUGE);
    assert_true(isinf(number.number));
    free(text);
}

static void numbers_print_as_python_prints_them(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {100, "100.0"},
        {-1234567, "-1234567.0"},
        {0.1, "0.1"},
        {0.25, "0.25"},
        {1.5, "1.5"},
        {123.456, "123.456"},
        {1e-4, "0.0001"},
        {1.2345e-4, "0.00012345"},
        {9.999e-5, "9.999e-05"},
        {1e-5, "1e-05"},
        {1e-7, "1e-07"},
        {1.5e-7, "1.5e-07"},
        {1e-10, "1e-10"},
        {1e-100, "1e-100"},
        {1e15, "1000000000000000.0"},
        {9007199254740992.0, "9007199254740992.0"},
        {9999999999999998, "9999999999999998.0"},
        {1e16, "1e+16"},
        {1.2345678901234568e17, "1.2345678901234568e+17"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {9.5e22, "9.5e+22"},
        {5e-324, "5e-324"},
        {1e-323, "1e-323"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.0, "2.0"},
        {0.3333333333333333, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {(double)0.1f, "0.10000000149011612"},
        {9007199254740991.0, "9007199254740991.0"},
        {2251799813685249.5, "2251799813685249.5"},
        {9.109383632e-31, "9.109383632e-31"},
        {2e-44, "2e-44"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[FLAMA_JSON_NUMBER_SIZE + 1] = {0};
        text[flama_json_print_number(text, cases[i].number)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
}

/* Significant digits of a printed number. */
static int digits_of(const char *text)
{
    int count = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (count == 0 && *text == '0'))
            continue;
        count++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return count - zeros;
}

/* Round trip, no text shorter, and of that length none nearer. */
static void check_printed(double number)
{
    char text[FLAMA_JSON_NUMBER_SIZE + 1], trial[40];
    text[flama_json_print_number(text, number)] = '\0';
    if (!same(strtod(text, NULL), number))
        fail_msg("%.17g printed as %s", number, text);
    int length = digits_of(text);
    for (int n = 1; n < length; n++) {
        snprintf(trial, sizeof trial, "%.*e", n - 1, number);
        if (strtod(trial, NULL) == number)
            fail_msg("%s is shorter than %s", trial, text);
    }
    if (length == 0)
        return;
    snprintf(trial, sizeof trial, "%.*e", length - 1, number);
    flama_json_number back;
    flama_json__read_number(text, text + strlen(text), &back);
    assert_true(same(back.number, number));
    if (strtod(trial, NULL) == number) {
        char spelled[40];
        snprintf(spelled, sizeof spelled, "%.*Le", length - 1, strtold(text, NULL));
        assert_string_equal(spelled, trial);
    }
}

static void random_numbers_print_shortest(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        check_printed(random_double());
        check_printed((double)(int64_t)random_bits() / 1e4);
        check_printed((double)(random_bits() % 100000) / 1000);
        check_printed((double)(float)((double)random_bits() * 1e-30));
        check_printed(ldexp(1.0, i % 2098 - 1074));
        uint64_t subnormal = random_bits() >> (12 + i % 52);
        double number;
        memcpy(&number, &subnormal, sizeof number);
        check_printed(number);
    }
}

static void integers_print(void **state)
{
    (void)state;
    char text[32], expected[32];
    int64_t power = 1;
    for (int i = 0; i < 20000; i++) {
        int64_t n = (int64_t)(random_bits() >> (i % 64));
        if (i < 19 * 6) {
            n = (i % 2 ? -1 : 1) * (power + i / 2 % 3 - 1);
            power = i % 6 == 5 && i < 18 * 6 ? power * 10 : power;
        }
        n = i == 200 ? INT64_MIN : i == 201 ? INT64_MAX : n;
        text[flama_json__print_integer(text, n)] = '\0';
        snprintf(expected, sizeof expected, "%lld", (long long)n);
        assert_string_equal(text, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_holds_the_powers),
        cmocka_unit_test(numbers_are_recognized),
        cmocka_unit_test(hard_numbers_read_as_the_c_library_reads_them),
        cmocka_unit_test(random_numbers_of_every_length_read_right),
        cmocka_unit_test(halfway_numbers_go_to_the_even),
        cmocka_unit_test(a_million_digits_are_read),
        cmocka_unit_test(numbers_print_as_python_prints_them),
        cmocka_unit_test(random_numbers_print_shortest),
        cmocka_unit_test(integers_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
