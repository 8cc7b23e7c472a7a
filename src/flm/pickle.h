/* Pickles as data: a reader that builds what a pickle describes and can call nothing.
 *
 * Protocols 2 to 5 as the pickler of Python 3 writes them. Names of classes and
 * functions are looked up in the caller's allow list, exact pairs of module and name;
 * one that is not there refuses the whole file. What Python would call (REDUCE, NEWOBJ,
 * BUILD) is only written down as an OBJECT node. Of allowed names getattr is refused
 * all the same unless it names a method of an object. Persistent ids, the extension
 * registry, out-of-band buffers and the opcodes of protocols 0 and 1 are refused.
 *
 * Nodes live in the caller's arena, whose limit bounds the memory; strings and bytes
 * point into the pickle, which must live as long. Nodes may be shared and may form
 * cycles: who walks them bounds depth and visits. Nothing changes once the reader has
 * returned. */
#ifndef FLAMA_FLM_PICKLE_H
#define FLAMA_FLM_PICKLE_H

#include <flama/arena.h>
#include <flama/error.h>

typedef enum flama_pickle_kind {
    FLAMA_PICKLE_NONE,
    FLAMA_PICKLE_BOOL,
    FLAMA_PICKLE_INTEGER,
    FLAMA_PICKLE_BIGINT, /* does not fit int64: two's complement, little endian */
    FLAMA_PICKLE_FLOAT,
    FLAMA_PICKLE_STRING, /* valid UTF-8 */
    FLAMA_PICKLE_BYTES,  /* bytes and bytearray */
    FLAMA_PICKLE_LIST,
    FLAMA_PICKLE_TUPLE,
    FLAMA_PICKLE_DICT,
    FLAMA_PICKLE_SET, /* set and frozenset */
    FLAMA_PICKLE_GLOBAL,
    FLAMA_PICKLE_OBJECT
} flama_pickle_kind;

typedef struct flama_pickle flama_pickle;

/* A name of the allow list; `tag` is what the caller's look-up gave. */
typedef struct flama_pickle_global {
    flama_string module;
    flama_string name;
    const void *tag;
} flama_pickle_global;

/* An object: what would be called, with what, and what it was given afterwards. */
typedef struct flama_pickle_object {
    const flama_pickle_global *type;
    const flama_pickle *args;   /* TUPLE */
    const flama_pickle *kwargs; /* DICT or NULL */
    const flama_pickle *state;  /* NULL: no BUILD */
    flama_pickle *items;        /* LIST of what was appended, or NULL */
    flama_pickle *entries;      /* DICT of what was set by key, or NULL */
} flama_pickle_object;

struct flama_pickle {
    flama_pickle_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        flama_string text; /* STRING, BYTES, BIGINT */
        struct {
            flama_pickle **items; /* LIST, TUPLE, SET; DICT: key, value, key, value */
            size_t count;         /* of pointers: a DICT has count / 2 entries */
            size_t capacity;
        };
        const flama_pickle_global *global;
        flama_pickle_object *object;
    };
};

/* The allow list: a non-NULL tag for a pair that may occur, else NULL. */
typedef const void *(*flama_pickle_find)(const void *ctx, flama_string module,
                                         flama_string name);

/* Reads data[0..size). *out is borrowed from the arena. FLAMA_EFORMAT (with the
 * offset), FLAMA_EUNSUPPORTED (names the global or the opcode that is refused),
 * FLAMA_ELIMIT, FLAMA_EMEMORY. */
int flama_pickle_read(flama_arena *arena, const void *data, size_t size,
                      flama_pickle_find find, const void *ctx, const flama_pickle **out,
                      flama_error *err);

/* Whether node is the string `text`. NULL is none. */
bool flama_pickle_is_text(const flama_pickle *node, const char *text);

/* Whether node is an OBJECT of the class or made by the function of that name, in
 * whatever allowed module. NULL is none. */
bool flama_pickle_is_object(const flama_pickle *node, const char *name);

/* Whether node is the GLOBAL of that name, of whatever allowed module. NULL is none. */
bool flama_pickle_is_global(const flama_pickle *node, const char *name);

/* The value under a string key of a DICT, the last one set; else NULL. */
const flama_pickle *flama_pickle_entry(const flama_pickle *dict, const char *key);

/* An attribute out of an object's state: a dict, or a pair of dicts (the second one for
 * slots); else NULL. `cost` (may be NULL) grows by the entries looked at. */
const flama_pickle *flama_pickle_attribute(const flama_pickle *node, const char *name,
                                           size_t *cost);

/* The i-th constructor argument of an OBJECT, or NULL. */
const flama_pickle *flama_pickle_argument(const flama_pickle *node, size_t i);

/* Bytes, however the protocol spells them: BYTES, or the latin-1 text that protocol 2
 * hands to _codecs.encode (decoded into the arena), or bytearray of either. 0,
 * FLAMA_EFORMAT when it is something else, FLAMA_EMEMORY. */
int flama_pickle_bytes(flama_arena *arena, const flama_pickle *node, flama_string *out,
                       flama_error *err);

#endif
