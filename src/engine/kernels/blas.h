/* OpenBLAS, when the machine has it: libopenblas.so.0, opened at first use and told to
 * use one thread, for a request has one. Any thread. */
#ifndef FLAMA_KERNELS_BLAS_H
#define FLAMA_KERNELS_BLAS_H

#include "engine/kernels/gemm.h"

typedef struct flama_blas flama_blas;

/* The library, or NULL. flama_blas_use(false) leaves it out from then on: for tests,
 * before threads. */
const flama_blas *flama_blas__get(void);
void flama_blas_use(bool wanted);

/* True when sizes fit the library's ints. */
bool flama_blas__fits(size_t a, size_t b, size_t c);

/* The product without biases and clamp, of matrices with one stride of 1. */
void flama_blas__gemm_f32(const flama_gemm_f32 *product);
void flama_blas__gemm_f64(const flama_gemm_f64 *product);

#endif
