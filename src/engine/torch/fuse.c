#include "engine/torch/fuse.h"

#include <string.h>

#include "base/error.h"
#include "engine/torch/ops.h"
#include "engine/torch/unary.h"

typedef struct fuser {
    flama_pt_program *program;
    flama_pt_run *run;
    const flama_pt_use *uses; /* a value */
} fuser;

static void see(flama_pt_use *uses, const flama_pt_arg *args, size_t count,
                flama_pt_node *by)
{
    for (size_t i = 0; i < count; i++) {
        if (args[i].kind == FLAMA_PT_LIST)
            see(uses, args[i].list.items, args[i].list.count, by);
        if (!args[i].computed && args[i].kind != FLAMA_PT_TENSOR)
            continue;
        uses[args[i].value].count++;
        uses[args[i].value].by = by;
    }
}

static void see_leaves(flama_pt_use *uses, const flama_pt_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        see_leaves(uses, &tree->children[i]);
    if (tree->kind == FLAMA_PT_LEAF)
        see(uses, &tree->leaf, 1, NULL);
}

flama_pt_use *flama_pt_uses(const flama_pt_program *program, flama_arena *arena)
{
    flama_pt_use *uses = flama_arena_calloc(arena, program->value_count, sizeof *uses);
    for (size_t i = 0; uses && i < program->node_count; i++) {
        flama_pt_node *node = &program->nodes[i];
        if (node->skipped)
            continue;
        see(uses, node->args, node->arg_count, node);
        for (size_t k = 0; k < node->output_count; k++)
            uses[node->outputs[k]].maker = node;
    }
    if (uses)
        see_leaves(uses, &program->output);
    return uses;
}

/* Tensors written into more often in a row are not looked into further. */
enum { MOST_WRITES = 64 };

bool flama_pt_is_alone(const flama_pt_run *run, const flama_pt_use *uses, size_t value)
{
    for (size_t i = 0; i < MOST_WRITES; i++) {
        const flama_pt_node *maker = uses[value].maker;
        if (uses[value].count != 1 || maker == NULL ||
            run->program->values[value].is_constant)
            return false;
        size_t storage = run->slots[value].tensor.storage;
        bool own = storage != FLAMA_PT_CONSTANT && storage != FLAMA_PT_INPUT;
        if (own &&
            run->storages[storage].first == (size_t)(maker - run->program->nodes))
            return true;
        if (!flama_pt_writes(maker))
            return false;
        value = maker->args[0].value;
    }
    return false;
}

bool flama_pt_stays(const flama_pt_run *run, const flama_pt_use *uses, size_t value,
                    size_t node)
{
    const flama_pt_tensor *t = flama_pt_run_tensor(run, value);
    return t->storage == FLAMA_PT_CONSTANT ||
           run->storages[t->storage].written <= node ||
           flama_pt_is_alone(run, uses, value);
}

/* A node that gives the same elements in other sizes. */
static bool is_reshape(const fuser *f, const flama_pt_node *node)
{
    static int (*const functions[])(flama_pt_op *) = {
        flama_pt_op_reshape,   flama_pt_op_reshape_as, flama_pt_op_flatten,
        flama_pt_op_unflatten, flama_pt_op_squeeze,    flama_pt_op_unsqueeze};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (node->operator->function == functions[i])
            return flama_pt_run_tensor(f->run, node->outputs[0])->storage ==
                   flama_pt_run_tensor(f->run, node->args[0].value)->storage;
    return false;
}

/* The node that makes something of this node's only output, which nobody else sees; or
 * NULL. What it makes besides is not looked at either. */
static flama_pt_node *follower(const fuser *f, const flama_pt_node *node)
{
    const flama_pt_use *seen = &f->uses[node->outputs[0]];
    flama_pt_node *by = seen->by;
    if (seen->count != 1 || by == NULL || by->output_count == 0)
        return NULL;
    for (size_t k = 1; k < by->output_count; k++)
        if (f->uses[by->outputs[k]].count)
            return NULL;
    return by;
}

static bool is_argument(const flama_pt_node *node, size_t i, size_t value)
{
    return i < node->arg_count && node->args[i].kind == FLAMA_PT_TENSOR &&
           node->args[i].value == value;
}

/* What is added to the value in a node that adds two tensors of the same sizes, if it
 * is there before the product is worked out, and the sum may be written there: an
 * argument, or NULL. */
static const flama_pt_arg *summand(const fuser *f, const flama_pt_node *product,
                                   const flama_pt_node *sum, size_t value)
{
    const flama_pt_arg *other = &sum->args[is_argument(sum, 0, value)];
    size_t at = (size_t)(product - f->program->nodes);
    if (sum->operator->join != flama_pt_join_add || other->kind != FLAMA_PT_TENSOR)
        return NULL;
    const flama_pt_node *maker = f->uses[other->value].maker;
    const flama_pt_tensor *a = flama_pt_run_tensor(f->run, value);
    const flama_pt_tensor *b = flama_pt_run_tensor(f->run, other->value);
    bool goes = (maker == NULL || maker < product) && b->dtype == FLAMA_PT_F32 &&
                a->rank == b->rank &&
                memcmp(a->sizes, b->sizes, a->rank * sizeof *a->sizes) == 0 &&
                flama_pt_stays(f->run, f->uses, other->value, at) &&
                (!flama_pt_writes(sum) || is_argument(sum, 0, value) ||
                 flama_pt_is_alone(f->run, f->uses, other->value));
    return goes ? other : NULL;
}

/* Gives the product one argument more. */
static bool add_argument(const fuser *f, flama_pt_node *node, const flama_pt_arg *arg)
{
    flama_pt_arg *args =
        flama_arena_calloc(f->program->arena, node->arg_count + 1, sizeof *args);
    if (args == NULL)
        return false;
    memcpy(args, node->args, node->arg_count * sizeof *args);
    args[node->arg_count++] = *arg;
    node->args = args;
    return true;
}

/* Norms. */

/* Lets the norms behind this product join it, in turn. Their number. */
static size_t join_norms(const fuser *f, flama_pt_node *product, int *code)
{
    size_t count = 0;
    const flama_pt_node *at = product;
    for (flama_pt_node *next; *code == 0 && (next = follower(f, at)); at = next) {
        flama_pt_op op = {.run = f->run, .node = next, .dry = true};
        if (next->operator->join !=
            flama_pt_join_batch_norm || !is_argument(next, 0, at->outputs[0]) ||
            !next->operator->join(&op, &product->end, f->program->arena)) {
            *code = op.code;
            break;
        }
        count++;
    }
    return count;
}

/* The node gives what the one behind it gave. */
static void take_over(flama_pt_node *node, flama_pt_node *next)
{
    next->skipped = true;
    node->outputs = next->outputs;
}

static int prepare(const fuser *f, flama_pt_node *node, size_t *fused)
{
    flama_pt_op op = {.run = f->run, .node = node, .dry = true};
    const flama_pt_tensor *out = flama_pt_run_tensor(f->run, node->outputs[0]);
    const flama_pt_tensor *weight = flama_pt_in(&op, 1);
    bool second = out->rank > 1 && out->rank == weight->rank;
    int code = 0;
    node->end.channels = second ? (size_t)out->sizes[1] : 0;
    size_t norms = join_norms(f, node, &code);
    if (code == 0)
        code = node->operator->prepare(&op, node, f->program->arena);
    if (node->state == NULL) {
        node->end = (flama_pt_end){0};
        return code;
    }
    *fused += norms;
    for (; norms > 0; norms--)
        take_over(node, follower(f, node));
    return code;
}

/* Ends. */

/* Whether what makes something of the value joined the product. */
static bool joins(const fuser *f, flama_pt_node *product, const flama_pt_node *next,
                  size_t value, int *code)
{
    flama_pt_op op = {.run = f->run, .node = next, .dry = true};
    bool adds = next->operator->join == flama_pt_join_add;
    const flama_pt_arg *other = adds ? summand(f, product, next, value) : NULL;
    if (next->operator->join == NULL || next->operator->join ==
        flama_pt_join_batch_norm ||(adds ? other == NULL
                                         : !is_argument(next, 0, value)) ||
        !next->operator->join(&op, &product->end, f->program->arena)) {
        *code = op.code;
        return false;
    }
    if (adds && !add_argument(f, product, other))
        *code = FLAMA_EMEMORY;
    return *code == 0;
}

/* Lets sums and bounds behind this product join it, in turn; nodes that only give
 * other sizes may stand between. */
static int join_ends(const fuser *f, flama_pt_node *product, size_t *fused)
{
    int code = 0;
    flama_pt_node *at = product;
    if (product->state == NULL)
        return 0;
    for (flama_pt_node *next; code == 0 && (next = follower(f, at));)
        if (is_argument(next, 0, at->outputs[0]) && is_reshape(f, next))
            at = next;
        else if (joins(f, product, next, at->outputs[0], &code)) {
            take_over(at, next);
            (*fused)++;
        } else
            break;
    return code;
}

/* Does so with all nodes that prepare something. */
static int each(flama_pt_program *program, flama_pt_run *run, flama_arena *scratch,
                int (*what)(const fuser *f, flama_pt_node *node, size_t *fused),
                size_t *fused)
{
    fuser f = {.program = program, .run = run};
    f.uses = flama_pt_uses(program, scratch);
    int code = f.uses ? 0 : FLAMA_EMEMORY;
    for (size_t i = 0; code == 0 && i < program->node_count; i++)
        if (!program->nodes[i].skipped && program->nodes[i].operator->prepare)
            code = what(&f, &program->nodes[i], fused);
    return code == 0 || (run->err && run->err->code) ? code
                                                     : flama_error__memory(run->err);
}

int flama_pt_fuse_norms(flama_pt_program *program, flama_pt_run *run,
                        flama_arena *scratch, size_t *fused)
{
    return each(program, run, scratch, prepare, fused);
}

int flama_pt_fuse_ends(flama_pt_program *program, flama_pt_run *run,
                       flama_arena *scratch, size_t *fused)
{
    return each(program, run, scratch, join_ends, fused);
}
