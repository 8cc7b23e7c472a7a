/* Patterns of strings: PCRE2 without JIT, in UTF mode, with a bound on the work of one
 * match. All memory is the arena's, so nothing needs freeing. */
#ifndef FLAMA_SCHEMA_PATTERN_H
#define FLAMA_SCHEMA_PATTERN_H

#include <flama/arena.h>
#include <flama/error.h>

/* The pattern ready to match, in the arena: 0, FLAMA_ESETUP (the error says what is
 * wrong and at which character) or FLAMA_EMEMORY. */
int flama_pattern_compile(flama_arena *arena, const char *pattern, const void **out,
                          flama_error *err);

/* 1 when the text matches somewhere, 0 when it does not, FLAMA_ELIMIT when that takes
 * too much work to find out, FLAMA_EMEMORY. Takes its scratch memory from the arena.
 * Any thread. */
int flama_pattern_match(const void *matcher, flama_string text, flama_arena *arena);

#endif
