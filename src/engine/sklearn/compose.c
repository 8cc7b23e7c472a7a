/* ColumnTransformer and FeatureUnion: transformers beside one another, each with its
 * columns or with all. */
#include "engine/sklearn/families.h"
#include "engine/sklearn/meta.h"

typedef struct part {
    const flama_sk_estimator *transformer; /* NULL: the columns as they are */
    const size_t *columns;                 /* NULL: all */
    size_t count;                          /* of columns */
    bool flat;                             /* its one column is a list of values */
    double weight;
} part;

typedef struct compose {
    size_t count;
    part *parts;
} compose;

static int weigh(flama_call *call, double weight, flama_sk_matrix *x)
{
    flama_sk_matrix from;
    int code = flama_sk_plain(call, "a weight", x, &from);
    double *y = code ? NULL : flama_sk_matrix_new(call, from.rows, from.cols, x);
    for (size_t i = 0; y && i < from.rows * from.cols; i++)
        y[i] = from.data[i] * weight;
    return code ? code : y ? 0 : FLAMA_EMEMORY;
}

static int run_part(const part *p, flama_call *call, const flama_sk_matrix *x,
                    flama_sk_matrix *out)
{
    flama_sk_matrix taken = *x;
    int code =
        p->columns ? flama_sk_take_columns(call, x, p->columns, p->count, &taken) : 0;
    taken.flat = p->columns ? p->flat : x->flat;
    *out = taken;
    if (code == 0 && p->transformer)
        code = flama_sk_transform(p->transformer, call, &taken, out);
    return code || p->weight == 1 ? code : weigh(call, p->weight, out);
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const compose *m = self->model;
    flama_sk_matrix *done = flama_sk_alloc(call, m->count, sizeof *done);
    if (done == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < m->count; i++) {
        int code = run_part(&m->parts[i], call, x, &done[i]);
        if (code)
            return code;
    }
    return flama_sk_side_by_side(call, done, m->count, x->rows, out);
}

static const flama_sk_methods methods = {.transform = transform};

/* The weight of that name, 1 when it has none. */
static double read_weight(flama_sk_loader *in, const flama_pickle *self,
                          const flama_pickle *name)
{
    const flama_pickle *weights = flama_sk_find(in, self, "transformer_weights");
    double weight = 1;
    if (weights == NULL || in->failed)
        return 1;
    if (weights->kind != FLAMA_PICKLE_DICT) {
        flama_sk_damaged(in, "transformer_weights", "is no dict");
        return 1;
    }
    const flama_pickle *node = flama_sk_entry(in, weights, name);
    if (node && !flama_numpy_number(node, &weight))
        flama_sk_damaged(in, "transformer_weights",
                         "holds something that is no number");
    return weight;
}

static bool is_nothing(const flama_pickle *node, const char *word)
{
    return node->kind == FLAMA_PICKLE_NONE || flama_pickle_is_text(node, word);
}

/* Loads the transformer, unless the columns are to pass as they are. */
static void read_transformer(flama_sk_loader *in, const flama_pickle *node, part *p)
{
    if (flama_pickle_is_text(node, "passthrough"))
        return;
    p->transformer = flama_sk_load(in, node);
    if (p->transformer)
        flama_sk_needs(in, p->transformer, p->transformer->methods->transform,
                       "transform");
}

/* What goes in and what comes out, added up; 0 columns when some part does not tell.
 * Texts are cells here: a column of them among others. */
static void count_columns(flama_sk_estimator *out)
{
    const compose *m = out->model;
    out->columns = 0;
    out->cost = 100;
    for (size_t i = 0; i < m->count; i++) {
        const flama_sk_estimator *e = m->parts[i].transformer;
        out->cost += 50 + 10 * (double)m->parts[i].count + (e ? e->cost : 0);
        if (e && e->takes && out->takes == FLAMA_SK_TAKES_NUMBERS)
            out->takes = FLAMA_SK_TAKES_CELLS;
    }
    for (size_t i = 0; i < m->count; i++) {
        const part *p = &m->parts[i];
        size_t columns = p->transformer ? p->transformer->columns : p->count;
        if (columns == 0) {
            out->columns = 0;
            return;
        }
        out->columns += columns;
    }
}

/* (name, transformer, columns) of transformers_; the columns' indices stand by name in
 * _transformer_to_input_indices. An item of no columns was not even fitted. */
static void read_part(flama_sk_loader *in, const flama_pickle *self,
                      const flama_pickle *item, const flama_pickle *indices,
                      flama_sk_estimator *out, compose *m)
{
    const flama_pickle *name = flama_sk_step(in, item, 3, 0, "transformers_");
    const flama_pickle *node = flama_sk_step(in, item, 3, 1, "transformers_");
    if (in->failed || flama_pickle_is_text(node, "drop"))
        return;
    const flama_pickle *columns = flama_sk_entry(in, indices, name);
    if (columns == NULL) {
        flama_sk_damaged(in, "_transformer_to_input_indices", "lacks a transformer");
        return;
    }
    part p = {.weight = read_weight(in, self, name)};
    p.columns = flama_sk_columns(in, columns, "_transformer_to_input_indices",
                                 out->features, &p.count);
    if (in->failed || p.count == 0)
        return;
    const flama_pickle *spelled = flama_sk_step(in, item, 3, 2, "transformers_");
    p.flat = p.count == 1 && (spelled->kind == FLAMA_PICKLE_STRING ||
                              spelled->kind == FLAMA_PICKLE_INTEGER);
    read_transformer(in, node, &p);
    m->parts[m->count++] = p;
}

FLAMA_SK_LOAD(column_transformer)
{
    size_t count;
    flama_pickle *const *items = flama_sk_items(in, self, "transformers_", &count);
    const flama_pickle *indices =
        flama_sk_get(in, self, "_transformer_to_input_indices");
    compose *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->parts = flama_sk_new(in, count, sizeof *m->parts);
    if (in->failed == 0 && (out->features == 0 || indices->kind != FLAMA_PICKLE_DICT))
        return flama_sk_damaged(in, "_transformer_to_input_indices", "is no dict");
    for (size_t i = 0; in->failed == 0 && i < count; i++)
        read_part(in, self, items[i], indices, out, m);
    out->model = m;
    out->methods = &methods;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_INFINITE | FLAMA_SK_CELLS | FLAMA_SK_PASSES;
    count_columns(out);
    return in->failed;
}

FLAMA_SK_LOAD(feature_union)
{
    size_t count;
    flama_pickle *const *items = flama_sk_items(in, self, "transformer_list", &count);
    compose *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->parts = flama_sk_new(in, count, sizeof *m->parts);
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        const flama_pickle *name =
            flama_sk_step(in, items[i], 2, 0, "transformer_list");
        const flama_pickle *node =
            flama_sk_step(in, items[i], 2, 1, "transformer_list");
        if (in->failed || is_nothing(node, "drop"))
            continue;
        part *p = &m->parts[m->count++];
        p->weight = read_weight(in, self, name);
        read_transformer(in, node, p);
        if (p->transformer)
            flama_sk_adopt_features(out, p->transformer);
    }
    for (size_t i = 0; i < m->count; i++)
        m->parts[i].count = out->features;
    out->model = m;
    out->methods = &methods;
    out->accepts = FLAMA_SK_UNCHECKED;
    count_columns(out);
    return in->failed;
}
