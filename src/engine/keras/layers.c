#include "engine/keras/layers.h"

#include <string.h>

/* docs/layers.md is made from these tables; a comment before lines is a heading. */

#define PASSES FLAMA_KERAS_PASSES
#define DROPS FLAMA_KERAS_DROPS

static const flama_keras_layer_type layers[] = {
    /* Core */
    {"Activation", flama_keras_activation_layer, PASSES},
    {"Dense", flama_keras_dense_layer, PASSES},
    {"EinsumDense", flama_keras_einsum_dense, DROPS},
    {"Embedding", flama_keras_embedding_layer, DROPS},
    {"Identity", flama_keras_identity, PASSES},
    {"Masking", flama_keras_masking_layer, DROPS},
    /* Activations */
    {"ELU", flama_keras_elu_layer, PASSES},
    {"LeakyReLU", flama_keras_leaky_relu_layer, PASSES},
    {"PReLU", flama_keras_prelu_layer, PASSES},
    {"ReLU", flama_keras_relu_layer, PASSES},
    {"Softmax", flama_keras_softmax_layer, PASSES},
    /* Convolutions */
    {"Conv1D", flama_keras_conv_layer, DROPS},
    {"Conv1DTranspose", flama_keras_conv_transpose_layer, DROPS},
    {"Conv2D", flama_keras_conv_layer, DROPS},
    {"Conv2DTranspose", flama_keras_conv_transpose_layer, DROPS},
    {"Conv3D", flama_keras_conv_layer, DROPS},
    {"Conv3DTranspose", flama_keras_conv_transpose_layer, DROPS},
    {"DepthwiseConv1D", flama_keras_depthwise_layer, DROPS},
    {"DepthwiseConv2D", flama_keras_depthwise_layer, DROPS},
    {"SeparableConv1D", flama_keras_separable_layer, DROPS},
    {"SeparableConv2D", flama_keras_separable_layer, DROPS},
    /* Pooling */
    {"AdaptiveAveragePooling1D", flama_keras_adaptive_average, DROPS},
    {"AdaptiveAveragePooling2D", flama_keras_adaptive_average, DROPS},
    {"AdaptiveAveragePooling3D", flama_keras_adaptive_average, DROPS},
    {"AdaptiveMaxPooling1D", flama_keras_adaptive_max, DROPS},
    {"AdaptiveMaxPooling2D", flama_keras_adaptive_max, DROPS},
    {"AdaptiveMaxPooling3D", flama_keras_adaptive_max, DROPS},
    {"AveragePooling1D", flama_keras_average_pooling, DROPS},
    {"AveragePooling2D", flama_keras_average_pooling, DROPS},
    {"AveragePooling3D", flama_keras_average_pooling, DROPS},
    {"GlobalAveragePooling1D", flama_keras_global_average, DROPS},
    {"GlobalAveragePooling2D", flama_keras_global_average, DROPS},
    {"GlobalAveragePooling3D", flama_keras_global_average, DROPS},
    {"GlobalMaxPooling1D", flama_keras_global_max, DROPS},
    {"GlobalMaxPooling2D", flama_keras_global_max, DROPS},
    {"GlobalMaxPooling3D", flama_keras_global_max, DROPS},
    {"MaxPooling1D", flama_keras_max_pooling, DROPS},
    {"MaxPooling2D", flama_keras_max_pooling, DROPS},
    {"MaxPooling3D", flama_keras_max_pooling, DROPS},
    /* Normalization */
    {"BatchNormalization", flama_keras_batch_norm, PASSES},
    {"GroupNormalization", flama_keras_group_norm, PASSES},
    {"LayerNormalization", flama_keras_layer_norm, PASSES},
    {"RMSNormalization", flama_keras_rms_norm, PASSES},
    {"SpectralNormalization", flama_keras_spectral_norm, DROPS},
    {"UnitNormalization", flama_keras_unit_norm, PASSES},
    /* Recurrent */
    {"Bidirectional", flama_keras_bidirectional, DROPS},
    {"GRU", flama_keras_rnn_layer, DROPS},
    {"LSTM", flama_keras_rnn_layer, DROPS},
    {"RNN", flama_keras_rnn_layer, DROPS},
    {"SimpleRNN", flama_keras_rnn_layer, DROPS},
    {"TimeDistributed", flama_keras_time_distributed, PASSES},
    /* Attention */
    {"AdditiveAttention", flama_keras_additive_attention, DROPS},
    {"Attention", flama_keras_attention_layer, DROPS},
    {"GroupQueryAttention", flama_keras_grouped_query, DROPS},
    {"MultiHeadAttention", flama_keras_multi_head, DROPS},
    /* Merging */
    {"Add", flama_keras_add_layer, DROPS},
    {"Average", flama_keras_average_layer, DROPS},
    {"Concatenate", flama_keras_concatenate_layer, DROPS},
    {"Dot", flama_keras_dot_layer, DROPS},
    {"Maximum", flama_keras_maximum_layer, DROPS},
    {"Minimum", flama_keras_minimum_layer, DROPS},
    {"Multiply", flama_keras_multiply_layer, DROPS},
    {"Subtract", flama_keras_subtract_layer, DROPS},
    /* Reshaping */
    {"Cropping1D", flama_keras_cropping_layer, DROPS},
    {"Cropping2D", flama_keras_cropping_layer, DROPS},
    {"Cropping3D", flama_keras_cropping_layer, DROPS},
    {"Flatten", flama_keras_flatten_layer, DROPS},
    {"Permute", flama_keras_permute_layer, DROPS},
    {"RepeatVector", flama_keras_repeat_layer, DROPS},
    {"Reshape", flama_keras_reshape_layer, DROPS},
    {"UpSampling1D", flama_keras_up_sampling_layer, DROPS},
    {"UpSampling2D", flama_keras_up_sampling_layer, DROPS},
    {"UpSampling3D", flama_keras_up_sampling_layer, DROPS},
    {"ZeroPadding1D", flama_keras_zero_padding_layer, DROPS},
    {"ZeroPadding2D", flama_keras_zero_padding_layer, DROPS},
    {"ZeroPadding3D", flama_keras_zero_padding_layer, DROPS},
    /* Preprocessing */
    {"Normalization", flama_keras_normalization, DROPS},
    {"Rescaling", flama_keras_rescaling, DROPS},
    /* The identity when a model answers */
    {"ActivityRegularization", flama_keras_identity, PASSES},
    {"AlphaDropout", flama_keras_identity, PASSES},
    {"Dropout", flama_keras_identity, PASSES},
    {"GaussianDropout", flama_keras_identity, PASSES},
    {"GaussianNoise", flama_keras_identity, PASSES},
    {"SpatialDropout1D", flama_keras_identity, PASSES},
    {"SpatialDropout2D", flama_keras_identity, PASSES},
    {"SpatialDropout3D", flama_keras_identity, PASSES},
};

static const flama_keras_layer_type operations[] = {
    {"Add", flama_keras_add_layer, PASSES},
};

static const flama_keras_layer_type *find(const flama_keras_layer_type *types,
                                          size_t count, flama_string name)
{
    for (size_t i = 0; i < count; i++)
        if (flama_keras_text_is(name, types[i].name))
            return &types[i];
    return NULL;
}

const flama_keras_layer_type *flama_keras_find_layer(flama_string class_name)
{
    return find(layers, sizeof layers / sizeof *layers, class_name);
}

const flama_keras_layer_type *flama_keras_find_operation(flama_string class_name)
{
    return find(operations, sizeof operations / sizeof *operations, class_name);
}
