#include "base/half.h"

#include <math.h>
#include <string.h>

static float from_bits(uint32_t bits)
{
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

static uint32_t to_bits(float number)
{
    uint32_t out;
    memcpy(&out, &number, sizeof out);
    return out;
}

float flama_float16_widen(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7fff;
    if (rest >= 0x7c00) /* infinity, NaN */
        return from_bits(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    if (rest < 0x400) /* subnormal: counts of 2^-24 */
        return from_bits(sign | to_bits((float)rest * 0x1p-24f));
    return from_bits(sign | ((rest << 13) + ((127u - 15) << 23)));
}

float flama_bfloat16_widen(uint16_t bits)
{
    return from_bits((uint32_t)bits << 16);
}

uint16_t flama_float16_round(float number)
{
    uint32_t bits = to_bits(number), sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (bits >= 0x477ff000) /* what rounds to 65520 and more is infinite */
        return (uint16_t)(sign | 0x7c00);
    if (bits < 0x38800000) /* below 2^-14: whole counts of 2^-24 */
        return (uint16_t)(sign | (uint32_t)rintf(from_bits(bits) * 0x1p24f));
    bits += 0xfff + (bits >> 13 & 1);
    return (uint16_t)(sign | (bits - ((127u - 15) << 23)) >> 13);
}

uint16_t flama_bfloat16_round(float number)
{
    uint32_t bits = to_bits(number);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return 0x7fc0;
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
