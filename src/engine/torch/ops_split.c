/* Parts of a tensor along a dimension, which are views of it. */
#include <string.h>

#include "engine/torch/ops.h"
#include "engine/torch/plan.h"

/* Part k of a tensor along dim: `length` from `start`. */
static void part(flama_pt_op *op, size_t k, const flama_pt_tensor *in, size_t dim,
                 int64_t start, int64_t length)
{
    flama_pt_tensor *out = flama_pt_view(op, k, in);
    out->sizes[dim] = length;
    if (length)
        out->offset += start * out->strides[dim];
    flama_pt_view_end(op, k);
}

/* Parts of one size; the last may be shorter. An empty dimension is one empty part. */
static int split_evenly(flama_pt_op *op, const flama_pt_tensor *in, size_t dim,
                        int64_t length)
{
    if (op->code)
        return op->code;
    int64_t size = in->rank ? in->sizes[dim] : 0;
    if (in->rank == 0 || length < 0 || (length == 0 && size))
        return flama_pt_bad(op, "parts of %lld", (long long)length);
    int64_t count = size ? size / length + (size % length != 0) : 1;
    if (count != (int64_t)op->node->output_count)
        return flama_pt_bad(op, "%zu parts are expected, not %lld",
                            op->node->output_count, (long long)count);
    for (int64_t k = 0; k < count && op->code == 0; k++) {
        int64_t left = size - k * length;
        part(op, (size_t)k, in, dim, k * length, left < length ? left : length);
    }
    return op->code;
}

/* "self split_size dim=0". */
int flama_pt_op_split(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 2, in->rank);
    return split_evenly(op, in, dim, flama_pt_int(op, 1));
}

/* "self chunks dim=0". */
int flama_pt_op_chunk(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 2, in->rank);
    int64_t chunks = flama_pt_int(op, 1);
    if (op->code)
        return op->code;
    if (chunks <= 0 || in->rank == 0)
        return flama_pt_bad(op, "%lld chunks", (long long)chunks);
    int64_t size = in->sizes[dim];
    return split_evenly(op, in, dim, size / chunks + (size % chunks != 0));
}

/* The parts before, between and after the indices, which are cut off at the ends. */
static int split_at(flama_pt_op *op, const flama_pt_tensor *in, size_t dim)
{
    enum { MOST = 4096 };
    int64_t indices[MOST], start = 0;
    size_t count = flama_pt_ints(op, 1, indices, MOST);
    if (op->code == 0 && (in->rank == 0 || count + 1 != op->node->output_count))
        return flama_pt_bad(op, "%zu parts are expected", op->node->output_count);
    for (size_t k = 0; k <= count && op->code == 0; k++) {
        int64_t size = in->sizes[dim], end = k < count ? indices[k] : size;
        end = end < 0 ? end + size : end;
        end = end < 0 ? 0 : end > size ? size : end;
        part(op, k, in, dim, start < size ? start : size,
             end > start ? end - start : 0);
        start = end;
    }
    return op->code;
}

/* As even as possible, the first ones longer. */
static int split_sections(flama_pt_op *op, const flama_pt_tensor *in, size_t dim)
{
    int64_t sections = flama_pt_int(op, 1);
    if (op->code == 0 && (in->rank == 0 || sections != (int64_t)op->node->output_count))
        return flama_pt_bad(op, "%zu parts are expected", op->node->output_count);
    for (int64_t k = 0, start = 0; k < sections && op->code == 0; k++) {
        int64_t length = in->sizes[dim] / sections + (k < in->sizes[dim] % sections);
        part(op, (size_t)k, in, dim, start, length);
        start += length;
    }
    return op->code;
}

/* "self sections dim=0", or with a list "self indices dim=0". */
int flama_pt_op_tensor_split(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 2, in->rank);
    return (flama_pt_is_list(op, 1) ? split_at : split_sections)(op, in, dim);
}

/* hsplit, vsplit, dsplit: "self sections", equal ones, or "self indices". The variant
 * is the dimension; hsplit's is the first of a vector. */
int flama_pt_op_split_along(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t variant = (size_t)op->node->operator->variant;
    size_t dim = variant == 1 && in->rank == 1 ? 0 : variant;
    if (op->code == 0 && dim >= in->rank)
        return flama_pt_bad(op, "too few dimensions");
    return (flama_pt_is_list(op, 1) ? split_at : split_sections)(op, in, dim);
}

/* "self split_sizes dim=0". */
int flama_pt_op_split_with_sizes(flama_pt_op *op)
{
    enum { MOST = 4096 };
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 2, in->rank), count = flama_pt_list(op, 1);
    int64_t lengths[MOST], start = 0;
    if (op->code == 0 && (in->rank == 0 || count != op->node->output_count))
        return flama_pt_bad(op, "%zu parts are expected", op->node->output_count);
    flama_pt_ints(op, 1, lengths, MOST);
    for (size_t k = 0; k < count && op->code == 0; k++) {
        if (lengths[k] < 0 || lengths[k] > in->sizes[dim] - start)
            return flama_pt_bad(op, "the parts are longer than the tensor");
        part(op, k, in, dim, start, lengths[k]);
        start += lengths[k];
    }
    if (op->code == 0 && start != in->sizes[dim])
        return flama_pt_bad(op, "the parts are shorter than the tensor");
    return op->code;
}
