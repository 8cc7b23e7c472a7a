#include "engine/sklearn/gp_kernel.h"

#include <math.h>
#include <string.h>

#include "engine/sklearn/kernel.h"
#include "engine/sklearn/near.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/special.h"

typedef enum kind {
    CONSTANT,
    WHITE,
    RBF,
    MATERN,
    RATIONAL_QUADRATIC,
    EXP_SINE_SQUARED,
    DOT_PRODUCT,
    PAIRWISE,
    SUM,
    PRODUCT,
    EXPONENTIATION
} kind;

static const char *const kinds[] = {
    "ConstantKernel", "WhiteKernel",       "RBF",
    "Matern",         "RationalQuadratic", "ExpSineSquared",
    "DotProduct",     "PairwiseKernel",    "Sum",
    "Product",        "Exponentiation",    NULL};

struct flama_sk_gp_kernel {
    kind kind;
    size_t count, features, depth; /* depth: of kernels within */
    double value;                  /* the constant, noise, sigma_0^2 or exponent */
    double alpha, period, nu;
    double length;            /* one for all features, or 1 with `lengths` */
    const double *lengths;    /* features: RBF and MATERN of one each, else NULL */
    flama_sk_near near;       /* the rows, over the lengths */
    const double *transposed; /* DOT_PRODUCT: features x count */
    const flama_sk_kernel *pairwise;
    const flama_sk_gp_kernel *first, *second; /* SUM, PRODUCT; EXPONENTIATION: first */
};

static double matern_general(double nu, double d)
{
    double t = sqrt(2 * nu) * (d == 0 ? 0x1p-52 : d);
    return pow(2, 1 - nu) / tgamma(nu) * pow(t, nu) * flama_sk_bessel_k(nu, t);
}

/* The kernel of a squared distance, of those that no loop of the CPU's level has. */
static double of_distance(const flama_sk_gp_kernel *k, double d)
{
    if (k->kind == MATERN)
        return matern_general(k->nu, sqrt(d) / k->length);
    if (k->kind == RATIONAL_QUADRATIC)
        return pow(1 + d / (2 * k->alpha * k->length * k->length), -k->alpha);
    double wave = sin(M_PI / k->period * sqrt(d)) / k->length;
    return exp(-2 * wave * wave);
}

/* The others. */
static bool end_of(const flama_sk_gp_kernel *k, flama_near_end *end)
{
    *end = (flama_near_end){.p = 0.5 / (k->length * k->length)};
    if (k->kind == RBF || (k->kind == MATERN && isinf(k->nu)))
        return true;
    *end = (flama_near_end){.rooted = true,
                            .p = sqrt(2 * k->nu) / k->length,
                            .a = k->nu > 0.5,
                            .b = k->nu > 1.5 ? 1. / 3 : 0};
    return k->kind == MATERN && (k->nu == 0.5 || k->nu == 1.5 || k->nu == 2.5);
}

static void distance_values(const flama_sk_gp_kernel *k, const double *x,
                            double *scratch, double *out)
{
    flama_near_end end;
    for (size_t j = 0; k->lengths && j < k->features; j++)
        scratch[j] = x[j] / k->lengths[j];
    const double *scaled = k->lengths ? scratch : x;
    if (end_of(k, &end)) {
        flama_sk_near_ends(&k->near, scaled, &end, out);
        return;
    }
    double d[FLAMA_SK_PANEL];
    for (size_t from = 0; from < k->count; from += FLAMA_SK_PANEL) {
        size_t n = flama_sk_near_some(&k->near, from);
        flama_sk_near_panel(&k->near, scaled, from, d);
        for (size_t i = 0; i < n; i++)
            out[from + i] = of_distance(k, d[i]);
    }
}

/* Sums and products of two; the second one's values go to the scratch memory. */
static void join(const flama_sk_gp_kernel *k, const double *x, double *scratch,
                 double *out)
{
    double *other = scratch, *rest = scratch + k->count;
    flama_sk_gp_kernel_values(k->first, x, rest, out);
    flama_sk_gp_kernel_values(k->second, x, rest, other);
    for (size_t i = 0; k->kind == SUM && i < k->count; i++)
        out[i] += other[i];
    for (size_t i = 0; k->kind == PRODUCT && i < k->count; i++)
        out[i] *= other[i];
}

void flama_sk_gp_kernel_values(const flama_sk_gp_kernel *k, const double *x,
                               double *scratch, double *out)
{
    switch (k->kind) {
    case CONSTANT:
    case WHITE: /* no row is one of those the model was fitted on */
        for (size_t i = 0; i < k->count; i++)
            out[i] = k->kind == CONSTANT ? k->value : 0;
        return;
    case DOT_PRODUCT:
        flama_sk_product(x, 1, k->features, k->transposed, k->count, NULL, out);
        for (size_t i = 0; i < k->count; i++)
            out[i] += k->value;
        return;
    case PAIRWISE:
        flama_sk_kernel_values(k->pairwise, x, out);
        return;
    case SUM:
    case PRODUCT:
        join(k, x, scratch, out);
        return;
    case EXPONENTIATION:
        flama_sk_gp_kernel_values(k->first, x, scratch, out);
        for (size_t i = 0; i < k->count; i++)
            out[i] = pow(out[i], k->value);
        return;
    default:
        distance_values(k, x, scratch, out);
    }
}

double flama_sk_gp_kernel_self(const flama_sk_gp_kernel *k, const double *x)
{
    switch (k->kind) {
    case CONSTANT:
    case WHITE:
        return k->value;
    case DOT_PRODUCT:
        return flama_sk_dot(x, x, k->features) + k->value;
    case PAIRWISE:
        return flama_sk_kernel_self(k->pairwise, x);
    case SUM:
        return flama_sk_gp_kernel_self(k->first, x) +
               flama_sk_gp_kernel_self(k->second, x);
    case PRODUCT:
        return flama_sk_gp_kernel_self(k->first, x) *
               flama_sk_gp_kernel_self(k->second, x);
    case EXPONENTIATION:
        return pow(flama_sk_gp_kernel_self(k->first, x), k->value);
    default:
        return 1;
    }
}

int flama_sk_gp_kernel_check(const flama_sk_gp_kernel *k, flama_call *call,
                             const flama_sk_matrix *x)
{
    int code = k->pairwise ? flama_sk_kernel_check(k->pairwise, call, x) : 0;
    if (code == 0 && k->first)
        code = flama_sk_gp_kernel_check(k->first, call, x);
    if (code == 0 && k->second)
        code = flama_sk_gp_kernel_check(k->second, call, x);
    return code;
}

bool flama_sk_gp_kernel_definite(const flama_sk_gp_kernel *k)
{
    switch (k->kind) {
    case CONSTANT:
    case WHITE:
    case DOT_PRODUCT:
        return k->value >= 0;
    case RATIONAL_QUADRATIC:
        return k->alpha > 0;
    case RBF:
    case MATERN:
        return true;
    case SUM:
    case PRODUCT:
        return flama_sk_gp_kernel_definite(k->first) &&
               flama_sk_gp_kernel_definite(k->second);
    default:
        return false;
    }
}

size_t flama_sk_gp_kernel_scratch(const flama_sk_gp_kernel *k)
{
    return k->depth * k->count + k->features;
}

double flama_sk_gp_kernel_cost(const flama_sk_gp_kernel *k)
{
    double cost = k->pairwise ? flama_sk_kernel_cost(k->pairwise)
                              : (double)k->count * (0.4 * (double)k->features + 10);
    cost += k->first ? flama_sk_gp_kernel_cost(k->first) : 0;
    return cost + (k->second ? flama_sk_gp_kernel_cost(k->second) : 0);
}

/* Reading. */

enum { MAX_DEPTH = 24 };

typedef struct fitted {
    const double *rows;
    size_t count, features;
    size_t kernels; /* so far: a pickle can share them */
} fitted;

/* length_scale: a number for all features, or one a feature. */
static void read_lengths(flama_sk_loader *in, const flama_pickle *object,
                         const fitted *f, flama_sk_gp_kernel *k)
{
    size_t given = FLAMA_SK_ANY, n = f->features;
    const double *scale = flama_sk_ravel(in, object, "length_scale", &given);
    if (in->failed == 0 && given != 1 && given != n)
        flama_sk_damaged(in, "length_scale", "has %zu numbers for %zu features", given,
                         n);
    k->length = in->failed == 0 && given == 1 ? scale[0] : 1;
    if (in->failed == 0 && given == 1) {
        flama_sk_near_new(in, f->rows, f->count, n, &k->near);
        return;
    }
    double *scaled = flama_sk_new(in, f->count * n, sizeof *scaled);
    if (in->failed)
        return;
    for (size_t i = 0; i < f->count * n; i++)
        scaled[i] = f->rows[i] / scale[i % n];
    k->lengths = scale;
    flama_sk_near_new(in, scaled, f->count, n, &k->near);
}

static void read_simple(flama_sk_loader *in, const flama_pickle *object,
                        const fitted *f, flama_sk_gp_kernel *k)
{
    double *transposed;
    switch (k->kind) {
    case CONSTANT:
        k->value = flama_sk_number(in, object, "constant_value");
        return;
    case WHITE:
        k->value = flama_sk_number(in, object, "noise_level");
        return;
    case MATERN:
        k->nu = flama_sk_number(in, object, "nu");
        if (in->failed == 0 && !(k->nu > 0 && (k->nu <= 100 || isinf(k->nu))))
            flama_sk_refuse(in, "with a Matern kernel of nu=%g is not run", k->nu);
        read_lengths(in, object, f, k);
        return;
    case RBF:
        read_lengths(in, object, f, k);
        return;
    case DOT_PRODUCT:
        k->value = flama_sk_number(in, object, "sigma_0");
        k->value *= k->value;
        transposed = flama_sk_new(in, f->count * f->features, sizeof *transposed);
        if (transposed)
            flama_sk_transpose(f->rows, f->count, f->features, transposed);
        k->transposed = transposed;
        return;
    default: /* RATIONAL_QUADRATIC, EXP_SINE_SQUARED */
        k->length = flama_sk_number(in, object, "length_scale");
        if (k->kind == RATIONAL_QUADRATIC)
            k->alpha = flama_sk_number(in, object, "alpha");
        else
            k->period = flama_sk_number(in, object, "periodicity");
        flama_sk_near_new(in, f->rows, f->count, f->features, &k->near);
    }
}

/* Its gamma is an attribute of its own, the other parameters are in a dict. */
static void read_pairwise(flama_sk_loader *in, const flama_pickle *object,
                          const fitted *f, flama_sk_gp_kernel *k)
{
    const flama_pickle *params = flama_sk_find(in, object, "pairwise_kernels_kwargs");
    if (params && params->kind != FLAMA_PICKLE_DICT)
        flama_sk_damaged(in, "pairwise_kernels_kwargs", "is no dict");
    k->pairwise = flama_sk_kernel_read(in, object, "metric", params, f->rows, f->count,
                                       f->features);
}

static const flama_sk_gp_kernel *read_kernel(flama_sk_loader *in,
                                             const flama_pickle *object,
                                             const char *name, fitted *f, size_t depth);

static void read_within(flama_sk_loader *in, const flama_pickle *object, fitted *f,
                        size_t depth, flama_sk_gp_kernel *k)
{
    bool one = k->kind == EXPONENTIATION;
    k->first = read_kernel(in, object, one ? "kernel" : "k1", f, depth + 1);
    if (one)
        k->value = flama_sk_number(in, object, "exponent");
    else
        k->second = read_kernel(in, object, "k2", f, depth + 1);
    if (in->failed)
        return;
    k->depth = k->first->depth;
    if (k->second && k->second->depth > k->depth)
        k->depth = k->second->depth;
    k->depth++;
}

static const flama_sk_gp_kernel *read_kernel(flama_sk_loader *in,
                                             const flama_pickle *object,
                                             const char *name, fitted *f, size_t depth)
{
    const flama_pickle *given = flama_sk_get(in, object, name);
    flama_sk_gp_kernel *k = flama_sk_new(in, 1, sizeof *k);
    size_t i = 0;
    if (k == NULL || given == NULL)
        return NULL;
    while (kinds[i] && !flama_pickle_is_object(given, kinds[i]))
        i++;
    if (kinds[i] == NULL)
        flama_sk_refuse(in, "with a %s that is none of scikit-learn's is not run",
                        name);
    else if (depth > MAX_DEPTH || f->kernels++ > 4 * MAX_DEPTH)
        flama_sk_refuse(in, "with a %s of so many kernels is not run", name);
    if (in->failed)
        return NULL;
    *k = (flama_sk_gp_kernel){
        .kind = (kind)i, .count = f->count, .features = f->features};
    if (k->kind >= SUM)
        read_within(in, given, f, depth, k);
    else if (k->kind == PAIRWISE)
        read_pairwise(in, given, f, k);
    else
        read_simple(in, given, f, k);
    return in->failed ? NULL : k;
}

const flama_sk_gp_kernel *flama_sk_gp_kernel_read(flama_sk_loader *in,
                                                  const flama_pickle *object,
                                                  const char *name, const double *rows,
                                                  size_t count, size_t features)
{
    fitted f = {.rows = rows, .count = count, .features = features};
    return read_kernel(in, object, name, &f, 0);
}
