#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"
#include "engine/keras/precision.h"

/* Functions that kernels/map.h does not have. */
enum { RELU = FLAMA_MAP_COUNT, SPARSE_PLUS, SPARSE_SIGMOID, SQUAREPLUS, CELU };

typedef struct map_params {
    int map; /* a flama_map_kind, or one of the above */
    float p, q, r;
} map_params;

static float own_map(const map_params *m, float x)
{
    switch (m->map) {
    case RELU: /* p slope, q most, r threshold */
        if (x <= m->r)
            return m->p * (x - m->r);
        return x > m->q ? m->q : x;
    case SPARSE_PLUS:
        return x <= -1 ? 0 : x < 1 ? (x + 1) * (x + 1) / 4 : x;
    case SPARSE_SIGMOID:
        return x <= -1 ? 0 : x >= 1 ? 1 : (x + 1) / 2;
    case SQUAREPLUS:
        return (x + sqrtf(x * x + m->p)) / 2;
    default: /* CELU */
        return (x > 0 ? x : 0) + m->p * expm1f((x < 0 ? x : 0) / m->p);
    }
}

static int run_map(const flama_keras_op *op, const flama_keras_tensor *tensors,
                   void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const map_params *m = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const float *x = in->data;
    float *y = flama_keras_result(op, tensors)->data;
    size_t n = flama_keras_count(in);
    if (m->map < FLAMA_MAP_COUNT)
        flama_map_run_f32((flama_map_kind)m->map, m->p, m->q, x, y, n);
    else
        for (size_t i = 0; i < n; i++)
            y[i] = own_map(m, x[i]);
    return 0;
}

static double map_work(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    return 10 * flama_keras_elements(flama_keras_result(op, tensors));
}

/* Those that hold a number between two others. */
static bool join_map(const flama_keras_op *op, flama_keras_end *end)
{
    const map_params *m = op->params;
    bool relu = m->map == FLAMA_MAP_RELU;
    if (end->clamp || (!relu && m->map != FLAMA_MAP_CLAMP))
        return false;
    end->clamp = true;
    end->low = relu ? 0 : m->p;
    end->high = relu ? INFINITY : m->q;
    return true;
}

static const flama_keras_op_type map_op = {.name = "an activation",
                                           .shape = flama_keras_same_shape,
                                           .run = run_map,
                                           .work = map_work,
                                           .join = join_map,
                                           .in_place = true};

static flama_keras_id add_map(flama_keras_builder *b, flama_keras_id x, int map,
                              float p, float q, float r)
{
    map_params *m = flama_keras_new(b, 1, sizeof *m);
    if (m == NULL)
        return 0;
    *m = (map_params){map, p, q, r};
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    return flama_keras_add(b, &map_op, m, 1, FLAMA_KERAS_IDS(x));
}

flama_keras_id flama_keras_map(flama_keras_builder *b, flama_keras_id x,
                               flama_map_kind map, float p, float q)
{
    return add_map(b, x, (int)map, p, q, 0);
}

flama_keras_id flama_keras_relu(flama_keras_builder *b, flama_keras_id x, float slope,
                                float most, float threshold)
{
    if (threshold == 0 && isinf(most))
        return slope == 0 ? flama_keras_map(b, x, FLAMA_MAP_RELU, 0, 0)
                          : flama_keras_map(b, x, FLAMA_MAP_LEAKY_RELU, slope, 0);
    return add_map(b, x, RELU, slope, most, threshold);
}

/* Casts. A float becomes an integer by losing its fraction; what int32 can't hold
 * becomes its end. */

static int cast_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                      flama_error *err)
{
    int code = flama_keras_same_shape(op, tensors, err);
    flama_keras_out(op, tensors, 0)->dtype = *(const flama_keras_dtype *)op->params;
    return code;
}

static int64_t to_integer(float x)
{
    if (isnan(x))
        return INT32_MIN;
    return x <= -2147483648.0f  ? INT32_MIN
           : x >= 2147483648.0f ? INT32_MAX
                                : (int64_t)x;
}

static int run_cast(const flama_keras_op *op, const flama_keras_tensor *tensors,
                    void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    const flama_keras_tensor *out = flama_keras_result(op, tensors);
    size_t n = flama_keras_count(in);
    const float *f = in->data;
    const int64_t *i = in->data;
    const uint8_t *u = in->data;
    for (size_t k = 0; k < n; k++) {
        bool from_float = in->dtype == FLAMA_KERAS_FLOAT;
        int64_t whole = from_float ? 0 : in->dtype == FLAMA_KERAS_INT ? i[k] : u[k];
        if (out->dtype == FLAMA_KERAS_FLOAT)
            ((float *)out->data)[k] = from_float ? f[k] : (float)whole;
        else if (out->dtype == FLAMA_KERAS_INT)
            ((int64_t *)out->data)[k] = from_float ? to_integer(f[k]) : whole;
        else
            ((uint8_t *)out->data)[k] = from_float ? f[k] != 0 : whole != 0;
    }
    return 0;
}

static const flama_keras_op_type cast_op = {
    .name = "a cast", .shape = cast_shape, .run = run_cast};

flama_keras_id flama_keras_cast(flama_keras_builder *b, flama_keras_id x,
                                flama_keras_dtype dtype)
{
    if (x == 0 || flama_keras_known(b, x)->dtype == dtype)
        return x;
    flama_keras_dtype *to = flama_keras_new(b, 1, sizeof *to);
    if (to == NULL)
        return 0;
    *to = dtype;
    x = flama_keras_add(b, &cast_op, to, 1, FLAMA_KERAS_IDS(x));
    return flama_keras_convert(b, x, b->precision);
}

/* Softmax and its kin, along one axis. */

typedef struct axis_params {
    unsigned axis;
    bool logarithm;
} axis_params;

static int run_softmax(const flama_keras_op *op, const flama_keras_tensor *tensors,
                       void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const axis_params *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    float *y = flama_keras_result(op, tensors)->data;
    size_t n = flama_keras_count(in);
    if (n && y != in->data)
        memcpy(y, in->data, n * sizeof *y);
    if (n)
        flama_softmax_f32(
            y, (size_t)flama_keras_product(in, 0, p->axis), (size_t)in->dims[p->axis],
            (size_t)flama_keras_product(in, p->axis + 1, in->rank), p->logarithm);
    return 0;
}

static const flama_keras_op_type softmax_op = {.name = "softmax",
                                               .shape = flama_keras_same_shape,
                                               .run = run_softmax,
                                               .work = map_work,
                                               .in_place = true};

/* Sparsemax (Martins and Astudillo 2016, algorithm 1) over the last axis, with the
 * threshold as Keras computes it: from the sum of the partial sums of the elements
 * kept, which is the paper's only where one element is. Models are trained with that.
 */

static int descending(const void *a, const void *c)
{
    float x = *(const float *)a, y = *(const float *)c;
    return (x < y) - (x > y);
}

static void sparsemax(float *x, float *sorted, size_t n)
{
    double sum = 0, sums = 0;
    size_t kept = 0;
    memcpy(sorted, x, n * sizeof *x);
    qsort(sorted, n, sizeof *sorted, descending);
    for (size_t i = 0; i < n; i++) {
        sum += (double)sorted[i];
        if ((double)sorted[i] - (sum - 1) / (double)(i + 1) > 0) {
            sums += sum;
            kept++;
        }
    }
    float threshold = (float)((sums - 1) / (double)kept);
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] > threshold ? x[i] - threshold : x[i] == x[i] ? 0 : x[i];
}

static size_t sparsemax_scratch(const flama_keras_op *op,
                                const flama_keras_tensor *tensors)
{
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    return (size_t)in->dims[in->rank - 1] * sizeof(float);
}

static int run_sparsemax(const flama_keras_op *op, const flama_keras_tensor *tensors,
                         void *scratch, flama_error *err)
{
    (void)err;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    float *y = flama_keras_result(op, tensors)->data;
    size_t all = flama_keras_count(in), n = (size_t)in->dims[in->rank - 1];
    if (all && y != in->data)
        memcpy(y, in->data, all * sizeof *y);
    for (size_t i = 0; i < all; i += n)
        sparsemax(y + i, scratch, n);
    return 0;
}

static const flama_keras_op_type sparsemax_op = {.name = "sparsemax",
                                                 .shape = flama_keras_same_shape,
                                                 .run = run_sparsemax,
                                                 .scratch = sparsemax_scratch,
                                                 .in_place = true};

flama_keras_id flama_keras_softmax(flama_keras_builder *b, flama_keras_id x, int axis,
                                   bool logarithm)
{
    int rank = (int)flama_keras_known(b, x)->rank;
    axis_params *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    if (axis < -rank || axis >= rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has no axis %d", axis);
    *p = (axis_params){(unsigned)(axis < 0 ? axis + rank : axis), logarithm};
    x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
    return flama_keras_add(b, &softmax_op, p, 1, FLAMA_KERAS_IDS(x));
}

/* Activations by name. */

typedef struct named_map {
    const char *name;
    int map;
    float p, q, r;
} named_map;

#define SELU_SCALE 1.05070098735548049342f
#define SELU_ALPHA 1.67326324235437728481f

/* As keras.activations defines them, with their defaults. */
static const named_map named_maps[] = {
    {"relu", FLAMA_MAP_RELU, 0, 0, 0},
    {"relu6", FLAMA_MAP_CLAMP, 0, 6, 0},
    {"leaky_relu", FLAMA_MAP_LEAKY_RELU, 0.2f, 0, 0},
    {"elu", FLAMA_MAP_ELU, 1, 1, 0},
    {"selu", FLAMA_MAP_ELU, SELU_SCALE *SELU_ALPHA, SELU_SCALE, 0},
    {"celu", CELU, 1, 0, 0},
    {"gelu", FLAMA_MAP_GELU, 0, 0, 0},
    {"silu", FLAMA_MAP_SILU, 0, 0, 0},
    {"swish", FLAMA_MAP_SILU, 0, 0, 0},
    {"mish", FLAMA_MAP_MISH, 0, 0, 0},
    {"tanh", FLAMA_MAP_TANH, 0, 0, 0},
    {"sigmoid", FLAMA_MAP_SIGMOID, 0, 0, 0},
    {"hard_sigmoid", FLAMA_MAP_HARD_SIGMOID, 0, 0, 0},
    {"hard_silu", FLAMA_MAP_HARD_SWISH, 0, 0, 0},
    {"hard_swish", FLAMA_MAP_HARD_SWISH, 0, 0, 0},
    {"hard_tanh", FLAMA_MAP_CLAMP, -1, 1, 0},
    {"hard_shrink", FLAMA_MAP_HARD_SHRINK, 0.5f, 0, 0},
    {"soft_shrink", FLAMA_MAP_SOFT_SHRINK, 0.5f, 0, 0},
    {"tanh_shrink", FLAMA_MAP_TANH_SHRINK, 0, 0, 0},
    {"softplus", FLAMA_MAP_SOFTPLUS, 1, INFINITY, 0},
    {"softsign", FLAMA_MAP_SOFTSIGN, 0, 0, 0},
    {"log_sigmoid", FLAMA_MAP_LOG_SIGMOID, 0, 0, 0},
    {"exponential", FLAMA_MAP_EXP, 0, 0, 0},
    {"sparse_plus", SPARSE_PLUS, 0, 0, 0},
    {"sparse_sigmoid", SPARSE_SIGMOID, 0, 0, 0},
    {"squareplus", SQUAREPLUS, 4, 0, 0},
    {"threshold", FLAMA_MAP_THRESHOLD, 0, 0, 0},
};

/* "relu", or {"class_name": "function", "config": "relu"}. */
static flama_string activation_name(const flama_value *field)
{
    if (field && field->kind == FLAMA_KIND_OBJECT)
        field = flama_value_get(field, "config");
    return flama_keras_text(field);
}

static const named_map *find_map(flama_string name)
{
    for (size_t i = 0; i < sizeof named_maps / sizeof *named_maps; i++)
        if (flama_keras_text_is(name, named_maps[i].name))
            return &named_maps[i];
    return NULL;
}

flama_keras_id flama_keras_curve(flama_keras_builder *b, flama_keras_id x,
                                 const char *name, const float pq[2])
{
    const named_map *m = find_map((flama_string){name, strlen(name)});
    if (m == NULL)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has no curve '%s'", name);
    return add_map(b, x, m->map, isnan(pq[0]) ? m->p : pq[0],
                   isnan(pq[1]) ? m->q : pq[1], m->r);
}

bool flama_keras_is_map(const flama_value *field, flama_map_kind *map, float *p,
                        float *q)
{
    flama_string name = activation_name(field);
    const named_map *m = find_map(name);
    *map = FLAMA_MAP_LINEAR;
    *p = 1;
    *q = 0;
    if (field == NULL || flama_keras_text_is(name, "linear"))
        return true;
    if (m == NULL || m->map >= FLAMA_MAP_COUNT)
        return false;
    *map = (flama_map_kind)m->map;
    *p = m->p;
    *q = m->q;
    return true;
}

static flama_keras_id glu(flama_keras_builder *b, flama_keras_id x)
{
    const flama_keras_tensor *t = flama_keras_known(b, x);
    unsigned last = t->rank ? t->rank - 1 : 0;
    int64_t half = t->rank && t->dims[last] > 0 ? t->dims[last] / 2 : 0;
    if (half == 0 || t->dims[last] % 2)
        return flama_keras_fail(b, FLAMA_EFORMAT, "needs an even last axis for glu");
    flama_keras_id left = flama_keras_slice(b, x, last, 0, half, 1);
    flama_keras_id right = flama_keras_slice(b, x, last, half, INT64_MIN, 1);
    right = flama_keras_map(b, right, FLAMA_MAP_SIGMOID, 0, 0);
    return flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, left, right);
}

flama_keras_id flama_keras_activation(flama_keras_builder *b, flama_keras_id x,
                                      const flama_value *field)
{
    flama_string name = activation_name(field);
    if (field == NULL || flama_keras_text_is(name, "linear"))
        return x;
    const named_map *m = find_map(name);
    if (m)
        return add_map(b, x, m->map, m->p, m->q, m->r);
    if (flama_keras_text_is(name, "softmax"))
        return flama_keras_softmax(b, x, -1, false);
    if (flama_keras_text_is(name, "log_softmax"))
        return flama_keras_softmax(b, x, -1, true);
    if (flama_keras_text_is(name, "glu"))
        return glu(b, x);
    if (flama_keras_text_is(name, "sparsemax") && flama_keras_known(b, x)->rank) {
        x = flama_keras_cast(b, x, FLAMA_KERAS_FLOAT);
        return flama_keras_add(b, &sparsemax_op, NULL, 1, FLAMA_KERAS_IDS(x));
    }
    if (name.size == 0)
        name = flama_keras_text(flama_value_get(field, "class_name"));
    return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has the unknown activation '%.*s'",
                            name.size > 64 ? 64 : (int)name.size, name.data);
}
