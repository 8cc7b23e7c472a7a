/* The two types of 16 bits: IEEE binary16, and bfloat16, the upper half of a float. Any
 * thread. */
#ifndef FLAMA_BASE_HALF_H
#define FLAMA_BASE_HALF_H

#include <stdint.h>

/* The number that these bits are. */
float flama_float16_widen(uint16_t bits);
float flama_bfloat16_widen(uint16_t bits);

/* The nearest number of the type, halves to the even. */
uint16_t flama_float16_round(float number);
uint16_t flama_bfloat16_round(float number);

#endif
