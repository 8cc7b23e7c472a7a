#include "engine/torch/chain.h"

#include <string.h>

#include "base/error.h"
#include "engine/torch/binary.h"
#include "engine/torch/fuse.h"
#include "engine/torch/unary.h"

/* Elements that lie beside each other in all inputs; for fewer the functions would be
 * called too often. */
enum { SHORTEST = 64 };

/* Notes. */

/* The value that a node gives its operator as that tensor, or SIZE_MAX. */
static size_t value_of(const flama_pt_op *op, const flama_pt_tensor *t)
{
    for (size_t i = 0; i < op->node->arg_count; i++) {
        const flama_pt_arg *arg = &op->node->args[i];
        if (arg->kind == FLAMA_PT_TENSOR &&
            flama_pt_run_tensor(op->run, arg->value) == t)
            return arg->value;
    }
    return SIZE_MAX;
}

/* Numbers that are computed may be others in another run. */
static bool numbers_fixed(const flama_pt_op *op)
{
    for (size_t i = 0; i < op->node->arg_count; i++) {
        const flama_pt_arg *arg = &op->node->args[i];
        if (arg->computed && arg->kind != FLAMA_PT_TENSOR &&
            !op->run->program->values[arg->value].is_constant)
            return false;
    }
    return true;
}

static void note_number(flama_pt_note *note, size_t i, const flama_pt_tensor *t)
{
    flama_pt_tensor *number = &note->numbers[i];
    *number = (flama_pt_tensor){.count = 1, .storage = FLAMA_PT_CONSTANT};
    if (flama_pt_is_float(t->dtype)) {
        number->dtype = FLAMA_PT_F64;
        note->data[i].number = flama_pt_get(t, 0);
    } else {
        number->dtype = FLAMA_PT_I64;
        note->data[i].integer = flama_pt_get_int(t, 0);
    }
}

void flama_pt_note_apply(const flama_pt_op *op, const flama_pt_elements *e)
{
    flama_pt_note *note = &op->run->notes[op->run->current];
    if (e->ctx_size > FLAMA_PT_CTX || op->node->output_count != 1 || !numbers_fixed(op))
        return;
    note->elements = *e;
    if (e->ctx_size)
        memcpy(note->ctx, e->ctx, e->ctx_size);
    note->is = true;
    for (size_t i = 0; i < e->count; i++) {
        note->values[i] = value_of(op, e->in[i]);
        if (note->values[i] != SIZE_MAX)
            continue;
        if (e->in[i]->rank == 0 && e->in[i]->storage == FLAMA_PT_CONSTANT &&
            e->in[i]->data)
            note_number(note, i, e->in[i]);
        else
            note->is = false; /* a tensor that only the operator knows */
    }
}

/* Chains. */

/* A chain: its inputs are the node's arguments, or where those are None numbers. */
typedef struct chain {
    flama_pt_dtype dtype;
    const flama_pt_step *steps;
    size_t step_count, places;
    const flama_pt_tensor *numbers;
} chain;

static int run_chain(flama_pt_op *op)
{
    const chain *c = op->node->state;
    size_t count = op->node->arg_count;
    const flama_pt_tensor *in[FLAMA_PT_CHAIN_INPUTS];
    for (size_t i = 0; i < count; i++)
        in[i] = flama_pt_given(op, i) ? flama_pt_in(op, i) : &c->numbers[i];
    flama_pt_tensor *out = flama_pt_common_output(op, count, in, c->dtype);
    flama_pt_spend(op, 2.0 * (double)c->step_count * (double)out->count);
    void *scratch = flama_pt_scratch(op, 1, flama_pt_chain_scratch(count, c->places));
    if (op->code || op->dry)
        return op->code;
    flama_pt_chain_run(c->steps, c->step_count, in, count, out, scratch);
    return 0;
}

static const flama_pt_operator chain_operator = {
    .name = "chain", .arguments = "", .function = run_chain};

/* One that is being made: its nodes, the last first while they are collected. */
typedef struct maker {
    flama_pt_program *program;
    const flama_pt_run *run;
    const flama_pt_use *uses;
    size_t nodes[FLAMA_PT_STEPS];
    size_t count;
} maker;

static bool is_member(const maker *m, size_t node)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->nodes[i] == node)
            return true;
    return false;
}

static size_t maker_of(const maker *m, size_t value)
{
    const flama_pt_node *node = value == SIZE_MAX ? NULL : m->uses[value].maker;
    return node ? (size_t)(node - m->program->nodes) : SIZE_MAX;
}

/* A node computes what was noted wherever it stands in a chain, the last one or one
 * that is done later than it stands: nothing it reads changes meanwhile, and nobody
 * sees what it writes into an argument but by its output. */
static bool may_join(const maker *m, size_t i, bool last)
{
    const flama_pt_node *node = &m->program->nodes[i];
    const flama_pt_note *note = &m->run->notes[i];
    if (node->skipped || !note->is)
        return false;
    if (flama_pt_writes(node) &&
        !flama_pt_is_alone(m->run, m->uses, node->args[0].value))
        return false;
    for (size_t k = 0; k < note->elements.count && !last; k++)
        if (note->values[k] != SIZE_MAX &&
            !flama_pt_stays(m->run, m->uses, note->values[k], i))
            return false;
    return true;
}

static bool same_shape(const flama_pt_tensor *a, const flama_pt_tensor *b)
{
    return a->rank == b->rank &&
           memcmp(a->sizes, b->sizes, a->rank * sizeof *a->sizes) == 0;
}

/* All that use the value are members. */
static bool used_inside(const maker *m, size_t value)
{
    size_t inside = 0;
    for (size_t i = 0; i < m->count; i++) {
        const flama_pt_note *note = &m->run->notes[m->nodes[i]];
        for (size_t k = 0; k < note->elements.count; k++)
            inside += note->values[k] == value;
    }
    return inside == m->uses[value].count;
}

/* What a chain of the members takes from outside: values, each once, and numbers. */
typedef struct inputs {
    size_t count;
    size_t values[FLAMA_PT_CHAIN_INPUTS]; /* SIZE_MAX: a number */
    const flama_pt_tensor *tensors[FLAMA_PT_CHAIN_INPUTS];
} inputs;

/* The input that is input k of the note, SIZE_MAX when there is no room for it. */
static size_t add_input(const maker *m, inputs *all, const flama_pt_note *note,
                        size_t k)
{
    size_t value = note->values[k];
    for (size_t i = 0; i < all->count; i++)
        if (value != SIZE_MAX && all->values[i] == value)
            return i;
    if (all->count == FLAMA_PT_CHAIN_INPUTS)
        return SIZE_MAX;
    all->values[all->count] = value;
    all->tensors[all->count] =
        value == SIZE_MAX ? &note->numbers[k] : flama_pt_run_tensor(m->run, value);
    return all->count++;
}

static bool gather_inputs(const maker *m, inputs *all)
{
    all->count = 0;
    for (size_t i = 0; i < m->count; i++) {
        const flama_pt_note *note = &m->run->notes[m->nodes[i]];
        for (size_t k = 0; k < note->elements.count; k++)
            if (!is_member(m, maker_of(m, note->values[k])) &&
                add_input(m, all, note, k) == SIZE_MAX)
                return false;
    }
    return true;
}

static const flama_pt_tensor *output_of(const maker *m, size_t node)
{
    return flama_pt_run_tensor(m->run, m->program->nodes[node].outputs[0]);
}

/* The chain can be run, and pays. */
static bool is_good(const maker *m)
{
    const flama_pt_tensor *out = output_of(m, m->nodes[0]);
    inputs all;
    if (!gather_inputs(m, &all))
        return false;
    size_t span = flama_pt_span(all.tensors, all.count, out);
    return span >= SHORTEST || (int64_t)span >= out->count;
}

/* Adds the node that makes an input of a member, if it can be. */
static bool add_maker(maker *m, size_t value)
{
    size_t node = maker_of(m, value);
    if (node == SIZE_MAX || m->count == FLAMA_PT_STEPS || is_member(m, node) ||
        m->program->values[value].is_constant || !used_inside(m, value) ||
        !may_join(m, node, false) ||
        !same_shape(output_of(m, node), output_of(m, m->nodes[0])))
        return false;
    m->nodes[m->count++] = node;
    if (is_good(m))
        return true;
    m->count--;
    return false;
}

static void collect(maker *m, size_t last)
{
    bool more = true;
    m->nodes[0] = last;
    m->count = 1;
    while (more) {
        more = false;
        for (size_t i = 0; i < m->count; i++) {
            const flama_pt_note *note = &m->run->notes[m->nodes[i]];
            for (size_t k = 0; k < note->elements.count; k++)
                more = add_maker(m, note->values[k]) || more;
        }
    }
}

static void sort_members(maker *m)
{
    for (size_t i = 1; i < m->count; i++)
        for (size_t k = i; k > 0 && m->nodes[k - 1] > m->nodes[k]; k--) {
            size_t node = m->nodes[k];
            m->nodes[k] = m->nodes[k - 1];
            m->nodes[k - 1] = node;
        }
}

/* Where among the members the node stands. */
static size_t step_of(const maker *m, size_t node)
{
    size_t i = 0;
    while (m->nodes[i] != node)
        i++;
    return i;
}

/* Gives each result a place that no result still needed has. */
static size_t set_places(flama_pt_step *steps, size_t count)
{
    size_t until[FLAMA_PT_STEPS] = {0}, last[FLAMA_PT_STEPS] = {0}, places = 0;
    for (size_t s = 0; s < count; s++)
        for (size_t k = 0; k < steps[s].count; k++)
            if (steps[s].in[k] >= FLAMA_PT_CHAIN_INPUTS)
                last[steps[s].in[k] - FLAMA_PT_CHAIN_INPUTS] = s;
    for (size_t s = 0; s + 1 < count; s++) {
        size_t place = 0;
        while (place < places && until[place] >= s)
            place++;
        places = place == places ? places + 1 : places;
        until[place] = last[s];
        steps[s].place = place;
    }
    return places;
}

static int set_step(const maker *m, size_t at, inputs *all, flama_pt_tensor *numbers,
                    flama_pt_step *step)
{
    const flama_pt_note *note = &m->run->notes[m->nodes[at]];
    flama_arena *arena = m->program->arena;
    void *ctx = flama_arena_copy(arena, note->ctx, sizeof note->ctx);
    if (ctx == NULL)
        return FLAMA_EMEMORY;
    *step = (flama_pt_step){.loop = note->elements.loop,
                            .ctx = ctx,
                            .work = note->elements.work,
                            .test = note->elements.test,
                            .dtype = output_of(m, m->nodes[at])->dtype,
                            .count = note->elements.count};
    for (size_t k = 0; k < step->count; k++) {
        size_t node = maker_of(m, note->values[k]);
        if (is_member(m, node)) {
            step->in[k] = FLAMA_PT_CHAIN_INPUTS + step_of(m, node);
            continue;
        }
        size_t in = step->in[k] = add_input(m, all, note, k);
        if (note->values[k] != SIZE_MAX)
            continue;
        numbers[in] = note->numbers[k];
        numbers[in].data =
            flama_arena_copy(arena, &note->data[k], sizeof note->data[k]);
        if (numbers[in].data == NULL)
            return FLAMA_EMEMORY;
    }
    return 0;
}

/* The last node becomes the chain. */
static int build(maker *m)
{
    flama_arena *arena = m->program->arena;
    inputs all = {0};
    chain *c = flama_arena_calloc(arena, 1, sizeof *c);
    flama_pt_step *steps = flama_arena_calloc(arena, m->count, sizeof *steps);
    flama_pt_tensor *numbers =
        flama_arena_calloc(arena, FLAMA_PT_CHAIN_INPUTS, sizeof *numbers);
    flama_pt_arg *args = flama_arena_calloc(arena, FLAMA_PT_CHAIN_INPUTS, sizeof *args);
    if (c == NULL || steps == NULL || numbers == NULL || args == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < m->count; i++)
        if (set_step(m, i, &all, numbers, &steps[i]) != 0)
            return FLAMA_EMEMORY;
    for (size_t i = 0; i < all.count; i++)
        if (all.values[i] != SIZE_MAX)
            args[i] = (flama_pt_arg){
                .kind = FLAMA_PT_TENSOR, .computed = true, .value = all.values[i]};
    for (size_t i = 0; i + 1 < m->count; i++)
        m->program->nodes[m->nodes[i]].skipped = true;
    *c = (chain){.dtype = steps[m->count - 1].dtype,
                 .steps = steps,
                 .step_count = m->count,
                 .places = set_places(steps, m->count),
                 .numbers = numbers};
    flama_pt_node *node = &m->program->nodes[m->nodes[m->count - 1]];
    node->operator= & chain_operator;
    node->args = args;
    node->arg_count = all.count;
    node->state = c;
    return 0;
}

int flama_pt_chain(flama_pt_program *program, const flama_pt_run *run,
                   flama_arena *scratch, size_t *fused)
{
    maker m = {.program = program, .run = run};
    m.uses = flama_pt_uses(program, scratch);
    if (m.uses == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = program->node_count; i-- > 0;) {
        if (!may_join(&m, i, true))
            continue;
        collect(&m, i);
        if (m.count == 1)
            continue;
        sort_members(&m);
        if (build(&m) != 0)
            return FLAMA_EMEMORY;
        *fused += m.count - 1;
    }
    return 0;
}
