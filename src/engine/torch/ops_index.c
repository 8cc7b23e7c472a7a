/* Elements by their indices: indexing with tensors, gathering, scattering, embeddings.
 */
#include <string.h>

#include "engine/torch/elements.h"
#include "engine/torch/indices.h"
#include "engine/torch/ops.h"
#include "engine/torch/unary.h"

int64_t flama_pt_wrapped(int64_t index, int64_t size)
{
    index = index < 0 ? index + size : index;
    return index < 0 || index >= size ? -1 : index;
}

int flama_pt_out_of_range(flama_pt_op *op, int64_t index, int64_t size)
{
    return flama_pt_bad(op, "index %lld is out of bounds for a dimension of size %lld",
                        (long long)index, (long long)size);
}

static bool is_index(const flama_pt_tensor *t)
{
    return t->dtype == FLAMA_PT_I64 || t->dtype == FLAMA_PT_I32;
}

int64_t *flama_pt_indices_of(flama_pt_op *op, const flama_pt_tensor *t)
{
    if (op->code == 0 && !is_index(t))
        flama_pt_unsupported(op, "indices of type %s", flama_pt_dtype_name(t->dtype));
    int64_t *out = flama_pt_scratch(op, (size_t)t->count, sizeof *out);
    if (out)
        flama_pt_copy_dense(t, FLAMA_PT_I64, out);
    return out;
}

/* "weight indices padding_idx=-1 ...": rows of the weight. */
int flama_pt_op_embedding(flama_pt_op *op)
{
    const flama_pt_tensor *weight = flama_pt_in(op, 0), *in = flama_pt_in(op, 1);
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code == 0 && (weight->rank != 2 || in->rank == FLAMA_PT_RANK))
        return flama_pt_bad(op, "the weight is no matrix");
    memcpy(sizes, in->sizes, sizeof sizes);
    if (op->code)
        return op->code;
    sizes[in->rank] = weight->sizes[1];
    flama_pt_tensor *out = flama_pt_new(op, 0, weight->dtype, in->rank + 1, sizes);
    int64_t *indices = flama_pt_indices_of(op, in);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(weight->dtype);
    char *to = out->data;
    for (int64_t i = 0; i < in->count; i++, to += (size_t)weight->sizes[1] * size) {
        if (indices[i] < 0 || indices[i] >= weight->sizes[0])
            return flama_pt_bad(op, "index out of range in self");
        flama_pt_tensor row = {.dtype = weight->dtype,
                               .rank = 1,
                               .sizes = {weight->sizes[1]},
                               .strides = {weight->strides[1]},
                               .count = weight->sizes[1]};
        row.data =
            (char *)weight->data + (size_t)(indices[i] * weight->strides[0]) * size;
        flama_pt_copy_dense(&row, row.dtype, to);
    }
    return 0;
}

/* "self dim index": whole slices. */
int flama_pt_op_index_select(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *index = flama_pt_in(op, 2);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code == 0 && (in->rank == 0 || index->rank > 1))
        return flama_pt_bad(op, "the index is no vector");
    memcpy(sizes, in->sizes, sizeof sizes);
    sizes[dim] = index->count;
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, sizes);
    int64_t *indices = flama_pt_indices_of(op, index);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    int64_t size = (int64_t)flama_pt_dtype_size(in->dtype);
    for (int64_t i = 0; i < index->count; i++) {
        int64_t at = flama_pt_wrapped(indices[i], in->sizes[dim]);
        if (at < 0)
            return flama_pt_out_of_range(op, indices[i], in->sizes[dim]);
        flama_pt_tensor to = *out, from = *in;
        to.sizes[dim] = from.sizes[dim] = 1;
        to.count = from.count = out->count / index->count;
        to.data = (char *)out->data + i * out->strides[dim] * size;
        from.data = (char *)in->data + at * in->strides[dim] * size;
        flama_pt_copy(&to, &from);
    }
    return 0;
}

int64_t flama_pt_place_with(const flama_pt_tensor *t, const flama_pt_tensor *over,
                            int64_t i, size_t dim, int64_t index)
{
    int64_t at = 0;
    for (size_t d = over->rank; d-- > 0;) {
        int64_t own = i % over->sizes[d];
        i /= over->sizes[d];
        at += (d == dim ? index : own) * t->strides[d];
    }
    return at;
}

static int check_gather(flama_pt_op *op, const flama_pt_tensor *in,
                        const flama_pt_tensor *index, size_t dim)
{
    bool fits = in->rank == index->rank && in->rank > 0;
    for (size_t d = 0; fits && d < in->rank; d++)
        fits = d == dim || index->sizes[d] <= in->sizes[d];
    if (op->code == 0 && !fits)
        return flama_pt_bad(op, "the index does not fit the tensor");
    return op->code;
}

/* One element for each index. */
static int gathered(flama_pt_op *op, const flama_pt_tensor *in,
                    const flama_pt_tensor *index, size_t dim)
{
    if (check_gather(op, in, index, dim))
        return op->code;
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, index->rank, index->sizes);
    int64_t *indices = flama_pt_indices_of(op, index);
    flama_pt_spend(op, 8.0 * (double)index->count);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(in->dtype);
    for (int64_t i = 0; i < index->count; i++) {
        int64_t at = flama_pt_wrapped(indices[i], in->sizes[dim]);
        if (at < 0)
            return flama_pt_out_of_range(op, indices[i], in->sizes[dim]);
        int64_t place = flama_pt_place_with(in, index, i, dim, at);
        memcpy((char *)out->data + (size_t)i * size,
               (const char *)in->data + place * (int64_t)size, size);
    }
    return 0;
}

/* "self dim index". */
int flama_pt_op_gather(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    return gathered(op, in, flama_pt_in(op, 2), dim);
}

/* "self indices dim=None": gather, with sizes of 1 repeated. */
int flama_pt_op_take_along(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *index = flama_pt_in(op, 1);
    int64_t sizes[FLAMA_PT_RANK], wanted[FLAMA_PT_RANK];
    if (op->code == 0 && (!flama_pt_given(op, 2) || in->rank != index->rank))
        return flama_pt_unsupported(op, "tensors as one row");
    size_t dim = flama_pt_dim(op, 2, in->rank);
    flama_pt_tensor from = *in, by = *index;
    if (op->code || in->rank == 0)
        return op->code ? op->code : flama_pt_bad(op, "no dimensions");
    from.sizes[dim] = by.sizes[dim] = 1;
    flama_pt_broadcast(op, &from, &by, sizes);
    memcpy(wanted, sizes, sizeof wanted);
    sizes[dim] = in->sizes[dim];
    wanted[dim] = index->sizes[dim];
    if (op->code)
        return op->code;
    from = flama_pt_expanded(in, in->rank, sizes);
    by = flama_pt_expanded(index, in->rank, wanted);
    return gathered(op, &from, &by, dim);
}

/* "self dim index src": elements of src (a tensor or a number) to where the index says;
 * variant 1 adds them. */
int flama_pt_op_scatter(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *index = flama_pt_in(op, 2);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    flama_pt_scalar scalar;
    bool is_number, adds = op->node->operator->variant == 1;
    bool into = flama_pt_in_place(op);
    const flama_pt_tensor *src = flama_pt_operand(op, 3, &scalar, &is_number);
    if (check_gather(op, in, index, dim))
        return op->code;
    if (!is_number && check_gather(op, src, index, SIZE_MAX))
        return op->code;
    flama_pt_tensor *out = into ? flama_pt_into(op, 0, 0)
                                : flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    int64_t *indices = flama_pt_indices_of(op, index);
    flama_pt_spend(op, 16.0 * (double)index->count);
    if (op->code || op->dry)
        return op->code;
    if (!into)
        flama_pt_copy(out, in);
    size_t size = flama_pt_dtype_size(out->dtype);
    bool real = flama_pt_is_float(out->dtype);
    for (int64_t i = 0; i < index->count; i++) {
        int64_t at = flama_pt_wrapped(indices[i], in->sizes[dim]);
        if (at < 0)
            return flama_pt_out_of_range(op, indices[i], in->sizes[dim]);
        int64_t to = flama_pt_place_with(out, index, i, dim, at);
        int64_t from = is_number ? 0 : flama_pt_place_with(src, index, i, SIZE_MAX, 0);
        char *place = (char *)out->data + to * (int64_t)size;
        if (real) {
            double v = flama_pt_get(src, from) + (adds ? flama_pt_get(out, to) : 0);
            flama_pt_write_f64(out->dtype, place, 1, 1, &v);
        } else {
            int64_t v =
                flama_pt_get_int(src, from) + (adds ? flama_pt_get_int(out, to) : 0);
            flama_pt_write_i64(out->dtype, place, 1, 1, &v);
        }
    }
    return 0;
}

/* index.Tensor: "self indices", a list of integer tensors (brought together) or None.
 * The dimensions that are indexed make way for those of the indices: at the first of
 * them when they are beside each other, else in front. */
typedef struct indexing {
    const flama_pt_tensor *in;
    const flama_pt_tensor *index[FLAMA_PT_RANK];
    int64_t *indices[FLAMA_PT_RANK]; /* of the common shape, row-major */
    size_t rank, at;                 /* of the common shape; where it stands */
    int64_t common[FLAMA_PT_RANK], count;
    size_t out_rank;
    int64_t sizes[FLAMA_PT_RANK];
} indexing;

static int read_indices(flama_pt_op *op, indexing *x)
{
    size_t count = flama_pt_list(op, 1);
    flama_pt_tensor shape = {0};
    if (op->code == 0 && count > x->in->rank)
        return flama_pt_bad(op, "more indices than dimensions");
    for (size_t i = 0; i < count && op->code == 0; i++) {
        x->index[i] = flama_pt_item(op, 1, i);
        if (x->index[i] == NULL)
            continue;
        if (!is_index(x->index[i]))
            return flama_pt_unsupported(op, "indices of type %s",
                                        flama_pt_dtype_name(x->index[i]->dtype));
        shape.rank = flama_pt_broadcast(op, &shape, x->index[i], shape.sizes);
    }
    x->rank = shape.rank;
    memcpy(x->common, shape.sizes, sizeof shape.sizes);
    x->count = flama_pt_product(x->common, 0, x->rank);
    return op->code;
}

static int index_shape(flama_pt_op *op, indexing *x)
{
    size_t first = SIZE_MAX, last = 0, indexed = 0;
    for (size_t d = 0; d < x->in->rank; d++)
        if (x->index[d]) {
            first = first == SIZE_MAX ? d : first;
            last = d;
            indexed++;
        }
    if (indexed == 0)
        return flama_pt_bad(op, "there are no indices");
    bool together = last - first + 1 == indexed;
    if (x->in->rank - indexed + x->rank > FLAMA_PT_RANK)
        return flama_pt_unsupported(op, "more than %d dimensions", FLAMA_PT_RANK);
    for (size_t d = 0; d <= x->in->rank; d++) {
        if (d == (together ? first : 0)) {
            x->at = x->out_rank;
            for (size_t k = 0; k < x->rank; k++)
                x->sizes[x->out_rank++] = x->common[k];
        }
        if (d < x->in->rank && x->index[d] == NULL)
            x->sizes[x->out_rank++] = x->in->sizes[d];
    }
    return 0;
}

static void read_index_data(flama_pt_op *op, indexing *x)
{
    for (size_t d = 0; d < x->in->rank; d++) {
        if (x->index[d] == NULL)
            continue;
        x->indices[d] = flama_pt_scratch(op, (size_t)x->count, sizeof(int64_t));
        if (x->indices[d]) {
            flama_pt_tensor all = flama_pt_expanded(x->index[d], x->rank, x->common);
            flama_pt_copy_dense(&all, FLAMA_PT_I64, x->indices[d]);
        }
    }
}

/* The slice of the indexed tensor that index number i names, and the slice of the other
 * that belongs to it. */
static int slices(flama_pt_op *op, const indexing *x, int64_t i,
                  const flama_pt_tensor *indexed, const flama_pt_tensor *other,
                  flama_pt_tensor *a, flama_pt_tensor *b)
{
    int64_t from = 0, to = 0, rest = i;
    *a = *indexed, *b = *other;
    a->rank = b->rank = 0;
    a->count = 1;
    for (size_t d = 0; d < indexed->rank; d++) {
        if (x->index[d] == NULL) {
            a->sizes[a->rank] = indexed->sizes[d];
            a->strides[a->rank++] = indexed->strides[d];
            a->count *= indexed->sizes[d];
            continue;
        }
        int64_t at = flama_pt_wrapped(x->indices[d][i], indexed->sizes[d]);
        if (at < 0)
            return flama_pt_out_of_range(op, x->indices[d][i], indexed->sizes[d]);
        from += at * indexed->strides[d];
    }
    for (size_t k = x->rank; k-- > 0;) {
        to += rest % x->common[k] * other->strides[x->at + k];
        rest /= x->common[k];
    }
    for (size_t d = 0; d < other->rank; d++)
        if (d < x->at || d >= x->at + x->rank) {
            b->sizes[b->rank] = other->sizes[d];
            b->strides[b->rank++] = other->strides[d];
        }
    b->count = a->count;
    a->data = (char *)indexed->data + from * (int64_t)flama_pt_dtype_size(a->dtype);
    b->data = (char *)other->data + to * (int64_t)flama_pt_dtype_size(b->dtype);
    return 0;
}

int flama_pt_op_index(flama_pt_op *op)
{
    indexing x = {.in = flama_pt_in(op, 0)};
    if (op->code || read_indices(op, &x) || index_shape(op, &x))
        return op->code;
    flama_pt_tensor *out = flama_pt_new(op, 0, x.in->dtype, x.out_rank, x.sizes);
    read_index_data(op, &x);
    flama_pt_spend(op, 8.0 * (double)out->count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < x.count; i++) {
        flama_pt_tensor from, to;
        if (slices(op, &x, i, x.in, out, &from, &to))
            return op->code;
        flama_pt_copy(&to, &from);
    }
    return 0;
}

/* One mask over the first dimensions: where it is set go the values, which are the same
 * for each place. */
static int put_masked(flama_pt_op *op, const flama_pt_tensor *in, bool into)
{
    const flama_pt_tensor *mask = flama_pt_item(op, 1, 0), *values = flama_pt_in(op, 2);
    bool fits = mask->rank > 0 && mask->rank <= in->rank &&
                memcmp(mask->sizes, in->sizes, mask->rank * sizeof *in->sizes) == 0;
    if (op->code == 0 && !fits)
        return flama_pt_bad(op, "the mask does not fit the tensor");
    flama_pt_tensor value = *values, part = *in;
    size_t rest = fits ? in->rank - mask->rank : 0;
    while (value.rank > rest && value.sizes[0] == 1) {
        value.rank--;
        memmove(value.sizes, value.sizes + 1, value.rank * sizeof *value.sizes);
        memmove(value.strides, value.strides + 1, value.rank * sizeof *value.strides);
    }
    if (op->code == 0 && (value.rank > rest || flama_pt_flag(op, 3)))
        return flama_pt_unsupported(op, "values for each place of a mask");
    part.rank = rest;
    part.count = flama_pt_product(in->sizes, in->rank - rest, in->rank);
    memmove(part.sizes, in->sizes + in->rank - rest, rest * sizeof *part.sizes);
    int64_t joint[FLAMA_PT_RANK];
    if (flama_pt_broadcast(op, &part, &value, joint) != rest ||
        memcmp(joint, part.sizes, rest * sizeof *joint) != 0)
        return flama_pt_bad(op, "the values do not fit the mask");
    flama_pt_tensor *out = into ? flama_pt_into(op, 0, 0)
                                : flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    flama_pt_spend(op, 8.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    size_t size = flama_pt_dtype_size(out->dtype);
    if (!into)
        flama_pt_copy(out, in);
    memmove(part.strides, out->strides + in->rank - rest, rest * sizeof *part.strides);
    for (int64_t i = 0; i < mask->count; i++) {
        if (!flama_pt_get_int(mask, flama_pt_place_with(mask, mask, i, SIZE_MAX, 0)))
            continue;
        part.data = (char *)out->data +
                    flama_pt_place_with(out, mask, i, SIZE_MAX, 0) * (int64_t)size;
        flama_pt_copy(&part, &value);
    }
    return 0;
}

/* "self indices values accumulate=False". */
int flama_pt_op_index_put(flama_pt_op *op)
{
    if (flama_pt_list(op, 1) == 1) {
        const flama_pt_tensor *mask = flama_pt_item(op, 1, 0);
        if (mask && mask->dtype == FLAMA_PT_BOOL)
            return put_masked(op, flama_pt_in(op, 0), op->node->operator->variant == 1);
    }
    indexing x = {.in = flama_pt_in(op, 0)};
    const flama_pt_tensor *values = flama_pt_in(op, 2);
    int64_t joint[FLAMA_PT_RANK];
    bool into = op->node->operator->variant == 1, add = flama_pt_flag(op, 3);
    if (op->code || read_indices(op, &x) || index_shape(op, &x))
        return op->code;
    flama_pt_tensor shape = {.rank = x.out_rank};
    memcpy(shape.sizes, x.sizes, sizeof shape.sizes);
    if (flama_pt_broadcast(op, &shape, values, joint) != x.out_rank ||
        memcmp(joint, x.sizes, x.out_rank * sizeof *joint) != 0)
        return flama_pt_bad(op, "the values do not fit the indices");
    flama_pt_tensor *out =
        into ? flama_pt_into(op, 0, 0)
             : flama_pt_new(op, 0, x.in->dtype, x.in->rank, x.in->sizes);
    read_index_data(op, &x);
    if (op->code || op->dry)
        return op->code;
    if (!into)
        flama_pt_copy(out, x.in);
    flama_pt_tensor all = flama_pt_expanded(values, x.out_rank, x.sizes);
    for (int64_t i = 0; i < x.count; i++) {
        flama_pt_tensor to, from;
        if (slices(op, &x, i, out, &all, &to, &from))
            return op->code;
        if (add)
            flama_pt_add_to(&to, &from, 1);
        else
            flama_pt_copy(&to, &from);
    }
    return 0;
}

/* "self num_classes=-1". */
int flama_pt_op_one_hot(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t classes = flama_pt_int(op, 1), sizes[FLAMA_PT_RANK + 1];
    if (op->code == 0 && classes < 1)
        return flama_pt_unsupported(op, "a number of classes that depends on the data");
    memcpy(sizes, in->sizes, sizeof in->sizes);
    sizes[in->rank] = classes;
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_I64, in->rank + 1, sizes);
    int64_t *indices = flama_pt_indices_of(op, in);
    if (op->code || op->dry)
        return op->code;
    memset(out->data, 0, (size_t)out->count * sizeof(int64_t));
    for (int64_t i = 0; i < in->count; i++) {
        if (indices[i] < 0 || indices[i] >= classes)
            return flama_pt_bad(op, "Class values must be smaller than num_classes.");
        ((int64_t *)out->data)[i * classes + indices[i]] = 1;
    }
    return 0;
}

/* How many of the edges, which rise, come before each number; with `right` also those
 * that are equal to it. */
static int bucketize(flama_pt_op *op, const flama_pt_tensor *in,
                     const flama_pt_tensor *edges, bool narrow, bool right)
{
    if (op->code == 0 && edges->rank != 1)
        return flama_pt_unsupported(op, "boundaries that are no vector");
    flama_pt_tensor *out =
        flama_pt_new(op, 0, narrow ? FLAMA_PT_I32 : FLAMA_PT_I64, in->rank, in->sizes);
    double *x = flama_pt_scratch(op, (size_t)in->count, sizeof *x);
    double *bounds = flama_pt_scratch(op, (size_t)edges->count, sizeof *bounds);
    flama_pt_spend(op, 10.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_copy_dense(in, FLAMA_PT_F64, x);
    flama_pt_copy_dense(edges, FLAMA_PT_F64, bounds);
    for (int64_t i = 0; i < in->count; i++) {
        int64_t low = 0, high = edges->count;
        while (low < high) {
            int64_t middle = (low + high) / 2;
            bool before = right ? !(bounds[middle] > x[i]) : !(bounds[middle] >= x[i]);
            if (before)
                low = middle + 1;
            else
                high = middle;
        }
        if (narrow)
            ((int32_t *)out->data)[i] = (int32_t)low;
        else
            ((int64_t *)out->data)[i] = low;
    }
    return 0;
}

/* "self boundaries out_int32=False right=False". */
int flama_pt_op_bucketize(flama_pt_op *op)
{
    return bucketize(op, flama_pt_in(op, 0), flama_pt_in(op, 1), flama_pt_flag(op, 2),
                     flama_pt_flag(op, 3));
}

/* "sorted_sequence self out_int32=False right=False side=None sorter=None". */
int flama_pt_op_searchsorted(flama_pt_op *op)
{
    bool right = flama_pt_flag(op, 3);
    if (flama_pt_given(op, 5))
        return flama_pt_unsupported(op, "a sorter");
    if (flama_pt_given(op, 4))
        right = flama_pt_text(op, 4).size == 5; /* or "left" */
    return bucketize(op, flama_pt_in(op, 1), flama_pt_in(op, 0), flama_pt_flag(op, 2),
                     right);
}
