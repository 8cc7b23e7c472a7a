/* The decoder's inside: one cursor over one text, shared by the files that read values,
 * strings and tensors. Lives on the stack of flama_json_decode. */
#ifndef FLAMA_JSON_DECODER_H
#define FLAMA_JSON_DECODER_H

#include <flama/json.h>

enum { FLAMA_DECODER_SCRATCH = 64 }; /* cells */

typedef struct flama_decoder {
    flama_arena *arena;
    const char *text;
    const char *end;
    const char *p; /* the next byte to read */
    size_t depth;  /* how many arrays and objects are open */
    size_t depth_limit;
    flama_error *err;

    /* Room for the numbers of a tensor while they are few; what a failed try took from
     * the arena waits in `spare` for the next. */
    void *scratch;
    void *spare;
    size_t spare_capacity;

    /* Arrays known not to be tensors: the next `plain` opening brackets, and those that
     * open at banned[banned_at..banned_count), in the order of the text. */
    size_t plain;
    unsigned banned_at;
    unsigned banned_count;
    const char *banned[FLAMA_MAX_RANK];
} flama_decoder;

static inline bool flama_decoder__is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline const char *flama_decoder__skip(const char *p, const char *end)
{
    while (p < end && flama_decoder__is_space(*p))
        p++;
    return p;
}

/* Sets FLAMA_EJSON with that phrase and the place `at`, and returns it. */
int flama_decoder__fail(flama_decoder *decoder, const char *at, const char *phrase);

/* Reads the string whose opening quote is at p, into the text where it has no escapes,
 * else into the arena. 0, FLAMA_EJSON or FLAMA_EMEMORY. */
int flama_decoder__string(flama_decoder *decoder, flama_string *out);

/* Tries the array whose bracket is at p as a tensor. 1: *out is it (or, of nulls only,
 * an array) and p behind it. 0: it is none, p has not moved, and the decoder remembers
 * what is known not to be one. Or FLAMA_EMEMORY. Never reports what is malformed:
 * reading the same bytes one by one does. */
int flama_decoder__tensor(flama_decoder *decoder, flama_value *out);

#endif
