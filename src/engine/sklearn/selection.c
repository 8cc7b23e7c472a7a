/* Feature selection: by variance, and by a score or its p-value, one feature at a time.
 */
#include "engine/sklearn/selection.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/sparse.h"

#define NOWHERE UINT32_MAX

typedef struct selection {
    size_t *index;
    uint32_t *places; /* of each feature among those that are kept, or NOWHERE */
} selection;

static int select_sparse(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const selection *m = self->model;
    const flama_sk_sparse *s = x->sparse;
    size_t total = flama_sk_sparse_count(x), n = 0;
    size_t *starts = flama_sk_alloc(call, x->rows + 1, sizeof *starts);
    uint32_t *columns = flama_sk_alloc(call, total, sizeof *columns);
    double *values = flama_sk_alloc(call, total, sizeof *values);
    if (starts == NULL || columns == NULL || values == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        starts[r] = n;
        for (size_t i = s->starts[r]; i < s->starts[r + 1]; i++)
            if (m->places[s->columns[i]] != NOWHERE) {
                columns[n] = m->places[s->columns[i]];
                values[n++] = s->values[i];
            }
    }
    starts[x->rows] = n;
    flama_sk_sparse parts = {starts, columns, values};
    return flama_sk_sparse_set(call, x->rows, self->columns, &parts, out);
}

static int select_columns(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const selection *m = self->model;
    size_t n = self->columns;
    if (x->sparse)
        return select_sparse(self, call, x, out);
    double *y = x->cells ? NULL : flama_sk_matrix_new(call, x->rows, n, out);
    flama_value *cells = x->cells ? flama_sk_cells_new(call, x->rows, n, out) : NULL;
    if (y == NULL && cells == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < n; j++)
            if (y)
                y[r * n + j] = x->data[r * x->cols + m->index[j]];
            else
                cells[r * n + j] = x->cells[r * x->cols + m->index[j]];
    return 0;
}

static const flama_sk_methods methods = {.transform = select_columns};

int flama_sk_selection_set(flama_sk_loader *in, const bool *keep,
                           flama_sk_estimator *out)
{
    selection *m = flama_sk_new(in, 1, sizeof *m);
    size_t *index = flama_sk_new(in, out->features, sizeof *index);
    uint32_t *places = flama_sk_new(in, out->features, sizeof *places);
    size_t count = 0;
    for (size_t j = 0; in->failed == 0 && j < out->features; j++) {
        places[j] = keep[j] ? (uint32_t)count : NOWHERE;
        if (keep[j])
            index[count++] = j;
    }
    if (in->failed)
        return in->failed;
    m->index = index;
    m->places = places;
    out->accepts |= FLAMA_SK_SPARSE;
    out->model = m;
    out->methods = &methods;
    out->columns = count;
    out->cost = 20 + 2 * (double)count;
    return 0;
}

FLAMA_SK_LOAD(variance_threshold)
{
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    const double *variances = flama_sk_vector(in, self, "variances_", &features);
    double threshold = flama_sk_number(in, self, "threshold");
    bool *keep = variances ? flama_sk_new(in, features, sizeof *keep) : NULL;
    for (size_t j = 0; keep && j < features; j++)
        keep[j] = variances[j] > threshold;
    out->features = features;
    out->accepts = FLAMA_SK_NAN;
    return in->failed ? in->failed : flama_sk_selection_set(in, keep, out);
}

/* Scores. */

typedef struct score {
    double value;
    size_t index;
} score;

static int compare(const void *a, const void *b)
{
    const score *p = a, *q = b;
    if (p->value != q->value)
        return p->value < q->value ? -1 : 1;
    return p->index < q->index ? -1 : p->index > q->index;
}

/* Ascending, equals in their order. */
static score *sort(flama_sk_loader *in, const double *values, size_t n)
{
    score *sorted = flama_arena_calloc(in->scratch, n, sizeof *sorted);
    for (size_t i = 0; sorted && i < n; i++)
        sorted[i] = (score){values[i], i};
    if (sorted)
        qsort(sorted, n, sizeof *sorted, compare);
    else
        flama_sk_refuse(in, "has too many scores");
    return sorted;
}

/* scores_, with the lowest number for NaN. */
static const double *read_scores(flama_sk_loader *in, const flama_pickle *self,
                                 size_t *features)
{
    const double *scores = flama_sk_vector(in, self, "scores_", features);
    double *clean = scores ? flama_sk_new(in, *features, sizeof *clean) : NULL;
    bool single = flama_sk_is_single(in, self, "scores_");
    for (size_t i = 0; clean && i < *features; i++)
        clean[i] = !isnan(scores[i]) ? scores[i] : single ? -(double)FLT_MAX : -DBL_MAX;
    return clean;
}

static void keep_best(flama_sk_loader *in, const flama_pickle *self, const char *name,
                      size_t *features, bool **keep)
{
    bool all = flama_pickle_is_text(flama_sk_get(in, self, name), "all");
    const double *scores = read_scores(in, self, features);
    int64_t k = all ? INT64_MAX : flama_sk_integer(in, self, name);
    *keep = scores ? flama_sk_new(in, *features, sizeof **keep) : NULL;
    score *sorted = *keep ? sort(in, scores, *features) : NULL;
    if (sorted == NULL)
        return;
    size_t n = *features, count = k < 0 ? 0 : (uint64_t)k < n ? (size_t)k : n;
    for (size_t i = n - count; i < n; i++)
        (*keep)[sorted[i].index] = true;
}

/* As numpy.percentile of sorted scores. */
static double percentile(const score *sorted, size_t n, double percent)
{
    double at = percent / 100 * (double)(n - 1), whole = floor(at), t = at - whole;
    size_t i = (size_t)whole, next = i + 1 < n ? i + 1 : i;
    double low = sorted[i].value, high = sorted[next].value, step = high - low;
    return t >= 0.5 ? high - step * (1 - t) : low + step * t;
}

/* Those over the percentile; of those that are equal to it the first, as many as there
 * is room for. */
static void keep_percentile(flama_sk_loader *in, const flama_pickle *self,
                            const char *name, size_t *features, bool **keep)
{
    const double *scores = read_scores(in, self, features);
    double percent = flama_sk_number(in, self, name);
    *keep = scores ? flama_sk_new(in, *features, sizeof **keep) : NULL;
    size_t n = *features, over = 0, equal = 0;
    score *sorted = *keep && n ? sort(in, scores, n) : NULL;
    if (sorted && !(percent >= 0 && percent <= 100))
        flama_sk_damaged(in, name, "is no percentile");
    if (in->failed || sorted == NULL)
        return;
    double threshold = percentile(sorted, n, 100 - percent);
    for (size_t i = 0; i < n; i++) {
        (*keep)[i] = percent == 100 || (percent > 0 && scores[i] > threshold);
        over += (*keep)[i];
        equal += scores[i] == threshold;
    }
    if (percent == 0 || percent == 100)
        return;
    /* Python's slice: less than nothing leaves out as many at the end. */
    size_t most = (size_t)((double)n * percent / 100);
    size_t room = most >= over          ? most - over
                  : equal > over - most ? equal - (over - most)
                                        : 0;
    for (size_t i = 0; i < n && room > 0; i++)
        if (scores[i] == threshold) {
            (*keep)[i] = true;
            room--;
        }
}

typedef enum rule { FPR, FDR, FWE } rule;

/* The p-value up to which features are kept; *within: it is too (Y. Benjamini and Y.
 * Hochberg 1995, for the false discovery rate). */
static double limit_of(rule how, double alpha, const score *sorted, size_t n,
                       bool *within)
{
    double limit = -1;
    *within = how == FDR;
    if (how != FDR)
        return how == FPR ? alpha : alpha / (double)n;
    for (size_t i = 0; i < n; i++)
        if (sorted[i].value <= alpha / (double)n * (double)(i + 1))
            limit = sorted[i].value;
    return limit;
}

/* A NaN is never kept; sorting them last as numpy does is sorting infinity. */
static void keep_significant(flama_sk_loader *in, const flama_pickle *self,
                             const char *name, rule how, size_t *features, bool **keep)
{
    const double *p = flama_sk_vector(in, self, "pvalues_", features);
    double alpha = flama_sk_number(in, self, name);
    double *clean = p ? flama_sk_new(in, *features, sizeof *clean) : NULL;
    *keep = p ? flama_sk_new(in, *features, sizeof **keep) : NULL;
    for (size_t i = 0; in->failed == 0 && i < *features; i++)
        clean[i] = isnan(p[i]) ? INFINITY : p[i];
    score *sorted = in->failed ? NULL : sort(in, clean, *features);
    if (sorted == NULL)
        return;
    bool within;
    double limit = limit_of(how, alpha, sorted, *features, &within);
    for (size_t i = 0; i < *features; i++)
        (*keep)[i] = p[i] < limit || (within && p[i] == limit);
}

/* A mode of GenericUnivariateSelect, whose parameter has the name. */
enum { BEST, PERCENTILE, BY_FPR, BY_FDR, BY_FWE };

static int load_mode(flama_sk_loader *in, const flama_pickle *self, int mode,
                     const char *name, flama_sk_estimator *out)
{
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    bool *keep = NULL;
    if (mode == BEST)
        keep_best(in, self, name, &features, &keep);
    else if (mode == PERCENTILE)
        keep_percentile(in, self, name, &features, &keep);
    else
        keep_significant(in, self, name, (rule)(mode - BY_FPR), &features, &keep);
    out->features = features;
    return in->failed ? in->failed : flama_sk_selection_set(in, keep, out);
}

FLAMA_SK_LOAD(select_k_best)
{
    return load_mode(in, self, BEST, "k", out);
}

FLAMA_SK_LOAD(select_percentile)
{
    return load_mode(in, self, PERCENTILE, "percentile", out);
}

FLAMA_SK_LOAD(select_fpr)
{
    return load_mode(in, self, BY_FPR, "alpha", out);
}

FLAMA_SK_LOAD(select_fdr)
{
    return load_mode(in, self, BY_FDR, "alpha", out);
}

FLAMA_SK_LOAD(select_fwe)
{
    return load_mode(in, self, BY_FWE, "alpha", out);
}

FLAMA_SK_LOAD(generic_univariate_select)
{
    static const char *const modes[] = {"k_best", "percentile", "fpr",
                                        "fdr",    "fwe",        NULL};
    int mode = (int)flama_sk_choice(in, self, "mode", modes);
    return in->failed ? in->failed : load_mode(in, self, mode, "param", out);
}
