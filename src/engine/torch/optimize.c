#include "engine/torch/optimize.h"

#include <string.h>

#include "base/error.h"
#include "engine/torch/chain.h"
#include "engine/torch/fuse.h"
#include "engine/torch/guard.h"

/* Bytes that computed constants may take together and arithmetic they may cost, beyond
 * which nodes are left to the requests. */
enum { FOLD_LIMIT = 256 << 20, FOLD_OPERATIONS = 2000000000 };

typedef struct loader {
    flama_pt_program *program;
    flama_arena *scratch;
    flama_pt_run run; /* the dry run with the traced sizes */
    size_t limit;
    flama_pt_facts *facts;
    flama_error *err;
} loader;

static void traced_sizes(const flama_pt_program *program, int64_t *sizes)
{
    size_t rank = program->values[program->input].tensor.rank;
    for (size_t i = 0; i < rank; i++)
        sizes[i] = program->bounds[i].hint;
}

/* The shapes for the traced sizes; what is wrong there is the archive's fault. `notes`
 * may be NULL. */
static int work_out(loader *l, flama_pt_note *notes)
{
    int64_t sizes[FLAMA_PT_RANK];
    traced_sizes(l->program, sizes);
    int code = flama_pt_run_init(&l->run, l->program, l->scratch, l->err);
    l->run.notes = notes;
    l->run.limit = l->limit;
    l->run.strict = true;
    if (code == 0)
        code = flama_pt_run_plan(&l->run, sizes);
    if (code == FLAMA_EINPUT && l->err)
        l->err->code = code = FLAMA_EFORMAT;
    return code;
}

/* Constants. */

static bool args_constant(const loader *l, const flama_pt_arg *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (args[i].kind == FLAMA_PT_LIST &&
            !args_constant(l, args[i].list.items, args[i].list.count))
            return false;
        if (args[i].computed && !l->program->values[args[i].value].is_constant)
            return false;
    }
    return true;
}

/* An operator writes into an output of the node, later. */
static bool is_mutated(const loader *l, const flama_pt_node *node)
{
    for (size_t k = 0; k < node->output_count; k++) {
        const flama_pt_value *value = &l->program->values[node->outputs[k]];
        const flama_pt_tensor *t = &l->run.slots[node->outputs[k]].tensor;
        if (value->kind == FLAMA_PT_TENSOR && t->storage != FLAMA_PT_CONSTANT &&
            l->run.storages[t->storage].written)
            return true;
    }
    return false;
}

static size_t padded(size_t bytes)
{
    return (bytes + FLAMA_PT_ALIGN - 1) / FLAMA_PT_ALIGN * FLAMA_PT_ALIGN;
}

/* The node's outputs become constants: their storages stand in the fold's block. */
static void keep_outputs(loader *l, flama_pt_run *run, flama_pt_node *node)
{
    for (size_t k = 0; k < node->output_count; k++) {
        flama_pt_value *value = &l->program->values[node->outputs[k]];
        const flama_pt_slot *slot = &run->slots[node->outputs[k]];
        value->is_constant = true;
        value->integer = slot->integer;
        value->number = slot->number;
        if (value->kind != FLAMA_PT_TENSOR)
            continue;
        value->tensor = slot->tensor;
        if (slot->tensor.storage == FLAMA_PT_CONSTANT)
            continue;
        const flama_pt_storage *storage = &run->storages[slot->tensor.storage];
        value->tensor.storage = FLAMA_PT_CONSTANT;
        value->tensor.origin = run->block + storage->place;
        value->tensor.extent = storage->bytes;
    }
    node->skipped = true;
    l->facts->folded++;
}

/* Runs one node by itself: dry for its sizes, then with memory of its own. */
static int fold_node(loader *l, flama_pt_run *run, flama_pt_node *node, size_t *budget)
{
    size_t end = 0, first = run->storage_count;
    run->dry = true;
    run->scratch_bytes = 0;
    int code = flama_pt_run_node(run, node);
    for (size_t i = first; i < run->storage_count && code == 0; i++) {
        run->storages[i].place = end;
        if (run->storages[i].bytes > *budget - end)
            return 0; /* left to the requests */
        end += padded(run->storages[i].bytes);
        if (end > *budget)
            return 0;
    }
    if (code)
        return code;
    if (run->scratch_bytes > *budget - end || run->operations > FOLD_OPERATIONS)
        return 0;
    uint8_t *block =
        flama_arena_alloc(l->scratch, end + run->scratch_bytes + FLAMA_PT_ALIGN);
    if (block == NULL)
        return flama_error__memory(l->err);
    run->block = block + (FLAMA_PT_ALIGN - (uintptr_t)block % FLAMA_PT_ALIGN);
    run->scratch_at = end;
    run->dry = false;
    code = flama_pt_run_node(run, node);
    *budget -= end;
    if (code == 0)
        keep_outputs(l, run, node);
    return code;
}

static int fold(loader *l)
{
    size_t budget = FOLD_LIMIT;
    flama_pt_run run;
    int code = flama_pt_run_init(&run, l->program, l->scratch, l->err);
    for (size_t i = 0; code == 0 && i < l->program->node_count; i++) {
        flama_pt_node *node = &l->program->nodes[i];
        if (args_constant(l, node->args, node->arg_count) && !is_mutated(l, node))
            code = fold_node(l, &run, node, &budget);
    }
    return code;
}

/* Weights. */

/* A storage that was copied: several constants may share it. */
typedef struct moved {
    const uint8_t *from;
    uint8_t *to;
} moved;

static int keep_tensor(loader *l, flama_map *done, flama_pt_tensor *t)
{
    char *key = flama_arena_format(l->scratch, "%p", (void *)t->origin);
    if (key == NULL)
        return flama_error__memory(l->err);
    flama_string name = {key, strlen(key)};
    moved *copy = flama_map_get(done, name);
    if (copy == NULL) {
        copy = flama_arena_alloc(l->scratch, sizeof *copy);
        uint8_t *to = flama_arena_alloc(l->program->arena, t->extent);
        if (copy == NULL || to == NULL)
            return flama_error__memory(l->err);
        *copy = (moved){t->origin, memcpy(to, t->origin, t->extent)};
        l->facts->constants += t->extent;
        if (flama_map_put(done, name, copy, NULL) != 0)
            return flama_error__memory(l->err);
    }
    t->data = copy->to + ((uint8_t *)t->data - t->origin);
    t->origin = copy->to;
    return 0;
}

/* Marks the constants whose data some node or the answer needs. */
static void need(const loader *l, bool *needed, const flama_pt_arg *args, size_t count,
                 unsigned consumed)
{
    for (size_t i = 0; i < count; i++) {
        if (args[i].kind == FLAMA_PT_LIST)
            need(l, needed, args[i].list.items, args[i].list.count, 0);
        else if (args[i].kind == FLAMA_PT_TENSOR && !(i < 32 && (consumed >> i & 1)))
            needed[args[i].value] = true;
    }
}

static void need_leaves(const loader *l, bool *needed, const flama_pt_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        need_leaves(l, needed, &tree->children[i]);
    if (tree->kind == FLAMA_PT_LEAF)
        need(l, needed, &tree->leaf, 1, 0);
}

static int keep_constants(loader *l)
{
    flama_pt_program *p = l->program;
    bool *needed = flama_arena_calloc(l->scratch, p->value_count, sizeof *needed);
    flama_map done;
    if (needed == NULL)
        return flama_error__memory(l->err);
    for (size_t i = 0; i < p->node_count; i++)
        if (!p->nodes[i].skipped)
            need(l, needed, p->nodes[i].args, p->nodes[i].arg_count,
                 p->nodes[i].consumed);
    need_leaves(l, needed, &p->output);
    flama_map_init(&done, l->scratch);
    for (size_t i = 0; i < p->value_count; i++) {
        flama_pt_tensor *t = &p->values[i].tensor;
        if (!p->values[i].is_constant || p->values[i].kind != FLAMA_PT_TENSOR)
            continue;
        int code = needed[i] ? keep_tensor(l, &done, t) : 0;
        if (code)
            return code;
        if (!needed[i])
            t->data = t->origin = NULL;
    }
    return 0;
}

static int chain(loader *l)
{
    flama_pt_program *p = l->program;
    flama_pt_note *notes = flama_arena_calloc(l->scratch, p->node_count, sizeof *notes);
    int code = notes ? work_out(l, notes) : FLAMA_EMEMORY;
    if (code == 0)
        code = flama_pt_chain(p, &l->run, l->scratch, &l->facts->fused);
    return code == FLAMA_EMEMORY ? flama_error__memory(l->err) : code;
}

/* What a request takes: of one row if the model takes one, else of the traced size. */
static int measure(loader *l)
{
    int64_t sizes[FLAMA_PT_RANK];
    flama_pt_program *p = l->program;
    size_t rank = p->values[p->input].tensor.rank;
    traced_sizes(p, sizes);
    bool one = rank && p->bounds[0].size < 0 && p->bounds[0].least <= 1;
    int64_t traced = rank ? sizes[0] : 1;
    for (int attempt = one ? 0 : 1; attempt < 2; attempt++) {
        flama_pt_run run;
        flama_error unused = {0};
        if (rank)
            sizes[0] = attempt == 0 ? 1 : traced;
        if (flama_pt_guards_check(p, sizes) && attempt == 0)
            continue;
        int code = flama_pt_run_init(&run, p, l->scratch, attempt ? l->err : &unused);
        run.limit = l->limit;
        if (code == 0)
            code = flama_pt_run_plan(&run, sizes);
        if (code && attempt)
            return code;
        if (code)
            continue;
        l->facts->request = run.block_bytes;
        l->facts->operations = run.operations;
        l->facts->rows = rank ? sizes[0] : 1;
        return 0;
    }
    return 0;
}

int flama_pt_optimize(flama_pt_program *program, flama_arena *scratch, size_t limit,
                      flama_pt_facts *facts, flama_error *err)
{
    loader l = {.program = program,
                .scratch = scratch,
                .limit = limit,
                .facts = facts,
                .err = err};
    *facts = (flama_pt_facts){0};
    int code = work_out(&l, NULL);
    if (code == 0)
        code = fold(&l);
    if (code == 0)
        code = work_out(&l, NULL); /* with the folded constants in place */
    if (code == 0)
        code = flama_pt_fuse_norms(program, &l.run, scratch, &facts->fused);
    if (code == 0)
        code = work_out(&l, NULL);
    if (code == 0)
        code = flama_pt_fuse_ends(program, &l.run, scratch, &facts->fused);
    if (code == 0)
        code = chain(&l);
    if (code == 0)
        code = keep_constants(&l);
    if (code == 0)
        code = measure(&l);
    return code;
}
