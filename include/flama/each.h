/* FLAMA_EACH: one macro applied to each of up to 16 arguments. What the declaring
 * macros (FLAMA_SCHEMA and its kin) are made of; there is nothing to call here. */
#ifndef FLAMA_EACH_H
#define FLAMA_EACH_H

#define FLAMA_CAT(a, b) FLAMA_CAT_(a, b)
#define FLAMA_CAT_(a, b) a##b
#define FLAMA_UNWRAP_(...) __VA_ARGS__

/* The number of arguments, 1 to 16. */
#define FLAMA_COUNT(...) \
    FLAMA_COUNT_(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define FLAMA_COUNT_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, \
                     _16, n, ...)                                                      \
    n

/* F(c, x) for each further argument x. */
#define FLAMA_EACH(F, c, ...) \
    FLAMA_CAT(FLAMA_EACH_, FLAMA_COUNT(__VA_ARGS__))(F, c, __VA_ARGS__)
#define FLAMA_EACH_1(F, c, x) F(c, x)
#define FLAMA_EACH_2(F, c, x, ...) F(c, x) FLAMA_EACH_1(F, c, __VA_ARGS__)
#define FLAMA_EACH_3(F, c, x, ...) F(c, x) FLAMA_EACH_2(F, c, __VA_ARGS__)
#define FLAMA_EACH_4(F, c, x, ...) F(c, x) FLAMA_EACH_3(F, c, __VA_ARGS__)
#define FLAMA_EACH_5(F, c, x, ...) F(c, x) FLAMA_EACH_4(F, c, __VA_ARGS__)
#define FLAMA_EACH_6(F, c, x, ...) F(c, x) FLAMA_EACH_5(F, c, __VA_ARGS__)
#define FLAMA_EACH_7(F, c, x, ...) F(c, x) FLAMA_EACH_6(F, c, __VA_ARGS__)
#define FLAMA_EACH_8(F, c, x, ...) F(c, x) FLAMA_EACH_7(F, c, __VA_ARGS__)
#define FLAMA_EACH_9(F, c, x, ...) F(c, x) FLAMA_EACH_8(F, c, __VA_ARGS__)
#define FLAMA_EACH_10(F, c, x, ...) F(c, x) FLAMA_EACH_9(F, c, __VA_ARGS__)
#define FLAMA_EACH_11(F, c, x, ...) F(c, x) FLAMA_EACH_10(F, c, __VA_ARGS__)
#define FLAMA_EACH_12(F, c, x, ...) F(c, x) FLAMA_EACH_11(F, c, __VA_ARGS__)
#define FLAMA_EACH_13(F, c, x, ...) F(c, x) FLAMA_EACH_12(F, c, __VA_ARGS__)
#define FLAMA_EACH_14(F, c, x, ...) F(c, x) FLAMA_EACH_13(F, c, __VA_ARGS__)
#define FLAMA_EACH_15(F, c, x, ...) F(c, x) FLAMA_EACH_14(F, c, __VA_ARGS__)
#define FLAMA_EACH_16(F, c, x, ...) F(c, x) FLAMA_EACH_15(F, c, __VA_ARGS__)

#endif
