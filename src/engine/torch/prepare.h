/* What operators keep from the load to the runs: weights packed for the CPU, and the
 * clamp of a relu that was joined to them (optimize.c). */
#ifndef FLAMA_TORCH_PREPARE_H
#define FLAMA_TORCH_PREPARE_H

#include "engine/torch/op.h"

/* Both kinds of state begin so: optimize.c sets the clamp. */
typedef struct flama_pt_clamp {
    bool clamp;
    float low, high;
} flama_pt_clamp;

typedef struct flama_pt_linear_state {
    bool clamp;
    float low, high;
    size_t k, n;
    const float *packed;
} flama_pt_linear_state;

/* A convolution's weights, packed a group; `scale` and `shift` a channel replace the
 * bias when a batch norm was joined. */
typedef struct flama_pt_conv_state {
    bool clamp;
    float low, high;
    const float *packed;
    size_t group_size; /* elements of a group's packed weights */
    const float *bias; /* NULL: as the argument says */
} flama_pt_conv_state;

#endif
