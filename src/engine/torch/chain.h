/* Chains: element by element operators that follow each other and are done together,
 * piece by piece, so that what is between them never stands in memory. They give the
 * same numbers as one after the other.
 *
 * In a dry run with notes, flama_pt_apply tells of each node what it would compute;
 * from that chains are made, each a node of an operator of its own. */
#ifndef FLAMA_TORCH_CHAIN_H
#define FLAMA_TORCH_CHAIN_H

#include "engine/torch/elements.h"
#include "engine/torch/plan.h"

enum { FLAMA_PT_CTX = 32 };

/* What a node computes for its output 0. An input is that of `values`, or with SIZE_MAX
 * there the number of `numbers`. */
typedef struct flama_pt_note {
    bool is;
    flama_pt_elements elements; /* without inputs and ctx */
    size_t values[FLAMA_PT_INPUTS];
    flama_pt_tensor numbers[FLAMA_PT_INPUTS]; /* their data is: */
    union {
        double number;
        int64_t integer;
    } data[FLAMA_PT_INPUTS];
    _Alignas(double) char ctx[FLAMA_PT_CTX];
} flama_pt_note;

/* Notes what the node of `op` computes, in the run's notes. */
void flama_pt_note_apply(const flama_pt_op *op, const flama_pt_elements *e);

/* Makes chains in the program, whose notes `run` has, a dry run with the traced sizes;
 * nodes that are done by others are skipped then, and counted in `fused`. 0 or
 * FLAMA_EMEMORY. */
int flama_pt_chain(flama_pt_program *program, const flama_pt_run *run,
                   flama_arena *scratch, size_t *fused);

#endif
