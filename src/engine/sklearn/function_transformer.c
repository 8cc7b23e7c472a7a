/* FunctionTransformer of no function or of one of numpy's that works a number at a
 * time. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/functions.h"
#include "engine/sklearn/meta.h"
#include "engine/sklearn/product.h"

typedef double function(double);

static double square(double v)
{
    return v * v;
}

static double negative(double v)
{
    return -v;
}

/* numpy's sign of NaN is NaN. */
static double sign(double v)
{
    return v > 0 ? 1 : v < 0 ? -1 : v == 0 ? 0 : v;
}

static double to_radians(double v)
{
    return v * (M_PI / 180);
}

static double to_degrees(double v)
{
    return v * (180 / M_PI);
}

static double nan_to_num(double v)
{
    return isnan(v) ? 0 : v > DBL_MAX ? DBL_MAX : v < -DBL_MAX ? -DBL_MAX : v;
}

static double logit(double v)
{
    return log(v / (1 - v));
}

#define ROW(name, run) {#name, run},

static const struct {
    const char *name;
    function *run;
} functions[] = {FLAMA_SK_FUNCTIONS(ROW) FLAMA_SK_SPECIAL_FUNCTIONS(ROW)};

/* The two ways; NULL changes nothing. */
typedef struct transformer {
    function *there, *back;
} transformer;

static int apply(function *run, flama_call *call, const flama_sk_matrix *x,
                 flama_sk_matrix *out)
{
    flama_sk_matrix from = *x;
    *out = *x;
    if (run == NULL)
        return 0;
    int code = flama_sk_plain(call, "FunctionTransformer", x, &from);
    if (code)
        return code;
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    for (size_t i = 0; y && i < x->rows * x->cols; i++)
        y[i] = run(from.data[i]);
    return y ? 0 : FLAMA_EMEMORY;
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    return apply(((const transformer *)self->model)->there, call, x, out);
}

static int transform_back(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    return apply(((const transformer *)self->model)->back, call, x, out);
}

static const flama_sk_methods methods = {.transform = transform,
                                         .inverse_transform = transform_back};

static function *read_function(flama_sk_loader *in, const flama_pickle *self,
                               const char *name, const char *arguments)
{
    const flama_pickle *node = flama_sk_find(in, self, name);
    const flama_pickle *more = flama_sk_find(in, self, arguments);
    if (node == NULL)
        return NULL;
    if (more && (more->kind != FLAMA_PICKLE_DICT || more->count)) {
        flama_sk_refuse(in, "with %s is not run", arguments);
        return NULL;
    }
    if (node->kind == FLAMA_PICKLE_GLOBAL) {
        flama_string have = node->global->name;
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
            if (strlen(functions[i].name) == have.size &&
                memcmp(functions[i].name, have.data, have.size) == 0)
                return functions[i].run;
        flama_sk_refuse(in, "with %s=%.*s is not run", name, (int)have.size, have.data);
        return NULL;
    }
    flama_sk_refuse(in, "with a %s that is none of numpy's is not run", name);
    return NULL;
}

FLAMA_SK_LOAD(function_transformer)
{
    transformer *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->there = read_function(in, self, "func", "kw_args");
    m->back = read_function(in, self, "inverse_func", "inv_kw_args");
    out->model = m;
    out->methods = &methods;
    out->columns = out->features;
    out->cost = 50 + 10 * (double)out->features;
    if (!flama_sk_flag_or(in, self, "validate", false))
        out->accepts = FLAMA_SK_UNCHECKED;
    return in->failed;
}
