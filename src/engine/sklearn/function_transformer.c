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

static double logit(double v)
{
    return log(v / (1 - v));
}

/* With more numbers than the one, in the order of `parameters` below. */
enum { MORE = 3 };
typedef double function_of_more(double, const double more[MORE]);

static double clip(double v, const double bounds[MORE])
{
    return isnan(v) ? v : fmin(fmax(v, bounds[0]), bounds[1]);
}

static double round_to(double v, const double decimals[MORE])
{
    double scale = pow(10, fabs(decimals[0]));
    if (decimals[0] == 0)
        return rint(v);
    return decimals[0] > 0 ? rint(v * scale) / scale : rint(v / scale) * scale;
}

static double replace(double v, const double by[MORE])
{
    return isnan(v) ? by[0] : v > DBL_MAX ? by[1] : v < -DBL_MAX ? by[2] : v;
}

#define ROW(name, run) {#name, run},

static const struct {
    const char *name;
    function *run;
} functions[] = {FLAMA_SK_FUNCTIONS(ROW) FLAMA_SK_SPECIAL_FUNCTIONS(ROW)};

static const struct {
    const char *name;
    function_of_more *run;
} functions_of_more[] = {FLAMA_SK_FUNCTIONS_OF_MORE(ROW)};

/* What the numbers are called, and what they are when they are not given. numpy has two
 * names for the bounds. */
static const struct {
    function_of_more *of;
    const char *name;
    size_t place;
    double otherwise;
} parameters[] = {
    {clip, "a_min", 0, -INFINITY},   {clip, "a_max", 1, INFINITY},
    {clip, "min", 0, -INFINITY},     {clip, "max", 1, INFINITY},
    {round_to, "decimals", 0, 0},    {replace, "nan", 0, 0},
    {replace, "posinf", 1, DBL_MAX}, {replace, "neginf", 2, -DBL_MAX},
};

enum { PARAMETERS = sizeof parameters / sizeof *parameters };

/* One way: either function, or none, which changes nothing. */
typedef struct way {
    function *plain;
    function_of_more *run;
    double more[MORE];
    bool flattens; /* a column becomes a list of its values */
} way;

typedef struct transformer {
    way there, back;
} transformer;

static int apply(const way *w, flama_call *call, const flama_sk_matrix *x,
                 flama_sk_matrix *out)
{
    flama_sk_matrix from;
    *out = *x;
    if (w->flattens && x->cols != 1)
        return flama_fail(call, FLAMA_EINPUT,
                          "FunctionTransformer would make one list of %zu columns.",
                          x->cols);
    out->flat = x->flat || w->flattens;
    if (w->plain == NULL && w->run == NULL)
        return 0;
    int code = flama_sk_plain(call, "FunctionTransformer", x, &from);
    if (code)
        return code;
    double *y = flama_sk_matrix_new(call, x->rows, x->cols, out);
    for (size_t i = 0; y && i < x->rows * x->cols; i++)
        y[i] = w->plain ? w->plain(from.data[i]) : w->run(from.data[i], w->more);
    return y ? 0 : FLAMA_EMEMORY;
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    return apply(&((const transformer *)self->model)->there, call, x, out);
}

static int transform_back(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    return apply(&((const transformer *)self->model)->back, call, x, out);
}

static const flama_sk_methods methods = {.transform = transform,
                                         .inverse_transform = transform_back};

/* The numbers of kw_args, each of which the function must know. */
static void read_more(flama_sk_loader *in, const flama_pickle *given,
                      const char *arguments, way *out)
{
    size_t known = 0;
    for (size_t i = 0; i < PARAMETERS; i++)
        if (parameters[i].of == out->run)
            out->more[parameters[i].place] = parameters[i].otherwise;
    for (size_t i = 0; given && i < PARAMETERS; i++) {
        const flama_pickle *node = parameters[i].of == out->run
                                       ? flama_pickle_entry(given, parameters[i].name)
                                       : NULL;
        known += node != NULL;
        if (node && node->kind != FLAMA_PICKLE_NONE &&
            !flama_numpy_number(node, &out->more[parameters[i].place]))
            flama_sk_refuse(in, "with %s that are no numbers is not run", arguments);
    }
    if (given && 2 * known != given->count)
        flama_sk_refuse(in, "with these %s is not run", arguments);
}

static void read_way(flama_sk_loader *in, const flama_pickle *self, const char *name,
                     const char *arguments, way *out)
{
    const flama_pickle *node = flama_sk_find(in, self, name);
    const flama_pickle *more = flama_sk_find(in, self, arguments);
    if (node == NULL)
        return;
    if (more && more->kind != FLAMA_PICKLE_DICT) {
        flama_sk_damaged(in, arguments, "is no dict");
        return;
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (flama_pickle_is_global(node, functions[i].name))
            out->plain = functions[i].run;
    for (size_t i = 0; i < sizeof functions_of_more / sizeof *functions_of_more; i++)
        if (flama_pickle_is_global(node, functions_of_more[i].name))
            out->run = functions_of_more[i].run;
    out->flattens = flama_pickle_is_global(node, "ravel");
    if (out->plain || out->run || out->flattens)
        read_more(in, more, arguments, out);
    else if (node->kind == FLAMA_PICKLE_GLOBAL)
        flama_sk_refuse(in, "with %s=%.*s is not run", name,
                        (int)node->global->name.size, node->global->name.data);
    else
        flama_sk_refuse(in, "with a %s that is none of numpy's is not run", name);
}

FLAMA_SK_LOAD(function_transformer)
{
    transformer *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    read_way(in, self, "func", "kw_args", &m->there);
    read_way(in, self, "inverse_func", "inv_kw_args", &m->back);
    out->model = m;
    out->methods = &methods;
    out->columns = out->features;
    out->cost = 50 + 10 * (double)out->features;
    if (!flama_sk_flag_or(in, self, "validate", false))
        out->accepts = FLAMA_SK_UNCHECKED;
    return in->failed;
}
