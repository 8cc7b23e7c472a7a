/* Functions of single numbers over arrays, and softmax: what networks apply between
 * their products. float results are within 2 units in the last place of the function
 * itself. Any thread. */
#ifndef FLAMA_KERNELS_MAP_H
#define FLAMA_KERNELS_MAP_H

#include <stdbool.h>
#include <stddef.h>

/* name, default p, default q, what it is. Where p and q have no use they are 0. */
#define FLAMA_MAPS(X)                                                   \
    X(ABS, 0, 0, "|x|")                                                 \
    X(ACOS, 0, 0, "arccosine")                                          \
    X(ACOSH, 0, 0, "inverse hyperbolic cosine")                         \
    X(ASIN, 0, 0, "arcsine")                                            \
    X(ASINH, 0, 0, "inverse hyperbolic sine")                           \
    X(ATAN, 0, 0, "arctangent")                                         \
    X(ATANH, 0, 0, "inverse hyperbolic tangent")                        \
    X(CEIL, 0, 0, "rounded up")                                         \
    X(CLAMP, 0, 0, "x held between p and q")                            \
    X(COS, 0, 0, "cosine")                                              \
    X(COSH, 0, 0, "hyperbolic cosine")                                  \
    X(ELU, 1, 1, "q x above 0, p (exp(x) - 1) below")                   \
    X(ERF, 0, 0, "error function")                                      \
    X(ERFC, 0, 0, "1 - erf(x)")                                         \
    X(EXP, 0, 0, "exponential")                                         \
    X(EXP2, 0, 0, "2^x")                                                \
    X(EXPM1, 0, 0, "exp(x) - 1")                                        \
    X(FLOOR, 0, 0, "rounded down")                                      \
    X(GELU, 0, 0, "x P(X <= x), exact")                                 \
    X(GELU_TANH, 0, 0, "the same by its tanh approximation")            \
    X(HARD_SHRINK, 0.5, 0, "x where |x| > p, else 0")                   \
    X(HARD_SIGMOID, 0, 0, "clamp(x / 6 + 1/2, 0, 1)")                   \
    X(HARD_SWISH, 0, 0, "x clamp(x + 3, 0, 6) / 6")                     \
    X(LEAKY_RELU, 0.01, 0, "x above 0, p x below")                      \
    X(LINEAR, 1, 0, "p x + q")                                          \
    X(LOG, 0, 0, "natural logarithm")                                   \
    X(LOG10, 0, 0, "decimal logarithm")                                 \
    X(LOG1P, 0, 0, "log(1 + x)")                                        \
    X(LOG2, 0, 0, "binary logarithm")                                   \
    X(LOG_SIGMOID, 0, 0, "log(sigmoid(x))")                             \
    X(MISH, 0, 0, "x tanh(log(1 + exp(x)))")                            \
    X(NEGATE, 0, 0, "-x")                                               \
    X(POWER, 1, 0, "x^p")                                               \
    X(RECIPROCAL, 0, 0, "1 / x")                                        \
    X(RELU, 0, 0, "max(x, 0)")                                          \
    X(ROUND, 0, 0, "to the nearest, halves to the even")                \
    X(RSQRT, 0, 0, "1 / sqrt(x)")                                       \
    X(SIGMOID, 0, 0, "1 / (1 + exp(-x))")                               \
    X(SIGN, 0, 0, "-1, 0 or 1")                                         \
    X(SILU, 0, 0, "x sigmoid(x)")                                       \
    X(SIN, 0, 0, "sine")                                                \
    X(SINH, 0, 0, "hyperbolic sine")                                    \
    X(SOFTPLUS, 1, 20, "log(1 + exp(p x)) / p, x itself where p x > q") \
    X(SOFTSIGN, 0, 0, "x / (1 + |x|)")                                  \
    X(SOFT_SHRINK, 0.5, 0, "x drawn to 0 by p")                         \
    X(SQRT, 0, 0, "square root")                                        \
    X(SQUARE, 0, 0, "x^2")                                              \
    X(TAN, 0, 0, "tangent")                                             \
    X(TANH, 0, 0, "hyperbolic tangent")                                 \
    X(TANH_SHRINK, 0, 0, "x - tanh(x)")                                 \
    X(THRESHOLD, 0, 0, "x above p, else q")                             \
    X(TRUNC, 0, 0, "without its fraction")

#define FLAMA_MAP_ENUM_(name, p, q, text) FLAMA_MAP_##name,
typedef enum flama_map_kind {
    FLAMA_MAPS(FLAMA_MAP_ENUM_) FLAMA_MAP_COUNT
} flama_map_kind;

/* y[i] = f(x[i]) for i < n; x == y is fine, other overlap not. */
void flama_map_run_f32(flama_map_kind map, float p, float q, const float *x, float *y,
                       size_t n);
void flama_map_run_f64(flama_map_kind map, double p, double q, const double *x,
                       double *y, size_t n);

/* f(x). */
float flama_map_one_f32(flama_map_kind map, float p, float q, float x);
double flama_map_one_f64(flama_map_kind map, double p, double q, double x);

/* exp(x - max) / sum, or with `logarithm` x - max - log(sum), along an axis of length
 * `axis`: data is (outer, axis, inner), row-major, replaced in place. */
void flama_softmax_f32(float *data, size_t outer, size_t axis, size_t inner,
                       bool logarithm);
void flama_softmax_f64(double *data, size_t outer, size_t axis, size_t inner,
                       bool logarithm);

#endif
