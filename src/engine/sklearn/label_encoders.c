/* LabelEncoder, LabelBinarizer, MultiLabelBinarizer: numbers for a list of labels. */
#include <math.h>
#include <string.h>

#include "engine/sklearn/category.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/input.h"

typedef struct label_encoder {
    const flama_sk_categories *classes;
    double yes, no; /* what stands in the columns of binarizers */
} label_encoder;

static int encode(const flama_sk_estimator *self, flama_call *call,
                  const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const label_encoder *m = self->model;
    double *y = flama_sk_matrix_new(call, x->rows, 1, out);
    for (size_t i = 0; y && i < x->rows; i++) {
        size_t label = flama_sk_category_of(m->classes, x, i);
        if (label == SIZE_MAX)
            return flama_sk_category_unknown(self, call, x, i);
        y[i] = (double)label;
    }
    out->flat = true;
    return y ? 0 : FLAMA_EMEMORY;
}

/* Of two classes only the second has a column, of one that one has none of its own: the
 * labels must be known then, since scikit-learn may add a column for a third one. */
static int binarize(const flama_sk_estimator *self, flama_call *call,
                    const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const label_encoder *m = self->model;
    size_t count = m->classes->count, cols = self->columns;
    double *y = flama_sk_matrix_new(call, x->rows, cols, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < x->rows; i++, y += cols) {
        size_t label = flama_sk_category_of(m->classes, x, i);
        if (label == SIZE_MAX && count < 3)
            return flama_sk_category_unknown(self, call, x, i);
        for (size_t k = 0; k < cols; k++)
            y[k] = count > 1 && label == k + count - cols ? m->yes : m->no;
    }
    return 0;
}

/* A row's labels, each of which is a matrix of one cell for those who look it up. */
static int mark_labels(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, size_t row, double *marks)
{
    const label_encoder *m = self->model;
    size_t length = x->cells ? flama_sk_row_length(&x->cells[row]) : SIZE_MAX;
    if (length == SIZE_MAX)
        return flama_sk_fail_cell(call, x, row, "%s takes a list of labels here",
                                  self->name);
    for (size_t i = 0; i < length; i++) {
        flama_value cell = flama_sk_row_cell(&x->cells[row], i);
        flama_sk_matrix one = {.rows = 1, .cols = 1, .cells = &cell};
        size_t label = flama_sk_category_of(m->classes, &one, 0);
        if (label != SIZE_MAX)
            marks[label] = 1;
        else if (cell.kind >= FLAMA_KIND_ARRAY)
            return flama_sk_fail_cell(call, x, row, "%s takes no %s as a label",
                                      self->name, flama_kind_name(cell.kind));
    }
    return 0;
}

static int binarize_lists(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x, flama_sk_matrix *out)
{
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    if (y == NULL)
        return FLAMA_EMEMORY;
    memset(y, 0, x->rows * self->columns * sizeof *y);
    for (size_t i = 0; i < x->rows; i++, y += self->columns) {
        int code = mark_labels(self, call, x, i, y);
        if (code)
            return code;
    }
    return 0;
}

static const flama_sk_methods encoding = {.transform = encode};
static const flama_sk_methods binarizing = {.transform = binarize};
static const flama_sk_methods binarizing_lists = {.transform = binarize_lists};

static label_encoder *load(flama_sk_loader *in, const flama_pickle *self,
                           const flama_sk_methods *methods, flama_sk_estimator *out)
{
    label_encoder *m = flama_sk_new(in, 1, sizeof *m);
    const flama_sk_categories *classes =
        flama_sk_categories_read_one(in, self, "classes_");
    if (classes == NULL)
        return NULL;
    if (classes->count == 0)
        flama_sk_damaged(in, "classes_", "is empty");
    *m = (label_encoder){.classes = classes, .yes = 1};
    out->model = m;
    out->methods = methods;
    out->accepts = FLAMA_SK_NAN | FLAMA_SK_CELLS | FLAMA_SK_FLAT | FLAMA_SK_ITEMS;
    out->columns = classes->count;
    out->features = 0;
    out->cost = 100;
    return in->failed ? NULL : m;
}

FLAMA_SK_LOAD(label_encoder)
{
    load(in, self, &encoding, out);
    out->columns = 1;
    return in->failed;
}

FLAMA_SK_LOAD(label_binarizer)
{
    static const char *const types[] = {"binary", "multiclass", NULL};
    label_encoder *m = load(in, self, &binarizing, out);
    flama_sk_choice(in, self, "y_type_", types);
    if (m == NULL)
        return in->failed;
    m->yes = flama_sk_number(in, self, "pos_label");
    m->no = flama_sk_number(in, self, "neg_label");
    out->columns = m->classes->count < 3 ? 1 : m->classes->count;
    return in->failed;
}

FLAMA_SK_LOAD(multi_label_binarizer)
{
    load(in, self, &binarizing_lists, out);
    return in->failed;
}
