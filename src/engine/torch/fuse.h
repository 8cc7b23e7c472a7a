/* What comes after a product and can be done while it is written: a batch norm with
 * stored statistics, which is folded into the weights, and bounds (relu and its like).
 */
#ifndef FLAMA_TORCH_FUSE_H
#define FLAMA_TORCH_FUSE_H

#include "engine/torch/plan.h"

/* Prepares every node that has something to prepare (flama_pt_operator). One that keeps
 * weights takes over the nodes behind it whose operators can join, where nothing else
 * sees what is between them; they are skipped then, and counted in `fused`. `run` is a
 * dry run with the traced sizes. 0, or the first mistake. */
int flama_pt_fuse(flama_pt_program *program, flama_pt_run *run, flama_arena *scratch,
                  size_t *fused);

#endif
