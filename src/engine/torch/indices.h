/* Elements by their indices: what the operators that index have in common. */
#ifndef FLAMA_TORCH_INDICES_H
#define FLAMA_TORCH_INDICES_H

#include "engine/torch/op.h"

/* An index of a dimension, counted from its end when negative; -1 when it is out of
 * range. */
int64_t flama_pt_wrapped(int64_t index, int64_t size);

/* The mistake that the index is none of a dimension of that size. */
int flama_pt_out_of_range(flama_pt_op *op, int64_t index, int64_t size);

/* Integers of an index tensor, row-major, in scratch. */
int64_t *flama_pt_indices_of(flama_pt_op *op, const flama_pt_tensor *t);

/* The place in `t` of element `i` of `over` (row-major), with dimension dim's index
 * replaced. */
int64_t flama_pt_place_with(const flama_pt_tensor *t, const flama_pt_tensor *over,
                            int64_t i, size_t dim, int64_t index);

/* to = to + alpha from, in to's type; from is brought to to's shape. */
void flama_pt_add_to(const flama_pt_tensor *to, const flama_pt_tensor *from,
                     double alpha);

#endif
