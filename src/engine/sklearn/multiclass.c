/* OneVsRestClassifier, OneVsOneClassifier and OutputCodeClassifier: many classes out of
 * estimators of two. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/labels.h"
#include "engine/sklearn/meta.h"

typedef struct multiclass {
    size_t count;
    flama_sk_estimator **members;
    bool last_of_equals; /* before 1.8 the last of equal scores won */
    const double *codes; /* OutputCode: classes x count */
} multiclass;

/* rows x count: how sure each member is. */
static int all_scores(const flama_sk_estimator *self, flama_sk_method *method,
                      flama_call *call, const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const multiclass *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->count, out);
    return y ? flama_sk_each_column(m->members, m->count, method, call, x, y)
             : FLAMA_EMEMORY;
}

/* One against the rest. */

static uint32_t largest(const multiclass *m, const double *scores)
{
    size_t best = 0;
    for (size_t i = 1; i < m->count; i++)
        if (scores[i] > scores[best] ||
            (m->last_of_equals && scores[i] == scores[best]))
            best = i;
    return (uint32_t)best;
}

static int rest_predict(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_answer *out)
{
    const multiclass *m = self->model;
    flama_sk_matrix scores;
    int code = all_scores(self, flama_sk_score_binary, call, x, &scores);
    uint32_t *labels = code ? NULL : flama_sk_labels_new(call, self, x->rows, out);
    double threshold = flama_sk_binary_threshold(m->members[0]);
    for (size_t r = 0; labels && r < x->rows; r++)
        labels[r] = m->count == 1 ? scores.data[r] > threshold
                                  : largest(m, scores.data + r * m->count);
    return code ? code : labels ? 0 : FLAMA_EMEMORY;
}

/* Which labels each row has. */
static int rest_predict_many(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_answer *out)
{
    const multiclass *m = self->model;
    flama_sk_matrix scores;
    int code = all_scores(self, flama_sk_score_binary, call, x, &scores);
    int64_t *has = code ? NULL : flama_sk_integers_new(call, self, x->rows, out);
    double threshold = flama_sk_binary_threshold(m->members[0]);
    for (size_t i = 0; has && i < x->rows * m->count; i++)
        has[i] = scores.data[i] > threshold;
    return code ? code : has ? 0 : FLAMA_EMEMORY;
}

/* Rows that are zeros stay so since 1.7. */
static void to_one(double *row, size_t n, unsigned version)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += row[i];
    for (size_t i = 0; i < n && (sum != 0 || version < 107); i++)
        row[i] /= sum;
}

static int rest_proba(const flama_sk_estimator *self, flama_call *call,
                      const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const multiclass *m = self->model;
    flama_sk_matrix one;
    size_t cols = m->count == 1 ? 2 : m->count;
    int code = all_scores(self, flama_sk_second_proba, call, x, &one);
    double *y = code ? NULL : flama_sk_matrix_new(call, x->rows, cols, out);
    for (size_t r = 0; y && r < x->rows; r++) {
        double *row = y + r * cols;
        memcpy(row + cols - m->count, one.data + r * m->count, m->count * sizeof *row);
        if (m->count == 1)
            row[0] = 1 - row[1];
        if (self->classes)
            to_one(row, cols, self->version);
    }
    return code ? code : y ? 0 : FLAMA_EMEMORY;
}

static int rest_decision(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const multiclass *m = self->model;
    int code = all_scores(self, flama_sk_decision_function, call, x, out);
    out->flat = m->count == 1;
    return code;
}

/* Members, each of which can score. */
static multiclass *load(flama_sk_loader *in, const flama_pickle *self,
                        flama_sk_estimator *out)
{
    multiclass *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->members = flama_sk_load_members(in, self, out, &m->count);
    out->model = m;
    for (size_t i = 0; m->members && i < m->count; i++)
        flama_sk_needs(in, m->members[i], flama_sk_scores_binary(m->members[i]),
                       "scores of two classes");
    return in->failed ? NULL : m;
}

static bool all_have(const multiclass *m, bool proba)
{
    for (size_t i = 0; i < m->count; i++) {
        const flama_sk_methods *have = m->members[i]->methods;
        if (proba ? have->predict_proba == NULL : have->decision_function == NULL)
            return false;
    }
    return true;
}

FLAMA_SK_LOAD(one_vs_rest)
{
    static const char *const kinds[] = {"multiclass", "binary", "multilabel-indicator",
                                        NULL};
    multiclass *m = load(in, self, out);
    const flama_pickle *binarizer = flama_sk_get(in, self, "label_binarizer_");
    flama_sk_methods *methods = flama_sk_new(in, 1, sizeof *methods);
    if (m == NULL || binarizer == NULL || methods == NULL)
        return in->failed;
    size_t kind = flama_sk_choice(in, binarizer, "y_type_", kinds);
    m->last_of_equals = out->version < 108;
    *methods = (flama_sk_methods){
        .predict = kind == 2 ? rest_predict_many : rest_predict,
        .predict_proba = all_have(m, true) ? rest_proba : NULL,
        .decision_function = all_have(m, false) ? rest_decision : NULL};
    out->methods = methods;
    if (kind == 2) {
        out->gives = FLAMA_SK_INTEGERS;
        out->outputs = m->count;
        out->wide = true;
        return in->failed;
    }
    if (flama_sk_classes(in, binarizer, "classes_", out) != 0)
        return in->failed;
    size_t classes = out->classes[0]->count;
    if (out->outputs != 1 || classes != (m->count == 1 ? 2 : m->count))
        return flama_sk_damaged(in, "estimators_", "are not as many as classes");
    return in->failed;
}

/* One against one. */

/* Votes, and a bit of how sure they are, as scikit-learn's _ovr_decision_function. */
static void vote(const double *votes, const double *sure, size_t classes, double *out)
{
    for (size_t i = 0; i < classes; i++) {
        double sum = 0, count = 0;
        for (size_t j = 0; j < classes; j++) {
            size_t a = i < j ? i : j, b = i < j ? j : i;
            if (a == b)
                continue;
            size_t pair = a * (2 * classes - a - 1) / 2 + b - a - 1;
            sum += i == a ? -sure[pair] : sure[pair];
            count += votes[pair] == (i == a ? 0 : 1);
        }
        out[i] = count + sum / (3 * (fabs(sum) + 1));
    }
}

static int one_decision(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const multiclass *m = self->model;
    size_t classes = self->classes[0]->count;
    flama_sk_matrix votes, sure;
    double *row = flama_sk_alloc(call, classes, sizeof *row);
    int code = all_scores(self, flama_sk_predict_matrix, call, x, &votes);
    if (code == 0)
        code = all_scores(self, flama_sk_score_binary, call, x, &sure);
    if (code || row == NULL)
        return code ? code : FLAMA_EMEMORY;
    size_t cols = classes == 2 ? 1 : classes;
    double *y = flama_sk_matrix_new(call, x->rows, cols, out);
    for (size_t r = 0; y && r < x->rows; r++) {
        vote(votes.data + r * m->count, sure.data + r * m->count, classes, row);
        memcpy(y + r * cols, row + classes - cols, cols * sizeof *row);
    }
    out->flat = cols == 1;
    return y ? 0 : FLAMA_EMEMORY;
}

static int one_predict(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, flama_sk_answer *out)
{
    const multiclass *m = self->model;
    flama_sk_matrix scores;
    int code = one_decision(self, call, x, &scores);
    if (code || !scores.flat)
        return code ? code : flama_sk_predict_largest(self, call, &scores, out);
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    bool from_zero = self->version < 101; /* whatever the member scores by */
    double threshold = from_zero ? 0 : flama_sk_binary_threshold(m->members[0]);
    for (size_t r = 0; labels && r < x->rows; r++)
        labels[r] = scores.data[r] > threshold;
    return labels ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods one_methods = {.predict = one_predict,
                                             .decision_function = one_decision};

FLAMA_SK_LOAD(one_vs_one)
{
    multiclass *m = load(in, self, out);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    if (flama_sk_find(in, self, "pairwise_indices_"))
        return flama_sk_refuse(in, "on precomputed kernels is not run");
    size_t classes = out->classes[0]->count;
    if (out->outputs != 1 || classes > 65535 || m->count != classes * (classes - 1) / 2)
        return flama_sk_damaged(in, "estimators_",
                                "are not as many as pairs of classes");
    for (size_t i = 0; i < m->count; i++)
        flama_sk_needs(in, m->members[i], flama_sk_is_numeric(m->members[i]),
                       "numbers as classes");
    out->methods = &one_methods;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_INFINITE;
    return in->failed;
}

/* A class is the code that the scores are nearest to. */

static uint32_t nearest(const multiclass *m, size_t classes, const double *scores)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t k = 0; k < classes; k++) {
        double square = 0, dot = 0;
        for (size_t i = 0; i < m->count; i++) {
            double code = m->codes[k * m->count + i];
            square += code * code;
            dot += code * scores[i];
        }
        if (square - 2 * dot < least) {
            least = square - 2 * dot;
            best = k;
        }
    }
    return (uint32_t)best;
}

static int code_predict(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_answer *out)
{
    const multiclass *m = self->model;
    flama_sk_matrix scores;
    int code = all_scores(self, flama_sk_score_binary, call, x, &scores);
    uint32_t *labels = code ? NULL : flama_sk_labels_new(call, self, x->rows, out);
    for (size_t r = 0; labels && r < x->rows; r++)
        labels[r] = nearest(m, self->classes[0]->count, scores.data + r * m->count);
    return code ? code : labels ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods code_methods = {.predict = code_predict};

FLAMA_SK_LOAD(output_code)
{
    multiclass *m = load(in, self, out);
    if (m == NULL || flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    if (out->outputs != 1)
        return flama_sk_damaged(in, "classes_", "is of several outputs");
    size_t classes = out->classes[0]->count, width = m->count;
    m->codes = flama_sk_matrix_get(in, self, "code_book_", &classes, &width);
    out->methods = &code_methods;
    return in->failed;
}

/* What stands for an estimator of one class: it always says the same. */

static int constant_predict(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_answer *out)
{
    int64_t *y = flama_sk_integers_new(call, self, x->rows, out);
    for (size_t r = 0; y && r < x->rows; r++)
        y[r] = *(const int64_t *)self->model;
    return y ? 0 : FLAMA_EMEMORY;
}

static int constant_proba(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double one = (double)*(const int64_t *)self->model;
    double *y = flama_sk_matrix_new(call, x->rows, 2, out);
    for (size_t r = 0; y && r < x->rows; r++) {
        y[2 * r] = 1 - one;
        y[2 * r + 1] = one;
    }
    return y ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods constant_methods = {.predict = constant_predict,
                                                  .predict_proba = constant_proba,
                                                  .decision_function =
                                                      flama_sk_predict_matrix};

FLAMA_SK_LOAD(constant)
{
    int64_t *y = flama_sk_new(in, 1, sizeof *y);
    if (y)
        *y = flama_sk_integer(in, self, "y_");
    out->model = y;
    out->methods = &constant_methods;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_INFINITE | FLAMA_SK_CELLS | FLAMA_SK_PASSES |
                   FLAMA_SK_FLAT;
    out->gives = FLAMA_SK_INTEGERS;
    out->cost = 10;
    return in->failed;
}
