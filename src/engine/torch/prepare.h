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
    const float *packed;  /* or NULL: one channel in and out a group */
    const float *weights; /* of those, scaled, or NULL: as they are given */
    size_t group_size;    /* elements of a group's packed weights */
} flama_pt_conv_state;

/* Takes the product's own bias (NULL: none) into node->end where that has a scale.
 * False when the bias is not constant: then nothing can join. */
bool flama_pt_end_takes_bias(flama_pt_node *node, const flama_pt_tensor *bias);

#endif
