/* Convolutions of one channel to one: no product to speak of. */
#ifndef FLAMA_TORCH_DEPTHWISE_H
#define FLAMA_TORCH_DEPTHWISE_H

#include "engine/kernels/gemm.h"
#include "engine/torch/window.h"

/* How many floats of memory one takes; 0 when the window reaches so far over the image
 * that a product is the better way. */
size_t flama_pt_depthwise_room(const flama_pt_window *w);

/* out (as large as w->out) from the image (w->in) and weights (w->kernel). `end` says
 * what becomes of the sums: whether they are added to out, and their bounds. */
void flama_pt_depthwise(const flama_pt_window *w, const float *image,
                        const float *weights, float bias, const flama_gemm_f32 *end,
                        float *room, float *out);

#endif
