/* Distances between rows, as scikit-learn's neighbours measure them. Many are ordered
 * by something cheaper than the distance itself (the square of the Euclidean one): the
 * reduced distance. A distance is immutable once read; any thread uses it. */
#ifndef FLAMA_SKLEARN_DISTANCE_H
#define FLAMA_SKLEARN_DISTANCE_H

#include "engine/sklearn/loader.h"

typedef enum flama_sk_metric {
    FLAMA_SK_EUCLIDEAN,
    FLAMA_SK_SQEUCLIDEAN,
    FLAMA_SK_MANHATTAN,
    FLAMA_SK_CHEBYSHEV,
    FLAMA_SK_MINKOWSKI,
    FLAMA_SK_SEUCLIDEAN,
    FLAMA_SK_MAHALANOBIS,
    FLAMA_SK_HAMMING,
    FLAMA_SK_CANBERRA,
    FLAMA_SK_BRAYCURTIS,
    FLAMA_SK_COSINE,
    FLAMA_SK_CORRELATION,
    FLAMA_SK_HAVERSINE,
    FLAMA_SK_NAN_EUCLIDEAN,
    FLAMA_SK_JACCARD, /* from here on of truth values */
    FLAMA_SK_DICE,
    FLAMA_SK_ROGERSTANIMOTO,
    FLAMA_SK_RUSSELLRAO,
    FLAMA_SK_SOKALMICHENER,
    FLAMA_SK_SOKALSNEATH,
    FLAMA_SK_YULE
} flama_sk_metric;

typedef struct flama_sk_distance {
    flama_sk_metric metric;
    size_t features;
    double p;              /* of minkowski */
    const double *weights; /* features: w of minkowski (or NULL), V of seuclidean */
    const double *matrix;  /* features x features: VI of mahalanobis */
    bool signed_sums;      /* braycurtis divides by |a + b|, not by |a| + |b| */
} flama_sk_distance;

/* Points laid out for measuring many at once: in blocks of 8, feature by feature, the
 * last block filled up with zeros. */
enum { FLAMA_SK_BLOCK = 8 };

typedef struct flama_sk_points {
    size_t count;
    const double *rows;
    const double *blocks; /* NULL for metrics that are measured a pair at a time */
} flama_sk_points;

/* Reads the metric named by the attribute, with its parameters out of `params` (a DICT
 * node or NULL). 0 or in->failed. */
int flama_sk_distance_read(flama_sk_loader *in, const flama_pickle *object,
                           const char *name, const flama_pickle *params,
                           size_t features, flama_sk_distance *out);

/* Lays `count` rows out, which must stay; false on failure. */
bool flama_sk_points_new(flama_sk_loader *in, const flama_sk_distance *distance,
                         const double *rows, size_t count, flama_sk_points *out);

/* The reduced distance of two rows; the distance of a reduced one, and the other way
 * round. */
double flama_sk_distance_reduced(const flama_sk_distance *distance, const double *a,
                                 const double *b);
double flama_sk_distance_full(const flama_sk_distance *distance, double reduced);
double flama_sk_distance_reduce(const flama_sk_distance *distance, double full);

/* Reduced distances of x to the points of one block, into out[0..8). */
void flama_sk_distance_block(const flama_sk_distance *distance, const double *x,
                             const flama_sk_points *points, size_t block, double *out);

#endif
