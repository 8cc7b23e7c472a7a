#include "engine/sklearn/meta.h"

#include <string.h>

#include "engine/sklearn/input.h"
#include "engine/sklearn/sparse.h"

/* Where the columns stood in the request, for what is a part of it. */
static const size_t *origin_of(flama_call *call, const flama_sk_matrix *x,
                               const size_t *columns, size_t count)
{
    if (x->origin == NULL)
        return columns;
    size_t *origin = flama_sk_alloc(call, count, sizeof *origin);
    for (size_t i = 0; origin && i < count; i++)
        origin[i] = x->origin[columns[i]];
    return origin;
}

int flama_sk_plain(flama_call *call, const char *name, const flama_sk_matrix *x,
                   flama_sk_matrix *out)
{
    *out = *x;
    if (x->sparse)
        return flama_sk_dense(call, name, x, out);
    return x->cells ? flama_sk_cells_to_numbers(call, name, x, out) : 0;
}

int flama_sk_take_columns(flama_call *call, const flama_sk_matrix *x,
                          const size_t *columns, size_t count, flama_sk_matrix *out)
{
    flama_sk_matrix dense;
    if (x->sparse) {
        int code = flama_sk_dense(call, "Taking columns", x, &dense);
        if (code)
            return code;
        x = &dense;
    }
    *out = (flama_sk_matrix){.rows = x->rows, .cols = count, .finite = x->finite};
    size_t size = x->cells ? sizeof *x->cells : sizeof *x->data;
    char *cells = flama_sk_alloc(call, x->rows, count * size), *to = cells;
    if (cells == NULL)
        return FLAMA_EMEMORY;
    const char *from = x->cells ? (const char *)x->cells : (const char *)x->data;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t c = 0; c < count; c++, to += size)
            memcpy(to, from + (r * x->cols + columns[c]) * size, size);
    if (x->cells)
        out->cells = (const flama_value *)(const void *)cells;
    else
        out->data = (const double *)(const void *)cells;
    out->is_input = x->is_input;
    if (x->is_input && (out->origin = origin_of(call, x, columns, count)) == NULL)
        return FLAMA_EMEMORY;
    return 0;
}

static void put_numbers(const flama_sk_matrix *part, size_t cols, double *to)
{
    for (size_t r = 0; r < part->rows; r++)
        memcpy(to + r * cols, part->data + r * part->cols, part->cols * sizeof *to);
}

static void put_cells(const flama_sk_matrix *part, size_t cols, flama_value *to)
{
    for (size_t r = 0; r < part->rows; r++)
        for (size_t c = 0; c < part->cols; c++) {
            size_t i = r * part->cols + c;
            to[r * cols + c] =
                part->cells ? part->cells[i] : flama_value_number(part->data[i]);
        }
}

/* Sparse parts make all sparse, unless cells stand beside them. */
static int unify(flama_call *call, const flama_sk_matrix **parts, size_t count,
                 bool *sparse)
{
    bool cells = false, some = false;
    for (size_t i = 0; i < count; i++) {
        cells = cells || (*parts)[i].cells;
        some = some || (*parts)[i].sparse;
    }
    *sparse = some && !cells;
    if (!some || !cells)
        return 0;
    flama_sk_matrix *dense = flama_sk_alloc(call, count, sizeof *dense);
    int code = dense ? 0 : FLAMA_EMEMORY;
    for (size_t i = 0; code == 0 && i < count; i++)
        if ((*parts)[i].sparse)
            code = flama_sk_dense(call, "A row with strings", &(*parts)[i], &dense[i]);
        else
            dense[i] = (*parts)[i];
    *parts = dense;
    return code;
}

int flama_sk_side_by_side(flama_call *call, const flama_sk_matrix *parts, size_t count,
                          size_t rows, flama_sk_matrix *out)
{
    size_t cols = 0, at = 0;
    bool numbers = true, finite = true, sparse;
    int code = unify(call, &parts, count, &sparse);
    if (code || sparse)
        return code ? code
                    : flama_sk_sparse_side_by_side(call, parts, count, rows, out);
    for (size_t i = 0; i < count; i++) {
        cols += parts[i].cols;
        numbers = numbers && (parts[i].cells == NULL || parts[i].cols == 0);
        finite = finite && parts[i].finite;
    }
    double *data = flama_sk_matrix_new(call, rows, cols, out);
    flama_value *cells =
        numbers ? NULL : flama_sk_alloc(call, rows * cols, sizeof *cells);
    if (data == NULL || (!numbers && cells == NULL))
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < count; at += parts[i++].cols)
        if (parts[i].cols && numbers)
            put_numbers(&parts[i], cols, data + at);
        else if (parts[i].cols)
            put_cells(&parts[i], cols, cells + at);
    out->finite = numbers && finite;
    if (!numbers)
        out->data = NULL;
    out->cells = cells;
    return 0;
}

/* Answers as numbers. */

static double class_number(const flama_tensor *classes, size_t label)
{
    switch (classes->dtype) {
    case FLAMA_DTYPE_BOOL:
        return ((const uint8_t *)classes->data)[label];
    case FLAMA_DTYPE_INT64:
        return (double)((const int64_t *)classes->data)[label];
    default:
        return ((const double *)classes->data)[label];
    }
}

static double answer_number(const flama_sk_answer *a, size_t i)
{
    if (a->kind == FLAMA_SK_LABELS)
        return class_number(a->classes[i % a->cols], a->labels[i]);
    return a->kind == FLAMA_SK_INTEGERS ? (double)a->integers[i] : a->numbers[i];
}

int flama_sk_predict_matrix(const flama_sk_estimator *self, flama_call *call,
                            const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_answer answer;
    int code = flama_sk_predict(self, call, x, &answer);
    if (code)
        return code;
    double *data = flama_sk_matrix_new(call, answer.rows, answer.cols, out);
    for (size_t i = 0; data && i < answer.rows * answer.cols; i++)
        data[i] = answer_number(&answer, i);
    out->flat = answer.flat;
    return data ? 0 : FLAMA_EMEMORY;
}

bool flama_sk_is_numeric(const flama_sk_estimator *self)
{
    return self->methods->predict && (self->gives != FLAMA_SK_LABELS ||
                                      self->classes[0]->dtype != FLAMA_DTYPE_STRING);
}

int flama_sk_expect(const flama_sk_estimator *self, flama_call *call,
                    const flama_sk_matrix *given, size_t cols)
{
    if (given->cols == cols)
        return 0;
    return flama_fail(call, FLAMA_EINTERNAL, "%s gives %zu columns, not %zu",
                      self->name, given->cols, cols);
}

int flama_sk_each_column(flama_sk_estimator *const *members, size_t count,
                         flama_sk_method *method, flama_call *call,
                         const flama_sk_matrix *x, double *out)
{
    for (size_t i = 0; i < count; i++) {
        flama_sk_matrix one;
        int code = method(members[i], call, x, &one);
        if (code == 0)
            code = flama_sk_expect(members[i], call, &one, 1);
        if (code)
            return code;
        for (size_t r = 0; r < x->rows; r++)
            out[r * count + i] = one.data[r];
    }
    return 0;
}

int flama_sk_second_proba(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    flama_sk_matrix proba;
    int code = flama_sk_predict_proba(self, call, x, &proba);
    if (code == 0)
        code = flama_sk_expect(self, call, &proba, 2);
    double *data = code ? NULL : flama_sk_matrix_new(call, proba.rows, 1, out);
    for (size_t r = 0; data && r < proba.rows; r++)
        data[r] = proba.data[2 * r + 1];
    out->flat = true;
    return code ? code : data ? 0 : FLAMA_EMEMORY;
}

static bool is_binary(const flama_sk_estimator *self)
{
    return self->classes && self->outputs == 1 && self->classes[0]->count == 2;
}

bool flama_sk_scores_binary(const flama_sk_estimator *self)
{
    if (self->gives != FLAMA_SK_LABELS)
        return self->methods->predict && self->outputs == 1;
    return is_binary(self) &&
           (self->methods->decision_function || self->methods->predict_proba);
}

int flama_sk_score_binary(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    bool labels = self->gives == FLAMA_SK_LABELS;
    if (labels && self->methods->decision_function == NULL)
        return flama_sk_second_proba(self, call, x, out);
    int code = labels ? flama_sk_decision_function(self, call, x, out)
                      : flama_sk_predict_matrix(self, call, x, out);
    return code ? code : flama_sk_expect(self, call, out, 1);
}

double flama_sk_binary_threshold(const flama_sk_estimator *self)
{
    return self->gives == FLAMA_SK_LABELS && self->methods->decision_function ? 0 : 0.5;
}

/* Loading. */

void flama_sk_become(flama_sk_estimator *out, const flama_sk_estimator *inner)
{
    const flama_string *names =
        out->features == inner->features ? out->feature_names : NULL;
    *out = *inner;
    if (out->feature_names == NULL)
        out->feature_names = names;
}

void flama_sk_adopt_features(flama_sk_estimator *out, const flama_sk_estimator *inner)
{
    out->takes = inner->takes > out->takes ? inner->takes : out->takes;
    if (out->features == 0) {
        out->features = inner->features;
        out->feature_names = inner->feature_names;
    }
}

flama_sk_estimator *flama_sk_load_attribute(flama_sk_loader *in,
                                            const flama_pickle *object,
                                            const char *name)
{
    const flama_pickle *node = flama_sk_get(in, object, name);
    return node ? flama_sk_load(in, node) : NULL;
}

flama_sk_estimator **flama_sk_load_list(flama_sk_loader *in, const flama_pickle *object,
                                        const char *name, size_t *count)
{
    flama_pickle *const *items = flama_sk_items(in, object, name, count);
    flama_sk_estimator **list = flama_sk_new(in, *count, sizeof *list);
    if (in->failed == 0 && *count == 0)
        flama_sk_damaged(in, name, "is empty");
    for (size_t i = 0; in->failed == 0 && i < *count; i++)
        list[i] = flama_sk_load(in, items[i]);
    return in->failed ? NULL : list;
}

flama_sk_estimator **flama_sk_load_members(flama_sk_loader *in,
                                           const flama_pickle *object,
                                           flama_sk_estimator *out, size_t *count)
{
    flama_sk_estimator **members = flama_sk_load_list(in, object, "estimators_", count);
    if (members == NULL)
        return NULL;
    out->accepts = FLAMA_SK_UNCHECKED;
    out->cost = 100;
    for (size_t i = 0; i < *count; i++)
        out->cost += members[i]->cost + 50;
    flama_sk_adopt_features(out, members[0]);
    return members;
}

const flama_pickle *flama_sk_step(flama_sk_loader *in, const flama_pickle *item,
                                  size_t count, size_t i, const char *list)
{
    if (item->kind == FLAMA_PICKLE_TUPLE && item->count == count)
        return item->items[i];
    flama_sk_damaged(in, list, "holds something that is no step");
    return NULL;
}

const size_t *flama_sk_columns(flama_sk_loader *in, const flama_pickle *node,
                               const char *name, size_t limit, size_t *count)
{
    *count = FLAMA_SK_ANY;
    const double *numbers = flama_sk_node_vector(in, node, name, count);
    size_t *columns = flama_sk_new(in, numbers ? *count : 0, sizeof *columns);
    for (size_t i = 0; in->failed == 0 && i < *count; i++) {
        if (!(numbers[i] >= 0 && numbers[i] < (double)limit)) {
            flama_sk_damaged(in, name, "names a column that there is not");
            break;
        }
        columns[i] = (size_t)numbers[i];
    }
    return in->failed ? NULL : columns;
}

bool flama_sk_needs(flama_sk_loader *in, const flama_sk_estimator *inner, bool has,
                    const char *method)
{
    if (in->failed == 0 && !has)
        flama_sk_refuse(in, "holds %s, of which it would need %s", inner->name, method);
    return in->failed == 0;
}
