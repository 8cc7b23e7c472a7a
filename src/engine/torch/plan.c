#include "engine/torch/plan.h"

#include <string.h>

#include "base/error.h"

int flama_pt_run_init(flama_pt_run *run, const flama_pt_program *program,
                      flama_arena *arena, flama_error *err)
{
    *run = (flama_pt_run){.program = program, .arena = arena, .err = err};
    run->slots = flama_arena_calloc(arena, program->value_count, sizeof *run->slots);
    return run->slots ? 0 : flama_error__memory(err);
}

const flama_pt_tensor *flama_pt_run_tensor(const flama_pt_run *run, size_t value)
{
    const flama_pt_value *v = &run->program->values[value];
    return v->is_constant ? &v->tensor : &run->slots[value].tensor;
}

/* Every tensor among the arguments, also those in lists, lives until now. */
static void touch(flama_pt_run *run, const flama_pt_arg *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (args[i].kind == FLAMA_PT_LIST)
            touch(run, args[i].list.items, args[i].list.count);
        if (args[i].kind != FLAMA_PT_TENSOR)
            continue;
        const flama_pt_tensor *t = flama_pt_run_tensor(run, args[i].value);
        if (t->storage != FLAMA_PT_CONSTANT)
            run->storages[t->storage].last = run->current;
    }
}

/* Graphs hold values before their use only (graph.c), but a node that was never run has
 * none. */
int flama_pt_run_node(flama_pt_run *run, const flama_pt_node *node)
{
    flama_pt_op op = {.run = run, .node = node, .dry = run->dry};
    run->scratch_used = 0;
    if (run->dry)
        touch(run, node->args, node->arg_count);
    int code = node->operator->function(&op);
    for (size_t k = 0; run->dry && code == 0 && k < node->output_count; k++)
        if (!run->slots[node->outputs[k]].set)
            return flama_pt_unsupported(&op, "output %zu is not computed here", k);
    return code;
}

/* The places. Storages are placed in the order they are born, each at the lowest place
 * that no living one has. */
static bool overlaps(const flama_pt_storage *a, size_t place, size_t bytes)
{
    return a->place < place + bytes && place < a->place + a->bytes;
}

static size_t find_place(const flama_pt_run *run, const size_t *living, size_t count,
                         size_t bytes)
{
    size_t place = 0;
    for (size_t i = 0; i < count;) {
        const flama_pt_storage *s = &run->storages[living[i]];
        if (overlaps(s, place, bytes)) {
            place = s->place + s->bytes;
            i = 0;
        } else
            i++;
    }
    return place;
}

/* An element by element function may write over the input that ends there. */
static bool take_over(const flama_pt_run *run, flama_pt_storage *s)
{
    if (s->over == SIZE_MAX)
        return false;
    const flama_pt_storage *from = &run->storages[s->over];
    if (from->last != s->first || from->bytes != s->bytes)
        return false;
    s->place = from->place;
    return true;
}

static int place_all(flama_pt_run *run)
{
    size_t *living =
        flama_arena_alloc(run->arena, (run->storage_count + 1) * sizeof *living);
    size_t count = 0, end = 0;
    if (living == NULL)
        return flama_error__memory(run->err);
    for (size_t i = 0; i < run->storage_count; i++) {
        flama_pt_storage *s = &run->storages[i];
        size_t kept = 0;
        for (size_t k = 0; k < count; k++)
            if (run->storages[living[k]].last >= s->first)
                living[kept++] = living[k];
        count = kept;
        if (s->bytes > run->limit)
            return flama_error_set(
                run->err, FLAMA_ELIMIT,
                "the request would take more memory than is allowed");
        s->bytes = (s->bytes + FLAMA_PT_ALIGN - 1) / FLAMA_PT_ALIGN * FLAMA_PT_ALIGN;
        if (!take_over(run, s))
            s->place = find_place(run, living, count, s->bytes);
        living[count++] = i;
        if (s->place + s->bytes > end)
            end = s->place + s->bytes;
        if (end > run->limit)
            return flama_error_set(
                run->err, FLAMA_ELIMIT,
                "the request would take more memory than is allowed");
    }
    run->scratch_at = end;
    run->block_bytes = end + run->scratch_bytes;
    return run->scratch_bytes <= run->limit - end
               ? 0
               : flama_error_set(run->err, FLAMA_ELIMIT,
                                 "the request would take more memory than is allowed");
}

static void keep_leaves(flama_pt_run *run, const flama_pt_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        keep_leaves(run, &tree->children[i]);
    if (tree->kind == FLAMA_PT_LEAF)
        touch(run, &tree->leaf, 1);
}

static int place_input(flama_pt_run *run, const int64_t *sizes)
{
    const flama_pt_value *value = &run->program->values[run->program->input];
    flama_pt_slot *slot = &run->slots[run->program->input];
    slot->set = true;
    slot->tensor = value->tensor;
    memcpy(slot->tensor.sizes, sizes, slot->tensor.rank * sizeof *sizes);
    if (!flama_pt_pack_strides(&slot->tensor))
        return flama_error_set(run->err, FLAMA_EINPUT, "the input is too large");
    run->storage_capacity = 16 + run->program->node_count;
    run->storages =
        flama_arena_alloc(run->arena, run->storage_capacity * sizeof *run->storages);
    if (run->storages == NULL)
        return flama_error__memory(run->err);
    run->storages[FLAMA_PT_INPUT] = (flama_pt_storage){
        .bytes = (size_t)slot->tensor.count * sizeof(float), .over = SIZE_MAX};
    run->storage_count = 1;
    slot->tensor.storage = FLAMA_PT_INPUT;
    return 0;
}

int flama_pt_run_plan(flama_pt_run *run, const int64_t *sizes)
{
    const flama_pt_program *program = run->program;
    int code = place_input(run, sizes);
    run->dry = true;
    run->operations = 0;
    run->scratch_bytes = 0;
    for (run->current = 0; code == 0 && run->current < program->node_count;
         run->current++)
        if (!program->nodes[run->current].skipped)
            code = flama_pt_run_node(run, &program->nodes[run->current]);
    if (code)
        return code;
    keep_leaves(run, &program->output);
    return place_all(run);
}

float *flama_pt_run_input(flama_pt_run *run)
{
    uint8_t *block = flama_arena_alloc(run->arena, run->block_bytes + FLAMA_PT_ALIGN);
    if (block == NULL) {
        flama_error__memory(run->err);
        return NULL;
    }
    run->block = block + (FLAMA_PT_ALIGN - (uintptr_t)block % FLAMA_PT_ALIGN);
    flama_pt_tensor *input = &run->slots[run->program->input].tensor;
    input->data = run->block + run->storages[FLAMA_PT_INPUT].place;
    return input->data;
}

int flama_pt_run_compute(flama_pt_run *run, flama_call *call)
{
    const flama_pt_program *program = run->program;
    int code = 0;
    run->dry = false;
    for (run->current = 0; code == 0 && run->current < program->node_count;
         run->current++) {
        if (program->nodes[run->current].skipped)
            continue;
        if (call && flama_call_cancelled(call))
            return flama_call_stopped(call);
        code = flama_pt_run_node(run, &program->nodes[run->current]);
    }
    return code;
}
