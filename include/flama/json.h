/* JSON in and out.
 *
 * The decoder takes RFC 8259 text in one pass: UTF-8 checked, depth and size bounded,
 * no NaN or Infinity, every error with its byte offset, line and column. The encoder
 * prints the shortest text that reads back as the same number, spelled as Python's repr
 * does (1e-07, 100.0, -0.0). Both work on any thread; they keep no state.
 *
 * Numbers mean what they mean in Python: 1 is an integer, 1.0 and 1e0 are not, -0 is
 * the integer 0. 1e400 is infinite: it decodes, and who can't use it refuses it.
 * A rectangular array of numbers is a tensor, whatever stands around it: int64, or
 * float64 when one number is no integer or beyond int64. Nulls among the numbers are
 * NaN, counted, and the type float64. Ragged arrays and those that hold anything else
 * are plain arrays, and so are the empty one, arrays of empty ones, arrays of nulls
 * only, and the outer dimensions over FLAMA_MAX_RANK; the arrays inside may be tensors.
 */
#ifndef FLAMA_JSON_H
#define FLAMA_JSON_H

#include <flama/value.h>

FLAMA_BEGIN_DECLS

#define FLAMA_JSON_DEPTH 64
#define FLAMA_JSON_DEPTH_MAX 512

/* Bounds of one document; 0 in a field means its default. */
typedef struct flama_json_limits {
    size_t size;  /* sizeof(flama_json_limits) */
    size_t depth; /* nested arrays and objects; default FLAMA_JSON_DEPTH, never more
                   * than FLAMA_JSON_DEPTH_MAX */
} flama_json_limits;

/* Decodes text[0..size) into *out; limits may be NULL. Strings and tensors point into
 * the text where they can: it must live as long as the value. 0, FLAMA_EJSON with the
 * the text where they can: it must live as long as the value. 0, FLAMA_EJSON or
 * FLAMA_ELIMIT with the place in the words of Python's json ("Malformed JSON. Expecting
 * value: line 1 column 14 (char 13)", counted in characters; the error's offset counts
 * bytes), or FLAMA_EMEMORY. */
FLAMA_API int flama_json_decode(flama_arena *arena, const char *text, size_t size,
                                const flama_json_limits *limits, flama_value *out,
                                flama_error *err);

/* How to print. Without flags: compact, raw UTF-8. */
enum {
    FLAMA_JSON_SPACED = 1, /* ", " and ": " as Python's json.dumps */
    FLAMA_JSON_PRETTY = 2, /* indented by four spaces */
    FLAMA_JSON_SORTED = 4  /* members by name, in byte order */
};

/* Prints *value into the arena, NUL-terminated (the NUL is not counted). A tensor that
 * was decoded prints as Python would print the same text read: integers stay integers,
 * nulls stay null, other numbers are spelled anew. float32 prints as the double it
 * widens to. With FLAMA_JSON_SORTED, of members of one name only the last is printed.
 * 0, FLAMA_ENONFINITE with the place of the number that JSON can't hold,
 * FLAMA_ESERIALIZATION with the place of a string that is not UTF-8, FLAMA_ELIMIT for
 * more than FLAMA_JSON_DEPTH_MAX levels, or FLAMA_EMEMORY. */
FLAMA_API int flama_json_encode(flama_arena *arena, const flama_value *value,
                                unsigned flags, flama_string *out, flama_error *err);

/* Prints one double; `out` has room for FLAMA_JSON_NUMBER_SIZE bytes, no NUL is
 * written. Returns the length. The number must be finite. */
#define FLAMA_JSON_NUMBER_SIZE 32
FLAMA_API size_t flama_json_print_number(char *out, double number);

FLAMA_END_DECLS

#endif
