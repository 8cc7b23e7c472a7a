#include "engine/sklearn/gp_kernel.h"

#include <math.h>
#include <string.h>

#include "engine/kernels/kernels.h"
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
    double length;            /* of those with one length for all features */
    const double *lengths;    /* features: RBF, MATERN */
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

/* Turns n squared distances into the kernel. */
static void matern(double nu, double *d, size_t n, double *work)
{
    const flama_kernels *kernels = flama_kernels_get();
    double root = sqrt(2 * nu);
    for (size_t i = 0; i < n; i++) {
        d[i] = sqrt(d[i]);
        work[i] = -root * d[i];
    }
    if (nu == 0.5 || nu == 1.5 || nu == 2.5) {
        kernels->exp_f64(work, n);
        for (size_t i = 0; i < n; i++) {
            double scaled = root * d[i];
            d[i] = nu == 0.5   ? work[i]
                   : nu == 1.5 ? (1 + scaled) * work[i]
                               : (1 + scaled + scaled * scaled / 3) * work[i];
        }
        return;
    }
    for (size_t i = 0; i < n; i++)
        d[i] = matern_general(nu, d[i]);
}

static void of_distances(const flama_sk_gp_kernel *k, double *d, size_t n)
{
    const flama_kernels *kernels = flama_kernels_get();
    double work[FLAMA_SK_NEAR];
    if (k->kind == MATERN && !isinf(k->nu)) {
        matern(k->nu, d, n, work);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (k->kind == RATIONAL_QUADRATIC)
            d[i] = pow(1 + d[i] / (2 * k->alpha * k->length * k->length), -k->alpha);
        else if (k->kind == EXP_SINE_SQUARED) {
            double wave = sin(M_PI / k->period * sqrt(d[i])) / k->length;
            d[i] = -2 * wave * wave;
        } else
            d[i] *= -0.5;
    if (k->kind != RATIONAL_QUADRATIC)
        kernels->exp_f64(d, n);
}

/* How much the kernel changes with a squared distance, or with its root. */
static double slope_of(const flama_sk_gp_kernel *k, bool *rooted)
{
    *rooted = k->kind == EXP_SINE_SQUARED || (k->kind == MATERN && !isinf(k->nu));
    if (k->kind == MATERN)
        return *rooted ? sqrt(2 * k->nu) : 0.5;
    double inverse = 1 / (k->length * k->length);
    return k->kind == RBF                  ? 0.5
           : k->kind == RATIONAL_QUADRATIC ? 0.5 * inverse
                                           : 2 * M_PI / k->period * inverse;
}

static void distance_values(const flama_sk_gp_kernel *k, const double *x,
                            double *scratch, double *out)
{
    bool rooted;
    double d[FLAMA_SK_NEAR], slope = slope_of(k, &rooted);
    for (size_t j = 0; k->lengths && j < k->features; j++)
        scratch[j] = x[j] / k->lengths[j];
    for (size_t from = 0; from < k->count; from += FLAMA_SK_NEAR) {
        size_t n = flama_sk_near_some(&k->near, from);
        flama_sk_near_measured(&k->near, k->lengths ? scratch : x, from, fabs(slope),
                               rooted, d);
        of_distances(k, d, n);
        memcpy(out + from, d, n * sizeof *out);
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
    double *lengths = flama_sk_new(in, n, sizeof *lengths);
    double *scaled = flama_sk_new(in, f->count * n, sizeof *scaled);
    if (in->failed)
        return;
    for (size_t j = 0; j < n; j++)
        lengths[j] = scale[given == 1 ? 0 : j];
    for (size_t i = 0; i < f->count * n; i++)
        scaled[i] = f->rows[i] / lengths[i % n];
    k->lengths = lengths;
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
