#include "engine/kernels/kernels.h"

#include <stdatomic.h>

extern const flama_kernels flama_kernels__baseline;
#ifdef __x86_64__
extern const flama_kernels flama_kernels__avx2, flama_kernels__avx512;
#endif

static _Atomic(const flama_kernels *) chosen;

const flama_kernels *flama_kernels_at(size_t index)
{
    const flama_kernels *levels[4] = {NULL};
    size_t count = 0;
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        levels[count++] = &flama_kernels__avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        levels[count++] = &flama_kernels__avx2;
#endif
    levels[count++] = &flama_kernels__baseline;
    return index < count ? levels[index] : NULL;
}

const flama_kernels *flama_kernels_get(void)
{
    const flama_kernels *level = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (level == NULL) {
        level = flama_kernels_at(0);
        atomic_store_explicit(&chosen, level, memory_order_relaxed);
    }
    return level;
}

void flama_kernels_set(const flama_kernels *level)
{
    atomic_store_explicit(&chosen, level, memory_order_relaxed);
}
