/* Functions of one tensor, for operators that end in one. */
#ifndef FLAMA_TORCH_UNARY_H
#define FLAMA_TORCH_UNARY_H

#include "engine/kernels/map.h"
#include "engine/torch/op.h"

/* True for operators spelled with an underscore ("relu_.default"): they write into
 * their first argument. */
bool flama_pt_writes(const flama_pt_node *node);
bool flama_pt_in_place(const flama_pt_op *op);

/* Output 0, shaped like input 0, for a function that works row by row: *dense is it, or
 * with an underscore memory that flama_pt_rows_end copies into the input. */
flama_pt_tensor *flama_pt_rows(flama_pt_op *op, flama_pt_dtype dtype,
                               flama_pt_tensor *dense);
void flama_pt_rows_end(flama_pt_op *op, const flama_pt_tensor *out,
                       const flama_pt_tensor *dense);

/* Output 0 is the function of input 0, in its type (or float32 of integers). */
int flama_pt_run_map(flama_pt_op *op, flama_map_kind map, double p, double q);

#endif
