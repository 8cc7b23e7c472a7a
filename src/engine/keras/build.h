/* Taking layers apart: what a layer's function gets, and what it makes the graph with.
 *
 * One builder a load, one thread. The first failure is kept in it and names the layer;
 * everything asked of it after that does nothing and gives 0 or NULL, so that a layer
 * needs to look only where it would follow a pointer. What the graph needs later goes
 * into `arena`, the rest into `scratch`. */
#ifndef FLAMA_KERAS_BUILD_H
#define FLAMA_KERAS_BUILD_H

#include <flama/value.h>

#include "engine/keras/graph.h"
#include "flm/hdf5.h"
#include "flm/zip.h"

enum {
    FLAMA_KERAS_RESULTS = 16,     /* of one layer */
    FLAMA_KERAS_FACTOR = 1 << 20, /* the largest stride, padding, size of a window */
    FLAMA_KERAS_CALLS = 1 << 16   /* uses of layers in one model */
};

/* A layer in the file. Its weights stand under `path`: "layers/dense". */
typedef struct flama_keras_layer {
    flama_string class_name;
    flama_string name;
    const flama_value *config; /* an object */
    flama_string path;
} flama_keras_layer;

typedef struct flama_keras_builder {
    flama_keras_graph *graph;
    flama_arena *arena;
    flama_arena *scratch;
    const flama_hdf5 *weights;
    const flama_zip *files; /* the archive */
    flama_keras_id *masks; /* of each tensor, 0: none; as long as the graph's tensors */
    size_t mask_capacity;
    flama_map loaded; /* weights made ready before, by path and use */
    float *staging;   /* a weight on its way, freed by flama_keras_builder_fini */
    size_t staging_size;
    size_t weight_bytes;
    size_t arrays; /* made by flama_keras_array */
    size_t calls;
    unsigned depth;                  /* models in models */
    const flama_keras_layer *layer;  /* being taken apart */
    flama_keras_precision precision; /* its weights and the integers it makes floats are
                                        rounded to that */
    int failed;
    flama_error *err;
} flama_keras_builder;

/* One use of a layer. Tensors of the positional arguments stand in `inputs`, lists of
 * them taken apart; those of the keywords in `named`. */
typedef struct flama_keras_named {
    flama_string name;
    flama_keras_id id;
} flama_keras_named;

/* A tensor among the arguments, and where it stands there. */
typedef struct flama_keras_ref {
    const flama_value *at;
    flama_keras_id id;
} flama_keras_ref;

typedef struct flama_keras_call {
    const flama_keras_layer *layer;
    size_t input_count;
    const flama_keras_id *inputs;
    size_t named_count;
    const flama_keras_named *named;
    size_t ref_count;
    const flama_keras_ref *refs;
    const flama_value *args; /* as in the file, NULL: just the inputs */
    const flama_value *kwargs;
    size_t output_count;
    flama_keras_id outputs[FLAMA_KERAS_RESULTS];
} flama_keras_call;

/* Keeps the failure, unless there is one: "layer 'name' (Class) " and the text.
 * Returns 0. */
flama_keras_id flama_keras_fail(flama_keras_builder *b, int code, const char *format,
                                ...) FLAMA_PRINTF(3, 4);
flama_keras_id flama_keras_fail_memory(flama_keras_builder *b);
void flama_keras_builder_fini(flama_keras_builder *b);

/* Zeroed memory that lives as long as the model; NULL after a failure. */
void *flama_keras_new(flama_keras_builder *b, size_t count, size_t size);

/* What is known of a tensor; after a failure, of none. */
const flama_keras_tensor *flama_keras_known(const flama_keras_builder *b,
                                            flama_keras_id id);
/* The dimension at axis, from the end when negative. */
int64_t flama_keras_dim(const flama_keras_builder *b, flama_keras_id id, int axis);

/* Input i of a call; fails when there is none. */
flama_keras_id flama_keras_input(flama_keras_builder *b, const flama_keras_call *call,
                                 size_t i);
/* The tensor of that keyword, or 0. */
flama_keras_id flama_keras_keyword(const flama_keras_call *call, const char *name);
/* One more output of a call. */
void flama_keras_give(flama_keras_call *call, flama_keras_id id);

flama_keras_id flama_keras_mask(const flama_keras_builder *b, flama_keras_id id);
void flama_keras_set_mask(flama_keras_builder *b, flama_keras_id id,
                          flama_keras_id mask);

/* Adds an operation and infers its outputs; the first output's id. Inputs of 0 are left
 * out, and floats made halves where one of them is. The params are the operation's from
 * now on. */
flama_keras_id flama_keras_add(flama_keras_builder *b, const flama_keras_op_type *type,
                               void *params, size_t outputs, size_t count,
                               const flama_keras_id *inputs);
#define FLAMA_KERAS_IDS(...)                                          \
    sizeof((flama_keras_id[]){__VA_ARGS__}) / sizeof(flama_keras_id), \
        (flama_keras_id[])                                            \
    {                                                                 \
        __VA_ARGS__                                                   \
    }

/* The same for a product, with a bias for each of the last axis, or NULL. */
flama_keras_id flama_keras_add_product(flama_keras_builder *b,
                                       const flama_keras_op_type *type, void *params,
                                       flama_keras_id x, const float *bias);

/* A constant of b->precision; the data are borrowed and must live as long as the model.
 * A number is weak. */
flama_keras_id flama_keras_constant(flama_keras_builder *b, flama_keras_dtype dtype,
                                    unsigned rank, const int64_t *dims,
                                    const void *data);
flama_keras_id flama_keras_number(flama_keras_builder *b, float number);

/* Fields of a layer's configuration. What is missing or null is the fallback; what is
 * of another kind, or out of range, fails, and so does a fallback that is: the field
 * must be there. */
const flama_value *flama_keras_field(const flama_keras_layer *layer, const char *name);
int64_t flama_keras_int(flama_keras_builder *b, const char *name, int64_t fallback,
                        int64_t low, int64_t high);
double flama_keras_real(flama_keras_builder *b, const char *name, double fallback);
bool flama_keras_flag(flama_keras_builder *b, const char *name, bool fallback);
bool flama_keras_is(flama_keras_builder *b, const char *name, const char *text,
                    const char *fallback);

/* A list of integers, or one of them, which counts as a list of one; nested lists are
 * one after the other. Returns how many, at most `most`; 0 when the field is missing,
 * is null or does not fit. null in a list is INT64_MIN. */
size_t flama_keras_ints(flama_keras_builder *b, const char *name, size_t most,
                        int64_t *out);
size_t flama_keras_value_ints(const flama_value *value, size_t most, int64_t *out);
size_t flama_keras_value_reals(const flama_value *value, size_t most, double *out);

/* Axes, from the front or from the end, as a bit each; fails beyond the rank. */
unsigned flama_keras_axis_bits(flama_keras_builder *b, const int64_t *axes,
                               size_t count, unsigned rank);

/* The text of a value that is a string, else "". */
flama_string flama_keras_text(const flama_value *value);
bool flama_keras_text_is(flama_string text, const char *other);

/* Weights of the layer being taken apart: variable `index` below "PATH/sub/vars", or
 * "PATH/vars" when sub is "". The shape is what the file must hold; -1 takes any.
 * NULL after a failure. */
const flama_hdf5_array *flama_keras_find_weight(flama_keras_builder *b, const char *sub,
                                                unsigned index);
bool flama_keras_has_weight(flama_keras_builder *b, const char *sub, unsigned index);
const float *flama_keras_weight(flama_keras_builder *b, const char *sub, unsigned index,
                                unsigned rank, const int64_t *dims);

/* The layer's own file of that name, which "assets/" holds. false when there is none,
 * and after a failure. */
bool flama_keras_asset(flama_keras_builder *b, const char *name, flama_string *out);

/* Numbers that no variable holds, as if one did; they must live as long as the builder.
 */
const flama_hdf5_array *flama_keras_array(flama_keras_builder *b, unsigned rank,
                                          const int64_t *dims, const float *data);

/* The same for a while only: until the next weight is asked for. */
const float *flama_keras_stage(flama_keras_builder *b, const flama_hdf5_array *array,
                               unsigned rank, const int64_t *dims);

/* What was made ready of that weight for that use, or NULL; and keeping it. */
void *flama_keras_loaded(flama_keras_builder *b, const flama_hdf5_array *array,
                         const char *use);
void flama_keras_keep(flama_keras_builder *b, const flama_hdf5_array *array,
                      const char *use, void *ready, size_t bytes);

#endif
