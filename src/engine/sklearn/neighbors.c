/* Nearest neighbours: those k, or those within a radius, vote or are averaged. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/neighbor_search.h"

typedef struct neighbors {
    flama_sk_neighbors *search;
    size_t k; /* 0: those within the radius */
    double radius;
    bool by_distance; /* a neighbour counts as much as it is near */
    size_t outputs;
    const uint32_t *labels; /* classifiers: rows x outputs */
    const double *targets;  /* regressors: rows x outputs */
    bool single;            /* the targets were floats */
    size_t columns;         /* of predict_proba: classes of all outputs */

    /* Rows without neighbours. Their label, an output each, is one of `named`, which
     * are the classes and perhaps one more; `vote` is the class that gets their votes,
     * `array_vote` when the rows are no list: scikit-learn goes another way then. */
    const uint32_t *outlier;
    const uint32_t *vote;
    const uint32_t *array_vote;
    const flama_tensor *const *named;
} neighbors;

enum { NOBODY = UINT32_MAX };

/* Finds x's neighbours and makes their distances the weights of their votes. A
 * neighbour at no distance leaves the others none. */
static void find(const neighbors *m, const double *x, flama_sk_found *found)
{
    bool touching = false;
    if (m->k)
        flama_sk_nearest(m->search, x, m->k, found);
    else
        flama_sk_within(m->search, x, m->radius, m->by_distance, found);
    for (size_t i = 0; m->by_distance && i < found->count; i++) {
        double d = found->distances[i];
        touching = touching || d == 0 || (m->k && isinf(1 / d));
    }
    for (size_t i = 0; i < found->count; i++) {
        double weight = m->by_distance ? 1 / found->distances[i] : 1;
        found->distances[i] = !touching ? weight : isinf(weight);
    }
}

static size_t most_found(const neighbors *m)
{
    return m->k ? m->k : m->search->count;
}

/* Regressors. */

static void average(const neighbors *m, const flama_sk_found *found, double *out)
{
    for (size_t j = 0; j < m->outputs; j++) {
        double sum = 0, weights = 0;
        for (size_t i = 0; i < found->count; i++) {
            double y = m->targets[(size_t)found->rows[i] * m->outputs + j];
            sum += m->by_distance ? y * found->distances[i] : y;
            weights += found->distances[i];
            if (m->single && !m->by_distance)
                sum = (double)(float)sum;
        }
        out[j] = found->count ? sum / weights : NAN;
        if (m->single && !m->by_distance)
            out[j] = (double)(float)out[j];
    }
}

static int predict_number(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    const neighbors *m = self->model;
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    flama_sk_found found;
    int code = y ? flama_sk_search_begin(m->search, call, x, most_found(m), &found)
                 : FLAMA_EMEMORY;
    if (code)
        return code;
    for (size_t i = 0; i < x->rows; i++) {
        if (i % 64 == 63 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        find(m, x->data + i * x->cols, &found);
        average(m, &found, y + i * m->outputs);
    }
    return 0;
}

static const flama_sk_methods regressor = {.predict = predict_number};

/* Classifiers. */

static int nobody_near(flama_call *call, const flama_sk_matrix *x, size_t row)
{
    return flama_fail(call, FLAMA_EINPUT,
                      "No neighbors found for test sample %zu of %zu: a larger radius "
                      "or a label for outliers would help.",
                      row, x->rows);
}

/* Votes for each class of each output, in proportion. */
static void vote(const flama_sk_estimator *self, const flama_sk_found *found,
                 const uint32_t *outliers, double *votes)
{
    const neighbors *m = self->model;
    memset(votes, 0, m->columns * sizeof *votes);
    for (size_t j = 0; j < m->outputs; j++) {
        size_t classes = self->classes[j]->count;
        double sum = 0;
        for (size_t i = 0; i < found->count; i++)
            votes[m->labels[(size_t)found->rows[i] * m->outputs + j]] +=
                found->distances[i];
        if (found->count == 0 && outliers[j] != NOBODY)
            votes[outliers[j]] = 1;
        for (size_t c = 0; c < classes; c++)
            sum += votes[c];
        for (size_t c = 0; c < classes && sum != 0; c++)
            votes[c] /= sum;
        votes += classes;
    }
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const neighbors *m = self->model;
    const uint32_t *outliers = x->is_input ? m->vote : m->array_vote;
    double *p = flama_sk_matrix_new(call, x->rows, m->columns, out);
    flama_sk_found found;
    int code = p ? flama_sk_search_begin(m->search, call, x, most_found(m), &found)
                 : FLAMA_EMEMORY;
    if (code)
        return code;
    for (size_t i = 0; i < x->rows; i++) {
        if (i % 64 == 63 && flama_call_cancelled(call))
            return flama_call_stopped(call);
        find(m, x->data + i * x->cols, &found);
        if (found.count == 0 && m->outlier == NULL)
            return nobody_near(call, x, i);
        vote(self, &found, outliers, p + i * m->columns);
    }
    return 0;
}

/* The label of the most votes; of none, that of outliers. */
static uint32_t elected(const neighbors *m, size_t output, const double *votes,
                        size_t classes)
{
    size_t best = flama_sk_argmax(votes, classes);
    return votes[best] == 0 && m->outlier ? m->outlier[output] : (uint32_t)best;
}

static int predict_label(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_answer *out)
{
    const neighbors *m = self->model;
    flama_sk_matrix all;
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    int code = labels ? probabilities(self, call, x, &all) : FLAMA_EMEMORY;
    if (code)
        return code;
    const double *votes = all.data;
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < m->outputs; j++) {
            size_t classes = self->classes[j]->count;
            labels[i * m->outputs + j] = elected(m, j, votes, classes);
            votes += classes;
        }
    if (m->named)
        out->classes = m->named;
    return 0;
}

static const flama_sk_methods classifier = {.predict = predict_label,
                                            .predict_proba = probabilities};

/* Reading. */

static neighbors *read_neighbors(flama_sk_loader *in, const flama_pickle *self,
                                 flama_sk_estimator *out)
{
    static const char *const weights[] = {"uniform", "distance", NULL};
    neighbors *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->by_distance = flama_sk_choice_or(in, self, "weights", weights, 0) == 1;
    m->search = flama_sk_neighbors_read(in, self, out);
    if (in->failed)
        return NULL;
    if (m->search->distance.metric == FLAMA_SK_NAN_EUCLIDEAN)
        out->accepts |= FLAMA_SK_NAN;
    out->model = m;
    if (strncmp(in->name, "Radius", 6) == 0) {
        m->radius = flama_sk_number(in, self, "radius");
        return in->failed ? NULL : m;
    }
    int64_t k = flama_sk_integer(in, self, "n_neighbors");
    if (in->failed == 0 && (k < 1 || (uint64_t)k > m->search->count))
        flama_sk_refuse(in, "asks for %lld neighbours of %zu rows", (long long)k,
                        m->search->count);
    m->k = (size_t)k;
    return in->failed ? NULL : m;
}

/* _y: a value a row, or a row of values. Sets m->outputs. */
static bool read_y(flama_sk_loader *in, const flama_pickle *self, neighbors *m,
                   flama_numpy *array)
{
    if (!flama_sk_array(in, self, "_y", array))
        return false;
    if (array->rank < 1 || array->rank > 2 || array->shape[0] != m->search->count ||
        array->count == 0)
        flama_sk_damaged(in, "_y", "is of another shape than _fit_X");
    m->outputs = array->rank == 2 ? array->shape[1] : 1;
    return in->failed == 0;
}

static int load_regressor(flama_sk_loader *in, const flama_pickle *self,
                          flama_sk_estimator *out)
{
    neighbors *m = read_neighbors(in, self, out);
    flama_numpy array;
    if (m == NULL || !read_y(in, self, m, &array))
        return in->failed;
    double *targets = flama_sk_new(in, array.count, sizeof *targets);
    if (targets && flama_numpy_doubles(&array, NULL, targets, NULL) != 0)
        flama_sk_damaged(in, "_y", "holds something that is no number");
    m->targets = targets;
    m->single = array.kind == 'f' && array.item_size == 4;
    out->methods = &regressor;
    out->gives = FLAMA_SK_NUMBERS;
    out->outputs = m->outputs;
    out->wide = array.rank == 2;
    return in->failed;
}

static void read_labels(flama_sk_loader *in, const flama_pickle *self, neighbors *m,
                        flama_sk_estimator *out)
{
    flama_numpy array;
    if (flama_sk_classes(in, self, "classes_", out) || !read_y(in, self, m, &array))
        return;
    int64_t *given = flama_sk_new(in, array.count, sizeof *given);
    uint32_t *labels = flama_sk_new(in, array.count, sizeof *labels);
    if (in->failed)
        return;
    if (flama_numpy_integers(&array, NULL, given, NULL) != 0 ||
        m->outputs != out->outputs) {
        flama_sk_damaged(in, "_y", "does not go with classes_");
        return;
    }
    for (size_t i = 0; i < array.count; i++) {
        if (given[i] < 0 || (uint64_t)given[i] >= out->classes[i % m->outputs]->count) {
            flama_sk_damaged(in, "_y", "holds a label that is no class");
            return;
        }
        labels[i] = (uint32_t)given[i];
    }
    m->labels = labels;
    for (size_t j = 0; j < out->outputs; j++)
        m->columns += out->classes[j]->count;
}

static int load_classifier(flama_sk_loader *in, const flama_pickle *self,
                           flama_sk_estimator *out)
{
    neighbors *m = read_neighbors(in, self, out);
    if (m)
        read_labels(in, self, m, out);
    out->methods = &classifier;
    return in->failed;
}

FLAMA_SK_LOAD(k_neighbors_classifier)
{
    return load_classifier(in, self, out);
}

FLAMA_SK_LOAD(neighbors_regressor)
{
    return load_regressor(in, self, out);
}

/* The label of outliers. */

/* Copies classes with room for one more, which is left zero. */
static flama_tensor *with_one_more(flama_sk_loader *in, const flama_tensor *classes)
{
    size_t size = flama_dtype_size(classes->dtype), n = classes->count;
    flama_tensor *out = flama_sk_new(in, 1, sizeof *out);
    char *data = flama_sk_new(in, n + 1, size);
    if (data == NULL)
        return NULL;
    memcpy(data, classes->data, n * size);
    *out = *classes;
    out->data = data;
    out->shape[0] = out->count = n + 1;
    return out;
}

static bool read_text(flama_sk_loader *in, const flama_pickle *node, flama_string *out)
{
    flama_numpy array;
    if (node->kind == FLAMA_PICKLE_STRING)
        *out = node->text;
    else if (!flama_sk_node_array(in, node, "outlier_label_", &array) ||
             array.count != 1 ||
             flama_numpy_strings(in->scratch, &array, out, NULL) != 0)
        return false;
    out->data = flama_arena_copy(in->arena, out->data, out->size);
    return out->data != NULL;
}

/* Writes the label as element i of the tensor: true when it is of its kind. */
static bool put_label(flama_sk_loader *in, const flama_pickle *node,
                      const flama_tensor *tensor, size_t i)
{
    void *data = (void *)(uintptr_t)tensor->data;
    int64_t integer = 0;
    if (tensor->dtype == FLAMA_DTYPE_STRING)
        return read_text(in, node, (flama_string *)data + i);
    if (tensor->dtype == FLAMA_DTYPE_FLOAT64)
        return flama_numpy_number(node, (double *)data + i);
    if (!flama_numpy_integer(node, &integer))
        return false;
    if (tensor->dtype == FLAMA_DTYPE_BOOL)
        ((uint8_t *)data)[i] = integer != 0;
    else
        ((int64_t *)data)[i] = integer;
    return true;
}

static bool same_label(const flama_tensor *tensor, size_t a, size_t b)
{
    size_t size = flama_dtype_size(tensor->dtype);
    const char *bytes = tensor->data;
    const flama_string *strings = tensor->data;
    if (tensor->dtype == FLAMA_DTYPE_STRING)
        return strings[a].size == strings[b].size &&
               memcmp(strings[a].data, strings[b].data, strings[a].size) == 0;
    return memcmp(bytes + a * size, bytes + b * size, size) == 0;
}

/* The label's index among the classes: their count when it is none of them and was
 * put behind them. */
static uint32_t read_outlier(flama_sk_loader *in, const flama_pickle *node,
                             const flama_tensor **classes)
{
    flama_tensor *longer = with_one_more(in, *classes);
    size_t i = 0;
    if (longer == NULL)
        return 0;
    *classes = longer;
    if (!put_label(in, node, longer, longer->count - 1)) {
        flama_sk_damaged(in, "outlier_label_", "is of another kind than the classes");
        return 0;
    }
    while (!same_label(longer, i, longer->count - 1))
        i++;
    return (uint32_t)i;
}

/* Since 1.9 a search by brute force, Euclidean ones aside, among the rows of an array
 * takes the label given for the index of a class, so that outliers are voted for by it,
 * or not at all. */
static uint32_t array_vote(flama_sk_loader *in, const flama_pickle *self,
                           const neighbors *m, size_t classes, uint32_t vote)
{
    int64_t given;
    const flama_pickle *node = flama_sk_find(in, self, "outlier_label");
    flama_sk_metric metric = m->search->distance.metric;
    bool own = in->version >= 109 && m->search->nodes == NULL && !m->by_distance &&
               m->outputs == 1 && metric < FLAMA_SK_NAN_EUCLIDEAN &&
               metric > FLAMA_SK_SQEUCLIDEAN && metric != FLAMA_SK_COSINE &&
               metric != FLAMA_SK_CORRELATION && metric != FLAMA_SK_HAMMING &&
               metric != FLAMA_SK_MAHALANOBIS;
    if (!own)
        return vote;
    if (node == NULL || !flama_numpy_integer(node, &given) || given < 0 ||
        (uint64_t)given >= classes)
        return NOBODY;
    return (uint32_t)given;
}

static void read_outliers(flama_sk_loader *in, const flama_pickle *self, neighbors *m,
                          const flama_sk_estimator *out)
{
    size_t count = 0;
    flama_pickle *const *items = NULL;
    flama_numpy array;
    const flama_pickle *node = flama_sk_find(in, self, "outlier_label_");
    if (node == NULL)
        return;
    if (flama_numpy_is(node) &&
        flama_sk_node_array(in, node, "outlier_label_", &array) && array.kind != 'O') {
        flama_sk_refuse(in, "with an array of outlier labels is not run");
        return;
    }
    items = flama_sk_items(in, self, "outlier_label_", &count);
    uint32_t *outlier = flama_sk_new(in, m->outputs, sizeof *outlier);
    uint32_t *vote = flama_sk_new(in, m->outputs, sizeof *vote);
    uint32_t *other = flama_sk_new(in, m->outputs, sizeof *other);
    const flama_tensor **named = flama_sk_new(in, m->outputs, sizeof(void *));
    if (in->failed == 0 && count != m->outputs)
        flama_sk_damaged(in, "outlier_label_", "has %zu labels for %zu outputs", count,
                         m->outputs);
    for (size_t j = 0; in->failed == 0 && j < m->outputs; j++) {
        named[j] = out->classes[j];
        outlier[j] = read_outlier(in, items[j], &named[j]);
        size_t classes = out->classes[j]->count;
        vote[j] = outlier[j] < classes ? outlier[j] : NOBODY;
        other[j] = array_vote(in, self, m, classes, vote[j]);
    }
    m->outlier = outlier;
    m->vote = vote;
    m->array_vote = other;
    m->named = named;
}

FLAMA_SK_LOAD(radius_neighbors_classifier)
{
    if (load_classifier(in, self, out) == 0)
        read_outliers(in, self, (neighbors *)(uintptr_t)out->model, out);
    return in->failed;
}
