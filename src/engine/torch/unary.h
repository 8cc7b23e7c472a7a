/* Functions of one tensor, for operators that end in one. */
#ifndef FLAMA_TORCH_UNARY_H
#define FLAMA_TORCH_UNARY_H

#include "engine/kernels/map.h"
#include "engine/torch/op.h"

/* True for operators spelled with an underscore ("relu_.default"): they write into
 * their first argument. */
bool flama_pt_in_place(const flama_pt_op *op);

/* Output 0 is the function of input 0, in its type (or float32 of integers). */
int flama_pt_run_map(flama_pt_op *op, flama_map_kind map, double p, double q);

#endif
