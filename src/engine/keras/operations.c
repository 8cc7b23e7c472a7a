#include "engine/keras/operations.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/keras/precision.h"

const flama_value *flama_keras_argument(const flama_keras_builder *b,
                                        const flama_keras_call *call, size_t i,
                                        const char *name)
{
    const flama_value *value = NULL;
    if (call->args && call->args->kind == FLAMA_KIND_ARRAY &&
        i < call->args->array.count)
        value = &call->args->array.items[i];
    if (value == NULL)
        value = flama_value_get(call->kwargs, name);
    if (value == NULL)
        value = flama_value_get(b->layer->config, name);
    return value && value->kind != FLAMA_KIND_NULL ? value : NULL;
}

/* A list of numbers, or one: {"class_name": "__tensor__" or "__numpy__", "config":
 * {"value": ..., "dtype": ...}}. */
static flama_keras_id constant(flama_keras_builder *b, const flama_value *value,
                               bool is_integer)
{
    enum { MOST = 1 << 20 };
    flama_keras_tensor t = {.rank = 0};
    size_t count = 1;
    const flama_value *at = value;
    while (at->kind == FLAMA_KIND_ARRAY && at->array.count &&
           t.rank < FLAMA_KERAS_RANK - 1) {
        t.dims[t.rank++] = (int64_t)at->array.count;
        count *= at->array.count;
        at = &at->array.items[0];
    }
    for (unsigned i = 0; at->kind == FLAMA_KIND_TENSOR && i < at->tensor->rank; i++) {
        if (t.rank == FLAMA_KERAS_RANK)
            return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "holds too deep an array");
        t.dims[t.rank++] = (int64_t)at->tensor->shape[i];
        count *= at->tensor->shape[i];
    }
    if (count == 0 || count > MOST)
        return flama_keras_fail(b, FLAMA_ELIMIT, "holds too large an array");
    double *reals = flama_arena_calloc(b->scratch, count, sizeof *reals);
    if (reals == NULL)
        return flama_keras_fail_memory(b);
    if (flama_keras_value_reals(value, count, reals) != count)
        return flama_keras_fail(b, FLAMA_EFORMAT, "holds an array that is none");
    flama_keras_dtype dtype = is_integer ? FLAMA_KERAS_INT : FLAMA_KERAS_FLOAT;
    void *data = flama_keras_new(b, count, flama_keras_dtype_size(dtype));
    for (size_t i = 0; data && i < count; i++) {
        if (!is_integer)
            ((float *)data)[i] = (float)reals[i];
        else if (fabs(reals[i]) < 9e15)
            ((int64_t *)data)[i] = (int64_t)reals[i];
    }
    return flama_keras_constant(b, dtype, t.rank, t.dims, data);
}

static bool all_integers(const flama_value *value)
{
    if (value->kind == FLAMA_KIND_INTEGER || value->kind == FLAMA_KIND_BOOL)
        return true;
    if (value->kind == FLAMA_KIND_TENSOR)
        return value->tensor->dtype == FLAMA_DTYPE_INT64;
    bool all = value->kind == FLAMA_KIND_ARRAY;
    for (size_t i = 0; all && i < value->array.count; i++)
        all = all_integers(&value->array.items[i]);
    return all;
}

flama_keras_id flama_keras_as_tensor(flama_keras_builder *b,
                                     const flama_keras_call *call,
                                     const flama_value *value)
{
    for (size_t i = 0; i < call->ref_count; i++)
        if (call->refs[i].at == value)
            return call->refs[i].id;
    if (value->kind == FLAMA_KIND_OBJECT) {
        flama_string name = flama_keras_text(flama_value_get(value, "class_name"));
        const flama_value *config = flama_value_get(value, "config");
        const flama_value *inner = flama_value_get(config, "value");
        flama_string dtype = flama_keras_text(flama_value_get(config, "dtype"));
        bool known = flama_keras_text_is(name, "__tensor__") ||
                     flama_keras_text_is(name, "__numpy__");
        if (!known || inner == NULL)
            return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                    "has an argument that is not understood");
        bool integer = dtype.size && (dtype.data[0] == 'i' || dtype.data[0] == 'u');
        flama_keras_id id = constant(b, inner, integer);
        flama_keras_precision precision = flama_keras_precision_of(dtype);
        if (precision == FLAMA_KERAS_WEAK) /* float64 is computed as float32 */
            precision = FLAMA_KERAS_FLOAT32;
        id = flama_keras_convert(b, id, precision);
        return flama_keras_text_is(dtype, "bool")
                   ? flama_keras_cast(b, id, FLAMA_KERAS_BOOL)
                   : id;
    }
    if (value->kind == FLAMA_KIND_BOOL)
        return flama_keras_cast(b, flama_keras_number(b, value->boolean),
                                FLAMA_KERAS_BOOL);
    return constant(b, value, all_integers(value));
}

flama_keras_id flama_keras_tensor_argument(flama_keras_builder *b,
                                           const flama_keras_call *call, size_t i,
                                           const char *name)
{
    const flama_value *value = flama_keras_argument(b, call, i, name);
    if (value == NULL)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has no argument '%s'", name);
    return flama_keras_as_tensor(b, call, value);
}

int64_t flama_keras_int_argument(flama_keras_builder *b, const flama_keras_call *call,
                                 size_t i, const char *name, int64_t fallback,
                                 int64_t low, int64_t high)
{
    const flama_value *value = flama_keras_argument(b, call, i, name);
    int64_t out = fallback;
    if ((value && flama_keras_value_ints(value, 1, &out) != 1) || out < low ||
        out > high)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has a '%s' that is not understood or out of range",
                                name),
               fallback;
    return out;
}

bool flama_keras_flag_argument(flama_keras_builder *b, const flama_keras_call *call,
                               size_t i, const char *name, bool fallback)
{
    const flama_value *value = flama_keras_argument(b, call, i, name);
    return value && value->kind == FLAMA_KIND_BOOL ? value->boolean : fallback;
}

double flama_keras_real_argument(flama_keras_builder *b, const flama_keras_call *call,
                                 size_t i, const char *name, double fallback)
{
    const flama_value *value = flama_keras_argument(b, call, i, name);
    double out = fallback;
    if (value && flama_keras_value_reals(value, 1, &out) != 1)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a '%s' that is no number", name);
    return out;
}

unsigned flama_keras_axis_argument(flama_keras_builder *b, const flama_keras_call *call,
                                   size_t i, const char *name, int64_t fallback,
                                   unsigned rank)
{
    int64_t axis = flama_keras_int_argument(b, call, i, name, fallback,
                                            -FLAMA_KERAS_RANK, FLAMA_KERAS_RANK);
    int64_t at = axis < 0 ? axis + (int64_t)rank : axis;
    if (at >= 0 && at < (int64_t)rank)
        return (unsigned)at;
    return flama_keras_fail(b, FLAMA_EFORMAT, "has no axis %lld of %u", (long long)axis,
                            rank);
}

/* Functions of one number. */

static const struct {
    const char *name;
    flama_map_kind map;
    float p, q;
} unaries[] = {{"Abs", FLAMA_MAP_ABS, 0, 0},
               {"Absolute", FLAMA_MAP_ABS, 0, 0},
               {"Arccos", FLAMA_MAP_ACOS, 0, 0},
               {"Arccosh", FLAMA_MAP_ACOSH, 0, 0},
               {"Arcsin", FLAMA_MAP_ASIN, 0, 0},
               {"Arcsinh", FLAMA_MAP_ASINH, 0, 0},
               {"Arctan", FLAMA_MAP_ATAN, 0, 0},
               {"Arctanh", FLAMA_MAP_ATANH, 0, 0},
               {"Ceil", FLAMA_MAP_CEIL, 0, 0},
               {"Cos", FLAMA_MAP_COS, 0, 0},
               {"Cosh", FLAMA_MAP_COSH, 0, 0},
               {"Deg2rad", FLAMA_MAP_LINEAR, 0.01745329252f, 0},
               {"Erf", FLAMA_MAP_ERF, 0, 0},
               {"Erfc", FLAMA_MAP_ERFC, 0, 0},
               {"Exp", FLAMA_MAP_EXP, 0, 0},
               {"Exp2", FLAMA_MAP_EXP2, 0, 0},
               {"Expm1", FLAMA_MAP_EXPM1, 0, 0},
               {"Floor", FLAMA_MAP_FLOOR, 0, 0},
               {"HardSigmoid", FLAMA_MAP_HARD_SIGMOID, 0, 0},
               {"HardSilu", FLAMA_MAP_HARD_SWISH, 0, 0},
               {"HardTanh", FLAMA_MAP_CLAMP, -1, 1},
               {"Log", FLAMA_MAP_LOG, 0, 0},
               {"Log10", FLAMA_MAP_LOG10, 0, 0},
               {"Log1p", FLAMA_MAP_LOG1P, 0, 0},
               {"Log2", FLAMA_MAP_LOG2, 0, 0},
               {"LogSigmoid", FLAMA_MAP_LOG_SIGMOID, 0, 0},
               {"Rad2deg", FLAMA_MAP_LINEAR, 57.29577951f, 0},
               {"Reciprocal", FLAMA_MAP_RECIPROCAL, 0, 0},
               {"Relu6", FLAMA_MAP_CLAMP, 0, 6},
               {"Round", FLAMA_MAP_ROUND, 0, 0},
               {"Rsqrt", FLAMA_MAP_RSQRT, 0, 0},
               {"Selu", FLAMA_MAP_ELU, 1.75809934f, 1.05070099f},
               {"Sigmoid", FLAMA_MAP_SIGMOID, 0, 0},
               {"Sign", FLAMA_MAP_SIGN, 0, 0},
               {"Silu", FLAMA_MAP_SILU, 0, 0},
               {"Sin", FLAMA_MAP_SIN, 0, 0},
               {"Sinh", FLAMA_MAP_SINH, 0, 0},
               {"Softplus", FLAMA_MAP_SOFTPLUS, 1, INFINITY},
               {"Softsign", FLAMA_MAP_SOFTSIGN, 0, 0},
               {"Sqrt", FLAMA_MAP_SQRT, 0, 0},
               {"Tan", FLAMA_MAP_TAN, 0, 0},
               {"Tanh", FLAMA_MAP_TANH, 0, 0},
               {"TanhShrink", FLAMA_MAP_TANH_SHRINK, 0, 0},
               {"Trunc", FLAMA_MAP_TRUNC, 0, 0}};

void flama_keras_unary_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_string name = b->layer->class_name;
    bool whole = flama_keras_known(b, x)->dtype == FLAMA_KERAS_INT;
    flama_keras_int(b, "decimals", 0, 0, 0); /* of Round: no others are supported */
    for (size_t i = 0; i < sizeof unaries / sizeof *unaries; i++) {
        if (!flama_keras_text_is(name, unaries[i].name))
            continue;
        if (whole &&
            (unaries[i].map == FLAMA_MAP_ABS || unaries[i].map == FLAMA_MAP_SIGN ||
             unaries[i].map == FLAMA_MAP_ROUND))
            break;
        flama_keras_give(
            call, flama_keras_map(b, x, unaries[i].map, unaries[i].p, unaries[i].q));
        return;
    }
    flama_keras_id zero =
        flama_keras_cast(b, flama_keras_number(b, 0), flama_keras_known(b, x)->dtype);
    if (flama_keras_text_is(name, "Negative"))
        flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_SUBTRACT, zero, x));
    else if (flama_keras_text_is(name, "Square"))
        flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, x));
    else
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "is not supported for integers");
}

/* Those with parameters. */
void flama_keras_relu_operation(flama_keras_builder *b, flama_keras_call *call)
{
    static const struct {
        const char *name, *field;
        flama_map_kind map;
        float fallback, q;
    } rows[] = {{"Elu", "alpha", FLAMA_MAP_ELU, 1, 1},
                {"HardShrink", "threshold", FLAMA_MAP_HARD_SHRINK, 0.5f, 0},
                {"LeakyRelu", "negative_slope", FLAMA_MAP_LEAKY_RELU, 0.2f, 0},
                {"SoftShrink", "threshold", FLAMA_MAP_SOFT_SHRINK, 0.5f, 0}};
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_string name = b->layer->class_name;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (flama_keras_text_is(name, rows[i].name)) {
            float p = (float)flama_keras_real_argument(b, call, 1, rows[i].field,
                                                       (double)rows[i].fallback);
            flama_keras_give(call, flama_keras_map(b, x, rows[i].map, p, rows[i].q));
            return;
        }
    if (flama_keras_text_is(name, "Relu"))
        flama_keras_give(call, flama_keras_relu(b, x, 0, INFINITY, 0));
    else {
        bool rough = flama_keras_flag_argument(b, call, 1, "approximate", true);
        flama_keras_give(
            call,
            flama_keras_map(b, x, rough ? FLAMA_MAP_GELU_TANH : FLAMA_MAP_GELU, 0, 0));
    }
}

/* Functions of two numbers. */

static const struct {
    const char *name;
    flama_keras_binary_kind kind;
} binaries[] = {{"Add", FLAMA_KERAS_ADD},
                {"Arctan2", FLAMA_KERAS_ARCTAN2},
                {"Divide", FLAMA_KERAS_DIVIDE},
                {"Equal", FLAMA_KERAS_EQUAL},
                {"FloorDivide", FLAMA_KERAS_FLOOR_DIVIDE},
                {"Greater", FLAMA_KERAS_GREATER},
                {"GreaterEqual", FLAMA_KERAS_GREATER_EQUAL},
                {"Less", FLAMA_KERAS_LESS},
                {"LessEqual", FLAMA_KERAS_LESS_EQUAL},
                {"LogicalAnd", FLAMA_KERAS_AND},
                {"LogicalOr", FLAMA_KERAS_OR},
                {"LogicalXor", FLAMA_KERAS_XOR},
                {"Maximum", FLAMA_KERAS_MAXIMUM},
                {"Minimum", FLAMA_KERAS_MINIMUM},
                {"Mod", FLAMA_KERAS_MODULO},
                {"Multiply", FLAMA_KERAS_MULTIPLY},
                {"NotEqual", FLAMA_KERAS_NOT_EQUAL},
                {"Power", FLAMA_KERAS_POWER},
                {"Subtract", FLAMA_KERAS_SUBTRACT},
                {"TrueDivide", FLAMA_KERAS_DIVIDE}};

void flama_keras_binary_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x1");
    flama_keras_id y = flama_keras_tensor_argument(b, call, 1, "x2");
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
        if (flama_keras_text_is(b->layer->class_name, binaries[i].name))
            flama_keras_give(call, flama_keras_binary(b, binaries[i].kind, x, y));
}

void flama_keras_logical_not(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_keras_id zero =
        flama_keras_cast(b, flama_keras_number(b, 0), flama_keras_known(b, x)->dtype);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_EQUAL, x, zero));
}

/* Isfinite, Isinf, Isnan. */
void flama_keras_is_number(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_keras_id most = flama_keras_number(b, INFINITY);
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    flama_keras_id size = flama_keras_map(b, x, FLAMA_MAP_ABS, 0, 0);
    if (flama_keras_text_is(b->layer->class_name, "Isnan"))
        x = flama_keras_binary(b, FLAMA_KERAS_NOT_EQUAL, x, x);
    else if (flama_keras_text_is(b->layer->class_name, "Isinf"))
        x = flama_keras_binary(b, FLAMA_KERAS_EQUAL, size, most);
    else
        x = flama_keras_binary(b, FLAMA_KERAS_LESS, size, most);
    flama_keras_give(call, x);
}

/* max(x, y) + log(1 + exp(-|x - y|)) */
void flama_keras_logaddexp(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x1");
    flama_keras_id y = flama_keras_tensor_argument(b, call, 1, "x2");
    flama_keras_id less = flama_keras_binary(b, FLAMA_KERAS_SUBTRACT, x, y);
    less = flama_keras_map(b, less, FLAMA_MAP_ABS, 0, 0);
    less = flama_keras_map(b, less, FLAMA_MAP_LINEAR, -1, 0);
    less = flama_keras_map(b, less, FLAMA_MAP_EXP, 0, 0);
    less = flama_keras_map(b, less, FLAMA_MAP_LOG1P, 0, 0);
    x = flama_keras_binary(b, FLAMA_KERAS_MAXIMUM, x, y);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_ADD, x, less));
}

void flama_keras_clip(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_keras_id low = flama_keras_tensor_argument(b, call, 1, "x_min");
    flama_keras_id high = flama_keras_tensor_argument(b, call, 2, "x_max");
    x = flama_keras_binary(b, FLAMA_KERAS_MAXIMUM, x, low);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_MINIMUM, x, high));
}

void flama_keras_where_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id condition = flama_keras_tensor_argument(b, call, 0, "condition");
    flama_keras_id x = flama_keras_tensor_argument(b, call, 1, "x1");
    flama_keras_id y = flama_keras_tensor_argument(b, call, 2, "x2");
    flama_keras_give(call, flama_keras_where(b, condition, x, y));
}

/* Over axes. */

unsigned flama_keras_axes_argument(flama_keras_builder *b, const flama_keras_call *call,
                                   size_t i, const char *name, unsigned rank)
{
    int64_t axes[FLAMA_KERAS_RANK];
    const flama_value *value = flama_keras_argument(b, call, i, name);
    size_t count = flama_keras_value_ints(value, FLAMA_KERAS_RANK, axes);
    return value ? flama_keras_axis_bits(b, axes, count, rank) : (1u << rank) - 1;
}

static const struct {
    const char *name;
    flama_keras_reduce_kind kind;
} reductions[] = {{"All", FLAMA_KERAS_ALL},       {"Amax", FLAMA_KERAS_MAX},
                  {"Amin", FLAMA_KERAS_MIN},      {"Any", FLAMA_KERAS_ANY},
                  {"Argmax", FLAMA_KERAS_ARGMAX}, {"Argmin", FLAMA_KERAS_ARGMIN},
                  {"Max", FLAMA_KERAS_MAX},       {"Mean", FLAMA_KERAS_MEAN},
                  {"Min", FLAMA_KERAS_MIN},       {"Prod", FLAMA_KERAS_PROD},
                  {"Sum", FLAMA_KERAS_SUM},       {"Var", FLAMA_KERAS_VARIANCE}};

void flama_keras_reduce_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned axes =
        flama_keras_axes_argument(b, call, 1, "axis", flama_keras_known(b, x)->rank);
    bool keep = flama_keras_flag_argument(b, call, 2, "keepdims", false);
    for (size_t i = 0; i < sizeof reductions / sizeof *reductions; i++)
        if (flama_keras_text_is(b->layer->class_name, reductions[i].name))
            flama_keras_give(call,
                             flama_keras_reduce(b, reductions[i].kind, x, axes, keep));
}

/* Std. */
void flama_keras_spread_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned axes =
        flama_keras_axes_argument(b, call, 1, "axis", flama_keras_known(b, x)->rank);
    bool keep = flama_keras_flag_argument(b, call, 2, "keepdims", false);
    x = flama_keras_reduce(b, FLAMA_KERAS_VARIANCE, x, axes, keep);
    flama_keras_give(call, flama_keras_map(b, x, FLAMA_MAP_SQRT, 0, 0));
}

/* log(sum(exp(x - m))) + m, with the largest element for m. */
void flama_keras_logsumexp(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    unsigned axes =
        flama_keras_axes_argument(b, call, 1, "axis", flama_keras_known(b, x)->rank);
    bool keep = flama_keras_flag_argument(b, call, 2, "keepdims", false);
    flama_keras_id most = flama_keras_reduce(b, FLAMA_KERAS_MAX, x, axes, true);
    flama_keras_id less = flama_keras_binary(b, FLAMA_KERAS_SUBTRACT, x, most);
    less = flama_keras_map(b, less, FLAMA_MAP_EXP, 0, 0);
    less = flama_keras_reduce(b, FLAMA_KERAS_SUM, less, axes, keep);
    less = flama_keras_map(b, less, FLAMA_MAP_LOG, 0, 0);
    most = flama_keras_reduce(b, FLAMA_KERAS_MAX, x, axes, keep);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_ADD, less, most));
}

void flama_keras_softmax_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    bool logarithm = flama_keras_text_is(b->layer->class_name, "LogSoftmax");
    int64_t axis = flama_keras_int_argument(b, call, 1, "axis", -1, -FLAMA_KERAS_RANK,
                                            FLAMA_KERAS_RANK);
    flama_keras_give(call, flama_keras_softmax(b, x, (int)axis, logarithm));
}

/* Of vectors: the order is 1, 2 or infinite. */
void flama_keras_norm_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned axes =
        flama_keras_axes_argument(b, call, 1, "axis", flama_keras_known(b, x)->rank);
    bool keep = flama_keras_flag(b, "keepdims", false);
    const flama_value *order = flama_keras_field(b->layer, "ord");
    bool frobenius =
        order == NULL || flama_keras_text_is(flama_keras_text(order), "fro");
    double p = frobenius ? 2 : flama_keras_real(b, "ord", 2);
    bool one_axis = axes && (axes & (axes - 1)) == 0;
    if ((p != 1 && p != 2 && !isinf(p)) || (!frobenius && !one_axis))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a norm of another kind");
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    if (p == 2) {
        x = flama_keras_reduce(b, FLAMA_KERAS_SUM_SQUARES, x, axes, keep);
        flama_keras_give(call, flama_keras_map(b, x, FLAMA_MAP_SQRT, 0, 0));
        return;
    }
    x = flama_keras_map(b, x, FLAMA_MAP_ABS, 0, 0);
    flama_keras_give(call, flama_keras_reduce(b,
                                              p == 1  ? FLAMA_KERAS_SUM
                                              : p > 0 ? FLAMA_KERAS_MAX
                                                      : FLAMA_KERAS_MIN,
                                              x, axes, keep));
}

/* The largest less the smallest. */
void flama_keras_peak_to_peak(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned axes =
        flama_keras_axes_argument(b, call, 1, "axis", flama_keras_known(b, x)->rank);
    bool keep = flama_keras_flag(b, "keepdims", false);
    flama_keras_id least = flama_keras_reduce(b, FLAMA_KERAS_MIN, x, axes, keep);
    x = flama_keras_reduce(b, FLAMA_KERAS_MAX, x, axes, keep);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_SUBTRACT, x, least));
}

void flama_keras_count_nonzero(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned axes =
        flama_keras_axes_argument(b, call, 1, "axis", flama_keras_known(b, x)->rank);
    x = flama_keras_cast(b, flama_keras_cast(b, x, FLAMA_KERAS_BOOL), FLAMA_KERAS_INT);
    flama_keras_give(call, flama_keras_reduce(b, FLAMA_KERAS_SUM, x, axes, false));
}

/* Sums of products with the weights, over sums of the weights. */
void flama_keras_average_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank;
    unsigned axes = flama_keras_axes_argument(b, call, 2, "axis", rank);
    if (flama_keras_argument(b, call, 1, "weights") == NULL) {
        flama_keras_give(call, flama_keras_reduce(b, FLAMA_KERAS_MEAN, x, axes, false));
        return;
    }
    flama_keras_id weights = flama_keras_tensor_argument(b, call, 1, "weights");
    if (flama_keras_known(b, weights)->rank == 1 && rank > 1) {
        int64_t dims[FLAMA_KERAS_RANK];
        for (unsigned i = 0; i < rank; i++)
            dims[i] = axes >> i & 1 ? FLAMA_KERAS_OWN(0) : 1;
        weights = flama_keras_reshape(b, weights, 0, rank, dims);
    }
    x = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, weights);
    x = flama_keras_reduce(b, FLAMA_KERAS_SUM, x, axes, false);
    weights = flama_keras_reduce(b, FLAMA_KERAS_SUM, weights, axes, false);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_DIVIDE, x, weights));
}

/* x / max(norm, epsilon), with the norm of order 2. */
void flama_keras_normalize_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    unsigned rank = flama_keras_known(b, x)->rank, last = rank ? rank - 1 : 0;
    unsigned axes = flama_keras_argument(b, call, 1, "axis")
                        ? flama_keras_axes_argument(b, call, 1, "axis", rank)
                        : 1u << last;
    double order = flama_keras_real_argument(b, call, 2, "order", 2);
    double epsilon = flama_keras_real_argument(b, call, 3, "epsilon", 1e-12);
    if (order != 2)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a norm of another order than 2");
    flama_keras_id sum = flama_keras_reduce(b, FLAMA_KERAS_SUM_SQUARES, x, axes, true);
    sum = flama_keras_binary(b, FLAMA_KERAS_MAXIMUM, sum,
                             flama_keras_number(b, (float)(epsilon * epsilon)));
    sum = flama_keras_map(b, sum, FLAMA_MAP_RSQRT, 0, 0);
    flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, sum));
}

void flama_keras_matmul_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x1");
    flama_keras_id y = flama_keras_tensor_argument(b, call, 1, "x2");
    if (flama_keras_known(b, y)->rank == 1)
        flama_keras_dot_operation(b, call);
    else
        flama_keras_give(call, flama_keras_matmul(b, x, y, false, false));
}

void flama_keras_cast_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    flama_string name = flama_keras_text(flama_keras_argument(b, call, 1, "dtype"));
    static const struct {
        const char *name;
        flama_keras_dtype dtype;
    } types[] = {{"float32", FLAMA_KERAS_FLOAT},  {"float16", FLAMA_KERAS_FLOAT},
                 {"bfloat16", FLAMA_KERAS_FLOAT}, {"bool", FLAMA_KERAS_BOOL},
                 {"int32", FLAMA_KERAS_INT},      {"int64", FLAMA_KERAS_INT}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (flama_keras_text_is(name, types[i].name)) {
            x = flama_keras_cast(b, x, types[i].dtype);
            x = flama_keras_convert(b, x, flama_keras_precision_of(name));
            flama_keras_give(call, x);
            return;
        }
    flama_keras_fail(b, FLAMA_EUNSUPPORTED, "casts to %.*s", (int)name.size, name.data);
}

flama_keras_id flama_keras_encode_one_hot(flama_keras_builder *b, flama_keras_id x,
                                          int64_t classes)
{
    unsigned rank = flama_keras_known(b, x)->rank;
    int64_t dims[FLAMA_KERAS_RANK];
    int64_t *each = flama_keras_new(b, classes > 0 ? (size_t)classes : 1, sizeof *each);
    if (each == NULL)
        return 0;
    if (rank >= FLAMA_KERAS_RANK)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has an input of rank %u", rank);
    for (int64_t i = 0; i < classes; i++)
        each[i] = i;
    for (unsigned i = 0; i < rank; i++)
        dims[i] = FLAMA_KERAS_OWN(i);
    dims[rank] = 1;
    x = flama_keras_reshape(b, flama_keras_cast(b, x, FLAMA_KERAS_INT), 0, rank + 1,
                            dims);
    flama_keras_id all = flama_keras_constant(b, FLAMA_KERAS_INT, 1, &classes, each);
    x = flama_keras_binary(b, FLAMA_KERAS_EQUAL, x, all);
    return flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
}

void flama_keras_one_hot(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    int64_t classes =
        flama_keras_int_argument(b, call, 1, "num_classes", -1, 1, 1 << 16);
    flama_keras_int_argument(b, call, 2, "axis", -1, -1, -1);
    flama_keras_give(call, flama_keras_encode_one_hot(b, x, classes));
}

/* NaN and the infinities as numbers: 0, and the largest there are. */
void flama_keras_nan_to_num(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x");
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    double largest =
        flama_keras_known(b, x)->precision == FLAMA_KERAS_FLOAT16 ? 65504 : FLT_MAX;
    static const char *const names[] = {"nan", "posinf", "neginf"};
    double fallback[] = {0, largest, -largest};
    for (size_t i = 0; i < 3; i++) {
        double to = flama_keras_real_argument(b, call, 1 + i, names[i], fallback[i]);
        flama_keras_id end = flama_keras_number(b, i == 1 ? INFINITY : -INFINITY);
        flama_keras_id is = i == 0 ? flama_keras_binary(b, FLAMA_KERAS_NOT_EQUAL, x, x)
                                   : flama_keras_binary(b, FLAMA_KERAS_EQUAL, x, end);
        x = flama_keras_where(b, is, flama_keras_number(b, (float)to), x);
    }
    flama_keras_give(call, x);
}

/* x1 / x2, and 0 where x2 is. */
void flama_keras_divide_no_nan(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x1");
    flama_keras_id y = flama_keras_tensor_argument(b, call, 1, "x2");
    flama_keras_id zero = flama_keras_number(b, 0);
    flama_keras_id none = flama_keras_binary(b, FLAMA_KERAS_EQUAL, y, zero);
    x = flama_keras_binary(b, FLAMA_KERAS_DIVIDE, x, y);
    flama_keras_give(call, flama_keras_where(b, none, zero, x));
}

void flama_keras_hypot(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x1");
    flama_keras_id y = flama_keras_tensor_argument(b, call, 1, "x2");
    x = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, x);
    y = flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, y, y);
    x = flama_keras_binary(b, FLAMA_KERAS_ADD, x, y);
    flama_keras_give(call, flama_keras_map(b, x, FLAMA_MAP_SQRT, 0, 0));
}
