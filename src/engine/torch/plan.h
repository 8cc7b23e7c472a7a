/* Running a program: the dry run that works out shapes and plans the memory, and the
 * run with data.
 *
 * In the dry run each new tensor gets a storage, with its size and the last node that
 * uses it; then each storage gets a place in one block of memory, so that storages not
 * alive together share it. A run belongs to one thread; programs are shared. */
#ifndef FLAMA_TORCH_PLAN_H
#define FLAMA_TORCH_PLAN_H

#include <flama/call.h>

#include "engine/torch/op.h"

#define FLAMA_PT_CONSTANT SIZE_MAX /* the storage of constants: their own memory */

enum { FLAMA_PT_ALIGN = 64, FLAMA_PT_INPUT = 0 /* the storage of the input */ };

typedef struct flama_pt_storage {
    size_t bytes;
    size_t place;   /* in the block */
    size_t first;   /* node that makes it */
    size_t last;    /* node that uses it last */
    size_t over;    /* storage whose place it may take, SIZE_MAX: none */
    bool apart;     /* a view of it is a copy: what is written would not reach both */
    size_t written; /* 1 + the last node that wrote into it in place, 0: none */
} flama_pt_storage;

/* What a value is in this run. */
typedef struct flama_pt_slot {
    bool set;
    flama_pt_tensor tensor;
    int64_t integer;
    double number;
} flama_pt_slot;

struct flama_pt_run {
    const flama_pt_program *program;
    flama_arena *arena;
    flama_error *err;
    bool dry;
    size_t current; /* node */
    flama_pt_slot *slots;
    flama_pt_storage *storages;
    size_t storage_count, storage_capacity;
    uint8_t *block;
    size_t block_bytes; /* storages, then scratch */
    size_t scratch_at, scratch_bytes, scratch_used;
    double operations;
    size_t limit; /* bytes of the block */
    bool strict;  /* sizes are those traced with: what the archive says must hold */
    struct flama_pt_note *notes; /* (may be NULL) a node: see chain.h; of a dry run */
};

/* A run over the program, in the arena: slots for its values. 0 or FLAMA_EMEMORY. */
int flama_pt_run_init(flama_pt_run *run, const flama_pt_program *program,
                      flama_arena *arena, flama_error *err);

/* Works out every shape for an input of these sizes, and plans the block. */
int flama_pt_run_plan(flama_pt_run *run, const int64_t *sizes);

/* Computes, after a plan; the input's data must be in flama_pt_run_input, which is in
 * the block that this allocates. stopped (may be NULL) is asked now and then. */
float *flama_pt_run_input(flama_pt_run *run);
int flama_pt_run_compute(flama_pt_run *run, flama_call *call);

/* One node, dry or not. */
int flama_pt_run_node(flama_pt_run *run, const flama_pt_node *node);

/* The tensor of a value: a constant's, or this run's. */
const flama_pt_tensor *flama_pt_run_tensor(const flama_pt_run *run, size_t value);

#endif
