/* The regular expressions by which text vectorizers find words: those of Python's re
 * that mean the same here, translated for PCRE2. Classes such as \w are spelled out, so
 * that they hold what they hold in Python. Read once, then any thread. */
#ifndef FLAMA_SKLEARN_TOKEN_PATTERN_H
#define FLAMA_SKLEARN_TOKEN_PATTERN_H

#include "engine/sklearn/loader.h"

typedef struct flama_sk_token_pattern flama_sk_token_pattern;

/* Reads the attribute; what is not understood refuses the model. NULL on failure. */
const flama_sk_token_pattern *flama_sk_token_pattern_read(flama_sk_loader *in,
                                                          const flama_pickle *object,
                                                          const char *name);

/* Calls `each` with what re.findall would list. 0, FLAMA_EMEMORY, FLAMA_ELIMIT when a
 * match takes too much work, or what `each` gave. */
int flama_sk_token_pattern_find(const flama_sk_token_pattern *pattern, flama_call *call,
                                flama_string text,
                                int (*each)(void *ctx, flama_string token), void *ctx);

#endif
