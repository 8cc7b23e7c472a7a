#define PCRE2_CODE_UNIT_WIDTH 8

#include "engine/sklearn/token_pattern.h"

#include <ctype.h>
#include <pcre2.h>
#include <string.h>

#include "base/error.h"

#define MATCH_LIMIT 200000 /* PCRE2's steps of backtracking */
#define HEAP_LIMIT 4096    /* KiB that one match may take */

struct flama_sk_token_pattern {
    const pcre2_code *code;
    size_t groups; /* 0 or 1: what is found is the group then */
};

/* Translating. */

#define WORD_SET "\\p{L}\\p{N}_"
#define SPACE_SET                                                            \
    "\\x{9}-\\x{d}\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}" \
    "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

/* A letter after a backslash, outside a class and within one; NULL: not understood. */
typedef struct escape {
    char letter;
    const char *outside, *inside;
} escape;

static const escape escapes[] = {
    {'w', "[" WORD_SET "]", WORD_SET},
    {'W', "[^" WORD_SET "]",
     "\\p{M}\\p{S}\\p{Z}\\p{C}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}"
     "\\x{203f}\\x{2040}\\x{2054}\\x{fe33}\\x{fe34}\\x{fe4d}-\\x{fe4f}\\x{ff3f}"},
    {'d', "\\p{Nd}", "\\p{Nd}"},
    {'D', "\\P{Nd}", "\\P{Nd}"},
    {'s', "[" SPACE_SET "]", SPACE_SET},
    {'S', "[^" SPACE_SET "]",
     "\\x{0}-\\x{8}\\x{e}-\\x{1b}\\x{21}-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}"
     "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}"
     "\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}"},
    {'b',
     "(?:(?<=[" WORD_SET "])(?![" WORD_SET "])|(?<![" WORD_SET "])(?=[" WORD_SET "]))",
     "\\x{8}"},
    {'B',
     "(?:(?<=[" WORD_SET "])(?=[" WORD_SET "])|(?<![" WORD_SET "])(?![" WORD_SET "]))",
     NULL},
    {'n', "\\x{a}", "\\x{a}"},
    {'r', "\\x{d}", "\\x{d}"},
    {'t', "\\x{9}", "\\x{9}"},
    {'f', "\\x{c}", "\\x{c}"},
    {'v', "\\x{b}", "\\x{b}"},
};

/* The longest an input byte becomes. */
enum { LONGEST_STEP = 256, LONGEST_PATTERN = 4096 };

typedef struct translation {
    const char *from, *end;
    char *out;
    bool in_class;
    size_t groups;
} translation;

static void put(translation *t, const char *text)
{
    size_t size = strlen(text);
    memcpy(t->out, text, size);
    t->out += size;
}

static void copy(translation *t, size_t size)
{
    memcpy(t->out, t->from, size);
    t->out += size;
    t->from += size;
}

static bool translate_escape(translation *t)
{
    if (t->end - t->from < 2)
        return false;
    char letter = t->from[1];
    if (!isalnum((unsigned char)letter)) {
        copy(t, 2);
        return (unsigned char)letter < 0x80;
    }
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i].letter == letter) {
            const char *text = t->in_class ? escapes[i].inside : escapes[i].outside;
            if (text)
                put(t, text);
            t->from += 2;
            return text != NULL;
        }
    return false;
}

static bool starts(const translation *t, const char *text)
{
    size_t size = strlen(text);
    return (size_t)(t->end - t->from) >= size && memcmp(t->from, text, size) == 0;
}

/* Groups that both know: plain ones, and looking ahead and behind. */
static bool translate_group(translation *t)
{
    static const char *const known[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (starts(t, known[i])) {
            copy(t, strlen(known[i]));
            return true;
        }
    if (starts(t, "(?") || starts(t, "(*"))
        return false;
    t->groups++;
    copy(t, 1);
    return true;
}

/* "{2}", "{2,}", "{2,3}" are counts; another brace is one. */
static bool translate_brace(translation *t)
{
    const char *p = t->from + 1;
    while (p < t->end && isdigit((unsigned char)*p))
        p++;
    bool digits = p > t->from + 1;
    if (!digits && p < t->end && *p == ',')
        return false;
    if (digits && p < t->end && *p == ',')
        do
            p++;
        while (p < t->end && isdigit((unsigned char)*p));
    if (digits && p < t->end && *p == '}')
        copy(t, (size_t)(p - t->from) + 1);
    else {
        put(t, "\\");
        copy(t, 1);
    }
    return true;
}

static void open_class(translation *t)
{
    t->in_class = true;
    copy(t, 1);
    if (t->from < t->end && *t->from == '^')
        copy(t, 1);
    if (t->from < t->end && *t->from == ']') {
        put(t, "\\");
        copy(t, 1);
    }
}

static bool translate_step(translation *t)
{
    if (*t->from == '\\')
        return translate_escape(t);
    if (t->in_class) {
        if (*t->from == '[')
            put(t, "\\");
        t->in_class = *t->from != ']';
        copy(t, 1);
        return true;
    }
    if (*t->from == '(')
        return translate_group(t);
    if (*t->from == '{')
        return translate_brace(t);
    if (*t->from == '[')
        open_class(t);
    else
        copy(t, 1);
    return true;
}

/* Compiling and finding; all memory is an arena's. */

static void *take(size_t size, void *arena)
{
    return flama_arena_alloc(arena, size);
}

static void release(void *memory, void *arena)
{
    (void)memory;
    (void)arena;
}

static const pcre2_code *compile(flama_sk_loader *in, const char *text, size_t size)
{
    int code;
    PCRE2_SIZE offset;
    pcre2_general_context *general =
        pcre2_general_context_create(take, release, in->arena);
    pcre2_compile_context *context =
        general ? pcre2_compile_context_create(general) : NULL;
    if (context == NULL) {
        in->failed = flama_error__memory(in->err);
        return NULL;
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    const pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)text, size, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C,
                      &code, &offset, context);
    if (compiled == NULL)
        flama_sk_refuse(in, "with a token_pattern that is not understood is not run");
    return compiled;
}

const flama_sk_token_pattern *flama_sk_token_pattern_read(flama_sk_loader *in,
                                                          const flama_pickle *object,
                                                          const char *name)
{
    const flama_pickle *node = flama_sk_get(in, object, name);
    flama_sk_token_pattern *pattern = flama_sk_new(in, 1, sizeof *pattern);
    if (node == NULL || pattern == NULL)
        return NULL;
    if (node->kind != FLAMA_PICKLE_STRING || node->text.size > LONGEST_PATTERN) {
        flama_sk_refuse(in, "with a %s that is no short string is not run", name);
        return NULL;
    }
    char *text = flama_arena_alloc(in->scratch, node->text.size * LONGEST_STEP + 1);
    if (text == NULL) {
        in->failed = flama_error__memory(in->err);
        return NULL;
    }
    translation t = {
        .from = node->text.data, .end = node->text.data + node->text.size, .out = text};
    if (starts(&t, "(?u)"))
        t.from += 4;
    bool ok = true;
    while (ok && t.from < t.end)
        ok = translate_step(&t);
    if (!ok || t.groups > 1) {
        flama_sk_refuse(in, "with the %s \"%.*s\" is not run", name,
                        node->text.size > 60 ? 60 : (int)node->text.size,
                        node->text.data);
        return NULL;
    }
    pattern->groups = t.groups;
    pattern->code = compile(in, text, (size_t)(t.out - text));
    return in->failed ? NULL : pattern;
}

static int fail_match(flama_call *call, int found)
{
    if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_HEAPLIMIT)
        return flama_fail(call, FLAMA_ELIMIT,
                          "a text takes the token_pattern too much work");
    return flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
}

int flama_sk_token_pattern_find(const flama_sk_token_pattern *pattern, flama_call *call,
                                flama_string text,
                                int (*each)(void *ctx, flama_string token), void *ctx)
{
    flama_arena *arena = flama_call_arena(call);
    pcre2_general_context *general = pcre2_general_context_create(take, release, arena);
    pcre2_match_context *context = general ? pcre2_match_context_create(general) : NULL;
    pcre2_match_data *data = general ? pcre2_match_data_create(2, general) : NULL;
    if (context == NULL || data == NULL)
        return fail_match(call, PCRE2_ERROR_NOMEMORY);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    pcre2_set_heap_limit(context, HEAP_LIMIT);
    size_t at = 0;
    uint32_t options = PCRE2_NO_UTF_CHECK;
    int code = 0;
    while (code == 0) {
        int found = pcre2_match(pattern->code, (PCRE2_SPTR)text.data, text.size, at,
                                options, data, context);
        if (found == PCRE2_ERROR_NOMATCH)
            return 0;
        if (found < 0)
            return fail_match(call, found);
        const PCRE2_SIZE *place = pcre2_get_ovector_pointer(data);
        PCRE2_SIZE from = place[0], to = place[1];
        /* A group that took no part is an empty token. */
        if (pattern->groups) {
            from = found > 1 ? place[2] : to;
            to = found > 1 ? place[3] : to;
        }
        code = each(ctx, (flama_string){text.data + from, to - from});
        /* After an empty match the next one there must not be. */
        at = place[1];
        options = PCRE2_NO_UTF_CHECK |
                  (place[0] == place[1] ? (uint32_t)PCRE2_NOTEMPTY_ATSTART : 0u);
    }
    return code;
}
