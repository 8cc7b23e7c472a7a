/* PolynomialFeatures: products of columns. */
#include "engine/sklearn/families.h"

/* A term is another term times a feature, so that each costs one product. The first
 * `features` terms (after the bias) are the features themselves. */
typedef struct term {
    uint32_t factor; /* index of a term */
    uint32_t feature;
} term;

typedef struct polynomial {
    size_t features;
    size_t count; /* of terms, without the bias */
    size_t first; /* terms before it are of too low a degree: not given */
    bool bias;
    term *terms;
} polynomial;

static int expand(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const polynomial *m = self->model;
    double *all = flama_sk_alloc(call, m->count + 1, sizeof *all);
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL || all == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = x->data + r * x->cols;
        for (size_t i = 0; i < m->count; i++)
            all[i] = i < m->features
                         ? row[i]
                         : all[m->terms[i].factor] * row[m->terms[i].feature];
        if (m->bias)
            *y++ = 1;
        for (size_t i = m->first; i < m->count; i++)
            *y++ = all[i];
    }
    return 0;
}

static const flama_sk_methods expanding = {.transform = expand};

enum { MAX_TERMS = 1 << 20, MAX_POWER = 64 };

/* The terms of the next degree, in scikit-learn's order: for each feature f, all terms
 * of the degree before that hold no feature under f (or, for interactions only, up to
 * f). starts[f] is the first of those, starts[features] their end. Without m->terms
 * they are only counted. */
static void add_degree(polynomial *m, size_t *starts, bool interactions)
{
    size_t end = starts[m->features];
    for (size_t f = 0; f < m->features; f++) {
        size_t from = interactions ? starts[f + 1] : starts[f];
        starts[f] = m->count;
        for (size_t i = from; m->terms && i < end; i++)
            m->terms[m->count + i - from] = (term){(uint32_t)i, (uint32_t)f};
        m->count += end - from;
    }
    starts[m->features] = m->count;
}

static void add_terms(polynomial *m, size_t *starts, size_t least, size_t most,
                      bool interactions)
{
    m->count = most ? m->features : 0;
    m->first = least > 1 ? m->count : 0;
    for (size_t f = 0; f <= m->features; f++)
        starts[f] = f;
    for (size_t d = 2; d <= most && m->count <= MAX_TERMS; d++) {
        add_degree(m, starts, interactions);
        m->first = d < least ? m->count : m->first;
    }
}

/* Degrees as (least, most): `degree` is a number or such a pair. */
static void read_degrees(flama_sk_loader *in, const flama_pickle *self, size_t *least,
                         size_t *most)
{
    const flama_pickle *node = flama_sk_get(in, self, "degree");
    int64_t low = 0, high = 0;
    bool pair = node && node->count == 2 && node->kind == FLAMA_PICKLE_TUPLE;
    bool ok = pair ? flama_numpy_integer(node->items[0], &low) &&
                         flama_numpy_integer(node->items[1], &high)
                   : flama_numpy_integer(node, &high);
    if (!ok || low < 0 || high < low || high > MAX_POWER)
        flama_sk_damaged(in, "degree", "is no degree");
    *least = (size_t)low;
    *most = (size_t)high;
}

FLAMA_SK_LOAD(polynomial)
{
    size_t least, most;
    polynomial *m = flama_sk_new(in, 1, sizeof *m);
    size_t *starts = flama_sk_new(in, out->features + 1, sizeof *starts);
    read_degrees(in, self, &least, &most);
    bool interactions = flama_sk_flag(in, self, "interaction_only");
    bool bias = flama_sk_flag(in, self, "include_bias");
    if (in->failed)
        return in->failed;
    m->features = out->features;
    m->bias = bias;
    add_terms(m, starts, least, most, interactions);
    if (m->features == 0 || m->count > MAX_TERMS)
        return flama_sk_refuse(in,
                               "with %zu features and more than %d terms is not run",
                               m->features, MAX_TERMS);
    m->terms = flama_sk_new(in, m->count, sizeof *m->terms);
    if (in->failed)
        return in->failed;
    add_terms(m, starts, least, most, interactions);
    out->columns = m->count - m->first + m->bias;
    out->model = m;
    out->methods = &expanding;
    out->cost = 20 + 2 * (double)m->count;
    return in->failed;
}
