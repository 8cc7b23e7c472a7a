#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"
#include "engine/kernels/gemm.h"

typedef struct dense_params {
    const float *packed;
    int64_t k, n;
    flama_keras_end end;
} dense_params;

static int dense_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                       flama_error *err)
{
    const dense_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    char text[FLAMA_KERAS_SHAPE];
    if (in->rank == 0 || !flama_keras_fits(in->dims[in->rank - 1], p->k))
        return flama_error_set(err, FLAMA_EINPUT,
                               "an array of shape %s where the last axis must be %lld",
                               flama_keras_shape_text(in, text), (long long)p->k);
    *out = *in;
    out->data = NULL;
    out->dtype = FLAMA_KERAS_FLOAT;
    out->dims[out->rank - 1] = p->n;
    return 0;
}

static flama_gemm_f32 dense_product(const flama_keras_op *op,
                                    const flama_keras_tensor *tensors)
{
    const dense_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    size_t k = (size_t)p->k, n = (size_t)p->n;
    return (flama_gemm_f32){.m = (size_t)flama_keras_product(in, 0, in->rank - 1),
                            .n = n,
                            .k = k,
                            .a = {.data = in->data, .row = k, .column = 1},
                            .b = {.packed = p->packed},
                            .c = flama_keras_result(op, tensors)->data,
                            .stride = n,
                            .clamp = p->end.clamp,
                            .column_scale = p->end.scale,
                            .column_bias = p->end.bias,
                            .low = p->end.low,
                            .high = p->end.high};
}

static size_t dense_scratch(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    flama_gemm_f32 product = dense_product(op, tensors);
    return flama_gemm_scratch_f32(&product);
}

static int run_dense(const flama_keras_op *op, const flama_keras_tensor *tensors,
                     void *scratch, flama_error *err)
{
    (void)err;
    flama_gemm_f32 product = dense_product(op, tensors);
    if (product.m && product.n)
        flama_gemm_f32_run(&product, scratch);
    return 0;
}

static double dense_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const dense_params *p = op->params;
    return 2 * (double)p->k * flama_keras_elements(flama_keras_result(op, tensors));
}

static flama_keras_end *dense_end(void *params)
{
    return &((dense_params *)params)->end;
}

static const flama_keras_op_type dense_op = {.name = "a matrix product",
                                             .shape = dense_shape,
                                             .run = run_dense,
                                             .scratch = dense_scratch,
                                             .work = dense_work,
                                             .end = dense_end};

/* The weight as the product wants it, made once for all uses of it. */
static const float *pack_weight(flama_keras_builder *b, const flama_hdf5_array *weight,
                                size_t k, size_t n)
{
    int64_t dims[FLAMA_HDF5_RANK];
    float *packed = flama_keras_loaded(b, weight, "dense");
    if (packed || b->failed || weight == NULL)
        return packed;
    if (weight->count != k * n)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has weights of another size"), NULL;
    for (unsigned i = 0; i < weight->rank; i++)
        dims[i] = -1;
    const float *staged = flama_keras_stage(b, weight, weight->rank, dims);
    size_t count = flama_gemm_packed_b_f32(n, k);
    packed = staged ? flama_keras_new(b, count + 1, sizeof *packed) : NULL;
    if (packed == NULL)
        return NULL;
    flama_factor_f32 factor = {.data = staged, .row = n, .column = 1};
    flama_gemm_pack_b_f32(&factor, k, n, packed);
    flama_keras_keep(b, weight, "dense", packed, count * sizeof *packed);
    return packed;
}

flama_keras_id flama_keras_dense(flama_keras_builder *b, flama_keras_id x,
                                 const flama_hdf5_array *weight, int64_t k, int64_t n,
                                 const float *bias)
{
    dense_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL || weight == NULL)
        return 0;
    if (k < 0 || n < 0 || k > FLAMA_KERAS_LARGEST || n > FLAMA_KERAS_LARGEST)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has weights of an unknown size");
    *p = (dense_params){.k = k, .n = n};
    p->packed = pack_weight(b, weight, (size_t)k, (size_t)n);
    return p->packed ? flama_keras_add_product(b, &dense_op, p, x, bias) : 0;
}

/* Products of two computed arrays. */

typedef struct matmul_params {
    bool tx, ty;
} matmul_params;

static int matmul_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    const matmul_params *p = op->params;
    const flama_keras_tensor *x = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *y = flama_keras_in(op, tensors, 1);
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    unsigned xr = x->rank, yr = y->rank, rank = xr > yr ? xr : yr;
    char left[FLAMA_KERAS_SHAPE], right[FLAMA_KERAS_SHAPE];
    bool fits = xr >= 2 && yr >= 2 &&
                flama_keras_fits(x->dims[p->tx ? xr - 2 : xr - 1],
                                 y->dims[p->ty ? yr - 1 : yr - 2]);
    flama_keras_tensor made = {.rank = rank};
    for (unsigned i = 0; fits && i + 2 < rank; i++) {
        int64_t a = i + xr < rank ? 1 : x->dims[i + xr - rank];
        int64_t c = i + yr < rank ? 1 : y->dims[i + yr - rank];
        fits = a == 1 || c == 1 || flama_keras_fits(a, c);
        made.dims[i] = a == 1 ? c : c == 1 ? a : a < 0 ? c : a;
    }
    if (!fits)
        return flama_error_set(
            err, FLAMA_EINPUT, "arrays of shapes %s and %s can't be multiplied",
            flama_keras_shape_text(x, left), flama_keras_shape_text(y, right));
    made.dims[rank - 2] = x->dims[p->tx ? xr - 1 : xr - 2];
    made.dims[rank - 1] = y->dims[p->ty ? yr - 2 : yr - 1];
    *out = made;
    return 0;
}

/* The matrix of both inputs at one place of the axes before. */
static flama_gemm_f32 matmul_product(const flama_keras_op *op,
                                     const flama_keras_tensor *tensors)
{
    const matmul_params *p = op->params;
    const flama_keras_tensor *x = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *y = flama_keras_in(op, tensors, 1);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    size_t m = (size_t)out->dims[out->rank - 2], n = (size_t)out->dims[out->rank - 1];
    size_t k = (size_t)x->dims[p->tx ? x->rank - 2 : x->rank - 1];
    return (flama_gemm_f32){
        .m = m,
        .n = n,
        .k = k,
        .a = {.data = x->data, .row = p->tx ? 1 : k, .column = p->tx ? m : 1},
        .b = {.data = y->data, .row = p->ty ? 1 : n, .column = p->ty ? k : 1},
        .c = out->data,
        .stride = n};
}

static size_t matmul_scratch(const flama_keras_op *op,
                             const flama_keras_tensor *tensors)
{
    flama_gemm_f32 product = matmul_product(op, tensors);
    return flama_gemm_scratch_f32(&product);
}

/* Which of the matrices of an input goes with matrix `at` of the output. */
static size_t matrix_of(const flama_keras_tensor *t, const flama_keras_tensor *out,
                        size_t at)
{
    size_t index = 0, stride = 1;
    for (unsigned i = out->rank - 2; i-- > 0;) {
        size_t place = at % (size_t)out->dims[i];
        at /= (size_t)out->dims[i];
        if (i + t->rank < out->rank)
            continue;
        int64_t own = t->dims[i + t->rank - out->rank];
        index += own == 1 ? 0 : place * stride;
        stride *= (size_t)own;
    }
    return index;
}

static int run_matmul(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)err;
    const flama_keras_tensor *x = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *y = flama_keras_in(op, tensors, 1);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    flama_gemm_f32 product = matmul_product(op, tensors);
    size_t count = (size_t)flama_keras_product(out, 0, out->rank - 2);
    const float *a = product.a.data, *c = product.b.data;
    if (product.k == 0)
        memset(out->data, 0, flama_keras_count(out) * sizeof(float));
    if (product.m == 0 || product.n == 0 || product.k == 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        product.a.data = a + matrix_of(x, out, i) * product.m * product.k;
        product.b.data = c + matrix_of(y, out, i) * product.k * product.n;
        product.c = (float *)out->data + i * product.m * product.n;
        flama_gemm_f32_run(&product, scratch);
    }
    return 0;
}

static double matmul_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    const matmul_params *p = op->params;
    const flama_keras_tensor *x = flama_keras_in(op, tensors, 0);
    int64_t k = x->dims[p->tx ? x->rank - 2 : x->rank - 1];
    return 2 * (k < 0 ? 1 : (double)k) *
           flama_keras_elements(flama_keras_result(op, tensors));
}

static const flama_keras_op_type matmul_op = {.name = "a matrix product",
                                              .shape = matmul_shape,
                                              .run = run_matmul,
                                              .scratch = matmul_scratch,
                                              .work = matmul_work};

flama_keras_id flama_keras_matmul(flama_keras_builder *b, flama_keras_id x,
                                  flama_keras_id y, bool transpose_x, bool transpose_y)
{
    matmul_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    *p = (matmul_params){transpose_x, transpose_y};
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    y = flama_keras_cast(b, y, FLAMA_KERAS_FLOAT);
    return flama_keras_add(b, &matmul_op, p, 1, FLAMA_KERAS_IDS(x, y));
}
