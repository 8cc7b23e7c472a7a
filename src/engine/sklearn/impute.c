/* SimpleImputer and MissingIndicator. */
#include "engine/sklearn/impute.h"

#include <string.h>

#include "base/error.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/input.h"

typedef struct imputer {
    double missing;           /* what stands for a missing number */
    const double *values;     /* what takes its place, a feature each */
    const flama_value *cells; /* the same, when some are strings */
    flama_string missing_text;
    bool text_is_missing; /* missing_text stands for a missing value */
    flama_sk_columns kept;
    flama_sk_columns indicated; /* further columns that say what was missing */
    bool strict;                /* missing values elsewhere are refused */
} imputer;

double flama_sk_missing_value(flama_sk_loader *in, const flama_pickle *self)
{
    const flama_pickle *node = flama_sk_find(in, self, "missing_values");
    double missing = NAN;
    if (node && !flama_pickle_is_object(node, "_NA") &&
        !flama_numpy_number(node, &missing))
        flama_sk_refuse(in, "with a missing_values that is no number is not run");
    return missing;
}

void flama_sk_indicated(flama_sk_loader *in, const flama_pickle *indicator,
                        size_t features, flama_sk_columns *out)
{
    size_t count = FLAMA_SK_ANY;
    const int64_t *index = flama_sk_integers(in, indicator, "features_", &count);
    const flama_pickle *which = flama_sk_find(in, indicator, "features");
    bool all = flama_pickle_is_text(which, "all") || count == features;
    out->index = flama_sk_new(in, features, sizeof *out->index);
    if (in->failed)
        return;
    out->count = all ? features : count;
    for (size_t i = 0; i < out->count; i++) {
        int64_t c = all ? (int64_t)i : index[i];
        if (c < 0 || (size_t)c >= features || out->count > features) {
            flama_sk_damaged(in, "features_", "names a feature that there is not");
            return;
        }
        out->index[i] = (size_t)c;
    }
}

void flama_sk_imputer_indicated(flama_sk_loader *in, const flama_pickle *self,
                                size_t features, flama_sk_columns *out)
{
    *out = (flama_sk_columns){0, NULL};
    if (flama_sk_flag_or(in, self, "add_indicator", false))
        flama_sk_indicated(in, flama_sk_get(in, self, "indicator_"), features, out);
}

void flama_sk_indicate(const flama_sk_columns *columns, double missing,
                       const double *row, double *out)
{
    for (size_t i = 0; i < columns->count; i++)
        out[i] = flama_sk_is_missing(missing, row[columns->index[i]]);
}

static int impute_numbers(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const imputer *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++, y += m->indicated.count) {
        const double *row = x->data + r * x->cols;
        for (size_t i = 0; i < m->kept.count; i++) {
            size_t c = m->kept.index[i];
            *y++ = flama_sk_is_missing(m->missing, row[c]) ? m->values[c] : row[c];
        }
        flama_sk_indicate(&m->indicated, m->missing, row, y);
    }
    return 0;
}

static bool is_cell_missing(const imputer *m, const flama_value *cell)
{
    switch (cell->kind) {
    case FLAMA_KIND_STRING:
        return m->text_is_missing && cell->string.size == m->missing_text.size &&
               (cell->string.size == 0 ||
                memcmp(cell->string.data, m->missing_text.data, cell->string.size) ==
                    0);
    case FLAMA_KIND_BOOL:
        return !m->text_is_missing && m->missing == cell->boolean;
    case FLAMA_KIND_INTEGER:
        return !m->text_is_missing && m->missing == (double)cell->integer;
    case FLAMA_KIND_NUMBER:
        return !m->text_is_missing && flama_sk_is_missing(m->missing, cell->number);
    default:
        return !m->text_is_missing && isnan(m->missing);
    }
}

static int impute_cells(const flama_sk_estimator *self, flama_call *call,
                        const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const imputer *m = self->model;
    flama_sk_matrix from = *x;
    int code = x->cells ? 0 : flama_sk_numbers_to_cells(call, x, &from);
    flama_value *y =
        code ? NULL : flama_sk_cells_new(call, x->rows, self->columns, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        const flama_value *row = from.cells + r * x->cols;
        for (size_t i = 0; i < m->kept.count; i++) {
            size_t c = m->kept.index[i];
            *y++ = is_cell_missing(m, &row[c]) ? m->cells[c] : row[c];
        }
        for (size_t i = 0; i < m->indicated.count; i++)
            *y++ = flama_value_number(is_cell_missing(m, &row[m->indicated.index[i]]));
    }
    return 0;
}

static const flama_sk_methods imputing_numbers = {.transform = impute_numbers};
static const flama_sk_methods imputing_cells = {.transform = impute_cells};

/* A feature that had no value at all is dropped, unless it is to be kept. */
static void read_kept(flama_sk_loader *in, const flama_pickle *self, size_t features,
                      imputer *m)
{
    bool keep = flama_sk_flag_or(in, self, "keep_empty_features", false);
    m->kept.index = flama_sk_new(in, features, sizeof *m->kept.index);
    for (size_t i = 0; in->failed == 0 && i < features; i++)
        if (keep || !isnan(m->values[i]))
            m->kept.index[m->kept.count++] = i;
}

/* statistics_ with strings among them. */
static void read_cells(flama_sk_loader *in, const flama_numpy *array, imputer *m)
{
    flama_value *cells = flama_sk_new(in, array->count, sizeof *cells);
    double *values = flama_sk_new(in, array->count, sizeof *values);
    for (size_t i = 0; in->failed == 0 && i < array->count; i++) {
        const flama_pickle *item = array->items[i];
        if (item->kind == FLAMA_PICKLE_STRING) {
            const char *text =
                flama_arena_copy(in->arena, item->text.data, item->text.size);
            if (text == NULL)
                in->failed = flama_error__memory(in->err);
            cells[i] = flama_value_string((flama_string){text, item->text.size});
        } else if (item->kind == FLAMA_PICKLE_NONE)
            cells[i] = flama_value_null();
        else if (flama_numpy_number(item, &values[i]))
            cells[i] = flama_value_number(values[i]);
        else
            flama_sk_refuse(in, "fills in something that is neither string nor number");
    }
    m->cells = cells;
    m->values = values;
}

static bool holds_text(const flama_numpy *array)
{
    for (size_t i = 0; array->kind == 'O' && i < array->count; i++)
        if (array->items[i]->kind == FLAMA_PICKLE_STRING ||
            array->items[i]->kind == FLAMA_PICKLE_NONE)
            return true;
    return false;
}

static void read_missing(flama_sk_loader *in, const flama_pickle *self, imputer *m)
{
    const flama_pickle *node = flama_sk_find(in, self, "missing_values");
    m->text_is_missing = node && node->kind == FLAMA_PICKLE_STRING;
    if (!m->text_is_missing) {
        m->missing = flama_sk_missing_value(in, self);
        return;
    }
    m->missing_text = node->text;
    m->missing_text.data =
        flama_arena_copy(in->arena, node->text.data, node->text.size);
    if (m->missing_text.data == NULL)
        in->failed = flama_error__memory(in->err);
}

/* Numbers for numbers, but cells for cells: strings may stand in any column then. */
static void set_methods(const imputer *m, bool numbers, flama_sk_estimator *out)
{
    out->model = m;
    out->columns = m->kept.count + m->indicated.count;
    out->methods = numbers ? &imputing_numbers : &imputing_cells;
    out->accepts = isnan(m->missing) || !numbers ? (unsigned)FLAMA_SK_NAN : 0u;
    out->accepts |= numbers ? 0u : (unsigned)FLAMA_SK_CELLS;
    out->cost = 20 + 3 * (double)out->features;
}

FLAMA_SK_LOAD(simple_imputer)
{
    imputer *m = flama_sk_new(in, 1, sizeof *m);
    flama_numpy array;
    if (m == NULL || !flama_sk_array(in, self, "statistics_", &array))
        return in->failed;
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    read_missing(in, self, m);
    bool numbers = !holds_text(&array) && !m->text_is_missing;
    if (numbers || array.kind != 'O')
        m->values = flama_sk_vector(in, self, "statistics_", &features);
    else if (array.rank != 1 || (features != FLAMA_SK_ANY && array.count != features))
        flama_sk_damaged(in, "statistics_", "has %zu values for %zu features",
                         array.count, features);
    else {
        features = array.count;
        read_cells(in, &array, m);
    }
    if (in->failed == 0 && !numbers && m->cells == NULL)
        flama_sk_refuse(in, "with numbers for missing strings is not run");
    if (in->failed)
        return in->failed;
    read_kept(in, self, features, m);
    flama_sk_imputer_indicated(in, self, features, &m->indicated);
    out->features = features;
    set_methods(m, numbers, out);
    return in->failed;
}

/* The first cell that is missing where none was in fitting; SIZE_MAX: there is none. */
static size_t find_new(const imputer *m, const flama_sk_matrix *x)
{
    for (size_t cell = 0; cell < x->rows * x->cols; cell++) {
        bool told = false;
        if (!flama_sk_is_missing(m->missing, x->data[cell]))
            continue;
        for (size_t i = 0; i < m->indicated.count; i++)
            told = told || m->indicated.index[i] == cell % x->cols;
        if (!told)
            return cell;
    }
    return SIZE_MAX;
}

static int indicate(const flama_sk_estimator *self, flama_call *call,
                    const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const imputer *m = self->model;
    size_t cell = m->strict ? find_new(m, x) : SIZE_MAX;
    if (cell != SIZE_MAX)
        return flama_sk_fail_cell(call, x, cell,
                                  "The features [%zu] have missing values in transform "
                                  "but have no missing values in fit",
                                  cell % x->cols);
    return impute_numbers(self, call, x, out);
}

static const flama_sk_methods indicating = {.transform = indicate};

/* An imputer that keeps nothing but the indicators. */
FLAMA_SK_LOAD(missing_indicator)
{
    imputer *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    if (out->features == 0)
        return flama_sk_damaged(in, "n_features_in_", "is missing");
    m->missing = flama_sk_missing_value(in, self);
    flama_sk_indicated(in, self, out->features, &m->indicated);
    m->strict = flama_sk_flag_or(in, self, "error_on_new", true);
    set_methods(m, true, out);
    out->methods = &indicating;
    return in->failed;
}
