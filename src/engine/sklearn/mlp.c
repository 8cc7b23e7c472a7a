/* Multi-layer perceptrons. */
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

typedef enum activation { IDENTITY, LOGISTIC, TANH, RELU, SOFTMAX, EXP } activation;

/* weights: inputs x outputs. */
typedef struct layer {
    size_t inputs, outputs;
    const double *weights;
    const double *bias;
} layer;

typedef struct mlp {
    size_t count;
    layer *layers;
    activation hidden, last;
    size_t widest;
    bool several; /* labels: the answer is 0 or 1 for each */
} mlp;

static void activate(activation function, double *data, size_t rows, size_t cols)
{
    size_t n = rows * cols;
    switch (function) {
    case IDENTITY:
        break;
    case LOGISTIC:
        flama_kernels_get()->sigmoid_f64(data, n);
        break;
    case TANH:
        flama_kernels_get()->tanh_f64(data, n);
        break;
    case RELU:
        for (size_t i = 0; i < n; i++)
            data[i] = data[i] < 0 ? 0 : data[i];
        break;
    case SOFTMAX:
        flama_sk_softmax(data, rows, cols);
        break;
    case EXP:
        flama_kernels_get()->exp_f64(data, n);
        break;
    }
}

/* Rows that go through all layers at a time, for what they become to stay in a cache.
 */
enum { BLOCK = 128 };

/* Memory of a block: what the layers give in turn, and room for their products. */
typedef struct work {
    double *layers[2];
    void *room;
} work;

static int work_new(const mlp *m, flama_call *call, size_t rows, work *out)
{
    size_t block = rows < BLOCK ? rows : BLOCK, room = 0;
    for (size_t i = 0; i < m->count; i++) {
        const layer *l = &m->layers[i];
        size_t need = flama_sk_product_room(rows, BLOCK, l->inputs, l->outputs);
        room = need > room ? need : room;
    }
    *out = (work){{flama_sk_alloc(call, block * m->widest, sizeof(double)),
                   flama_sk_alloc(call, block * m->widest, sizeof(double))},
                  flama_sk_alloc(call, room, 1)};
    return out->layers[0] && out->layers[1] && out->room ? 0 : FLAMA_EMEMORY;
}

static void forward_block(const mlp *m, const double *x, size_t rows, const work *w,
                          double *out)
{
    for (size_t i = 0; i < m->count; i++) {
        const layer *l = &m->layers[i];
        double *to = i + 1 == m->count ? out : w->layers[i % 2];
        flama_sk_product_within(w->room, x, rows, l->inputs, l->weights, l->outputs,
                                l->bias, to);
        activate(i + 1 == m->count ? m->last : m->hidden, to, rows, l->outputs);
        x = to;
    }
}

/* Rows of the last layer's activation. */
static int forward(const mlp *m, flama_call *call, const flama_sk_matrix *x,
                   flama_sk_matrix *out)
{
    size_t outputs = m->layers[m->count - 1].outputs;
    work w;
    double *y = flama_sk_matrix_new(call, x->rows, outputs, out);
    if (y == NULL || work_new(m, call, x->rows, &w) != 0)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows; i += BLOCK) {
        size_t rows = x->rows - i < BLOCK ? x->rows - i : BLOCK;
        forward_block(m, x->data + i * x->cols, rows, &w, y + i * outputs);
    }
    return 0;
}

static int predict_number(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    double *numbers = flama_sk_numbers_new(call, self, x->rows, out);
    int code = numbers ? forward(self->model, call, x, &y) : FLAMA_EMEMORY;
    if (code == 0)
        memcpy(numbers, y.data, y.rows * y.cols * sizeof *numbers);
    return code;
}

/* One output is the probability of the second of two classes. */
static int predict_label(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    int code = forward(self->model, call, x, &y);
    if (code || y.cols > 1)
        return code ? code : flama_sk_predict_largest(self, call, &y, out);
    uint32_t *labels = flama_sk_labels_new(call, self, x->rows, out);
    for (size_t i = 0; labels && i < y.rows; i++)
        labels[i] = y.data[i] > 0.5;
    return labels ? 0 : FLAMA_EMEMORY;
}

static int predict_indicator(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix y;
    int64_t *integers = flama_sk_integers_new(call, self, x->rows, out);
    int code = integers ? forward(self->model, call, x, &y) : FLAMA_EMEMORY;
    for (size_t i = 0; code == 0 && i < y.rows * y.cols; i++)
        integers[i] = y.data[i] > 0.5;
    return code;
}

static int probabilities(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix y;
    int code = forward(self->model, call, x, &y);
    if (code || y.cols > 1) {
        *out = y;
        return code;
    }
    double *p = flama_sk_matrix_new(call, y.rows, 2, out);
    for (size_t i = 0; p && i < y.rows; i++) {
        p[2 * i] = 1 - y.data[i];
        p[2 * i + 1] = y.data[i];
    }
    return p ? 0 : FLAMA_EMEMORY;
}

static const flama_sk_methods regressor = {.predict = predict_number};
static const flama_sk_methods classifier = {.predict = predict_label,
                                            .predict_proba = probabilities};
static const flama_sk_methods indicator = {.predict = predict_indicator,
                                           .predict_proba = probabilities};

static void read_layers(flama_sk_loader *in, const flama_pickle *self, mlp *m,
                        size_t features)
{
    size_t count, biases;
    flama_pickle *const *coefs = flama_sk_items(in, self, "coefs_", &count);
    flama_pickle *const *intercepts = flama_sk_items(in, self, "intercepts_", &biases);
    if (in->failed == 0 && (count == 0 || count != biases))
        flama_sk_damaged(in, "coefs_", "has %zu layers, intercepts_ has %zu", count,
                         biases);
    m->layers = flama_sk_new(in, count, sizeof *m->layers);
    m->count = count;
    size_t inputs = features ? features : FLAMA_SK_ANY;
    for (size_t i = 0; in->failed == 0 && i < count; i++) {
        layer *l = &m->layers[i];
        size_t outputs = FLAMA_SK_ANY;
        l->weights = flama_sk_node_matrix(in, coefs[i], "coefs_", &inputs, &outputs);
        l->bias = flama_sk_node_vector(in, intercepts[i], "intercepts_", &outputs);
        if (in->failed == 0 && (inputs == 0 || outputs == 0))
            flama_sk_damaged(in, "coefs_", "has an empty layer");
        l->inputs = inputs;
        l->outputs = outputs;
        m->widest = outputs > m->widest ? outputs : m->widest;
        inputs = outputs;
    }
}

static mlp *read_mlp(flama_sk_loader *in, const flama_pickle *self,
                     flama_sk_estimator *out)
{
    static const char *const functions[] = {"identity", "logistic", "tanh", "relu",
                                            "softmax",  "exp",      NULL};
    mlp *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->hidden = (activation)flama_sk_choice(in, self, "activation", functions);
    m->last = (activation)flama_sk_choice(in, self, "out_activation_", functions);
    read_layers(in, self, m, out->features);
    if (in->failed)
        return NULL;
    out->model = m;
    out->features = m->layers[0].inputs;
    out->cost = 50;
    for (size_t i = 0; i < m->count; i++)
        out->cost += 0.3 * (double)m->layers[i].inputs * (double)m->layers[i].outputs +
                     10 * (double)m->layers[i].outputs;
    return m;
}

FLAMA_SK_LOAD(mlp_regressor)
{
    mlp *m = read_mlp(in, self, out);
    if (m == NULL)
        return in->failed;
    out->methods = &regressor;
    out->gives = FLAMA_SK_NUMBERS;
    out->outputs = m->layers[m->count - 1].outputs;
    return 0;
}

/* The label binarizer knows what the outputs stand for. */
FLAMA_SK_LOAD(mlp_classifier)
{
    static const char *const types[] = {"binary", "multiclass", "multilabel-indicator",
                                        NULL};
    enum { MULTILABEL = 2 };
    mlp *m = read_mlp(in, self, out);
    const flama_pickle *binarizer = flama_sk_get(in, self, "_label_binarizer");
    size_t type = flama_sk_choice(in, binarizer, "y_type_", types);
    if (m == NULL || in->failed)
        return in->failed;
    size_t outputs = m->layers[m->count - 1].outputs;
    if (type == MULTILABEL) {
        out->methods = &indicator;
        out->gives = FLAMA_SK_INTEGERS;
        out->outputs = outputs;
        out->wide = true;
        return 0;
    }
    out->methods = &classifier;
    if (flama_sk_classes(in, binarizer, "classes_", out))
        return in->failed;
    size_t classes = out->classes[0]->count;
    if (out->outputs != 1 || classes != (outputs == 1 ? 2 : outputs))
        return flama_sk_damaged(in, "_label_binarizer",
                                "has %zu classes for %zu outputs", classes, outputs);
    return 0;
}
