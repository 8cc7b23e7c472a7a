#include "engine/sklearn/distance.h"

#include <math.h>
#include <string.h>

#include "engine/sklearn/product.h"

/* Metrics of numbers. Sums run feature by feature, in order: neighbours that are as far
 * away must come out so to the last bit. */

static double squares(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        double d = a[j] - b[j];
        sum += d * d;
    }
    return sum;
}

static double manhattan(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += fabs(a[j] - b[j]);
    return sum;
}

static double chebyshev(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t j = 0; j < n; j++)
        most = fmax(most, fabs(a[j] - b[j]));
    return most;
}

static double minkowski(const flama_sk_distance *m, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < m->features; j++)
        sum += (m->weights ? m->weights[j] : 1) * pow(fabs(a[j] - b[j]), m->p);
    return sum;
}

static double seuclidean(const flama_sk_distance *m, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < m->features; j++) {
        double d = a[j] - b[j];
        sum += d * d / m->weights[j];
    }
    return sum;
}

static double mahalanobis(const flama_sk_distance *m, const double *a, const double *b)
{
    size_t n = m->features;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double inner = 0;
        for (size_t j = 0; j < n; j++)
            inner += m->matrix[i * n + j] * (a[j] - b[j]);
        sum += inner * (a[i] - b[i]);
    }
    return sum;
}

static double hamming(const double *a, const double *b, size_t n)
{
    size_t unequal = 0;
    for (size_t j = 0; j < n; j++)
        unequal += a[j] != b[j];
    return (double)unequal / (double)n;
}

static double canberra(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        double size = fabs(a[j]) + fabs(b[j]);
        sum += size > 0 ? fabs(a[j] - b[j]) / size : 0;
    }
    return sum;
}

static double braycurtis(const flama_sk_distance *m, const double *a, const double *b)
{
    double above = 0, below = 0;
    for (size_t j = 0; j < m->features; j++) {
        above += fabs(a[j] - b[j]);
        below += m->signed_sums ? fabs(a[j] + b[j]) : fabs(a[j]) + fabs(b[j]);
    }
    return below > 0 || m->signed_sums ? above / below : 0;
}

/* A row of zeros is as far from every other as can be without looking away. */
static double cosine(const double *a, const double *b, size_t n)
{
    double aa = flama_sk_dot(a, a, n), bb = flama_sk_dot(b, b, n);
    double scale = (aa == 0 ? 1 : sqrt(aa)) * (bb == 0 ? 1 : sqrt(bb));
    double d = 1 - flama_sk_dot(a, b, n) / scale;
    return d < 0 ? 0 : d > 2 ? 2 : d;
}

static double correlation(const double *a, const double *b, size_t n)
{
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
    for (size_t j = 0; j < n; j++) {
        ma += a[j] / (double)n;
        mb += b[j] / (double)n;
    }
    for (size_t j = 0; j < n; j++) {
        aa += (a[j] - ma) * (a[j] - ma);
        bb += (b[j] - mb) * (b[j] - mb);
        ab += (a[j] - ma) * (b[j] - mb);
    }
    return 1 - ab / sqrt(aa * bb);
}

/* Latitude and longitude in radians. */
static double haversine(const double *a, const double *b)
{
    double lat = sin(0.5 * (a[0] - b[0])), lon = sin(0.5 * (a[1] - b[1]));
    return lat * lat + cos(a[0]) * cos(b[0]) * lon * lon;
}

/* Over the features that both have, made up for those they have not. */
static double nan_euclidean(const double *a, const double *b, size_t n)
{
    double sum = 0;
    size_t present = 0;
    for (size_t j = 0; j < n; j++)
        if (!isnan(a[j]) && !isnan(b[j])) {
            sum += (a[j] - b[j]) * (a[j] - b[j]);
            present++;
        }
    return present ? sqrt(sum / (double)present * (double)n) : NAN;
}

/* Metrics of truth values: n of them, both of them true, one of them true, and that the
 * first. */
static double of_truth(flama_sk_metric metric, const double *a, const double *b,
                       size_t n)
{
    size_t both = 0, one = 0, first = 0;
    for (size_t j = 0; j < n; j++) {
        bool x = a[j] != 0, y = b[j] != 0;
        both += x && y;
        one += x != y;
        first += x && !y;
    }
    double all = (double)n, tt = (double)both, differ = (double)one;
    double mixed = (double)first * (double)(one - first);
    switch (metric) {
    case FLAMA_SK_JACCARD:
        return tt + differ > 0 ? differ / (tt + differ) : 0;
    case FLAMA_SK_DICE:
        return tt + differ > 0 ? differ / (2 * tt + differ) : 0;
    case FLAMA_SK_RUSSELLRAO:
        return (all - tt) / all;
    case FLAMA_SK_SOKALSNEATH:
        return tt + differ > 0 ? differ / (0.5 * tt + differ) : 0;
    case FLAMA_SK_YULE:
        return mixed > 0 ? 2 * mixed / (tt * (all - tt - differ) + mixed) : 0;
    default:
        return 2 * differ / (all + differ);
    }
}

double flama_sk_distance_reduced(const flama_sk_distance *m, const double *a,
                                 const double *b)
{
    size_t n = m->features;
    switch (m->metric) {
    case FLAMA_SK_EUCLIDEAN:
    case FLAMA_SK_SQEUCLIDEAN:
        return squares(a, b, n);
    case FLAMA_SK_MANHATTAN:
        return manhattan(a, b, n);
    case FLAMA_SK_CHEBYSHEV:
        return chebyshev(a, b, n);
    case FLAMA_SK_MINKOWSKI:
        return minkowski(m, a, b);
    case FLAMA_SK_SEUCLIDEAN:
        return seuclidean(m, a, b);
    case FLAMA_SK_MAHALANOBIS:
        return mahalanobis(m, a, b);
    case FLAMA_SK_HAMMING:
        return hamming(a, b, n);
    case FLAMA_SK_CANBERRA:
        return canberra(a, b, n);
    case FLAMA_SK_BRAYCURTIS:
        return braycurtis(m, a, b);
    case FLAMA_SK_COSINE:
        return cosine(a, b, n);
    case FLAMA_SK_CORRELATION:
        return correlation(a, b, n);
    case FLAMA_SK_HAVERSINE:
        return haversine(a, b);
    case FLAMA_SK_NAN_EUCLIDEAN:
        return nan_euclidean(a, b, n);
    default:
        return of_truth(m->metric, a, b, n);
    }
}

double flama_sk_distance_full(const flama_sk_distance *m, double reduced)
{
    switch (m->metric) {
    case FLAMA_SK_EUCLIDEAN:
    case FLAMA_SK_SEUCLIDEAN:
    case FLAMA_SK_MAHALANOBIS:
        return sqrt(reduced);
    case FLAMA_SK_MINKOWSKI:
        return pow(reduced, 1 / m->p);
    case FLAMA_SK_HAVERSINE:
        return 2 * asin(sqrt(reduced));
    default:
        return reduced;
    }
}

double flama_sk_distance_reduce(const flama_sk_distance *m, double full)
{
    double half;
    switch (m->metric) {
    case FLAMA_SK_EUCLIDEAN:
    case FLAMA_SK_SEUCLIDEAN:
    case FLAMA_SK_MAHALANOBIS:
        return full * full;
    case FLAMA_SK_MINKOWSKI:
        return pow(full, m->p);
    case FLAMA_SK_HAVERSINE:
        half = sin(0.5 * full);
        return half * half;
    default:
        return full;
    }
}

/* Points in blocks: a feature of 8 points at a time, so that the compiler makes vectors
 * of it while each point's sum keeps its order. */

static void block_squares(const double *x, const double *restrict block, size_t n,
                          double *restrict out)
{
    double sums[FLAMA_SK_BLOCK] = {0};
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < FLAMA_SK_BLOCK; k++) {
            double d = x[j] - block[j * FLAMA_SK_BLOCK + k];
            sums[k] += d * d;
        }
    memcpy(out, sums, sizeof sums);
}

static void block_manhattan(const double *x, const double *restrict block, size_t n,
                            double *restrict out)
{
    double sums[FLAMA_SK_BLOCK] = {0};
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < FLAMA_SK_BLOCK; k++)
            sums[k] += fabs(x[j] - block[j * FLAMA_SK_BLOCK + k]);
    memcpy(out, sums, sizeof sums);
}

static bool in_blocks(flama_sk_metric metric)
{
    return metric == FLAMA_SK_EUCLIDEAN || metric == FLAMA_SK_SQEUCLIDEAN ||
           metric == FLAMA_SK_MANHATTAN;
}

void flama_sk_distance_block(const flama_sk_distance *m, const double *x,
                             const flama_sk_points *points, size_t block, double *out)
{
    size_t n = m->features, from = block * FLAMA_SK_BLOCK;
    if (points->blocks && m->metric == FLAMA_SK_MANHATTAN)
        block_manhattan(x, points->blocks + from * n, n, out);
    else if (points->blocks)
        block_squares(x, points->blocks + from * n, n, out);
    else
        for (size_t k = 0; k < FLAMA_SK_BLOCK && from + k < points->count; k++)
            out[k] = flama_sk_distance_reduced(m, x, points->rows + (from + k) * n);
}

bool flama_sk_points_new(flama_sk_loader *in, const flama_sk_distance *m,
                         const double *rows, size_t count, flama_sk_points *out)
{
    size_t n = m->features, blocks = (count + FLAMA_SK_BLOCK - 1) / FLAMA_SK_BLOCK;
    *out = (flama_sk_points){.count = count, .rows = rows};
    if (in->failed || !in_blocks(m->metric))
        return in->failed == 0;
    double *to = flama_sk_new(in, blocks * n, FLAMA_SK_BLOCK * sizeof *to);
    for (size_t i = 0; to && i < count; i++)
        for (size_t j = 0; j < n; j++)
            to[(i / FLAMA_SK_BLOCK * n + j) * FLAMA_SK_BLOCK + i % FLAMA_SK_BLOCK] =
                rows[i * n + j];
    out->blocks = to;
    return to != NULL;
}

/* Reading. */

static const char *const names[] = {"euclidean",
                                    "sqeuclidean",
                                    "manhattan",
                                    "chebyshev",
                                    "minkowski",
                                    "seuclidean",
                                    "mahalanobis",
                                    "hamming",
                                    "canberra",
                                    "braycurtis",
                                    "cosine",
                                    "correlation",
                                    "haversine",
                                    "nan_euclidean",
                                    "jaccard",
                                    "dice",
                                    "rogerstanimoto",
                                    "russellrao",
                                    "sokalmichener",
                                    "sokalsneath",
                                    "yule",
                                    "l2",
                                    "l1",
                                    "cityblock",
                                    "infinity",
                                    "p",
                                    NULL};

/* What the names from "l2" on mean. */
static const flama_sk_metric other_names[] = {FLAMA_SK_EUCLIDEAN, FLAMA_SK_MANHATTAN,
                                              FLAMA_SK_MANHATTAN, FLAMA_SK_CHEBYSHEV,
                                              FLAMA_SK_MINKOWSKI};

static const flama_pickle *parameter(const flama_pickle *params, const char *name)
{
    const flama_pickle *node = params ? flama_pickle_entry(params, name) : NULL;
    return node && node->kind != FLAMA_PICKLE_NONE ? node : NULL;
}

static void read_minkowski(flama_sk_loader *in, const flama_pickle *params,
                           flama_sk_distance *out)
{
    const flama_pickle *p = parameter(params, "p"), *w = parameter(params, "w");
    out->p = 2;
    if (p && !flama_numpy_number(p, &out->p))
        flama_sk_damaged(in, "metric_params", "has a p that is no number");
    else if (!(out->p > 0))
        flama_sk_damaged(in, "metric_params", "has a p that is not positive");
    if (w)
        out->weights = flama_sk_node_vector(in, w, "metric_params", &out->features);
    if (in->failed || out->weights)
        return;
    if (isinf(out->p))
        out->metric = FLAMA_SK_CHEBYSHEV;
    else if (out->p == 2)
        out->metric = FLAMA_SK_EUCLIDEAN;
    else if (out->p == 1)
        out->metric = FLAMA_SK_MANHATTAN;
}

int flama_sk_distance_read(flama_sk_loader *in, const flama_pickle *object,
                           const char *name, const flama_pickle *params,
                           size_t features, flama_sk_distance *out)
{
    size_t i = flama_sk_choice(in, object, name, names);
    *out = (flama_sk_distance){.metric = i > FLAMA_SK_YULE
                                             ? other_names[i - FLAMA_SK_YULE - 1]
                                             : (flama_sk_metric)i,
                               .features = features};
    const flama_pickle *v = parameter(params, "V"), *vi = parameter(params, "VI");
    if (in->failed == 0 && out->metric == FLAMA_SK_MINKOWSKI)
        read_minkowski(in, params, out);
    else if (out->metric == FLAMA_SK_SEUCLIDEAN && v)
        out->weights = flama_sk_node_vector(in, v, "metric_params", &features);
    else if (out->metric == FLAMA_SK_MAHALANOBIS && vi)
        out->matrix =
            flama_sk_node_matrix(in, vi, "metric_params", &features, &features);
    else if (out->metric == FLAMA_SK_SEUCLIDEAN || out->metric == FLAMA_SK_MAHALANOBIS)
        flama_sk_refuse(in, "with metric=\"%s\" is not run without %s in metric_params",
                        names[i], out->metric == FLAMA_SK_SEUCLIDEAN ? "V" : "VI");
    else if (out->metric == FLAMA_SK_HAVERSINE && features != 2)
        flama_sk_damaged(in, name, "is haversine for %zu features, not 2", features);
    return in->failed;
}
