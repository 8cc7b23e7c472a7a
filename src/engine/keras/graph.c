#include "engine/keras/graph.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { MOST_TENSORS = 1 << 18, LINE = 64 };

int64_t flama_keras_product(const flama_keras_tensor *t, unsigned from, unsigned to)
{
    int64_t product = 1;
    for (unsigned i = from; i < to; i++) {
        if (t->dims[i] < 0)
            return -1;
        if (__builtin_mul_overflow(product, t->dims[i], &product))
            return INT64_MAX;
    }
    return product;
}

double flama_keras_elements(const flama_keras_tensor *t)
{
    double product = 1;
    for (unsigned i = 0; i < t->rank; i++)
        product *= t->dims[i] < 0 ? 1 : (double)t->dims[i];
    return product;
}

size_t flama_keras_dtype_size(flama_keras_dtype dtype)
{
    static const size_t sizes[] = {sizeof(float), sizeof(int64_t), sizeof(uint8_t)};
    return sizes[dtype];
}

const char *flama_keras_shape_text(const flama_keras_tensor *t, char *out)
{
    size_t used = (size_t)snprintf(out, FLAMA_KERAS_SHAPE, "(");
    for (unsigned i = 0; i < t->rank; i++) {
        const char *comma = i + 1 < t->rank ? ", " : t->rank == 1 ? "," : "";
        if (t->dims[i] < 0)
            used +=
                (size_t)snprintf(out + used, FLAMA_KERAS_SHAPE - used, "None%s", comma);
        else
            used += (size_t)snprintf(out + used, FLAMA_KERAS_SHAPE - used, "%lld%s",
                                     (long long)t->dims[i], comma);
    }
    snprintf(out + used, FLAMA_KERAS_SHAPE - used, ")");
    return out;
}

int flama_keras_same_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                           flama_error *err)
{
    (void)err;
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = *flama_keras_in(op, tensors, 0);
    out->data = NULL;
    return 0;
}

static int check_size(const flama_keras_op *op, const flama_keras_tensor *t,
                      flama_error *err)
{
    int64_t known = 1;
    for (unsigned i = 0; i < t->rank; i++)
        if (t->dims[i] < -1 || t->dims[i] > FLAMA_KERAS_LARGEST ||
            (t->dims[i] > 0 && (__builtin_mul_overflow(known, t->dims[i], &known) ||
                                known > FLAMA_KERAS_LARGEST)))
            return flama_error_set(err, FLAMA_ELIMIT,
                                   "the array that %s makes is too large",
                                   op->type->name);
    return 0;
}

int flama_keras_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                      flama_error *err)
{
    int code = op->type->shape(op, tensors, err);
    for (size_t i = 0; code == 0 && i < op->output_count; i++)
        code = check_size(op, flama_keras_out(op, tensors, i), err);
    return code;
}

/* Room for `count` elements of `size` bytes, twice as many as before when they do not
 * fit. */
static bool make_room(flama_arena *arena, void **items, size_t *capacity, size_t count,
                      size_t size)
{
    if (count <= *capacity)
        return true;
    size_t wanted = *capacity ? *capacity * 2 : 64;
    while (wanted < count)
        wanted *= 2;
    void *grown = flama_arena_grow(arena, *items, *capacity * size, wanted * size);
    if (grown == NULL)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

flama_keras_id flama_keras_graph_tensor(flama_keras_graph *graph)
{
    size_t first = graph->tensor_count ? graph->tensor_count : 1;
    void *known = graph->known;
    if (first >= MOST_TENSORS ||
        !make_room(graph->arena, &known, &graph->tensor_capacity, first + 1,
                   sizeof *graph->known))
        return 0;
    graph->known = known;
    if (graph->tensor_count == 0)
        graph->known[0] = (flama_keras_tensor){0};
    graph->known[first] = (flama_keras_tensor){0};
    graph->tensor_count = first + 1;
    return (flama_keras_id)first;
}

flama_keras_op *flama_keras_graph_op(flama_keras_graph *graph,
                                     const flama_keras_op_type *type,
                                     size_t input_count, size_t output_count)
{
    void *ops = graph->ops;
    flama_keras_id *inputs =
        flama_arena_calloc(graph->arena, input_count, sizeof *inputs);
    if (inputs == NULL || !make_room(graph->arena, &ops, &graph->op_capacity,
                                     graph->op_count + 1, sizeof *graph->ops))
        return NULL;
    graph->ops = ops;
    flama_keras_id first = flama_keras_graph_tensor(graph);
    bool all = first != 0;
    for (size_t i = 1; all && i < output_count; i++)
        all = flama_keras_graph_tensor(graph) != 0;
    if (!all)
        return NULL;
    flama_keras_op *op = &graph->ops[graph->op_count++];
    *op = (flama_keras_op){.type = type,
                           .input_count = input_count,
                           .inputs = inputs,
                           .output_count = output_count,
                           .output = first};
    return op;
}

/* What planning knows of a tensor. */
typedef struct life {
    flama_keras_id root; /* the tensor whose buffer it is */
    size_t last;         /* of a root: the last operation that reads it */
} life;

static void find_ends(const flama_keras_graph *graph, life *lives)
{
    for (size_t i = 0; i < graph->tensor_count; i++)
        lives[i].root = (flama_keras_id)i;
    for (size_t k = 0; k < graph->op_count; k++) {
        const flama_keras_op *op = &graph->ops[k];
        for (size_t i = 0; i < op->input_count; i++)
            lives[lives[op->inputs[i]].root].last = k;
        for (size_t i = 0; i < op->output_count; i++)
            lives[op->output + i].last = k; /* also when nothing reads it */
        if (op->type->alias)
            lives[op->output].root = lives[op->inputs[0]].root;
    }
}

typedef struct planner {
    flama_keras_graph *graph;
    life *lives;
    size_t *unused; /* slots, a stack */
    size_t unused_count;
} planner;

static size_t take_slot(planner *p)
{
    return p->unused_count ? p->unused[--p->unused_count] : p->graph->slot_count++;
}

/* An input that no operation reads after k gives its slot back; once, though it be
 * named twice. */
static void drop_inputs(planner *p, const flama_keras_op *op, size_t k)
{
    for (size_t i = 0; i < op->input_count; i++) {
        flama_keras_id root = p->lives[op->inputs[i]].root;
        if (root && p->lives[root].last == k && p->graph->slots[root] != SIZE_MAX) {
            p->unused[p->unused_count++] = p->graph->slots[root];
            p->lives[root].last = SIZE_MAX - 1;
        }
    }
}

static void place_outputs(planner *p, const flama_keras_op *op, size_t k)
{
    size_t *slots = p->graph->slots;
    flama_keras_id root = op->input_count ? p->lives[op->inputs[0]].root : 0;
    for (size_t i = 0; i < op->output_count; i++) {
        flama_keras_id out = op->output + (flama_keras_id)i;
        bool over = op->type->in_place && i == 0 && root && slots[root] != SIZE_MAX &&
                    p->lives[root].last == k;
        if (op->type->alias)
            slots[out] = slots[root];
        else if (over) {
            slots[out] = slots[root];
            p->lives[root].last = SIZE_MAX - 1;
        } else
            slots[out] = take_slot(p);
    }
    drop_inputs(p, op, k);
    for (size_t i = 0; i < op->output_count; i++) {
        flama_keras_id out = op->output + (flama_keras_id)i;
        if (!op->type->alias && p->lives[out].last == k) {
            p->unused[p->unused_count++] = slots[out];
            p->lives[out].last = SIZE_MAX - 1;
        }
    }
}

int flama_keras_plan(flama_keras_graph *graph, flama_keras_id input,
                     const flama_keras_id *keep, size_t keep_count, flama_error *err)
{
    size_t n = graph->tensor_count;
    planner p = {.graph = graph};
    p.lives = flama_arena_calloc(graph->arena, n, sizeof *p.lives);
    p.unused = flama_arena_calloc(graph->arena, n, sizeof *p.unused);
    graph->slots = flama_arena_calloc(graph->arena, n, sizeof *graph->slots);
    if (p.lives == NULL || p.unused == NULL || graph->slots == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < n; i++)
        graph->slots[i] = SIZE_MAX;
    find_ends(graph, p.lives);
    for (size_t i = 0; i < keep_count; i++)
        p.lives[p.lives[keep[i]].root].last = SIZE_MAX;
    graph->slots[input] = take_slot(&p);
    for (size_t k = 0; k < graph->op_count; k++) {
        place_outputs(&p, &graph->ops[k], k);
        graph->mixes = graph->mixes || graph->ops[k].type->mixes;
    }
    return 0;
}

static size_t round_up(size_t size)
{
    return (size + LINE - 1) / LINE * LINE;
}

/* Shapes first: what they need is known for the whole graph before anything runs. */
static int infer(const flama_keras_graph *graph, flama_keras_tensor *tensors,
                 size_t *sizes, size_t *scratch, flama_error *err)
{
    for (size_t k = 0; k < graph->op_count; k++) {
        const flama_keras_op *op = &graph->ops[k];
        int code = flama_keras_shape(op, tensors, err);
        if (code)
            return code;
        for (size_t i = 0; i < op->output_count; i++) {
            const flama_keras_tensor *t = flama_keras_out(op, tensors, i);
            size_t slot = graph->slots[op->output + i];
            size_t bytes = flama_keras_count(t) * flama_keras_dtype_size(t->dtype);
            if (slot != SIZE_MAX && bytes > sizes[slot])
                sizes[slot] = bytes;
        }
        size_t more = op->type->scratch ? op->type->scratch(op, tensors) : 0;
        *scratch = more > *scratch ? more : *scratch;
    }
    return 0;
}

int flama_keras_measure(const flama_keras_graph *graph, flama_keras_tensor *tensors,
                        size_t *offsets, size_t *scratch, size_t *total,
                        flama_error *err)
{
    size_t at = 0, need = 0;
    int code = infer(graph, tensors, offsets, &need, err);
    if (code)
        return code;
    for (size_t i = 0; i < graph->slot_count; i++) {
        size_t size = round_up(offsets[i]);
        offsets[i] = at;
        if (__builtin_add_overflow(at, size, &at))
            return flama_error_set(err, FLAMA_ELIMIT, "the request is too large");
    }
    *scratch = at;
    if (need > SIZE_MAX - LINE || __builtin_add_overflow(at, round_up(need), total))
        return flama_error_set(err, FLAMA_ELIMIT, "the request is too large");
    return 0;
}

double flama_keras_work(const flama_keras_graph *graph,
                        const flama_keras_tensor *tensors)
{
    double work = 0;
    for (size_t k = 0; k < graph->op_count; k++) {
        const flama_keras_op *op = &graph->ops[k];
        if (op->type->work)
            work += op->type->work(op, tensors);
        else if (!op->type->alias)
            work += flama_keras_elements(flama_keras_result(op, tensors));
    }
    return work;
}
