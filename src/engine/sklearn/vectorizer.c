/* Text as numbers: CountVectorizer, TfidfVectorizer, HashingVectorizer, and
 * TfidfTransformer for counts that are there already. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/sklearn/analyzer.h"
#include "engine/sklearn/counter.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/sparse.h"

typedef enum norm { L1, L2, NO_NORM } norm;

/* What is made of counts. */
typedef struct weighting {
    bool binary;
    bool sublinear;    /* 1 + log(count) */
    const double *idf; /* a column each, or NULL */
    norm norm;
} weighting;

typedef struct vectorizer {
    const flama_sk_analyzer *analyzer;
    flama_map vocabulary; /* column + 1 of each term, when it does not hash */
    size_t hashed;        /* number of columns, when it does */
    bool alternate_sign;
    weighting weighting;
} vectorizer;

/* What the analyzer calls with each term of a text. */
typedef struct counting {
    const vectorizer *model;
    flama_sk_counter counter;
} counting;

static int count_term(void *ctx, flama_string term)
{
    counting *c = ctx;
    const vectorizer *m = c->model;
    if (m->hashed)
        return flama_sk_counter_add_hashed(&c->counter, term, m->hashed,
                                           m->alternate_sign, 1);
    uintptr_t column = (uintptr_t)flama_map_get(&m->vocabulary, term);
    return column ? flama_sk_counter_add(&c->counter, column - 1, 1) : 0;
}

/* Weighing. */

/* The numbers of one row, in place. */
static void weigh(const weighting *w, const uint32_t *columns, double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double v = w->binary && values[i] != 0 ? 1 : values[i];
        v = w->sublinear ? log(v) + 1 : v;
        values[i] = w->idf ? v * w->idf[columns[i]] : v;
        sum += w->norm == L2 ? values[i] * values[i] : fabs(values[i]);
    }
    double length = w->norm == L2 ? sqrt(sum) : sum;
    for (size_t i = 0; w->norm != NO_NORM && length != 0 && i < n; i++)
        values[i] /= length;
}

static int vectorize_row(counting *c, const flama_sk_matrix *x, size_t r)
{
    flama_sk_counter *counter = &c->counter;
    const flama_value *cell = x->cells ? &x->cells[r] : NULL;
    if (cell == NULL || cell->kind != FLAMA_KIND_STRING)
        return flama_sk_fail_cell(counter->call, x, r,
                                  "an invalid document, expected a string");
    int code = flama_sk_analyze(c->model->analyzer, counter->call, cell->string,
                                count_term, c);
    if (code == 0)
        code = flama_sk_counter_next(counter);
    size_t from = counter->starts[r];
    if (code == 0)
        weigh(&c->model->weighting, counter->columns + from, counter->values + from,
              counter->written - from);
    return code;
}

static int vectorize(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    counting c = {.model = self->model};
    if (!x->flat)
        return flama_fail_at(call, FLAMA_EINPUT, x->is_input ? "$.input" : "",
                             "%s takes a list of texts, not rows of them.", self->name);
    int code = flama_sk_counter_init(&c.counter, call, x->rows);
    for (size_t r = 0; code == 0 && r < x->rows; r++)
        code = flama_call_cancelled(call) ? flama_call_stopped(call)
                                          : vectorize_row(&c, x, r);
    return code ? code : flama_sk_counter_end(&c.counter, self->columns, out);
}

static const flama_sk_methods vectorizing = {.transform = vectorize};

/* Loading. */

static vectorizer *new_vectorizer(flama_sk_loader *in, const flama_pickle *self,
                                  flama_sk_estimator *out)
{
    vectorizer *m = flama_sk_new(in, 1, sizeof *m);
    const flama_sk_analyzer *analyzer = flama_sk_analyzer_read(in, self);
    if (analyzer == NULL)
        return NULL;
    m->analyzer = analyzer;
    m->weighting = (weighting){.binary = flama_sk_flag_or(in, self, "binary", false),
                               .norm = NO_NORM};
    out->model = m;
    out->methods = &vectorizing;
    out->accepts = FLAMA_SK_FLAT | FLAMA_SK_CELLS | FLAMA_SK_NAN;
    out->features = 0;
    out->cost = 5000;
    return m;
}

/* The one learnt, or the one given. */
static void read_vocabulary(flama_sk_loader *in, const flama_pickle *self,
                            vectorizer *m, flama_sk_estimator *out)
{
    const flama_pickle *node = flama_sk_find(in, self, "vocabulary_");
    if (node == NULL)
        node = flama_sk_get(in, self, "vocabulary");
    out->columns = flama_sk_vocabulary_read(in, node, &m->vocabulary);
}

FLAMA_SK_LOAD(count_vectorizer)
{
    vectorizer *m = new_vectorizer(in, self, out);
    if (m)
        read_vocabulary(in, self, m, out);
    return in->failed;
}

static norm read_norm(flama_sk_loader *in, const flama_pickle *self)
{
    static const char *const norms[] = {"l1", "l2", NULL};
    return (norm)flama_sk_choice_or(in, self, "norm", norms, NO_NORM);
}

FLAMA_SK_LOAD(hashing_vectorizer)
{
    vectorizer *m = new_vectorizer(in, self, out);
    int64_t columns = flama_sk_integer(in, self, "n_features");
    if (in->failed)
        return in->failed;
    if (columns < 1 || columns > INT32_MAX)
        return flama_sk_damaged(in, "n_features", "is out of range");
    m->hashed = (size_t)columns;
    m->alternate_sign = flama_sk_flag_or(in, self, "alternate_sign", true);
    m->weighting.norm = read_norm(in, self);
    out->columns = m->hashed;
    return in->failed;
}

/* The weights of columns: an array, which before 1.4 was the diagonal of a matrix. */
static const double *read_idf(flama_sk_loader *in, const flama_pickle *tfidf,
                              size_t columns)
{
    const flama_pickle *diagonal = flama_sk_find(in, tfidf, "_idf_diag");
    if (diagonal)
        return flama_sk_vector(in, diagonal, "data", &columns);
    return flama_sk_vector(in, tfidf, "idf_", &columns);
}

static void read_weighting(flama_sk_loader *in, const flama_pickle *tfidf,
                           size_t columns, weighting *out)
{
    out->sublinear = flama_sk_flag_or(in, tfidf, "sublinear_tf", false);
    out->norm = read_norm(in, tfidf);
    if (flama_sk_flag_or(in, tfidf, "use_idf", true))
        out->idf = read_idf(in, tfidf, columns);
}

FLAMA_SK_LOAD(tfidf_vectorizer)
{
    vectorizer *m = new_vectorizer(in, self, out);
    if (m == NULL)
        return in->failed;
    read_vocabulary(in, self, m, out);
    const flama_pickle *tfidf = flama_sk_get(in, self, "_tfidf");
    if (tfidf)
        read_weighting(in, tfidf, out->columns, &m->weighting);
    return in->failed;
}

/* Counts, sparse or not. */
static int weigh_matrix(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const weighting *w = self->model;
    flama_sk_matrix from = *x;
    int code = x->sparse ? 0 : flama_sk_sparse_side_by_side(call, x, 1, x->rows, &from);
    if (code)
        return code;
    size_t count = flama_sk_sparse_count(&from), n = 0;
    size_t *starts = flama_sk_alloc(call, x->rows + 1, sizeof *starts);
    uint32_t *columns = flama_sk_alloc(call, count, sizeof *columns);
    double *values = flama_sk_alloc(call, count, sizeof *values);
    if (starts == NULL || columns == NULL || values == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        starts[r] = n;
        for (size_t i = from.sparse->starts[r]; i < from.sparse->starts[r + 1]; i++) {
            columns[n] = from.sparse->columns[i];
            values[n] = from.sparse->values[i];
            n += values[n] != 0;
        }
        weigh(w, columns + starts[r], values + starts[r], n - starts[r]);
    }
    starts[x->rows] = n;
    flama_sk_sparse parts = {starts, columns, values};
    return flama_sk_sparse_set(call, x->rows, x->cols, &parts, out);
}

static const flama_sk_methods weighing = {.transform = weigh_matrix};

FLAMA_SK_LOAD(tfidf_transformer)
{
    weighting *w = flama_sk_new(in, 1, sizeof *w);
    if (w == NULL)
        return in->failed;
    size_t columns = out->features ? out->features : FLAMA_SK_ANY;
    read_weighting(in, self, columns, w);
    out->model = w;
    out->methods = &weighing;
    out->accepts = FLAMA_SK_SPARSE;
    out->columns = out->features;
    return in->failed;
}
