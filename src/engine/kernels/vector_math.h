/* The exponential function and its kin in float, without branches or calls, so that the
 * compiler makes vectors of loops over them. Results are within 2 units in the last
 * place. The polynomials were fitted for least relative error on Chebyshev nodes. */
#ifndef FLAMA_KERNELS_VECTOR_MATH_H
#define FLAMA_KERNELS_VECTOR_MATH_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t vm_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float vm_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float vm_abs(float x)
{
    return vm_float(vm_bits(x) & 0x7fffffff);
}

static inline float vm_sign_of(float magnitude, float sign)
{
    return vm_float(vm_bits(magnitude) | (vm_bits(sign) & 0x80000000));
}

/* x = n ln 2 + r; adding 1.5 * 2^23 rounds to a whole number, which then stands in the
 * low bits. *scale1 * *scale2 = 2^n: in two steps, for n reaches beyond the exponents.
 */
static inline float vm_reduce(float x, float *scale1, float *scale2)
{
    x = x < -105 ? -105 : x;
    x = x > 89 ? 89 : x;
    float shifted = x * 1.44269504f + 12582912.0f;
    float n = shifted - 12582912.0f;
    uint32_t whole = vm_bits(shifted) - 0x4b400000u + 1024, half = whole / 2;
    *scale1 = vm_float((half - 512 + 127) << 23);
    *scale2 = vm_float((whole - half - 512 + 127) << 23);
    return (x - n * 0.693359375f) + n * 2.12194440e-4f;
}

/* (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2. */
static inline float vm_exp_tail(float r)
{
    float p = 1.99076359e-4f;
    p = p * r + 1.39336881e-3f;
    p = p * r + 8.33328593e-3f;
    p = p * r + 4.16664646e-2f;
    p = p * r + 1.66666668e-1f;
    return p * r + 0.5f;
}

static inline float vm_exp(float x)
{
    float scale1, scale2, r = vm_reduce(x, &scale1, &scale2);
    return ((vm_exp_tail(r) * r * r + r) + 1) * scale1 * scale2;
}

static inline float vm_expm1(float x)
{
    float scale1, scale2, r = vm_reduce(x, &scale1, &scale2);
    float small = vm_exp_tail(r) * r * r + r, scale = scale1 * scale2;
    return small * scale + (scale - 1);
}

static inline float vm_sigmoid(float x)
{
    return 1 / (1 + vm_exp(-x));
}

static inline float vm_tanh(float x)
{
    float a = vm_abs(x), s = x * x;
    float p = -6.11318694e-3f;
    p = p * s + 2.10100785e-2f;
    p = p * s - 5.38540706e-2f;
    p = p * s + 1.33327946e-1f;
    p = p * s - 3.33333284e-1f;
    float small = p * s * x + x;
    float large = vm_sign_of(1 - 2 / (vm_exp(2 * a) + 1), x);
    return a < 0.625f ? small : large;
}

/* Above 1 by the logarithm of 1 - erf. */
static inline float vm_erf(float x)
{
    float a = vm_abs(x), s = x * x;
    float p = 7.88911930e-5f;
    p = p * s - 8.02084105e-4f;
    p = p * s + 5.18953521e-3f;
    p = p * s - 2.68544443e-2f;
    p = p * s + 1.12836003e-1f;
    p = p * s - 3.76126260e-1f;
    p = p * s + 1.28379166e-1f;
    float small = p * x + x;
    a = a > 4 ? 4 : a;
    float q = 2.12085737e-7f;
    q = q * a - 2.47542357e-5f;
    q = q * a + 4.60357842e-4f;
    q = q * a - 4.27063601e-3f;
    q = q * a + 2.53489260e-2f;
    q = q * a - 1.08606599e-1f;
    q = q * a - 6.33065760e-1f;
    q = q * a - 1.12964940f;
    q = q * a + 2.02065436e-4f;
    float large = vm_sign_of(1 - vm_exp(q), x);
    return vm_abs(x) > 1 ? (x == x ? large : x) : small;
}

/* The same in double: x = n ln 2 + r, a polynomial for exp(r) (|r| <= ln 2 / 2) that is
 * off by less than 2^-55. It goes by powers of r that need not wait for each other (G.
 * Estrin, 1960). Returns exp(r); *whole is n, added to 0x4338000000000000. */
static inline double vm_exp_part_f64(double x, uint64_t *whole)
{
    double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52;
    double n = shifted - 0x1.8p52;
    double r = (x - n * 0x1.62e42fefa38p-1) - n * 0x1.ef35793c7673p-45;
    double r2 = r * r, r4 = r2 * r2;
    double p2 = 0x1.0000000000001p-1 + 0x1.5555555555556p-3 * r;
    double p4 = 0x1.5555555553d68p-5 + 0x1.11111111109b5p-7 * r;
    double p6 = 0x1.6c16c17889ef1p-10 + 0x1.a01a01a7c2efep-13 * r;
    double p8 = 0x1.a019b9149a41cp-16 + 0x1.71de0db2f6b19p-19 * r;
    double p10 = 0x1.28917c89a43a7p-22 + 0x1.af389ecfc4b9cp-26 * r;
    double tail = (p2 + p4 * r2) + (p6 + p8 * r2) * r4 + p10 * (r4 * r4);
    memcpy(whole, &shifted, sizeof *whole);
    return 1 + (r + tail * r2);
}

/* By 2^n in two steps, for n reaches beyond the exponents. */
static inline double vm_exp_f64(double x)
{
    uint64_t whole;
    double part = vm_exp_part_f64(x, &whole);
    uint64_t both = whole - 0x4338000000000000u + 2046, half = both / 2; /* n + 2046 */
    uint64_t first = half << 52, second = (both - half) << 52;
    double scale1, scale2;
    memcpy(&scale1, &first, sizeof scale1);
    memcpy(&scale2, &second, sizeof scale2);
    double y = part * scale1 * scale2;
    y = x < -746 ? 0 : y;
    return x > 710 ? INFINITY : y;
}

/* The same for who takes 0 for what is below 1e-307: n goes to the exponent. */
static inline double vm_exp_normal_f64(double x)
{
    uint64_t whole, bits;
    double y = vm_exp_part_f64(x, &whole);
    memcpy(&bits, &y, sizeof bits);
    bits += whole << 52;
    memcpy(&y, &bits, sizeof y);
    y = x < -708 ? 0 : y;
    return x > 0x1.62e42fefa39efp+9 ? INFINITY : y; /* log(DBL_MAX) */
}

/* Below 0.35 by the continued fraction of Lambert, x / (1 + x^2 / (3 + x^2 / (5 + ...,
 * to the term 13, as x less a fraction of it: what is left out is below 2^-58. Above,
 * by the exponential function. */
static inline double vm_tanh_f64(double x)
{
    double a = fabs(x), s = x * x;
    double over = ((27 * s + 2772) * s + 45045) * s;
    double under = ((28 * s + 3150) * s + 62370) * s + 135135;
    double small = a - a * (over / under), large = 1 - 2 / (vm_exp_f64(2 * a) + 1);
    return copysign(a < 0.35 ? small : large, x);
}

/* cos(x), or sin(x) with a `turn` of 3, for |x| <= 2^20: x = n pi / 2 + r, with pi / 2
 * in three parts of which the products with n are exact, and polynomials for |r| <= pi
 * / 4 that are off by less than 2^-58 of it. n + turn says which of the two, and its
 * sign. */
static inline double vm_wave_f64(double x, uint64_t turn)
{
    double shifted = x * 0x1.45f306dc9c883p-1 + 0x1.8p52;
    double n = shifted - 0x1.8p52;
    double r = x - n * 0x1.921fb544p+0;
    r = (r - n * 0x1.0b4611a6p-34) - n * 0x1.3198a2e037073p-69;
    double s = r * r, s2 = s * s;
    double p1 = -0x1.5555555555549p-3 + 0x1.111111110f88p-7 * s;
    double p3 = -0x1.a01a019c1267cp-13 + 0x1.71de357871cbfp-19 * s;
    double p5 = -0x1.ae5e66d2fc68p-26 + 0x1.5d932ebf82faap-33 * s;
    double sine = r + r * s * (p1 + (p3 + p5 * s2) * s2);
    double q2 = 0x1.555555555554cp-5 - 0x1.6c16c16c15184p-10 * s;
    double q4 = 0x1.a01a019cb26ebp-16 - 0x1.27e4f80a761a3p-22 * s;
    double q6 = 0x1.1ee9ec477c58fp-29 - 0x1.8faecf0bf0ac8p-37 * s;
    double tail = (q2 + (q4 + q6 * s2) * s2) * s2, most = 1 - 0.5 * s;
    double cosine = most + (((1 - most) - 0.5 * s) + tail);
    uint64_t quarters, bits;
    memcpy(&quarters, &shifted, sizeof quarters);
    quarters += turn;
    double y = quarters & 1 ? sine : cosine;
    memcpy(&bits, &y, sizeof bits);
    bits ^= ((quarters + 1) & 2) << 62;
    memcpy(&y, &bits, sizeof y);
    return y;
}

/* log(x) of a normal number: x = 2^n (1 + f), with 1 + f from sqrt(1/2) to sqrt(2).
 * With s = f / (2 + f), log(1 + f) = 2 s + s z P(z) for z = s^2, a polynomial that is
 * off by less than 2^-58; 2 s = f - s f, taken so that f is not rounded. */
static inline double vm_log_f64(double x)
{
    const uint64_t one = 0x3ff0000000000000u, least = 0x3fe6a09e667f3bcdu;
    uint64_t bits, whole = 0x4330000000000000u;
    memcpy(&bits, &x, sizeof bits);
    bits += one - least;
    whole |= bits >> 52; /* n + 1023, as a number added to 2^52 */
    bits = (bits & 0x000fffffffffffffu) + least;
    double n, f;
    memcpy(&n, &whole, sizeof n);
    memcpy(&f, &bits, sizeof f);
    n -= 0x1p52 + 1023;
    f -= 1;
    double s = f / (2 + f), z = s * s, z2 = z * z, half = 0.5 * f * f;
    double p0 = 0x1.5555555555592p-1 + 0x1.999999997fd7ap-2 * z;
    double p2 = 0x1.24924941f4dfdp-2 + 0x1.c71c52061635p-3 * z;
    double p4 = 0x1.74663fa06a02fp-3 + 0x1.39a1a70dbf383p-3 * z;
    double p = p0 + (p2 + (p4 + 0x1.2f06344bb1174p-3 * z2) * z2) * z2;
    double low = s * (half + z * p) + n * 0x1.cf79abc9e3b3ap-40;
    return n * 0x1.62e42fefap-1 - ((half - low) - f);
}

/* The derivative of log gamma, x > 0, by J. Bernardo's algorithm AS 103, 1976, which is
 * 2.5e-9 off at 6: in as many steps to 6 as it takes, for who is held to the same. The
 * sum of 1 / x of the steps is one fraction, joined by pairs. */
static inline double vm_digamma_f64(double x)
{
    double above[6], below[6], y = x;
    for (int i = 0; i < 6; i++) {
        above[i] = x + i < 6 ? 1 : 0;
        below[i] = x + i < 6 ? x + i : 1;
        y += above[i];
    }
    for (int i = 0; i < 6; i += 2) {
        above[i] = above[i] * below[i + 1] + above[i + 1] * below[i];
        below[i] *= below[i + 1];
    }
    double sum = (above[0] * below[2] + above[2] * below[0]) * below[4] +
                 above[4] * (below[0] * below[2]);
    sum /= below[0] * below[2] * below[4];
    double r = 1 / y, r2 = r * r;
    double tail = r2 * (1. / 12 - r2 * (1. / 120 - r2 * (1. / 252)));
    double psi = vm_log_f64(y) - 0.5 * r - tail - sum;
    psi = y <= DBL_MAX ? psi : y;
    return x <= 1e-6 ? -0.577215664901532860606512090082402431 - 1 / x : psi;
}

#endif
