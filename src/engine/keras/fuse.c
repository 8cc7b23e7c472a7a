#include "base/error.h"
#include "engine/keras/graph.h"

/* What is known of a tensor here. */
typedef struct use {
    size_t count;       /* of those that read it */
    flama_keras_id now; /* the tensor it has become */
    flama_keras_op *op; /* the product that makes it, or NULL */
} use;

static void count_uses(const flama_keras_graph *graph, const flama_keras_id *keep,
                       size_t keep_count, use *uses)
{
    for (size_t i = 0; i < graph->tensor_count; i++)
        uses[i].now = (flama_keras_id)i;
    for (size_t k = 0; k < graph->op_count; k++)
        for (size_t i = 0; i < graph->ops[k].input_count; i++)
            uses[graph->ops[k].inputs[i]].count++;
    for (size_t i = 0; i < keep_count; i++)
        uses[keep[i]].count++;
}

/* True when the operation is part of the product before it now. Sums that are halves
 * are rounded first, so nothing joins them. */
static bool join(const flama_keras_op *op, use *uses)
{
    flama_keras_id x = op->inputs[0];
    const flama_keras_op *product = uses[x].op;
    if (op->type->join == NULL || product == NULL || uses[x].count != 1 ||
        flama_keras_is_half(product->precision) ||
        !op->type->join(op, product->type->end(product->params)))
        return false;
    uses[x].count = uses[op->output].count;
    uses[op->output].now = x;
    return true;
}

int flama_keras_fuse(flama_keras_graph *graph, flama_keras_id *keep, size_t keep_count,
                     flama_arena *scratch, flama_error *err)
{
    size_t left = 0;
    use *uses = flama_arena_calloc(scratch, graph->tensor_count, sizeof *uses);
    if (uses == NULL)
        return flama_error__memory(err);
    count_uses(graph, keep, keep_count, uses);
    for (size_t k = 0; k < graph->op_count; k++) {
        flama_keras_op *op = &graph->ops[k];
        for (size_t i = 0; i < op->input_count; i++)
            op->inputs[i] = uses[op->inputs[i]].now;
        if (op->input_count && join(op, uses))
            continue;
        graph->ops[left] = *op;
        if (op->type->end)
            uses[op->output].op = &graph->ops[left];
        left++;
    }
    graph->op_count = left;
    for (size_t i = 0; i < keep_count; i++)
        keep[i] = uses[keep[i]].now;
    return 0;
}
