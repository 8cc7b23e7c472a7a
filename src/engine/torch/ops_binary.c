/* Functions of two tensors or a tensor and a number, element by element; and where,
 * addcmul and their like, of three. */
#include <math.h>
#include <string.h>

#include "engine/torch/elements.h"
#include "engine/torch/binary.h"
#include "engine/torch/ops.h"
#include "engine/torch/unary.h"

/* One loop a type and function. */
#define LOOP(name, type, expression)                                              \
    static void name(const void *ctx, void *out, const void *const *in, size_t n) \
    {                                                                             \
        const type *x = in[0], *y = in[1];                                        \
        type *z = out;                                                            \
        (void)ctx;                                                                \
        for (size_t i = 0; i < n; i++) {                                          \
            type a = x[i], b = y[i];                                              \
            z[i] = (type)(expression);                                            \
        }                                                                         \
    }

#define FLOAT_LOOPS(name, f32, f64) \
    LOOP(name##_f32, float, f32)    \
    LOOP(name##_f64, double, f64)

#define ALL_LOOPS(name, floats, integers) \
    FLOAT_LOOPS(name, floats, floats)     \
    LOOP(name##_i64, int64_t, integers)

/* Divides integers. Where a divisor is 0, which torch refuses, *ctx is set. */
#define DIVISION(name, expression)                                                \
    static void name(const void *ctx, void *out, const void *const *in, size_t n) \
    {                                                                             \
        const int64_t *x = in[0], *y = in[1];                                     \
        int64_t *z = out;                                                         \
        bool *by_zero = (bool *)(uintptr_t)ctx;                                   \
        for (size_t i = 0; i < n; i++) {                                          \
            int64_t a = x[i], b = y[i];                                           \
            *by_zero |= b == 0;                                                   \
            z[i] = b == 0 ? 0 : (expression);                                     \
        }                                                                         \
    }

#define TEST_LOOP(name, type, expression)                                         \
    static void name(const void *ctx, void *out, const void *const *in, size_t n) \
    {                                                                             \
        const type *x = in[0], *y = in[1];                                        \
        uint8_t *z = out;                                                         \
        (void)ctx;                                                                \
        for (size_t i = 0; i < n; i++) {                                          \
            type a = x[i], b = y[i];                                              \
            z[i] = (expression);                                                  \
        }                                                                         \
    }

#define TEST_LOOPS(name, expression)          \
    TEST_LOOP(name##_f32, float, expression)  \
    TEST_LOOP(name##_f64, double, expression) \
    TEST_LOOP(name##_i64, int64_t, expression)

/* Integers wrap. */
#define WRAP(operation) ((uint64_t)a operation(uint64_t) b)

static int64_t floor_divide_i64_of(int64_t a, int64_t b)
{
    if (b == -1)
        return (int64_t)(0 - (uint64_t)a);
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static int64_t trunc_divide_of(int64_t a, int64_t b)
{
    return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

static int64_t remainder_i64_of(int64_t a, int64_t b)
{
    return b == -1 ? 0 : (a % b != 0 && (a < 0) != (b < 0)) ? a % b + b : a % b;
}

/* As torch (and Python) do: the quotient's floor, corrected by the remainder. */
static double floor_divide_of(double a, double b)
{
    if (b == 0)
        return a / b;
    double mod = fmod(a, b), div = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0))
        div -= 1;
    if (div == 0)
        return copysign(0, a / b);
    double floored = floor(div);
    return div - floored > 0.5 ? floored + 1 : floored;
}

static double remainder_of(double a, double b)
{
    double mod = fmod(a, b);
    return mod != 0 && (b < 0) != (mod < 0) ? mod + b : mod;
}

static int64_t power_of(int64_t base, int64_t exponent)
{
    if (exponent < 0)
        return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
    uint64_t result = 1, square = (uint64_t)base;
    for (; exponent; exponent /= 2, square *= square)
        if (exponent % 2)
            result *= square;
    return (int64_t)result;
}

static int64_t shift_left_of(int64_t a, int64_t b)
{
    return b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a << b);
}

static int64_t shift_right_of(int64_t a, int64_t b)
{
    return a >> (b < 0 || b > 63 ? 63 : b);
}

/* The logarithm of the sum of two exponentials, without overflow. */
static double log_add_exp_of(double a, double b)
{
    double high = a > b || isnan(a) ? a : b;
    return isinf(high) ? high : high + log1p(exp(-fabs(a - b)));
}

static double log_add_exp2_of(double a, double b)
{
    double high = a > b || isnan(a) ? a : b;
    return isinf(high) ? high : high + log1p(exp2(-fabs(a - b))) / 0.6931471805599453;
}

static int64_t gcd_of(int64_t a, int64_t b)
{
    uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
    uint64_t y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
    while (y) {
        uint64_t rest = x % y;
        x = y;
        y = rest;
    }
    return (int64_t)x;
}

static int64_t lcm_of(int64_t a, int64_t b)
{
    uint64_t common = (uint64_t)gcd_of(a, b);
    uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
    uint64_t y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
    return common ? (int64_t)(x / common * y) : 0;
}

ALL_LOOPS(add, a + b, WRAP(+))
ALL_LOOPS(sub, a - b, WRAP(-))
ALL_LOOPS(mul, a *b, WRAP(*))
FLOAT_LOOPS(div, a / b, a / b)
ALL_LOOPS(maximum, a > b || a != a ? a : b, a > b ? a : b)
ALL_LOOPS(minimum, a < b || a != a ? a : b, a < b ? a : b)
FLOAT_LOOPS(fmax, fmaxf(a, b), fmax(a, b))
FLOAT_LOOPS(fmin, fminf(a, b), fmin(a, b))
FLOAT_LOOPS(fmod, fmodf(a, b), fmod(a, b))
DIVISION(fmod_i64, b == -1 ? 0 : a % b)
FLOAT_LOOPS(remainder, remainder_of(a, b), remainder_of(a, b))
DIVISION(remainder_i64, remainder_i64_of(a, b))
FLOAT_LOOPS(floor_div, floor_divide_of(a, b), floor_divide_of(a, b))
DIVISION(floor_div_i64, floor_divide_i64_of(a, b))
FLOAT_LOOPS(trunc_div, truncf(a / b), trunc(a / b))
DIVISION(trunc_div_i64, trunc_divide_of(a, b))
FLOAT_LOOPS(power, b == 2 ? a * a : powf(a, b), b == 2 ? a * a : pow(a, b))
LOOP(power_i64, int64_t, power_of(a, b))
FLOAT_LOOPS(atan2, atan2f(a, b), atan2(a, b))
FLOAT_LOOPS(hypot, hypotf(a, b), hypot(a, b))
LOOP(bit_and, int64_t, a &b)
LOOP(bit_or, int64_t, a | b)
LOOP(bit_xor, int64_t, a ^ b)
LOOP(shift_left, int64_t, shift_left_of(a, b))
LOOP(shift_right, int64_t, shift_right_of(a, b))
TEST_LOOPS(eq, a == b)
TEST_LOOPS(ne, a != b)
TEST_LOOPS(lt, a < b)
TEST_LOOPS(le, a <= b)
TEST_LOOPS(gt, a > b)
TEST_LOOPS(ge, a >= b)
TEST_LOOPS(and, a != 0 && b != 0)
TEST_LOOPS(or, a != 0 || b != 0)
TEST_LOOPS(xor, (a != 0) != (b != 0))

/* PReLU: the weight counts below 0. */
FLOAT_LOOPS(prelu, a > 0 ? a : a * b, a > 0 ? a : a * b)
/* The gradient-free part of xlogy: 0 where a is 0, unless b is NaN. */
FLOAT_LOOPS(xlogy,
            b != b   ? b
            : a == 0 ? 0
                     : a * logf(b),
            b != b   ? b
            : a == 0 ? 0
                     : a * log(b))
FLOAT_LOOPS(xlog1py,
            b != b   ? b
            : a == 0 ? 0
                     : a * log1pf(b),
            b != b   ? b
            : a == 0 ? 0
                     : a * log1p(b))
FLOAT_LOOPS(copy_sign, copysignf(a, b), copysign(a, b))
ALL_LOOPS(heaviside, a != a ? a : a == 0 ? b : a > 0, a == 0 ? b : a > 0)
FLOAT_LOOPS(log_add_exp, (float)log_add_exp_of((double)a, (double)b),
            log_add_exp_of(a, b))
FLOAT_LOOPS(log_add_exp2, (float)log_add_exp2_of((double)a, (double)b),
            log_add_exp2_of(a, b))
FLOAT_LOOPS(load_exponent, a *exp2f(b), a *exp2(b))
LOOP(gcd, int64_t, gcd_of(a, b))
LOOP(lcm, int64_t, lcm_of(a, b))

enum {
    TEST = 1,     /* gives booleans */
    TO_FLOAT = 2, /* of integers float32 */
    INTEGERS = 4, /* takes no floats */
    DIVIDES = 8   /* of integers: not by 0 */
};

static const struct {
    flama_pt_loop *f32, *f64, *i64;
    int flags;
} functions[] = {
    [FLAMA_PT_ADD] = {add_f32, add_f64, add_i64, 0},
    [FLAMA_PT_SUB] = {sub_f32, sub_f64, sub_i64, 0},
    [FLAMA_PT_MUL] = {mul_f32, mul_f64, mul_i64, 0},
    [FLAMA_PT_DIV] = {div_f32, div_f64, NULL, TO_FLOAT},
    [FLAMA_PT_FLOOR_DIV] = {floor_div_f32, floor_div_f64, floor_div_i64, DIVIDES},
    [FLAMA_PT_TRUNC_DIV] = {trunc_div_f32, trunc_div_f64, trunc_div_i64, DIVIDES},
    [FLAMA_PT_MAXIMUM] = {maximum_f32, maximum_f64, maximum_i64, 0},
    [FLAMA_PT_MINIMUM] = {minimum_f32, minimum_f64, minimum_i64, 0},
    [FLAMA_PT_FMAX] = {fmax_f32, fmax_f64, maximum_i64, 0},
    [FLAMA_PT_FMIN] = {fmin_f32, fmin_f64, minimum_i64, 0},
    [FLAMA_PT_FMOD] = {fmod_f32, fmod_f64, fmod_i64, DIVIDES},
    [FLAMA_PT_REMAINDER] = {remainder_f32, remainder_f64, remainder_i64, DIVIDES},
    [FLAMA_PT_POWER] = {power_f32, power_f64, power_i64, 0},
    [FLAMA_PT_ATAN2] = {atan2_f32, atan2_f64, NULL, TO_FLOAT},
    [FLAMA_PT_HYPOT] = {hypot_f32, hypot_f64, NULL, 0},
    [FLAMA_PT_XLOGY] = {xlogy_f32, xlogy_f64, NULL, TO_FLOAT},
    [FLAMA_PT_PRELU] = {prelu_f32, prelu_f64, NULL, 0},
    [FLAMA_PT_COPY_SIGN] = {copy_sign_f32, copy_sign_f64, NULL, TO_FLOAT},
    [FLAMA_PT_HEAVISIDE] = {heaviside_f32, heaviside_f64, heaviside_i64, 0},
    [FLAMA_PT_LOG_ADD_EXP] = {log_add_exp_f32, log_add_exp_f64, NULL, TO_FLOAT},
    [FLAMA_PT_LOG_ADD_EXP2] = {log_add_exp2_f32, log_add_exp2_f64, NULL, TO_FLOAT},
    [FLAMA_PT_LDEXP] = {load_exponent_f32, load_exponent_f64, NULL, TO_FLOAT},
    [FLAMA_PT_XLOG1PY] = {xlog1py_f32, xlog1py_f64, NULL, TO_FLOAT},
    [FLAMA_PT_GCD] = {NULL, NULL, gcd, INTEGERS},
    [FLAMA_PT_LCM] = {NULL, NULL, lcm, INTEGERS},
    [FLAMA_PT_BIT_AND] = {NULL, NULL, bit_and, INTEGERS},
    [FLAMA_PT_BIT_OR] = {NULL, NULL, bit_or, INTEGERS},
    [FLAMA_PT_BIT_XOR] = {NULL, NULL, bit_xor, INTEGERS},
    [FLAMA_PT_SHIFT_LEFT] = {NULL, NULL, shift_left, INTEGERS},
    [FLAMA_PT_SHIFT_RIGHT] = {NULL, NULL, shift_right, INTEGERS},
    [FLAMA_PT_EQ] = {eq_f32, eq_f64, eq_i64, TEST},
    [FLAMA_PT_NE] = {ne_f32, ne_f64, ne_i64, TEST},
    [FLAMA_PT_LT] = {lt_f32, lt_f64, lt_i64, TEST},
    [FLAMA_PT_LE] = {le_f32, le_f64, le_i64, TEST},
    [FLAMA_PT_GT] = {gt_f32, gt_f64, gt_i64, TEST},
    [FLAMA_PT_GE] = {ge_f32, ge_f64, ge_i64, TEST},
    [FLAMA_PT_AND] = {and_f32, and_f64, and_i64, TEST},
    [FLAMA_PT_OR] = {or_f32, or_f64, or_i64, TEST},
    [FLAMA_PT_XOR] = {xor_f32, xor_f64, xor_i64, TEST},
};

/* The input whose memory the output may take: contiguous, of the output's shape, and
 * the only one that lies in its storage. */
static const flama_pt_tensor *reusable(size_t count, const flama_pt_tensor *const *in,
                                       size_t rank, const int64_t *sizes)
{
    for (size_t i = 0; i < count; i++) {
        bool same = in[i]->rank == rank && in[i]->storage != SIZE_MAX &&
                    memcmp(in[i]->sizes, sizes, rank * sizeof *sizes) == 0;
        for (size_t k = 0; same && k < count; k++)
            same = k == i || in[k]->storage != in[i]->storage;
        if (same)
            return in[i];
    }
    return NULL;
}

flama_pt_tensor *flama_pt_common_output(flama_pt_op *op, size_t count,
                                        const flama_pt_tensor *const *in,
                                        flama_pt_dtype dtype)
{
    flama_pt_tensor shape = *in[0];
    for (size_t i = 1; i < count; i++)
        shape.rank = flama_pt_broadcast(op, &shape, in[i], shape.sizes);
    if (!flama_pt_in_place(op))
        return flama_pt_new_over(op, 0, dtype, shape.rank, shape.sizes,
                                 reusable(count, in, shape.rank, shape.sizes));
    flama_pt_tensor *out = flama_pt_into(op, 0, 0);
    if (op->code == 0 &&
        (out->rank != shape.rank ||
         memcmp(out->sizes, shape.sizes, shape.rank * sizeof *shape.sizes) != 0))
        flama_pt_bad(op, "the result does not fit the tensor it is written into");
    return out;
}

int flama_pt_run_binary(flama_pt_op *op, flama_pt_binary function,
                        const flama_pt_tensor *a, const flama_pt_tensor *b,
                        flama_pt_dtype common)
{
    int flags = functions[function].flags;
    bool floating = flama_pt_is_float(common);
    if (op->code == 0 && floating && (flags & INTEGERS))
        return flama_pt_bad(op, "numbers that are no integers");
    if (!floating && (flags & TO_FLOAT))
        common = FLAMA_PT_F32;
    flama_pt_work work = flama_pt_work_of(common);
    const flama_pt_tensor *in[] = {a, b};
    flama_pt_tensor *out =
        flama_pt_common_output(op, 2, in, flags & TEST ? FLAMA_PT_BOOL : common);
    flama_pt_loop *const loops[] = {functions[function].f32, functions[function].f64,
                                    functions[function].i64};
    flama_pt_spend(op, (double)out->count);
    if (op->code == 0 && loops[work] == NULL)
        return flama_pt_unsupported(op, "%s", flama_pt_dtype_name(common));
    flama_pt_elements e = {.count = 2,
                           .in = {a, b},
                           .work = work,
                           .test = (flags & TEST) != 0,
                           .loop = loops[work]};
    if (!(flags & DIVIDES) || work != FLAMA_PT_WORK_I64)
        return flama_pt_apply(op, &e, out);
    if (op->code || op->dry)
        return op->code;
    bool by_zero = false;
    e.ctx = &by_zero;
    flama_pt_elements_run(&e, out);
    return by_zero ? flama_pt_bad(op, "an integer is divided by zero") : 0;
}

static int binary(flama_pt_op *op, flama_pt_binary function, size_t first,
                  size_t second)
{
    flama_pt_scalar numbers[2];
    bool is_number[2];
    const flama_pt_tensor *in[2];
    in[0] = flama_pt_operand(op, first, &numbers[0], &is_number[0]);
    in[1] = flama_pt_operand(op, second, &numbers[1], &is_number[1]);
    if (op->code)
        return op->code;
    return flama_pt_run_binary(op, function, in[0], in[1],
                               flama_pt_result_type(2, in, is_number));
}

/* "self other": the variant says which function. */
int flama_pt_op_binary(flama_pt_op *op)
{
    return binary(op, (flama_pt_binary)op->node->operator->variant, 0, 1);
}

/* "self exponent": floats to the power of a number are a function of one tensor. */
int flama_pt_op_power(flama_pt_op *op)
{
    bool fixed =
        flama_pt_is_float(flama_pt_in(op, 0)->dtype) && !flama_pt_is_tensor(op, 1);
    return fixed ? flama_pt_run_map(op, FLAMA_MAP_POWER, flama_pt_number(op, 1), 0)
                 : flama_pt_op_binary(op);
}

/* "self exponent", in float64. */
int flama_pt_op_float_power(flama_pt_op *op)
{
    flama_pt_scalar numbers[2];
    bool is_number[2];
    const flama_pt_tensor *a = flama_pt_operand(op, 0, &numbers[0], &is_number[0]);
    const flama_pt_tensor *b = flama_pt_operand(op, 1, &numbers[1], &is_number[1]);
    return op->code ? op->code
                    : flama_pt_run_binary(op, FLAMA_PT_POWER, a, b, FLAMA_PT_F64);
}

/* "self other": each element of the first times the whole second. Its parts are the
 * dimensions of both, in turn. */
int flama_pt_op_kron(flama_pt_op *op)
{
    const flama_pt_tensor *in[2] = {flama_pt_in(op, 0), flama_pt_in(op, 1)};
    size_t rank = in[0]->rank > in[1]->rank ? in[0]->rank : in[1]->rank;
    int64_t sizes[FLAMA_PT_RANK];
    if (op->code == 0 && rank > FLAMA_PT_RANK / 2)
        return flama_pt_unsupported(op, "tensors of more than %d dimensions",
                                    FLAMA_PT_RANK / 2);
    flama_pt_dtype dtype = flama_pt_result_type(2, in, NULL);
    flama_pt_tensor parts[2], both = {.rank = 2 * rank};
    for (size_t k = 0; k < 2 && op->code == 0; k++) {
        parts[k] = *in[k];
        parts[k].rank = 2 * rank;
        for (size_t d = 0; d < 2 * rank; d++) {
            bool own = d % 2 == k && d / 2 + in[k]->rank >= rank;
            size_t at = own ? d / 2 + in[k]->rank - rank : 0;
            parts[k].sizes[d] = own ? in[k]->sizes[at] : 1;
            parts[k].strides[d] = own ? in[k]->strides[at] : 0;
            if (d % 2 == k)
                both.sizes[d] = parts[k].sizes[d];
        }
    }
    for (size_t d = 0; d < rank && op->code == 0; d++)
        if (__builtin_mul_overflow(both.sizes[2 * d], both.sizes[2 * d + 1], &sizes[d]))
            return flama_pt_bad(op, "the output's shape is not possible");
    flama_pt_tensor *out = flama_pt_new(op, 0, dtype, rank, sizes);
    flama_pt_spend(op, (double)out->count);
    if (op->code || op->dry)
        return op->code;
    flama_pt_work work = flama_pt_work_of(dtype);
    flama_pt_loop *const loops[] = {mul_f32, mul_f64, mul_i64};
    flama_pt_elements e = {
        .count = 2, .in = {&parts[0], &parts[1]}, .work = work, .loop = loops[work]};
    both.dtype = dtype;
    both.data = out->data;
    flama_pt_pack_strides(&both);
    flama_pt_elements_run(&e, &both);
    return 0;
}

/* A number as factor: alpha b, in the type that is worked in. */
typedef struct factor {
    double number;
    int64_t integer;
    bool subtract;
} factor;

static void scaled_f32(const void *ctx, void *out, const void *const *in, size_t n)
{
    const float *a = in[0], *b = in[1];
    float *y = out, alpha = (float)((const factor *)ctx)->number;
    for (size_t i = 0; i < n; i++)
        y[i] = a[i] + alpha * b[i];
}

static void scaled_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const double *a = in[0], *b = in[1];
    double *y = out, alpha = ((const factor *)ctx)->number;
    for (size_t i = 0; i < n; i++)
        y[i] = a[i] + alpha * b[i];
}

static void scaled_i64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const int64_t *a = in[0], *b = in[1];
    int64_t *y = out;
    uint64_t alpha = (uint64_t)((const factor *)ctx)->integer;
    for (size_t i = 0; i < n; i++)
        y[i] = (int64_t)((uint64_t)a[i] + alpha * (uint64_t)b[i]);
}

/* a + alpha b. */
static int scaled_sum(flama_pt_op *op, size_t first, size_t second, factor f)
{
    static flama_pt_loop *const loops[] = {scaled_f32, scaled_f64, scaled_i64};
    flama_pt_scalar numbers[2];
    bool is_number[2];
    const flama_pt_tensor *in[2];
    in[0] = flama_pt_operand(op, first, &numbers[0], &is_number[0]);
    in[1] = flama_pt_operand(op, second, &numbers[1], &is_number[1]);
    if (op->code)
        return op->code;
    flama_pt_dtype dtype = flama_pt_result_type(2, in, is_number);
    flama_pt_tensor *out = flama_pt_common_output(op, 2, in, dtype);
    flama_pt_spend(op, 2.0 * (double)out->count);
    flama_pt_work work = flama_pt_work_of(dtype);
    flama_pt_elements e = {.count = 2,
                           .in = {in[0], in[1]},
                           .work = work,
                           .loop = loops[work],
                           .ctx = &f,
                           .ctx_size = sizeof f};
    return flama_pt_apply(op, &e, out);
}

/* "self other alpha=1": add, sub, and rsub, which is other - alpha self. */
int flama_pt_op_add(flama_pt_op *op)
{
    flama_pt_binary function = (flama_pt_binary)op->node->operator->variant;
    bool reversed = function == FLAMA_PT_RSUB;
    factor f = {.number = flama_pt_number(op, 2)};
    if (f.number == 1)
        return binary(op, function == FLAMA_PT_ADD ? FLAMA_PT_ADD : FLAMA_PT_SUB,
                      reversed, !reversed);
    if (flama_pt_kind_of(op, 2) != FLAMA_PT_FLOAT)
        f.integer = flama_pt_int(op, 2);
    if (function != FLAMA_PT_ADD) {
        f.number = -f.number;
        f.integer = (int64_t)(0 - (uint64_t)f.integer);
    }
    return scaled_sum(op, reversed, !reversed, f);
}

/* "self other rounding_mode=None". */
int flama_pt_op_div(flama_pt_op *op)
{
    if (!flama_pt_given(op, 2))
        return binary(op, FLAMA_PT_DIV, 0, 1);
    flama_string mode = flama_pt_text(op, 2);
    bool floors = mode.size == 5 && memcmp(mode.data, "floor", 5) == 0;
    return binary(op, floors ? FLAMA_PT_FLOOR_DIV : FLAMA_PT_TRUNC_DIV, 0, 1);
}

/* "self weight": a weight a channel. */
int flama_pt_op_prelu(flama_pt_op *op)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *weight = flama_pt_in(op, 1);
    flama_pt_tensor shaped = *weight;
    if (op->code)
        return op->code;
    if (weight->count != 1 && in->rank >= 2) {
        if (weight->rank != 1)
            return flama_pt_bad(op, "the weight is no vector");
        shaped.rank = in->rank - 1;
        for (size_t i = 1; i < shaped.rank; i++) {
            shaped.sizes[i] = 1;
            shaped.strides[i] = 0;
        }
    } else if (weight->count == 1)
        shaped.rank = 0;
    return flama_pt_run_binary(op, FLAMA_PT_PRELU, in, &shaped, in->dtype);
}

typedef struct bounds {
    int64_t low, high;
} bounds;

static void between_i64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const bounds *b = ctx;
    const int64_t *x = in[0];
    int64_t *y = out;
    for (size_t i = 0; i < n; i++) {
        int64_t v = x[i] < b->low ? b->low : x[i];
        y[i] = v > b->high ? b->high : v;
    }
}

/* Integers between two integers; a bound that is no integer makes floats of them. */
static int clamp_integers(flama_pt_op *op, const flama_pt_tensor *in)
{
    if (flama_pt_kind_of(op, 1) == FLAMA_PT_FLOAT ||
        flama_pt_kind_of(op, 2) == FLAMA_PT_FLOAT)
        return flama_pt_unsupported(op, "integers between bounds that are none");
    bounds b = {flama_pt_int(op, 1), flama_pt_int(op, 2)};
    flama_pt_tensor *out = flama_pt_common_output(op, 1, &in, in->dtype);
    flama_pt_elements e = {.count = 1,
                           .in = {in},
                           .work = FLAMA_PT_WORK_I64,
                           .loop = between_i64,
                           .ctx = &b,
                           .ctx_size = sizeof b};
    return flama_pt_apply(op, &e, out);
}

/* Clamp: bounds are None, numbers or tensors. */
int flama_pt_op_clamp(flama_pt_op *op)
{
    flama_pt_binary only = (flama_pt_binary)op->node->operator->variant;
    bool two = only == FLAMA_PT_BINARY_COUNT;
    bool low = two ? flama_pt_given(op, 1) : only == FLAMA_PT_MAXIMUM;
    bool high = two ? flama_pt_given(op, 2) : only == FLAMA_PT_MINIMUM;
    size_t second = two ? 2 : 1;
    if (op->code == 0 && !low && !high)
        return flama_pt_bad(op, "neither min nor max is given");
    if (low != high)
        return binary(op, low ? FLAMA_PT_MAXIMUM : FLAMA_PT_MINIMUM, 0,
                      low ? 1 : second);
    const flama_pt_tensor *in = flama_pt_in(op, 0);
    if (flama_pt_is_tensor(op, 1) || flama_pt_is_tensor(op, 2))
        return flama_pt_unsupported(op, "min and max that are both tensors");
    if (flama_pt_is_float(in->dtype))
        return flama_pt_run_map(op, FLAMA_MAP_CLAMP, flama_pt_number(op, 1),
                                flama_pt_number(op, 2));
    return clamp_integers(op, in);
}

/* Of three. */

#define SELECT_LOOP(name, type)                                                   \
    static void name(const void *ctx, void *out, const void *const *in, size_t n) \
    {                                                                             \
        const type *c = in[0], *x = in[1], *y = in[2];                            \
        type *z = out;                                                            \
        (void)ctx;                                                                \
        for (size_t i = 0; i < n; i++)                                            \
            z[i] = c[i] != 0 ? x[i] : y[i];                                       \
    }

SELECT_LOOP(select_f32, float)
SELECT_LOOP(select_f64, double)
SELECT_LOOP(select_i64, int64_t)

static flama_pt_loop *const select_loops[] = {select_f32, select_f64, select_i64};

static int three(flama_pt_op *op, const flama_pt_tensor *const *in,
                 flama_pt_dtype dtype, flama_pt_loop *const *loops, const double *ctx)
{
    flama_pt_tensor *out = flama_pt_common_output(op, 3, in, dtype);
    flama_pt_spend(op, 2.0 * (double)out->count);
    flama_pt_work work = flama_pt_work_of(dtype);
    flama_pt_elements e = {.count = 3,
                           .in = {in[0], in[1], in[2]},
                           .work = work,
                           .loop = loops[work],
                           .ctx = ctx,
                           .ctx_size = ctx ? sizeof *ctx : 0};
    return flama_pt_apply(op, &e, out);
}

/* "condition self other". */
int flama_pt_op_where(flama_pt_op *op)
{
    flama_pt_scalar numbers[2];
    bool is_number[2];
    const flama_pt_tensor *in[3] = {flama_pt_in(op, 0)};
    in[1] = flama_pt_operand(op, 1, &numbers[0], &is_number[0]);
    in[2] = flama_pt_operand(op, 2, &numbers[1], &is_number[1]);
    if (op->code)
        return op->code;
    return three(op, in, flama_pt_result_type(2, in + 1, is_number), select_loops,
                 NULL);
}

/* "self mask value": the value where the mask is set. */
int flama_pt_op_masked_fill(flama_pt_op *op)
{
    flama_pt_scalar number;
    bool is_number;
    const flama_pt_tensor *self = flama_pt_in(op, 0), *mask = flama_pt_in(op, 1);
    const flama_pt_tensor *value = flama_pt_operand(op, 2, &number, &is_number);
    if (op->code)
        return op->code;
    if (!flama_pt_in_place(op)) {
        const flama_pt_tensor *in[3] = {mask, value, self};
        return three(op, in, self->dtype, select_loops, NULL);
    }
    flama_pt_tensor *out = flama_pt_into(op, 0, 0);
    flama_pt_work work = flama_pt_work_of(self->dtype);
    flama_pt_elements e = {.count = 3,
                           .in = {mask, value, self},
                           .work = work,
                           .loop = select_loops[work]};
    return flama_pt_apply(op, &e, out);
}

#define THREE_LOOP(name, type, expression)                                        \
    static void name(const void *ctx, void *out, const void *const *in, size_t n) \
    {                                                                             \
        const type *x = in[0], *y = in[1], *z = in[2];                            \
        type *to = out, value = (type) * (const double *)ctx;                     \
        (void)value;                                                              \
        for (size_t i = 0; i < n; i++) {                                          \
            type a = x[i], b = y[i], c = z[i];                                    \
            to[i] = (type)(expression);                                           \
        }                                                                         \
    }

THREE_LOOP(addcmul_f32, float, a + value * b * c)
THREE_LOOP(addcmul_f64, double, a + value * b * c)
THREE_LOOP(addcdiv_f32, float, a + value * b / c)
THREE_LOOP(addcdiv_f64, double, a + value * b / c)
THREE_LOOP(lerp_f32, float, c < 0.5f ? a + c * (b - a) : b - (b - a) * (1 - c))
THREE_LOOP(lerp_f64, double, c < 0.5 ? a + c * (b - a) : b - (b - a) * (1 - c))

/* addcmul and addcdiv: "self tensor1 tensor2 value=1"; lerp: "self end weight". */
int flama_pt_op_three(flama_pt_op *op)
{
    static flama_pt_loop *const loops[][3] = {{addcmul_f32, addcmul_f64, NULL},
                                              {addcdiv_f32, addcdiv_f64, NULL},
                                              {lerp_f32, lerp_f64, NULL}};
    int variant = op->node->operator->variant;
    flama_pt_scalar number;
    bool is_number[3] = {false};
    const flama_pt_tensor *in[3] = {flama_pt_in(op, 0), flama_pt_in(op, 1)};
    in[2] = flama_pt_operand(op, 2, &number, &is_number[2]);
    double value = variant < 2 ? flama_pt_number(op, 3) : 1;
    if (op->code)
        return op->code;
    flama_pt_dtype dtype = flama_pt_result_type(3, in, is_number);
    if (!flama_pt_is_float(dtype))
        return flama_pt_unsupported(op, "integers");
    return three(op, in, dtype, loops[variant], &value);
}

/* What isclose allows. */
typedef struct closeness {
    double relative, absolute;
    bool equal_nan;
} closeness;

static void close_f64(const void *ctx, void *out, const void *const *in, size_t n)
{
    const closeness *c = ctx;
    const double *a = in[0], *b = in[1];
    uint8_t *z = out;
    for (size_t i = 0; i < n; i++)
        z[i] = a[i] == b[i] || (c->equal_nan && isnan(a[i]) && isnan(b[i])) ||
               (isfinite(a[i]) && isfinite(b[i]) &&
                fabs(a[i] - b[i]) <= c->absolute + fabs(c->relative * b[i]));
}

/* "self other rtol=1e-05 atol=1e-08 equal_nan=False". */
int flama_pt_op_isclose(flama_pt_op *op)
{
    const flama_pt_tensor *in[] = {flama_pt_in(op, 0), flama_pt_in(op, 1)};
    closeness c = {flama_pt_number(op, 2), flama_pt_number(op, 3),
                   flama_pt_flag(op, 4)};
    flama_pt_tensor *out = flama_pt_common_output(op, 2, in, FLAMA_PT_BOOL);
    flama_pt_spend(op, 4.0 * (double)out->count);
    flama_pt_elements e = {.count = 2,
                           .in = {in[0], in[1]},
                           .work = FLAMA_PT_WORK_F64,
                           .test = true,
                           .loop = close_f64,
                           .ctx = &c,
                           .ctx_size = sizeof c};
    return flama_pt_apply(op, &e, out);
}
