#define PCRE2_CODE_UNIT_WIDTH 8

#include "schema/pattern.h"

#include <pcre2.h>
#include <string.h>

#include "base/error.h"

#define MATCH_LIMIT 200000 /* PCRE2's steps of backtracking */
#define HEAP_LIMIT 4096    /* KiB that one match may take */

static void *take(size_t size, void *arena)
{
    return flama_arena_alloc(arena, size);
}

static void release(void *memory, void *arena)
{
    (void)memory;
    (void)arena;
}

int flama_pattern_compile(flama_arena *arena, const char *pattern, const void **out,
                          flama_error *err)
{
    pcre2_general_context *general = pcre2_general_context_create(take, release, arena);
    pcre2_compile_context *context =
        general ? pcre2_compile_context_create(general) : NULL;
    if (context == NULL)
        return flama_error__memory(err);
    int code;
    PCRE2_SIZE offset;
    const pcre2_code *compiled = pcre2_compile(
        (PCRE2_SPTR)pattern, strlen(pattern),
        PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &code, &offset, context);
    if (compiled) {
        *out = compiled;
        return 0;
    }
    if (code == PCRE2_ERROR_NOMEMORY)
        return flama_error__memory(err);
    PCRE2_UCHAR text[160];
    pcre2_get_error_message(code, text, sizeof text);
    return flama_error_set(err, FLAMA_ESETUP, "%s at character %zu", (char *)text,
                           (size_t)offset + 1);
}

int flama_pattern_match(const void *matcher, flama_string text, flama_arena *arena)
{
    pcre2_general_context *general = pcre2_general_context_create(take, release, arena);
    pcre2_match_context *context = general ? pcre2_match_context_create(general) : NULL;
    pcre2_match_data *data = general ? pcre2_match_data_create(1, general) : NULL;
    if (context == NULL || data == NULL)
        return FLAMA_EMEMORY;
    pcre2_set_match_limit(context, MATCH_LIMIT);
    pcre2_set_heap_limit(context, HEAP_LIMIT);
    int found = pcre2_match(matcher, (PCRE2_SPTR)(text.size ? text.data : ""),
                            text.size, 0, 0, data, context);
    switch (found) {
    case PCRE2_ERROR_NOMEMORY:
        return FLAMA_EMEMORY;
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
        return FLAMA_ELIMIT;
    default:
        return found >= 0;
    }
}
