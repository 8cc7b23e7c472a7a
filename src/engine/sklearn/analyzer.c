#include "engine/sklearn/analyzer.h"

#include <string.h>

#include "base/error.h"
#include "engine/sklearn/token_pattern.h"
#include "engine/sklearn/unicode.h"

typedef enum unit { WORDS, CHARACTERS, CHARACTERS_OF_WORDS } unit;
typedef enum accents { KEEP_ACCENTS, STRIP_TO_ASCII, STRIP_MARKS } accents;

struct flama_sk_analyzer {
    unit unit;
    accents accents;
    bool lowercase;
    bool split;        /* words are what stands between white spaces */
    size_t least_word; /* characters that a word has at least */
    const flama_sk_token_pattern *pattern; /* NULL: words are runs of so many */
    size_t least, most;                    /* units in a row */
    flama_map stop_words;
};

/* A text as it is worked on: characters, and then the same as UTF-8. */
typedef struct text {
    uint32_t *codes;
    size_t count;
    char *bytes;
    size_t *starts; /* count + 1: where each character begins */
} text;

/* A token: characters from `from` up to `to`. */
typedef struct token {
    size_t from, to;
} token;

/* Preparing. */

static size_t strip(const flama_sk_analyzer *a, const uint32_t *codes, size_t n,
                    uint32_t *out)
{
    size_t count = 0;
    uint32_t parts[FLAMA_SK_PARTS];
    for (size_t i = 0; i < n; i++) {
        size_t found = flama_sk_decompose(codes[i], parts);
        for (size_t k = 0; k < found; k++)
            if (a->accents == STRIP_TO_ASCII
                    ? parts[k] < 0x80
                    : !(flama_sk_unicode(parts[k]) & FLAMA_SK_COMBINING))
                out[count++] = parts[k];
    }
    return count;
}

static bool has_only_ascii(const uint32_t *codes, size_t n)
{
    uint32_t all = 0;
    for (size_t i = 0; i < n; i++)
        all |= codes[i];
    return all < 0x80;
}

/* The characters of a text, in lower case and without accents as is asked for. */
static int prepare(const flama_sk_analyzer *a, flama_call *call, flama_string s,
                   text *out)
{
    uint32_t *codes = flama_sk_alloc(call, s.size, sizeof *codes);
    if (codes == NULL)
        return FLAMA_EMEMORY;
    size_t n = flama_sk_utf8_read(s.data, s.size, codes);
    if (a->lowercase) {
        uint32_t *lower = flama_sk_alloc(call, n, 2 * sizeof *lower);
        if (lower == NULL)
            return FLAMA_EMEMORY;
        n = flama_sk_lower(codes, n, lower);
        codes = lower;
    }
    if (a->accents != KEEP_ACCENTS && !has_only_ascii(codes, n)) {
        uint32_t *bare = flama_sk_alloc(call, n, FLAMA_SK_PARTS * sizeof *bare);
        if (bare == NULL)
            return FLAMA_EMEMORY;
        n = strip(a, codes, n, bare);
        codes = bare;
    }
    *out = (text){.codes = codes, .count = n};
    return 0;
}

/* Writes the bytes and where characters start in them. */
static int write_bytes(flama_call *call, text *t)
{
    t->bytes = flama_sk_alloc(call, t->count, 4);
    t->starts = flama_sk_alloc(call, t->count + 1, sizeof *t->starts);
    if (t->bytes == NULL || t->starts == NULL)
        return FLAMA_EMEMORY;
    size_t size = 0;
    for (size_t i = 0; i < t->count; i++) {
        t->starts[i] = size;
        size += flama_sk_utf8_write(t->codes[i], t->bytes + size);
    }
    t->starts[t->count] = size;
    return 0;
}

static flama_string slice(const text *t, size_t from, size_t to)
{
    return (flama_string){t->bytes + t->starts[from], t->starts[to] - t->starts[from]};
}

/* Runs of characters. */

/* All runs of `least` to `most` characters of a text. */
static int give_runs(const flama_sk_analyzer *a, const text *t, flama_sk_term *each,
                     void *ctx)
{
    int code = 0;
    for (size_t n = a->least; n <= a->most && n <= t->count; n++)
        for (size_t i = 0; code == 0 && i + n <= t->count; i++)
            code = each(ctx, slice(t, i, i + n));
    return code;
}

/* Two and more white spaces become one. */
static void join_spaces(text *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count;) {
        size_t end = i;
        while (end < t->count && flama_sk_unicode(t->codes[end]) & FLAMA_SK_SPACE)
            end++;
        bool run = end > i + 1;
        t->codes[n++] = run ? ' ' : t->codes[i];
        i = run ? end : i + 1;
    }
    t->count = n;
}

static int give_characters(const flama_sk_analyzer *a, flama_call *call, text *t,
                           flama_sk_term *each, void *ctx)
{
    join_spaces(t);
    int code = write_bytes(call, t);
    return code ? code : give_runs(a, t, each, ctx);
}

/* Runs of a word between two spaces; one that is no longer than the run is given once,
 * and then no longer ones. */
static int give_word_runs(const flama_sk_analyzer *a, const text *t, token word,
                          flama_sk_term *each, void *ctx)
{
    size_t length = word.to - word.from;
    int code = 0;
    for (size_t n = a->least; code == 0 && n <= a->most; n++) {
        if (n >= length)
            return each(ctx, slice(t, word.from, word.to));
        for (size_t i = 0; code == 0 && i + n <= length; i++)
            code = each(ctx, slice(t, word.from + i, word.from + i + n));
    }
    return code;
}

/* Words between white spaces, each with a space before and after it. */
static int give_characters_of_words(const flama_sk_analyzer *a, flama_call *call,
                                    const text *t, flama_sk_term *each, void *ctx)
{
    text padded = {.codes = flama_sk_alloc(call, t->count + 1, 3 * sizeof(uint32_t))};
    if (padded.codes == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < t->count;) {
        if (flama_sk_unicode(t->codes[i]) & FLAMA_SK_SPACE) {
            i++;
            continue;
        }
        padded.codes[padded.count++] = ' ';
        while (i < t->count && !(flama_sk_unicode(t->codes[i]) & FLAMA_SK_SPACE))
            padded.codes[padded.count++] = t->codes[i++];
        padded.codes[padded.count++] = ' ';
    }
    int code = write_bytes(call, &padded);
    for (size_t i = 0; code == 0 && i < padded.count;) {
        token word = {i, i + 1};
        while (padded.codes[word.to] != ' ')
            word.to++;
        word.to++;
        code = give_word_runs(a, &padded, word, each, ctx);
        i = word.to;
    }
    return code;
}

/* Words. */

/* The words that are no stop words: their bytes, a space after each, and where they
 * begin and end in them. */
typedef struct words {
    const flama_sk_analyzer *analyzer;
    flama_call *call;
    char *bytes;
    size_t size, room;
    token *places;
    size_t count, capacity;
} words;

/* Makes `memory` of `have` items hold `need` of them. */
static void *reserve(flama_call *call, void *memory, size_t *have, size_t need,
                     size_t size)
{
    size_t more = *have ? *have : 64;
    while (more < need)
        more *= 2;
    if (need <= *have)
        return memory;
    void *grown =
        flama_arena_grow(flama_call_arena(call), memory, *have * size, more * size);
    if (grown == NULL)
        flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
    else
        *have = more;
    return grown;
}

static int add_word(void *ctx, flama_string word)
{
    words *w = ctx;
    if (flama_map_get(&w->analyzer->stop_words, word))
        return 0;
    char *bytes = reserve(w->call, w->bytes, &w->room, w->size + word.size + 1, 1);
    token *places =
        reserve(w->call, w->places, &w->capacity, w->count + 1, sizeof *places);
    if (bytes == NULL || places == NULL)
        return FLAMA_EMEMORY;
    w->bytes = bytes;
    w->places = places;
    places[w->count++] = (token){w->size, w->size + word.size};
    memcpy(bytes + w->size, word.data, word.size);
    bytes[w->size + word.size] = ' ';
    w->size += word.size + 1;
    return 0;
}

static bool is_of_word(const flama_sk_analyzer *a, uint32_t character)
{
    unsigned is = flama_sk_unicode(character);
    return a->split ? !(is & FLAMA_SK_SPACE) : is & FLAMA_SK_WORD;
}

/* Runs of word characters that are long enough. */
static int find_words(const flama_sk_analyzer *a, const text *t, words *out)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < t->count; i++) {
        size_t from = i;
        while (i < t->count && is_of_word(a, t->codes[i]))
            i++;
        if (i > from && i - from >= a->least_word)
            code = add_word(out, slice(t, from, i));
    }
    return code;
}

static int give_words(const flama_sk_analyzer *a, flama_call *call, text *t,
                      flama_sk_term *each, void *ctx)
{
    words w = {.analyzer = a, .call = call};
    int code = write_bytes(call, t);
    if (code == 0)
        code = a->pattern ? flama_sk_token_pattern_find(
                                a->pattern, call, slice(t, 0, t->count), add_word, &w)
                          : find_words(a, t, &w);
    for (size_t n = a->least; n <= a->most && n <= w.count; n++)
        for (size_t i = 0; code == 0 && i + n <= w.count; i++) {
            size_t from = w.places[i].from, to = w.places[i + n - 1].to;
            code = each(ctx, (flama_string){w.bytes + from, to - from});
        }
    return code;
}

int flama_sk_analyze(const flama_sk_analyzer *a, flama_call *call, flama_string s,
                     flama_sk_term *each, void *ctx)
{
    text t;
    int code = prepare(a, call, s, &t);
    if (code)
        return code;
    switch (a->unit) {
    case WORDS:
        return give_words(a, call, &t, each, ctx);
    case CHARACTERS:
        return give_characters(a, call, &t, each, ctx);
    default:
        return give_characters_of_words(a, call, &t, each, ctx);
    }
}

/* Loading. */

static void add_stop_word(flama_sk_loader *in, flama_map *map, flama_string word)
{
    static char present;
    char *kept = flama_arena_copy(in->arena, word.data, word.size);
    if (kept == NULL ||
        flama_map_put(map, (flama_string){kept, word.size}, &present, NULL) != 0)
        in->failed = flama_error__memory(in->err);
}

/* A set that protocols before 4 spell as an object: its items. */
static const flama_pickle *items_of(const flama_pickle *node)
{
    if (flama_pickle_is_object(node, "set") ||
        flama_pickle_is_object(node, "frozenset"))
        return flama_pickle_argument(node, 0);
    return node;
}

/* None, "english", or a collection of strings. */
static void read_stop_words(flama_sk_loader *in, const flama_pickle *self,
                            flama_sk_analyzer *a)
{
    const flama_pickle *node = items_of(flama_sk_find(in, self, "stop_words"));
    flama_map_init(&a->stop_words, in->arena);
    if (node == NULL)
        return;
    if (flama_pickle_is_text(node, "english")) {
        for (const char *const *word = flama_sk__english; *word; word++)
            add_stop_word(in, &a->stop_words, (flama_string){*word, strlen(*word)});
        return;
    }
    if (node->kind != FLAMA_PICKLE_LIST && node->kind != FLAMA_PICKLE_TUPLE &&
        node->kind != FLAMA_PICKLE_SET) {
        flama_sk_refuse(in, "with stop_words that are no list is not run");
        return;
    }
    for (size_t i = 0; in->failed == 0 && i < node->count; i++)
        if (node->items[i]->kind == FLAMA_PICKLE_STRING)
            add_stop_word(in, &a->stop_words, node->items[i]->text);
        else
            flama_sk_damaged(in, "stop_words", "holds something that is no string");
}

/* Runs of word characters, which most patterns are, need no regular expressions. */
static void read_pattern(flama_sk_loader *in, const flama_pickle *self,
                         flama_sk_analyzer *a)
{
    static const char *const two[] = {"(?u)\\b\\w\\w+\\b", "\\b\\w\\w+\\b", "\\w\\w+"};
    static const char *const one[] = {"(?u)\\b\\w+\\b", "\\b\\w+\\b", "\\w+"};
    const flama_pickle *node = flama_sk_get(in, self, "token_pattern");
    for (size_t i = 0; i < 3; i++)
        if (flama_pickle_is_text(node, two[i]) || flama_pickle_is_text(node, one[i])) {
            a->least_word = flama_pickle_is_text(node, two[i]) ? 2 : 1;
            return;
        }
    a->pattern = flama_sk_token_pattern_read(in, self, "token_pattern");
}

static void read_range(flama_sk_loader *in, const flama_pickle *self,
                       flama_sk_analyzer *a)
{
    enum { LONGEST = 100 };
    size_t two = 2;
    const double *range = flama_sk_vector(in, self, "ngram_range", &two);
    if (range == NULL)
        return;
    if (!(range[0] >= 1 && range[1] >= range[0] && range[1] <= LONGEST)) {
        flama_sk_refuse(in, "with an ngram_range outside 1 to %d is not run", LONGEST);
        return;
    }
    a->least = (size_t)range[0];
    a->most = (size_t)range[1];
}

/* Whether a function is that method of Python's strings; the user's own code is
 * refused. */
static bool is_method(flama_sk_loader *in, const flama_pickle *self, const char *name,
                      const char *method)
{
    const flama_pickle *node = flama_sk_find(in, self, name);
    if (node == NULL)
        return false;
    const flama_pickle *owner = flama_pickle_argument(node, 0);
    if (!flama_pickle_is_object(node, "getattr") || owner == NULL ||
        owner->kind != FLAMA_PICKLE_GLOBAL ||
        !flama_pickle_is_text(flama_pickle_argument(node, 1), method))
        flama_sk_refuse(in, "with a %s of its own is not run", name);
    return true;
}

/* How a text is made ready, and taken apart into words or characters. */
static void read_steps(flama_sk_loader *in, const flama_pickle *self,
                       flama_sk_analyzer *a)
{
    static const char *const units[] = {"word", "char", "char_wb", NULL};
    static const char *const accents_names[] = {"ascii", "unicode", NULL};
    a->unit = (unit)flama_sk_choice_or(in, self, "analyzer", units, 0);
    a->lowercase = flama_sk_flag_or(in, self, "lowercase", true);
    a->accents = KEEP_ACCENTS;
    if (is_method(in, self, "preprocessor", "lower"))
        a->lowercase = true;
    else if (flama_sk_find(in, self, "strip_accents"))
        a->accents =
            (accents)(1 + flama_sk_choice(in, self, "strip_accents", accents_names));
    read_range(in, self, a);
    a->split = is_method(in, self, "tokenizer", "split");
    a->least_word = 1;
    if (a->unit == WORDS && !a->split)
        read_pattern(in, self, a);
    read_stop_words(in, self, a);
}

const flama_sk_analyzer *flama_sk_analyzer_read(flama_sk_loader *in,
                                                const flama_pickle *self)
{
    static const char *const inputs[] = {"content", NULL};
    const flama_pickle *analyzer = flama_sk_find(in, self, "analyzer");
    flama_sk_analyzer *a = flama_sk_new(in, 1, sizeof *a);
    if (a == NULL)
        return NULL;
    flama_sk_choice_or(in, self, "input", inputs, 0);
    if (analyzer && analyzer->kind != FLAMA_PICKLE_STRING) {
        /* It is all that is done to a text. */
        *a = (flama_sk_analyzer){.least_word = 1, .least = 1, .most = 1};
        a->split = is_method(in, self, "analyzer", "split");
        flama_map_init(&a->stop_words, in->arena);
    } else
        read_steps(in, self, a);
    return in->failed ? NULL : a;
}
