/* Functions of single numbers, for one type: map.c includes this for float and for
 * double, with T, TYPED(name) and M(name), the C library's function, defined. No guard.
 */

static T TYPED(sigmoid)(T x)
{
    return 1 / (1 + M(exp)(-x));
}

static T TYPED(clamp)(T x, T low, T high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

static T TYPED(softplus)(T x, T p, T q)
{
    return x * p > q ? x : M(log1p)(M(exp)(x * p)) / p;
}

/* log(1 / (1 + exp(-x))), without overflow on either side. */
static T TYPED(log_sigmoid)(T x)
{
    return (x < 0 ? x : 0) - M(log1p)(M(exp)(-M(fabs)(x)));
}

static T TYPED(mish)(T x)
{
    return x * M(tanh)(x > 20 ? x : M(log1p)(M(exp)(x)));
}

static T TYPED(power)(T x, T p)
{
    return p == 2         ? x * x
           : p == 3       ? x * x * x
           : p == (T)0.5  ? M(sqrt)(x)
           : p == (T)-0.5 ? 1 / M(sqrt)(x)
           : p == -1      ? 1 / x
           : p == -2      ? 1 / (x * x)
                          : M(pow)(x, p);
}

/* One loop a function: the branch stays outside. */
#define CASE(name, expression)           \
    case FLAMA_MAP_##name:               \
        for (size_t i = 0; i < n; i++) { \
            T v = x[i];                  \
            y[i] = (T)(expression);      \
        }                                \
        break;

static void TYPED(run_curves)(flama_map_kind map, const T *x, T *y, size_t n)
{
    switch (map) {
        CASE(ACOS, M(acos)(v))
        CASE(ACOSH, M(acosh)(v))
        CASE(ASIN, M(asin)(v))
        CASE(ASINH, M(asinh)(v))
        CASE(ATAN, M(atan)(v))
        CASE(ATANH, M(atanh)(v))
        CASE(COS, M(cos)(v))
        CASE(COSH, M(cosh)(v))
        CASE(ERF, M(erf)(v))
        CASE(ERFC, M(erfc)(v))
        CASE(EXP, M(exp)(v))
        CASE(EXP2, M(exp2)(v))
        CASE(EXPM1, M(expm1)(v))
        CASE(LOG, M(log)(v))
        CASE(LOG10, M(log10)(v))
        CASE(LOG1P, M(log1p)(v))
        CASE(LOG2, M(log2)(v))
        CASE(SIGMOID, TYPED(sigmoid)(v))
        CASE(SIN, M(sin)(v))
        CASE(SINH, M(sinh)(v))
        CASE(TAN, M(tan)(v))
        CASE(TANH, M(tanh)(v))
    default:
        break;
    }
}

static void TYPED(run_activations)(flama_map_kind map, T p, T q, const T *x, T *y,
                                   size_t n)
{
    switch (map) {
        CASE(ELU, v > 0 ? q * v : p * M(expm1)(v))
        CASE(GELU, (T)0.5 * v * (1 + M(erf)(v * (T)0.70710678118654752440)))
        CASE(GELU_TANH, (T)0.5 * v *
                            (1 + M(tanh)((T)0.79788456080286535588 *
                                         (v + (T)0.044715 * v * v * v))))
        CASE(HARD_SHRINK, v >= -p && v <= p ? 0 : v)
        CASE(HARD_SIGMOID, TYPED(clamp)(v + 3, 0, 6) / 6)
        CASE(HARD_SWISH, v * TYPED(clamp)(v + 3, 0, 6) / 6)
        CASE(LEAKY_RELU, v > 0 ? v : p * v)
        CASE(LOG_SIGMOID, TYPED(log_sigmoid)(v))
        CASE(MISH, TYPED(mish)(v))
        CASE(RELU, v < 0 ? 0 : v)
        CASE(SILU, v * TYPED(sigmoid)(v))
        CASE(SOFTPLUS, TYPED(softplus)(v, p, q))
        CASE(SOFTSIGN, v / (1 + M(fabs)(v)))
        CASE(SOFT_SHRINK, v > p ? v - p : v < -p ? v + p : v * 0)
        CASE(TANH_SHRINK, v - M(tanh)(v))
        CASE(THRESHOLD, v <= p ? q : v)
    default:
        TYPED(run_curves)(map, x, y, n);
    }
}

static void TYPED(run)(flama_map_kind map, T p, T q, const T *x, T *y, size_t n)
{
    switch (map) {
        CASE(ABS, M(fabs)(v))
        CASE(CEIL, M(ceil)(v))
        CASE(CLAMP, TYPED(clamp)(v, p, q))
        CASE(FLOOR, M(floor)(v))
        CASE(LINEAR, p * v + q)
        CASE(NEGATE, -v)
        CASE(POWER, TYPED(power)(v, p))
        CASE(RECIPROCAL, 1 / v)
        CASE(ROUND, M(rint)(v))
        CASE(RSQRT, 1 / M(sqrt)(v))
        CASE(SIGN, v > 0 ? 1 : v < 0 ? -1 : v * 0)
        CASE(SQRT, M(sqrt)(v))
        CASE(SQUARE, v * v)
        CASE(TRUNC, M(trunc)(v))
    default:
        TYPED(run_activations)(map, p, q, x, y, n);
    }
}

#undef CASE

/* Any inner: walked along the axis for each of them. */
static void TYPED(softmax)(T *data, size_t outer, size_t axis, size_t inner,
                           bool logarithm)
{
    for (size_t o = 0; o < outer * inner; o++) {
        T *at = data + o / inner * axis * inner + o % inner, max = at[0], sum = 0;
        for (size_t i = 1; i < axis; i++) {
            T v = at[i * inner];
            max = v > max || isnan(v) ? v : max;
        }
        for (size_t i = 0; i < axis; i++) {
            T shifted = at[i * inner] - max, e = M(exp)(shifted);
            sum += e;
            at[i * inner] = logarithm ? shifted : e;
        }
        T end = logarithm ? M(log)(sum) : 1 / sum;
        for (size_t i = 0; i < axis; i++)
            at[i * inner] = logarithm ? at[i * inner] - end : at[i * inner] * end;
    }
}
