#include "engine/kernels/blas.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

/* cblas.h's constants. */
enum { ROW_MAJOR = 101, AS_IS = 111, TRANSPOSED = 112 };

struct flama_blas {
    void (*sgemm)(int order, int a, int b, int m, int n, int k, float alpha,
                  const float *pa, int lda, const float *pb, int ldb, float beta,
                  float *c, int ldc);
    void (*dgemm)(int order, int a, int b, int m, int n, int k, double alpha,
                  const double *pa, int lda, const double *pb, int ldb, double beta,
                  double *c, int ldc);
    void (*threads)(int count);
};

static flama_blas library;
static bool there;
static bool unwanted;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A function pointer from dlsym, without the cast that C does not define. */
static bool find(void *handle, const char *name, void *function)
{
    void *symbol = dlsym(handle, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static void open_library(void)
{
    void *handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return;
    there = find(handle, "cblas_sgemm", &library.sgemm) &&
            find(handle, "cblas_dgemm", &library.dgemm) &&
            find(handle, "openblas_set_num_threads", &library.threads);
    if (there)
        library.threads(1);
    else
        dlclose(handle);
}

const flama_blas *flama_blas__get(void)
{
    pthread_once(&once, open_library);
    return there && !unwanted ? &library : NULL;
}

void flama_blas_use(bool wanted)
{
    unwanted = !wanted;
}

bool flama_blas__fits(size_t a, size_t b, size_t c)
{
    return a <= INT_MAX && b <= INT_MAX && c <= INT_MAX;
}

/* Row-major: the leading dimension is the stride that is not 1. */
static int leading(size_t row, size_t column)
{
    return (int)(column == 1 ? row : column);
}

void flama_blas__gemm_f32(const flama_gemm_f32 *g)
{
    library.sgemm(ROW_MAJOR, g->a.column == 1 ? AS_IS : TRANSPOSED,
                  g->b.column == 1 ? AS_IS : TRANSPOSED, (int)g->m, (int)g->n,
                  (int)g->k, 1, g->a.data, leading(g->a.row, g->a.column), g->b.data,
                  leading(g->b.row, g->b.column), g->accumulate, g->c, (int)g->stride);
}

void flama_blas__gemm_f64(const flama_gemm_f64 *g)
{
    library.dgemm(ROW_MAJOR, g->a.column == 1 ? AS_IS : TRANSPOSED,
                  g->b.column == 1 ? AS_IS : TRANSPOSED, (int)g->m, (int)g->n,
                  (int)g->k, 1, g->a.data, leading(g->a.row, g->a.column), g->b.data,
                  leading(g->b.row, g->b.column), g->accumulate, g->c, (int)g->stride);
}
