/* Functions of one tensor, element by element. */
#include <math.h>
#include <string.h>

#include "engine/kernels/map.h"
#include "engine/torch/binary.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"
#include "engine/torch/unary.h"

/* What the loop needs: a function of map.h with its parameters. */
typedef struct mapping {
    flama_map_kind map;
    double p, q;
} mapping;

static void map_f32(const void *ctx, void *out, const void *const *in, size_t n)
{
    const mapping *m = ctx;
    flama_map_run_f32(m->map, (float)m->p, (float)m->q, in[0], out, n);
}

static void map_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const mapping *m = ctx;
    flama_map_run_f64(m->map, m->p, m->q, in[0], out, n);
}

/* The few functions that leave integers integers. */
static void map_i64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const mapping *m = ctx;
    const int64_t *x = in[0];
    int64_t *y = out;
    for (size_t i = 0; i < n; i++) {
        uint64_t v = (uint64_t)x[i];
        switch (m->map) {
        case FLAMA_MAP_ABS:
            y[i] = (int64_t)(x[i] < 0 ? 0 - v : v);
            break;
        case FLAMA_MAP_NEGATE:
            y[i] = (int64_t)(0 - v);
            break;
        case FLAMA_MAP_SQUARE:
            y[i] = (int64_t)(v * v);
            break;
        case FLAMA_MAP_RELU:
            y[i] = x[i] < 0 ? 0 : x[i];
            break;
        case FLAMA_MAP_SIGN:
            y[i] = (x[i] > 0) - (x[i] < 0);
            break;
        default:
            y[i] = x[i];
        }
    }
}

static bool keeps_integers(flama_map_kind map)
{
    return map == FLAMA_MAP_ABS || map == FLAMA_MAP_NEGATE || map == FLAMA_MAP_SQUARE ||
           map == FLAMA_MAP_RELU || map == FLAMA_MAP_SIGN || map == FLAMA_MAP_CEIL ||
           map == FLAMA_MAP_FLOOR || map == FLAMA_MAP_ROUND || map == FLAMA_MAP_TRUNC;
}

/* The output of a function of one tensor: new, or with an underscore the input itself.
 */
static flama_pt_tensor *output(flama_pt_op *op, flama_pt_dtype dtype)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    if (flama_pt_in_place(op))
        return flama_pt_into(op, 0, 0);
    return flama_pt_new_over(op, 0, dtype, in->rank, in->sizes, in);
}

bool flama_pt_writes(const flama_pt_node *node)
{
    const char *name = node->operator->name, *end = strchr(name, '.');
    return end && end > name && end[-1] == '_' && strncmp(name, "__", 2) != 0;
}

bool flama_pt_in_place(const flama_pt_op *op)
{
    return flama_pt_writes(op->node);
}

flama_pt_tensor *flama_pt_rows(flama_pt_op *op, flama_pt_dtype dtype,
                               flama_pt_tensor *dense)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    bool into = flama_pt_in_place(op);
    flama_pt_tensor *out = into ? flama_pt_into(op, 0, 0)
                                : flama_pt_new(op, 0, dtype, in->rank, in->sizes);
    *dense = *out;
    if (into) {
        dense->dtype = dtype;
        flama_pt_pack_strides(dense);
        dense->data =
            flama_pt_scratch(op, (size_t)in->count, flama_pt_dtype_size(dtype));
    }
    return out;
}

void flama_pt_rows_end(flama_pt_op *op, const flama_pt_tensor *out,
                       const flama_pt_tensor *dense)
{
    if (flama_pt_in_place(op))
        flama_pt_copy(out, dense);
}

int flama_pt_run_map(flama_pt_op *op, flama_map_kind map, double p, double q)
{
    static flama_pt_loop *const loops[] = {map_f32, map_f64, map_i64};
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    bool floating = flama_pt_is_float(in->dtype);
    flama_pt_dtype dtype = floating || keeps_integers(map) ? in->dtype : FLAMA_PT_F32;
    flama_pt_tensor *out = output(op, dtype);
    mapping m = {map, p, q};
    if (op->code == 0 && out->dtype != dtype)
        return flama_pt_bad(op, "the result can't be written into integers");
    flama_pt_spend(op, 4.0 * (double)in->count);
    flama_pt_work work = flama_pt_work_of(dtype);
    flama_pt_elements e = {.count = 1,
                           .in = {in},
                           .work = work,
                           .loop = loops[work],
                           .ctx = &m,
                           .ctx_size = sizeof m};
    return flama_pt_apply(op, &e, out);
}

/* Functions without parameters: the variant is the function of map.h. */
int flama_pt_op_map(flama_pt_op *op)
{
    return flama_pt_run_map(op, (flama_map_kind)op->node->operator->variant, 0, 0);
}

/* One number as parameter: leaky_relu, hardshrink, softshrink. */
int flama_pt_op_map_p(flama_pt_op *op)
{
    return flama_pt_run_map(op, (flama_map_kind)op->node->operator->variant,
                            flama_pt_number(op, 1), 0);
}

/* Two: hardtanh, softplus, threshold. */
int flama_pt_op_map_pq(flama_pt_op *op)
{
    return flama_pt_run_map(op, (flama_map_kind)op->node->operator->variant,
                            flama_pt_number(op, 1), flama_pt_number(op, 2));
}

/* "self lower upper training": outside training a leaky_relu of their mean. */
int flama_pt_op_rrelu(flama_pt_op *op)
{
    if (flama_pt_flag(op, 3))
        return flama_pt_unsupported(op, "rrelu in training");
    return flama_pt_run_map(op, FLAMA_MAP_LEAKY_RELU,
                            (flama_pt_number(op, 1) + flama_pt_number(op, 2)) / 2, 0);
}

/* The same with a second output, the slopes, which are 1 outside training. */
int flama_pt_op_rrelu_functional(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_tensor *noise = op->node->output_count > 1
                                 ? flama_pt_new(op, 1, in->dtype, in->rank, in->sizes)
                                 : NULL;
    if (noise && op->code == 0 && !op->dry)
        flama_pt_fill(noise, 1, 1);
    return flama_pt_op_rrelu(op);
}

int flama_pt_op_relu6(flama_pt_op *op)
{
    return flama_pt_run_map(op, FLAMA_MAP_CLAMP, 0, 6);
}

/* The same at the end of a product. */
static bool join_between(flama_pt_end *end, double low, double high)
{
    if (end->clamp || isnan(low) || isnan(high))
        return false;
    end->clamp = true;
    end->low = (float)low;
    end->high = (float)high;
    return true;
}

bool flama_pt_join_relu(flama_pt_op *op, flama_pt_end *end, flama_arena *arena)
{
    (void)op, (void)arena;
    return join_between(end, 0, INFINITY);
}

bool flama_pt_join_relu6(flama_pt_op *op, flama_pt_end *end, flama_arena *arena)
{
    (void)op, (void)arena;
    return join_between(end, 0, 6);
}

/* "self other alpha=1" where both are tensors: the other is the product's last
 * argument, which it starts from. */
bool flama_pt_join_add(flama_pt_op *op, flama_pt_end *end, flama_arena *arena)
{
    (void)arena;
    if (end->adds || end->clamp || end->scale || op->node->args[2].computed ||
        flama_pt_number(op, 2) != 1)
        return false;
    end->adds = true;
    return true;
}

/* Sets the number that argument i is; false when it is none known now. */
static bool known_bound(flama_pt_op *op, size_t i, double *bound)
{
    flama_pt_kind kind = flama_pt_kind_of(op, i);
    if (kind == FLAMA_PT_NONE)
        return true;
    if (op->node->args[i].computed || (kind != FLAMA_PT_INT && kind != FLAMA_PT_FLOAT))
        return false;
    *bound = flama_pt_number(op, i);
    return true;
}

/* "self min max", "self min" (clamp_min) or "self max". */
bool flama_pt_join_clamp(flama_pt_op *op, flama_pt_end *end, flama_arena *arena)
{
    bool one = op->node->arg_count == 2;
    bool only_high = one && op->node->operator->variant == FLAMA_PT_MINIMUM;
    double low = -INFINITY, high = INFINITY;
    (void)arena;
    return (only_high || known_bound(op, 1, &low)) &&
           (one && !only_high ? true : known_bound(op, one ? 1 : 2, &high)) &&
           join_between(end, low, high);
}

/* "self alpha=1 scale=1 input_scale=1": scale (x above 0, alpha (exp(x input_scale) -
 * 1) below). */
int flama_pt_op_elu(flama_pt_op *op)
{
    double alpha = flama_pt_number(op, 1), scale = flama_pt_number(op, 2);
    if (flama_pt_number(op, 3) != 1)
        return flama_pt_unsupported(op, "an input_scale other than 1");
    return flama_pt_run_map(op, FLAMA_MAP_ELU, alpha * scale, scale);
}

int flama_pt_op_selu(flama_pt_op *op)
{
    const double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    return flama_pt_run_map(op, FLAMA_MAP_ELU, alpha * scale, scale);
}

static void celu_f32(const void *ctx, void *out, const void *const *in, size_t n)
{
    float alpha = (float)*(const double *)ctx, *y = out;
    const float *x = in[0];
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : alpha * expm1f(x[i] / alpha);
}

static void celu_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    double alpha = *(const double *)ctx, *y = out;
    const double *x = in[0];
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : alpha * expm1(x[i] / alpha);
}

/* A float tensor through a loop of one's own. */
static int float_loop(flama_pt_op *op, flama_pt_loop *f32, flama_pt_loop *f64,
                      const void *ctx, size_t ctx_size)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    if (op->code == 0 && !flama_pt_is_float(in->dtype))
        return flama_pt_unsupported(op, "integers");
    flama_pt_tensor *out = output(op, in->dtype);
    flama_pt_spend(op, 8.0 * (double)in->count);
    flama_pt_work work = flama_pt_work_of(in->dtype);
    flama_pt_elements e = {.count = 1,
                           .in = {in},
                           .work = work,
                           .loop = work == FLAMA_PT_WORK_F64 ? f64 : f32,
                           .ctx = ctx,
                           .ctx_size = ctx_size};
    return flama_pt_apply(op, &e, out);
}

int flama_pt_op_celu(flama_pt_op *op)
{
    double alpha = flama_pt_number(op, 1);
    return float_loop(op, celu_f32, celu_f64, &alpha, sizeof alpha);
}

static void logit_f32(const void *ctx, void *out, const void *const *in, size_t n)
{
    float eps = (float)*(const double *)ctx, *y = out;
    const float *x = in[0];
    for (size_t i = 0; i < n; i++) {
        float v = eps < 0 ? x[i] : fminf(fmaxf(x[i], eps), 1 - eps);
        y[i] = logf(v / (1 - v));
    }
}

static void logit_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    double eps = *(const double *)ctx, *y = out;
    const double *x = in[0];
    for (size_t i = 0; i < n; i++) {
        double v = eps < 0 ? x[i] : fmin(fmax(x[i], eps), 1 - eps);
        y[i] = log(v / (1 - v));
    }
}

int flama_pt_op_logit(flama_pt_op *op)
{
    double eps = flama_pt_given(op, 1) ? flama_pt_number(op, 1) : -1;
    return float_loop(op, logit_f32, logit_f64, &eps, sizeof eps);
}

/* What takes the place of NaN, infinity and minus infinity. */
typedef struct replacement {
    double nan, above, below;
} replacement;

static void replace_f32(const void *ctx, void *out, const void *const *in, size_t n)
{
    const replacement *r = ctx;
    const float *x = in[0];
    float *y = out;
    for (size_t i = 0; i < n; i++)
        y[i] = isnan(x[i])         ? (float)r->nan
               : x[i] == INFINITY  ? (float)r->above
               : x[i] == -INFINITY ? (float)r->below
                                   : x[i];
}

static void replace_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const replacement *r = ctx;
    const double *x = in[0];
    double *y = out;
    for (size_t i = 0; i < n; i++)
        y[i] = isnan(x[i])         ? r->nan
               : x[i] == INFINITY  ? r->above
               : x[i] == -INFINITY ? r->below
                                   : x[i];
}

int flama_pt_op_nan_to_num(flama_pt_op *op)
{
    static const double largest[FLAMA_PT_DTYPE_COUNT] = {
        [FLAMA_PT_F16] = 65504,
        [FLAMA_PT_BF16] = 3.3895313892515355e38,
        [FLAMA_PT_F32] = 3.4028234663852886e38,
        [FLAMA_PT_F64] = 1.7976931348623157e308};
    double most = largest[flama_pt_in(op, 0)->dtype];
    replacement r = {0, most, -most};
    if (flama_pt_given(op, 1))
        r.nan = flama_pt_number(op, 1);
    if (flama_pt_given(op, 2))
        r.above = flama_pt_number(op, 2);
    if (flama_pt_given(op, 3))
        r.below = flama_pt_number(op, 3);
    return float_loop(op, replace_f32, replace_f64, &r, sizeof r);
}

static void fraction_f32(const void *ctx, void *out, const void *const *in, size_t n)
{
    const float *x = in[0];
    float *y = out;
    (void)ctx;
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] - truncf(x[i]);
}

static void fraction_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const double *x = in[0];
    double *y = out;
    (void)ctx;
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] - trunc(x[i]);
}

int flama_pt_op_frac(flama_pt_op *op)
{
    return float_loop(op, fraction_f32, fraction_f64, NULL, 0);
}

/* round.decimals: to 10^-decimals. */
static void decimals_f32(const void *ctx, void *out, const void *const *in, size_t n)
{
    double decimals = *(const double *)ctx;
    float power = (float)pow(10, fabs(decimals)), *y = out;
    const float *x = in[0];
    for (size_t i = 0; i < n; i++)
        y[i] = decimals < 0 ? rintf(x[i] / power) * power : rintf(x[i] * power) / power;
}

static void decimals_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    double decimals = *(const double *)ctx, power = pow(10, fabs(decimals)), *y = out;
    const double *x = in[0];
    for (size_t i = 0; i < n; i++)
        y[i] = decimals < 0 ? rint(x[i] / power) * power : rint(x[i] * power) / power;
}

int flama_pt_op_round_decimals(flama_pt_op *op)
{
    double decimals = flama_pt_number(op, 1);
    return float_loop(op, decimals_f32, decimals_f64, &decimals, sizeof decimals);
}

/* gelu's approximate is "none" or "tanh". */
int flama_pt_op_gelu(flama_pt_op *op)
{
    flama_string how = flama_pt_text(op, 1);
    bool tanh = how.size == 4 && memcmp(how.data, "tanh", 4) == 0;
    return flama_pt_run_map(op, tanh ? FLAMA_MAP_GELU_TANH : FLAMA_MAP_GELU, 0, 0);
}

/* Tests: the variant. */
enum { IS_NAN, IS_INFINITE, IS_FINITE, NOT, IS_ABOVE, IS_BELOW, HAS_SIGN };

static bool test(int variant, double v)
{
    switch (variant) {
    case IS_NAN:
        return isnan(v);
    case IS_INFINITE:
        return isinf(v);
    case IS_FINITE:
        return isfinite(v);
    case IS_ABOVE:
        return v == INFINITY;
    case IS_BELOW:
        return v == -INFINITY;
    case HAS_SIGN:
        return signbit(v);
    default:
        return v == 0;
    }
}

static void test_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const double *x = in[0];
    uint8_t *y = out;
    for (size_t i = 0; i < n; i++)
        y[i] = test(*(const int *)ctx, x[i]);
}

static int run_test(flama_pt_op *op, int variant)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    flama_pt_tensor *out = output(op, FLAMA_PT_BOOL);
    flama_pt_elements e = {.count = 1,
                           .in = {in},
                           .work = FLAMA_PT_WORK_F64,
                           .test = true,
                           .loop = test_f64,
                           .ctx = &variant,
                           .ctx_size = sizeof variant};
    return flama_pt_apply(op, &e, out);
}

int flama_pt_op_isnan(flama_pt_op *op)
{
    return run_test(op, IS_NAN);
}

int flama_pt_op_isinf(flama_pt_op *op)
{
    return run_test(op, IS_INFINITE);
}

int flama_pt_op_isfinite(flama_pt_op *op)
{
    return run_test(op, IS_FINITE);
}

int flama_pt_op_isposinf(flama_pt_op *op)
{
    return run_test(op, IS_ABOVE);
}

int flama_pt_op_isneginf(flama_pt_op *op)
{
    return run_test(op, IS_BELOW);
}

int flama_pt_op_signbit(flama_pt_op *op)
{
    return run_test(op, HAS_SIGN);
}

int flama_pt_op_logical_not(flama_pt_op *op)
{
    return run_test(op, NOT);
}

static void invert_i64(const void *ctx, void *out, const void *const *in, size_t n)
{
    bool boolean = *(const bool *)ctx;
    const int64_t *x = in[0];
    int64_t *y = out;
    for (size_t i = 0; i < n; i++)
        y[i] = boolean ? !x[i] : ~x[i];
}

int flama_pt_op_bitwise_not(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    bool boolean = in->dtype == FLAMA_PT_BOOL;
    if (op->code == 0 && flama_pt_is_float(in->dtype))
        return flama_pt_bad(op, "numbers that are no integers");
    flama_pt_tensor *out = output(op, in->dtype);
    flama_pt_elements e = {.count = 1,
                           .in = {in},
                           .work = FLAMA_PT_WORK_I64,
                           .loop = invert_i64,
                           .ctx = &boolean,
                           .ctx_size = sizeof boolean};
    return flama_pt_apply(op, &e, out);
}

/* Halves of a dimension: the first times the sigmoid of the second. */
static void glu_f32(const void *ctx, void *out, const void *const *in, size_t n)
{
    const float *a = in[0], *b = in[1];
    float *y = out;
    (void)ctx;
    for (size_t i = 0; i < n; i++)
        y[i] = a[i] / (1 + expf(-b[i]));
}

int flama_pt_op_glu(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    size_t dim = flama_pt_dim(op, 1, in->rank);
    if (op->code || flama_pt_want_dtype(op, in, "the input", FLAMA_PT_F32))
        return op->code;
    if (in->rank == 0 || in->sizes[dim] % 2)
        return flama_pt_bad(op, "a dimension of odd size can't be halved");
    flama_pt_tensor a = *in, b;
    a.sizes[dim] /= 2;
    a.count /= 2;
    b = a;
    flama_pt_tensor *out = flama_pt_new(op, 0, in->dtype, a.rank, a.sizes);
    flama_pt_spend(op, 8.0 * (double)a.count);
    if (op->code || op->dry)
        return op->code;
    b.data = (float *)in->data + a.sizes[dim] * in->strides[dim];
    flama_pt_elements e = {
        .count = 2, .in = {&a, &b}, .work = FLAMA_PT_WORK_F32, .loop = glu_f32};
    flama_pt_elements_run(&e, out);
    return 0;
}
