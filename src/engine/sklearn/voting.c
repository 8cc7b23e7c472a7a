/* VotingClassifier and VotingRegressor: the mean of estimators, or the class that most
 * of them give. */
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/labels.h"
#include "engine/sklearn/meta.h"

typedef struct voting {
    size_t count;
    flama_sk_estimator **members;
    const uint32_t **classes; /* each member's, by their indices here; NULL: numbers */
    const double *weights;    /* NULL: all alike */
    double total;             /* of the weights */
} voting;

static double weight_of(const voting *m, size_t member)
{
    return m->weights ? m->weights[member] : 1;
}

/* out += weight * values, member after member, as numpy's average adds them. */
static void add(const voting *m, size_t member, const flama_sk_matrix *values,
                double *out)
{
    for (size_t i = 0; i < values->rows * values->cols; i++)
        out[i] += values->data[i] * weight_of(m, member);
}

/* The members' mean of what `method` gives: rows * cols. */
static int average(const voting *m, flama_sk_method *method, flama_call *call,
                   const flama_sk_matrix *x, size_t cols, double *out)
{
    memset(out, 0, x->rows * cols * sizeof *out);
    for (size_t i = 0; i < m->count; i++) {
        flama_sk_matrix one;
        int code = method(m->members[i], call, x, &one);
        if (code == 0)
            code = flama_sk_expect(m->members[i], call, &one, cols);
        if (code)
            return code;
        add(m, i, &one, out);
    }
    for (size_t i = 0; i < x->rows * cols; i++)
        out[i] /= m->total;
    return 0;
}

static int predict_number(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    return y ? average(self->model, flama_sk_predict_matrix, call, x, 1, y)
             : FLAMA_EMEMORY;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    size_t classes = self->classes[0]->count;
    double *y = flama_sk_matrix_new(call, x->rows, classes, out);
    return y ? average(self->model, flama_sk_predict_proba, call, x, classes, y)
             : FLAMA_EMEMORY;
}

static int predict_soft(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix proba;
    int code = predict_proba(self, call, x, &proba);
    return code ? code : flama_sk_predict_largest(self, call, &proba, out);
}

/* What each member predicts, a column each: class indices, or numbers. */
static int each(const flama_sk_estimator *self, flama_call *call,
                const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const voting *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->count, out);
    for (size_t i = 0; y && i < m->count; i++) {
        flama_sk_answer one;
        flama_sk_matrix numbers;
        int code = m->classes
                       ? flama_sk_predict(m->members[i], call, x, &one)
                       : flama_sk_predict_matrix(m->members[i], call, x, &numbers);
        if (code)
            return code;
        for (size_t r = 0; r < x->rows; r++)
            y[r * m->count + i] =
                m->classes ? m->classes[i][one.labels[r]] : numbers.data[r];
    }
    return y ? 0 : FLAMA_EMEMORY;
}

/* As numpy's bincount and argmax: no class after the last one voted for. */
static uint32_t winner(const voting *m, const double *votes, double *counts)
{
    size_t classes = 0;
    for (size_t i = 0; i < m->count; i++) {
        size_t k = (size_t)votes[i];
        while (classes <= k)
            counts[classes++] = 0;
        counts[k] += weight_of(m, i);
    }
    return (uint32_t)flama_sk_argmax(counts, classes);
}

static int predict_hard(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_answer *out)
{
    const voting *m = self->model;
    flama_sk_matrix votes;
    double *counts = flama_sk_alloc(call, self->classes[0]->count, sizeof *counts);
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    if (counts == NULL || labels == NULL)
        return FLAMA_EMEMORY;
    int code = each(self, call, x, &votes);
    for (size_t r = 0; code == 0 && r < x->rows; r++)
        labels[r] = winner(m, votes.data + r * m->count, counts);
    return code;
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const voting *m = self->model;
    flama_sk_matrix *parts = flama_sk_alloc(call, m->count, sizeof *parts);
    if (parts == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < m->count; i++) {
        int code = flama_sk_predict_proba(m->members[i], call, x, &parts[i]);
        if (code)
            return code;
    }
    return flama_sk_side_by_side(call, parts, m->count, x->rows, out);
}

static const flama_sk_methods regressor = {.predict = predict_number,
                                           .transform = each};
static const flama_sk_methods hard = {.predict = predict_hard, .transform = each};
static const flama_sk_methods soft = {.predict = predict_soft,
                                      .predict_proba = predict_proba,
                                      .transform = probabilities};
/* What transform gives has three dimensions then. */
static const flama_sk_methods unflattened = {.predict = predict_soft,
                                             .predict_proba = predict_proba};

/* The weights of those that were not dropped. */
static void read_weights(flama_sk_loader *in, const flama_pickle *self, voting *m)
{
    size_t count, kept = 0;
    m->total = (double)m->count;
    if (flama_sk_find(in, self, "weights") == NULL)
        return;
    flama_pickle *const *items = flama_sk_items(in, self, "estimators", &count);
    const double *all = flama_sk_vector(in, self, "weights", &count);
    double *weights = flama_sk_new(in, m->count, sizeof *weights);
    m->total = 0;
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        const flama_pickle *node = flama_sk_step(in, items[i], 2, 1, "estimators");
        if (node == NULL || node->kind == FLAMA_PICKLE_STRING)
            continue;
        if (kept < m->count)
            m->total += weights[kept] = all[i];
        kept++;
    }
    if (in->failed == 0 && kept != m->count)
        flama_sk_damaged(in, "weights", "are not as many as estimators");
    m->weights = weights;
}

static voting *load(flama_sk_loader *in, const flama_pickle *self,
                    flama_sk_estimator *out)
{
    voting *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->members = flama_sk_load_members(in, self, out, &m->count);
    if (m->members)
        read_weights(in, self, m);
    out->model = m;
    return in->failed ? NULL : m;
}

/* Members were trained on the classes' indices. */
static void read_classes(flama_sk_loader *in, const flama_sk_estimator *out, bool proba,
                         voting *m)
{
    size_t count = out->classes[0]->count;
    m->classes = flama_sk_new(in, m->count, sizeof *m->classes);
    for (size_t i = 0; in->failed == 0 && i < m->count; i++) {
        const flama_sk_estimator *e = m->members[i];
        if (flama_sk_needs(in, e, e->methods->predict && e->gives == FLAMA_SK_LABELS,
                           "classes") &&
            flama_sk_needs(in, e, e->outputs == 1, "one output") &&
            flama_sk_needs(
                in, e,
                !proba || (e->methods->predict_proba && e->classes[0]->count == count),
                "the classes' predict_proba"))
            m->classes[i] = flama_sk_labels_as_indices(in, e->classes[0], count);
    }
}

FLAMA_SK_LOAD(voting_classifier)
{
    static const char *const kinds[] = {"hard", "soft", NULL};
    voting *m = load(in, self, out);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    if (out->outputs != 1)
        return flama_sk_damaged(in, "classes_", "is of several outputs");
    bool proba = flama_sk_choice(in, self, "voting", kinds) == 1;
    bool flat = flama_sk_flag_or(in, self, "flatten_transform", true);
    read_classes(in, out, proba, m);
    out->methods = !proba ? &hard : flat ? &soft : &unflattened;
    out->columns = proba ? m->count * out->classes[0]->count : m->count;
    return in->failed;
}

FLAMA_SK_LOAD(voting_regressor)
{
    voting *m = load(in, self, out);
    if (m == NULL)
        return in->failed;
    for (size_t i = 0; i < m->count; i++) {
        const flama_sk_estimator *e = m->members[i];
        flama_sk_needs(in, e, flama_sk_is_numeric(e) && e->outputs == 1,
                       "one number a row");
    }
    out->methods = &regressor;
    out->columns = m->count;
    return in->failed;
}
