/* Dummies: the same answer whatever the row, or one that is drawn. */
#include <string.h>
#include <sys/random.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/random.h"

typedef enum strategy { PRIOR, MOST_FREQUENT, CONSTANT, STRATIFIED, UNIFORM } strategy;

typedef struct dummy {
    strategy how;
    const uint32_t *labels;      /* an output each, where they are not drawn */
    const double *probabilities; /* of all classes of all outputs */
    size_t columns;
    int64_t seed; /* of what a call draws; below 0: another each time */
    const double *numbers;
    const int64_t *integers;
} dummy;

static int predict_label(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_answer *out)
{
    const dummy *m = self->model;
    uint32_t *y = flama_sk_labels_new(call, self, x->rows, out);
    for (size_t i = 0; y && i < x->rows * self->outputs; i++)
        y[i] = m->labels[i % self->outputs];
    return y ? 0 : FLAMA_EMEMORY;
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const dummy *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->columns, out);
    for (size_t r = 0; y && r < x->rows; r++)
        memcpy(y + r * m->columns, m->probabilities, m->columns * sizeof *y);
    return y ? 0 : FLAMA_EMEMORY;
}

/* The labels of each output, one output after the other as scikit-learn draws them. */
static int draw_labels(const flama_sk_estimator *self, flama_call *call, size_t rows,
                       uint32_t *y)
{
    const dummy *m = self->model;
    const double *shares = m->probabilities;
    uint32_t seed = (uint32_t)m->seed;
    flama_sk_random random;
    if (m->seed < 0 && getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return flama_fail(call, FLAMA_EINTERNAL, "The system gives no random numbers.");
    flama_sk_random_seed(&random, seed);
    for (size_t k = 0; k < self->outputs; k++) {
        size_t n = self->classes[k]->count;
        for (size_t r = 0; r < rows; r++)
            y[r * self->outputs + k] =
                m->how == UNIFORM
                    ? flama_sk_random_index(&random, (uint32_t)n)
                    : (uint32_t)flama_sk_random_choice(&random, shares, n);
        shares += n;
    }
    return 0;
}

static int predict_drawn(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_answer *out)
{
    uint32_t *y = flama_sk_labels_new(call, self, x->rows, out);
    return y ? draw_labels(self, call, x->rows, y) : FLAMA_EMEMORY;
}

/* 1 for the class that is drawn. */
static int stratified_probabilities(const flama_sk_estimator *self, flama_call *call,
                                    const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const dummy *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, m->columns, out);
    uint32_t *labels = flama_sk_alloc(call, x->rows, self->outputs * sizeof *labels);
    if (y == NULL || labels == NULL)
        return FLAMA_EMEMORY;
    int code = draw_labels(self, call, x->rows, labels);
    for (size_t r = 0; code == 0 && r < x->rows; r++)
        for (size_t k = 0; k < self->outputs; k++) {
            size_t n = self->classes[k]->count;
            for (size_t i = 0; i < n; i++)
                *y++ = i == labels[r * self->outputs + k];
        }
    return code;
}

static int predict_number(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    const dummy *m = self->model;
    double *y = flama_sk_numbers_new(call, self, x->rows, out);
    for (size_t i = 0; y && i < x->rows * self->outputs; i++)
        y[i] = m->numbers[i % self->outputs];
    return y ? 0 : FLAMA_EMEMORY;
}

static int predict_integer(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    const dummy *m = self->model;
    int64_t *y = flama_sk_integers_new(call, self, x->rows, out);
    for (size_t i = 0; y && i < x->rows * self->outputs; i++)
        y[i] = m->integers[i % self->outputs];
    return y ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods classifier = {.predict = predict_label,
                                            .predict_proba = probabilities};
static const flama_sk_methods uniform_classifier = {.predict = predict_drawn,
                                                    .predict_proba = probabilities};
static const flama_sk_methods stratified_classifier = {
    .predict = predict_drawn, .predict_proba = stratified_probabilities};
static const flama_sk_methods regressor = {.predict = predict_number};
static const flama_sk_methods integer_regressor = {.predict = predict_integer};

/* Index of the class that equals the constant, which must be of the same kind. */
static size_t class_of_constant(const flama_tensor *classes, const flama_pickle *node)
{
    for (size_t i = 0; i < classes->count; i++) {
        int64_t integer;
        double number;
        const flama_string *text = (const flama_string *)classes->data + i;
        if (classes->dtype == FLAMA_DTYPE_STRING) {
            if (node->kind == FLAMA_PICKLE_STRING && node->text.size == text->size &&
                memcmp(node->text.data, text->data, text->size) == 0)
                return i;
        } else if (classes->dtype == FLAMA_DTYPE_FLOAT64) {
            if (flama_numpy_number(node, &number) &&
                number == ((const double *)classes->data)[i])
                return i;
        } else if (flama_numpy_integer(node, &integer)) {
            bool is_bool = classes->dtype == FLAMA_DTYPE_BOOL;
            if (integer == (is_bool ? ((const uint8_t *)classes->data)[i]
                                    : ((const int64_t *)classes->data)[i]))
                return i;
        }
    }
    return SIZE_MAX;
}

/* What an output always gives: the constant's class, or the likeliest one. */
static size_t choose(flama_sk_loader *in, const flama_tensor *classes,
                     const flama_pickle *constant, const double *prior)
{
    if (constant == NULL)
        return flama_sk_argmax(prior, classes->count);
    size_t i = class_of_constant(classes, constant);
    if (i == SIZE_MAX)
        flama_sk_refuse(in, "with a constant that is none of its classes is not run");
    return i;
}

/* Fills labels and probabilities of output k, whose columns begin at `from`. */
static void fill_output(flama_sk_loader *in, const flama_tensor *classes,
                        const flama_pickle *prior_node, const flama_pickle *constant,
                        strategy how, uint32_t *label, double *probability)
{
    size_t n = classes->count;
    const double *prior = flama_sk_node_vector(in, prior_node, "class_prior_", &n);
    if (in->failed)
        return;
    size_t chosen = choose(in, classes, constant, prior);
    if (in->failed)
        return;
    *label = (uint32_t)chosen;
    for (size_t i = 0; i < n; i++) {
        bool known = how == PRIOR || how == STRATIFIED;
        probability[i] = known            ? prior[i]
                         : how == UNIFORM ? 1 / (double)n
                                          : i == chosen;
        if (!(prior[i] >= 0 && prior[i] <= 1))
            flama_sk_damaged(in, "class_prior_", "has a share outside 0 to 1");
    }
}

/* What output k has under that name: the k-th item of a list, else the value itself. */
static const flama_pickle *of_output(flama_sk_loader *in, const flama_pickle *self,
                                     const char *name, size_t k)
{
    const flama_pickle *node = flama_sk_get(in, self, name);
    if (node == NULL ||
        (node->kind != FLAMA_PICKLE_LIST && node->kind != FLAMA_PICKLE_TUPLE))
        return node;
    if (k < node->count)
        return node->items[k];
    flama_sk_damaged(in, name, "has too few items");
    return NULL;
}

/* What random_state seeds: a number as numpy takes it, or -1 for None. */
static int64_t read_seed(flama_sk_loader *in, const flama_pickle *self)
{
    const flama_pickle *node = flama_sk_find(in, self, "random_state");
    int64_t seed = -1;
    if (node && !flama_numpy_integer(node, &seed))
        flama_sk_refuse(in, "with a random_state that goes on from call to call is not "
                            "run: one that is an integer or None is");
    else if (node && (seed < 0 || seed > UINT32_MAX))
        flama_sk_damaged(in, "random_state", "is not from 0 to 4294967295");
    return seed;
}

FLAMA_SK_LOAD(dummy_classifier)
{
    static const char *const strategies[] = {"prior",      "most_frequent", "constant",
                                             "stratified", "uniform",       NULL};
    dummy *m = flama_sk_new(in, 1, sizeof *m);
    strategy how = (strategy)flama_sk_choice(in, self, "strategy", strategies);
    bool draws = how == STRATIFIED || how == UNIFORM;
    int64_t seed = draws ? read_seed(in, self) : 0;
    if (in->failed || flama_sk_classes(in, self, "classes_", out))
        return in->failed;
    if (flama_sk_flag_or(in, self, "sparse_output_", false))
        return flama_sk_refuse(in, "with sparse answers is not run");
    for (size_t k = 0; k < out->outputs; k++)
        m->columns += out->classes[k]->count;
    uint32_t *labels = flama_sk_new(in, out->outputs, sizeof *labels);
    double *all = flama_sk_new(in, m->columns, sizeof *all);
    size_t from = 0;
    for (size_t k = 0; in->failed == 0 && k < out->outputs; k++) {
        const flama_pickle *constant =
            how == CONSTANT ? of_output(in, self, "constant", k) : NULL;
        const flama_pickle *prior = of_output(in, self, "class_prior_", k);
        fill_output(in, out->classes[k], prior, constant, how, &labels[k], all + from);
        from += out->classes[k]->count;
    }
    m->how = how;
    m->seed = seed;
    m->labels = labels;
    m->probabilities = all;
    out->model = m;
    out->methods = how == UNIFORM      ? &uniform_classifier
                   : how == STRATIFIED ? &stratified_classifier
                                       : &classifier;
    out->accepts = FLAMA_SK_UNCHECKED;
    out->cost = 10;
    return in->failed;
}

/* constant_ is a row, of whatever kind of number it was given. */
FLAMA_SK_LOAD(dummy_regressor)
{
    dummy *m = flama_sk_new(in, 1, sizeof *m);
    size_t count = FLAMA_SK_ANY, rows = 1;
    flama_numpy array;
    if (!flama_sk_array(in, self, "constant_", &array))
        return in->failed;
    const double *numbers =
        array.rank == 2 ? flama_sk_matrix_get(in, self, "constant_", &rows, &count)
                        : flama_sk_ravel(in, self, "constant_", &count);
    int64_t *integers = flama_sk_new(in, count, sizeof *integers);
    if (in->failed || m == NULL)
        return in->failed;
    if (count == 0)
        return flama_sk_damaged(in, "constant_", "is empty");
    bool whole = array.kind == 'i' || array.kind == 'u';
    if (whole && flama_numpy_integers(&array, NULL, integers, NULL) != 0)
        return flama_sk_damaged(in, "constant_", "is too large");
    *m = (dummy){.numbers = numbers, .integers = integers};
    out->model = m;
    out->methods = whole ? &integer_regressor : &regressor;
    out->gives = whole ? FLAMA_SK_INTEGERS : FLAMA_SK_NUMBERS;
    out->outputs = count;
    out->accepts = FLAMA_SK_UNCHECKED;
    out->cost = 10;
    return in->failed;
}
