/* The request's input as numpy.array() would make an array of it, and Keras an input
 * of that. One thread, a call. */
#ifndef FLAMA_KERAS_INPUT_H
#define FLAMA_KERAS_INPUT_H

#include <flama/call.h>

#include "engine/keras/graph.h"

/* An array of the request: int64_t or double, row-major. */
typedef struct flama_keras_rows {
    bool is_integer;
    flama_keras_tensor shape; /* its own; dims[0] rows */
    const void *data;
} flama_keras_rows;

/* Reads the value for a model whose input is `wanted`: the rank may differ by a last
 * axis of 1, as Keras allows it, and then becomes the wanted one. FLAMA_EINPUT, with
 * the shape that is expected. */
int flama_keras_rows_read(flama_call *call, const flama_value *input,
                          const flama_keras_tensor *wanted, flama_keras_rows *out);

/* Converts elements [from, from + count) to the type. */
void flama_keras_rows_copy(const flama_keras_rows *rows, size_t from, size_t count,
                           flama_keras_dtype dtype, void *out);

#endif
