#include "engine/torch/input.h"

#include "engine/torch/guard.h"

/* A place in the input: a value, or a part of a tensor of `depth` dimensions less. */
typedef struct part {
    const flama_value *value;
    unsigned depth;
    size_t offset;
} part;

/* Its length, or -1 when it is no list (a string has one; torch takes it for a list
 * until it looks inside, but never gets that far with it). */
static int64_t part_length(const part *p)
{
    const flama_value *v = p->value;
    if (v->kind == FLAMA_KIND_ARRAY)
        return (int64_t)v->array.count;
    if (v->kind == FLAMA_KIND_STRING)
        return (int64_t)v->string.size;
    if (v->kind == FLAMA_KIND_TENSOR && p->depth < v->tensor->rank)
        return (int64_t)v->tensor->shape[p->depth];
    return -1;
}

static part part_at(const part *p, size_t i)
{
    const flama_value *v = p->value;
    if (v->kind == FLAMA_KIND_ARRAY)
        return (part){.value = &v->array.items[i]};
    size_t step = 1;
    for (unsigned d = p->depth + 1; d < v->tensor->rank; d++)
        step *= v->tensor->shape[d];
    return (part){.value = v, .depth = p->depth + 1, .offset = p->offset + i * step};
}

static bool is_null(const part *p)
{
    const flama_value *v = p->value;
    if (v->kind != FLAMA_KIND_TENSOR || v->tensor->nulls == 0)
        return v->kind == FLAMA_KIND_NULL;
    double number = ((const double *)v->tensor->data)[p->offset];
    return number != number;
}

/* What Python calls it. */
static const char *python_name(const part *p)
{
    switch (p->value->kind) {
    case FLAMA_KIND_STRING:
        return "str";
    case FLAMA_KIND_OBJECT:
        return "dict";
    case FLAMA_KIND_NULL:
        return "NoneType";
    default:
        return part_length(p) >= 0 ? "list" : "NoneType";
    }
}

static int no_number(flama_call *call, const part *p)
{
    return flama_fail(call, FLAMA_EINPUT, "must be real number, not %s",
                      python_name(p));
}

int flama_pt_input_shape(flama_call *call, const flama_value *input, size_t *rank,
                         int64_t *sizes)
{
    part p = {.value = input};
    int64_t length;
    *rank = 0;
    while ((length = part_length(&p)) >= 0) {
        if (p.value->kind == FLAMA_KIND_STRING)
            return flama_fail(call, FLAMA_EINPUT, "too many dimensions 'str'");
        if (*rank == FLAMA_PT_RANK)
            return flama_fail(call, FLAMA_EINPUT, "too many dimensions");
        sizes[(*rank)++] = length;
        if (length == 0 && p.value->kind == FLAMA_KIND_ARRAY)
            return 0; /* a tensor knows its sizes beyond */
        p = part_at(&p, 0);
    }
    return 0;
}

static int guard_failed(flama_call *call, const char *text)
{
    return flama_fail(call, FLAMA_EINPUT, "Guard failed: %s", text);
}

static int check_bound(flama_call *call, const char *name, size_t i,
                       const flama_pt_bound *bound, int64_t size)
{
    bool fixed = bound->size >= 0;
    const char *relation = fixed && size != bound->size    ? "=="
                           : !fixed && size < bound->least ? ">="
                           : !fixed && size > bound->most  ? "<="
                                                           : NULL;
    int64_t wanted = fixed                 ? bound->size
                     : size < bound->least ? bound->least
                                           : bound->most;
    if (relation == NULL)
        return 0;
    return flama_fail(call, FLAMA_EINPUT, "Guard failed: %s.size()[%zu] %s %lld", name,
                      i, relation, (long long)wanted);
}

int flama_pt_input_check(flama_call *call, const flama_pt_program *program, size_t rank,
                         const int64_t *sizes)
{
    size_t wanted = program->values[program->input].tensor.rank;
    if (rank < wanted)
        return flama_fail(call, FLAMA_EINPUT, "tuple index out of range");
    for (size_t i = 0; i < wanted; i++) {
        int code =
            check_bound(call, program->input_name, i, &program->bounds[i], sizes[i]);
        if (code)
            return code;
    }
    if (rank > wanted)
        return flama_fail(call, FLAMA_EINPUT,
                          "the input has %zu dimensions, and the model was exported "
                          "for %zu",
                          rank, wanted);
    const char *guard = flama_pt_guards_check(program, sizes);
    return guard ? guard_failed(call, guard) : 0;
}

/* A number of a tensor; false for a string. */
static bool element(const flama_tensor *t, size_t i, float *out)
{
    switch (t->dtype) {
    case FLAMA_DTYPE_BOOL:
        *out = ((const uint8_t *)t->data)[i];
        return true;
    case FLAMA_DTYPE_INT64:
        *out = (float)(double)((const int64_t *)t->data)[i];
        return true;
    case FLAMA_DTYPE_FLOAT32:
        *out = ((const float *)t->data)[i];
        return true;
    case FLAMA_DTYPE_FLOAT64:
        *out = (float)((const double *)t->data)[i];
        return true;
    default:
        return false;
    }
}

static int leaf(flama_call *call, const part *p, float *out)
{
    const flama_value *v = p->value;
    if (is_null(p))
        return no_number(call, p);
    switch (v->kind) {
    case FLAMA_KIND_BOOL:
        *out = v->boolean;
        return 0;
    case FLAMA_KIND_INTEGER:
        *out = (float)(double)v->integer;
        return 0;
    case FLAMA_KIND_NUMBER:
        *out = (float)v->number;
        return 0;
    case FLAMA_KIND_TENSOR:
        if (p->depth < v->tensor->rank || !element(v->tensor, p->offset, out))
            return no_number(call, p);
        return 0;
    default:
        return no_number(call, p);
    }
}

/* Dimension `dim` of the input, and all inside. Depth is the rank, at most
 * FLAMA_PT_RANK. */
static int store(flama_call *call, const part *p, size_t dim, size_t rank,
                 const int64_t *sizes, float **out)
{
    if (dim == rank)
        return leaf(call, p, (*out)++);
    int64_t length = part_length(p);
    if (length < 0)
        return flama_fail(call, FLAMA_EINPUT, "not a sequence");
    if (length != sizes[dim])
        return flama_fail(call, FLAMA_EINPUT,
                          "expected sequence of length %lld at dim %zu (got %lld)",
                          (long long)sizes[dim], dim, (long long)length);
    if (p->value->kind == FLAMA_KIND_STRING)
        return length ? no_number(call, p) : 0;
    for (int64_t i = 0; i < length; i++) {
        part item = part_at(p, (size_t)i);
        int code = store(call, &item, dim + 1, rank, sizes, out);
        if (code)
            return code;
    }
    return 0;
}

static bool whole_tensor(const flama_value *input, size_t rank)
{
    return input->kind == FLAMA_KIND_TENSOR && input->tensor->rank == rank &&
           input->tensor->nulls == 0;
}

int flama_pt_input_data(flama_call *call, const flama_value *input, size_t rank,
                        const int64_t *sizes, float *out)
{
    part p = {.value = input};
    const flama_tensor *t = input->tensor;
    if (whole_tensor(input, rank) && t->dtype == FLAMA_DTYPE_FLOAT64) {
        for (size_t i = 0; i < t->count; i++)
            out[i] = (float)((const double *)t->data)[i];
        return 0;
    }
    if (whole_tensor(input, rank) && t->dtype == FLAMA_DTYPE_FLOAT32) {
        for (size_t i = 0; i < t->count; i++)
            out[i] = ((const float *)t->data)[i];
        return 0;
    }
    return store(call, &p, 0, rank, sizes, &out);
}
