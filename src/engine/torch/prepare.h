/* What operators keep from the load to the runs: weights packed for the CPU. */
#ifndef FLAMA_TORCH_PREPARE_H
#define FLAMA_TORCH_PREPARE_H

#include "engine/torch/op.h"

typedef struct flama_pt_linear_state {
    size_t k, n;
    const float *packed;
} flama_pt_linear_state;

/* A convolution's weights, packed a group. */
typedef struct flama_pt_conv_state {
    const float *packed;
    size_t group_size; /* elements of a group's packed weights */
} flama_pt_conv_state;

#endif
