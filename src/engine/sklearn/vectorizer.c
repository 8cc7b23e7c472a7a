/* Text as numbers: CountVectorizer, TfidfVectorizer, HashingVectorizer, and
 * TfidfTransformer for counts that are there already. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/sklearn/analyzer.h"
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

/* Counting: the columns of a row in an open-addressed table. */

typedef struct entry {
    uint32_t column; /* + 1; 0: free */
    double value;
} entry;

typedef struct counter {
    const vectorizer *model;
    flama_call *call;
    entry *entries;
    size_t capacity; /* a power of two */
    size_t count;
} counter;

static entry *find_entry(const counter *c, uint32_t column)
{
    size_t mask = c->capacity - 1;
    size_t i = column * 0x9E3779B1u & mask;
    while (c->entries[i].column != 0 && c->entries[i].column != column)
        i = (i + 1) & mask;
    return &c->entries[i];
}

static int grow(counter *c)
{
    counter bigger = *c;
    bigger.capacity = c->capacity ? 2 * c->capacity : 64;
    bigger.entries = flama_sk_alloc(c->call, bigger.capacity, sizeof *bigger.entries);
    if (bigger.entries == NULL)
        return FLAMA_EMEMORY;
    memset(bigger.entries, 0, bigger.capacity * sizeof *bigger.entries);
    for (size_t i = 0; i < c->capacity; i++)
        if (c->entries[i].column)
            *find_entry(&bigger, c->entries[i].column) = c->entries[i];
    *c = bigger;
    return 0;
}

static int add(counter *c, size_t column, double value)
{
    if (2 * c->count >= c->capacity && grow(c) != 0)
        return FLAMA_EMEMORY;
    entry *e = find_entry(c, (uint32_t)column + 1);
    c->count += e->column == 0;
    e->column = (uint32_t)column + 1;
    e->value += value;
    return 0;
}

static uint32_t rotate(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

/* MurmurHash3, the 32-bit variant, seed 0 (A. Appleby, public domain). */
static uint32_t murmur(flama_string key)
{
    uint32_t h = 0, k = 0;
    size_t whole = key.size / 4 * 4;
    for (size_t i = 0; i < key.size; i++) {
        k |= (uint32_t)(unsigned char)key.data[i] << (8 * (i % 4));
        if (i % 4 == 3 || i + 1 == key.size) {
            h ^= rotate(k * 0xCC9E2D51u, 15) * 0x1B873593u;
            if (i < whole)
                h = rotate(h, 13) * 5 + 0xE6546B64u;
            k = 0;
        }
    }
    h ^= (uint32_t)key.size;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    return h ^ h >> 16;
}

static int count_term(void *ctx, flama_string term)
{
    counter *c = ctx;
    const vectorizer *m = c->model;
    if (m->hashed == 0) {
        uintptr_t column = (uintptr_t)flama_map_get(&m->vocabulary, term);
        return column ? add(c, column - 1, 1) : 0;
    }
    int64_t h = (int32_t)murmur(term);
    return add(c, (size_t)(h < 0 ? -h : h) % m->hashed,
               m->alternate_sign && h < 0 ? -1 : 1);
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

/* A matrix that is being written, row by row. */
typedef struct writer {
    size_t *starts;
    uint32_t *columns;
    double *values;
    size_t count, capacity;
} writer;

static bool reserve(flama_call *call, writer *w, size_t more)
{
    flama_arena *arena = flama_call_arena(call);
    size_t needed = w->count + more, capacity = w->capacity;
    if (needed <= capacity && capacity > 0)
        return true;
    capacity = capacity ? capacity : 256;
    while (capacity < needed)
        capacity *= 2;
    uint32_t *columns = flama_arena_grow(
        arena, w->columns, w->capacity * sizeof *columns, capacity * sizeof *columns);
    double *values = flama_arena_grow(arena, w->values, w->capacity * sizeof *values,
                                      capacity * sizeof *values);
    if (columns == NULL || values == NULL) {
        flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
        return false;
    }
    w->columns = columns;
    w->values = values;
    w->capacity = capacity;
    return true;
}

/* A hashed term may have met its opposite: zeros are no entries. */
static int write_row(counter *c, writer *w)
{
    size_t from = w->count;
    if (!reserve(c->call, w, c->count))
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < c->capacity; i++) {
        if (c->entries[i].column && c->entries[i].value != 0) {
            w->columns[w->count] = c->entries[i].column - 1;
            w->values[w->count++] = c->entries[i].value;
        }
        c->entries[i] = (entry){0, 0};
    }
    c->count = 0;
    weigh(&c->model->weighting, w->columns + from, w->values + from, w->count - from);
    return 0;
}

static int vectorize_row(counter *c, const flama_sk_matrix *x, size_t r, writer *w)
{
    const flama_value *cell = x->cells ? &x->cells[r] : NULL;
    if (cell == NULL || cell->kind != FLAMA_KIND_STRING)
        return flama_sk_fail_cell(c->call, x, r,
                                  "an invalid document, expected a string");
    int code =
        flama_sk_analyze(c->model->analyzer, c->call, cell->string, count_term, c);
    return code ? code : write_row(c, w);
}

static int vectorize(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    counter c = {.model = self->model, .call = call};
    writer w = {.starts = flama_sk_alloc(call, x->rows + 1, sizeof *w.starts)};
    if (!x->flat)
        return flama_fail_at(call, FLAMA_EINPUT, x->is_input ? "$.input" : "",
                             "%s takes a list of texts, not rows of them.", self->name);
    if (w.starts == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        w.starts[r] = w.count;
        int code = flama_call_cancelled(call) ? flama_call_stopped(call)
                                              : vectorize_row(&c, x, r, &w);
        if (code)
            return code;
    }
    w.starts[x->rows] = w.count;
    flama_sk_sparse parts = {w.starts, w.columns, w.values};
    return flama_sk_sparse_set(call, x->rows, self->columns, &parts, out);
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

static void add_term(flama_sk_loader *in, vectorizer *m, const flama_pickle *term,
                     int64_t column, size_t count)
{
    if (term->kind != FLAMA_PICKLE_STRING || column < 0 || (size_t)column >= count) {
        flama_sk_damaged(in, "vocabulary_", "holds something that is no term");
        return;
    }
    char *kept = flama_arena_copy(in->arena, term->text.data, term->text.size);
    if (kept == NULL ||
        flama_map_put(&m->vocabulary, (flama_string){kept, term->text.size},
                      (void *)((uintptr_t)column + 1), NULL) != 0)
        in->failed = flama_error__memory(in->err);
}

/* A dict of terms and columns, or a list of terms: the one learnt, or the one given. */
static void read_vocabulary(flama_sk_loader *in, const flama_pickle *self,
                            vectorizer *m, flama_sk_estimator *out)
{
    const flama_pickle *node = flama_sk_find(in, self, "vocabulary_");
    if (node == NULL)
        node = flama_sk_get(in, self, "vocabulary");
    flama_map_init(&m->vocabulary, in->arena);
    if (node == NULL)
        return;
    bool dict = node->kind == FLAMA_PICKLE_DICT;
    size_t count = dict ? node->count / 2 : node->count;
    if ((!dict && node->kind != FLAMA_PICKLE_LIST &&
         node->kind != FLAMA_PICKLE_TUPLE) ||
        count == 0 || count > INT32_MAX) {
        flama_sk_damaged(in, "vocabulary_", "is no list of terms");
        return;
    }
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        int64_t column = (int64_t)i;
        if (dict && !flama_numpy_integer(node->items[2 * i + 1], &column))
            column = -1;
        add_term(in, m, node->items[dict ? 2 * i : i], column, count);
    }
    out->columns = count;
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
