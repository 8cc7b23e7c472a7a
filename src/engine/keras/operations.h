/* Nodes of keras.ops: their arguments are tensors and plain values, by place, by name,
 * or in the configuration of the operation. */
#ifndef FLAMA_KERAS_OPERATIONS_H
#define FLAMA_KERAS_OPERATIONS_H

#include "engine/keras/layers.h"

/* The argument at place i, else of that name, else from the configuration; NULL when
 * it is missing or null. */
const flama_value *flama_keras_argument(const flama_keras_builder *b,
                                        const flama_keras_call *call, size_t i,
                                        const char *name);

/* A value as a tensor: one of the graph, or a constant; 0 and a failure when it is
 * neither. */
flama_keras_id flama_keras_as_tensor(flama_keras_builder *b,
                                     const flama_keras_call *call,
                                     const flama_value *value);

/* The argument as a tensor; fails when it is missing. */
flama_keras_id flama_keras_tensor_argument(flama_keras_builder *b,
                                           const flama_keras_call *call, size_t i,
                                           const char *name);

/* An integer argument, held to a range. */
int64_t flama_keras_int_argument(flama_keras_builder *b, const flama_keras_call *call,
                                 size_t i, const char *name, int64_t fallback,
                                 int64_t low, int64_t high);
bool flama_keras_flag_argument(flama_keras_builder *b, const flama_keras_call *call,
                               size_t i, const char *name, bool fallback);
double flama_keras_real_argument(flama_keras_builder *b, const flama_keras_call *call,
                                 size_t i, const char *name, double fallback);

/* An axis, counted from the front. */
unsigned flama_keras_axis_argument(flama_keras_builder *b, const flama_keras_call *call,
                                   size_t i, const char *name, int64_t fallback,
                                   unsigned rank);

/* Axes, a bit each; all of them when there is no such argument. */
unsigned flama_keras_axes_argument(flama_keras_builder *b, const flama_keras_call *call,
                                   size_t i, const char *name, unsigned rank);

/* A vector of `classes` for each integer, with 1 at its place. */
flama_keras_id flama_keras_encode_one_hot(flama_keras_builder *b, flama_keras_id x,
                                          int64_t classes);

flama_keras_layer_fn flama_keras_unary_operation, flama_keras_binary_operation,
    flama_keras_reduce_operation, flama_keras_logical_not, flama_keras_clip,
    flama_keras_softmax_operation, flama_keras_where_operation,
    flama_keras_matmul_operation, flama_keras_cast_operation,
    flama_keras_relu_operation, flama_keras_normalize_operation, flama_keras_logsumexp,
    flama_keras_spread_operation, flama_keras_one_hot, flama_keras_is_number,
    flama_keras_logaddexp, flama_keras_norm_operation, flama_keras_peak_to_peak,
    flama_keras_count_nonzero, flama_keras_average_operation, flama_keras_nan_to_num,
    flama_keras_divide_no_nan, flama_keras_hypot;
flama_keras_layer_fn flama_keras_einsum_operation, flama_keras_tensordot,
    flama_keras_dot_operation;
flama_keras_layer_fn flama_keras_curve_operation, flama_keras_last_axis_operation,
    flama_keras_layer_norm_operation, flama_keras_rms_norm_operation,
    flama_keras_moments, flama_keras_dot_product_attention, flama_keras_grayscale,
    flama_keras_extract_patches, flama_keras_conv_operation,
    flama_keras_separable_operation, flama_keras_depth_to_space,
    flama_keras_space_to_depth;
flama_keras_layer_fn flama_keras_sort, flama_keras_argsort, flama_keras_top_k,
    flama_keras_cumulative, flama_keras_diff, flama_keras_take_along_axis,
    flama_keras_unstack, flama_keras_stack_beside, flama_keras_ravel,
    flama_keras_triangle_of, flama_keras_slice_operation, flama_keras_multi_hot;
flama_keras_layer_fn flama_keras_reshape_operation, flama_keras_transpose_operation,
    flama_keras_expand_dims, flama_keras_squeeze, flama_keras_concatenate_operation,
    flama_keras_stack, flama_keras_get_item, flama_keras_broadcast_to, flama_keras_flip,
    flama_keras_take_operation, flama_keras_split, flama_keras_pad_operation,
    flama_keras_repeat_operation, flama_keras_tile, flama_keras_move_axis,
    flama_keras_swap_axes, flama_keras_filled_like, flama_keras_roll;

#endif
