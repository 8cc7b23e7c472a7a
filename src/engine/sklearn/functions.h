/* numpy's functions that FunctionTransformer may carry: X(name, C function). What works
 * otherwise on integers than on numbers (reciprocal) is not among them. */
#ifndef FLAMA_SKLEARN_FUNCTIONS_H
#define FLAMA_SKLEARN_FUNCTIONS_H

#define FLAMA_SK_FUNCTIONS(X) \
    X(absolute, fabs)         \
    X(fabs, fabs)             \
    X(log, log)               \
    X(log1p, log1p)           \
    X(log2, log2)             \
    X(log10, log10)           \
    X(exp, exp)               \
    X(expm1, expm1)           \
    X(exp2, exp2)             \
    X(sqrt, sqrt)             \
    X(cbrt, cbrt)             \
    X(square, square)         \
    X(negative, negative)     \
    X(sign, sign)             \
    X(sin, sin)               \
    X(cos, cos)               \
    X(tan, tan)               \
    X(arcsin, asin)           \
    X(arccos, acos)           \
    X(arctan, atan)           \
    X(sinh, sinh)             \
    X(cosh, cosh)             \
    X(tanh, tanh)             \
    X(arcsinh, asinh)         \
    X(arccosh, acosh)         \
    X(arctanh, atanh)         \
    X(floor, floor)           \
    X(ceil, ceil)             \
    X(trunc, trunc)           \
    X(rint, rint)             \
    X(radians, to_radians)    \
    X(deg2rad, to_radians)    \
    X(degrees, to_degrees)    \
    X(rad2deg, to_degrees)

/* The same of functions that take numbers more: X(name, C function). */
#define FLAMA_SK_FUNCTIONS_OF_MORE(X) \
    X(clip, clip)                     \
    X(round, round_to)                \
    X(round_, round_to)               \
    X(around, round_to)               \
    X(nan_to_num, replace)

/* The same of scipy.special. */
#define FLAMA_SK_SPECIAL_FUNCTIONS(X) \
    X(expit, flama_sk_expit)          \
    X(logit, logit)

#endif
