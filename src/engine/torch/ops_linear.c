/* Products of matrices. */
#include <math.h>
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/torch/binary.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/packed.h"
#include "engine/torch/unary.h"

/* A matrix in memory: element (i, j) at data[i * row + j * column]. */
typedef struct matrix {
    const void *data;
    size_t row, column;
} matrix;

/* The last two dimensions of t, from `offset` elements on. */
static matrix last_two(const flama_pt_tensor *t, int64_t offset)
{
    const char *data = t->data;
    return (matrix){data + offset * (int64_t)flama_pt_dtype_size(t->dtype),
                    (size_t)t->strides[t->rank - 2], (size_t)t->strides[t->rank - 1]};
}

/* c = a b, or c + a b, in float or double. */
static void multiply(flama_pt_dtype dtype, void *scratch, size_t m, size_t n, size_t k,
                     matrix a, matrix b, void *c, bool accumulate)
{
    flama_gemm_f32 f32 = {.m = m, .n = n, .k = k, .stride = n};
    flama_gemm_f64 f64 = {.m = m, .n = n, .k = k, .stride = n};
    if (dtype == FLAMA_PT_F64) {
        f64.a = (flama_factor_f64){.data = a.data, .row = a.row, .column = a.column};
        f64.b = (flama_factor_f64){.data = b.data, .row = b.row, .column = b.column};
        f64.c = c;
        f64.accumulate = accumulate;
        flama_gemm_f64_run(&f64, scratch);
        return;
    }
    f32.a = (flama_factor_f32){.data = a.data, .row = a.row, .column = a.column};
    f32.b = (flama_factor_f32){.data = b.data, .row = b.row, .column = b.column};
    f32.c = c;
    f32.accumulate = accumulate;
    flama_gemm_f32_run(&f32, scratch);
}

/* Scratch for a product of these sizes, whatever its strides. */
static void *gemm_scratch(flama_pt_op *op, flama_pt_dtype dtype, int64_t m, int64_t n,
                          int64_t k)
{
    flama_gemm_f32 f32 = {.m = (size_t)m, .n = (size_t)n, .k = (size_t)k};
    flama_gemm_f64 f64 = {.m = (size_t)m, .n = (size_t)n, .k = (size_t)k};
    return flama_pt_scratch(op,
                            dtype == FLAMA_PT_F64 ? flama_gemm_scratch_f64(&f64)
                                                  : flama_gemm_scratch_f32(&f32),
                            1);
}

/* Products of all pairs of matrices of a and b, whose leading dimensions are brought
 * together; with `out` as large. */
static void multiply_all(const flama_pt_tensor *a, const flama_pt_tensor *b,
                         const flama_pt_tensor *out, void *scratch, bool accumulate)
{
    size_t lead = out->rank - 2;
    int64_t sizes[FLAMA_PT_RANK], at[FLAMA_PT_RANK] = {0};
    memcpy(sizes, out->sizes, sizeof sizes);
    sizes[lead] = a->sizes[a->rank - 2];
    sizes[lead + 1] = a->sizes[a->rank - 1];
    flama_pt_tensor all_a = flama_pt_expanded(a, out->rank, sizes);
    sizes[lead] = b->sizes[b->rank - 2];
    sizes[lead + 1] = b->sizes[b->rank - 1];
    flama_pt_tensor all_b = flama_pt_expanded(b, out->rank, sizes);
    int64_t m = out->sizes[lead], n = out->sizes[lead + 1], k = sizes[lead];
    int64_t count = flama_pt_product(out->sizes, 0, lead), from_a = 0, from_b = 0;
    size_t size = flama_pt_dtype_size(a->dtype);
    char *c = out->data;
    for (int64_t i = 0; i < count; i++, c += (size_t)(m * n) * size) {
        multiply(a->dtype, scratch, (size_t)m, (size_t)n, (size_t)k,
                 last_two(&all_a, from_a), last_two(&all_b, from_b), c, accumulate);
        for (size_t d = lead; d-- > 0;) {
            from_a += all_a.strides[d];
            from_b += all_b.strides[d];
            if (++at[d] < out->sizes[d])
                break;
            from_a -= all_a.strides[d] * at[d];
            from_b -= all_b.strides[d] * at[d];
            at[d] = 0;
        }
    }
}

/* Both must be matrices of float32, or of float64. */
static int check(flama_pt_op *op, const flama_pt_tensor *a, const flama_pt_tensor *b)
{
    bool wide = a->dtype == FLAMA_PT_F64;
    if (op->code ||
        flama_pt_want_dtype(op, a, "the first factor",
                            wide ? a->dtype : FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, b, "the second factor", a->dtype))
        return op->code;
    int64_t inner = a->rank ? a->sizes[a->rank - 1] : 0;
    int64_t other = b->rank == 0 ? 0 : b->sizes[b->rank == 1 ? 0 : b->rank - 2];
    if (a->rank == 0 || b->rank == 0 || inner != other)
        return flama_pt_bad(op, "the sizes do not go together");
    return 0;
}

/* A vector becomes a matrix of one row or column. */
static flama_pt_tensor as_matrix(const flama_pt_tensor *t, bool row)
{
    flama_pt_tensor out = *t;
    if (t->rank > 1)
        return out;
    out.rank = 2;
    out.sizes[0] = row ? 1 : t->sizes[0];
    out.sizes[1] = row ? t->sizes[0] : 1;
    out.strides[0] = row ? 0 : t->strides[0];
    out.strides[1] = row ? t->strides[0] : 0;
    return out;
}

/* One matrix for all of a: then a is one matrix too, and the product one. */
static bool is_flat(const flama_pt_tensor *a, const flama_pt_tensor *b)
{
    return b->rank == 2 && a->rank > 2 && flama_pt_is_contiguous(a);
}

int flama_pt_run_matmul(flama_pt_op *op, const flama_pt_tensor *a,
                        const flama_pt_tensor *b)
{
    if (check(op, a, b))
        return op->code;
    flama_pt_tensor left = as_matrix(a, true), right = as_matrix(b, false), lead_a,
                    lead_b;
    int64_t sizes[FLAMA_PT_RANK + 2];
    lead_a = left, lead_b = right;
    lead_a.rank -= 2, lead_b.rank -= 2;
    size_t lead = flama_pt_broadcast(op, &lead_a, &lead_b, sizes), rank = lead;
    int64_t m = left.sizes[left.rank - 2], n = right.sizes[right.rank - 1];
    int64_t k = left.sizes[left.rank - 1];
    if (a->rank > 1)
        sizes[rank++] = m;
    if (b->rank > 1)
        sizes[rank++] = n;
    flama_pt_tensor *out = flama_pt_new(op, 0, a->dtype, rank, sizes);
    flama_pt_spend(op, 2.0 * (double)out->count * (double)k);
    flama_pt_tensor all = *out;
    sizes[lead] = m, sizes[lead + 1] = n;
    all.rank = lead + 2;
    if (op->code == 0 && all.rank > FLAMA_PT_RANK)
        return flama_pt_unsupported(op, "more than %d dimensions", FLAMA_PT_RANK);
    memcpy(all.sizes, sizes, all.rank * sizeof *sizes);
    if (is_flat(&left, &right)) {
        m = flama_pt_product(left.sizes, 0, left.rank - 1);
        left = (flama_pt_tensor){.dtype = a->dtype,
                                 .rank = 2,
                                 .sizes = {m, k},
                                 .strides = {k, 1},
                                 .data = a->data};
        all = (flama_pt_tensor){.rank = 2, .sizes = {m, n}, .data = out->data};
    }
    void *scratch = gemm_scratch(op, a->dtype, m, n, k);
    if (op->code || op->dry)
        return op->code;
    multiply_all(&left, &right, &all, scratch, false);
    return 0;
}

/* Matrices and vectors of any rank: matmul, mm, bmm, mv, dot. The variant is the rank
 * that both must have, 0: any. */
int flama_pt_op_matmul(flama_pt_op *op)
{
    const flama_pt_tensor *a = flama_pt_in(op, 0), *b = flama_pt_in(op, 1);
    size_t rank = (size_t)op->node->operator->variant;
    if (op->code == 0 && rank && (a->rank != rank || b->rank != rank))
        return flama_pt_bad(op, "factors with %zu dimensions are expected", rank);
    if (op->node->state)
        return check(op, a, b) ? op->code : flama_pt_run_packed(op, a, NULL, true);
    return flama_pt_run_matmul(op, a, b);
}

static void scale(const flama_pt_tensor *t, double by)
{
    for (int64_t i = 0; i < t->count && by != 1; i++)
        if (t->dtype == FLAMA_PT_F64)
            ((double *)t->data)[i] *= by;
        else
            ((float *)t->data)[i] *= (float)by;
}

/* "self mat1 mat2 beta=1 alpha=1": beta self + alpha mat1 mat2. */
int flama_pt_op_addmm(flama_pt_op *op)
{
    const flama_pt_tensor *self = flama_pt_in(op, 0), *a = flama_pt_in(op, 1);
    const flama_pt_tensor *b = flama_pt_in(op, 2);
    double beta = flama_pt_number(op, 3), alpha = flama_pt_number(op, 4);
    if (check(op, a, b) || flama_pt_want_dtype(op, self, "the summand", a->dtype))
        return op->code;
    if (a->rank < 2 || (b->rank != a->rank && b->rank != 1))
        return flama_pt_bad(op, "matrices are expected");
    if (b->rank == 2 && alpha == 1 && beta == 1 && op->node->state)
        return flama_pt_run_packed(op, a, self, false);
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank = a->rank;
    memcpy(sizes, a->sizes, sizeof sizes);
    if (b->rank > 1)
        sizes[rank - 1] = b->sizes[rank - 1];
    else
        rank--;
    if (a->rank == 3 && a->sizes[0] != b->sizes[0])
        return flama_pt_bad(op, "the sizes do not go together");
    bool into = flama_pt_in_place(op);
    flama_pt_tensor *out =
        into ? flama_pt_into(op, 0, 0) : flama_pt_new(op, 0, a->dtype, rank, sizes);
    if (op->code == 0 && into &&
        (!flama_pt_is_contiguous(out) || out->rank != rank ||
         memcmp(out->sizes, sizes, rank * sizeof *sizes) != 0 ||
         out->storage == a->storage || out->storage == b->storage))
        return flama_pt_unsupported(op, "a product written into a tensor of this kind");
    int64_t m = a->sizes[a->rank - 2], k = a->sizes[a->rank - 1];
    int64_t n = b->rank > 1 ? b->sizes[b->rank - 1] : 1, joint[FLAMA_PT_RANK];
    flama_pt_spend(op, 2.0 * (double)out->count * (double)k);
    if (flama_pt_broadcast(op, out, self, joint) != rank ||
        memcmp(joint, out->sizes, rank * sizeof *joint) != 0)
        flama_pt_bad(op, "the summand does not fit");
    void *scratch = gemm_scratch(op, a->dtype, m, n, k);
    if (op->code || op->dry)
        return op->code;
    flama_pt_tensor right = as_matrix(b, false), all = *out;
    all.rank = a->rank;
    all.sizes[all.rank - 1] = n;
    if (beta == 0)
        flama_pt_fill(out, 0, 0);
    else if (!into)
        flama_pt_copy(out, self);
    scale(out, alpha == 0 ? beta : beta / alpha);
    if (alpha != 0) {
        multiply_all(a, &right, &all, scratch, true);
        scale(out, alpha);
    }
    return 0;
}

/* "self vec2": all products of two vectors. */
int flama_pt_op_outer(flama_pt_op *op)
{
    const flama_pt_tensor *a = flama_pt_in(op, 0), *b = flama_pt_in(op, 1);
    if (op->code == 0 && (a->rank != 1 || b->rank != 1))
        return flama_pt_bad(op, "vectors are expected");
    flama_pt_tensor column = as_matrix(a, false);
    const flama_pt_tensor *in[] = {a, b};
    return flama_pt_run_binary(op, FLAMA_PT_MUL, &column, b,
                               flama_pt_result_type(2, in, NULL));
}

/* "input weight bias=None": input times the transposed weight. */
int flama_pt_op_linear(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *weight = flama_pt_in(op, 1);
    const flama_pt_tensor *bias = flama_pt_maybe(op, 2);
    flama_pt_tensor turned = *weight;
    if (op->code)
        return op->code;
    if (weight->rank == 0 || weight->rank > 2)
        return flama_pt_bad(op, "the weight is no matrix");
    if (weight->rank == 2) {
        turned.sizes[0] = weight->sizes[1], turned.sizes[1] = weight->sizes[0];
        turned.strides[0] = weight->strides[1], turned.strides[1] = weight->strides[0];
    }
    if (check(op, in, &turned) ||
        (bias && flama_pt_want_dtype(op, bias, "the bias", in->dtype)))
        return op->code;
    if (bias && (bias->rank != weight->rank - 1 ||
                 (bias->rank == 1 && bias->sizes[0] != weight->sizes[0])))
        return flama_pt_bad(op, "the bias does not fit the weight");
    if (op->node->state)
        return flama_pt_run_packed(op, in, bias, true);
    if (flama_pt_run_matmul(op, in, &turned) || op->dry || bias == NULL)
        return op->code;
    return flama_pt_add_bias(op, bias);
}

/* "input1 input2 weight bias=None": for each output a matrix between the two. */
int flama_pt_op_bilinear(flama_pt_op *op)
{
    const flama_pt_tensor *a = flama_pt_in(op, 0), *b = flama_pt_in(op, 1);
    const flama_pt_tensor *weight = flama_pt_in(op, 2), *bias = flama_pt_maybe(op, 3);
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code || flama_pt_want_dtype(op, a, "input1", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, b, "input2", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, weight, "the weight", FLAMA_PT_F32) ||
        (bias && flama_pt_want_dtype(op, bias, "the bias", FLAMA_PT_F32)))
        return op->code;
    size_t last = a->rank - 1;
    bool fits = a->rank > 0 && a->rank == b->rank && weight->rank == 3 &&
                memcmp(a->sizes, b->sizes, last * sizeof *sizes) == 0 &&
                weight->sizes[1] == a->sizes[last] &&
                weight->sizes[2] == b->sizes[last] &&
                (!bias || (bias->rank == 1 && bias->sizes[0] == weight->sizes[0]));
    if (!fits)
        return flama_pt_bad(op, "the sizes do not go together");
    memcpy(sizes, a->sizes, sizeof sizes);
    sizes[last] = weight->sizes[0];
    int64_t i = weight->sizes[1], j = weight->sizes[2], o = weight->sizes[0];
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, a->rank, sizes);
    const float *x = flama_pt_dense(op, a), *y = flama_pt_dense(op, b);
    const float *w = flama_pt_dense(op, weight);
    int64_t rows = flama_pt_product(a->sizes, 0, last);
    flama_pt_spend(op, 2.0 * (double)(rows * o) * (double)(i * j));
    if (op->code || op->dry)
        return op->code;
    float *to = out->data;
    for (int64_t r = 0; r < rows; r++, x += i, y += j)
        for (int64_t k = 0; k < o; k++, to++) {
            double sum = 0;
            for (int64_t p = 0; p < i; p++)
                sum += (double)x[p] *
                       (double)flama_dot_f32(w + (k * i + p) * j, y, (size_t)j);
            *to = (float)sum;
        }
    return bias ? flama_pt_add_bias(op, bias) : 0;
}

static double distance(const float *a, const float *b, int64_t size, double p)
{
    double sum = 0;
    for (int64_t i = 0; i < size; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        if (isinf(p))
            sum = d > sum || isnan(d) ? d : sum;
        else
            sum += p == 2 ? d * d : p == 1 ? d : p == 0 ? d != 0 : pow(d, p);
    }
    return p == 2 ? sqrt(sum) : p == 0 || p == 1 || isinf(p) ? sum : pow(sum, 1 / p);
}

/* "x1 x2 p=2 compute_mode=None": of all pairs of rows. Torch may take the way over
 * products, whose rounding is not the same; the mode is not looked at. */
int flama_pt_op_cdist(flama_pt_op *op)
{
    const flama_pt_tensor *x = flama_pt_in(op, 0), *y = flama_pt_in(op, 1);
    double p = flama_pt_number(op, 2);
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code || flama_pt_want_dtype(op, x, "the input", FLAMA_PT_F32) ||
        flama_pt_want_dtype(op, y, "the input", FLAMA_PT_F32))
        return op->code;
    size_t rank = x->rank;
    bool fits = rank == y->rank && rank >= 2 && !(p < 0) &&
                x->sizes[rank - 1] == y->sizes[rank - 1];
    for (size_t d = 0; fits && d + 2 < rank; d++)
        fits = x->sizes[d] == y->sizes[d];
    if (!fits)
        return flama_pt_unsupported(op, "rows of these shapes");
    memcpy(sizes, x->sizes, sizeof sizes);
    int64_t rows = x->sizes[rank - 2], columns = y->sizes[rank - 2];
    int64_t size = x->sizes[rank - 1];
    sizes[rank - 1] = columns;
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, rank, sizes);
    const float *a = flama_pt_dense(op, x), *b = flama_pt_dense(op, y);
    flama_pt_spend(op, 3.0 * (double)out->count * (double)size);
    if (op->code || op->dry)
        return op->code;
    float *to = out->data;
    for (int64_t i = 0; i < flama_pt_product(sizes, 0, rank - 1); i++)
        for (int64_t k = 0; k < columns; k++)
            *to++ = (float)distance(a + i * size, b + (i / rows * columns + k) * size,
                                    size, p);
    return 0;
}
