/* A request's input as torch.Tensor(input) makes it: float32, of any rank; and what a
 * graph asks of it. */
#ifndef FLAMA_TORCH_INPUT_H
#define FLAMA_TORCH_INPUT_H

#include <flama/call.h>

#include "engine/torch/program.h"

/* The sizes of a list of lists; its rank. Mistakes are told in torch's words: 0 or
 * FLAMA_EINPUT. */
int flama_pt_input_shape(flama_call *call, const flama_value *input, size_t *rank,
                         int64_t *sizes);

/* 0, or the mistake that the program can't take an input of this shape. */
int flama_pt_input_check(flama_call *call, const flama_pt_program *program, size_t rank,
                         const int64_t *sizes);

/* Its numbers, row-major. The shape must be that of flama_pt_input_shape. */
int flama_pt_input_data(flama_call *call, const flama_value *input, size_t rank,
                        const int64_t *sizes, float *out);

#endif
