/* What a scikit-learn estimator is to this engine, and what estimators exchange.
 *
 * An estimator is read once from the pickle by its family's load function (table.c says
 * which) into the instance's arena, and is immutable then: any number of threads run
 * it. Whoever runs one, an engine or a meta-estimator, calls flama_sk_predict and its
 * sisters below: they check the input as scikit-learn's validation does and then call
 * the family's function, which so sees `features` columns of numbers it can take. All
 * output lives in the call's arena. */
#ifndef FLAMA_SKLEARN_ESTIMATOR_H
#define FLAMA_SKLEARN_ESTIMATOR_H

#include <flama/call.h>

/* Rows and columns of numbers (`data`), row-major; or, when some cell is no number, of
 * scalar values (`cells`; of a list of items any values); or only the numbers that are
 * not 0 (`sparse`, for who takes FLAMA_SK_SPARSE). Exactly one of the three is set, or
 * none when it has no cell. A missing number is NaN. */
typedef struct flama_sk_sparse flama_sk_sparse; /* sparse.h */

typedef struct flama_sk_matrix {
    size_t rows;
    size_t cols;
    const double *data;
    const flama_value *cells;
    const flama_sk_sparse *sparse;
    bool flat;            /* one column that numpy would have as a 1-d array */
    bool finite;          /* known to hold neither NaN nor infinity */
    bool is_input;        /* the request's own: a cell's place in it can be named */
    const size_t *origin; /* of is_input: its columns' places there; NULL: the same */
} flama_sk_matrix;

typedef enum flama_sk_kind {
    FLAMA_SK_NUMBERS,
    FLAMA_SK_INTEGERS,
    FLAMA_SK_LABELS /* indices of classes */
} flama_sk_kind;

/* What predict gave: rows * cols of the kind, row-major; flat as in a matrix. */
typedef struct flama_sk_answer {
    flama_sk_kind kind;
    size_t rows;
    size_t cols;
    bool flat;
    union {
        double *numbers;
        int64_t *integers;
        uint32_t *labels;
    };
    const flama_tensor *const *classes; /* LABELS: those of each column */
} flama_sk_answer;

typedef struct flama_sk_estimator flama_sk_estimator;

/* What an estimator can do; a member is NULL when it can't. predict_proba of several
 * outputs gives their columns one output after the other: classes tells how many each.
 */
typedef struct flama_sk_methods {
    int (*predict)(const flama_sk_estimator *self, flama_call *call,
                   const flama_sk_matrix *x, flama_sk_answer *out);
    int (*predict_proba)(const flama_sk_estimator *self, flama_call *call,
                         const flama_sk_matrix *x, flama_sk_matrix *out);
    int (*decision_function)(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out);
    int (*transform)(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out);
    int (*inverse_transform)(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out);
} flama_sk_methods;

/* How the input is checked before a method is called. 0: numbers, all finite. */
enum {
    FLAMA_SK_NAN = 1,        /* NaN may occur */
    FLAMA_SK_INFINITE = 2,   /* infinity may occur */
    FLAMA_SK_FLOAT32 = 4,    /* computes in float: larger numbers count as infinite */
    FLAMA_SK_CELLS = 8,      /* may get cells instead of numbers */
    FLAMA_SK_UNCHECKED = 16, /* passes its input on: nothing is checked here */
    FLAMA_SK_FLAT = 32,      /* takes a list of values too, as one flat column */
    FLAMA_SK_SPARSE = 64,    /* may get a sparse matrix: its numbers are not checked */
    FLAMA_SK_PASSES = 128,   /* of CELLS: passes them on to others, who may not */
    FLAMA_SK_ITEMS = 256     /* of FLAT: the cells of the list may be of any kind */
};

/* What a request's input is made of. */
typedef enum flama_sk_takes {
    FLAMA_SK_TAKES_NUMBERS,
    FLAMA_SK_TAKES_CELLS, /* strings among them */
    FLAMA_SK_TAKES_TEXTS, /* a list of strings, no rows */
    FLAMA_SK_TAKES_ITEMS  /* a list of whatever: objects, lists of any length */
} flama_sk_takes;

struct flama_sk_estimator {
    const char *name;                /* the class's name; static */
    const flama_sk_methods *methods; /* never NULL */
    const void *model;               /* what the family's load made */
    unsigned version;                /* of scikit-learn: 109 is 1.9 */
    unsigned accepts;                /* FLAMA_SK_NAN and so on */
    flama_sk_takes takes;            /* of `accepts`; of others within when those say */
    size_t features;                 /* 0: not known, not checked */
    const flama_string *feature_names; /* `features` of them, or NULL */

    /* What predict gives: its kind, the number of outputs, whether rows are lists even
     * of one output. A classifier has classes, one tensor an output. */
    flama_sk_kind gives;
    size_t outputs;
    bool wide;
    const flama_tensor *const *classes;

    size_t columns;   /* that transform gives; 0: not known */
    size_t decisions; /* that decision_function gives; 0: one a class or output */
    double cost;      /* nanoseconds one row takes, about */
};

/* Run a method on x, checked first: 0, FLAMA_EINPUT for rows the estimator can't take,
 * FLAMA_ENOT_FOUND when it has no such method, or what the call failed with. */
int flama_sk_predict(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_answer *out);
int flama_sk_predict_proba(const flama_sk_estimator *self, flama_call *call,
                           const flama_sk_matrix *x, flama_sk_matrix *out);
int flama_sk_decision_function(const flama_sk_estimator *self, flama_call *call,
                               const flama_sk_matrix *x, flama_sk_matrix *out);
int flama_sk_transform(const flama_sk_estimator *self, flama_call *call,
                       const flama_sk_matrix *x, flama_sk_matrix *out);

/* The same the other way, for who knows that x fits: nothing is checked. */
int flama_sk_inverse_transform(const flama_sk_estimator *self, flama_call *call,
                               const flama_sk_matrix *x, flama_sk_matrix *out);

/* Make *out a matrix or an answer of that size and give the memory to fill in, NULL
 * without memory (the call has failed then). */
double *flama_sk_matrix_new(flama_call *call, size_t rows, size_t cols,
                            flama_sk_matrix *out);
flama_value *flama_sk_cells_new(flama_call *call, size_t rows, size_t cols,
                                flama_sk_matrix *out);
double *flama_sk_numbers_new(flama_call *call, const flama_sk_estimator *self,
                             size_t rows, flama_sk_answer *out);
int64_t *flama_sk_integers_new(flama_call *call, const flama_sk_estimator *self,
                               size_t rows, flama_sk_answer *out);
uint32_t *flama_sk_labels_new(flama_call *call, const flama_sk_estimator *self,
                              size_t rows, flama_sk_answer *out);

/* Writes "$.input[r][c]" for the cell: where it stood in the request; "$.input[r]" when
 * that is a list of values. "" when x is not the request's. */
void flama_sk_place(const flama_sk_matrix *x, size_t cell, char *path, size_t size);

/* count * size bytes of the call's arena, the product checked; NULL as above. */
void *flama_sk_alloc(flama_call *call, size_t count, size_t size);

/* Fails the call for what a cell (row * cols + column) holds: FLAMA_EINPUT, the text
 * followed by the cell's place in the request, when it has one, and a full stop. */
int flama_sk_fail_cell(flama_call *call, const flama_sk_matrix *x, size_t cell,
                       const char *format, ...) FLAMA_PRINTF(4, 5);

/* predict of most classifiers: the label of the largest score, the first of equals, as
 * numpy's argmax takes it (NaN counts as largest); a flat score is positive or not. */
int flama_sk_predict_largest(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *scores, flama_sk_answer *out);

/* Index of the largest of n numbers: the first of equals, the first NaN before all. */
size_t flama_sk_argmax(const double *numbers, size_t n);

#endif
