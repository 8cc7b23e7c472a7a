/* The operations layers are taken apart into, as calls that add them to the graph.
 *
 * Each returns the id of its output, whose shape is inferred already, or 0 after a
 * failure of the builder. What is given as an id of 0 after a failure is no problem. */
#ifndef FLAMA_KERAS_OPS_H
#define FLAMA_KERAS_OPS_H

#include "engine/keras/build.h"
#include "engine/kernels/map.h"

/* op_map.c: functions of single numbers; the input is made float first. */
flama_keras_id flama_keras_map(flama_keras_builder *b, flama_keras_id x,
                               flama_map_kind map, float p, float q);
/* As keras.activations.relu: 0, or slope * (x - threshold), below the threshold, and at
 * most `most`. */
flama_keras_id flama_keras_relu(flama_keras_builder *b, flama_keras_id x, float slope,
                                float most, float threshold);
flama_keras_id flama_keras_cast(flama_keras_builder *b, flama_keras_id x,
                                flama_keras_dtype dtype);
flama_keras_id flama_keras_softmax(flama_keras_builder *b, flama_keras_id x, int axis,
                                   bool logarithm);
/* The activation that a field of a configuration names; NULL: none. */
flama_keras_id flama_keras_activation(flama_keras_builder *b, flama_keras_id x,
                                      const flama_value *field);
/* The same by name, for numbers of its own: NAN is the default. */
flama_keras_id flama_keras_curve(flama_keras_builder *b, flama_keras_id x,
                                 const char *name, const float pq[2]);
/* The function of single numbers that it is; false when it is none. */
bool flama_keras_is_map(const flama_value *field, flama_map_kind *map, float *p,
                        float *q);

/* op_binary.c: with NumPy's broadcasting. */
typedef enum flama_keras_binary_kind {
    FLAMA_KERAS_ADD,
    FLAMA_KERAS_SUBTRACT,
    FLAMA_KERAS_MULTIPLY,
    FLAMA_KERAS_DIVIDE,
    FLAMA_KERAS_FLOOR_DIVIDE,
    FLAMA_KERAS_MODULO,
    FLAMA_KERAS_POWER,
    FLAMA_KERAS_MAXIMUM,
    FLAMA_KERAS_MINIMUM,
    FLAMA_KERAS_ARCTAN2,
    FLAMA_KERAS_EQUAL, /* from here on the output is boolean */
    FLAMA_KERAS_NOT_EQUAL,
    FLAMA_KERAS_LESS,
    FLAMA_KERAS_LESS_EQUAL,
    FLAMA_KERAS_GREATER,
    FLAMA_KERAS_GREATER_EQUAL,
    FLAMA_KERAS_AND,
    FLAMA_KERAS_OR,
    FLAMA_KERAS_XOR
} flama_keras_binary_kind;
flama_keras_id flama_keras_binary(flama_keras_builder *b, flama_keras_binary_kind kind,
                                  flama_keras_id x, flama_keras_id y);
flama_keras_id flama_keras_where(flama_keras_builder *b, flama_keras_id condition,
                                 flama_keras_id x, flama_keras_id y);

/* op_shape.c: the same elements in another order or shape. A dimension of a new shape
 * is a number, FLAMA_KERAS_REST (what is left), the input's at that place, or that of
 * `like`, a tensor whose numbers don't matter. */
#define FLAMA_KERAS_REST (-1)
#define FLAMA_KERAS_OWN(axis) (-100 - (int64_t)(axis))
#define FLAMA_KERAS_LIKE(axis) (-200 - (int64_t)(axis))
flama_keras_id flama_keras_reshape(flama_keras_builder *b, flama_keras_id x,
                                   flama_keras_id like, unsigned rank,
                                   const int64_t *dims);
flama_keras_id flama_keras_transpose(flama_keras_builder *b, flama_keras_id x,
                                     const unsigned *order);
/* The axis moved to the end, or the last one to that place. */
flama_keras_id flama_keras_axis_last(flama_keras_builder *b, flama_keras_id x,
                                     unsigned axis);
flama_keras_id flama_keras_axis_back(flama_keras_builder *b, flama_keras_id x,
                                     unsigned axis);
flama_keras_id flama_keras_broadcast(flama_keras_builder *b, flama_keras_id x,
                                     flama_keras_id like, unsigned rank,
                                     const int64_t *dims);
flama_keras_id flama_keras_concat(flama_keras_builder *b, size_t count,
                                  const flama_keras_id *inputs, int axis);
/* Elements start, start + step, ... before stop, as Python slices; INT64_MIN is None.
 */
flama_keras_id flama_keras_slice(flama_keras_builder *b, flama_keras_id x,
                                 unsigned axis, int64_t start, int64_t stop,
                                 int64_t step);
/* Adds before and after each axis, or with negative numbers takes away. */
typedef enum flama_keras_pad_mode {
    FLAMA_KERAS_PAD_CONSTANT,
    FLAMA_KERAS_PAD_EDGE,
    FLAMA_KERAS_PAD_REFLECT,
    FLAMA_KERAS_PAD_SYMMETRIC
} flama_keras_pad_mode;
flama_keras_id flama_keras_pad(flama_keras_builder *b, flama_keras_id x,
                               const int64_t *before, const int64_t *after,
                               flama_keras_pad_mode mode, float value);
/* Each element `times` times, one after the other, along an axis. */
flama_keras_id flama_keras_repeat(flama_keras_builder *b, flama_keras_id x,
                                  unsigned axis, int64_t times);
/* Elements of x (along axis) at `indices`, an integer tensor. */
flama_keras_id flama_keras_take(flama_keras_builder *b, flama_keras_id x,
                                flama_keras_id indices, unsigned axis);

/* op_reduce.c: along the axes set in `axes`, a bit each. */
typedef enum flama_keras_reduce_kind {
    FLAMA_KERAS_SUM,
    FLAMA_KERAS_MEAN,
    FLAMA_KERAS_MAX,
    FLAMA_KERAS_MIN,
    FLAMA_KERAS_PROD,
    FLAMA_KERAS_ALL,
    FLAMA_KERAS_ANY,
    FLAMA_KERAS_ARGMAX, /* one axis, or all: then of the flattened array */
    FLAMA_KERAS_ARGMIN,
    FLAMA_KERAS_SUM_SQUARES,
    FLAMA_KERAS_VARIANCE
} flama_keras_reduce_kind;
flama_keras_id flama_keras_reduce(flama_keras_builder *b, flama_keras_reduce_kind kind,
                                  flama_keras_id x, unsigned axes, bool keep);

/* op_order.c: the elements of the last axis sorted, the first `most` of them (0: all),
 * and as a second output where they stood; along an axis the sum, or the product, of
 * each element and those before. */
flama_keras_id flama_keras_order(flama_keras_builder *b, flama_keras_id x,
                                 bool descending, int64_t most);
flama_keras_id flama_keras_scan(flama_keras_builder *b, flama_keras_id x, unsigned axis,
                                bool product);

/* op_dense.c. x (..., k) times the weight seen as a (k, n) matrix, plus the bias (n,
 * or NULL). */
flama_keras_id flama_keras_dense(flama_keras_builder *b, flama_keras_id x,
                                 const flama_hdf5_array *weight, int64_t k, int64_t n,
                                 const float *bias);
/* The last two axes multiplied as matrices, those before broadcast. */
flama_keras_id flama_keras_matmul(flama_keras_builder *b, flama_keras_id x,
                                  flama_keras_id y, bool transpose_x, bool transpose_y);

/* op_conv.c: channels last; a window for 1 to 3 spatial axes. Padding is given, or
 * computed for the sizes of the request when `same`. */
typedef struct flama_keras_window {
    unsigned spatial; /* 1, 2 or 3 */
    int64_t size[3], stride[3], dilation[3];
    bool same;
    int64_t before[3]; /* more padding, as for causal */
} flama_keras_window;
/* The weight is (window..., channels of a group, filters); or, with as many groups as
 * channels, (window..., channels, filters of a channel), which is the same in memory.
 */
flama_keras_id flama_keras_conv(flama_keras_builder *b, flama_keras_id x,
                                const flama_keras_window *window,
                                const flama_hdf5_array *weight, int64_t groups,
                                int64_t filters, const float *bias);
/* The weight is (window..., filters, channels); `extra` is output_padding, or NULL. */
flama_keras_id flama_keras_conv_transpose(flama_keras_builder *b, flama_keras_id x,
                                          const flama_keras_window *window,
                                          const int64_t *extra,
                                          const flama_hdf5_array *weight,
                                          int64_t filters, const float *bias);

/* op_pool.c: the largest or the mean of each window; of windows that divide the axes
 * into `size` parts when `adaptive`. */
flama_keras_id flama_keras_pool(flama_keras_builder *b, flama_keras_id x,
                                const flama_keras_window *window, bool largest,
                                bool adaptive);

/* op_resize.c: spatial axes 1.. of a channels-last tensor enlarged by whole factors. */
typedef enum flama_keras_resize_kind {
    FLAMA_KERAS_NEAREST,
    FLAMA_KERAS_BILINEAR,
    FLAMA_KERAS_BICUBIC,
    FLAMA_KERAS_LANCZOS3,
    FLAMA_KERAS_LANCZOS5
} flama_keras_resize_kind;
/* To factor * size, or when `absolute` to `factor` pixels. */
flama_keras_id flama_keras_resize(flama_keras_builder *b, flama_keras_id x,
                                  flama_keras_resize_kind kind, const int64_t *factor,
                                  bool absolute);

/* op_norm.c: (x - mean) / sqrt(variance + epsilon) * gamma + beta over the last
 * `inner` elements of a row; gamma and beta (inner, or NULL). Without `centre` the
 * mean counts as 0. */
flama_keras_id flama_keras_normalize(flama_keras_builder *b, flama_keras_id x,
                                     unsigned first_axis, bool centre, double epsilon,
                                     const float *gamma, const float *beta);
/* (x - shift) * scale + offset along an axis, each NULL or as long as it. */
flama_keras_id flama_keras_affine(flama_keras_builder *b, flama_keras_id x,
                                  unsigned axis, const float *shift, const float *scale,
                                  const float *offset);

/* op_rnn.c: a recurrent cell over the time axis of x (batch, time, features), whose
 * products with the kernel are made before; or, with a window, of x (batch, time,
 * spatial axes..., features), where the state is an image that is convolved. */
typedef enum flama_keras_cell_kind {
    FLAMA_KERAS_SIMPLE,
    FLAMA_KERAS_LSTM,
    FLAMA_KERAS_GRU,      /* reset_after false */
    FLAMA_KERAS_GRU_AFTER /* reset_after true */
} flama_keras_cell_kind;
typedef struct flama_keras_cell {
    flama_keras_cell_kind kind;
    int64_t units;
    const flama_hdf5_array *recurrent; /* (window..., units, gates * units) */
    flama_keras_window window;         /* of a convolution; spatial is 0: none */
    const float *recurrent_bias;       /* GRU_AFTER: (3 * units), or NULL */
    flama_map_kind activation, recurrent_activation;
    float activation_pq[2], recurrent_pq[2];
    bool backwards;   /* from the last step to the first */
    bool sequences;   /* outputs of all steps, in the order they are made */
    bool zero_masked; /* the output of a masked step is 0, not the one before */
    unsigned states;  /* 1, or 2 for LSTM */
} flama_keras_cell;
/* Outputs: the last or all steps', then the states. `initial` are ids, or NULL. mask
 * (batch, time) or 0. */
flama_keras_id flama_keras_recur(flama_keras_builder *b, flama_keras_id projected,
                                 const flama_keras_cell *cell, flama_keras_id mask,
                                 const flama_keras_id *initial);

/* op_attention.c: softmax(q k^T * scale + bias of the masks) v. q (batch, queries,
 * heads, size), k and v (batch, keys, kv heads, size); the result as q with v's size.
 * mask: boolean, broadcast to (batch, heads, queries, keys), or 0; with `causal` no
 * key after the query's place, with a `window` only keys less than so many places away.
 * The second output, when `scores`, is what v was weighed with. */
typedef struct flama_keras_attention {
    float scale;
    bool causal;
    int64_t window; /* 0: none */
    bool scores;
    float masked; /* what is added where the mask is false */
} flama_keras_attention;
flama_keras_id flama_keras_attend(flama_keras_builder *b, flama_keras_id q,
                                  flama_keras_id k, flama_keras_id v,
                                  flama_keras_id mask,
                                  const flama_keras_attention *params);
/* Boolean (1, queries, keys): which keys are not after a query, for such scores. */
flama_keras_id flama_keras_triangle(flama_keras_builder *b, flama_keras_id scores);

/* op_take.c: along an axis, the elements of x at the indices in their place; the other
 * axes are of equal size. */
flama_keras_id flama_keras_take_along(flama_keras_builder *b, flama_keras_id x,
                                      flama_keras_id indices, unsigned axis);
/* An embedding. Rows of table (rows, columns) at each id. */
flama_keras_id flama_keras_embed(flama_keras_builder *b, flama_keras_id ids,
                                 const float *table, int64_t rows, int64_t columns);

/* op_lookup.c: the value of each integer's entry. One without an entry is `other` and
 * its bin more, which is the rest of a division by their number, or of the hash of its
 * decimal digits: FarmHash's, or SipHash's with a salt. 0 bins: it is refused. */
typedef struct flama_keras_entry {
    int64_t key, value;
} flama_keras_entry;
typedef struct flama_keras_bins {
    int64_t count;
    bool salted;
    uint64_t salt[2];
} flama_keras_bins;
typedef struct flama_keras_lookup {
    flama_keras_entry *entries; /* no key twice; sorted by key here */
    size_t count;
    int64_t other;
    bool hashed;
    flama_keras_bins bins;
} flama_keras_lookup;
flama_keras_id flama_keras_look_up(flama_keras_builder *b, flama_keras_id x,
                                   const flama_keras_lookup *lookup);

#endif
