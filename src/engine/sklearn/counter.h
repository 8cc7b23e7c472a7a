/* Vocabularies, which give terms their columns; and a sparse matrix that is written row
 * by row, counting by column: what a row's words, or its named values, add up to. The
 * matrix lives in a call's arena; one thread. */
#ifndef FLAMA_SKLEARN_COUNTER_H
#define FLAMA_SKLEARN_COUNTER_H

#include "base/map.h"
#include "engine/sklearn/loader.h"

/* Reads a dict of terms and columns, or a list of terms, into *out: column + 1 under
 * each. The number of columns, 0 on failure. */
size_t flama_sk_vocabulary_read(flama_sk_loader *in, const flama_pickle *node,
                                flama_map *out);

typedef struct flama_sk_count {
    uint32_t column; /* + 1; 0: free */
    double value;
} flama_sk_count;

typedef struct flama_sk_counter {
    flama_call *call;
    flama_sk_count *table; /* the row's columns, open-addressed */
    size_t capacity;       /* a power of two, or 0 */
    size_t count;
    size_t row; /* that is being counted */
    size_t *starts;
    uint32_t *columns;
    double *values;
    size_t written, room;
} flama_sk_counter;

/* Begins a matrix of so many rows. FLAMA_EMEMORY. */
int flama_sk_counter_init(flama_sk_counter *counter, flama_call *call, size_t rows);

/* Adds to the row's number in that column. FLAMA_EMEMORY. */
int flama_sk_counter_add(flama_sk_counter *counter, size_t column, double value);

/* The same in the column that a term hashes to, of `columns`: signed by the hash, too,
 * when `alternate`. */
int flama_sk_counter_add_hashed(flama_sk_counter *counter, flama_string term,
                                size_t columns, bool alternate, double value);

/* Ends the row: its numbers that are not 0 are columns[i] and values[i], i from
 * starts[row] up to `written`, and the next one begins. FLAMA_EMEMORY. */
int flama_sk_counter_next(flama_sk_counter *counter);

/* The matrix, after its last row. */
int flama_sk_counter_end(flama_sk_counter *counter, size_t cols, flama_sk_matrix *out);

#endif
