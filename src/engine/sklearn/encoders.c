/* OneHotEncoder, OrdinalEncoder, TargetEncoder: numbers for categories. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/category.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/sparse.h"

/* What each category of a feature becomes: `width` numbers, side by side in the answer;
 * of one-hot encodings the column to set, NOWHERE for none. The entry after the last
 * category is for what is unknown. */
typedef struct encoder {
    const flama_sk_categories *categories; /* a feature each */
    const double **numbers;
    const uint32_t **places;
    size_t width;
    bool strict; /* what is unknown is refused */
} encoder;

#define NOWHERE UINT32_MAX

/* The entry of a cell; SIZE_MAX: it is refused, and the call has failed. */
static size_t entry_of(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, size_t feature, size_t cell)
{
    const encoder *m = self->model;
    size_t i = flama_sk_category_of(&m->categories[feature], x, cell);
    if (i != SIZE_MAX || !m->strict)
        return i != SIZE_MAX ? i : m->categories[feature].count;
    flama_sk_category_unknown(self, call, x, cell);
    return SIZE_MAX;
}

static int encode(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const encoder *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t cell = 0; cell < x->rows * x->cols; cell++, y += m->width) {
        size_t f = cell % x->cols, i = entry_of(self, call, x, f, cell);
        if (i == SIZE_MAX)
            return FLAMA_EINPUT;
        for (size_t k = 0; k < m->width; k++)
            y[k] = m->numbers[f][i * m->width + k];
    }
    return 0;
}

/* With many columns only the ones are written. */
enum { SPARSE_FROM = 128 };

static int encode_sparse(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const encoder *m = self->model;
    size_t *starts = flama_sk_alloc(call, x->rows + 1, sizeof *starts), n = 0;
    uint32_t *columns = flama_sk_alloc(call, x->rows * x->cols, sizeof *columns);
    double *values = flama_sk_alloc(call, x->rows * x->cols, sizeof *values);
    if (starts == NULL || columns == NULL || values == NULL)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        starts[r] = n;
        for (size_t f = 0; f < x->cols; f++) {
            size_t i = entry_of(self, call, x, f, r * x->cols + f);
            if (i == SIZE_MAX)
                return FLAMA_EINPUT;
            columns[n] = m->places[f][i];
            values[n] = 1;
            n += columns[n] != NOWHERE;
        }
    }
    starts[x->rows] = n;
    flama_sk_sparse parts = {starts, columns, values};
    return flama_sk_sparse_set(call, x->rows, self->columns, &parts, out);
}

static int encode_one_hot(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const encoder *m = self->model;
    if (self->columns >= SPARSE_FROM)
        return encode_sparse(self, call, x, out);
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    memset(y, 0, x->rows * self->columns * sizeof *y);
    for (size_t r = 0; r < x->rows; r++, y += self->columns)
        for (size_t f = 0; f < x->cols; f++) {
            size_t i = entry_of(self, call, x, f, r * x->cols + f);
            if (i == SIZE_MAX)
                return FLAMA_EINPUT;
            if (m->places[f][i] != NOWHERE)
                y[m->places[f][i]] = 1;
        }
    return 0;
}

static const flama_sk_methods encoding = {.transform = encode};
static const flama_sk_methods encoding_one_hot = {.transform = encode_one_hot};

static encoder *new_encoder(flama_sk_loader *in, const flama_pickle *self,
                            flama_sk_estimator *out)
{
    encoder *m = flama_sk_new(in, 1, sizeof *m);
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    const flama_sk_categories *categories =
        flama_sk_categories_read(in, self, "categories_", &features);
    if (categories == NULL)
        return NULL;
    *m = (encoder){.categories = categories, .width = 1};
    m->numbers = flama_sk_new(in, features, sizeof *m->numbers);
    m->places = flama_sk_new(in, features, sizeof *m->places);
    if (features == 0)
        flama_sk_damaged(in, "categories_", "is empty");
    out->model = m;
    out->methods = &encoding;
    out->features = features;
    out->columns = features;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_CELLS;
    out->cost = 20 + 30 * (double)features;
    return in->failed ? NULL : m;
}

/* Infrequent categories are one group, after all others. */

/* An item of a list that may be absent (before 1.1), or be None; else NULL. */
static const flama_pickle *item_or_none(flama_sk_loader *in, const flama_pickle *self,
                                        const char *name, size_t i)
{
    size_t count;
    if (flama_sk_find(in, self, name) == NULL)
        return NULL;
    flama_pickle *const *items = flama_sk_items(in, self, name, &count);
    if (items && i >= count)
        flama_sk_damaged(in, name, "is too short");
    if (in->failed || items[i]->kind == FLAMA_PICKLE_NONE)
        return NULL;
    return items[i];
}

/* Groups of a feature's categories: the group of each, their number, and which one is
 * of the infrequent (SIZE_MAX: there is none). */
typedef struct groups {
    const int64_t *of; /* NULL: each category is one */
    size_t count;
    size_t infrequent;
} groups;

/* `mapped` categories may be grouped, the first ones. */
static groups read_groups(flama_sk_loader *in, const flama_pickle *self, size_t feature,
                          size_t mapped)
{
    static const char name[] = "_default_to_infrequent_mappings";
    groups g = {NULL, mapped, SIZE_MAX};
    const flama_pickle *node = item_or_none(in, self, name, feature);
    if (node == NULL)
        return g;
    g.of = flama_sk_node_integers(in, node, name, &mapped);
    g.count = 0;
    for (size_t i = 0; g.of && i < mapped; i++) {
        if (g.of[i] < 0 || (size_t)g.of[i] >= mapped) {
            flama_sk_damaged(in, name, "is out of range");
            return g;
        }
        g.count = (size_t)g.of[i] + 1 > g.count ? (size_t)g.of[i] + 1 : g.count;
    }
    g.infrequent = g.count - 1;
    return g;
}

/* The group of a feature that is left out: SIZE_MAX for none. Before 1.2 there was one
 * attribute for it. */
static size_t read_dropped(flama_sk_loader *in, const flama_pickle *self,
                           size_t feature)
{
    const char *name = "_drop_idx_after_grouping";
    const flama_pickle *array = flama_sk_find(in, self, name);
    int64_t dropped = -1;
    flama_numpy numbers;
    if (array == NULL)
        array = flama_sk_find(in, self, name = "drop_idx_");
    if (array == NULL || !flama_sk_node_array(in, array, name, &numbers))
        return SIZE_MAX;
    if (feature >= numbers.count)
        flama_sk_damaged(in, name, "is too short");
    else if (numbers.kind == 'O') {
        const flama_pickle *item = numbers.items[feature];
        if (item->kind == FLAMA_PICKLE_NONE)
            return SIZE_MAX;
        if (!flama_numpy_integer(item, &dropped))
            flama_sk_damaged(in, name, "holds something that is no integer");
    } else {
        const int64_t *all = flama_sk_node_integers(in, array, name, &numbers.count);
        dropped = all ? all[feature] : -1;
    }
    if (dropped < 0)
        flama_sk_damaged(in, name, "is out of range");
    return (size_t)dropped;
}

/* Where the categories of a feature go, columns from *next on. */
static const uint32_t *one_hot_places(flama_sk_loader *in, const flama_pickle *self,
                                      size_t feature, size_t count, bool to_infrequent,
                                      size_t *next)
{
    groups g = read_groups(in, self, feature, count);
    size_t dropped = read_dropped(in, self, feature);
    uint32_t *places = flama_sk_new(in, count + 1, sizeof *places);
    if (in->failed)
        return NULL;
    for (size_t i = 0; i <= count; i++) {
        size_t group = g.of && i < count ? (size_t)g.of[i] : i;
        if (i == count)
            group = to_infrequent ? g.infrequent : SIZE_MAX;
        places[i] = group == SIZE_MAX || group == dropped
                        ? NOWHERE
                        : (uint32_t)(*next + group - (group > dropped));
    }
    *next += g.count - (dropped < g.count);
    if (*next > INT32_MAX)
        flama_sk_damaged(in, "categories_", "are too many");
    return places;
}

FLAMA_SK_LOAD(one_hot_encoder)
{
    static const char *const ways[] = {"error", "ignore", "infrequent_if_exist", "warn",
                                       NULL};
    enum { ERROR, INFREQUENT = 2, WARN };
    encoder *m = new_encoder(in, self, out);
    size_t way = flama_sk_choice_or(in, self, "handle_unknown", ways, ERROR);
    if (m == NULL)
        return in->failed;
    m->strict = way == ERROR;
    out->columns = 0;
    out->methods = &encoding_one_hot;
    /* 1.6 and 1.7 warned and left zeros. */
    bool to_infrequent = way == INFREQUENT || (way == WARN && in->version >= 108);
    for (size_t f = 0; in->failed == 0 && f < out->features; f++)
        m->places[f] = one_hot_places(in, self, f, m->categories[f].count,
                                      to_infrequent, &out->columns);
    return in->failed;
}

/* A missing value that stands last among the categories has a number of its own. */
static const double *ordinal_numbers(flama_sk_loader *in, const flama_pickle *self,
                                     size_t feature, const flama_sk_categories *c,
                                     double unknown, double missing)
{
    groups g = read_groups(in, self, feature, c->count - c->nan_is_last);
    double *numbers = flama_sk_new(in, c->count + 1, sizeof *numbers);
    if (in->failed)
        return NULL;
    for (size_t i = 0; i < c->count; i++)
        numbers[i] = c->nan_is_last && i == c->nan ? missing
                     : g.of                        ? (double)g.of[i]
                                                   : (double)i;
    numbers[c->count] = unknown;
    return numbers;
}

FLAMA_SK_LOAD(ordinal_encoder)
{
    static const char *const ways[] = {"error", "use_encoded_value", NULL};
    encoder *m = new_encoder(in, self, out);
    size_t way = flama_sk_choice_or(in, self, "handle_unknown", ways, 0);
    double unknown = way ? flama_sk_number(in, self, "unknown_value") : 0;
    double missing = flama_sk_number_or(in, self, "encoded_missing_value", NAN);
    if (m == NULL)
        return in->failed;
    m->strict = way == 0;
    for (size_t f = 0; in->failed == 0 && f < out->features; f++)
        m->numbers[f] =
            ordinal_numbers(in, self, f, &m->categories[f], unknown, missing);
    return in->failed;
}

/* encodings_: for each feature, and then for each class, an array with a number for
 * each category. */
static const double *target_numbers(flama_sk_loader *in, flama_pickle *const *encodings,
                                    size_t width, size_t count, const double *means)
{
    double *numbers = flama_sk_new(in, (count + 1) * width, sizeof *numbers);
    for (size_t k = 0; in->failed == 0 && k < width; k++) {
        const double *one =
            flama_sk_node_vector(in, encodings[k], "encodings_", &count);
        for (size_t i = 0; one && i < count; i++)
            numbers[i * width + k] = one[i];
        numbers[count * width + k] = means[k];
    }
    return numbers;
}

FLAMA_SK_LOAD(target_encoder)
{
    encoder *m = new_encoder(in, self, out);
    size_t width = FLAMA_SK_ANY, count;
    const double *means = flama_sk_ravel(in, self, "target_mean_", &width);
    flama_pickle *const *encodings = flama_sk_items(in, self, "encodings_", &count);
    if (m == NULL || in->failed)
        return in->failed;
    if (width == 0 || count % width != 0 || count / width != out->features)
        return flama_sk_damaged(in, "encodings_", "are %zu where %zu are expected",
                                count, out->features * width);
    m->width = width;
    for (size_t f = 0; in->failed == 0 && f < out->features; f++)
        m->numbers[f] = target_numbers(in, encodings + f * width, width,
                                       m->categories[f].count, means);
    out->columns = count;
    return in->failed;
}
