#include "engine/torch/cast.h"

#include <string.h>

#include "base/error.h"
#include "engine/torch/op.h"
#include "engine/torch/table.h"

typedef struct caster {
    flama_pt_program *program;
    const flama_pt_operator *cast; /* _to_copy */
    flama_error *err;
    bool failed; /* no memory */
} caster;

static bool is_half(const flama_pt_program *p, size_t value)
{
    flama_pt_dtype dtype = p->values[value].tensor.dtype;
    return p->values[value].kind == FLAMA_PT_TENSOR &&
           (dtype == FLAMA_PT_F16 || dtype == FLAMA_PT_BF16);
}

/* The operator does not know the value's type, and float32 takes its place. */
static bool needs_single(const flama_pt_program *p, const flama_pt_operator *operator,
                         size_t value)
{
    return is_half(p, value) ||
           (operator->floats == FLAMA_PT_SINGLE_FLOATS && p->values[value]
                .kind == FLAMA_PT_TENSOR && p->values[value]
                .tensor.dtype == FLAMA_PT_F64);
}

/* A new value, which is `like` in another type. */
static size_t add_value(caster *c, size_t like, flama_pt_dtype dtype)
{
    flama_pt_value *values = c->program->values;
    size_t added = c->program->value_count++;
    values[added] =
        (flama_pt_value){.name = values[like].name,
                         .kind = FLAMA_PT_TENSOR,
                         .known = values[like].known || values[like].is_constant,
                         .tensor = values[like].tensor};
    values[added].tensor.dtype = dtype;
    return added;
}

/* The node that makes `to` of `from`. */
static void add_cast(caster *c, size_t from, size_t to)
{
    flama_arena *arena = c->program->arena;
    flama_pt_value *values = c->program->values;
    flama_pt_arg *args = flama_arena_calloc(arena, 2, sizeof *args);
    size_t *output = flama_arena_alloc(arena, sizeof *output);
    if (args == NULL || output == NULL) {
        c->failed = true;
        return;
    }
    args[0] = (flama_pt_arg){.kind = FLAMA_PT_TENSOR, .computed = true, .value = from};
    args[1] = (flama_pt_arg){.kind = FLAMA_PT_INT,
                             .integer = flama_pt_dtype_number(values[to].tensor.dtype)};
    *output = to;
    c->program->nodes[c->program->node_count++] =
        (flama_pt_node){.operator= c->cast,
                        .name = values[to].name,
                        .args = args,
                        .arg_count = 2,
                        .outputs = output,
                        .output_count = 1};
}

/* The value of `from` as float32, by way of `rounded` (FLAMA_PT_F32: as it is). */
static size_t widened(caster *c, size_t from, flama_pt_dtype rounded)
{
    if (rounded != FLAMA_PT_F32 && !is_half(c->program, from)) {
        size_t half = add_value(c, from, rounded);
        add_cast(c, from, half);
        from = half;
    }
    size_t wide = add_value(c, from, FLAMA_PT_F32);
    add_cast(c, from, wide);
    return wide;
}

static bool needs_cast(const caster *c, const flama_pt_operator *operator,
                       const flama_pt_arg * arg, flama_pt_dtype rounded)
{
    return arg->kind == FLAMA_PT_TENSOR &&
           (needs_single(c->program, operator, arg->value) ||
            (rounded != FLAMA_PT_F32 &&
             c->program->values[arg->value].tensor.dtype == FLAMA_PT_F32));
}

/* Copies of the arguments, with those cast that need it, also in lists. */
static const flama_pt_arg *cast_args(caster *c, const flama_pt_operator *operator,
                                     const flama_pt_arg * args, size_t count,
                                     flama_pt_dtype rounded)
{
    flama_pt_arg *out = flama_arena_calloc(c->program->arena, count, sizeof *out);
    if (out == NULL) {
        c->failed = true;
        return args;
    }
    for (size_t i = 0; i < count && !c->failed; i++) {
        out[i] = args[i];
        if (args[i].kind == FLAMA_PT_LIST)
            out[i].list.items =
                cast_args(c, operator, args[i].list.items, args[i].list.count, rounded);
        else if (needs_cast(c, operator, & args[i], rounded))
            out[i].value = widened(c, args[i].value, rounded);
    }
    return out;
}

/* What torch.autocast lowers on a CPU, of what is known here. */
static bool is_lowered(const flama_pt_operator *operator)
{
    static const char *const names[] = {"addmm",
                                        "baddbmm",
                                        "bmm",
                                        "conv1d",
                                        "conv2d",
                                        "conv3d",
                                        "conv_transpose1d",
                                        "conv_transpose2d",
                                        "conv_transpose3d",
                                        "linear",
                                        "matmul",
                                        "mm",
                                        "scaled_dot_product_attention"};
    size_t size = strcspn(operator->name, ".");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == size && memcmp(names[i], operator->name, size) == 0)
            return true;
    return false;
}

static int cast_node(caster *c, flama_pt_node node)
{
    flama_pt_program *p = c->program;
    flama_pt_dtype rounded = FLAMA_PT_F32;
    for (size_t k = 0; k < node.output_count; k++)
        if (p->values[node.outputs[k]].kind == FLAMA_PT_TENSOR &&
            !p->values[node.outputs[k]].known)
            return flama_error_set(c->err, FLAMA_EFORMAT,
                                   "models/model.json: nothing is known of %s",
                                   p->values[node.outputs[k]].name);
    if (node.autocast && node.output_count > 0 && is_lowered(node.operator) &&
        is_half(p, node.outputs[0]))
        rounded = p->values[node.outputs[0]].tensor.dtype;
    node.args = cast_args(c, node.operator, node.args, node.arg_count, rounded);
    size_t *outputs = flama_arena_calloc(p->arena, node.output_count, sizeof *outputs);
    size_t at = p->node_count++;
    if (outputs == NULL || c->failed)
        return flama_error__memory(c->err);
    for (size_t k = 0; k < node.output_count; k++) {
        outputs[k] = node.outputs[k];
        if (!needs_single(p, node.operator, node.outputs[k]))
            continue;
        outputs[k] = add_value(c, node.outputs[k], FLAMA_PT_F32);
        add_cast(c, outputs[k], node.outputs[k]);
    }
    node.outputs = outputs;
    p->nodes[at] = node;
    return c->failed ? flama_error__memory(c->err) : 0;
}

static size_t count_tensors(const flama_pt_arg *args, size_t count)
{
    size_t tensors = 0;
    for (size_t i = 0; i < count; i++)
        tensors += args[i].kind == FLAMA_PT_LIST
                       ? count_tensors(args[i].list.items, args[i].list.count)
                       : args[i].kind == FLAMA_PT_TENSOR;
    return tensors;
}

/* Room for all casts there can be: two an input, one an output. */
static int make_room(caster *c, size_t values, size_t nodes)
{
    flama_pt_program *p = c->program;
    flama_pt_value *all = flama_arena_calloc(p->arena, values, sizeof *all);
    p->nodes = flama_arena_calloc(p->arena, nodes, sizeof *p->nodes);
    if (all == NULL || p->nodes == NULL)
        return flama_error__memory(c->err);
    memcpy(all, p->values, p->value_count * sizeof *all);
    p->values = all;
    p->node_count = 0;
    return 0;
}

int flama_pt_cast(flama_pt_program *program, flama_error *err)
{
    caster c = {.program = program,
                .cast = flama_pt_operator_find(FLAMA_STRING("_to_copy.default")),
                .err = err};
    const flama_pt_node *nodes = program->nodes;
    size_t count = program->node_count, added = 0;
    bool needed = false;
    for (size_t i = 0; i < program->value_count; i++)
        needed = needed || is_half(program, i) ||
                 program->values[i].tensor.dtype == FLAMA_PT_F64;
    if (!needed)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (nodes[i].operator->floats != FLAMA_PT_ALL_FLOATS)
            added += 2 * count_tensors(nodes[i].args, nodes[i].arg_count) +
                     nodes[i].output_count;
    int code = make_room(&c, program->value_count + added, count + added);
    for (size_t i = 0; code == 0 && i < count; i++)
        if (nodes[i].operator->floats != FLAMA_PT_ALL_FLOATS)
            code = cast_node(&c, nodes[i]);
        else
            program->nodes[program->node_count++] = nodes[i];
    return code;
}
