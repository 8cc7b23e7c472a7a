/* numpy arrays, as pickles describe them.
 *
 * An ndarray is an OBJECT made by _reconstruct (or, from protocol 5, _frombuffer) whose
 * state is (1, shape, dtype, is_fortran, bytes or list); a scalar is scalar(dtype,
 * bytes); a dtype is dtype(code, False, True) with the state (3, byte order, None,
 * field names, fields, item size, alignment, flags). What is read here is a view: it
 * points into the pickle, in whatever byte order and layout that has. Converting it
 * copies, in C order. */
#ifndef FLAMA_FLM_NUMPY_H
#define FLAMA_FLM_NUMPY_H

#include <flama/value.h>

#include "flm/pickle.h"

/* A field of a structured array: where it stands in an item. */
typedef struct flama_numpy_field {
    flama_string name;
    char kind; /* as in flama_numpy */
    bool swapped;
    size_t size;
    size_t offset;
} flama_numpy_field;

/* `kind` is numpy's: b bool, i u integers, f floats, U S text, V structured, O objects;
 * others (M m c) are seen and never converted. The data hold count * item_size bytes;
 * those of an O array are `items` instead, in C order. Rank 0 is a scalar. */
typedef struct flama_numpy {
    char kind;
    bool swapped; /* big endian */
    bool fortran; /* first index runs fastest */
    unsigned rank;
    size_t shape[FLAMA_MAX_RANK];
    size_t count;
    size_t item_size;
    const uint8_t *data;
    flama_pickle *const *items;
    const flama_numpy_field *fields;
    size_t field_count;
} flama_numpy;

/* Whether the node is an array or a numpy scalar. NULL is none. */
bool flama_numpy_is(const flama_pickle *node);

/* Reads an array or a scalar. FLAMA_EFORMAT when it is damaged or something else,
 * FLAMA_EUNSUPPORTED for a layout that is not read, FLAMA_EMEMORY. */
int flama_numpy_read(flama_arena *arena, const flama_pickle *node, flama_numpy *out,
                     flama_error *err);

/* Writes all elements, in C order. `field` chooses one of a structured array and is
 * NULL otherwise. doubles: from b i u f. integers: from b i u, each must fit. floats:
 * the same as doubles, rounded to float. Any O array must hold numbers of these kinds.
 * 0, or FLAMA_EFORMAT. */
int flama_numpy_doubles(const flama_numpy *array, const flama_numpy_field *field,
                        double *out, flama_error *err);
int flama_numpy_integers(const flama_numpy *array, const flama_numpy_field *field,
                         int64_t *out, flama_error *err);

/* The field of that name, or NULL. */
const flama_numpy_field *flama_numpy_field_get(const flama_numpy *array,
                                               const char *name);

/* Writes all elements of a U, S or O array of text, in C order; decoded text lives in
 * the arena, other points into the pickle. 0, FLAMA_EFORMAT or FLAMA_EMEMORY. */
int flama_numpy_strings(flama_arena *arena, const flama_numpy *array, flama_string *out,
                        flama_error *err);

/* A number as Python has it (bool, int, float) or as a numpy scalar or array of one
 * element. false when the node is none, or the integer does not fit. */
bool flama_numpy_number(const flama_pickle *node, double *out);
bool flama_numpy_integer(const flama_pickle *node, int64_t *out);

#endif
