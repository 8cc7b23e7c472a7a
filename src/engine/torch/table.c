#include "engine/torch/table.h"

#include <string.h>

#include "engine/kernels/map.h"
#include "engine/torch/binary.h"
#include "engine/torch/ops.h"

#define OP(name, arguments, function, variant) \
    {name, arguments, flama_pt_op_##function, variant, NULL},
#define OP_PREPARED(name, arguments, function, variant, preparation) \
    {name, arguments, flama_pt_op_##function, variant, flama_pt_##preparation},

/* In order of the names. */
/* clang-format off */
static const flama_pt_operator operators[] = {
    OP("__and__.Scalar", "self other", binary, FLAMA_PT_BIT_AND)
    OP("__and__.Tensor", "self other", binary, FLAMA_PT_BIT_AND)
    OP("__lshift__.Scalar", "self other", binary, FLAMA_PT_SHIFT_LEFT)
    OP("__lshift__.Tensor", "self other", binary, FLAMA_PT_SHIFT_LEFT)
    OP("__or__.Scalar", "self other", binary, FLAMA_PT_BIT_OR)
    OP("__or__.Tensor", "self other", binary, FLAMA_PT_BIT_OR)
    OP("__rshift__.Scalar", "self other", binary, FLAMA_PT_SHIFT_RIGHT)
    OP("__rshift__.Tensor", "self other", binary, FLAMA_PT_SHIFT_RIGHT)
    OP("__xor__.Scalar", "self other", binary, FLAMA_PT_BIT_XOR)
    OP("__xor__.Tensor", "self other", binary, FLAMA_PT_BIT_XOR)
    OP("_adaptive_avg_pool2d.default", "self output_size", adaptive_pool, 2)
    OP("_adaptive_avg_pool3d.default", "self output_size", adaptive_pool, 3)
    OP("_assert_async.default", "self", ignored, 0)
    OP("_assert_async.msg", "self assert_msg", ignored, 0)
    OP("_assert_scalar.default", "self assert_msg", assert, 0)
    OP("_assert_tensor_metadata.default",
       "a size=None stride=None dtype=None device=None layout=None", ignored, 0)
    OP("_conj.default", "self", alias, 0)
    OP("_fused_rms_norm.default", "input normalized_shape weight eps", rms_norm, 1)
    OP("_log_softmax.default", "self dim half_to_float", softmax, 1)
    OP("_native_batch_norm_legit.no_stats",
       "input weight bias training momentum eps", batch_norm_own, 0)
    OP("_native_batch_norm_legit_no_training.default",
       "input weight bias running_mean running_var momentum eps",
       batch_norm_decomposed, 0)
    OP("_operator.add", "a b", sym, FLAMA_PT_SYM_ADD)
    OP("_operator.and_", "a b", sym, FLAMA_PT_SYM_AND)
    OP("_operator.eq", "a b", sym, FLAMA_PT_SYM_EQ)
    OP("_operator.floordiv", "a b", sym, FLAMA_PT_SYM_FLOOR_DIV)
    OP("_operator.ge", "a b", sym, FLAMA_PT_SYM_GE)
    OP("_operator.gt", "a b", sym, FLAMA_PT_SYM_GT)
    OP("_operator.le", "a b", sym, FLAMA_PT_SYM_LE)
    OP("_operator.lt", "a b", sym, FLAMA_PT_SYM_LT)
    OP("_operator.mod", "a b", sym, FLAMA_PT_SYM_MOD)
    OP("_operator.mul", "a b", sym, FLAMA_PT_SYM_MUL)
    OP("_operator.ne", "a b", sym, FLAMA_PT_SYM_NE)
    OP("_operator.neg", "a", sym_one, FLAMA_PT_SYM_NEGATE)
    OP("_operator.or_", "a b", sym, FLAMA_PT_SYM_OR)
    OP("_operator.pos", "a", sym_one, FLAMA_PT_SYM_TO_INT)
    OP("_operator.pow", "a b", sym, FLAMA_PT_SYM_POW)
    OP("_operator.sub", "a b", sym, FLAMA_PT_SYM_SUB)
    OP("_operator.truediv", "a b", sym, FLAMA_PT_SYM_TRUE_DIV)
    OP("_prelu_kernel.default", "self weight", prelu, 0)
    OP("_reshape_alias.default", "self size stride", reshape, 1)
    OP("_safe_softmax.default", "self dim dtype=None", softmax, 2)
    OP("_scaled_dot_product_flash_attention_for_cpu.default",
       "query key value dropout_p=0.0 is_causal=False attn_mask=None "
       "scale=None", attention_cpu, 0)
    OP("_softmax.default", "self dim half_to_float", softmax, 0)
    OP("_to_copy.default",
       "self dtype=None layout=None device=None pin_memory=None "
       "non_blocking=False memory_format=None", clone_to, 0)
    OP("_unsafe_index.Tensor", "self indices", index, 0)
    OP("_unsafe_view.default", "self size", reshape, 1)
    OP("_upsample_nearest_exact1d.default", "self output_size scales=None", resize, 11)
    OP("_upsample_nearest_exact1d.vec",
       "input output_size scale_factors", resize_vec, 11)
    OP("_upsample_nearest_exact2d.default",
       "self output_size scales_h=None scales_w=None", resize, 21)
    OP("_upsample_nearest_exact2d.vec",
       "input output_size scale_factors", resize_vec, 21)
    OP("_upsample_nearest_exact3d.default",
       "self output_size scales_d=None scales_h=None scales_w=None", resize, 31)
    OP("_upsample_nearest_exact3d.vec",
       "input output_size scale_factors", resize_vec, 31)
    OP("abs.default", "self", map, FLAMA_MAP_ABS)
    OP("abs_.default", "self", map, FLAMA_MAP_ABS)
    OP("absolute.default", "self", map, FLAMA_MAP_ABS)
    OP("absolute_.default", "self", map, FLAMA_MAP_ABS)
    OP("acos.default", "self", map, FLAMA_MAP_ACOS)
    OP("acos_.default", "self", map, FLAMA_MAP_ACOS)
    OP("acosh.default", "self", map, FLAMA_MAP_ACOSH)
    OP("acosh_.default", "self", map, FLAMA_MAP_ACOSH)
    OP("adaptive_avg_pool1d.default", "self output_size", adaptive_pool, 1)
    OP("adaptive_avg_pool2d.default", "self output_size", adaptive_pool, 2)
    OP("adaptive_avg_pool3d.default", "self output_size", adaptive_pool, 3)
    OP("adaptive_max_pool1d.default", "self output_size", adaptive_pool, 11)
    OP("adaptive_max_pool2d.default", "self output_size", adaptive_pool, 12)
    OP("adaptive_max_pool3d.default", "self output_size", adaptive_pool, 13)
    OP("add.Scalar", "self other alpha=1", add, FLAMA_PT_ADD)
    OP("add.Tensor", "self other alpha=1", add, FLAMA_PT_ADD)
    OP("add_.Scalar", "self other alpha=1", add, FLAMA_PT_ADD)
    OP("add_.Tensor", "self other alpha=1", add, FLAMA_PT_ADD)
    OP("addcdiv.default", "self tensor1 tensor2 value=1", three, 1)
    OP("addcdiv_.default", "self tensor1 tensor2 value=1", three, 1)
    OP("addcmul.default", "self tensor1 tensor2 value=1", three, 0)
    OP("addcmul_.default", "self tensor1 tensor2 value=1", three, 0)
    OP_PREPARED("addmm.default",
       "self mat1 mat2 beta=1 alpha=1", addmm, 0, prepare_addmm)
    OP("addmv.default", "self mat vec beta=1 alpha=1", addmm, 0)
    OP("adjoint.default", "self", t, 2)
    OP("alias.default", "self", alias, 0)
    OP("all.default", "self dim=None keepdim=False", any, FLAMA_PT_ALL_OF)
    OP("all.dim", "self dim keepdim=False", any, FLAMA_PT_ALL_OF)
    OP("all.dims", "self dim=None keepdim=False", any, FLAMA_PT_ALL_OF)
    OP("alpha_dropout.default", "input p train", dropout, 0)
    OP("amax.default", "self dim=[] keepdim=False", extreme, FLAMA_PT_LARGEST)
    OP("amin.default", "self dim=[] keepdim=False", extreme, FLAMA_PT_SMALLEST)
    OP("any.default", "self dim=None keepdim=False", any, FLAMA_PT_ANY_OF)
    OP("any.dim", "self dim keepdim=False", any, FLAMA_PT_ANY_OF)
    OP("any.dims", "self dim=None keepdim=False", any, FLAMA_PT_ANY_OF)
    OP("arange.default",
       "end dtype=None layout=None device=None pin_memory=None", arange, 0)
    OP("arange.start",
       "start end dtype=None layout=None device=None pin_memory=None",
       arange_start, 0)
    OP("arange.start_step",
       "start end step=1 dtype=None layout=None device=None pin_memory=None",
       arange_step, 0)
    OP("argmax.default", "self dim=None keepdim=False", argmax, FLAMA_PT_LARGEST)
    OP("argmin.default", "self dim=None keepdim=False", argmax, FLAMA_PT_SMALLEST)
    OP("argsort.default", "self dim=-1 descending=False", sort, 2)
    OP("as_strided.default", "self size stride storage_offset=None", as_strided, 0)
    OP("asin.default", "self", map, FLAMA_MAP_ASIN)
    OP("asin_.default", "self", map, FLAMA_MAP_ASIN)
    OP("asinh.default", "self", map, FLAMA_MAP_ASINH)
    OP("asinh_.default", "self", map, FLAMA_MAP_ASINH)
    OP("atan.default", "self", map, FLAMA_MAP_ATAN)
    OP("atan2.default", "self other", binary, FLAMA_PT_ATAN2)
    OP("atan_.default", "self", map, FLAMA_MAP_ATAN)
    OP("atanh.default", "self", map, FLAMA_MAP_ATANH)
    OP("atanh_.default", "self", map, FLAMA_MAP_ATANH)
    OP("avg_pool1d.default",
       "self kernel_size stride=[] padding=0 ceil_mode=False "
       "count_include_pad=True divisor_override=None", avg_pool, 1)
    OP("avg_pool2d.default",
       "self kernel_size stride=[] padding=0 ceil_mode=False "
       "count_include_pad=True divisor_override=None", avg_pool, 2)
    OP("avg_pool3d.default",
       "self kernel_size stride=[] padding=0 ceil_mode=False "
       "count_include_pad=True divisor_override=None", avg_pool, 3)
    OP("baddbmm.default", "self batch1 batch2 beta=1 alpha=1", addmm, 0)
    OP("batch_norm.default",
       "input weight bias running_mean running_var training momentum eps "
       "cudnn_enabled", batch_norm, 0)
    OP("bilinear.default", "input1 input2 weight bias=None", bilinear, 0)
    OP("bitwise_and.Scalar", "self other", binary, FLAMA_PT_BIT_AND)
    OP("bitwise_and.Tensor", "self other", binary, FLAMA_PT_BIT_AND)
    OP("bitwise_left_shift.Tensor", "self other", binary, FLAMA_PT_SHIFT_LEFT)
    OP("bitwise_left_shift.Tensor_Scalar", "self other", binary, FLAMA_PT_SHIFT_LEFT)
    OP("bitwise_not.default", "self", bitwise_not, 0)
    OP("bitwise_not_.default", "self", bitwise_not, 0)
    OP("bitwise_or.Scalar", "self other", binary, FLAMA_PT_BIT_OR)
    OP("bitwise_or.Tensor", "self other", binary, FLAMA_PT_BIT_OR)
    OP("bitwise_right_shift.Tensor", "self other", binary, FLAMA_PT_SHIFT_RIGHT)
    OP("bitwise_right_shift.Tensor_Scalar", "self other", binary, FLAMA_PT_SHIFT_RIGHT)
    OP("bitwise_xor.Scalar", "self other", binary, FLAMA_PT_BIT_XOR)
    OP("bitwise_xor.Tensor", "self other", binary, FLAMA_PT_BIT_XOR)
    OP("bmm.default", "self mat2", matmul, 3)
    OP("broadcast_to.default", "self size", expand, 0)
    OP("cat.default", "tensors dim=0", cat, 0)
    OP("ceil.default", "self", map, FLAMA_MAP_CEIL)
    OP("ceil_.default", "self", map, FLAMA_MAP_CEIL)
    OP("celu.default", "self alpha=1.0", celu, 0)
    OP("celu_.default", "self alpha=1.0", celu, 0)
    OP("channel_shuffle.default", "self groups", channel_shuffle, 0)
    OP("chunk.default", "self chunks dim=0", chunk, 0)
    OP("clamp.Tensor", "self min=None max=None", clamp, FLAMA_PT_BINARY_COUNT)
    OP("clamp.default", "self min=None max=None", clamp, FLAMA_PT_BINARY_COUNT)
    OP("clamp_.Tensor", "self min=None max=None", clamp, FLAMA_PT_BINARY_COUNT)
    OP("clamp_.default", "self min=None max=None", clamp, FLAMA_PT_BINARY_COUNT)
    OP("clamp_max.Tensor", "self max", clamp, FLAMA_PT_MINIMUM)
    OP("clamp_max.default", "self max", clamp, FLAMA_PT_MINIMUM)
    OP("clamp_max_.Tensor", "self max", clamp, FLAMA_PT_MINIMUM)
    OP("clamp_max_.default", "self max", clamp, FLAMA_PT_MINIMUM)
    OP("clamp_min.Tensor", "self min", clamp, FLAMA_PT_MAXIMUM)
    OP("clamp_min.default", "self min", clamp, FLAMA_PT_MAXIMUM)
    OP("clamp_min_.Tensor", "self min", clamp, FLAMA_PT_MAXIMUM)
    OP("clamp_min_.default", "self min", clamp, FLAMA_PT_MAXIMUM)
    OP("clip.default", "self min=None max=None", clamp, FLAMA_PT_BINARY_COUNT)
    OP("clip_.default", "self min=None max=None", clamp, FLAMA_PT_BINARY_COUNT)
    OP("clone.default", "self memory_format=None", clone, 0)
    OP("concat.default", "tensors dim=0", cat, 0)
    OP("concatenate.default", "tensors dim=0", cat, 0)
    OP("constant_pad_nd.default", "self pad value=0", constant_pad, 0)
    OP("contiguous.default", "self memory_format=None", contiguous, 0)
    OP_PREPARED("conv1d.default",
       "input weight bias=None stride=1 padding=0 dilation=1 groups=1",
       conv, 0, prepare_conv)
    OP_PREPARED("conv1d.padding",
       "input weight bias=None stride=1 padding=valid dilation=1 groups=1",
       conv, 0, prepare_conv)
    OP_PREPARED("conv2d.default",
       "input weight bias=None stride=1 padding=0 dilation=1 groups=1",
       conv, 0, prepare_conv)
    OP_PREPARED("conv2d.padding",
       "input weight bias=None stride=1 padding=valid dilation=1 groups=1",
       conv, 0, prepare_conv)
    OP_PREPARED("conv3d.default",
       "input weight bias=None stride=1 padding=0 dilation=1 groups=1",
       conv, 0, prepare_conv)
    OP_PREPARED("conv3d.padding",
       "input weight bias=None stride=1 padding=valid dilation=1 groups=1",
       conv, 0, prepare_conv)
    OP("conv_transpose1d.default",
       "input weight bias=None stride=1 padding=0 output_padding=0 groups=1 "
       "dilation=1", conv_transpose, 0)
    OP("conv_transpose2d.input",
       "input weight bias=None stride=1 padding=0 output_padding=0 groups=1 "
       "dilation=1", conv_transpose, 0)
    OP("conv_transpose3d.input",
       "input weight bias=None stride=1 padding=0 output_padding=0 groups=1 "
       "dilation=1", conv_transpose, 0)
    OP_PREPARED("convolution.default",
       "input weight bias stride padding dilation transposed output_padding "
       "groups", convolution, 1, prepare_conv)
    OP("copy.default", "self src non_blocking=False", copy, 0)
    OP("copy_.default", "self src non_blocking=False", copy, 1)
    OP("cos.default", "self", map, FLAMA_MAP_COS)
    OP("cos_.default", "self", map, FLAMA_MAP_COS)
    OP("cosh.default", "self", map, FLAMA_MAP_COSH)
    OP("cosh_.default", "self", map, FLAMA_MAP_COSH)
    OP("cosine_similarity.default", "x1 x2 dim=1 eps=1e-08", cosine, 0)
    OP("cumprod.default", "self dim dtype=None", cumsum, 1)
    OP("cumsum.default", "self dim dtype=None", cumsum, 0)
    OP("detach.default", "self", alias, 0)
    OP("detach_.default", "self", alias, 0)
    OP("diagonal.default", "self offset=0 dim1=0 dim2=1", diagonal, 0)
    OP("diagonal_copy.default", "self offset=0 dim1=0 dim2=1", diagonal, 0)
    OP("div.Scalar", "self other rounding_mode=None", div, 0)
    OP("div.Scalar_mode", "self other rounding_mode=None", div, 0)
    OP("div.Tensor", "self other rounding_mode=None", div, 0)
    OP("div.Tensor_mode", "self other rounding_mode=None", div, 0)
    OP("div_.Scalar", "self other rounding_mode=None", div, 0)
    OP("div_.Scalar_mode", "self other rounding_mode=None", div, 0)
    OP("div_.Tensor", "self other rounding_mode=None", div, 0)
    OP("div_.Tensor_mode", "self other rounding_mode=None", div, 0)
    OP("divide.Scalar", "self other rounding_mode=None", div, 0)
    OP("divide.Tensor", "self other rounding_mode=None", div, 0)
    OP("divide_.Scalar", "self other rounding_mode=None", div, 0)
    OP("divide_.Tensor", "self other rounding_mode=None", div, 0)
    OP("dot.default", "self tensor", matmul, 1)
    OP("dropout.default", "input p train", dropout, 0)
    OP("dropout_.default", "self p train", dropout, 0)
    OP("einsum.default", "equation tensors path=None", einsum, 0)
    OP("elu.default", "self alpha=1 scale=1 input_scale=1", elu, 0)
    OP("elu_.default", "self alpha=1 scale=1 input_scale=1", elu, 0)
    OP("embedding.default",
       "weight indices padding_idx=-1 scale_grad_by_freq=False sparse=False",
       embedding, 0)
    OP("empty.memory_format",
       "size dtype=None layout=None device=None pin_memory=None "
       "memory_format=None", filled, 0)
    OP("empty_like.default",
       "self dtype=None layout=None device=None pin_memory=None "
       "memory_format=None", filled_like, 0)
    OP("eq.Scalar", "self other", binary, FLAMA_PT_EQ)
    OP("eq.Tensor", "self other", binary, FLAMA_PT_EQ)
    OP("erf.default", "self", map, FLAMA_MAP_ERF)
    OP("erf_.default", "self", map, FLAMA_MAP_ERF)
    OP("erfc.default", "self", map, FLAMA_MAP_ERFC)
    OP("erfc_.default", "self", map, FLAMA_MAP_ERFC)
    OP("exp.default", "self", map, FLAMA_MAP_EXP)
    OP("exp2.default", "self", map, FLAMA_MAP_EXP2)
    OP("exp2_.default", "self", map, FLAMA_MAP_EXP2)
    OP("exp_.default", "self", map, FLAMA_MAP_EXP)
    OP("expand.default", "self size implicit=False", expand, 0)
    OP("expand_as.default", "self other", expand_as, 0)
    OP("expand_copy.default", "self size implicit=False", expand, 0)
    OP("expm1.default", "self", map, FLAMA_MAP_EXPM1)
    OP("expm1_.default", "self", map, FLAMA_MAP_EXPM1)
    OP("eye.default", "n dtype=None layout=None device=None pin_memory=None", eye, 0)
    OP("eye.m", "n m dtype=None layout=None device=None pin_memory=None", eye, 1)
    OP("feature_alpha_dropout.default", "input p train", dropout, 0)
    OP("feature_dropout.default", "input p train", dropout, 0)
    OP("fill.Scalar", "self value", fill, 0)
    OP("fill.Tensor", "self value", fill, 0)
    OP("fill_.Scalar", "self value", fill, 0)
    OP("fill_.Tensor", "self value", fill, 0)
    OP("fix.default", "self", map, FLAMA_MAP_TRUNC)
    OP("fix_.default", "self", map, FLAMA_MAP_TRUNC)
    OP("flatten.using_ints", "self start_dim=0 end_dim=-1", flatten, 0)
    OP("flip.default", "self dims", flip, 0)
    OP("floor.default", "self", map, FLAMA_MAP_FLOOR)
    OP("floor_.default", "self", map, FLAMA_MAP_FLOOR)
    OP("floor_divide.Scalar", "self other", binary, FLAMA_PT_FLOOR_DIV)
    OP("floor_divide.default", "self other", binary, FLAMA_PT_FLOOR_DIV)
    OP("floor_divide_.Scalar", "self other", binary, FLAMA_PT_FLOOR_DIV)
    OP("floor_divide_.default", "self other", binary, FLAMA_PT_FLOOR_DIV)
    OP("fmax.default", "self other", binary, FLAMA_PT_FMAX)
    OP("fmin.default", "self other", binary, FLAMA_PT_FMIN)
    OP("fmod.Scalar", "self other", binary, FLAMA_PT_FMOD)
    OP("fmod.Tensor", "self other", binary, FLAMA_PT_FMOD)
    OP("fmod_.Scalar", "self other", binary, FLAMA_PT_FMOD)
    OP("fmod_.Tensor", "self other", binary, FLAMA_PT_FMOD)
    OP("frac.default", "self", frac, 0)
    OP("frac_.default", "self", frac, 0)
    OP("full.default",
       "size fill_value dtype=None layout=None device=None pin_memory=None",
       full, 0)
    OP("full_like.default",
       "self fill_value dtype=None layout=None device=None pin_memory=None "
       "memory_format=None", full_like, 0)
    OP("gather.default", "self dim index sparse_grad=False", gather, 0)
    OP("ge.Scalar", "self other", binary, FLAMA_PT_GE)
    OP("ge.Tensor", "self other", binary, FLAMA_PT_GE)
    OP("gelu.default", "self approximate=none", gelu, 0)
    OP("gelu_.default", "self approximate=none", gelu, 0)
    OP("glu.default", "self dim=-1", glu, 0)
    OP("greater.Scalar", "self other", binary, FLAMA_PT_GT)
    OP("greater.Tensor", "self other", binary, FLAMA_PT_GT)
    OP("greater_equal.Scalar", "self other", binary, FLAMA_PT_GE)
    OP("greater_equal.Tensor", "self other", binary, FLAMA_PT_GE)
    OP("group_norm.default",
       "input num_groups weight=None bias=None eps=1e-05 cudnn_enabled=True",
       group_norm, 0)
    OP("gru.input",
       "input hx params has_biases num_layers dropout train bidirectional "
       "batch_first", rnn, FLAMA_PT_GRU)
    OP("gru_cell.default",
       "input hx w_ih w_hh b_ih=None b_hh=None", rnn_cell, FLAMA_PT_GRU)
    OP("gt.Scalar", "self other", binary, FLAMA_PT_GT)
    OP("gt.Tensor", "self other", binary, FLAMA_PT_GT)
    OP("hardshrink.default", "self lambd=0.5", map_p, FLAMA_MAP_HARD_SHRINK)
    OP("hardsigmoid.default", "self", map, FLAMA_MAP_HARD_SIGMOID)
    OP("hardsigmoid_.default", "self", map, FLAMA_MAP_HARD_SIGMOID)
    OP("hardswish.default", "self", map, FLAMA_MAP_HARD_SWISH)
    OP("hardswish_.default", "self", map, FLAMA_MAP_HARD_SWISH)
    OP("hardtanh.default", "self min_val=-1 max_val=1", map_pq, FLAMA_MAP_CLAMP)
    OP("hardtanh_.default", "self min_val=-1 max_val=1", map_pq, FLAMA_MAP_CLAMP)
    OP("hstack.default", "tensors", hvstack, 1)
    OP("hypot.default", "self other", binary, FLAMA_PT_HYPOT)
    OP("index.Tensor", "self indices", index, 0)
    OP("index_put.default", "self indices values accumulate=False", index_put, 0)
    OP("index_put_.default", "self indices values accumulate=False", index_put, 1)
    OP("index_select.default", "self dim index", index_select, 0)
    OP("instance_norm.default",
       "input weight bias running_mean running_var use_input_stats momentum "
       "eps cudnn_enabled", instance_norm, 0)
    OP("isfinite.default", "self", isfinite, 0)
    OP("isinf.default", "self", isinf, 0)
    OP("isnan.default", "self", isnan, 0)
    OP("layer_norm.default",
       "input normalized_shape weight=None bias=None eps=1e-05 "
       "cudnn_enable=True", layer_norm, 0)
    OP("le.Scalar", "self other", binary, FLAMA_PT_LE)
    OP("le.Tensor", "self other", binary, FLAMA_PT_LE)
    OP("leaky_relu.default", "self negative_slope=0.01", map_p, FLAMA_MAP_LEAKY_RELU)
    OP("leaky_relu_.default", "self negative_slope=0.01", map_p, FLAMA_MAP_LEAKY_RELU)
    OP("lerp.Scalar", "self end weight", three, 2)
    OP("lerp.Tensor", "self end weight", three, 2)
    OP("less.Scalar", "self other", binary, FLAMA_PT_LT)
    OP("less.Tensor", "self other", binary, FLAMA_PT_LT)
    OP("less_equal.Scalar", "self other", binary, FLAMA_PT_LE)
    OP("less_equal.Tensor", "self other", binary, FLAMA_PT_LE)
    OP("lift_fresh.default", "self", alias, 0)
    OP("lift_fresh_copy.default", "self", alias, 0)
    OP("linalg_vector_norm.default",
       "self ord=2 dim=None keepdim=False dtype=None", norm, 0)
    OP_PREPARED("linear.default", "input weight bias=None", linear, 0, prepare_linear)
    OP("linspace.default",
       "start end steps dtype=None layout=None device=None pin_memory=None",
       linspace, 0)
    OP("log.default", "self", map, FLAMA_MAP_LOG)
    OP("log10.default", "self", map, FLAMA_MAP_LOG10)
    OP("log10_.default", "self", map, FLAMA_MAP_LOG10)
    OP("log1p.default", "self", map, FLAMA_MAP_LOG1P)
    OP("log1p_.default", "self", map, FLAMA_MAP_LOG1P)
    OP("log2.default", "self", map, FLAMA_MAP_LOG2)
    OP("log2_.default", "self", map, FLAMA_MAP_LOG2)
    OP("log_.default", "self", map, FLAMA_MAP_LOG)
    OP("log_sigmoid.default", "self", map, FLAMA_MAP_LOG_SIGMOID)
    OP("log_softmax.int", "self dim dtype=None", softmax, 1)
    OP("logical_and.default", "self other", binary, FLAMA_PT_AND)
    OP("logical_not.default", "self", logical_not, 0)
    OP("logical_or.default", "self other", binary, FLAMA_PT_OR)
    OP("logical_xor.default", "self other", binary, FLAMA_PT_XOR)
    OP("logit.default", "self eps=None", logit, 0)
    OP("logit_.default", "self eps=None", logit, 0)
    OP("logsumexp.default", "self dim keepdim=False", logsumexp, 0)
    OP("lstm.input",
       "input hx params has_biases num_layers dropout train bidirectional "
       "batch_first", rnn, FLAMA_PT_LSTM)
    OP("lstm_cell.default",
       "input hx w_ih w_hh b_ih=None b_hh=None", rnn_cell, FLAMA_PT_LSTM)
    OP("lt.Scalar", "self other", binary, FLAMA_PT_LT)
    OP("lt.Tensor", "self other", binary, FLAMA_PT_LT)
    OP("mT.default", "self", t, 2)
    OP("masked_fill.Scalar", "self mask value", masked_fill, 0)
    OP("masked_fill.Tensor", "self mask value", masked_fill, 0)
    OP("masked_fill_.Scalar", "self mask value", masked_fill, 0)
    OP("masked_fill_.Tensor", "self mask value", masked_fill, 0)
    OP("math.ceil", "x", sym_one, FLAMA_PT_SYM_CEIL)
    OP("math.floor", "x", sym_one, FLAMA_PT_SYM_FLOOR)
    OP("math.trunc", "x", sym_one, FLAMA_PT_SYM_TO_INT)
    OP("matmul.default", "self other", matmul, 0)
    OP("matrix_H.default", "self", t, 2)
    OP("max.default", "self dim=None keepdim=False", extreme, FLAMA_PT_LARGEST)
    OP("max.dim", "self dim keepdim=False", max_dim, FLAMA_PT_LARGEST)
    OP("max.other", "self other", binary, FLAMA_PT_MAXIMUM)
    OP("max_pool1d.default",
       "self kernel_size stride=[] padding=0 dilation=1 ceil_mode=False",
       max_pool, 1)
    OP("max_pool1d_with_indices.default",
       "self kernel_size stride=[] padding=0 dilation=1 ceil_mode=False",
       max_pool, 11)
    OP("max_pool2d.default",
       "self kernel_size stride=[] padding=0 dilation=1 ceil_mode=False",
       max_pool, 2)
    OP("max_pool2d_with_indices.default",
       "self kernel_size stride=[] padding=0 dilation=1 ceil_mode=False",
       max_pool, 12)
    OP("max_pool3d.default",
       "self kernel_size stride=[] padding=0 dilation=1 ceil_mode=False",
       max_pool, 3)
    OP("max_pool3d_with_indices.default",
       "self kernel_size stride=[] padding=0 dilation=1 ceil_mode=False",
       max_pool, 13)
    OP("maximum.default", "self other", binary, FLAMA_PT_MAXIMUM)
    OP("mean.default", "self dim=None keepdim=False dtype=None", sum, FLAMA_PT_MEAN)
    OP("mean.dim", "self dim keepdim=False dtype=None", sum, FLAMA_PT_MEAN)
    OP("meshgrid.default", "tensors indexing=ij", meshgrid, 0)
    OP("meshgrid.indexing", "tensors indexing", meshgrid, 0)
    OP("min.default", "self dim=None keepdim=False", extreme, FLAMA_PT_SMALLEST)
    OP("min.dim", "self dim keepdim=False", max_dim, FLAMA_PT_SMALLEST)
    OP("min.other", "self other", binary, FLAMA_PT_MINIMUM)
    OP("minimum.default", "self other", binary, FLAMA_PT_MINIMUM)
    OP("mish.default", "self", map, FLAMA_MAP_MISH)
    OP("mish_.default", "self", map, FLAMA_MAP_MISH)
    OP("mm.default", "self mat2", matmul, 2)
    OP("moveaxis.int", "self source destination", movedim, 0)
    OP("moveaxis.intlist", "self source destination", movedim, 0)
    OP("movedim.int", "self source destination", movedim, 0)
    OP("movedim.intlist", "self source destination", movedim, 0)
    OP("mul.Scalar", "self other", binary, FLAMA_PT_MUL)
    OP("mul.Tensor", "self other", binary, FLAMA_PT_MUL)
    OP("mul_.Scalar", "self other", binary, FLAMA_PT_MUL)
    OP("mul_.Tensor", "self other", binary, FLAMA_PT_MUL)
    OP("multiply.Scalar", "self other", binary, FLAMA_PT_MUL)
    OP("multiply.Tensor", "self other", binary, FLAMA_PT_MUL)
    OP("multiply_.Scalar", "self other", binary, FLAMA_PT_MUL)
    OP("multiply_.Tensor", "self other", binary, FLAMA_PT_MUL)
    OP("mv.default", "self vec", matmul, 0)
    OP("nan_to_num.default", "self nan=None posinf=None neginf=None", nan_to_num, 0)
    OP("nan_to_num_.default", "self nan=None posinf=None neginf=None", nan_to_num, 0)
    OP("narrow.default", "self dim start length", narrow, 0)
    OP("native_dropout.default", "input p train", native_dropout, 0)
    OP("native_group_norm.default",
       "input weight bias N C HxW group eps", group_norm_decomposed, 0)
    OP("native_layer_norm.default",
       "input normalized_shape weight bias eps", layer_norm, 1)
    OP("ne.Scalar", "self other", binary, FLAMA_PT_NE)
    OP("ne.Tensor", "self other", binary, FLAMA_PT_NE)
    OP("neg.default", "self", map, FLAMA_MAP_NEGATE)
    OP("neg_.default", "self", map, FLAMA_MAP_NEGATE)
    OP("negative.default", "self", map, FLAMA_MAP_NEGATE)
    OP("negative_.default", "self", map, FLAMA_MAP_NEGATE)
    OP("new_empty.default",
       "self size dtype=None layout=None device=None pin_memory=None",
       new_filled, 0)
    OP("new_full.default",
       "self size fill_value dtype=None layout=None device=None "
       "pin_memory=None", new_full, 0)
    OP("new_ones.default",
       "self size dtype=None layout=None device=None pin_memory=None",
       new_filled, 1)
    OP("new_zeros.default",
       "self size dtype=None layout=None device=None pin_memory=None",
       new_filled, 0)
    OP("norm.Scalar", "self p=2 dim=None keepdim=False dtype=None", norm, 0)
    OP("norm.ScalarOpt_dim", "self p dim keepdim=False dtype=None", norm, 0)
    OP("not_equal.Scalar", "self other", binary, FLAMA_PT_NE)
    OP("not_equal.Tensor", "self other", binary, FLAMA_PT_NE)
    OP("numpy_T.default", "self", reverse, 0)
    OP("one_hot.default", "self num_classes=-1", one_hot, 0)
    OP("ones.default",
       "size dtype=None layout=None device=None pin_memory=None", filled, 1)
    OP("ones_like.default",
       "self dtype=None layout=None device=None pin_memory=None "
       "memory_format=None", filled_like, 1)
    OP("outer.default", "self vec2", outer, 0)
    OP("pad.default", "self pad mode=constant value=None", pad, 0)
    OP("permute.default", "self dims", permute, 0)
    OP("permute_copy.default", "self dims", permute, 0)
    OP("pixel_shuffle.default", "self upscale_factor", pixel_shuffle, 0)
    OP("pixel_unshuffle.default", "self downscale_factor", pixel_shuffle, 1)
    OP("positive.default", "self", alias, 0)
    OP("pow.Scalar", "self exponent", binary, FLAMA_PT_POWER)
    OP("pow.Tensor_Scalar", "self exponent", binary, FLAMA_PT_POWER)
    OP("pow.Tensor_Tensor", "self exponent", binary, FLAMA_PT_POWER)
    OP("pow_.Scalar", "self exponent", binary, FLAMA_PT_POWER)
    OP("pow_.Tensor", "self exponent", binary, FLAMA_PT_POWER)
    OP("prelu.default", "self weight", prelu, 0)
    OP("prod.default", "self dim=None keepdim=False dtype=None", sum, FLAMA_PT_PRODUCT)
    OP("prod.dim_int", "self dim keepdim=False dtype=None", sum, FLAMA_PT_PRODUCT)
    OP("ravel.default", "self start_dim=0 end_dim=-1", flatten, 0)
    OP("reciprocal.default", "self", map, FLAMA_MAP_RECIPROCAL)
    OP("reciprocal_.default", "self", map, FLAMA_MAP_RECIPROCAL)
    OP("reflection_pad1d.default", "self padding", pad_mode, 1)
    OP("reflection_pad2d.default", "self padding", pad_mode, 1)
    OP("reflection_pad3d.default", "self padding", pad_mode, 1)
    OP("relu.default", "self", map, FLAMA_MAP_RELU)
    OP("relu6.default", "self", relu6, 0)
    OP("relu6_.default", "self", relu6, 0)
    OP("relu_.default", "self", map, FLAMA_MAP_RELU)
    OP("remainder.Scalar", "self other", binary, FLAMA_PT_REMAINDER)
    OP("remainder.Tensor", "self other", binary, FLAMA_PT_REMAINDER)
    OP("remainder_.Scalar", "self other", binary, FLAMA_PT_REMAINDER)
    OP("remainder_.Tensor", "self other", binary, FLAMA_PT_REMAINDER)
    OP("repeat.default", "self repeats", repeat, 0)
    OP("repeat_interleave.self_int",
       "self repeats dim=None output_size=None", repeat_interleave, 0)
    OP("replication_pad1d.default", "self padding", pad_mode, 2)
    OP("replication_pad2d.default", "self padding", pad_mode, 2)
    OP("replication_pad3d.default", "self padding", pad_mode, 2)
    OP("reshape.default", "self shape", reshape, 1)
    OP("reshape_as.default", "self other", reshape_as, 0)
    OP("resolve_conj.default", "self", alias, 0)
    OP("resolve_neg.default", "self", alias, 0)
    OP("rms_norm.default", "input normalized_shape weight=None eps=None", rms_norm, 0)
    OP("rnn_relu.input",
       "input hx params has_biases num_layers dropout train bidirectional "
       "batch_first", rnn, FLAMA_PT_RNN_RELU)
    OP("rnn_relu_cell.default",
       "input hx w_ih w_hh b_ih=None b_hh=None", rnn_cell, FLAMA_PT_RNN_RELU)
    OP("rnn_tanh.input",
       "input hx params has_biases num_layers dropout train bidirectional "
       "batch_first", rnn, FLAMA_PT_RNN_TANH)
    OP("rnn_tanh_cell.default",
       "input hx w_ih w_hh b_ih=None b_hh=None", rnn_cell, FLAMA_PT_RNN_TANH)
    OP("roll.default", "self shifts dims=[]", roll, 0)
    OP("round.decimals", "self decimals", round_decimals, 0)
    OP("round.default", "self", map, FLAMA_MAP_ROUND)
    OP("round_.default", "self", map, FLAMA_MAP_ROUND)
    OP("rrelu.default",
       "self lower=0.125 upper=0.3333333333333333 training=False "
       "generator=None", rrelu, 0)
    OP("rrelu_.default",
       "self lower=0.125 upper=0.3333333333333333 training=False "
       "generator=None", rrelu, 0)
    OP("rrelu_with_noise_functional.default",
       "self lower=0.125 upper=0.3333333333333333 training=False noise=None "
       "generator=None", rrelu_functional, 0)
    OP("rsqrt.default", "self", map, FLAMA_MAP_RSQRT)
    OP("rsqrt_.default", "self", map, FLAMA_MAP_RSQRT)
    OP("rsub.Scalar", "self other alpha=1", add, FLAMA_PT_RSUB)
    OP("rsub.Tensor", "self other alpha=1", add, FLAMA_PT_RSUB)
    OP("scalar_tensor.default",
       "s dtype=None layout=None device=None pin_memory=None", scalar_tensor, 0)
    OP("scaled_dot_product_attention.default",
       "query key value attn_mask=None dropout_p=0.0 is_causal=False "
       "scale=None enable_gqa=False", attention, 0)
    OP("scatter.src", "self dim index src", scatter, 0)
    OP("scatter.value", "self dim index value", scatter, 0)
    OP("scatter_.src", "self dim index src", scatter, 0)
    OP("scatter_.value", "self dim index value", scatter, 0)
    OP("scatter_add.default", "self dim index src", scatter, 1)
    OP("scatter_add_.default", "self dim index src", scatter, 1)
    OP("select.int", "self dim index", select, 0)
    OP("select_copy.int", "self dim index", select, 0)
    OP("select_scatter.default", "self src dim index", select_scatter, 0)
    OP("selu.default", "self", selu, 0)
    OP("selu_.default", "self", selu, 0)
    OP("sgn.default", "self", map, FLAMA_MAP_SIGN)
    OP("sgn_.default", "self", map, FLAMA_MAP_SIGN)
    OP("sigmoid.default", "self", map, FLAMA_MAP_SIGMOID)
    OP("sigmoid_.default", "self", map, FLAMA_MAP_SIGMOID)
    OP("sign.default", "self", map, FLAMA_MAP_SIGN)
    OP("sign_.default", "self", map, FLAMA_MAP_SIGN)
    OP("silu.default", "self", map, FLAMA_MAP_SILU)
    OP("silu_.default", "self", map, FLAMA_MAP_SILU)
    OP("sin.default", "self", map, FLAMA_MAP_SIN)
    OP("sin_.default", "self", map, FLAMA_MAP_SIN)
    OP("sinh.default", "self", map, FLAMA_MAP_SINH)
    OP("sinh_.default", "self", map, FLAMA_MAP_SINH)
    OP("slice.Tensor", "self dim=0 start=None end=None step=1", slice, 0)
    OP("slice_copy.Tensor", "self dim=0 start=None end=None step=1", slice, 0)
    OP("slice_scatter.default",
       "self src dim=0 start=None end=None step=1", slice_scatter, 0)
    OP("softmax.int", "self dim dtype=None", softmax, 0)
    OP("softplus.default", "self beta=1 threshold=20", map_pq, FLAMA_MAP_SOFTPLUS)
    OP("softshrink.default", "self lambd=0.5", map_p, FLAMA_MAP_SOFT_SHRINK)
    OP("sort.default", "self dim=-1 descending=False", sort, 0)
    OP("sort.stable", "self stable dim=-1 descending=False", sort, 1)
    OP("split.Tensor", "self split_size dim=0", split, 0)
    OP("split.sizes", "self split_size dim=0", split_with_sizes, 0)
    OP("split_copy.Tensor", "self split_size dim=0", split, 0)
    OP("split_with_sizes.default", "self split_sizes dim=0", split_with_sizes, 0)
    OP("split_with_sizes_copy.default", "self split_sizes dim=0", split_with_sizes, 0)
    OP("sqrt.default", "self", map, FLAMA_MAP_SQRT)
    OP("sqrt_.default", "self", map, FLAMA_MAP_SQRT)
    OP("square.default", "self", map, FLAMA_MAP_SQUARE)
    OP("square_.default", "self", map, FLAMA_MAP_SQUARE)
    OP("squeeze.default", "self dim=None", squeeze, 0)
    OP("squeeze.dim", "self dim", squeeze, 0)
    OP("squeeze.dims", "self dim", squeeze, 0)
    OP("squeeze_copy.default", "self dim=None", squeeze, 0)
    OP("squeeze_copy.dim", "self dim", squeeze, 0)
    OP("squeeze_copy.dims", "self dim", squeeze, 0)
    OP("stack.default", "tensors dim=0", stack, 0)
    OP("std.correction",
       "self dim=None correction=None keepdim=False", var, FLAMA_PT_DEVIATION)
    OP("std.default",
       "self dim=None unbiased=True keepdim=False",
       var_unbiased, FLAMA_PT_DEVIATION)
    OP("std.dim",
       "self dim unbiased=True keepdim=False", var_unbiased, FLAMA_PT_DEVIATION)
    OP("std_mean.correction",
       "self dim=None correction=None keepdim=False",
       var, 10 + FLAMA_PT_DEVIATION)
    OP("std_mean.default",
       "self dim=None unbiased=True keepdim=False",
       var_unbiased, 10 + FLAMA_PT_DEVIATION)
    OP("std_mean.dim",
       "self dim unbiased=True keepdim=False",
       var_unbiased, 10 + FLAMA_PT_DEVIATION)
    OP("sub.Scalar", "self other alpha=1", add, FLAMA_PT_SUB)
    OP("sub.Tensor", "self other alpha=1", add, FLAMA_PT_SUB)
    OP("sub_.Scalar", "self other alpha=1", add, FLAMA_PT_SUB)
    OP("sub_.Tensor", "self other alpha=1", add, FLAMA_PT_SUB)
    OP("subtract.Scalar", "self other alpha=1", add, FLAMA_PT_SUB)
    OP("subtract.Tensor", "self other alpha=1", add, FLAMA_PT_SUB)
    OP("subtract_.Scalar", "self other alpha=1", add, FLAMA_PT_SUB)
    OP("subtract_.Tensor", "self other alpha=1", add, FLAMA_PT_SUB)
    OP("sum.default", "self dim=None keepdim=False dtype=None", sum, FLAMA_PT_SUM)
    OP("sum.dim_IntList", "self dim keepdim=False dtype=None", sum, FLAMA_PT_SUM)
    OP("swapaxes.default", "self axis0 axis1", transpose, 0)
    OP("swapdims.default", "self dim0 dim1", transpose, 0)
    OP("sym_constrain_range.default", "size min=None max=None", ignored, 0)
    OP("sym_constrain_range_for_size.default", "size min=None max=None", ignored, 0)
    OP("sym_numel.default", "self", sym_numel, 0)
    OP("sym_size.int", "self dim", sym_size, 0)
    OP("sym_stride.int", "self dim", sym_size, 1)
    OP("t.default", "self", t, 0)
    OP("t_copy.default", "self", t, 0)
    OP("take_along_dim.default", "self indices dim=None", take_along, 0)
    OP("tan.default", "self", map, FLAMA_MAP_TAN)
    OP("tan_.default", "self", map, FLAMA_MAP_TAN)
    OP("tanh.default", "self", map, FLAMA_MAP_TANH)
    OP("tanh_.default", "self", map, FLAMA_MAP_TANH)
    OP("tensor_split.sections", "self sections dim=0", tensor_split, 0)
    OP("threshold.default", "self threshold value", map_pq, FLAMA_MAP_THRESHOLD)
    OP("threshold_.default", "self threshold value", map_pq, FLAMA_MAP_THRESHOLD)
    OP("tile.default", "self dims", repeat, 1)
    OP("to.device",
       "self dtype device non_blocking=False copy=False memory_format=None",
       to, 0)
    OP("to.dtype", "self dtype non_blocking=False copy=False memory_format=None", to, 0)
    OP("to.dtype_layout",
       "self dtype=None layout=None device=None pin_memory=None "
       "non_blocking=False copy=False memory_format=None", to, 0)
    OP("to.other",
       "self other non_blocking=False copy=False memory_format=None",
       type_as, 0)
    OP("topk.default", "self k dim=-1 largest=True sorted=True", topk, 0)
    OP("torch._sym_sqrt", "a", sym_one, FLAMA_PT_SYM_ROOT)
    OP("torch.sym_float", "a", sym_one, FLAMA_PT_SYM_TO_FLOAT)
    OP("torch.sym_int", "a", sym_one, FLAMA_PT_SYM_TO_INT)
    OP("torch.sym_max", "a b", sym, FLAMA_PT_SYM_MAX)
    OP("torch.sym_min", "a b", sym, FLAMA_PT_SYM_MIN)
    OP("torch.sym_not", "a", sym_one, FLAMA_PT_SYM_NOT)
    OP("transpose.int", "self dim0 dim1", transpose, 0)
    OP("transpose_copy.int", "self dim0 dim1", transpose, 0)
    OP("tril.default", "self diagonal=0", triangle, 0)
    OP("triu.default", "self diagonal=0", triangle, 1)
    OP("true_divide.Scalar", "self other", binary, FLAMA_PT_DIV)
    OP("true_divide.Tensor", "self other", binary, FLAMA_PT_DIV)
    OP("true_divide_.Scalar", "self other", binary, FLAMA_PT_DIV)
    OP("true_divide_.Tensor", "self other", binary, FLAMA_PT_DIV)
    OP("trunc.default", "self", map, FLAMA_MAP_TRUNC)
    OP("trunc_.default", "self", map, FLAMA_MAP_TRUNC)
    OP("type_as.default", "self other", type_as, 0)
    OP("unbind.int", "self dim=0", unbind, 0)
    OP("unflatten.int", "self dim sizes", unflatten, 0)
    OP("unfold.default", "self dimension size step", unfold, 0)
    OP("unsqueeze.default", "self dim", unsqueeze, 0)
    OP("unsqueeze_.default", "self dim", unsqueeze, 0)
    OP("unsqueeze_copy.default", "self dim", unsqueeze, 0)
    OP("upsample_bicubic2d.default",
       "self output_size align_corners scales_h=None scales_w=None", resize, 23)
    OP("upsample_bicubic2d.vec",
       "input output_size align_corners scale_factors", resize_vec, 23)
    OP("upsample_bilinear2d.default",
       "self output_size align_corners scales_h=None scales_w=None", resize, 22)
    OP("upsample_bilinear2d.vec",
       "input output_size align_corners scale_factors", resize_vec, 22)
    OP("upsample_linear1d.default",
       "self output_size align_corners scales=None", resize, 12)
    OP("upsample_linear1d.vec",
       "input output_size align_corners scale_factors", resize_vec, 12)
    OP("upsample_nearest1d.default", "self output_size scales=None", resize, 10)
    OP("upsample_nearest1d.vec", "input output_size scale_factors", resize_vec, 10)
    OP("upsample_nearest2d.default",
       "self output_size scales_h=None scales_w=None", resize, 20)
    OP("upsample_nearest2d.vec", "input output_size scale_factors", resize_vec, 20)
    OP("upsample_nearest3d.default",
       "self output_size scales_d=None scales_h=None scales_w=None", resize, 30)
    OP("upsample_nearest3d.vec", "input output_size scale_factors", resize_vec, 30)
    OP("upsample_trilinear3d.default",
       "self output_size align_corners scales_d=None scales_h=None "
       "scales_w=None", resize, 32)
    OP("upsample_trilinear3d.vec",
       "input output_size align_corners scale_factors", resize_vec, 32)
    OP("var.correction",
       "self dim=None correction=None keepdim=False", var, FLAMA_PT_VARIANCE)
    OP("var.default",
       "self dim=None unbiased=True keepdim=False",
       var_unbiased, FLAMA_PT_VARIANCE)
    OP("var.dim",
       "self dim unbiased=True keepdim=False", var_unbiased, FLAMA_PT_VARIANCE)
    OP("var_mean.correction",
       "self dim=None correction=None keepdim=False",
       var, 10 + FLAMA_PT_VARIANCE)
    OP("var_mean.default",
       "self dim=None unbiased=True keepdim=False",
       var_unbiased, 10 + FLAMA_PT_VARIANCE)
    OP("var_mean.dim",
       "self dim unbiased=True keepdim=False",
       var_unbiased, 10 + FLAMA_PT_VARIANCE)
    OP("view.default", "self size", reshape, 0)
    OP("view_as.default", "self other", reshape_as, 0)
    OP("view_copy.default", "self size", reshape, 1)
    OP("vstack.default", "tensors", hvstack, 0)
    OP("where.Scalar", "condition self other", where, 0)
    OP("where.ScalarOther", "condition self other", where, 0)
    OP("where.ScalarSelf", "condition self other", where, 0)
    OP("where.self", "condition self other", where, 0)
    OP("xlogy.Tensor", "self other", binary, FLAMA_PT_XLOGY)
    OP("zero_.default", "self", fill, 1)
    OP("zeros.default",
       "size dtype=None layout=None device=None pin_memory=None", filled, 0)
    OP("zeros_like.default",
       "self dtype=None layout=None device=None pin_memory=None "
       "memory_format=None", filled_like, 0)
};
/* clang-format on */

enum { COUNT = sizeof operators / sizeof *operators };

const flama_pt_operator *flama_pt_operator_find(flama_string name)
{
    size_t low = 0, high = COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *own = operators[middle].name;
        int order = strncmp(own, name.data, name.size);
        if (order == 0 && own[name.size] == '\0')
            return &operators[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const flama_pt_operator *flama_pt_operator_at(size_t i)
{
    return i < COUNT ? &operators[i] : NULL;
}
