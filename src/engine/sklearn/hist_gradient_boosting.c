#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/hist_trees.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/tree_reader.h"

/* HistGradientBoostingClassifier and -Regressor: a baseline, then for each class (one
 * for two classes, one for a regressor) a sum of trees over binned features. From 1.4
 * on categorical features come first, as codes that an encoder within the model gives.
 */

enum { BLOCK = 128 }; /* rows made ready at a time */

/* Where a column of the trees comes from, and its categories, sorted: `numbers` or
 * `names`, or none of them when it is taken as it is. */
typedef struct column {
    size_t source;
    bool categorical;
    size_t count;
    const double *numbers;
    const flama_string *names;
} column;

typedef struct hist {
    size_t sets; /* columns of the raw prediction */
    flama_sk_hist *trees;
    const double *baseline;
    size_t features;
    const column *columns; /* NULL: the input as it is */
    bool exponent;         /* the answer is exp of the raw prediction */
} hist;

static double code_of_number(const column *c, double cell)
{
    size_t low = 0, high = c->numbers ? c->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->numbers[middle] < cell)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = c->numbers && low < c->count && c->numbers[low] == cell;
    return found ? (double)low : NAN;
}

static double code_of_name(const column *c, flama_string cell)
{
    for (size_t i = 0; c->names && i < c->count; i++)
        if (c->names[i].data && c->names[i].size == cell.size &&
            memcmp(c->names[i].data, cell.data, cell.size) == 0)
            return (double)i;
    return NAN;
}

static double number_of(const flama_value *cell)
{
    switch (cell->kind) {
    case FLAMA_KIND_BOOL:
        return cell->boolean;
    case FLAMA_KIND_INTEGER:
        return (double)cell->integer;
    case FLAMA_KIND_NUMBER:
        return cell->number;
    default:
        return NAN;
    }
}

/* Cell `at` of the input as the trees know it. */
static int take_cell(const column *c, flama_call *call, const flama_sk_matrix *x,
                     size_t at, double *out)
{
    const flama_value *cell = x->cells ? &x->cells[at] : NULL;
    bool text = cell && cell->kind == FLAMA_KIND_STRING;
    if (text && c->categorical) {
        *out = code_of_name(c, cell->string);
        return 0;
    }
    if (text)
        return flama_fail(
            call, FLAMA_EINPUT, "could not convert string to float: '%.*s'",
            cell->string.size > 60 ? 60 : (int)cell->string.size, cell->string.data);
    double number = cell ? number_of(cell) : x->data[at];
    *out = c->categorical ? code_of_number(c, number) : number;
    return 0;
}

/* `count` rows from `first` on, in the order of the trees' columns. */
static int take_rows(const hist *model, flama_call *call, const flama_sk_matrix *x,
                     size_t first, size_t count, double *out)
{
    for (size_t r = first; r < first + count; r++)
        for (size_t f = 0; f < model->features; f++) {
            const column *c = &model->columns[f];
            int code = take_cell(c, call, x, r * x->cols + c->source, out++);
            if (code)
                return code;
        }
    return 0;
}

static int add_block(const hist *model, flama_call *call, const flama_sk_matrix *x,
                     size_t first, size_t count, double *room, double *raw)
{
    const double *plain = NULL;
    if (flama_call_cancelled(call))
        return flama_call_stopped(call);
    if (model->columns) {
        double *taken = room + 2 * count * model->features;
        int code = take_rows(model, call, x, first, count, taken);
        if (code)
            return code;
        plain = taken;
    } else {
        plain = x->data + first * x->cols;
    }
    flama_sk_hist_rows(model->features, plain, count, room);
    for (size_t k = 0; k < model->sets; k++)
        flama_sk_hist_sum(&model->trees[k], room, count, raw + k, model->sets);
    return 0;
}

static int raw_prediction(const hist *model, flama_call *call, const flama_sk_matrix *x,
                          double *raw)
{
    size_t block = x->rows < BLOCK ? x->rows : BLOCK;
    double *room = flama_sk_alloc(call, 3 * block, model->features * sizeof *room);
    if (room == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++)
        memcpy(raw + r * model->sets, model->baseline, model->sets * sizeof *raw);
    for (size_t r = 0; r < x->rows; r += block) {
        size_t n = x->rows - r < block ? x->rows - r : block;
        int code = add_block(model, call, x, r, n, room, raw + r * model->sets);
        if (code)
            return code;
    }
    return 0;
}

static int decision_function(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const hist *model = self->model;
    double *raw = flama_sk_matrix_new(call, x->rows, model->sets, out);
    out->flat = model->sets == 1;
    return raw ? raw_prediction(model, call, x, raw) : FLAMA_EMEMORY;
}

static int predict_proba(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix raw;
    int code = decision_function(self, call, x, &raw);
    return code ? code : flama_sk_score_probabilities(call, &raw, out);
}

/* Before 1.5 the largest probability, later the largest raw prediction. */
static int predict_labels(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_answer *out)
{
    flama_sk_matrix scores;
    int code = self->version < 105 ? predict_proba(self, call, x, &scores)
                                   : decision_function(self, call, x, &scores);
    return code ? code : flama_sk_predict_largest(self, call, &scores, out);
}

static int predict_numbers(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_answer *out)
{
    const hist *model = self->model;
    double *raw = flama_sk_numbers_new(call, self, x->rows, out);
    int code = raw ? raw_prediction(model, call, x, raw) : FLAMA_EMEMORY;
    for (size_t r = 0; code == 0 && model->exponent && r < x->rows; r++)
        raw[r] = exp(raw[r]);
    return code;
}

static const flama_sk_methods classifier = {.predict = predict_labels,
                                            .predict_proba = predict_proba,
                                            .decision_function = decision_function};
static const flama_sk_methods regressor = {.predict = predict_numbers};

/* Reading. */

/* What is read of the binning: which codes each feature knows. */
typedef struct binning {
    size_t features;
    const flama_sk_hist_bits **known; /* by feature; NULL: not categorical */
} binning;

static int read_known(flama_sk_loader *in, const flama_pickle *values,
                      const flama_sk_hist_bits **out)
{
    size_t count = FLAMA_SK_ANY;
    const double *codes = flama_sk_node_vector(in, values, "bin_thresholds_", &count);
    flama_sk_hist_bits *bits = flama_arena_calloc(in->scratch, 1, sizeof *bits);
    if (codes == NULL || bits == NULL)
        return in->failed = in->failed ? in->failed : flama_error__memory(in->err);
    for (size_t i = 0; i < count; i++) {
        if (!(codes[i] >= 0 && codes[i] < 256))
            return flama_sk_damaged(in, "bin_thresholds_", "has a code over 255");
        unsigned code = (unsigned)codes[i];
        bits->word[code / 32] |= 1u << code % 32;
    }
    *out = bits;
    return 0;
}

static int read_codes(flama_sk_loader *in, const flama_pickle *self, binning *out)
{
    size_t count = FLAMA_SK_ANY, lists;
    const flama_pickle *mapper = flama_sk_get(in, self, "_bin_mapper");
    const int64_t *flags = flama_sk_integers(in, mapper, "is_categorical_", &count);
    flama_pickle *const *values = flama_sk_items(in, mapper, "bin_thresholds_", &lists);
    if (in->failed)
        return in->failed;
    if (count == 0 || count != lists || count > INT32_MAX)
        return flama_sk_damaged(in, "_bin_mapper", "is not of the model's features");
    out->features = count;
    out->known = flama_arena_calloc(in->scratch, count, sizeof(void *));
    if (out->known == NULL)
        return in->failed = flama_error__memory(in->err);
    for (size_t f = 0; f < count && in->failed == 0; f++)
        if (flags[f])
            read_known(in, values[f], &out->known[f]);
    return in->failed;
}

/* Tree k of iteration i of the attribute _predictors. */
static const flama_pickle *predictor(flama_sk_loader *in, const flama_pickle *iteration,
                                     size_t sets, size_t k)
{
    if (iteration->kind != FLAMA_PICKLE_LIST || iteration->count != sets) {
        flama_sk_damaged(in, "_predictors", "has an iteration of the wrong size");
        return NULL;
    }
    return iteration->items[k];
}

static int read_sets(flama_sk_loader *in, flama_arena *room, const flama_pickle *tree,
                     flama_sk_hist_source *out)
{
    flama_numpy array;
    flama_error inner = {0};
    if (!flama_sk_array(in, tree, "raw_left_cat_bitsets", &array))
        return in->failed;
    if (array.rank != 2 || array.shape[1] != 8)
        return flama_sk_damaged(in, "raw_left_cat_bitsets", "is of the wrong shape");
    int64_t *words = flama_arena_calloc(room, array.count, sizeof *words);
    flama_sk_hist_bits *sets = flama_arena_calloc(room, array.shape[0], sizeof *sets);
    if (words == NULL || sets == NULL)
        return in->failed = flama_error__memory(in->err);
    if (flama_numpy_integers(&array, NULL, words, &inner) != 0)
        return flama_sk_damaged(in, "raw_left_cat_bitsets", "is damaged: %s",
                                inner.message);
    for (size_t i = 0; i < array.count; i++)
        sets[i / 8].word[i % 8] = (uint32_t)words[i];
    out->sets = sets;
    out->set_count = array.shape[0];
    return 0;
}

static bool node_array(flama_sk_loader *in, const flama_pickle *tree,
                       flama_numpy *nodes)
{
    if (!flama_sk_array(in, tree, "nodes", nodes))
        return false;
    if (nodes->rank != 1 || nodes->kind != 'V' || nodes->count == 0) {
        flama_sk_damaged(in, "nodes", "is no array of nodes");
        return false;
    }
    return true;
}

static int read_tree(flama_sk_loader *in, flama_arena *room, const flama_pickle *tree,
                     flama_sk_hist_source *out)
{
    flama_numpy nodes;
    if (!node_array(in, tree, &nodes))
        return in->failed;
    int64_t *left = flama_sk_tree_field(in, room, &nodes, "left", true);
    int64_t *right = flama_sk_tree_field(in, room, &nodes, "right", true);
    const int64_t *leaf = flama_sk_tree_field(in, room, &nodes, "is_leaf", true);
    flama_sk_tree_source *t = &out->tree;
    t->count = nodes.count;
    t->left = left;
    t->right = right;
    t->feature = flama_sk_tree_field(in, room, &nodes, "feature_idx", true);
    t->threshold = flama_sk_tree_field(in, room, &nodes, "num_threshold", false);
    t->weight = flama_sk_tree_field(in, room, &nodes, "count", false);
    t->missing_left = flama_sk_tree_field(in, room, &nodes, "missing_go_to_left", true);
    t->values = flama_sk_tree_field(in, room, &nodes, "value", false);
    out->categorical = flama_sk_tree_field(in, room, &nodes, "is_categorical", true);
    out->set = flama_sk_tree_field(in, room, &nodes, "bitset_idx", true);
    for (size_t i = 0; in->failed == 0 && i < nodes.count; i++)
        if (leaf[i])
            left[i] = right[i] = -1;
    return in->failed ? in->failed : read_sets(in, room, tree, out);
}

static int add_tree(flama_sk_loader *in, flama_arena *room, const flama_pickle *tree,
                    const binning *bins, flama_sk_hist *out)
{
    flama_error inner = {0};
    flama_sk_hist_source source = {.known = bins->known};
    flama_arena_reset(room);
    if (tree == NULL || read_tree(in, room, tree, &source) != 0)
        return in->failed;
    int code = flama_sk_hist_add(out, &source, room, &inner);
    if (code == FLAMA_EMEMORY)
        return in->failed = flama_error__memory(in->err);
    return code ? flama_sk_damaged(in, "_predictors", "is damaged: %s", inner.message)
                : 0;
}

/* The trees of set k out of the iterations; each split by category takes one set. */
static int read_set(flama_sk_loader *in, flama_pickle *const *iterations, size_t count,
                    size_t sets, size_t k, const binning *bins, flama_sk_hist *out)
{
    size_t nodes = 0, bits = 0;
    for (size_t i = 0; i < count; i++) {
        flama_numpy array, left;
        const flama_pickle *tree = predictor(in, iterations[i], sets, k);
        if (tree == NULL || !node_array(in, tree, &array) ||
            !flama_sk_array(in, tree, "raw_left_cat_bitsets", &left))
            return in->failed;
        nodes += array.count;
        bits += left.rank == 2 ? left.shape[0] : 0;
    }
    out->features = bins->features;
    out->negative_missing = in->version >= 102;
    int code = flama_sk_hist_begin(out, count, nodes, bits, in->arena, in->err);
    if (code)
        return in->failed = code;
    flama_arena room;
    flama_arena_init(&room, in->scratch->limit);
    for (size_t i = 0; i < count && in->failed == 0; i++)
        add_tree(in, &room, predictor(in, iterations[i], sets, k), bins, out);
    flama_arena_fini(&room);
    return in->failed;
}

static int copy_names(flama_sk_loader *in, flama_string *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].data)
            names[i].data = flama_arena_copy(in->arena, names[i].data, names[i].size);
        if (names[i].data == NULL && names[i].size)
            return in->failed = flama_error__memory(in->err);
    }
    return 0;
}

/* Names out of an array of objects; what is no text (a missing value among them)
 * matches no cell. */
static int read_names(flama_sk_loader *in, const flama_numpy *array, column *out)
{
    flama_error inner = {0};
    flama_string *names = flama_sk_new(in, array->count, sizeof *names);
    if (names == NULL)
        return in->failed;
    if (array->kind != 'O') {
        if (flama_numpy_strings(in->scratch, array, names, &inner) != 0)
            return flama_sk_damaged(in, "categories_", "is damaged: %s", inner.message);
    } else {
        for (size_t i = 0; i < array->count; i++)
            if (array->items[i]->kind == FLAMA_PICKLE_STRING)
                names[i] = array->items[i]->text;
    }
    out->names = names;
    return copy_names(in, names, array->count);
}

/* The categories of one feature. */
static int read_categories(flama_sk_loader *in, const flama_pickle *node, column *out)
{
    static const char *const attribute = "categories_";
    flama_numpy array;
    flama_error inner = {0};
    if (flama_numpy_read(in->scratch, node, &array, &inner) != 0)
        return flama_sk_damaged(in, attribute, "is damaged: %s", inner.message);
    out->categorical = true;
    out->count = array.count;
    if (array.kind == 'U' || array.kind == 'S' ||
        (array.kind == 'O' && array.count &&
         array.items[0]->kind == FLAMA_PICKLE_STRING))
        return read_names(in, &array, out);
    out->numbers = flama_sk_node_vector(in, node, attribute, &out->count);
    return in->failed;
}

/* The encoder's step of the preprocessor: its transformer named "encoder". */
static const flama_pickle *encoder_of(flama_sk_loader *in, const flama_pickle *steps)
{
    for (size_t i = 0; steps && i < steps->count; i++) {
        const flama_pickle *step = steps->items[i];
        if (step->kind == FLAMA_PICKLE_TUPLE && step->count >= 2 &&
            flama_pickle_is_text(step->items[0], "encoder"))
            return step->items[1];
    }
    flama_sk_damaged(in, "_preprocessor", "has no encoder");
    return NULL;
}

/* Columns as the preprocessor orders them: categorical ones first. */
static int read_columns(flama_sk_loader *in, const flama_pickle *self,
                        const flama_pickle *preprocessor, hist *model)
{
    size_t features = model->features, lists, used = 0;
    const flama_pickle *steps = flama_sk_get(in, preprocessor, "transformers_");
    if (steps && steps->kind != FLAMA_PICKLE_LIST)
        return flama_sk_damaged(in, "_preprocessor", "has no list of transformers");
    const flama_pickle *encoder = in->failed ? NULL : encoder_of(in, steps);
    flama_pickle *const *categories =
        flama_sk_items(in, encoder, "categories_", &lists);
    const int64_t *flags = flama_sk_integers(in, self, "is_categorical_", &features);
    column *columns = flama_sk_new(in, features, sizeof *columns);
    for (size_t f = 0; columns && f < features; f++)
        if (flags[f] && used < lists) {
            columns[used].source = f;
            if (read_categories(in, categories[used], &columns[used]) != 0)
                return in->failed;
            used++;
        } else if (flags[f]) {
            return flama_sk_damaged(in, "categories_", "has too few lists");
        }
    for (size_t f = 0; columns && f < features; f++)
        if (!flags[f])
            columns[used++].source = f;
    model->columns = columns;
    return in->failed;
}

static int read_all(flama_sk_loader *in, const flama_pickle *self, hist *model)
{
    size_t count;
    binning bins;
    flama_pickle *const *iterations = flama_sk_items(in, self, "_predictors", &count);
    model->baseline = flama_sk_ravel(in, self, "_baseline_prediction", &model->sets);
    model->trees = flama_sk_new(in, model->sets, sizeof *model->trees);
    if (in->failed || read_codes(in, self, &bins) != 0)
        return in->failed;
    model->features = bins.features;
    for (size_t k = 0; k < model->sets && in->failed == 0; k++)
        read_set(in, iterations, count, model->sets, k, &bins, &model->trees[k]);
    const flama_pickle *preprocessor = flama_sk_find(in, self, "_preprocessor");
    if (in->failed == 0 && preprocessor)
        read_columns(in, self, preprocessor, model);
    return in->failed;
}

static int load(flama_sk_loader *in, const flama_pickle *self, flama_sk_estimator *out,
                hist *model)
{
    if (read_all(in, self, model) != 0)
        return in->failed;
    if (out->features && out->features != model->features)
        return flama_sk_damaged(in, "_bin_mapper", "is of other features");
    out->features = model->features;
    out->model = model;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_INFINITE;
    if (model->columns)
        out->accepts |= FLAMA_SK_CELLS;
    out->cost = 100;
    for (size_t k = 0; k < model->sets; k++)
        out->cost += 20 * (double)model->trees[k].count;
    return 0;
}

FLAMA_SK_LOAD(hist_classifier)
{
    hist *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL || flama_sk_classes(in, self, "classes_", out) != 0)
        return in->failed;
    size_t classes = out->classes[0]->count;
    if (out->outputs != 1 || classes < 2)
        return flama_sk_damaged(in, "classes_", "has fewer than two classes");
    model->sets = classes == 2 ? 1 : classes;
    out->methods = &classifier;
    return load(in, self, out, model);
}

FLAMA_SK_LOAD(hist_regressor)
{
    static const char *const losses[] = {"poisson",
                                         "gamma",
                                         "squared_error",
                                         "absolute_error",
                                         "quantile",
                                         "least_squares",
                                         "least_absolute_deviation",
                                         NULL};
    hist *model = flama_sk_new(in, 1, sizeof *model);
    if (model == NULL)
        return in->failed;
    model->sets = 1;
    model->exponent = flama_sk_choice(in, self, "loss", losses) < 2;
    out->methods = &regressor;
    return in->failed ? in->failed : load(in, self, out, model);
}
