/* Elements to where indices or masks say: added, reduced, filled; bags of embeddings.
 */
#include <math.h>
#include <string.h>

#include "engine/torch/elements.h"
#include "engine/torch/indices.h"
#include "engine/torch/ops.h"
#include "engine/torch/plan.h"
#include "engine/torch/unary.h"

/* A number times the second, added to the first. */
#define ADD_LOOP(name, type)                                                      \
    static void name(const void *ctx, void *out, const void *const *in, size_t n) \
    {                                                                             \
        const type *a = in[0], *b = in[1];                                        \
        type alpha = (type) * (const double *)ctx, *z = out;                      \
        for (size_t i = 0; i < n; i++)                                            \
            z[i] = (type)(a[i] + alpha * b[i]);                                   \
    }

ADD_LOOP(add_f32, float)
ADD_LOOP(add_f64, double)

static void add_i64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const int64_t *a = in[0], *b = in[1];
    uint64_t alpha = (uint64_t)(int64_t) * (const double *)ctx;
    int64_t *z = out;
    for (size_t i = 0; i < n; i++)
        z[i] = (int64_t)((uint64_t)a[i] + alpha * (uint64_t)b[i]);
}

void flama_pt_add_to(const flama_pt_tensor *to, const flama_pt_tensor *from,
                     double alpha)
{
    static flama_pt_loop *const loops[] = {add_f32, add_f64, add_i64};
    flama_pt_work work = flama_pt_work_of(to->dtype);
    flama_pt_elements sum = {
        .count = 2, .in = {to, from}, .work = work, .loop = loops[work], .ctx = &alpha};
    flama_pt_elements_run(&sum, to);
}

static flama_pt_tensor slice_of(const flama_pt_tensor *t, size_t dim, int64_t at)
{
    flama_pt_tensor slice = *t;
    if (t->rank == 0)
        return slice;
    slice.count = t->sizes[dim] ? t->count / t->sizes[dim] : 0;
    slice.sizes[dim] = 1;
    slice.data =
        (char *)t->data + at * t->strides[dim] * (int64_t)flama_pt_dtype_size(t->dtype);
    return slice;
}

enum { INDEX_COPY, INDEX_FILL, INDEX_ADD };

/* "self dim index source": slices of the source (or one number, INDEX_FILL) to slices
 * of self, copied or (INDEX_ADD, with "alpha=1" after it) added. */
int flama_pt_op_index_slices(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *index = flama_pt_in(op, 2);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    int how = op->node->operator->variant;
    flama_pt_scalar number;
    bool is_number, into = flama_pt_in_place(op);
    const flama_pt_tensor *source = flama_pt_operand(op, 3, &number, &is_number);
    double alpha = how == INDEX_ADD ? flama_pt_number(op, 4) : 1;
    bool fits = how == INDEX_FILL ? source->rank == 0 : source->rank == in->rank;
    for (size_t d = 0; fits && d < source->rank; d++)
        fits = source->sizes[d] == (d == dim ? index->count : in->sizes[d]);
    if (op->code == 0 && (!fits || in->rank == 0 || index->rank > 1))
        return flama_pt_bad(op, "index, source and tensor do not go together");
    flama_pt_tensor *out = into ? flama_pt_into(op, 0, 0)
                                : flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    int64_t *indices = flama_pt_indices_of(op, index);
    flama_pt_spend(op, (double)in->count);
    if (op->code || op->dry)
        return op->code;
    if (!into)
        flama_pt_copy(out, in);
    for (int64_t i = 0; i < index->count; i++) {
        int64_t at = flama_pt_wrapped(indices[i], in->sizes[dim]);
        if (at < 0)
            return flama_pt_out_of_range(op, indices[i], in->sizes[dim]);
        flama_pt_tensor to = slice_of(out, dim, at), from = slice_of(source, dim, i);
        if (how == INDEX_ADD)
            flama_pt_add_to(&to, &from, alpha);
        else
            flama_pt_copy(&to, &from);
    }
    return 0;
}

typedef enum reduce_kind { SUM, PRODUCT, MEAN, LARGEST, SMALLEST } reduce_kind;

static reduce_kind read_reduce(flama_pt_op *op, size_t i)
{
    static const char *const names[] = {"sum", "prod", "mean", "amax", "amin"};
    flama_string name = flama_pt_text(op, i);
    for (int k = 0; k < 5 && op->code == 0; k++)
        if (name.size == strlen(names[k]) &&
            memcmp(name.data, names[k], name.size) == 0)
            return (reduce_kind)k;
    flama_pt_unsupported(op, "reduce %.*s", (int)name.size, name.data);
    return SUM;
}

static double joined(reduce_kind how, double a, double b)
{
    switch (how) {
    case PRODUCT:
        return a * b;
    case LARGEST:
        return a > b || isnan(a) ? a : b;
    case SMALLEST:
        return a < b || isnan(a) ? a : b;
    default:
        return a + b;
    }
}

/* "self dim index src reduce include_self=True": of floating point numbers. */
int flama_pt_op_scatter_reduce(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *index = flama_pt_in(op, 2);
    const flama_pt_tensor *src = flama_pt_in(op, 3);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    reduce_kind how = read_reduce(op, 4);
    bool include = flama_pt_flag(op, 5);
    bool fits = in->rank == index->rank && in->rank == src->rank && in->rank > 0;
    for (size_t d = 0; fits && d < in->rank; d++)
        fits = index->sizes[d] <= src->sizes[d] &&
               (d == dim || index->sizes[d] <= in->sizes[d]);
    if (op->code == 0 && !flama_pt_is_float(in->dtype))
        return flama_pt_unsupported(op, "integers");
    if (op->code == 0 && !fits)
        return flama_pt_bad(op, "the index does not fit the tensors");
    flama_pt_tensor dense, *out = flama_pt_rows(op, in->dtype, &dense);
    int64_t *indices = flama_pt_indices_of(op, index);
    double *sums = flama_pt_scratch(op, (size_t)in->count, sizeof *sums);
    double *counts = flama_pt_scratch(op, (size_t)in->count, sizeof *counts);
    flama_pt_spend(op, 16.0 * (double)index->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_copy_dense(in, FLAMA_PT_F64, sums);
    for (int64_t i = 0; i < in->count; i++)
        counts[i] = include;
    for (int64_t i = 0; i < index->count; i++) {
        int64_t at = flama_pt_wrapped(indices[i], in->sizes[dim]);
        if (at < 0)
            return flama_pt_out_of_range(op, indices[i], in->sizes[dim]);
        int64_t to = flama_pt_place_with(&dense, index, i, dim, at);
        double v = flama_pt_get(src, flama_pt_place_with(src, index, i, SIZE_MAX, 0));
        sums[to] = counts[to] > 0 ? joined(how, sums[to], v) : v;
        counts[to]++;
    }
    for (int64_t i = 0; how == MEAN && i < in->count; i++)
        sums[i] /= counts[i] > 0 ? counts[i] : 1;
    flama_pt_write_f64(in->dtype, dense.data, 1, (size_t)in->count, sums);
    flama_pt_rows_end(op, out, &dense);
    return 0;
}

/* "self index": elements of the tensor as one row. */
int flama_pt_op_take(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *index = flama_pt_in(op, 1);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, index->rank, index->sizes);
    int64_t *indices = flama_pt_indices_of(op, index);
    const char *data = flama_pt_dense(op, in);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(in->dtype);
    for (int64_t i = 0; i < index->count; i++) {
        int64_t at = flama_pt_wrapped(indices[i], in->count);
        if (at < 0)
            return flama_pt_out_of_range(op, indices[i], in->count);
        memcpy((char *)out->data + (size_t)i * size, data + (size_t)at * size, size);
    }
    return 0;
}

/* "self mask source": where the mask is set, one element of the source after the other.
 */
int flama_pt_op_masked_scatter(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *mask = flama_pt_in(op, 1);
    const flama_pt_tensor *source = flama_pt_in(op, 2);
    int64_t joint[FLAMA_PT_RANK];
    size_t rank = flama_pt_broadcast(op, in, mask, joint);
    if (op->code == 0 && (rank != in->rank || source->dtype != in->dtype ||
                          mask->dtype != FLAMA_PT_BOOL ||
                          memcmp(joint, in->sizes, rank * sizeof *joint) != 0))
        return flama_pt_unsupported(op, "a mask or source of another kind");
    flama_pt_tensor dense, *out = flama_pt_rows(op, in->dtype, &dense);
    const char *from = flama_pt_dense(op, source);
    uint8_t *set = flama_pt_scratch(op, (size_t)in->count, 1);
    flama_pt_spend(op, 2.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_tensor all = flama_pt_expanded(mask, rank, in->sizes);
    flama_pt_copy_dense(in, in->dtype, dense.data);
    flama_pt_copy_dense(&all, FLAMA_PT_BOOL, set);
    size_t size = flama_pt_dtype_size(in->dtype);
    for (int64_t i = 0, taken = 0; i < in->count; i++) {
        if (!set[i])
            continue;
        if (taken == source->count)
            return flama_pt_bad(op, "the source has fewer elements than the mask");
        memcpy((char *)dense.data + (size_t)i * size, from + (size_t)taken++ * size,
               size);
    }
    flama_pt_rows_end(op, out, &dense);
    return 0;
}

/* "elements test_elements assume_unique=False invert=False". */
int flama_pt_op_isin(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *among = flama_pt_in(op, 1);
    bool invert = flama_pt_flag(op, 3);
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_BOOL, in->rank, in->sizes);
    double *x = flama_pt_scratch(op, (size_t)in->count, sizeof *x);
    double *y = flama_pt_scratch(op, (size_t)among->count, sizeof *y);
    flama_pt_spend(op, (double)in->count * (double)among->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_copy_dense(in, FLAMA_PT_F64, x);
    flama_pt_copy_dense(among, FLAMA_PT_F64, y);
    for (int64_t i = 0; i < in->count; i++) {
        bool there = false;
        for (int64_t k = 0; k < among->count && !there; k++)
            there = x[i] == y[k];
        ((uint8_t *)out->data)[i] = there != invert;
    }
    return 0;
}

/* "self indices output_size": what max_pool2d kept, back to where it was. */
int flama_pt_op_max_unpool(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *index = flama_pt_in(op, 1);
    int64_t out_size[2], sizes[FLAMA_PT_RANK];
    size_t count = flama_pt_ints(op, 2, out_size, 2), rank = in->rank;
    if (op->code == 0 && (count != 2 || rank < 3 || rank > 4 || index->rank != rank ||
                          memcmp(index->sizes, in->sizes, rank * sizeof *sizes) != 0))
        return flama_pt_bad(op, "the sizes do not go together");
    if (op->code)
        return op->code;
    memcpy(sizes, in->sizes, sizeof sizes);
    memcpy(sizes + rank - 2, out_size, sizeof out_size);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, rank, sizes);
    int64_t *indices = flama_pt_indices_of(op, index);
    const char *data = flama_pt_dense(op, in);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    int64_t plane = in->sizes[rank - 2] * in->sizes[rank - 1];
    int64_t whole = out_size[0] * out_size[1];
    size_t size = flama_pt_dtype_size(in->dtype);
    memset(out->data, 0, (size_t)out->count * size);
    for (int64_t i = 0; i < in->count; i++) {
        if (indices[i] < 0 || indices[i] >= whole)
            return flama_pt_out_of_range(op, indices[i], whole);
        memcpy((char *)out->data + (size_t)(i / plane * whole + indices[i]) * size,
               data + (size_t)i * size, size);
    }
    return 0;
}

/* Bags of embeddings. */

typedef enum bag_mode { BAG_SUM, BAG_MEAN, BAG_MAX } bag_mode;

typedef struct bags {
    const flama_pt_tensor *weight, *weights; /* of each index, may be NULL */
    const int64_t *indices, *offsets;
    int64_t index_count, count, dim, padding;
    bag_mode mode;
} bags;

static bool bag_bounds(const bags *b, int64_t bag, int64_t offsets, int64_t *from,
                       int64_t *to)
{
    *from = b->offsets[bag];
    *to = bag + 1 < offsets ? b->offsets[bag + 1] : b->index_count;
    return *from >= 0 && *from <= *to && *to <= b->index_count;
}

/* One bag into out (dim numbers), and where a maximum came from; how many rows counted.
 */
static int64_t fill_bag(const bags *b, int64_t from, int64_t to, double *out,
                        int64_t *where)
{
    int64_t counted = 0;
    for (int64_t d = 0; d < b->dim; d++)
        out[d] = 0, where[d] = 0;
    for (int64_t i = from; i < to; i++) {
        if (b->indices[i] == b->padding)
            continue;
        double by =
            b->weights ? flama_pt_get(b->weights, i * b->weights->strides[0]) : 1;
        for (int64_t d = 0; d < b->dim; d++) {
            double v =
                by * flama_pt_get(b->weight, b->indices[i] * b->weight->strides[0] +
                                                 d * b->weight->strides[1]);
            if (b->mode != BAG_MAX)
                out[d] += v;
            else if (counted == 0 || v > out[d] || isnan(v))
                out[d] = v, where[d] = b->indices[i];
        }
        counted++;
    }
    for (int64_t d = 0; b->mode == BAG_MEAN && counted && d < b->dim; d++)
        out[d] /= (double)counted;
    return counted;
}

/* The outputs beside the bags, which torch keeps for gradients: the bag of each index
 * (or nothing), the sizes of bags, and where maxima came from (or the sizes again). */
static void bag_outputs(flama_pt_op *op, const bags *b, int64_t offsets, int64_t **data)
{
    const flama_pt_value *values = op->run->program->values;
    int64_t sizes[2] = {b->count, b->dim};
    for (size_t k = 1; k < 4 && k < op->node->output_count && op->code == 0; k++) {
        bool empty = k == 1 && values[op->node->outputs[k]].tensor.sizes[0] == 0;
        int64_t length = empty ? 0 : k == 1 ? b->index_count : offsets;
        bool places = k == 3 && b->mode == BAG_MAX;
        flama_pt_tensor *out =
            flama_pt_new(op, k, FLAMA_PT_I64, places ? 2 : 1, places ? sizes : &length);
        data[k - 1] = empty ? NULL : out->data;
        if (data[k - 1] && !op->dry && op->code == 0)
            memset(data[k - 1], 0, (size_t)out->count * sizeof(int64_t));
    }
}

static int run_bags(flama_pt_op *op, const bags *b, int64_t offsets,
                    const flama_pt_tensor *out, double *row, int64_t *where,
                    int64_t *const *more)
{
    size_t size = flama_pt_dtype_size(out->dtype);
    for (int64_t i = 0; i < b->index_count; i++)
        if (b->indices[i] < 0 || b->indices[i] >= b->weight->sizes[0])
            return flama_pt_out_of_range(op, b->indices[i], b->weight->sizes[0]);
    for (int64_t i = 0; i < b->count; i++) {
        int64_t from, to;
        if (!bag_bounds(b, i, offsets, &from, &to))
            return flama_pt_bad(op, "offsets must rise within the indices");
        int64_t counted = fill_bag(b, from, to, row, where);
        flama_pt_write_f64(out->dtype, (char *)out->data + (size_t)(i * b->dim) * size,
                           1, (size_t)b->dim, row);
        for (int64_t k = from; more[0] && k < to; k++)
            more[0][k] = i;
        if (more[1])
            more[1][i] = counted;
        if (more[2] && b->mode == BAG_MAX)
            memcpy(more[2] + i * b->dim, where, (size_t)b->dim * sizeof *where);
        else if (more[2])
            more[2][i] = counted;
    }
    return 0;
}

/* "weight indices offsets scale_grad_by_freq mode sparse per_sample_weights
 * include_last_offset padding_idx". */
int flama_pt_op_embedding_bag(flama_pt_op *op)
{
    const flama_pt_tensor *index = flama_pt_in(op, 1), *offsets = flama_pt_in(op, 2);
    bags b = {.weight = flama_pt_in(op, 0), .weights = flama_pt_maybe(op, 6)};
    int64_t mode = flama_pt_int(op, 4), *more[3] = {NULL};
    bool last = flama_pt_flag(op, 7);
    b.padding = flama_pt_given(op, 8) ? flama_pt_int(op, 8) : -1;
    bool fits =
        b.weight->rank == 2 && index->rank == 1 && offsets->rank == 1 &&
        mode >= BAG_SUM && mode <= BAG_MAX && offsets->count >= last &&
        flama_pt_is_float(b.weight->dtype) &&
        (!b.weights || (b.weights->rank == 1 && b.weights->count == index->count));
    if (op->code == 0 && !fits)
        return flama_pt_bad(op, "the sizes do not go together");
    if (op->code)
        return op->code;
    b.mode = (bag_mode)mode;
    b.index_count = index->count;
    b.count = offsets->count - last;
    b.dim = b.weight->sizes[1];
    int64_t sizes[2] = {b.count, b.dim};
    flama_pt_tensor *out = flama_pt_new(op, 0, b.weight->dtype, 2, sizes);
    bag_outputs(op, &b, offsets->count, more);
    b.indices = flama_pt_indices_of(op, index);
    b.offsets = flama_pt_indices_of(op, offsets);
    double *row = flama_pt_scratch(op, (size_t)b.dim, sizeof *row);
    int64_t *where = flama_pt_scratch(op, (size_t)b.dim, sizeof *where);
    flama_pt_spend(op, 4.0 * (double)index->count * (double)b.dim);
    if (op->code || op->dry)
        return op->code;
    return run_bags(op, &b, offsets->count, out, row, where, more);
}
