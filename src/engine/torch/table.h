/* The operators there are. */
#ifndef FLAMA_TORCH_TABLE_H
#define FLAMA_TORCH_TABLE_H

#include "engine/torch/op.h"

/* The operator of that name ("linear.default", "_operator.add"), or NULL. */
const flama_pt_operator *flama_pt_operator_find(flama_string name);

/* The table's lines, in order of their names; NULL after the last. */
const flama_pt_operator *flama_pt_operator_at(size_t i);

#endif
