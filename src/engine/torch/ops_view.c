/* Other views of a tensor: the same memory under other sizes and strides. */
#include <string.h>

#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/plan.h"

/* Output 0 is input 0. */
int flama_pt_op_alias(flama_pt_op *op)
{
    flama_pt_view(op, 0, flama_pt_in(op, 0));
    return flama_pt_view_end(op, 0);
}

/* "self dtype": the same bytes as numbers of another type. */
int flama_pt_op_view_dtype(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 1, in->dtype);
    if (op->code == 0 &&
        (flama_pt_dtype_size(dtype) != flama_pt_dtype_size(in->dtype) ||
         (dtype == FLAMA_PT_BOOL && in->dtype != dtype)))
        return flama_pt_unsupported(op, "%s as %s", flama_pt_dtype_name(in->dtype),
                                    flama_pt_dtype_name(dtype));
    flama_pt_view(op, 0, in)->dtype = dtype;
    return flama_pt_view_end(op, 0);
}

/* Views can't change strides of sizes that were split or joined unless the elements
 * lie as the new sizes need (torch's computeStride). False when they do not. */
static bool strides_for(const flama_pt_tensor *t, size_t rank, const int64_t *sizes,
                        int64_t *strides)
{
    if (t->count == 0 || t->rank == 0) {
        flama_pt_tensor packed = {.rank = rank};
        memcpy(packed.sizes, sizes, rank * sizeof *sizes);
        if (!flama_pt_pack_strides(&packed))
            return false;
        memcpy(strides, packed.strides, rank * sizeof *strides);
        return true;
    }
    size_t to = rank;
    int64_t base = t->strides[t->rank - 1], elements = 1, covered = 1;
    for (size_t from = t->rank; from-- > 0;) {
        elements *= t->sizes[from];
        bool ends = from == 0 || (t->sizes[from - 1] != 1 &&
                                  t->strides[from - 1] != elements * base);
        if (!ends)
            continue;
        while (to > 0 && (covered < elements || sizes[to - 1] == 1)) {
            strides[to - 1] = covered * base;
            covered *= sizes[--to];
        }
        if (covered != elements)
            return false;
        if (from > 0) {
            base = t->strides[from - 1];
            elements = covered = 1;
        }
    }
    return to == 0;
}

/* Fills in the one size that is -1; the counts must agree. */
static int complete(flama_pt_op *op, int64_t count, size_t rank, int64_t *sizes)
{
    int64_t known = 1, *open = NULL;
    for (size_t i = 0; i < rank; i++) {
        if (sizes[i] == -1 && open == NULL)
            open = &sizes[i];
        else if (sizes[i] < 0 || __builtin_mul_overflow(known, sizes[i], &known))
            return flama_pt_bad(op, "a size is not possible");
    }
    if (open && known != 0 && count % known == 0)
        *open = count / known;
    else if (open && known == 0 && count == 0)
        return flama_pt_bad(op, "size -1 can be anything");
    if ((open && *open < 0) || (!open && known != count))
        return flama_pt_bad(op, "%lld elements do not fit the new sizes",
                            (long long)count);
    return 0;
}

/* Output k has the elements of t in other sizes: a view if possible, else a copy. What
 * torch makes a view of can lie otherwise here, as the output of attention does. */
static int reshape(flama_pt_op *op, const flama_pt_tensor *t, size_t rank,
                   const int64_t *sizes, bool copy)
{
    int64_t strides[FLAMA_PT_RANK];
    if (op->code)
        return op->code;
    if (strides_for(t, rank, sizes, strides)) {
        flama_pt_tensor *out = flama_pt_view(op, 0, t);
        out->rank = rank;
        memcpy(out->sizes, sizes, rank * sizeof *sizes);
        memcpy(out->strides, strides, rank * sizeof *strides);
        return flama_pt_view_end(op, 0);
    }
    flama_pt_tensor *out = flama_pt_new(op, 0, t->dtype, rank, sizes);
    if (!copy) {
        flama_pt_set_apart(op, t);
        flama_pt_set_apart(op, out);
    }
    if (op->code == 0 && !op->dry)
        flama_pt_copy_dense(t, t->dtype, out->data);
    return op->code;
}

/* "self size": view (the variant says so) or reshape. */
int flama_pt_op_reshape(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_ints(op, 1, sizes, FLAMA_PT_RANK);
    if (op->code || complete(op, in->count, rank, sizes))
        return op->code;
    return reshape(op, in, rank, sizes, op->node->operator->variant != 0);
}

/* "self other": as large as other. */
int flama_pt_op_reshape_as(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *other = flama_pt_in(op, 1);
    if (op->code == 0 && in->count != other->count)
        return flama_pt_bad(op, "the tensors have different numbers of elements");
    return reshape(op, in, other->rank, other->sizes, true);
}

/* "self start_dim=0 end_dim=-1". */
int flama_pt_op_flatten(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t from = flama_pt_dim(op, 1, in->rank), to = flama_pt_dim(op, 2, in->rank);
    int64_t sizes[FLAMA_PT_RANK] = {1};
    if (op->code == 0 && from > to)
        return flama_pt_bad(op, "start_dim comes after end_dim");
    if (in->rank == 0)
        return reshape(op, in, 1, sizes, true);
    size_t rank = 0;
    for (size_t i = 0; i < in->rank && op->code == 0; i++) {
        sizes[rank++] =
            i == from ? flama_pt_product(in->sizes, from, to + 1) : in->sizes[i];
        i = i == from ? to : i;
    }
    return reshape(op, in, rank, sizes, true);
}

/* "self dim sizes". */
int flama_pt_op_unflatten(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    int64_t parts[FLAMA_PT_RANK], sizes[FLAMA_PT_RANK];
    size_t count = flama_pt_ints(op, 2, parts, FLAMA_PT_RANK), rank = 0;
    if (op->code)
        return op->code;
    if (in->rank == 0 || in->rank + count - 1 > FLAMA_PT_RANK)
        return flama_pt_unsupported(op, "more than %d dimensions", FLAMA_PT_RANK);
    if (complete(op, in->sizes[dim], count, parts))
        return op->code;
    for (size_t i = 0; i < in->rank; i++)
        if (i == dim)
            for (size_t k = 0; k < count; k++)
                sizes[rank++] = parts[k];
        else
            sizes[rank++] = in->sizes[i];
    return reshape(op, in, rank, sizes, true);
}

/* Dimension i of the output is order[i] of t. */
static int permuted(flama_pt_op *op, const flama_pt_tensor *t, const size_t *order)
{
    if (op->code)
        return op->code;
    flama_pt_tensor *out = flama_pt_view(op, 0, t);
    const flama_pt_tensor in = *t;
    for (size_t i = 0; i < in.rank; i++) {
        out->sizes[i] = in.sizes[order[i]];
        out->strides[i] = in.strides[order[i]];
    }
    return flama_pt_view_end(op, 0);
}

int flama_pt_op_permute(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t dims[FLAMA_PT_RANK];
    size_t order[FLAMA_PT_RANK], count = flama_pt_ints(op, 1, dims, FLAMA_PT_RANK);
    unsigned seen = 0;
    if (op->code == 0 && count != in->rank)
        return flama_pt_bad(op, "%zu dimensions for a tensor with %zu", count,
                            in->rank);
    for (size_t i = 0; i < count && op->code == 0; i++) {
        int64_t dim = dims[i] < 0 ? dims[i] + (int64_t)count : dims[i];
        if (dim < 0 || dim >= (int64_t)count || (seen >> dim & 1))
            return flama_pt_bad(op, "each dimension is expected once");
        seen |= 1u << dim;
        order[i] = (size_t)dim;
    }
    return permuted(op, in, order);
}

static int swapped(flama_pt_op *op, const flama_pt_tensor *in, size_t a, size_t b)
{
    size_t order[FLAMA_PT_RANK];
    for (size_t i = 0; i < in->rank; i++)
        order[i] = i == a ? b : i == b ? a : i;
    return permuted(op, in, order);
}

/* "self dim0 dim1". */
int flama_pt_op_transpose(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    return swapped(op, in, flama_pt_dim(op, 1, in->rank),
                   flama_pt_dim(op, 2, in->rank));
}

/* The last two dimensions of at least `variant` change places. */
int flama_pt_op_t(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    if (op->code == 0 && (int)in->rank < op->node->operator->variant)
        return flama_pt_bad(op, "a tensor with %zu dimensions", in->rank);
    if (in->rank < 2)
        return flama_pt_op_alias(op);
    return swapped(op, in, in->rank - 2, in->rank - 1);
}

/* All dimensions the other way round. */
int flama_pt_op_reverse(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t order[FLAMA_PT_RANK];
    for (size_t i = 0; i < in->rank; i++)
        order[i] = in->rank - 1 - i;
    return permuted(op, in, order);
}

/* "self source destination": dimensions move, the others stay in order. */
int flama_pt_op_movedim(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t from[FLAMA_PT_RANK], to[FLAMA_PT_RANK], rank = (int64_t)in->rank;
    size_t order[FLAMA_PT_RANK], count = flama_pt_ints(op, 1, from, FLAMA_PT_RANK);
    unsigned moved = 0, taken = 0;
    if (op->code == 0 && flama_pt_ints(op, 2, to, FLAMA_PT_RANK) != count)
        return flama_pt_bad(op, "as many sources as destinations are expected");
    for (size_t i = 0; i < count && op->code == 0; i++) {
        int64_t a = from[i] < 0 ? from[i] + rank : from[i];
        int64_t b = to[i] < 0 ? to[i] + rank : to[i];
        if (a < 0 || a >= rank || b < 0 || b >= rank || (moved >> a & 1) ||
            (taken >> b & 1))
            return flama_pt_bad(op, "each dimension is expected once");
        moved |= 1u << a;
        taken |= 1u << b;
        order[b] = (size_t)a;
    }
    for (size_t i = 0, next = 0; i < in->rank && op->code == 0; i++) {
        if (taken >> i & 1)
            continue;
        while (moved >> next & 1)
            next++;
        order[i] = next++;
    }
    return permuted(op, in, order);
}

/* "self size": size-1 dimensions repeat; -1 keeps a size. */
static int expand_to(flama_pt_op *op, const flama_pt_tensor *in, size_t rank,
                     int64_t *sizes)
{
    if (op->code)
        return op->code;
    if (rank < in->rank)
        return flama_pt_bad(op, "fewer dimensions than the tensor has");
    size_t added = rank - in->rank;
    for (size_t i = 0; i < rank; i++) {
        int64_t own = i < added ? 1 : in->sizes[i - added];
        if (sizes[i] == -1 && i >= added)
            sizes[i] = own;
        if (sizes[i] < 0 || (own != 1 && own != sizes[i]))
            return flama_pt_bad(op, "size %lld can't become %lld", (long long)own,
                                (long long)sizes[i]);
    }
    flama_pt_tensor expanded = *in;
    int64_t count = 1;
    for (size_t i = 0; i < rank; i++)
        if (__builtin_mul_overflow(count, sizes[i], &count))
            return flama_pt_bad(op, "the output's shape is not possible");
    expanded = flama_pt_expanded(in, rank, sizes);
    *flama_pt_view(op, 0, in) = expanded;
    return flama_pt_view_end(op, 0);
}

int flama_pt_op_expand(flama_pt_op *op)
{
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_ints(op, 1, sizes, FLAMA_PT_RANK);
    return expand_to(op, flama_pt_in(op, 0), rank, sizes);
}

int flama_pt_op_expand_as(flama_pt_op *op)
{
    const flama_pt_tensor *other = flama_pt_in(op, 1);
    int64_t sizes[FLAMA_PT_RANK];
    memcpy(sizes, other->sizes, sizeof sizes);
    return expand_to(op, flama_pt_in(op, 0), other->rank, sizes);
}

/* An index from the end counts from there, and all are held within the size. */
static int64_t held(int64_t index, int64_t size)
{
    index = index < 0 ? index + size : index;
    return index < 0 ? 0 : index > size ? size : index;
}

static int sliced(flama_pt_op *op, const flama_pt_tensor *in, size_t dim, int64_t start,
                  int64_t end, int64_t step)
{
    if (op->code)
        return op->code;
    if (in->rank == 0 || step <= 0)
        return flama_pt_bad(op, "there is no such slice");
    int64_t size = in->sizes[dim];
    start = held(start, size);
    end = held(end, size);
    flama_pt_tensor *out = flama_pt_view(op, 0, in);
    int64_t length = end > start ? end - start : 0, stride = out->strides[dim];
    out->sizes[dim] = length / step + (length % step != 0);
    if (length)
        out->offset += start * stride;
    if (__builtin_mul_overflow(stride, out->sizes[dim] > 1 ? step : 1,
                               &out->strides[dim]))
        return flama_pt_bad(op, "there is no such slice");
    return flama_pt_view_end(op, 0);
}

/* "self dim=0 start=None end=None step=1". */
int flama_pt_op_slice(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    int64_t start = flama_pt_given(op, 2) ? flama_pt_int(op, 2) : 0;
    int64_t end = flama_pt_given(op, 3) ? flama_pt_int(op, 3) : INT64_MAX;
    return sliced(op, in, dim, start, end, flama_pt_int(op, 4));
}

/* "self dim start length". */
int flama_pt_op_narrow(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    int64_t start = flama_pt_int(op, 2), length = flama_pt_int(op, 3), size;
    if (op->code)
        return op->code;
    size = in->rank ? in->sizes[dim] : 0;
    start = start < 0 ? start + size : start;
    if (start < 0 || length < 0 || start > size || length > size - start)
        return flama_pt_bad(op, "there is no such part");
    return sliced(op, in, dim, start, start + length, 1);
}

static void remove_dimension(flama_pt_tensor *t, size_t dim)
{
    t->rank--;
    for (size_t i = dim; i < t->rank; i++) {
        t->sizes[i] = t->sizes[i + 1];
        t->strides[i] = t->strides[i + 1];
    }
}

static int selected(flama_pt_op *op, size_t k, const flama_pt_tensor *in, size_t dim,
                    int64_t index)
{
    int64_t size = in->rank ? in->sizes[dim] : 0;
    index = index < 0 ? index + size : index;
    if (op->code)
        return op->code;
    if (index < 0 || index >= size)
        return flama_pt_bad(op, "index %lld of a dimension of %lld", (long long)index,
                            (long long)size);
    flama_pt_tensor *out = flama_pt_view(op, k, in);
    out->offset += index * out->strides[dim];
    remove_dimension(out, dim);
    return flama_pt_view_end(op, k);
}

/* "self dim index". */
int flama_pt_op_select(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    return selected(op, 0, in, dim, flama_pt_int(op, 2));
}

/* "self dim=0". */
int flama_pt_op_unbind(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    if (op->code == 0 &&
        (in->rank == 0 || in->sizes[dim] != (int64_t)op->node->output_count))
        return flama_pt_bad(op, "%zu parts are expected", op->node->output_count);
    for (size_t k = 0; k < op->node->output_count && op->code == 0; k++)
        selected(op, k, in, dim, (int64_t)k);
    return op->code;
}

/* "self dim". */
int flama_pt_op_unsqueeze(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank + 1);
    if (op->code)
        return op->code;
    if (in->rank == FLAMA_PT_RANK)
        return flama_pt_unsupported(op, "more than %d dimensions", FLAMA_PT_RANK);
    flama_pt_tensor *out = flama_pt_view(op, 0, in);
    int64_t stride = dim < out->rank ? out->sizes[dim] * out->strides[dim] : 1;
    for (size_t i = out->rank++; i > dim; i--) {
        out->sizes[i] = out->sizes[i - 1];
        out->strides[i] = out->strides[i - 1];
    }
    out->sizes[dim] = 1;
    out->strides[dim] = stride;
    return flama_pt_view_end(op, 0);
}

/* Without dim all dimensions of size 1 go, else those that are named and of size 1. */
int flama_pt_op_squeeze(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t dims[FLAMA_PT_RANK];
    bool all = !flama_pt_given(op, 1);
    size_t count = all ? 0 : flama_pt_ints(op, 1, dims, FLAMA_PT_RANK);
    unsigned named = all ? ~0u : 0;
    int64_t rank = in->rank ? (int64_t)in->rank : 1;
    for (size_t i = 0; i < count && op->code == 0; i++) {
        int64_t dim = dims[i] < 0 ? dims[i] + rank : dims[i];
        if (dim < 0 || dim >= rank)
            return flama_pt_bad(op, "dimension %lld", (long long)dims[i]);
        named |= 1u << dim;
    }
    if (op->code)
        return op->code;
    flama_pt_tensor *out = flama_pt_view(op, 0, in);
    for (size_t i = out->rank; i-- > 0;)
        if ((named >> i & 1) && out->sizes[i] == 1)
            remove_dimension(out, i);
    return flama_pt_view_end(op, 0);
}

/* "self offset=0 dim1=0 dim2=1". */
int flama_pt_op_diagonal(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t offset = flama_pt_int(op, 1);
    size_t a = flama_pt_dim(op, 2, in->rank), b = flama_pt_dim(op, 3, in->rank);
    if (op->code)
        return op->code;
    if (a == b || in->rank < 2 || offset == INT64_MIN)
        return flama_pt_bad(op, "two dimensions are needed");
    int64_t rows = in->sizes[a], columns = in->sizes[b];
    int64_t down = offset < 0 ? -offset : 0, right = offset > 0 ? offset : 0;
    rows = rows > down ? rows - down : 0;
    columns = columns > right ? columns - right : 0;
    flama_pt_tensor *out = flama_pt_view(op, 0, in);
    int64_t size = rows < columns ? rows : columns;
    int64_t stride = out->strides[a] + out->strides[b];
    if (size)
        out->offset += down * out->strides[a] + right * out->strides[b];
    remove_dimension(out, a > b ? a : b);
    remove_dimension(out, a > b ? b : a);
    out->sizes[out->rank] = size;
    out->strides[out->rank++] = stride;
    return flama_pt_view_end(op, 0);
}

/* "self dimension size step": windows as a new last dimension. */
int flama_pt_op_unfold(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    int64_t size = flama_pt_int(op, 2), step = flama_pt_int(op, 3);
    if (op->code)
        return op->code;
    if (in->rank == 0 || in->rank == FLAMA_PT_RANK || step <= 0 || size < 0 ||
        size > in->sizes[dim])
        return flama_pt_bad(op, "there are no such windows");
    flama_pt_tensor *out = flama_pt_view(op, 0, in);
    int64_t stride = out->strides[dim];
    out->sizes[dim] = (out->sizes[dim] - size) / step + 1;
    if (__builtin_mul_overflow(stride, out->sizes[dim] > 1 ? step : 1,
                               &out->strides[dim]))
        return flama_pt_bad(op, "there are no such windows");
    out->sizes[out->rank] = size;
    out->strides[out->rank++] = stride;
    return flama_pt_view_end(op, 0);
}

/* "self size stride storage_offset=None": checked against the storage as every view
 * is. */
int flama_pt_op_as_strided(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t sizes[FLAMA_PT_RANK], strides[FLAMA_PT_RANK];
    size_t rank = flama_pt_ints(op, 1, sizes, FLAMA_PT_RANK);
    size_t count = flama_pt_ints(op, 2, strides, FLAMA_PT_RANK);
    int64_t offset = flama_pt_given(op, 3) ? flama_pt_int(op, 3) : in->offset;
    if (op->code == 0 && rank != count)
        return flama_pt_bad(op, "as many sizes as strides are expected");
    if (!flama_pt_is_contiguous(in))
        return flama_pt_unsupported(op, "a tensor that is not contiguous");
    if (op->code)
        return op->code;
    flama_pt_tensor *out = flama_pt_view(op, 0, in);
    out->rank = rank;
    out->offset = offset;
    memcpy(out->sizes, sizes, rank * sizeof *sizes);
    memcpy(out->strides, strides, rank * sizeof *strides);
    return flama_pt_view_end(op, 0);
}

/* Copies. */

/* Output 0 is a copy of the input in that type. */
static int copied(flama_pt_op *op, const flama_pt_tensor *in, flama_pt_dtype dtype)
{
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, in->rank, in->sizes);
    flama_pt_spend(op, (double)in->count);
    if (op->code == 0 && !op->dry)
        flama_pt_copy_dense(in, dtype, out->data);
    return op->code;
}

/* "self" and memory formats, which change nothing that can be seen. */
int flama_pt_op_clone(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    return copied(op, in, in->dtype);
}

int flama_pt_op_contiguous(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    return flama_pt_is_contiguous(in) ? flama_pt_op_alias(op)
                                      : copied(op, in, in->dtype);
}

/* "self dtype=None ...": the same tensor when the type is its own. */
int flama_pt_op_to(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_dtype dtype = flama_pt_dtype_arg(op, 1, in->dtype);
    return dtype == in->dtype ? flama_pt_op_alias(op) : copied(op, in, dtype);
}

/* A copy, also when the type is the same. */
int flama_pt_op_clone_to(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    return copied(op, in, flama_pt_dtype_arg(op, 1, in->dtype));
}

/* "input p train": the input itself outside training. */
int flama_pt_op_dropout(flama_pt_op *op)
{
    if (flama_pt_flag(op, 2) && flama_pt_number(op, 1) != 0)
        return flama_pt_unsupported(op, "dropout in training");
    return op->code ? op->code : flama_pt_op_alias(op);
}

/* The same with a mask as second output, all of it set. */
int flama_pt_op_native_dropout(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    if (flama_pt_given(op, 2) && flama_pt_flag(op, 2))
        return flama_pt_unsupported(op, "dropout in training");
    flama_pt_tensor *mask = flama_pt_new(op, 1, FLAMA_PT_BOOL, in->rank, in->sizes);
    if (op->code == 0 && !op->dry)
        memset(mask->data, 1, (size_t)mask->count);
    return op->code ? op->code : flama_pt_op_alias(op);
}

/* "self other": to other's type. */
int flama_pt_op_type_as(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_dtype dtype = flama_pt_in(op, 1)->dtype;
    return dtype == in->dtype ? flama_pt_op_alias(op) : copied(op, in, dtype);
}

static bool is_same(const flama_pt_tensor *a, const flama_pt_tensor *b)
{
    size_t size = a->rank * sizeof *a->sizes;
    return a->data == b->data && a->dtype == b->dtype && a->rank == b->rank &&
           memcmp(a->sizes, b->sizes, size) == 0 &&
           memcmp(a->strides, b->strides, size) == 0;
}

/* "self src": other's elements into this tensor, or, without underscore, into one like
 * it. What lies in the same memory is copied aside first. */
int flama_pt_op_copy(flama_pt_op *op)
{
    bool into = op->node->operator->variant != 0;
    const flama_pt_tensor *in = flama_pt_in(op, 0), *from = flama_pt_in(op, 1);
    bool shared = from->storage == in->storage && from->storage != FLAMA_PT_CONSTANT;
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_broadcast(op, in, from, sizes);
    if (op->code == 0 &&
        (rank != in->rank || memcmp(sizes, in->sizes, rank * sizeof *sizes) != 0))
        return flama_pt_bad(op, "the source does not fit");
    flama_pt_tensor *out = into ? flama_pt_into(op, 0, 0)
                                : flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    flama_pt_tensor apart = *from;
    size_t count = shared ? (size_t)from->count : 0;
    void *aside = flama_pt_scratch(op, count, flama_pt_dtype_size(from->dtype));
    if (op->code || op->dry || is_same(out, from))
        return op->code;
    if (shared) {
        flama_pt_copy_dense(from, from->dtype, aside);
        flama_pt_pack_strides(&apart);
        apart.data = aside;
    }
    flama_pt_copy(out, &apart);
    return 0;
}

/* "tensors": each in the shape of all of them together. */
int flama_pt_op_broadcast_tensors(flama_pt_op *op)
{
    flama_pt_tensor joint = {0};
    size_t count = flama_pt_list(op, 0);
    if (op->code == 0 && count != op->node->output_count)
        return flama_pt_bad(op, "%zu tensors", count);
    for (size_t i = 0; i < count && op->code == 0; i++) {
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        int64_t sizes[FLAMA_PT_RANK];
        if (t == NULL)
            return flama_pt_bad(op, "tensors are expected");
        joint.rank = flama_pt_broadcast(op, &joint, t, sizes);
        memcpy(joint.sizes, sizes, sizeof sizes);
    }
    for (size_t i = 0; i < count && op->code == 0; i++) {
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        flama_pt_tensor seen = flama_pt_expanded(t, joint.rank, joint.sizes);
        flama_pt_tensor *out = flama_pt_view(op, i, t);
        out->rank = joint.rank;
        memcpy(out->sizes, seen.sizes, sizeof seen.sizes);
        memcpy(out->strides, seen.strides, sizeof seen.strides);
        flama_pt_view_end(op, i);
    }
    return op->code;
}
