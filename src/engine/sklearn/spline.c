/* SplineTransformer: the B-splines of each column. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"

/* The splines of a feature. Beyond low and high they go on as the extrapolation says:
 * `edge` of them from their values and slopes there. */
typedef struct splines {
    const double *knots;
    double low, high;
    const double *values_low, *values_high; /* `count` each */
    const double *slopes_low, *slopes_high;
    size_t edge;
} splines;

typedef enum extrapolation {
    CONSTANT,
    LINEAR,
    CONTINUE,
    PERIODIC,
    ERROR
} extrapolation;

enum { MAX_DEGREE = 64 };

typedef struct transformer {
    const splines *features;
    size_t degree;
    size_t bases; /* splines over the knots */
    size_t count; /* splines of a feature: fewer when periodic, the ends being one */
    size_t given; /* the last is left out without a bias */
    extrapolation beyond;
    bool skips_missing;
    double empty_period; /* what x counts as in a period of no length */
} transformer;

/* The last knot, of those that start an interval, that is not above x. */
static size_t interval_of(const transformer *m, const double *t, double x)
{
    size_t from = m->degree, n = m->bases - m->degree;
    while (n > 1) {
        size_t half = n / 2;
        if (t[from + half] <= x) {
            from += half;
            n -= half;
        } else
            n = half;
    }
    return from;
}

/* The splines that are not zero at x, degree + 1 of them from *first on, or their
 * slopes (C. de Boor, On calculating with B-splines, 1972). */
static void evaluate(const transformer *m, const double *t, double x, bool slopes,
                     size_t *first, double *h)
{
    size_t k = m->degree, ell = interval_of(m, t, x);
    double before[MAX_DEGREE + 1];
    h[0] = slopes && k == 0 ? 0 : 1;
    for (size_t j = 1; j <= k; j++) {
        memcpy(before, h, j * sizeof *h);
        h[0] = 0;
        for (size_t n = 1; n <= j; n++) {
            double right = t[ell + n], left = t[ell + n - j];
            h[n] = 0;
            if (right == left)
                continue;
            double w = before[n - 1] / (right - left);
            if (slopes && j == k) {
                h[n - 1] -= (double)k * w;
                h[n] = (double)k * w;
            } else {
                h[n - 1] += w * (right - x);
                h[n] = w * (x - left);
            }
        }
    }
    *first = ell - k;
}

/* All splines of a feature at x, into y; *y is zero before. */
static void spread(const transformer *m, const double *t, double x, bool slopes,
                   double *y)
{
    double h[MAX_DEGREE + 1];
    size_t first;
    evaluate(m, t, x, slopes, &first, h);
    for (size_t i = 0; i <= m->degree; i++)
        y[(first + i) % m->count] += h[i];
}

/* x in one period, as Python's % has it. */
static double into_period(const transformer *m, const double *t, double x)
{
    double start = t[m->degree], period = t[m->bases] - start;
    if (!(period > 0)) /* a column that was constant */
        return m->empty_period;
    double rest = fmod(x - start, period);
    return start + (rest < 0 ? rest + period : rest);
}

static void beyond(const transformer *m, const splines *s, double x, double *y)
{
    bool under = x < s->low;
    double bound = under ? s->low : s->high;
    const double *values = under ? s->values_low : s->values_high;
    const double *slopes = under ? s->slopes_low : s->slopes_high;
    /* Of degree 0 the last spline goes on, and the first does not: -0 is no index. */
    size_t edge = m->degree == 0 && m->beyond == CONSTANT && !under ? 1 : s->edge;
    for (size_t j = 0; j < edge && j < m->count; j++) {
        size_t k = under ? j : m->count - 1 - j;
        y[k] = values[k] + (m->beyond == LINEAR ? (x - bound) * slopes[k] : 0);
    }
}

static bool transform_cell(const transformer *m, size_t f, double x, double *y)
{
    const splines *s = &m->features[f];
    bool outside = x < s->low || x > s->high;
    if (isnan(x)) /* all zero */
        return true;
    if (m->beyond == PERIODIC && isnan(x = into_period(m, s->knots, x))) {
        for (size_t j = 0; j < m->count; j++)
            y[j] = NAN;
        return true;
    }
    if (outside && m->beyond == ERROR)
        return false;
    if (outside && m->beyond <= LINEAR)
        beyond(m, s, x, y);
    else
        spread(m, s->knots, x, false, y);
    return true;
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const transformer *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    double *all = flama_sk_alloc(call, m->count, sizeof *all);
    if (y == NULL || all == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows * x->cols; i++, y += m->given) {
        memset(all, 0, m->count * sizeof *all);
        if (!transform_cell(m, i % x->cols, x->data[i], all))
            return flama_sk_fail_cell(
                call, x, i, "`X` contains values beyond the limits of the knots");
        memcpy(y, all, m->given * sizeof *y);
    }
    return 0;
}

static const flama_sk_methods methods = {.transform = transform};

static const double *at_bound(flama_sk_loader *in, const transformer *m,
                              const double *knots, double x, bool slopes)
{
    double *y = flama_sk_new(in, m->count, sizeof *y);
    if (y)
        spread(m, knots, x, slopes, y);
    return y;
}

/* scikit-learn takes the bounds of a feature with the degree that the feature before
 * left over, one more than its own when that is under two: with linear extrapolation
 * the later features' bounds lie further in then. */
static bool read_splines(flama_sk_loader *in, const flama_pickle *node, transformer *m,
                         size_t *reach, splines *s)
{
    /* Newer versions of scipy have all in another object, the first of the state. */
    const flama_pickle *state =
        node->kind == FLAMA_PICKLE_OBJECT ? node->object->state : NULL;
    if (state && state->kind == FLAMA_PICKLE_TUPLE && state->count == 2)
        node = state->items[0];
    const char *name = flama_sk_find(in, node, "_t") ? "_t" : "t";
    size_t count = FLAMA_SK_ANY, k = m->degree;
    s->knots = flama_sk_vector(in, node, name, &count);
    if (s->knots == NULL)
        return false;
    size_t bases = count > 2 * k + 1 ? count - k - 1 : 0;
    if (m->bases == 0)
        m->bases = bases;
    size_t lost = m->beyond == PERIODIC ? k : 0;
    if (bases == 0 || bases != m->bases || bases <= lost || *reach + 1 >= count)
        flama_sk_damaged(in, "bsplines_", "has %zu knots", count);
    for (size_t i = 1; i < count; i++)
        if (!(s->knots[i - 1] <= s->knots[i]))
            flama_sk_damaged(in, "bsplines_", "has knots that are not in order");
    if (in->failed)
        return false;
    m->count = bases - lost;
    s->low = s->knots[*reach];
    s->high = s->knots[count - *reach - 1];
    s->values_low = at_bound(in, m, s->knots, s->low, false);
    s->values_high = at_bound(in, m, s->knots, s->high, false);
    s->slopes_low = at_bound(in, m, s->knots, s->low, true);
    s->slopes_high = at_bound(in, m, s->knots, s->high, true);
    if (m->beyond == LINEAR && *reach <= 1)
        *reach += 1;
    s->edge = *reach;
    return in->failed == 0;
}

FLAMA_SK_LOAD(spline_transformer)
{
    static const char *const ways[] = {"constant", "linear", "continue",
                                       "periodic", "error",  NULL};
    static const char *const missing[] = {"error", "zeros", NULL};
    size_t count;
    transformer *m = flama_sk_new(in, 1, sizeof *m);
    flama_pickle *const *nodes = flama_sk_items(in, self, "bsplines_", &count);
    splines *features = flama_sk_new(in, count, sizeof *features);
    int64_t degree = flama_sk_integer(in, self, "degree");
    if (in->failed == 0 && (degree < 0 || degree > MAX_DEGREE))
        flama_sk_refuse(in, "of degree %lld is not run", (long long)degree);
    if (count == 0 || (out->features && out->features != count))
        flama_sk_damaged(in, "bsplines_", "are %zu for %zu features", count,
                         out->features);
    if (in->failed)
        return in->failed;
    *m = (transformer){
        .features = features,
        .degree = (size_t)degree,
        .beyond = (extrapolation)flama_sk_choice(in, self, "extrapolation", ways),
        .empty_period = in->version >= 108 ? 0 : NAN,
        .skips_missing =
            flama_sk_choice_or(in, self, "handle_missing", missing, 0) == 1};
    size_t reach = m->degree;
    for (size_t f = 0; f < count; f++)
        if (!read_splines(in, nodes[f], m, &reach, &features[f]))
            return in->failed;
    m->given = m->count - !flama_sk_flag(in, self, "include_bias");
    out->accepts = m->skips_missing ? (unsigned)FLAMA_SK_NAN : 0u;
    out->features = count;
    out->columns = count * m->given;
    out->model = m;
    out->methods = &methods;
    out->cost = 20 + (double)count * (double)(m->count + m->degree * m->degree * 5);
    return in->failed;
}
