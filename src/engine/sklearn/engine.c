#include "engine/sklearn/engine.h"

#include <string.h>

#include "base/error.h"
#include "engine/instance.h"
#include "engine/sklearn/input.h"
#include "engine/sklearn/table.h"

/* Everything of the instance lives in the arena. */
typedef struct instance {
    flama_arena arena;
    flama_sk_estimator *root;
    flama_port input;
    flama_port output[4];         /* a method each */
    flama_signature signature[4]; /* inputs NULL: it has no such method */
    flama_value classes;
} instance;

enum { PREDICT, PREDICT_PROBA, DECISION_FUNCTION, TRANSFORM };

static const char *const method_names[4] = {"predict", "predict_proba",
                                            "decision_function", "transform"};

static int method_index(const char *name)
{
    for (int i = 0; i < 4; i++)
        if (name[0] == method_names[i][0] && strcmp(name, method_names[i]) == 0)
            return i;
    return -1;
}

static int accepts(const flama_engine_file *file, flama_error *why)
{
    if (file->framework.size == 7 && memcmp(file->framework.data, "sklearn", 7) == 0)
        return 0;
    return flama_error_set(why, FLAMA_ENOT_FOUND, "it is no scikit-learn model");
}

static flama_dtype answer_dtype(const flama_sk_estimator *root)
{
    if (root->gives == FLAMA_SK_LABELS)
        return root->classes[0]->dtype;
    return root->gives == FLAMA_SK_INTEGERS ? FLAMA_DTYPE_INT64 : FLAMA_DTYPE_FLOAT64;
}

static flama_port rows_port(const char *name, flama_dtype dtype, size_t columns)
{
    flama_port port = {.name = name, .dtype = dtype, .rank = 2};
    port.shape[0] = -1;
    port.shape[1] = columns ? (int64_t)columns : -1;
    return port;
}

/* The same number of classes in all outputs, else 0. */
static size_t classes_of(const flama_sk_estimator *root)
{
    size_t count = root->classes ? root->classes[0]->count : 0;
    for (size_t i = 1; root->classes && i < root->outputs; i++)
        if (root->classes[i]->count != count)
            return 0;
    return count;
}

/* Probabilities: a column a class or, without classes, an output; of several outputs
 * with classes a list of such matrices. */
static flama_port proba_port(const flama_sk_estimator *root)
{
    if (root->classes == NULL || root->outputs == 1)
        return rows_port("output", FLAMA_DTYPE_FLOAT64,
                         root->classes ? classes_of(root) : root->outputs);
    flama_port port = {.name = "output", .dtype = FLAMA_DTYPE_FLOAT64, .rank = 3};
    size_t classes = classes_of(root);
    port.shape[0] = (int64_t)root->outputs;
    port.shape[1] = -1;
    port.shape[2] = classes ? (int64_t)classes : -1;
    return port;
}

/* One number a row of two classes, or of none; else one a class or an output. */
static flama_port decision_port(const flama_sk_estimator *root)
{
    size_t columns = root->decisions ? root->decisions : classes_of(root);
    if (root->classes == NULL && root->outputs > 1)
        columns = root->outputs;
    flama_port port = rows_port("output", FLAMA_DTYPE_FLOAT64, columns);
    port.rank = columns <= 2 && root->decisions == 0 && root->outputs == 1 ? 1 : 2;
    return port;
}

static flama_port output_port(const flama_sk_estimator *root, int method)
{
    if (method == PREDICT_PROBA)
        return proba_port(root);
    if (method == DECISION_FUNCTION)
        return decision_port(root);
    if (method == TRANSFORM)
        return rows_port("output", FLAMA_DTYPE_FLOAT64, root->columns);
    flama_port port = rows_port("output", answer_dtype(root), root->outputs);
    port.rank = root->wide || root->outputs > 1 ? 2 : 1;
    return port;
}

static flama_port input_port(const flama_sk_estimator *root)
{
    bool numbers = root->takes == FLAMA_SK_TAKES_NUMBERS;
    flama_port port = rows_port(
        "input", numbers ? FLAMA_DTYPE_FLOAT64 : FLAMA_DTYPE_STRING, root->features);
    if (root->takes == FLAMA_SK_TAKES_TEXTS)
        port.rank = 1;
    if (root->takes == FLAMA_SK_TAKES_ITEMS)
        port.rank = 0; /* not to be told */
    return port;
}

static bool has_method(const flama_sk_estimator *root, int method)
{
    const flama_sk_methods *m = root->methods;
    return (method == PREDICT && m->predict) ||
           (method == PREDICT_PROBA && m->predict_proba) ||
           (method == DECISION_FUNCTION && m->decision_function) ||
           (method == TRANSFORM && m->transform);
}

static void set_signatures(instance *model)
{
    const flama_sk_estimator *root = model->root;
    bool one_list = root->classes && root->outputs == 1;
    if (one_list)
        model->classes = flama_value_tensor(root->classes[0]);
    model->input = input_port(root);
    for (int i = 0; i < 4; i++) {
        if (!has_method(root, i))
            continue;
        model->output[i] = output_port(root, i);
        model->signature[i] = (flama_signature){
            .size = sizeof(flama_signature),
            .input_count = 1,
            .inputs = &model->input,
            .output_count = 1,
            .outputs = &model->output[i],
            .feature_name_count = root->feature_names ? root->features : 0,
            .feature_names = root->feature_names,
            .classes = one_list && i <= PREDICT_PROBA ? &model->classes : NULL};
    }
}

static int read_root(void *ctx, const flama_engine_file *file, flama_arena *scratch,
                     flama_error *err)
{
    instance *model = ctx;
    const flama_pickle *object;
    int code = flama_pickle_read(scratch, file->payload, file->payload_size,
                                 flama_sk_class_find, NULL, &object, err);
    if (code)
        return code;
    flama_sk_loader in = {.arena = &model->arena, .scratch = scratch, .err = err};
    model->root = flama_sk_load(&in, object);
    if (model->root == NULL)
        return in.failed;
    set_signatures(model);
    return 0;
}

/* Memory for the pickle's nodes, and what is kept: a node takes some 60 bytes where its
 * opcode may be one. */
static int load(const flama_engine_file *file, void **out, flama_error *err)
{
    const flama_engine_instance type = {.size = sizeof(instance),
                                        .base = (size_t)256 << 20,
                                        .per_byte = 96,
                                        .read = read_root};
    return flama_engine__load(&type, file, out, err);
}

static const flama_signature *signature(const void *ctx, const char *method)
{
    const instance *model = ctx;
    int i = method_index(method);
    return i >= 0 && model->signature[i].inputs ? &model->signature[i] : NULL;
}

/* predict_proba of several outputs is a list of matrices. */
static int split_outputs(const flama_sk_estimator *root, flama_call *call,
                         const flama_sk_matrix *all, flama_value *out)
{
    flama_value *parts = flama_sk_alloc(call, root->outputs, sizeof *parts);
    size_t from = 0;
    for (size_t k = 0; parts && k < root->outputs; k++) {
        flama_sk_matrix part;
        size_t cols = root->classes[k]->count;
        double *data = flama_sk_matrix_new(call, all->rows, cols, &part);
        if (data == NULL || flama_sk_matrix_value(call, &part, &parts[k]) != 0)
            return FLAMA_EMEMORY;
        for (size_t r = 0; r < all->rows; r++)
            memcpy(data + r * cols, all->data + r * all->cols + from,
                   cols * sizeof *data);
        from += cols;
    }
    *out = (flama_value){.kind = FLAMA_KIND_ARRAY};
    out->array.items = parts;
    out->array.count = root->outputs;
    return parts ? 0 : FLAMA_EMEMORY;
}

static int run_matrix(const flama_sk_estimator *root, int method, flama_call *call,
                      const flama_sk_matrix *x, flama_value *out)
{
    flama_sk_matrix y;
    int code = method == PREDICT_PROBA ? flama_sk_predict_proba(root, call, x, &y)
               : method == DECISION_FUNCTION
                   ? flama_sk_decision_function(root, call, x, &y)
                   : flama_sk_transform(root, call, x, &y);
    if (code)
        return code;
    if (method == PREDICT_PROBA && root->classes && root->outputs > 1)
        return split_outputs(root, call, &y, out);
    return flama_sk_matrix_value(call, &y, out);
}

static int run_estimator(const void *ctx, const char *method, const flama_value *inputs,
                         flama_value *outputs, flama_call *call)
{
    const flama_sk_estimator *root = ((const instance *)ctx)->root;
    int index = method_index(method);
    flama_sk_matrix x;
    flama_sk_answer answer;
    int code = root->takes == FLAMA_SK_TAKES_ITEMS
                   ? flama_sk_items_read(call, &inputs[0], &x)
                   : flama_sk_matrix_read(call, &inputs[0], &x);
    if (code)
        return code;
    if (index != PREDICT)
        return run_matrix(root, index, call, &x, &outputs[0]);
    code = flama_sk_predict(root, call, &x, &answer);
    return code ? code : flama_sk_answer_value(call, &answer, &outputs[0]);
}

static uint64_t cost(const void *ctx, const char *method)
{
    (void)method;
    return (uint64_t)((const instance *)ctx)->root->cost;
}

static int describe(const void *ctx, flama_builder *object)
{
    const flama_sk_estimator *root = ((const instance *)ctx)->root;
    return flama_object_add(object, "estimator", flama_value_text(root->name));
}

const flama_engine_type flama_sklearn_engine = {.size = sizeof(flama_engine_type),
                                                .api_version = FLAMA_ENGINE_API,
                                                .name = "sklearn",
                                                .accepts = accepts,
                                                .load = load,
                                                .signature = signature,
                                                .run = run_estimator,
                                                .cost = cost,
                                                .describe = describe,
                                                .free = flama_engine__free};
