/* The operators' functions; table.c says which operator each is for, and with which
 * variant. Each does what torch's documentation says of the operator of that name. */
#ifndef FLAMA_TORCH_OPS_H
#define FLAMA_TORCH_OPS_H

#include "engine/torch/op.h"

/* Variants of the functions that have them. */
enum {
    FLAMA_PT_SUM,
    FLAMA_PT_MEAN,
    FLAMA_PT_PRODUCT,
    FLAMA_PT_LARGEST,
    FLAMA_PT_SMALLEST,
    FLAMA_PT_VARIANCE,
    FLAMA_PT_DEVIATION,
    FLAMA_PT_LOG_SUM_EXP,
    FLAMA_PT_NORM,
    FLAMA_PT_ANY_OF,
    FLAMA_PT_ALL_OF,
    FLAMA_PT_COUNT_NONZERO,
    FLAMA_PT_NAN_SUM,
    FLAMA_PT_NAN_MEAN
};

enum {
    FLAMA_PT_LGAMMA,
    FLAMA_PT_DIGAMMA,
    FLAMA_PT_ERFINV,
    FLAMA_PT_I0,
    FLAMA_PT_I0E,
    FLAMA_PT_I1,
    FLAMA_PT_I1E,
    FLAMA_PT_SINC,
    FLAMA_PT_NDTR,
    FLAMA_PT_NDTRI,
    FLAMA_PT_LOG_NDTR,
    FLAMA_PT_ENTROPY,
    FLAMA_PT_ERFCX,
    FLAMA_PT_TO_RADIANS,
    FLAMA_PT_TO_DEGREES
};

enum { FLAMA_PT_LSTM, FLAMA_PT_GRU, FLAMA_PT_RNN_TANH, FLAMA_PT_RNN_RELU };

enum {
    FLAMA_PT_SYM_ADD,
    FLAMA_PT_SYM_SUB,
    FLAMA_PT_SYM_MUL,
    FLAMA_PT_SYM_FLOOR_DIV,
    FLAMA_PT_SYM_MOD,
    FLAMA_PT_SYM_POW,
    FLAMA_PT_SYM_MAX,
    FLAMA_PT_SYM_MIN,
    FLAMA_PT_SYM_TRUE_DIV,
    FLAMA_PT_SYM_EQ,
    FLAMA_PT_SYM_NE,
    FLAMA_PT_SYM_LT,
    FLAMA_PT_SYM_LE,
    FLAMA_PT_SYM_GT,
    FLAMA_PT_SYM_GE,
    FLAMA_PT_SYM_AND,
    FLAMA_PT_SYM_OR
};

enum {
    FLAMA_PT_SYM_NEGATE,
    FLAMA_PT_SYM_NOT,
    FLAMA_PT_SYM_TO_INT,
    FLAMA_PT_SYM_TO_FLOAT,
    FLAMA_PT_SYM_CEIL,
    FLAMA_PT_SYM_FLOOR,
    FLAMA_PT_SYM_ROUND,
    FLAMA_PT_SYM_ROOT
};

int flama_pt_op_adaptive_pool(flama_pt_op *op);
int flama_pt_op_add(flama_pt_op *op);
int flama_pt_op_addmm(flama_pt_op *op);
int flama_pt_op_affine_grid(flama_pt_op *op);
int flama_pt_op_alias(flama_pt_op *op);
int flama_pt_op_aminmax(flama_pt_op *op);
int flama_pt_op_any(flama_pt_op *op);
int flama_pt_op_arange(flama_pt_op *op);
int flama_pt_op_arange_start(flama_pt_op *op);
int flama_pt_op_arange_step(flama_pt_op *op);
int flama_pt_op_argmax(flama_pt_op *op);
int flama_pt_op_as_strided(flama_pt_op *op);
int flama_pt_op_assert(flama_pt_op *op);
int flama_pt_op_attention(flama_pt_op *op);
int flama_pt_op_attention_cpu(flama_pt_op *op);
int flama_pt_op_avg_pool(flama_pt_op *op);
int flama_pt_op_batch_norm(flama_pt_op *op);
int flama_pt_op_batch_norm_decomposed(flama_pt_op *op);
int flama_pt_op_batch_norm_own(flama_pt_op *op);
int flama_pt_op_bilinear(flama_pt_op *op);
int flama_pt_op_binary(flama_pt_op *op);
int flama_pt_op_bitwise_not(flama_pt_op *op);
int flama_pt_op_broadcast_tensors(flama_pt_op *op);
int flama_pt_op_bucketize(flama_pt_op *op);
int flama_pt_op_cat(flama_pt_op *op);
int flama_pt_op_cdist(flama_pt_op *op);
int flama_pt_op_celu(flama_pt_op *op);
int flama_pt_op_channel_shuffle(flama_pt_op *op);
int flama_pt_op_chunk(flama_pt_op *op);
int flama_pt_op_clamp(flama_pt_op *op);
int flama_pt_op_clone(flama_pt_op *op);
int flama_pt_op_clone_to(flama_pt_op *op);
int flama_pt_op_col2im(flama_pt_op *op);
int flama_pt_op_constant_pad(flama_pt_op *op);
int flama_pt_op_contiguous(flama_pt_op *op);
int flama_pt_op_conv(flama_pt_op *op);
int flama_pt_op_conv_transpose(flama_pt_op *op);
int flama_pt_op_convolution(flama_pt_op *op);
int flama_pt_op_copy(flama_pt_op *op);
int flama_pt_op_cosine(flama_pt_op *op);
int flama_pt_op_count_nonzero(flama_pt_op *op);
int flama_pt_op_cross(flama_pt_op *op);
int flama_pt_op_cross_entropy(flama_pt_op *op);
int flama_pt_op_cummax(flama_pt_op *op);
int flama_pt_op_cumsum(flama_pt_op *op);
int flama_pt_op_diag(flama_pt_op *op);
int flama_pt_op_diag_embed(flama_pt_op *op);
int flama_pt_op_diagonal(flama_pt_op *op);
int flama_pt_op_diff(flama_pt_op *op);
int flama_pt_op_dist(flama_pt_op *op);
int flama_pt_op_div(flama_pt_op *op);
int flama_pt_op_dropout(flama_pt_op *op);
int flama_pt_op_einsum(flama_pt_op *op);
int flama_pt_op_elu(flama_pt_op *op);
int flama_pt_op_embedding(flama_pt_op *op);
int flama_pt_op_embedding_bag(flama_pt_op *op);
int flama_pt_op_expand(flama_pt_op *op);
int flama_pt_op_expand_as(flama_pt_op *op);
int flama_pt_op_extreme(flama_pt_op *op);
int flama_pt_op_eye(flama_pt_op *op);
int flama_pt_op_fill(flama_pt_op *op);
int flama_pt_op_filled(flama_pt_op *op);
int flama_pt_op_filled_like(flama_pt_op *op);
int flama_pt_op_flatten(flama_pt_op *op);
int flama_pt_op_flip(flama_pt_op *op);
int flama_pt_op_float_power(flama_pt_op *op);
int flama_pt_op_frac(flama_pt_op *op);
int flama_pt_op_full(flama_pt_op *op);
int flama_pt_op_full_like(flama_pt_op *op);
int flama_pt_op_gather(flama_pt_op *op);
int flama_pt_op_gelu(flama_pt_op *op);
int flama_pt_op_glu(flama_pt_op *op);
int flama_pt_op_grid_sampler(flama_pt_op *op);
int flama_pt_op_group_norm(flama_pt_op *op);
int flama_pt_op_group_norm_decomposed(flama_pt_op *op);
int flama_pt_op_hvstack(flama_pt_op *op);
int flama_pt_op_ignored(flama_pt_op *op);
int flama_pt_op_im2col(flama_pt_op *op);
int flama_pt_op_index(flama_pt_op *op);
int flama_pt_op_index_put(flama_pt_op *op);
int flama_pt_op_index_select(flama_pt_op *op);
int flama_pt_op_index_slices(flama_pt_op *op);
int flama_pt_op_inner(flama_pt_op *op);
int flama_pt_op_instance_norm(flama_pt_op *op);
int flama_pt_op_isclose(flama_pt_op *op);
int flama_pt_op_isfinite(flama_pt_op *op);
int flama_pt_op_isin(flama_pt_op *op);
int flama_pt_op_isinf(flama_pt_op *op);
int flama_pt_op_isnan(flama_pt_op *op);
int flama_pt_op_isneginf(flama_pt_op *op);
int flama_pt_op_isposinf(flama_pt_op *op);
int flama_pt_op_kron(flama_pt_op *op);
int flama_pt_op_kthvalue(flama_pt_op *op);
int flama_pt_op_layer_norm(flama_pt_op *op);
int flama_pt_op_linalg_norm(flama_pt_op *op);
int flama_pt_op_linear(flama_pt_op *op);
int flama_pt_op_linspace(flama_pt_op *op);
int flama_pt_op_logcumsumexp(flama_pt_op *op);
int flama_pt_op_logical_not(flama_pt_op *op);
int flama_pt_op_logit(flama_pt_op *op);
int flama_pt_op_logsumexp(flama_pt_op *op);
int flama_pt_op_loss(flama_pt_op *op);
int flama_pt_op_loss_logits(flama_pt_op *op);
int flama_pt_op_loss_poisson(flama_pt_op *op);
int flama_pt_op_loss_weighted(flama_pt_op *op);
int flama_pt_op_map(flama_pt_op *op);
int flama_pt_op_map_p(flama_pt_op *op);
int flama_pt_op_map_pq(flama_pt_op *op);
int flama_pt_op_masked_fill(flama_pt_op *op);
int flama_pt_op_masked_scatter(flama_pt_op *op);
int flama_pt_op_matmul(flama_pt_op *op);
int flama_pt_op_matrix_norm(flama_pt_op *op);
int flama_pt_op_max_dim(flama_pt_op *op);
int flama_pt_op_max_pool(flama_pt_op *op);
int flama_pt_op_max_unpool(flama_pt_op *op);
int flama_pt_op_median(flama_pt_op *op);
int flama_pt_op_median_dim(flama_pt_op *op);
int flama_pt_op_meshgrid(flama_pt_op *op);
int flama_pt_op_movedim(flama_pt_op *op);
int flama_pt_op_msort(flama_pt_op *op);
int flama_pt_op_nan_sum(flama_pt_op *op);
int flama_pt_op_nan_to_num(flama_pt_op *op);
int flama_pt_op_narrow(flama_pt_op *op);
int flama_pt_op_native_dropout(flama_pt_op *op);
int flama_pt_op_new_filled(flama_pt_op *op);
int flama_pt_op_new_full(flama_pt_op *op);
int flama_pt_op_nll(flama_pt_op *op);
int flama_pt_op_norm(flama_pt_op *op);
int flama_pt_op_one_hot(flama_pt_op *op);
int flama_pt_op_outer(flama_pt_op *op);
int flama_pt_op_pad(flama_pt_op *op);
int flama_pt_op_pad_mode(flama_pt_op *op);
int flama_pt_op_pairwise_distance(flama_pt_op *op);
int flama_pt_op_permute(flama_pt_op *op);
int flama_pt_op_pixel_shuffle(flama_pt_op *op);
int flama_pt_op_power(flama_pt_op *op);
int flama_pt_op_prelu(flama_pt_op *op);
int flama_pt_op_quantile(flama_pt_op *op);
int flama_pt_op_relu6(flama_pt_op *op);
int flama_pt_op_repeat(flama_pt_op *op);
int flama_pt_op_repeat_interleave(flama_pt_op *op);
int flama_pt_op_reshape(flama_pt_op *op);
int flama_pt_op_reshape_as(flama_pt_op *op);
int flama_pt_op_resize(flama_pt_op *op);
int flama_pt_op_resize_vec(flama_pt_op *op);
int flama_pt_op_reverse(flama_pt_op *op);
int flama_pt_op_rms_norm(flama_pt_op *op);
int flama_pt_op_rnn(flama_pt_op *op);
int flama_pt_op_rnn_cell(flama_pt_op *op);
int flama_pt_op_roll(flama_pt_op *op);
int flama_pt_op_rot90(flama_pt_op *op);
int flama_pt_op_round_decimals(flama_pt_op *op);
int flama_pt_op_rrelu(flama_pt_op *op);
int flama_pt_op_rrelu_functional(flama_pt_op *op);
int flama_pt_op_scalar_tensor(flama_pt_op *op);
int flama_pt_op_scatter(flama_pt_op *op);
int flama_pt_op_scatter_reduce(flama_pt_op *op);
int flama_pt_op_searchsorted(flama_pt_op *op);
int flama_pt_op_select(flama_pt_op *op);
int flama_pt_op_select_scatter(flama_pt_op *op);
int flama_pt_op_selu(flama_pt_op *op);
int flama_pt_op_signbit(flama_pt_op *op);
int flama_pt_op_slice(flama_pt_op *op);
int flama_pt_op_slice_scatter(flama_pt_op *op);
int flama_pt_op_softmax(flama_pt_op *op);
int flama_pt_op_sort(flama_pt_op *op);
int flama_pt_op_special(flama_pt_op *op);
int flama_pt_op_split(flama_pt_op *op);
int flama_pt_op_split_along(flama_pt_op *op);
int flama_pt_op_split_with_sizes(flama_pt_op *op);
int flama_pt_op_squeeze(flama_pt_op *op);
int flama_pt_op_stack(flama_pt_op *op);
int flama_pt_op_sum(flama_pt_op *op);
int flama_pt_op_sym(flama_pt_op *op);
int flama_pt_op_sym_numel(flama_pt_op *op);
int flama_pt_op_sym_one(flama_pt_op *op);
int flama_pt_op_sym_size(flama_pt_op *op);
int flama_pt_op_t(flama_pt_op *op);
int flama_pt_op_take(flama_pt_op *op);
int flama_pt_op_take_along(flama_pt_op *op);
int flama_pt_op_tensor_split(flama_pt_op *op);
int flama_pt_op_tensordot(flama_pt_op *op);
int flama_pt_op_three(flama_pt_op *op);
int flama_pt_op_to(flama_pt_op *op);
int flama_pt_op_topk(flama_pt_op *op);
int flama_pt_op_trace(flama_pt_op *op);
int flama_pt_op_transpose(flama_pt_op *op);
int flama_pt_op_triangle(flama_pt_op *op);
int flama_pt_op_triangle_indices(flama_pt_op *op);
int flama_pt_op_trilinear(flama_pt_op *op);
int flama_pt_op_type_as(flama_pt_op *op);
int flama_pt_op_unbind(flama_pt_op *op);
int flama_pt_op_unflatten(flama_pt_op *op);
int flama_pt_op_unfold(flama_pt_op *op);
int flama_pt_op_unsqueeze(flama_pt_op *op);
int flama_pt_op_var(flama_pt_op *op);
int flama_pt_op_var_unbiased(flama_pt_op *op);
int flama_pt_op_view_dtype(flama_pt_op *op);
int flama_pt_op_weight_norm(flama_pt_op *op);
int flama_pt_op_where(flama_pt_op *op);
int flama_pt_op_window(flama_pt_op *op);

bool flama_pt_join_add(flama_pt_op *op, flama_pt_end *end, flama_arena *arena);
bool flama_pt_join_batch_norm(flama_pt_op *op, flama_pt_end *end, flama_arena *arena);
bool flama_pt_join_clamp(flama_pt_op *op, flama_pt_end *end, flama_arena *arena);
bool flama_pt_join_relu(flama_pt_op *op, flama_pt_end *end, flama_arena *arena);
bool flama_pt_join_relu6(flama_pt_op *op, flama_pt_end *end, flama_arena *arena);
int flama_pt_prepare_addmm(flama_pt_op *op, flama_pt_node *node, flama_arena *arena);
int flama_pt_prepare_conv(flama_pt_op *op, flama_pt_node *node, flama_arena *arena);
int flama_pt_prepare_linear(flama_pt_op *op, flama_pt_node *node, flama_arena *arena);
int flama_pt_prepare_matmul(flama_pt_op *op, flama_pt_node *node, flama_arena *arena);

#endif
