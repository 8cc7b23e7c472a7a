/* What scikit-learn's text vectorizers make of a text: terms, which are words, or runs
 * of characters, or several of them in a row. Read once, then any thread. */
#ifndef FLAMA_SKLEARN_ANALYZER_H
#define FLAMA_SKLEARN_ANALYZER_H

#include "base/map.h"
#include "engine/sklearn/loader.h"

typedef struct flama_sk_analyzer flama_sk_analyzer;

/* Called for each term, which is valid during the call. 0, or what ends it all. */
typedef int flama_sk_term(void *ctx, flama_string term);

/* Reads the vectorizer's options. Functions of the user's own refuse the model, and so
 * do patterns that token_pattern.h does not understand. NULL on failure. */
const flama_sk_analyzer *flama_sk_analyzer_read(flama_sk_loader *in,
                                                const flama_pickle *vectorizer);

/* 0, FLAMA_EMEMORY, or what `each` gave. */
int flama_sk_analyze(const flama_sk_analyzer *analyzer, flama_call *call,
                     flama_string text, flama_sk_term *each, void *ctx);

/* The stop words of the English language, NULL after the last. */
extern const char *const flama_sk__english[];

#endif
