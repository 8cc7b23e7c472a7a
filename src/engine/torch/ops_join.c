/* New tensors out of the elements of others: joined, repeated, padded, turned. */
#include <string.h>

#include "engine/torch/binary.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/unary.h"

/* A part of a tensor along dim, as a view without a value of its own. */
static flama_pt_tensor part_of(const flama_pt_tensor *t, size_t dim, int64_t start,
                               int64_t length)
{
    flama_pt_tensor part = *t;
    int64_t size = (int64_t)flama_pt_dtype_size(t->dtype);
    part.count = t->sizes[dim] ? t->count / t->sizes[dim] * length : 0;
    part.sizes[dim] = length;
    if (length && t->data)
        part.data = (char *)t->data + start * t->strides[dim] * size;
    return part;
}

/* Sums the tensors' sizes along dim into sizes[dim]; the others must be the same. */
static bool adds_up(const flama_pt_tensor *t, size_t rank, size_t dim, int64_t *sizes)
{
    bool same = t->rank == rank && rank > 0;
    for (size_t d = 0; same && d < rank; d++)
        same = d == dim || t->sizes[d] == sizes[d];
    return same && !__builtin_add_overflow(sizes[dim], t->sizes[dim], &sizes[dim]);
}

/* The tensors of a list, in their common type. An empty vector counts for nothing. */
static bool counts(const flama_pt_tensor *t)
{
    return t && !(t->rank == 1 && t->sizes[0] == 0);
}

static flama_pt_dtype common_type(flama_pt_op *op, size_t count)
{
    flama_pt_dtype dtype = FLAMA_PT_BOOL;
    for (size_t i = 0; i < count && op->code == 0; i++) {
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        if (t == NULL)
            flama_pt_bad(op, "a tensor of the list is None");
        else
            dtype = i ? flama_pt_promote(dtype, t->dtype) : t->dtype;
    }
    return dtype;
}

/* "tensors dim=0". */
int flama_pt_op_cat(flama_pt_op *op)
{
    size_t count = flama_pt_list(op, 0), dim = 0;
    flama_pt_dtype dtype = common_type(op, count);
    const flama_pt_tensor *first = NULL;
    int64_t sizes[FLAMA_PT_RANK] = {0};
    for (size_t i = 0; i < count && op->code == 0; i++) {
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        if (!counts(t))
            continue;
        if (first == NULL) {
            first = t;
            dim = flama_pt_dim(op, 1, t->rank);
            memcpy(sizes, t->sizes, sizeof sizes);
            if (t->rank)
                sizes[dim] = 0;
        }
        if (!adds_up(t, first->rank, dim, sizes))
            return flama_pt_bad(op, "the tensors do not fit together");
    }
    if (op->code == 0 && count == 0)
        return flama_pt_bad(op, "there are no tensors");
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, first ? first->rank : 1, sizes);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    for (size_t i = 0, at = 0; i < count; i++) {
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        if (!counts(t))
            continue;
        flama_pt_tensor to = part_of(out, dim, (int64_t)at, t->sizes[dim]);
        flama_pt_copy(&to, t);
        at += (size_t)t->sizes[dim];
    }
    return 0;
}

/* The parts one after the other along dim, in memory of this call's. */
static flama_pt_tensor joined(flama_pt_op *op, const flama_pt_tensor *const *parts,
                              size_t count, size_t dim)
{
    flama_pt_tensor all = *parts[0];
    int64_t sizes[FLAMA_PT_RANK];
    memcpy(sizes, all.sizes, sizeof sizes);
    for (size_t i = 1; i < count; i++) {
        all.dtype = flama_pt_promote(all.dtype, parts[i]->dtype);
        if (!adds_up(parts[i], all.rank, dim, sizes))
            flama_pt_bad(op, "the tensors do not fit together");
    }
    memcpy(all.sizes, sizes, sizeof sizes);
    if (op->code == 0 && !flama_pt_pack_strides(&all))
        flama_pt_bad(op, "the tensors are too large together");
    all.data = flama_pt_scratch(op, (size_t)all.count, flama_pt_dtype_size(all.dtype));
    for (size_t i = 0, at = 0; all.data && i < count; i++) {
        flama_pt_tensor to = part_of(&all, dim, (int64_t)at, parts[i]->sizes[dim]);
        flama_pt_copy(&to, parts[i]);
        at += (size_t)parts[i]->sizes[dim];
    }
    return all;
}

/* "self n=1 dim=-1 prepend=None append=None": what lies between neighbours. */
int flama_pt_op_diff(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0),
                          *ends[] = {flama_pt_maybe(op, 3), flama_pt_maybe(op, 4)};
    const flama_pt_tensor *parts[3];
    size_t dim = flama_pt_dim(op, 2, in->rank), count = 0;
    if (op->code == 0 && (flama_pt_int(op, 1) != 1 || in->rank == 0))
        return flama_pt_unsupported(op, "differences of differences, or of a number");
    if (ends[0])
        parts[count++] = ends[0];
    parts[count++] = in;
    if (ends[1])
        parts[count++] = ends[1];
    flama_pt_tensor all = count == 1 || op->code ? *in : joined(op, parts, count, dim);
    if (op->code)
        return op->code;
    int64_t kept = all.sizes[dim] > 0 ? all.sizes[dim] - 1 : 0;
    flama_pt_tensor a = part_of(&all, dim, 0, kept), b = part_of(&all, dim, 1, kept);
    a.storage = b.storage = SIZE_MAX; /* the output may not lie over them */
    return flama_pt_run_binary(
        op, all.dtype == FLAMA_PT_BOOL ? FLAMA_PT_NE : FLAMA_PT_SUB, &b, &a, all.dtype);
}

/* "tensors dim=0": along a new dimension. */
int flama_pt_op_stack(flama_pt_op *op)
{
    size_t count = flama_pt_list(op, 0);
    flama_pt_dtype dtype = common_type(op, count);
    if (op->code == 0 && count == 0)
        return flama_pt_bad(op, "there are no tensors");
    if (op->code)
        return op->code;
    const flama_pt_tensor *first = flama_pt_item(op, 0, 0);
    size_t rank = first->rank + 1, dim = flama_pt_dim(op, 1, rank);
    int64_t sizes[FLAMA_PT_RANK + 1];
    for (size_t d = 0; d < rank; d++)
        sizes[d] = d == dim ? (int64_t)count : first->sizes[d - (d > dim)];
    for (size_t i = 0; i < count && op->code == 0; i++) {
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        if (t->rank != first->rank ||
            memcmp(t->sizes, first->sizes, t->rank * sizeof *t->sizes) != 0)
            return flama_pt_bad(op, "the tensors have different shapes");
    }
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, rank, sizes);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    for (size_t i = 0; i < count; i++) {
        flama_pt_tensor to = part_of(out, dim, (int64_t)i, 1), from = to;
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        from.dtype = t->dtype;
        from.data = t->data;
        for (size_t d = 0; d < rank; d++)
            from.strides[d] = d == dim ? 0 : t->strides[d - (d > dim)];
        flama_pt_copy(&to, &from);
    }
    return 0;
}

/* "self repeats": so many copies along each dimension. */
int flama_pt_op_repeat(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t times[FLAMA_PT_RANK], sizes[FLAMA_PT_RANK];
    size_t rank = flama_pt_ints(op, 1, times, FLAMA_PT_RANK);
    if (op->code)
        return op->code;
    /* tile may name fewer dimensions than there are */
    size_t missing = op->node->operator->variant && rank<in->rank ? in->rank - rank : 0;
    memmove(times + missing, times, rank * sizeof *times);
    for (size_t d = 0; d < missing; d++)
        times[d] = 1;
    rank += missing;
    if (rank < in->rank)
        return flama_pt_bad(op, "fewer repeats than dimensions");
    size_t added = rank - in->rank;
    for (size_t d = 0; d < rank; d++) {
        int64_t own = d < added ? 1 : in->sizes[d - added];
        if (times[d] < 0 || __builtin_mul_overflow(own, times[d], &sizes[d]))
            return flama_pt_bad(op, "the output's shape is not possible");
    }
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, rank, sizes);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry || out->count == 0)
        return op->code;
    int64_t at[FLAMA_PT_RANK] = {0};
    for (bool more = true; more;) {
        flama_pt_tensor to = *out;
        more = false;
        for (size_t d = 0; d < rank; d++) {
            int64_t own = d < added ? 1 : in->sizes[d - added];
            to = part_of(&to, d, at[d] * own, own);
        }
        flama_pt_copy(&to, in);
        for (size_t d = rank; d-- > 0 && !more;) {
            more = ++at[d] < times[d];
            at[d] = more ? at[d] : 0;
        }
    }
    return 0;
}

/* "self repeats dim=None output_size=None": each element so many times. */
int flama_pt_op_repeat_interleave(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t times = flama_pt_int(op, 1);
    bool flat = !flama_pt_given(op, 2);
    size_t dim = flat ? 0 : flama_pt_dim(op, 2, in->rank);
    int64_t sizes[FLAMA_PT_RANK] = {in->count};
    size_t rank = flat ? 1 : in->rank;
    if (!flat)
        memcpy(sizes, in->sizes, sizeof sizes);
    if (op->code == 0 && (times < 0 || rank == 0 ||
                          __builtin_mul_overflow(sizes[dim], times, &sizes[dim])))
        return flama_pt_bad(op, "%lld repeats", (long long)times);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, rank, sizes);
    flama_pt_tensor from = *in;
    if (flat) {
        from = (flama_pt_tensor){
            .dtype = in->dtype, .rank = 1, .sizes = {in->count}, .strides = {1}};
        from.data = (void *)flama_pt_dense(op, in);
    }
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < sizes[dim]; i++) {
        flama_pt_tensor to = part_of(out, dim, i, 1);
        flama_pt_tensor one = part_of(&from, dim, i / times, 1);
        flama_pt_copy(&to, &one);
    }
    return 0;
}

/* "self dims": those dimensions backwards; or "self", where the variant is 1 more than
 * the dimension. */
int flama_pt_op_flip(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t dims[FLAMA_PT_RANK], rank = (int64_t)in->rank;
    int variant = op->node->operator->variant;
    size_t count = variant ? 1 : flama_pt_ints(op, 1, dims, FLAMA_PT_RANK);
    dims[0] = variant ? variant - 1 : dims[0];
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    flama_pt_tensor from = *in;
    int64_t size = (int64_t)flama_pt_dtype_size(in->dtype);
    flama_pt_spend(op, (double)in->count);
    for (size_t i = 0; i < count && op->code == 0; i++) {
        int64_t d = dims[i] < 0 ? dims[i] + rank : dims[i];
        if (d < 0 || d >= rank || from.strides[d] < 0)
            return flama_pt_bad(op, "each dimension is expected once");
        if (in->sizes[d] < 2)
            continue;
        if (!op->dry)
            from.data = (char *)from.data + (in->sizes[d] - 1) * from.strides[d] * size;
        from.strides[d] = -from.strides[d];
    }
    if (op->code == 0 && !op->dry)
        flama_pt_copy(out, &from);
    return op->code;
}

/* "self k=1 dims=[0,1]": k quarters of a turn from the first dimension to the second.
 */
int flama_pt_op_rot90(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t turns = flama_pt_int(op, 1) & 3, dims[2] = {0}, sizes[FLAMA_PT_RANK];
    int64_t rank = (int64_t)in->rank;
    size_t count = flama_pt_ints(op, 2, dims, 2);
    for (size_t i = 0; i < 2; i++)
        dims[i] += dims[i] < 0 ? rank : 0;
    if (op->code == 0 && (count != 2 || dims[0] == dims[1] || dims[0] < 0 ||
                          dims[1] < 0 || dims[0] >= rank || dims[1] >= rank))
        return flama_pt_bad(op, "two dimensions are expected");
    if (op->code)
        return op->code;
    int64_t a = dims[0], b = dims[1], size = (int64_t)flama_pt_dtype_size(in->dtype);
    flama_pt_tensor from = *in;
    if (turns & 1) {
        from.sizes[a] = in->sizes[b], from.sizes[b] = in->sizes[a];
        from.strides[a] = in->strides[b], from.strides[b] = in->strides[a];
    }
    memcpy(sizes, from.sizes, sizeof sizes);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, sizes);
    flama_pt_spend(op, (double)in->count);
    if (op->code || op->dry || in->count == 0)
        return op->code;
    for (size_t i = 0; i < 2; i++) {
        int64_t d = dims[i];
        if (turns != 2 && turns != (i == 0 ? 1 : 3))
            continue;
        from.data = (char *)from.data + (from.sizes[d] - 1) * from.strides[d] * size;
        from.strides[d] = -from.strides[d];
    }
    flama_pt_copy(out, &from);
    return 0;
}

/* "self shifts dims=[]": the elements move along, those that fall out come in again. */
static void roll_along(const flama_pt_tensor *to, const flama_pt_tensor *from,
                       size_t dim, int64_t shift)
{
    int64_t size = from->sizes[dim];
    if (size == 0)
        return;
    shift = (shift % size + size) % size;
    flama_pt_tensor a = part_of(to, dim, shift, size - shift);
    flama_pt_tensor b = part_of(from, dim, 0, size - shift);
    flama_pt_copy(&a, &b);
    a = part_of(to, dim, 0, shift);
    b = part_of(from, dim, size - shift, shift);
    flama_pt_copy(&a, &b);
}

int flama_pt_op_roll(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t shifts[FLAMA_PT_RANK], dims[FLAMA_PT_RANK], rank = (int64_t)in->rank;
    size_t count = flama_pt_ints(op, 1, shifts, FLAMA_PT_RANK);
    size_t named = flama_pt_ints(op, 2, dims, FLAMA_PT_RANK);
    if (op->code == 0 && (named ? named != count : count != 1))
        return flama_pt_bad(op, "as many shifts as dimensions are expected");
    for (size_t i = 0; i < named && op->code == 0; i++)
        if (dims[i] < -rank || dims[i] >= rank)
            return flama_pt_bad(op, "dimension %lld", (long long)dims[i]);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    flama_pt_tensor to = *out, from = *in, aside = *out;
    aside.data =
        flama_pt_scratch(op, (size_t)in->count, flama_pt_dtype_size(in->dtype));
    from.data = named ? in->data : (void *)flama_pt_dense(op, in);
    flama_pt_spend(op, 2.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    if (named == 0) { /* all elements as one row */
        to = (flama_pt_tensor){.dtype = in->dtype,
                               .rank = 1,
                               .sizes = {in->count},
                               .strides = {1},
                               .count = in->count,
                               .data = out->data};
        void *data = from.data;
        from = to;
        from.data = data;
        roll_along(&to, &from, 0, shifts[0]);
        return 0;
    }
    for (size_t i = 0; i < named; i++) {
        size_t dim = (size_t)(dims[i] < 0 ? dims[i] + rank : dims[i]);
        roll_along(&to, i ? &aside : in, dim, shifts[i]);
        if (i + 1 < named)
            flama_pt_copy(&aside, &to);
    }
    return 0;
}

/* Where element i of a padded dimension comes from: -1, the constant. */
typedef enum padding { CONSTANT, REFLECT, REPLICATE, CIRCULAR } padding;

static int64_t source(padding mode, int64_t i, int64_t size)
{
    if (i >= 0 && i < size)
        return i;
    switch (mode) {
    case REFLECT:
        return i < 0 ? -i : 2 * (size - 1) - i;
    case REPLICATE:
        return i < 0 ? 0 : size - 1;
    case CIRCULAR:
        return i < 0 ? i + size : i - size;
    default:
        return -1;
    }
}

/* Dimension after dimension, the outermost first: `from` is the input's part that goes
 * to `to`. */
static void pad_along(const flama_pt_tensor *to, const flama_pt_tensor *from,
                      size_t dim, padding mode, const int64_t *before)
{
    if (dim == to->rank) {
        flama_pt_copy(to, from);
        return;
    }
    bool plain = before[dim] == 0 && to->sizes[dim] == from->sizes[dim];
    if (plain) {
        pad_along(to, from, dim + 1, mode, before);
        return;
    }
    if (mode == CONSTANT) {
        int64_t skip = before[dim] < 0 ? -before[dim] : 0;
        int64_t start = before[dim] > 0 ? before[dim] : 0;
        int64_t length = to->sizes[dim] - start, left = from->sizes[dim] - skip;
        length = length < left ? length : left;
        if (length <= 0)
            return;
        flama_pt_tensor a = part_of(to, dim, start, length);
        flama_pt_tensor b = part_of(from, dim, skip, length);
        pad_along(&a, &b, dim + 1, mode, before);
        return;
    }
    for (int64_t i = 0; i < to->sizes[dim]; i++) {
        flama_pt_tensor a = part_of(to, dim, i, 1);
        flama_pt_tensor b =
            part_of(from, dim, source(mode, i - before[dim], from->sizes[dim]), 1);
        pad_along(&a, &b, dim + 1, mode, before);
    }
}

/* pads: before and after the last dimension, before and after the one before, ... */
static int pad(flama_pt_op *op, padding mode, double number, int64_t integer)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t pads[2 * FLAMA_PT_RANK], before[FLAMA_PT_RANK] = {0}, sizes[FLAMA_PT_RANK];
    size_t count = flama_pt_ints(op, 1, pads, 2 * FLAMA_PT_RANK);
    if (op->code == 0 && (count % 2 || count / 2 > in->rank))
        return flama_pt_bad(op, "%zu pads for %zu dimensions", count, in->rank);
    memcpy(sizes, in->sizes, sizeof sizes);
    for (size_t i = 0; i < count / 2 && op->code == 0; i++) {
        size_t d = in->rank - 1 - i;
        int64_t most = mode == REFLECT    ? sizes[d] - 1
                       : mode == CIRCULAR ? sizes[d]
                                          : INT32_MAX;
        before[d] = pads[2 * i];
        if (before[d] > most || pads[2 * i + 1] > most || before[d] < -INT32_MAX ||
            pads[2 * i + 1] < -INT32_MAX || sizes[d] > INT64_MAX / 4 ||
            (mode != CONSTANT && (before[d] < 0 || pads[2 * i + 1] < 0 || !sizes[d])))
            return flama_pt_bad(op, "pads are out of range");
        sizes[d] += before[d] + pads[2 * i + 1];
    }
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, sizes);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    if (mode == CONSTANT)
        flama_pt_fill(out, number, integer);
    pad_along(out, in, 0, mode, before);
    return 0;
}

/* The number that argument i is, None: 0. */
static void pad_value(flama_pt_op *op, size_t i, double *number, int64_t *integer)
{
    *number = flama_pt_given(op, i) ? flama_pt_number(op, i) : 0;
    bool whole = *number > -0x1p63 && *number < 0x1p63;
    *integer = whole ? (int64_t)*number : 0;
}

/* "self pad value=0". */
int flama_pt_op_constant_pad(flama_pt_op *op)
{
    double number;
    int64_t integer;
    pad_value(op, 2, &number, &integer);
    return pad(op, CONSTANT, number, integer);
}

/* "self pad mode=constant value=None". */
int flama_pt_op_pad(flama_pt_op *op)
{
    static const char *const modes[] = {"constant", "reflect", "replicate", "circular"};
    flama_string mode = flama_pt_text(op, 2);
    double number;
    int64_t integer;
    pad_value(op, 3, &number, &integer);
    for (int i = 0; i < 4 && op->code == 0; i++)
        if (mode.size == strlen(modes[i]) &&
            memcmp(mode.data, modes[i], mode.size) == 0)
            return pad(op, (padding)i, number, integer);
    return flama_pt_unsupported(op, "mode %.*s", (int)mode.size, mode.data);
}

/* reflection_pad, replication_pad: "self padding"; the variant is the mode. */
int flama_pt_op_pad_mode(flama_pt_op *op)
{
    return pad(op, (padding)op->node->operator->variant, 0, 0);
}

/* "self diagonal=0": the lower (variant 0) or upper triangle. */
int flama_pt_op_triangle(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t diagonal = flama_pt_int(op, 1);
    bool upper = op->node->operator->variant == 1;
    if (op->code == 0 &&
        (in->rank < 2 || diagonal > INT32_MAX || diagonal < -INT32_MAX))
        return flama_pt_bad(op, "a matrix is expected");
    flama_pt_tensor dense, *out = flama_pt_rows(op, in->dtype, &dense);
    flama_pt_spend(op, (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_copy_dense(in, in->dtype, dense.data);
    int64_t rows = in->sizes[in->rank - 2], columns = in->sizes[in->rank - 1];
    size_t size = flama_pt_dtype_size(in->dtype);
    char *data = dense.data;
    int64_t matrices = flama_pt_product(in->sizes, 0, in->rank - 2);
    for (int64_t i = 0; i < matrices * rows; i++, data += (size_t)columns * size) {
        int64_t edge = i % rows + diagonal + !upper;
        edge = edge < 0 ? 0 : edge > columns ? columns : edge;
        if (upper)
            memset(data, 0, (size_t)edge * size);
        else
            memset(data + (size_t)edge * size, 0, (size_t)(columns - edge) * size);
    }
    flama_pt_rows_end(op, out, &dense);
    return 0;
}

/* "self upscale_factor": (.., C r r, H, W) to (.., C, H r, W r), or with variant 1 the
 * way back, by a view with more dimensions. */
int flama_pt_op_pixel_shuffle(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t r = flama_pt_int(op, 1), sizes[FLAMA_PT_RANK];
    bool back = op->node->operator->variant == 1;
    size_t rank = in->rank, c = rank - 3;
    if (op->code == 0 && (rank < 3 || r < 1 || r > INT16_MAX))
        return flama_pt_bad(op, "channels and a factor are expected");
    memcpy(sizes, in->sizes, sizeof sizes);
    if (op->code == 0 &&
        (back ? sizes[c + 1] % r || sizes[c + 2] % r : sizes[c] % (r * r)))
        return flama_pt_bad(op, "the factor does not fit");
    if (op->code)
        return op->code;
    sizes[c] = back ? sizes[c] * r * r : sizes[c] / (r * r);
    sizes[c + 1] = back ? sizes[c + 1] / r : sizes[c + 1] * r;
    sizes[c + 2] = back ? sizes[c + 2] / r : sizes[c + 2] * r;
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, rank, sizes);
    const char *data = flama_pt_dense(op, in);
    flama_pt_spend(op, (double)in->count);
    if (op->code || op->dry || out->count == 0)
        return op->code;
    /* (C, r, r, H, W) of the side with many channels, (C, H, r, W, r) of the other */
    int64_t many_h = back ? sizes[c + 1] : in->sizes[c + 1];
    int64_t many_w = back ? sizes[c + 2] : in->sizes[c + 2];
    int64_t planes = in->count / (r * r * many_h * many_w);
    flama_pt_tensor many = {.dtype = in->dtype,
                            .rank = 5,
                            .count = in->count,
                            .sizes = {planes, r, r, many_h, many_w}};
    flama_pt_pack_strides(&many);
    flama_pt_tensor few = many;
    few.strides[0] = r * r * many_h * many_w;
    few.strides[1] = many_w * r;
    few.strides[2] = 1;
    few.strides[3] = r * many_w * r;
    few.strides[4] = r;
    many.data = back ? out->data : (void *)data;
    few.data = back ? (void *)data : out->data;
    flama_pt_copy(back ? &many : &few, back ? &few : &many);
    return 0;
}

/* "self groups": channels (groups, C / groups) as (C / groups, groups). */
int flama_pt_op_channel_shuffle(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    int64_t groups = flama_pt_int(op, 1);
    if (op->code == 0 && (in->rank < 2 || groups < 1 || in->sizes[1] % groups))
        return flama_pt_bad(op, "the channels do not make %lld groups",
                            (long long)groups);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    const void *data = flama_pt_dense(op, in);
    flama_pt_spend(op, (double)in->count);
    if (op->code || op->dry)
        return op->code;
    int64_t each = in->sizes[1] / groups;
    int64_t inner = flama_pt_product(in->sizes, 2, in->rank);
    flama_pt_tensor to = {.dtype = in->dtype,
                          .rank = 4,
                          .count = in->count,
                          .sizes = {in->sizes[0], each, groups, inner}};
    flama_pt_pack_strides(&to);
    flama_pt_tensor from = to;
    to.data = out->data;
    from.data = (void *)data;
    from.strides[1] = inner;
    from.strides[2] = each * inner;
    flama_pt_copy(&to, &from);
    return 0;
}

/* Output 0 is the input with a part of it replaced: `length` slices along dim, every
 * step-th from start. */
static int replaced(flama_pt_op *op, const flama_pt_tensor *part_in, size_t dim,
                    int64_t start, int64_t length, int64_t step)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, in->rank, in->sizes);
    flama_pt_spend(op, 2.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_copy(out, in);
    flama_pt_tensor to = part_of(out, dim, start, length);
    to.strides[dim] *= step;
    flama_pt_copy(&to, part_in);
    return 0;
}

static int fits(flama_pt_op *op, const flama_pt_tensor *in, const flama_pt_tensor *src,
                size_t dim, int64_t length)
{
    bool same = src->rank == in->rank && in->rank > 0;
    for (size_t d = 0; same && d < in->rank; d++)
        same = src->sizes[d] == (d == dim ? length : in->sizes[d]);
    if (op->code == 0 && !same)
        flama_pt_bad(op, "the source does not fit the part");
    return op->code;
}

/* "self src dim=0 start=None end=None step=1". */
int flama_pt_op_slice_scatter(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *src = flama_pt_in(op, 1);
    size_t dim = flama_pt_dim(op, 2, in->rank);
    int64_t start = flama_pt_given(op, 3) ? flama_pt_int(op, 3) : 0;
    int64_t end = flama_pt_given(op, 4) ? flama_pt_int(op, 4) : INT64_MAX;
    int64_t step = flama_pt_int(op, 5), size = in->rank ? in->sizes[dim] : 0;
    if (op->code == 0 && (step < 1 || step > INT32_MAX))
        return flama_pt_bad(op, "step %lld", (long long)step);
    start = start < 0 ? start + size : start;
    end = end < 0 ? end + size : end;
    start = start < 0 ? 0 : start > size ? size : start;
    end = end < start ? start : end > size ? size : end;
    int64_t length = op->code ? 0 : (end - start + step - 1) / step;
    return fits(op, in, src, dim, length) ? op->code
                                          : replaced(op, src, dim, start, length, step);
}

/* "self src dim index". */
int flama_pt_op_select_scatter(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *src = flama_pt_in(op, 1);
    size_t dim = flama_pt_dim(op, 2, in->rank);
    int64_t index = flama_pt_int(op, 3), size = in->rank ? in->sizes[dim] : 0;
    flama_pt_tensor one = *src;
    index = index < 0 ? index + size : index;
    if (op->code == 0 && (index < 0 || index >= size || src->rank + 1 != in->rank))
        return flama_pt_bad(op, "there is no such part");
    one.rank = in->rank;
    for (size_t d = in->rank; d-- > dim && op->code == 0;) {
        one.sizes[d] = d == dim ? 1 : src->sizes[d - 1];
        one.strides[d] = d == dim ? 0 : src->strides[d - 1];
    }
    return fits(op, in, &one, dim, 1) ? op->code : replaced(op, &one, dim, index, 1, 1);
}

/* A tensor as one with three dimensions: a vector is a row. */
static void make_deep(flama_pt_tensor *t)
{
    for (; t->rank < 3; t->rank++) {
        bool before = t->rank == 1;
        t->sizes[t->rank] = before ? t->sizes[0] : 1;
        t->strides[t->rank] = before ? t->strides[0] : 0;
        if (before) {
            t->sizes[0] = 1;
            t->strides[0] = 0;
        }
    }
}

/* "tensors": along the first (vstack, variant 0) or second dimension, with vectors as
 * rows, or (hstack) along their only one, or (column_stack, variant 2) as columns, or
 * (dstack, variant 3) along the third. */
int flama_pt_op_hvstack(flama_pt_op *op)
{
    size_t count = flama_pt_list(op, 0), rank = 2;
    bool vertical = op->node->operator->variant == 0;
    bool columns = op->node->operator->variant == 2;
    bool deep = op->node->operator->variant == 3;
    flama_pt_dtype dtype = common_type(op, count);
    int64_t sizes[FLAMA_PT_RANK] = {0}, at = 0;
    if (op->code == 0 && count == 0)
        return flama_pt_bad(op, "there are no tensors");
    for (int pass = 0; pass < 2 && op->code == 0; pass++) {
        flama_pt_tensor *out = pass ? flama_pt_new(op, 0, dtype, rank, sizes) : NULL;
        for (size_t i = 0; i < count && op->code == 0 && (!pass || !op->dry); i++) {
            flama_pt_tensor t = *flama_pt_item(op, 0, i);
            if (deep)
                make_deep(&t);
            if (t.rank < 2 && columns) {
                t.sizes[0] = t.rank ? t.sizes[0] : 1;
                t.strides[0] = t.rank ? t.strides[0] : 0;
                t.sizes[1] = 1;
                t.strides[1] = 0;
                t.rank = 2;
            }
            if (t.rank == 0 || (t.rank == 1 && vertical)) { /* a row */
                t.sizes[1] = t.rank ? t.sizes[0] : 1;
                t.strides[1] = t.rank ? t.strides[0] : 0;
                t.sizes[0] = 1;
                t.strides[0] = 0;
                t.rank = vertical ? 2 : 1;
            }
            size_t dim = vertical || t.rank == 1 ? 0 : deep ? 2 : 1;
            if (pass) {
                flama_pt_tensor to = part_of(out, dim, at, t.sizes[dim]);
                flama_pt_copy(&to, &t);
                at += t.sizes[dim];
                continue;
            }
            bool same = i == 0 || t.rank == rank;
            for (size_t d = 0; same && i && d < rank; d++)
                same = d == dim || t.sizes[d] == sizes[d];
            if (!same)
                return flama_pt_bad(op, "the tensors do not fit together");
            int64_t sum = i ? sizes[dim] : 0;
            rank = t.rank;
            memcpy(sizes, t.sizes, sizeof sizes);
            if (__builtin_add_overflow(sizes[dim], sum, &sizes[dim]))
                return flama_pt_bad(op, "the tensors are too long");
        }
    }
    return op->code;
}

/* "tensors indexing=ij": each vector along its own dimension. */
int flama_pt_op_meshgrid(flama_pt_op *op)
{
    size_t count = flama_pt_list(op, 0);
    flama_string indexing = flama_pt_text(op, 1);
    bool swap = indexing.size == 2 && memcmp(indexing.data, "xy", 2) == 0 && count > 1;
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code == 0 && (count != op->node->output_count || count > FLAMA_PT_RANK))
        return flama_pt_bad(op, "%zu tensors", count);
    for (size_t i = 0; i < count && op->code == 0; i++) {
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        if (t == NULL || t->rank > 1)
            return flama_pt_bad(op, "vectors are expected");
        sizes[swap && i < 2 ? 1 - i : i] = t->rank ? t->sizes[0] : 1;
    }
    for (size_t i = 0; i < count && op->code == 0; i++) {
        const flama_pt_tensor *t = flama_pt_item(op, 0, i);
        flama_pt_tensor *out = flama_pt_view(op, i, t);
        int64_t stride = t->rank ? t->strides[0] : 0;
        out->rank = count;
        for (size_t d = 0; d < count; d++) {
            out->sizes[d] = sizes[d];
            out->strides[d] = d == (swap && i < 2 ? 1 - i : i) ? stride : 0;
        }
        flama_pt_view_end(op, i);
    }
    return op->code;
}
