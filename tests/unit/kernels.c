/* Matrix products of every level of the CPU against the plain loops, and functions
 * against the C library's in double. */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "engine/kernels/blas.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/gemm.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/map.h"

static uint64_t state;

/* Between -1 and 1. */
static double number(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 40) / (1 << 23) - 1;
}

static const size_t sizes[][3] = {
    {1, 1, 1},    {1, 7, 5},    {1, 64, 300}, {2, 33, 17},  {3, 16, 9},     {5, 8, 31},
    {4, 32, 257}, {12, 32, 64}, {13, 65, 40}, {31, 1, 77},  {0, 5, 3},      {3, 0, 2},
    {4, 5, 0},    {145, 49, 9}, {7, 513, 3},  {70, 90, 80}, {150, 520, 260}};

enum {
    BIAS = 1,
    CLAMP = 2,
    ACCUMULATE = 4,
    TURN_A = 8,
    TURN_B = 16,
    PACK_A = 32,
    PACK_B = 64,
    FUNCTION_B = 128,
    SCALE = 256,
    ALL = 512
};

/* One type's test: memory of exactly the size needed, so that the sanitizer sees a step
 * beyond; a row of c is longer than n, and the rest of it must stay. */
#define TYPED_TEST(T, S, margin)                                                     \
    static void pack_turned_##S(const void *ctx, const flama_pack *part, T *out)     \
    {                                                                                \
        const flama_factor_##S *b = ctx;                                             \
        for (size_t l = 0; l < part->lanes; l += part->width)                        \
            for (size_t p = 0; p < part->depth; p++)                                 \
                for (size_t i = 0; i < part->width; i++)                             \
                    *out++ = l + i < part->lanes                                     \
                                 ? b->data[(part->from + p) * b->row +               \
                                           (part->first + l + i) * b->column]        \
                                 : 0;                                                \
    }                                                                                \
                                                                                     \
    static T *numbers_##S(size_t count)                                              \
    {                                                                                \
        T *all = malloc(count ? count * sizeof *all : 1);                            \
        for (size_t i = 0; i < count; i++)                                           \
            all[i] = (T)number();                                                    \
        return all;                                                                  \
    }                                                                                \
                                                                                     \
    static void check_##S(const size_t *size, int how)                               \
    {                                                                                \
        size_t m = size[0], n = size[1], k = size[2], stride = n + 3;                \
        T *a = numbers_##S(m * k), *b = numbers_##S(k * n);                          \
        T *c = numbers_##S(m * stride),                                              \
          *want = malloc(m ? m * stride * sizeof *c : 1);                            \
        T *rows = numbers_##S(m), *columns = numbers_##S(n), *pa, *pb;               \
        T *scales = numbers_##S(n);                                                  \
        memcpy(want, c, m *stride * sizeof *c);                                      \
        flama_gemm_##S g = {.m = m,                                                  \
                            .n = n,                                                  \
                            .k = k,                                                  \
                            .c = want,                                               \
                            .stride = stride,                                        \
                            .accumulate = how & ACCUMULATE,                          \
                            .clamp = how & CLAMP,                                    \
                            .low = -1,                                               \
                            .high = (T)1.5,                                          \
                            .row_bias = how & BIAS ? rows : NULL,                    \
                            .column_scale = how & SCALE ? scales : NULL,             \
                            .column_bias = how & BIAS ? columns : NULL};             \
        g.a = (flama_factor_##S){                                                    \
            .data = a, .row = how & TURN_A ? 1 : k, .column = how & TURN_A ? m : 1}; \
        g.b = (flama_factor_##S){                                                    \
            .data = b, .row = how & TURN_B ? 1 : n, .column = how & TURN_B ? k : 1}; \
        flama_gemm_plain_##S(&g);                                                    \
        flama_factor_##S b_matrix = g.b;                                             \
        pa = malloc(sizeof(T) * flama_gemm_packed_a_##S(m, k) + 1);                  \
        pb = malloc(sizeof(T) * flama_gemm_packed_b_##S(n, k) + 1);                  \
        if (how & PACK_A) {                                                          \
            flama_gemm_pack_a_##S(&g.a, m, k, pa);                                   \
            g.a.packed = pa;                                                         \
        }                                                                            \
        if (how & PACK_B) {                                                          \
            flama_gemm_pack_b_##S(&g.b, k, n, pb);                                   \
            g.b.packed = pb;                                                         \
        } else if (how & FUNCTION_B)                                                 \
            g.b = (flama_factor_##S){.pack = pack_turned_##S, .ctx = &b_matrix};     \
        g.c = c;                                                                     \
        size_t bytes = flama_gemm_scratch_##S(&g);                                   \
        void *scratch = bytes ? malloc(bytes) : NULL;                                \
        flama_gemm_##S##_run(&g, scratch);                                           \
        for (size_t i = 0; i < m * stride; i++)                                      \
            if (!(fabs((double)c[i] - (double)want[i]) <=                            \
                  margin * (1 + (double)k / 4)))                                     \
                fail_msg("%s %zu x %zu x %zu, how %d: c[%zu, %zu] is %g, not %g",    \
                         flama_kernels_get()->name, m, n, k, how, i / stride,        \
                         i % stride, (double)c[i], (double)want[i]);                 \
        void *all[] = {a, b, c, want, rows, columns, scales, pa, pb, scratch};       \
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)                        \
            free(all[i]);                                                            \
    }

TYPED_TEST(float, f32, 3e-7)
TYPED_TEST(double, f64, 1e-15)

static void products(void **unused)
{
    (void)unused;
    flama_blas_use(false);
    for (size_t level = 0; flama_kernels_at(level); level++) {
        flama_kernels_set(flama_kernels_at(level));
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int how = 0; how < ALL; how += s < 14 ? 3 : 37) {
                check_f32(sizes[s], how);
                check_f64(sizes[s], how);
            }
    }
    flama_kernels_set(NULL);
}

static void products_by_openblas(void **unused)
{
    (void)unused;
    flama_blas_use(true);
    if (flama_blas__get() == NULL)
        fail_msg("libopenblas.so.0 is missing: scripts/setup check installs it");
    for (int how = 0; how < PACK_A; how++)
        for (size_t s = 15; s < sizeof sizes / sizeof *sizes; s++) {
            check_f32(sizes[s], how);
            check_f64(sizes[s], how);
        }
}

/* Images of 1 to 3 axes; windows with every kind of step, and beyond the edges. */
static const struct {
    flama_conv_f32 c;
    size_t after; /* padding */
} convolutions[] = {
    {{.batch = 2,
      .groups = 1,
      .channels = 3,
      .filters = 8,
      .in = {1, 9, 32},
      .kernel = {1, 3, 3},
      .before = {0, 1, 1}},
     1},
    {{.batch = 1,
      .groups = 1,
      .channels = 5,
      .filters = 70,
      .in = {1, 7, 7},
      .kernel = {1, 3, 2},
      .before = {0, 1, 0}},
     1},
    {{.batch = 3,
      .groups = 1,
      .channels = 4,
      .filters = 33,
      .in = {1, 1, 50},
      .kernel = {1, 1, 5},
      .stride = {1, 1, 2}},
     0},
    {{.batch = 2,
      .groups = 1,
      .channels = 17,
      .filters = 31,
      .in = {3, 4, 5},
      .kernel = {2, 2, 2},
      .dilation = {1, 2, 3}},
     0},
    {{.batch = 2,
      .groups = 1,
      .channels = 6,
      .filters = 5,
      .in = {4, 5, 6},
      .kernel = {1, 1, 1}},
     0},
    {{.batch = 2,
      .groups = 1,
      .channels = 6,
      .filters = 5,
      .in = {1, 5, 6},
      .kernel = {1, 1, 1},
      .stride = {1, 2, 2}},
     0},
    {{.batch = 3,
      .groups = 1,
      .channels = 9,
      .filters = 12,
      .in = {1, 3, 2},
      .kernel = {1, 3, 3},
      .before = {0, 1, 1}},
     1},
    {{.batch = 1,
      .groups = 4,
      .channels = 12,
      .filters = 20,
      .in = {1, 6, 8},
      .kernel = {1, 3, 3},
      .before = {0, 1, 1},
      .stride = {1, 2, 1}},
     1},
    {{.batch = 2,
      .groups = 3,
      .channels = 6,
      .filters = 3,
      .in = {1, 3, 3},
      .kernel = {1, 2, 2}},
     0},
    {{.batch = 1,
      .groups = 24,
      .channels = 24,
      .filters = 24,
      .in = {1, 8, 9},
      .kernel = {1, 3, 3},
      .before = {0, 1, 1}},
     1},
    {{.batch = 2,
      .groups = 7,
      .channels = 7,
      .filters = 7,
      .in = {2, 3, 3},
      .kernel = {2, 2, 2},
      .before = {1, 1, 1}},
     1},
    {{.batch = 1,
      .groups = 40,
      .channels = 40,
      .filters = 40,
      .in = {1, 1, 3},
      .kernel = {1, 1, 2}},
     0},
    {{.batch = 1,
      .groups = 5,
      .channels = 5,
      .filters = 15,
      .in = {1, 6, 6},
      .kernel = {1, 3, 3}},
     0},
    {{.batch = 1,
      .groups = 1,
      .channels = 2,
      .filters = 3,
      .in = {1, 2, 5},
      .kernel = {1, 2, 2},
      .dilation = {1, 3000, 3000},
      .before = {0, 3000, 3000}},
     0},
    {{.batch = 0,
      .groups = 1,
      .channels = 2,
      .filters = 3,
      .in = {1, 2, 5},
      .kernel = {1, 1, 1}},
     0},
};

static void check_conv(flama_conv_f32 c, size_t after, bool ends)
{
    size_t pixels = c.batch, places = 1, outputs = c.batch;
    for (size_t i = 0; i < 3; i++) {
        c.stride[i] = c.stride[i] ? c.stride[i] : 1;
        c.dilation[i] = c.dilation[i] ? c.dilation[i] : 1;
        size_t span = (c.kernel[i] - 1) * c.dilation[i] + 1;
        size_t more = c.before[i] ? after : 0;
        c.out[i] = (c.in[i] + c.before[i] + more - span) / c.stride[i] + 1;
        pixels *= c.in[i];
        places *= c.kernel[i];
        outputs *= c.out[i];
    }
    size_t count = outputs * c.filters, packed = flama_conv_packed_f32(&c);
    float *image = numbers_f32(pixels * c.channels), *scale = numbers_f32(c.filters);
    float *weights = numbers_f32(places * c.channels / c.groups * c.filters);
    float *bias = numbers_f32(c.filters), *want = numbers_f32(count),
          *got = numbers_f32(count);
    float *ready = malloc(packed * sizeof *ready + 1);
    c.image = image;
    c.scale = ends ? scale : NULL;
    c.bias = ends ? bias : NULL;
    c.clamp = ends;
    c.low = -0.5f;
    c.high = 2;
    c.weights = weights;
    c.to = want;
    flama_conv_plain_f32(&c);
    flama_conv_pack_f32(&c, weights, ready);
    c.weights = ready;
    c.to = got;
    void *scratch = malloc(flama_conv_scratch_f32(&c) + 1);
    flama_conv_f32_run(&c, scratch);
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(got[i] - want[i]) <= 2e-5f))
            fail_msg("%s, %zu filters of %zu x %zu x %zu: [%zu] is %g, not %g",
                     flama_kernels_get()->name, c.filters, c.kernel[0], c.kernel[1],
                     c.kernel[2], i, (double)got[i], (double)want[i]);
    void *all[] = {image, scale, weights, bias, want, got, ready, scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static void convolution(void **unused)
{
    (void)unused;
    for (size_t level = 0; flama_kernels_at(level); level++) {
        flama_kernels_set(flama_kernels_at(level));
        for (size_t i = 0; i < sizeof convolutions / sizeof *convolutions; i++) {
            check_conv(convolutions[i].c, convolutions[i].after, false);
            check_conv(convolutions[i].c, convolutions[i].after, true);
        }
    }
    flama_kernels_set(NULL);
}

/* NaN must not vanish in a clamp or a product with zero. */
static void nan_stays(void **unused)
{
    (void)unused;
    float a[2] = {NAN, 1}, b[4] = {0, 1, 2, 3}, c[4];
    flama_gemm_f32 g = {.m = 2,
                        .n = 2,
                        .k = 1,
                        .c = c,
                        .stride = 2,
                        .clamp = true,
                        .a = {.data = a, .row = 1, .column = 1},
                        .b = {.data = b, .row = 2, .column = 1},
                        .high = 2};
    void *scratch = malloc(flama_gemm_scratch_f32(&g));
    flama_gemm_f32_run(&g, scratch);
    assert_true(isnan(c[0]) && isnan(c[1]) && c[2] == 0 && c[3] == 1);
    free(scratch);
}

static double exact(flama_map_kind map, double x)
{
    switch (map) {
    case FLAMA_MAP_SIGMOID:
        return 1 / (1 + exp(-x));
    case FLAMA_MAP_GELU:
        return x * 0.5 * erfc(-x * sqrt(0.5));
    case FLAMA_MAP_SILU:
        return x / (1 + exp(-x));
    case FLAMA_MAP_ELU:
        return x > 0 ? x : expm1(x);
    default:
        return flama_map_one_f64(map, 0, 0, x);
    }
}

/* The fast functions: within 4 units in the last place of float, or of the largest
 * number met on the way. */
static void functions(void **unused)
{
    (void)unused;
    static const struct {
        flama_map_kind map;
        double floor;
    } fast[] = {{FLAMA_MAP_EXP, 1e-38},  {FLAMA_MAP_SIGMOID, 1e-31},
                {FLAMA_MAP_TANH, 0},     {FLAMA_MAP_ERF, 0},
                {FLAMA_MAP_GELU, 1},     {FLAMA_MAP_GELU_TANH, 1},
                {FLAMA_MAP_SILU, 1e-29}, {FLAMA_MAP_ELU, 0}};
    for (size_t level = 0; flama_kernels_at(level); level++) {
        flama_kernels_set(flama_kernels_at(level));
        for (size_t f = 0; f < sizeof fast / sizeof *fast; f++)
            for (double v = -120; v < 120; v += 0.00917) {
                float x = (float)(fabs(v) < 90 ? v * fabs(v) / 90 : v);
                float got = flama_map_one_f32(fast[f].map, 1, 1, x);
                double want = exact(fast[f].map, x);
                double scale = fabs(want) > fast[f].floor ? fabs(want) : fast[f].floor;
                if ((float)want != got && !(fabs(got - want) <= scale * 4 * 0x1p-24))
                    fail_msg("%s, map %d: f(%.9g) is %.9g, not %.9g",
                             flama_kernels_get()->name, fast[f].map, (double)x,
                             (double)got, want);
            }
    }
    flama_kernels_set(NULL);
}

/* tanh in double, within 4 units in the last place, and exact where it ends. */
static void tanh_in_double(void **unused)
{
    (void)unused;
    for (size_t level = 0; flama_kernels_at(level); level++) {
        const flama_kernels *kernels = flama_kernels_at(level);
        for (double v = 1e-300; v < 800; v *= 1.00137) {
            double pair[] = {v, -v}, want = tanh(v);
            kernels->tanh_f64(pair, 2);
            assert_true(pair[0] == -pair[1]);
            if (!(fabs(pair[0] - want) <= want * 4 * 0x1p-53))
                fail_msg("%s: tanh(%.17g) is %.17g, not %.17g", kernels->name, v,
                         pair[0], want);
        }
        double ends[] = {0.0, -0.0, INFINITY, -INFINITY, NAN};
        kernels->tanh_f64(ends, 5);
        assert_true(ends[0] == 0 && !signbit(ends[0]) && signbit(ends[1]));
        assert_true(ends[2] == 1 && ends[3] == -1 && isnan(ends[4]));
    }
}

/* exp_f64 from where it is 0 to where it is infinite, and what is made of it. */
static void exponential(void **unused)
{
    (void)unused;
    for (size_t level = 0; flama_kernels_at(level); level++) {
        const flama_kernels *kernels = flama_kernels_at(level);
        for (double v = -750; v < 711; v += 0.00731) {
            double got = v, want = exp(v), share = v, half = 1 / (1 + exp(-v));
            kernels->sigmoid_f64(&share, 1);
            assert_true(fabs(share - half) <= half * 6 * 0x1p-53 + 0x1p-1074);
            kernels->exp_f64(&got, 1);
            if (!(fabs(got - want) <= want * 4 * 0x1p-53 + 0x1p-1074) &&
                !(isinf(got) && isinf(want)))
                fail_msg("%s: exp(%.17g) is %.17g, not %.17g", kernels->name, v, got,
                         want);
        }
        double ends[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1e300, -1e300};
        kernels->exp_f64(ends, 7);
        assert_true(ends[0] == 1 && ends[1] == 1 && isinf(ends[2]) && ends[3] == 0);
        assert_true(isnan(ends[4]) && isinf(ends[5]) && ends[6] == 0);
    }
}

static void check_near(const flama_kernels *kernels, const char *name, double v,
                       double got, double want)
{
    if (!(fabs(got - want) <= fabs(want) * 4 * 0x1p-53))
        fail_msg("%s: %s(%.17g) is %.17g, not %.17g", kernels->name, name, v, got,
                 want);
}

static void check_waves(const flama_kernels *kernels, double v)
{
    double at[] = {v, -v}, shifted[] = {v, -v};
    kernels->cos_f64(at, 2);
    kernels->sin_f64(shifted, 2);
    assert_true(at[0] == at[1] && shifted[0] == -shifted[1]);
    check_near(kernels, "cos", v, at[0], cos(v));
    check_near(kernels, "sin", v, shifted[0], sin(v));
}

/* cos_f64 and sin_f64, also where they are almost 0, and beyond what they reduce
 * themselves; log_f64, also around 1. */
static void waves_and_logarithm(void **unused)
{
    (void)unused;
    for (size_t level = 0; flama_kernels_at(level); level++) {
        const flama_kernels *kernels = flama_kernels_at(level);
        for (double v = 1e-9; v < 0x1p22; v *= 1.00037)
            check_waves(kernels, v);
        for (double n = 1; n < 0x1p19; n = rint(n * 1.003 + 1))
            check_waves(kernels, n * M_PI_2);
        double far[] = {INFINITY, -INFINITY, NAN, 1};
        kernels->cos_f64(far, 4);
        assert_true(isnan(far[0]) && isnan(far[1]) && isnan(far[2]));
        assert_true(far[3] == cos(1));
        for (double v = 1e-310; v < 1e308; v *= 1.0117) {
            double near_one = 1 + (number() > 0 ? 1 : -1) * fmod(v, 0.5), pair[2];
            pair[0] = v;
            pair[1] = near_one;
            kernels->log_f64(pair, 1);
            kernels->log_f64(pair + 1, 1);
            check_near(kernels, "log", v, pair[0], log(v));
            check_near(kernels, "log", near_one, pair[1], log(near_one));
        }
        double ends[] = {0, -1, INFINITY, NAN};
        kernels->log_f64(ends, 4);
        assert_true(ends[0] == -INFINITY && isnan(ends[1]) && isinf(ends[2]));
        assert_true(isnan(ends[3]));
    }
}

/* J. Bernardo's algorithm AS 103 a step at a time. */
static double plain_digamma(double x)
{
    double sum = 0;
    if (x <= 1e-6)
        return -0.577215664901532860606512090082402431 - 1 / x;
    for (; x < 6; x += 1)
        sum -= 1 / x;
    double r = 1 / x, r2 = r * r;
    sum += log(x) - 0.5 * r;
    return sum - r2 * (1. / 12 - r2 * (1. / 120 - r2 * (1. / 252)));
}

static void digamma(void **unused)
{
    (void)unused;
    for (size_t level = 0; flama_kernels_at(level); level++)
        for (double v = 1e-9; v < 1e9; v *= 1.00217) {
            double got = v, want = plain_digamma(v);
            flama_kernels_at(level)->digamma_f64(&got, 1);
            if (!(fabs(got - want) <= fmax(fabs(want), 1) * 1e-14))
                fail_msg("%s: psi(%.17g) is %.17g, not %.17g",
                         flama_kernels_at(level)->name, v, got, want);
        }
}

/* A row times matrices of few columns that end where their memory ends. */
static void combinations(void **unused)
{
    (void)unused;
    for (size_t level = 0; flama_kernels_at(level); level++)
        for (size_t n = 1; n < 70; n++)
            for (size_t k = 0; k < 12; k++) {
                double a[12], c[70], *b = calloc(k * n + 1, sizeof *b);
                assert_non_null(b);
                for (size_t i = 0; i < k * n; i++)
                    b[i] = (double)(i * i % 17);
                for (size_t i = 0; i < k; i++)
                    a[i] = (double)i - 3;
                for (size_t j = 0; j < n; j++)
                    c[j] = (double)j;
                flama_kernels_at(level)->combine_f64(a, b, k, n, n, c);
                for (size_t j = 0; j < n; j++) {
                    double want = (double)j;
                    for (size_t i = 0; i < k; i++)
                        want += a[i] * b[i * n + j];
                    assert_true(c[j] == want);
                }
                free(b);
            }
}

/* exp(-p d) of one distance of 1, from where it is infinite to where it is 0. */
static void check_far_ends(const flama_kernels *kernels)
{
    double panel[FLAMA_NEAR_POINTS] = {0}, ends[FLAMA_NEAR_POINTS], one = 1;
    for (double p = -720; p < 760; p += 0.0713) {
        flama_near_end end = {.p = p};
        kernels->near_ends_f64(&one, panel, 1, 1, &end, ends);
        double want = p > 708 ? 0 : exp(-p);
        if (isinf(want) ? !isinf(ends[0]) : fabs(ends[0] - want) > want * 4 * 0x1p-53)
            fail_msg("%s: exp(%.17g) is %.17g, not %.17g", kernels->name, -p, ends[0],
                     want);
    }
}

/* Squared distances to a panel's points, their least, and what becomes of them. */
static void distances(void **unused)
{
    (void)unused;
    enum { N = 7, POINTS = FLAMA_NEAR_POINTS };
    double x[N], panels[2 * N * POINTS], squares[POINTS], ends[2 * POINTS];
    for (size_t j = 0; j < N; j++)
        x[j] = (double)j / 4;
    for (size_t i = 0; i < 2 * N * POINTS; i++)
        panels[i] = (double)(i * 7 % 31) / 16;
    for (size_t level = 0; flama_kernels_at(level); level++) {
        const flama_kernels *kernels = flama_kernels_at(level);
        double least = kernels->near_f64(x, panels + N * POINTS, N, squares);
        double smallest = INFINITY;
        flama_near_end gaussian = {.p = 0.3};
        flama_near_end matern = {.rooted = true, .p = 0.7, .a = 1, .b = 0.25};
        for (int rooted = 0; rooted < 2; rooted++) {
            kernels->near_ends_f64(x, panels, 2, N, rooted ? &matern : &gaussian, ends);
            for (size_t i = 0; i < POINTS; i++) {
                double d = 0, t;
                for (size_t j = 0; j < N; j++)
                    d += pow(x[j] - panels[(N + j) * POINTS + i], 2);
                assert_true(squares[i] == d); /* the numbers are short: exact */
                smallest = fmin(smallest, d);
                t = 0.7 * sqrt(d);
                double want = rooted ? (1 + t + 0.25 * t * t) * exp(-t) : exp(-0.3 * d);
                assert_true(fabs(ends[POINTS + i] - want) <= 1e-15 * want);
            }
        }
        assert_true(least == smallest);
        check_far_ends(kernels);
    }
}

/* Distances to all panels' points: the limit holds for k of them at least, and those
 * within it are told apart from the others. */
static void nearest(void **unused)
{
    (void)unused;
    enum { N = 3, PANELS = 4, POINTS = FLAMA_NEAR_POINTS, COUNT = PANELS * POINTS };
    double x[N] = {0.25, -0.5, 0.75}, panels[N * COUNT], all[COUNT], one[POINTS];
    for (size_t i = 0; i < N * COUNT; i++)
        panels[i] =
            i / POINTS >= N * (PANELS - 1) && i % POINTS > 29 ? INFINITY : number();
    for (size_t level = 0; flama_kernels_at(level); level++) {
        const flama_kernels *kernels = flama_kernels_at(level);
        for (size_t k = 1; k <= POINTS + 1; k++) {
            size_t places[COUNT], within = 0;
            double beyond, least_out = INFINITY;
            double limit = kernels->near_all_f64(x, panels, PANELS, N, k, all);
            size_t n = kernels->near_within_f64(all, COUNT, limit, places, &beyond);
            for (size_t i = 0; i < COUNT; i++) {
                if (i % POINTS == 0)
                    kernels->near_f64(x, panels + i * N, N, one);
                assert_true(all[i] == one[i % POINTS]);
                if (all[i] <= limit)
                    assert_true(within < n && places[within++] == i);
                else
                    least_out = fmin(least_out, all[i]);
            }
            assert_true(within == n && n >= k && beyond == least_out);
            assert_true(isinf(limit) == (k > POINTS));
        }
    }
}

/* Each function at NaN and at the infinities: as the double version, which is the C
 * library's. */
static void edges(void **unused)
{
    (void)unused;
    static const float at[] = {NAN,   INFINITY, -INFINITY, 0,
                               -0.0f, 1e-30f,   3e38f,     -3e38f};
    for (int map = 0; map < FLAMA_MAP_COUNT; map++)
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
            float got = flama_map_one_f32((flama_map_kind)map, 1, 1, at[i]);
            float want = (float)flama_map_one_f64((flama_map_kind)map, 1, 1, at[i]);
            bool trigonometric =
                map == FLAMA_MAP_TAN || map == FLAMA_MAP_SIN || map == FLAMA_MAP_COS;
            if (isnan(want) ? !isnan(got)
                            : got != want && fabsf(got - want) > fabsf(want) * 1e-6f &&
                                  !(trigonometric && fabsf(at[i]) > 1e30f) &&
                                  fabsf(at[i]) < 1e38f)
                fail_msg("map %d: f(%g) is %g, not %g", map, (double)at[i], (double)got,
                         (double)want);
        }
}

static void softmax(void **unused)
{
    (void)unused;
    float x[12], y[12];
    for (size_t inner = 1; inner <= 2; inner++)
        for (int log = 0; log < 2; log++) {
            for (size_t i = 0; i < 12; i++)
                x[i] = y[i] = (float)number() * 10;
            size_t axis = 6 / inner;
            flama_softmax_f32(y, 2, axis, inner, log);
            for (size_t o = 0; o < 2 * inner; o++) {
                const float *in = x + o / inner * axis * inner + o % inner;
                double sum = 0;
                for (size_t i = 0; i < axis; i++)
                    sum += exp((double)in[i * inner]);
                for (size_t i = 0; i < axis; i++) {
                    double want = exp((double)in[i * inner]) / sum;
                    double got = (double)y[(size_t)(in - x) + i * inner];
                    assert_true(fabs((log ? exp(got) : got) - want) < 1e-6);
                }
            }
        }
    float masked[2] = {-INFINITY, -INFINITY}, empty[1] = {7};
    flama_softmax_f32(masked, 1, 2, 1, false);
    assert_true(isnan(masked[0]) && isnan(masked[1]));
    flama_softmax_f32(empty, 1, 0, 1, false);
    assert_true(empty[0] == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(products),
                                       cmocka_unit_test(products_by_openblas),
                                       cmocka_unit_test(convolution),
                                       cmocka_unit_test(nan_stays),
                                       cmocka_unit_test(functions),
                                       cmocka_unit_test(tanh_in_double),
                                       cmocka_unit_test(edges),
                                       cmocka_unit_test(softmax),
                                       cmocka_unit_test(exponential),
                                       cmocka_unit_test(combinations),
                                       cmocka_unit_test(distances),
                                       cmocka_unit_test(nearest),
                                       cmocka_unit_test(waves_and_logarithm),
                                       cmocka_unit_test(digamma)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
