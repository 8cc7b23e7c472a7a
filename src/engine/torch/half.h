/* The two types of 16 bits: IEEE binary16, and bfloat16, the upper half of a float. */
#ifndef FLAMA_TORCH_HALF_H
#define FLAMA_TORCH_HALF_H

#include "engine/torch/tensor.h"

/* The number these bits are in that type, and back, rounded to the nearest, halves to
 * the even. */
float flama_pt_half(flama_pt_dtype dtype, uint16_t bits);
uint16_t flama_pt_to_half(flama_pt_dtype dtype, float number);

#endif
