/* The layers there are: a function each, and a line of the table in layers.c, which
 * docs/layers.md is made from. */
#ifndef FLAMA_KERAS_LAYERS_H
#define FLAMA_KERAS_LAYERS_H

#include "engine/keras/ops.h"

/* Reads the configuration and the weights of b->layer, adds its operations, and gives
 * its outputs. */
typedef void flama_keras_layer_fn(flama_keras_builder *b, flama_keras_call *call);

/* The mask of the first input ends at a layer, or is that of the outputs, too, unless
 * the layer set another. What a layer gets and has is of the type that its dtype policy
 * has it compute in, unless it keeps that as it is. */
enum {
    FLAMA_KERAS_DROPS = 0,
    FLAMA_KERAS_PASSES = 1,
    FLAMA_KERAS_KEEPS_INPUTS = 2,
    FLAMA_KERAS_KEEPS_WEIGHTS = 4
};

typedef struct flama_keras_layer_type {
    const char *name; /* the class */
    flama_keras_layer_fn *apply;
    unsigned traits;
} flama_keras_layer_type;

/* The layer of that class, or the operation of keras.ops; NULL. */
const flama_keras_layer_type *flama_keras_find_layer(flama_string class_name);
const flama_keras_layer_type *flama_keras_find_operation(flama_string class_name);

/* read.c: takes apart the layer in `object` (class_name, config), whose weights are
 * under `path`, for the inputs in *call; fills in its outputs. */
void flama_keras_apply(flama_keras_builder *b, const flama_value *object,
                       flama_string path, flama_keras_call *call);
/* The same for one input and the first output. */
flama_keras_id flama_keras_apply_one(flama_keras_builder *b, const flama_value *object,
                                     flama_string path, flama_keras_id x);
/* True for an object of Keras's own classes: one of the user's, whose code is not in
 * the file, may have the name of one. */
bool flama_keras_is_own(const flama_value *object);
/* The activations of a recurrent cell, from the fields of its layer. */
void flama_keras_cell_maps(flama_keras_builder *b, flama_keras_cell *cell);
/* "base/name", or just one of them when the other is empty. */
flama_string flama_keras_join(flama_keras_builder *b, flama_string base,
                              const char *name);

/* read.c: a whole model from config.json. */
typedef struct flama_keras_outputs {
    flama_value tree; /* arrays and objects, with an integer, the index, at each leaf */
    size_t count;
    flama_keras_id *ids;
} flama_keras_outputs;
flama_keras_id flama_keras_read(flama_keras_builder *b, const flama_value *config,
                                flama_keras_outputs *outputs);

/* What several layers' functions share. */
/* The axis that a field names, counted from the front; fails beyond the rank. */
unsigned flama_keras_axis(flama_keras_builder *b, const char *name, int64_t fallback,
                          unsigned rank);
/* The mask given by keyword, else that of the input. */
flama_keras_id flama_keras_call_mask(flama_keras_builder *b,
                                     const flama_keras_call *call, flama_keras_id x);

flama_keras_layer_fn flama_keras_identity, flama_keras_dense_layer,
    flama_keras_einsum_dense, flama_keras_activation_layer, flama_keras_relu_layer,
    flama_keras_leaky_relu_layer, flama_keras_elu_layer, flama_keras_prelu_layer,
    flama_keras_softmax_layer, flama_keras_embedding_layer, flama_keras_masking_layer,
    flama_keras_layer_scale, flama_keras_reversible_embedding;
flama_keras_layer_fn flama_keras_flatten_layer, flama_keras_reshape_layer,
    flama_keras_permute_layer, flama_keras_repeat_layer, flama_keras_zero_padding_layer,
    flama_keras_cropping_layer, flama_keras_up_sampling_layer;
flama_keras_layer_fn flama_keras_conv_layer, flama_keras_conv_transpose_layer,
    flama_keras_depthwise_layer, flama_keras_separable_layer;
flama_keras_layer_fn flama_keras_max_pooling, flama_keras_average_pooling,
    flama_keras_global_max, flama_keras_global_average, flama_keras_adaptive_max,
    flama_keras_adaptive_average;
flama_keras_layer_fn flama_keras_batch_norm, flama_keras_layer_norm,
    flama_keras_group_norm, flama_keras_rms_norm, flama_keras_unit_norm,
    flama_keras_normalization, flama_keras_rescaling, flama_keras_spectral_norm;
flama_keras_layer_fn flama_keras_add_layer, flama_keras_subtract_layer,
    flama_keras_multiply_layer, flama_keras_average_layer, flama_keras_maximum_layer,
    flama_keras_minimum_layer, flama_keras_concatenate_layer, flama_keras_dot_layer,
    flama_keras_scaled_sum;
flama_keras_layer_fn flama_keras_rnn_layer, flama_keras_conv_lstm,
    flama_keras_bidirectional, flama_keras_time_distributed;
flama_keras_layer_fn flama_keras_stft_spectrogram, flama_keras_mel_spectrogram;
flama_keras_layer_fn flama_keras_category_encoding, flama_keras_discretization,
    flama_keras_integer_lookup, flama_keras_resizing, flama_keras_center_crop,
    flama_keras_hashing, flama_keras_random_crop;
flama_keras_layer_fn flama_keras_multi_head, flama_keras_grouped_query,
    flama_keras_attention_layer, flama_keras_additive_attention;

#endif
