/* Products with a constant matrix, packed for the CPU when the model was loaded. */
#ifndef FLAMA_TORCH_PACKED_H
#define FLAMA_TORCH_PACKED_H

#include "engine/torch/op.h"

/* Output 0 is in (..., k) times the packed matrix of node->state, plus the bias (NULL:
 * none), which is a row unless it is constant and packed too. */
int flama_pt_run_packed(flama_pt_op *op, const flama_pt_tensor *in,
                        const flama_pt_tensor *bias, bool any_rank);

/* Adds a bias to the rows of output 0. */
int flama_pt_add_bias(flama_pt_op *op, const flama_pt_tensor *bias);

/* a times b, as torch.matmul does. */
int flama_pt_run_matmul(flama_pt_op *op, const flama_pt_tensor *a,
                        const flama_pt_tensor *b);

#endif
