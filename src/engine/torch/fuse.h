/* What comes after a product and can be done while it is written: batch norms with
 * stored statistics, which are folded into the weights; another tensor added; bounds
 * (relu and its like). What is joined is skipped, and counted in `fused`. */
#ifndef FLAMA_TORCH_FUSE_H
#define FLAMA_TORCH_FUSE_H

#include "engine/torch/plan.h"

/* Who makes a value, and who sees it: how many, and the node that did last. A node is
 * NULL for inputs, constants and the answer. */
typedef struct flama_pt_use {
    size_t count;
    flama_pt_node *maker, *by;
} flama_pt_use;

/* The uses of all values by nodes that are not skipped; NULL without memory. */
flama_pt_use *flama_pt_uses(const flama_pt_program *program, flama_arena *arena);

/* Nobody but the one who uses the value sees its memory from then on. */
bool flama_pt_is_alone(const flama_pt_run *run, const flama_pt_use *uses, size_t value);

/* What the value has at that node it still has when it is used later. */
bool flama_pt_stays(const flama_pt_run *run, const flama_pt_use *uses, size_t value,
                    size_t node);

/* Prepares every node that has something to prepare (flama_pt_operator), with the norms
 * behind it where nothing else sees what is between them. `run` is a dry run with the
 * traced sizes. 0, or the first mistake. */
int flama_pt_fuse_norms(flama_pt_program *program, flama_pt_run *run,
                        flama_arena *scratch, size_t *fused);

/* Lets sums and bounds join the prepared nodes; `run` is another such run. */
int flama_pt_fuse_ends(flama_pt_program *program, flama_pt_run *run,
                       flama_arena *scratch, size_t *fused);

#endif
