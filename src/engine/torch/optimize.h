/* What is done once with a program: its shapes are worked out, nodes that only depend
 * on constants are computed, weights are packed, nodes are joined (fuse.h, chain.h),
 * and what is left of the constants is copied out of the archive. */
#ifndef FLAMA_TORCH_OPTIMIZE_H
#define FLAMA_TORCH_OPTIMIZE_H

#include "engine/torch/plan.h"

/* What was found out. */
typedef struct flama_pt_facts {
    size_t folded;     /* nodes computed at load */
    size_t fused;      /* nodes that others do the work of */
    size_t constants;  /* bytes kept of constants and packed weights */
    size_t request;    /* bytes a request of one row (or of the traced size) takes */
    int64_t rows;      /* of that request */
    double operations; /* arithmetic in it */
} flama_pt_facts;

/* Changes the program; scratch is for the load only. `limit` bounds a request's memory.
 * FLAMA_EUNSUPPORTED, FLAMA_EFORMAT for shapes that contradict themselves,
 * FLAMA_ELIMIT, FLAMA_EMEMORY. */
int flama_pt_optimize(flama_pt_program *program, flama_arena *scratch, size_t limit,
                      flama_pt_facts *facts, flama_error *err);

#endif
