#include "engine/torch/fuse.h"

#include "base/error.h"

/* Who sees a value: how many, and the node that did last. */
typedef struct use {
    size_t count;
    flama_pt_node *by;
} use;

typedef struct fuser {
    flama_pt_program *program;
    flama_pt_run *run;
    use *uses; /* a value */
} fuser;

static void see(const fuser *f, const flama_pt_arg *args, size_t count,
                flama_pt_node *by)
{
    for (size_t i = 0; i < count; i++) {
        if (args[i].kind == FLAMA_PT_LIST)
            see(f, args[i].list.items, args[i].list.count, by);
        if (!args[i].computed && args[i].kind != FLAMA_PT_TENSOR)
            continue;
        f->uses[args[i].value].count++;
        f->uses[args[i].value].by = by;
    }
}

static void see_leaves(const fuser *f, const flama_pt_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        see_leaves(f, &tree->children[i]);
    if (tree->kind == FLAMA_PT_LEAF)
        see(f, &tree->leaf, 1, NULL);
}

/* The node that makes something of this node's only output, which nobody else sees; or
 * NULL. What it makes besides is not looked at either. */
static flama_pt_node *follower(const fuser *f, const flama_pt_node *node)
{
    const use *seen = &f->uses[node->outputs[0]];
    flama_pt_node *by = seen->by;
    if (seen->count != 1 || by == NULL ||
        by->operator->join == NULL || by->arg_count == 0 || by->args[0]
            .kind != FLAMA_PT_TENSOR || by->args[0]
            .value != node->outputs[0])
        return NULL;
    for (size_t k = 1; k < by->output_count; k++)
        if (f->uses[by->outputs[k]].count)
            return NULL;
    return by;
}

/* Lets the nodes behind this one join it, in turn. The last of them, or NULL. */
static flama_pt_node *join(const fuser *f, flama_pt_node *node, int *code)
{
    flama_pt_node *last = NULL;
    const flama_pt_node *at = node;
    for (flama_pt_node *next; *code == 0 && (next = follower(f, at));
         at = last = next) {
        flama_pt_op op = {.run = f->run, .node = next, .dry = true};
        bool joins = next->operator->join(&op, &node->end, f->program->arena);
        *code = op.code;
        if (!joins)
            break;
    }
    return last;
}

/* The node gives what the last of those gave that joined it. */
static size_t take_over(const fuser *f, flama_pt_node *node, const flama_pt_node *last)
{
    size_t count = 0;
    while (node->outputs[0] != last->outputs[0]) {
        flama_pt_node *next = f->uses[node->outputs[0]].by;
        next->skipped = true;
        node->outputs = next->outputs;
        count++;
    }
    return count;
}

static int prepare(const fuser *f, flama_pt_node *node, size_t *fused)
{
    flama_pt_op op = {.run = f->run, .node = node, .dry = true};
    const flama_pt_tensor *out = flama_pt_run_tensor(f->run, node->outputs[0]);
    const flama_pt_tensor *weight = flama_pt_in(&op, 1);
    bool second = out->rank > 1 && out->rank == weight->rank;
    int code = 0;
    node->end.channels = second ? (size_t)out->sizes[1] : 0;
    flama_pt_node *last = join(f, node, &code);
    if (code == 0)
        code = node->operator->prepare(&op, node, f->program->arena);
    if (code == 0 && last && node->state)
        *fused += take_over(f, node, last);
    else
        node->end = (flama_pt_end){0};
    return code;
}

int flama_pt_fuse(flama_pt_program *program, flama_pt_run *run, flama_arena *scratch,
                  size_t *fused)
{
    fuser f = {.program = program, .run = run};
    f.uses = flama_arena_calloc(scratch, program->value_count, sizeof *f.uses);
    if (f.uses == NULL)
        return flama_error__memory(run->err);
    for (size_t i = 0; i < program->node_count; i++)
        if (!program->nodes[i].skipped)
            see(&f, program->nodes[i].args, program->nodes[i].arg_count,
                &program->nodes[i]);
    see_leaves(&f, &program->output);
    for (size_t i = 0; i < program->node_count; i++) {
        flama_pt_node *node = &program->nodes[i];
        if (node->skipped || node->operator->prepare == NULL)
            continue;
        int code = prepare(&f, node, fused);
        if (code)
            return run->err && run->err->code ? code : flama_error__memory(run->err);
    }
    return 0;
}
