/* A request's rows as a matrix, and an estimator's answer as a value. */
#ifndef FLAMA_SKLEARN_INPUT_H
#define FLAMA_SKLEARN_INPUT_H

#include "engine/sklearn/estimator.h"

/* Reads a list of rows: numbers when every cell is a number, a boolean or null, else
 * cells. It must be rectangular. 0 or FLAMA_EINPUT with the place. */
int flama_sk_matrix_read(flama_call *call, const flama_value *rows,
                         flama_sk_matrix *out);

/* Reads a list of whatever, as one flat column whose cells are borrowed from it. 0 or
 * FLAMA_EINPUT. */
int flama_sk_items_read(flama_call *call, const flama_value *items,
                        flama_sk_matrix *out);

/* Length of a list, SIZE_MAX when the value is none; and its i-th cell. */
size_t flama_sk_row_length(const flama_value *row);
flama_value flama_sk_row_cell(const flama_value *row, size_t i);

/* The matrix with its cells as numbers, for an estimator of that name; a string is
 * FLAMA_EINPUT. */
int flama_sk_cells_to_numbers(flama_call *call, const char *name,
                              const flama_sk_matrix *x, flama_sk_matrix *out);

/* The matrix of numbers as cells; a missing number is null. 0 or FLAMA_EMEMORY. */
int flama_sk_numbers_to_cells(flama_call *call, const flama_sk_matrix *x,
                              flama_sk_matrix *out);

/* As predict(...).tolist() gives them. */
int flama_sk_answer_value(flama_call *call, const flama_sk_answer *answer,
                          flama_value *out);
int flama_sk_matrix_value(flama_call *call, const flama_sk_matrix *matrix,
                          flama_value *out);

#endif
