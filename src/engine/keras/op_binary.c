#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"

/* Shapes from the right, missing dimensions being 1. */
static int64_t dim_from_end(const flama_keras_tensor *t, unsigned rank, unsigned i)
{
    return i + t->rank < rank ? 1 : t->dims[i + t->rank - rank];
}

static int broadcast(const flama_keras_tensor *x, flama_keras_tensor *out,
                     flama_error *err)
{
    unsigned rank = x->rank > out->rank ? x->rank : out->rank;
    flama_keras_tensor both = {.dtype = out->dtype, .rank = rank};
    for (unsigned i = 0; i < rank; i++) {
        int64_t a = dim_from_end(x, rank, i), c = dim_from_end(out, rank, i);
        if (!flama_keras_fits(a, c) && a != 1 && c != 1) {
            char left[FLAMA_KERAS_SHAPE], right[FLAMA_KERAS_SHAPE];
            return flama_error_set(
                err, FLAMA_EINPUT, "arrays of shapes %s and %s don't go together",
                flama_keras_shape_text(out, left), flama_keras_shape_text(x, right));
        }
        both.dims[i] = a == 1 ? c : c == 1 ? a : a < 0 ? c : a;
    }
    *out = both;
    return 0;
}

static int binary_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    flama_keras_binary_kind kind = *(const flama_keras_binary_kind *)op->params;
    const flama_keras_tensor *x = flama_keras_in(op, tensors, 0);
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = *x;
    out->data = NULL;
    if (kind >= FLAMA_KERAS_EQUAL)
        out->dtype = FLAMA_KERAS_BOOL;
    return broadcast(flama_keras_in(op, tensors, 1), out, err);
}

/* How far each axis of the output moves in an input. */
static void set_strides(const flama_keras_tensor *t, unsigned rank, size_t *strides)
{
    size_t stride = 1;
    for (unsigned i = rank; i-- > 0;) {
        int64_t dim = dim_from_end(t, rank, i);
        strides[i] = dim == 1 ? 0 : stride;
        stride *= (size_t)dim;
    }
}

/* The arrays of an operation walked row by row of the output's last axis. */
typedef struct walk {
    const flama_keras_tensor *out;
    size_t counts[FLAMA_KERAS_RANK];
    size_t strides[3][FLAMA_KERAS_RANK];
    size_t at[3];
    size_t row; /* elements of the last axis */
    size_t step[3];
    size_t done; /* elements of the output */
} walk;

static void begin_walk(walk *w, const flama_keras_op *op,
                       const flama_keras_tensor *tensors)
{
    *w = (walk){.out = flama_keras_result(op, tensors)};
    unsigned rank = w->out->rank;
    for (size_t i = 0; i < op->input_count && i < 3; i++)
        set_strides(flama_keras_in(op, tensors, i), rank, w->strides[i]);
    w->row = rank ? (size_t)w->out->dims[rank - 1] : 1;
    for (size_t i = 0; rank && i < 3; i++)
        w->step[i] = w->strides[i][rank - 1];
}

static void next_row(walk *w)
{
    w->done += w->row;
    for (unsigned i = w->out->rank > 1 ? w->out->rank - 1 : 0; i-- > 0;) {
        for (size_t k = 0; k < 3; k++)
            w->at[k] += w->strides[k][i];
        if (++w->counts[i] < (size_t)w->out->dims[i])
            return;
        for (size_t k = 0; k < 3; k++)
            w->at[k] -= w->strides[k][i] * (size_t)w->out->dims[i];
        w->counts[i] = 0;
    }
}

/* The sign of Python's remainder is the divisor's. */
static float modulo(float a, float c)
{
    float r = fmodf(a, c);
    return r != 0 && (r < 0) != (c < 0) ? r + c : r;
}

/* Without strides the compiler makes vectors of the loop. */
#define ROW(expression)                         \
    if (sx == 1 && sy == 1)                     \
        for (size_t i = 0; i < n; i++) {        \
            float a = x[i], c = y[i];           \
            out[i] = (expression);              \
        }                                       \
    else                                        \
        for (size_t i = 0; i < n; i++) {        \
            float a = x[i * sx], c = y[i * sy]; \
            out[i] = (expression);              \
        }                                       \
    break

static void float_row(flama_keras_binary_kind kind, const float *x, size_t sx,
                      const float *y, size_t sy, float *out, size_t n)
{
    switch (kind) {
    case FLAMA_KERAS_ADD:
        ROW(a + c);
    case FLAMA_KERAS_SUBTRACT:
        ROW(a - c);
    case FLAMA_KERAS_MULTIPLY:
        ROW(a * c);
    case FLAMA_KERAS_DIVIDE:
        ROW(a / c);
    case FLAMA_KERAS_FLOOR_DIVIDE:
        ROW(floorf(a / c));
    case FLAMA_KERAS_MODULO:
        ROW(modulo(a, c));
    case FLAMA_KERAS_POWER:
        ROW(powf(a, c));
    case FLAMA_KERAS_MAXIMUM:
        ROW(a > c || isnan(a) ? a : c);
    case FLAMA_KERAS_MINIMUM:
        ROW(a < c || isnan(a) ? a : c);
    default:
        ROW(atan2f(a, c));
    }
}

/* Integers wrap; nothing divides by 0, as that is an error of the request. */
static int64_t integer(flama_keras_binary_kind kind, int64_t a, int64_t c)
{
    int64_t out = 0, power = 1;
    switch (kind) {
    case FLAMA_KERAS_ADD:
        (void)__builtin_add_overflow(a, c, &out);
        return out;
    case FLAMA_KERAS_SUBTRACT:
        (void)__builtin_sub_overflow(a, c, &out);
        return out;
    case FLAMA_KERAS_MULTIPLY:
        (void)__builtin_mul_overflow(a, c, &out);
        return out;
    case FLAMA_KERAS_FLOOR_DIVIDE:
        return c == -1 ? (int64_t)(0 - (uint64_t)a)
                       : a / c - (a % c != 0 && (a < 0) != (c < 0));
    case FLAMA_KERAS_MODULO:
        return c == -1 ? 0 : a % c + (a % c != 0 && (a < 0) != (c < 0) ? c : 0);
    case FLAMA_KERAS_MAXIMUM:
        return a > c ? a : c;
    case FLAMA_KERAS_MINIMUM:
        return a < c ? a : c;
    default: /* a power, by squaring */
        for (; c > 0; c >>= 1) {
            if (c & 1)
                (void)__builtin_mul_overflow(power, a, &power);
            (void)__builtin_mul_overflow(a, a, &a);
        }
        return power;
    }
}

static bool compare(flama_keras_binary_kind kind, double a, double c)
{
    switch (kind) {
    case FLAMA_KERAS_EQUAL:
        return a == c;
    case FLAMA_KERAS_NOT_EQUAL:
        return a != c;
    case FLAMA_KERAS_LESS:
        return a < c;
    case FLAMA_KERAS_LESS_EQUAL:
        return a <= c;
    case FLAMA_KERAS_GREATER:
        return a > c;
    case FLAMA_KERAS_GREATER_EQUAL:
        return a >= c;
    case FLAMA_KERAS_AND:
        return a != 0 && c != 0;
    case FLAMA_KERAS_OR:
        return a != 0 || c != 0;
    default:
        return (a != 0) != (c != 0);
    }
}

/* Integers as they are: a double does not hold all of them. */
static bool compare_integers(flama_keras_binary_kind kind, int64_t a, int64_t c)
{
    return compare(kind, (double)((a > c) - (a < c)), 0);
}

static double element(const flama_keras_tensor *t, size_t i)
{
    return t->dtype == FLAMA_KERAS_FLOAT ? (double)((const float *)t->data)[i]
           : t->dtype == FLAMA_KERAS_INT ? (double)((const int64_t *)t->data)[i]
                                         : (double)((const uint8_t *)t->data)[i];
}

static int integer_row(flama_keras_binary_kind kind, const int64_t *x, size_t sx,
                       const int64_t *y, size_t sy, int64_t *out, size_t n,
                       flama_error *err)
{
    bool divides = kind == FLAMA_KERAS_FLOOR_DIVIDE || kind == FLAMA_KERAS_MODULO;
    for (size_t i = 0; i < n; i++) {
        int64_t a = x[i * sx], c = y[i * sy];
        if (divides && c == 0)
            return flama_error_set(err, FLAMA_EINPUT, "an integer is divided by 0");
        if (kind == FLAMA_KERAS_POWER && c < 0)
            return flama_error_set(err, FLAMA_EINPUT,
                                   "an integer is raised to a negative power");
        out[i] = integer(kind, a, c);
    }
    return 0;
}

static int run_binary(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)scratch;
    flama_keras_binary_kind kind = *(const flama_keras_binary_kind *)op->params;
    const flama_keras_tensor *x = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *y = flama_keras_in(op, tensors, 1);
    walk w;
    begin_walk(&w, op, tensors);
    size_t all = flama_keras_count(w.out);
    for (; w.done < all; next_row(&w)) {
        if (kind >= FLAMA_KERAS_EQUAL && kind < FLAMA_KERAS_AND &&
            x->dtype == FLAMA_KERAS_INT && y->dtype == FLAMA_KERAS_INT)
            for (size_t i = 0; i < w.row; i++)
                ((uint8_t *)w.out->data)[w.done + i] = compare_integers(
                    kind, ((const int64_t *)x->data)[w.at[0] + i * w.step[0]],
                    ((const int64_t *)y->data)[w.at[1] + i * w.step[1]]);
        else if (kind >= FLAMA_KERAS_EQUAL)
            for (size_t i = 0; i < w.row; i++)
                ((uint8_t *)w.out->data)[w.done + i] =
                    compare(kind, element(x, w.at[0] + i * w.step[0]),
                            element(y, w.at[1] + i * w.step[1]));
        else if (x->dtype == FLAMA_KERAS_FLOAT)
            float_row(kind, (const float *)x->data + w.at[0], w.step[0],
                      (const float *)y->data + w.at[1], w.step[1],
                      (float *)w.out->data + w.done, w.row);
        else {
            int code = integer_row(kind, (const int64_t *)x->data + w.at[0], w.step[0],
                                   (const int64_t *)y->data + w.at[1], w.step[1],
                                   (int64_t *)w.out->data + w.done, w.row, err);
            if (code)
                return code;
        }
    }
    return 0;
}

static const flama_keras_op_type binary_op = {
    .name = "an elementwise operation", .shape = binary_shape, .run = run_binary};

/* Both as the wider type: booleans become integers, integers floats. */
static void same_type(flama_keras_builder *b, flama_keras_id *x, flama_keras_id *y,
                      bool divide)
{
    flama_keras_dtype xt = flama_keras_known(b, *x)->dtype;
    flama_keras_dtype yt = flama_keras_known(b, *y)->dtype;
    bool is_float = divide || xt == FLAMA_KERAS_FLOAT || yt == FLAMA_KERAS_FLOAT;
    flama_keras_dtype to = is_float ? FLAMA_KERAS_FLOAT : FLAMA_KERAS_INT;
    *x = flama_keras_cast(b, *x, to);
    *y = flama_keras_cast(b, *y, to);
}

flama_keras_id flama_keras_binary(flama_keras_builder *b, flama_keras_binary_kind kind,
                                  flama_keras_id x, flama_keras_id y)
{
    flama_keras_binary_kind *params = flama_keras_new(b, 1, sizeof *params);
    if (params == NULL)
        return 0;
    *params = kind;
    if (kind < FLAMA_KERAS_EQUAL)
        same_type(b, &x, &y, kind == FLAMA_KERAS_DIVIDE || kind == FLAMA_KERAS_ARCTAN2);
    return flama_keras_add(b, &binary_op, params, 1, FLAMA_KERAS_IDS(x, y));
}

/* Where: condition, x, y. */

static int where_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                       flama_error *err)
{
    flama_keras_tensor *out = flama_keras_out(op, tensors, 0);
    *out = *flama_keras_in(op, tensors, 1);
    out->data = NULL;
    int code = broadcast(flama_keras_in(op, tensors, 2), out, err);
    return code ? code : broadcast(flama_keras_in(op, tensors, 0), out, err);
}

static int run_where(const flama_keras_op *op, const flama_keras_tensor *tensors,
                     void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const uint8_t *condition = flama_keras_in(op, tensors, 0)->data;
    const char *x = flama_keras_in(op, tensors, 1)->data;
    const char *y = flama_keras_in(op, tensors, 2)->data;
    walk w;
    begin_walk(&w, op, tensors);
    size_t all = flama_keras_count(w.out), size = flama_keras_dtype_size(w.out->dtype);
    for (; w.done < all; next_row(&w))
        for (size_t i = 0; i < w.row; i++)
            memcpy((char *)w.out->data + (w.done + i) * size,
                   condition[w.at[0] + i * w.step[0]]
                       ? x + (w.at[1] + i * w.step[1]) * size
                       : y + (w.at[2] + i * w.step[2]) * size,
                   size);
    return 0;
}

static const flama_keras_op_type where_op = {
    .name = "where", .shape = where_shape, .run = run_where};

flama_keras_id flama_keras_where(flama_keras_builder *b, flama_keras_id condition,
                                 flama_keras_id x, flama_keras_id y)
{
    condition = flama_keras_cast(b, condition, FLAMA_KERAS_BOOL);
    if (flama_keras_known(b, x)->dtype != flama_keras_known(b, y)->dtype)
        same_type(b, &x, &y, false);
    return flama_keras_add(b, &where_op, NULL, 1, FLAMA_KERAS_IDS(condition, x, y));
}
