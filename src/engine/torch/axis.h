/* A dimension of a tensor as the middle one of three. */
#ifndef FLAMA_TORCH_AXIS_H
#define FLAMA_TORCH_AXIS_H

#include "engine/torch/tensor.h"

/* Sizes of what is before dim, of dim, and of what is after. */
void flama_pt_axis(const flama_pt_tensor *t, size_t dim, int64_t *outer, int64_t *axis,
                   int64_t *inner);

#endif
