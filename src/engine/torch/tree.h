/* The shape of a model's answer: tuples, lists and dicts of tensors. */
#ifndef FLAMA_TORCH_TREE_H
#define FLAMA_TORCH_TREE_H

#include <flama/call.h>

#include "engine/torch/plan.h"

/* Reads the outputs and how they stand together out of a graph_module. */
int flama_pt_tree_read(flama_pt_program *program, const flama_value *module,
                       flama_arena *scratch, flama_error *err);

/* The answer of a run, as tolist() would give it, in the call's arena. */
int flama_pt_tree_value(const flama_pt_run *run, const flama_pt_tree *tree,
                        flama_call *call, flama_value *out);

#endif
