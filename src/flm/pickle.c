#include "flm/pickle.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* A pickle is a program for a machine with a stack, a stack of marks and a memo; an
 * opcode is a byte, followed by its operands (integers little endian, doubles big
 * endian). pickletools.py of the Python library describes each. */

enum {
    MAX_GLOBALS = 4096, /* the pickler writes each once; real files have under 300 */
    MAX_MARKS = 4096,   /* nested containers under construction */
    MAX_NAME = 200
};

typedef struct reader {
    const uint8_t *start, *cursor, *end;
    flama_arena *arena;
    flama_error *err;
    flama_pickle_find find;
    const void *ctx;
    flama_pickle **stack;
    size_t depth, stack_capacity;
    flama_pickle **memo;
    size_t memo_count, memo_capacity;
    size_t *marks;
    size_t mark_count;
    size_t global_count;
    bool stopped;
} reader;

/* Nodes that carry nothing are shared by all pickles. */
static flama_pickle none = {.kind = FLAMA_PICKLE_NONE};
static flama_pickle yes = {.kind = FLAMA_PICKLE_BOOL, .boolean = true};
static flama_pickle no = {.kind = FLAMA_PICKLE_BOOL};
static flama_pickle empty_tuple = {.kind = FLAMA_PICKLE_TUPLE};

static int damaged(reader *r, const char *what)
{
    flama_error_set(r->err, FLAMA_EFORMAT, "damaged pickle: %s at byte %zu", what,
                    (size_t)(r->cursor - r->start));
    if (r->err)
        r->err->offset = (size_t)(r->cursor - r->start);
    return FLAMA_EFORMAT;
}

static int take(reader *r, size_t size, const uint8_t **out)
{
    if (size > (size_t)(r->end - r->cursor))
        return damaged(r, "it ends too early");
    *out = r->cursor;
    r->cursor += size;
    return 0;
}

/* An unsigned little-endian operand of 1 to 8 bytes. */
static int take_uint(reader *r, size_t size, uint64_t *out)
{
    const uint8_t *p;
    int code = take(r, size, &p);
    if (code)
        return code;
    *out = 0;
    for (size_t i = size; i-- > 0;)
        *out = *out << 8 | p[i];
    return 0;
}

/* Bytes behind a length of `width` bytes. */
static int take_counted(reader *r, size_t width, flama_string *out)
{
    uint64_t size;
    const uint8_t *p;
    int code = take_uint(r, width, &size);
    if (code == 0)
        code = take(r, size, &p);
    if (code == 0)
        *out = (flama_string){(const char *)p, size};
    return code;
}

static int push(reader *r, flama_pickle *node)
{
    if (r->depth == r->stack_capacity) {
        size_t capacity = r->stack_capacity ? r->stack_capacity * 2 : 256;
        void *stack =
            flama_arena_grow(r->arena, r->stack, r->depth * sizeof(flama_pickle *),
                             capacity * sizeof(flama_pickle *));
        if (stack == NULL)
            return flama_error__memory(r->err);
        r->stack = stack;
        r->stack_capacity = capacity;
    }
    r->stack[r->depth++] = node;
    return 0;
}

/* The lowest stack position that the present mark leaves to opcodes. */
static size_t floor_of(const reader *r)
{
    return r->mark_count ? r->marks[r->mark_count - 1] : 0;
}

static int pop(reader *r, flama_pickle **out)
{
    if (r->depth <= floor_of(r))
        return damaged(r, "an opcode finds nothing on the stack");
    *out = r->stack[--r->depth];
    return 0;
}

static int top(reader *r, flama_pickle **out)
{
    int code = pop(r, out);
    if (code == 0)
        r->depth++;
    return code;
}

/* Takes what lies above the newest mark, and the mark. */
static int pop_mark(reader *r, flama_pickle ***items, size_t *count)
{
    if (r->mark_count == 0)
        return damaged(r, "an opcode finds no mark");
    size_t mark = r->marks[--r->mark_count];
    *items = r->stack ? r->stack + mark : NULL;
    *count = r->depth - mark;
    r->depth = mark;
    return 0;
}

static flama_pickle *new_node(reader *r, flama_pickle_kind kind)
{
    flama_pickle *node = flama_arena_calloc(r->arena, 1, sizeof *node);
    if (node)
        node->kind = kind;
    else
        flama_error__memory(r->err);
    return node;
}

/* Pushes a new node; *out may then be filled in. */
static int push_new(reader *r, flama_pickle_kind kind, flama_pickle **out)
{
    *out = new_node(r, kind);
    return *out ? push(r, *out) : FLAMA_EMEMORY;
}

static int append(reader *r, flama_pickle *list, flama_pickle *const *items,
                  size_t count)
{
    if (list->capacity - list->count < count) {
        size_t capacity = list->capacity ? list->capacity * 2 : 4;
        if (capacity - list->count < count)
            capacity = list->count + count;
        void *grown =
            flama_arena_grow(r->arena, list->items, list->count * sizeof *items,
                             capacity * sizeof *items);
        if (grown == NULL)
            return flama_error__memory(r->err);
        list->items = grown;
        list->capacity = capacity;
    }
    if (count)
        memcpy(list->items + list->count, items, count * sizeof *items);
    list->count += count;
    return 0;
}

/* Scalars. */

static int op_none(reader *r, uint8_t op)
{
    (void)op;
    return push(r, &none);
}

static int op_bool(reader *r, uint8_t op)
{
    return push(r, op == 0x88 ? &yes : &no);
}

static int push_integer(reader *r, int64_t value)
{
    flama_pickle *node;
    int code = push_new(r, FLAMA_PICKLE_INTEGER, &node);
    if (code == 0)
        node->integer = value;
    return code;
}

static int op_small_int(reader *r, uint8_t op)
{
    uint64_t value;
    size_t width = op == 'K' ? 1 : op == 'M' ? 2 : 4;
    int code = take_uint(r, width, &value);
    if (code)
        return code;
    return push_integer(r, width == 4 ? (int32_t)(uint32_t)value : (int64_t)value);
}

static int op_long(reader *r, uint8_t op)
{
    flama_string text;
    flama_pickle *node;
    int code = take_counted(r, op == 0x8a ? 1 : 4, &text);
    if (code)
        return code;
    if (text.size <= 8) {
        uint64_t value = 0;
        if (text.size && (uint8_t)text.data[text.size - 1] & 0x80)
            value = ~UINT64_C(0);
        for (size_t i = text.size; i-- > 0;)
            value = value << 8 | (uint8_t)text.data[i];
        return push_integer(r, (int64_t)value);
    }
    code = push_new(r, FLAMA_PICKLE_BIGINT, &node);
    if (code == 0)
        node->text = text;
    return code;
}

static int op_float(reader *r, uint8_t op)
{
    (void)op;
    const uint8_t *p;
    flama_pickle *node;
    int code = take(r, 8, &p);
    if (code == 0)
        code = push_new(r, FLAMA_PICKLE_FLOAT, &node);
    if (code)
        return code;
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | p[i];
    memcpy(&node->number, &bits, sizeof bits);
    return 0;
}

/* Length of the UTF-8 sequence at p, or 0: shortest form, no surrogates, up to
 * U+10FFFF. */
static size_t sequence_length(const uint8_t *p, size_t left)
{
    uint8_t c = p[0];
    size_t n = c < 0x80   ? 1
               : c < 0xC2 ? 0
               : c < 0xE0 ? 2
               : c < 0xF0 ? 3
               : c < 0xF5 ? 4
                          : 0;
    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool bad = (c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F) ||
               (c == 0xF0 && p[1] < 0x90) || (c == 0xF4 && p[1] > 0x8F);
    return bad ? 0 : n;
}

static bool is_utf8(flama_string text)
{
    const uint8_t *p = (const uint8_t *)text.data;
    for (size_t i = 0, n; i < text.size; i += n)
        if ((n = sequence_length(p + i, text.size - i)) == 0)
            return false;
    return true;
}

static int op_string(reader *r, uint8_t op)
{
    flama_pickle *node;
    flama_string text;
    int code = take_counted(r, op == 0x8c ? 1 : op == 'X' ? 4 : 8, &text);
    if (code)
        return code;
    if (!is_utf8(text))
        return damaged(r, "a string that is not UTF-8 ends");
    code = push_new(r, FLAMA_PICKLE_STRING, &node);
    if (code == 0)
        node->text = text;
    return code;
}

static int op_bytes(reader *r, uint8_t op)
{
    flama_pickle *node;
    flama_string text;
    int code = take_counted(r, op == 'C' ? 1 : op == 'B' ? 4 : 8, &text);
    if (code == 0)
        code = push_new(r, FLAMA_PICKLE_BYTES, &node);
    if (code == 0)
        node->text = text;
    return code;
}

/* Containers. */

static int op_empty(reader *r, uint8_t op)
{
    flama_pickle *node;
    if (op == ')')
        return push(r, &empty_tuple);
    return push_new(r,
                    op == ']'   ? FLAMA_PICKLE_LIST
                    : op == '}' ? FLAMA_PICKLE_DICT
                                : FLAMA_PICKLE_SET,
                    &node);
}

static int op_mark(reader *r, uint8_t op)
{
    (void)op;
    if (r->mark_count == MAX_MARKS)
        return flama_error_set(r->err, FLAMA_ELIMIT,
                               "a pickle nested more than %d containers deep",
                               MAX_MARKS);
    r->marks[r->mark_count++] = r->depth;
    return 0;
}

/* TUPLE1-3 take so many; TUPLE and FROZENSET what is above the mark. */
static int op_tuple(reader *r, uint8_t op)
{
    flama_pickle *node, **items;
    size_t count;
    int code = 0;
    if (op >= 0x85 && op <= 0x87) {
        count = (size_t)op - 0x84;
        if (r->depth - floor_of(r) < count)
            return damaged(r, "a tuple finds too little on the stack");
        r->depth -= count;
        items = r->stack + r->depth;
    } else if ((code = pop_mark(r, &items, &count)))
        return code;
    node = new_node(r, op == 0x91 ? FLAMA_PICKLE_SET : FLAMA_PICKLE_TUPLE);
    if (node == NULL)
        return FLAMA_EMEMORY;
    if ((code = append(r, node, items, count)))
        return code;
    return push(r, node);
}

/* Where APPEND puts items: a list, a set, or those of an object (a list's subclass). */
static int list_of(reader *r, flama_pickle *node, flama_pickle **out)
{
    *out = node;
    if (node->kind == FLAMA_PICKLE_LIST || node->kind == FLAMA_PICKLE_SET)
        return 0;
    if (node->kind != FLAMA_PICKLE_OBJECT)
        return damaged(r, "something is appended to what is no list");
    if (node->object->items == NULL)
        node->object->items = new_node(r, FLAMA_PICKLE_LIST);
    *out = node->object->items;
    return *out ? 0 : FLAMA_EMEMORY;
}

static int dict_of(reader *r, flama_pickle *node, flama_pickle **out)
{
    *out = node;
    if (node->kind == FLAMA_PICKLE_DICT)
        return 0;
    if (node->kind != FLAMA_PICKLE_OBJECT)
        return damaged(r, "an item is set in what is no dict");
    if (node->object->entries == NULL)
        node->object->entries = new_node(r, FLAMA_PICKLE_DICT);
    *out = node->object->entries;
    return *out ? 0 : FLAMA_EMEMORY;
}

/* The pickler never changes a container that is done, but the same node may be on the
 * stack and in a tuple: only lists, sets, dicts and objects change, never what is
 * shared by all pickles. */
static int op_append(reader *r, uint8_t op)
{
    flama_pickle **items, *last, *node, *list;
    size_t count = 1;
    int code;
    if (op == 'a') {
        code = pop(r, &last);
        items = &last;
    } else
        code = pop_mark(r, &items, &count);
    if (code == 0)
        code = top(r, &node);
    if (code == 0)
        code = list_of(r, node, &list);
    return code ? code : append(r, list, items, count);
}

static int op_setitem(reader *r, uint8_t op)
{
    flama_pickle **items, *pair[2], *node, *dict;
    size_t count = 2;
    int code;
    if (op == 's') {
        code = pop(r, &pair[1]);
        if (code == 0)
            code = pop(r, &pair[0]);
        items = pair;
    } else
        code = pop_mark(r, &items, &count);
    if (code == 0 && count % 2)
        code = damaged(r, "a key without a value");
    if (code == 0)
        code = top(r, &node);
    if (code == 0)
        code = dict_of(r, node, &dict);
    return code ? code : append(r, dict, items, count);
}

static int op_pop(reader *r, uint8_t op)
{
    flama_pickle *node, **items;
    size_t count;
    if (op == '0' && r->depth > floor_of(r))
        return pop(r, &node);
    return pop_mark(r, &items, &count);
}

/* The memo. */

static int memo_put(reader *r, uint64_t index)
{
    flama_pickle *node;
    int code = top(r, &node);
    if (code)
        return code;
    if (index > r->memo_count)
        return damaged(r, "a memo index out of order");
    if (index == r->memo_capacity) {
        size_t capacity = r->memo_capacity ? r->memo_capacity * 2 : 256;
        void *memo =
            flama_arena_grow(r->arena, r->memo, r->memo_count * sizeof(flama_pickle *),
                             capacity * sizeof(flama_pickle *));
        if (memo == NULL)
            return flama_error__memory(r->err);
        r->memo = memo;
        r->memo_capacity = capacity;
    }
    r->memo[index] = node;
    r->memo_count += index == r->memo_count;
    return 0;
}

static int op_memoize(reader *r, uint8_t op)
{
    (void)op;
    return memo_put(r, r->memo_count);
}

static int op_put(reader *r, uint8_t op)
{
    uint64_t index;
    int code = take_uint(r, op == 'q' ? 1 : 4, &index);
    return code ? code : memo_put(r, index);
}

static int op_get(reader *r, uint8_t op)
{
    uint64_t index;
    int code = take_uint(r, op == 'h' ? 1 : 4, &index);
    if (code)
        return code;
    if (index >= r->memo_count)
        return damaged(r, "a memo entry that does not exist");
    return push(r, r->memo[index]);
}

/* Names and objects. */

static int shown(flama_string text)
{
    return text.size > MAX_NAME ? MAX_NAME : (int)text.size;
}

static int push_global(reader *r, flama_string module, flama_string name)
{
    flama_pickle *node;
    if (++r->global_count > MAX_GLOBALS)
        return flama_error_set(r->err, FLAMA_ELIMIT,
                               "a pickle that names more than %d classes and functions",
                               MAX_GLOBALS);
    const void *tag = r->find(r->ctx, module, name);
    if (tag == NULL)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "the pickle names %.*s.%.*s, which is not among the "
                               "classes and functions known here",
                               shown(module), module.data, shown(name), name.data);
    flama_pickle_global *global = flama_arena_alloc(r->arena, sizeof *global);
    if (global == NULL)
        return flama_error__memory(r->err);
    *global = (flama_pickle_global){module, name, tag};
    int code = push_new(r, FLAMA_PICKLE_GLOBAL, &node);
    if (code == 0)
        node->global = global;
    return code;
}

/* Text up to the line's end, as GLOBAL has it. */
static int take_line(reader *r, flama_string *out)
{
    const uint8_t *end = memchr(r->cursor, '\n', (size_t)(r->end - r->cursor));
    if (end == NULL)
        return damaged(r, "a name without an end");
    *out = (flama_string){(const char *)r->cursor, (size_t)(end - r->cursor)};
    r->cursor = end + 1;
    return is_utf8(*out) ? 0 : damaged(r, "a name that is not UTF-8 ends");
}

static int op_global(reader *r, uint8_t op)
{
    (void)op;
    flama_string module, name;
    int code = take_line(r, &module);
    if (code == 0)
        code = take_line(r, &name);
    return code ? code : push_global(r, module, name);
}

static int op_stack_global(reader *r, uint8_t op)
{
    (void)op;
    flama_pickle *module, *name;
    int code = pop(r, &name);
    if (code == 0)
        code = pop(r, &module);
    if (code)
        return code;
    if (module->kind != FLAMA_PICKLE_STRING || name->kind != FLAMA_PICKLE_STRING)
        return damaged(r, "a name that is no string");
    return push_global(r, module->text, name->text);
}

/* getattr is how methods are pickled: bound ones, which some distributions of scipy
 * keep, and those of strings. It is read for those only: a plain name of an object that
 * some class has made, and no such method's own, or of Python's class of strings. */
static bool is_method(const flama_pickle *args)
{
    if (args->count != 2 || args->items[1]->kind != FLAMA_PICKLE_STRING)
        return false;
    const flama_pickle *owner = args->items[0];
    flama_string name = args->items[1]->text;
    bool fits = owner->kind == FLAMA_PICKLE_OBJECT
                    ? !flama_pickle_is_object(owner, "getattr")
                    : flama_pickle_is_global(owner, "str") ||
                          flama_pickle_is_global(owner, "unicode");
    return fits && name.size && memmem(name.data, name.size, "__", 2) == NULL;
}

/* REDUCE calls, NEWOBJ makes: both are class (or function) and arguments. */
static int op_reduce(reader *r, uint8_t op)
{
    flama_pickle *type, *args, *kwargs = NULL, *node;
    int code = op == 0x92 ? pop(r, &kwargs) : 0;
    if (code == 0)
        code = pop(r, &args);
    if (code == 0)
        code = pop(r, &type);
    if (code)
        return code;
    if (type->kind != FLAMA_PICKLE_GLOBAL)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "the pickle calls the result of another call");
    if (args->kind != FLAMA_PICKLE_TUPLE ||
        (kwargs && kwargs->kind != FLAMA_PICKLE_DICT))
        return damaged(r, "arguments that are no tuple");
    flama_string name = type->global->name;
    if (name.size == 7 && memcmp(name.data, "getattr", 7) == 0 && !is_method(args))
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "the pickle uses getattr for other than a method");
    flama_pickle_object *object = flama_arena_calloc(r->arena, 1, sizeof *object);
    if (object == NULL)
        return flama_error__memory(r->err);
    object->type = type->global;
    object->args = args;
    object->kwargs = kwargs;
    code = push_new(r, FLAMA_PICKLE_OBJECT, &node);
    if (code == 0)
        node->object = object;
    return code;
}

static int op_build(reader *r, uint8_t op)
{
    (void)op;
    flama_pickle *state, *node;
    int code = pop(r, &state);
    if (code == 0)
        code = top(r, &node);
    if (code)
        return code;
    if (node->kind != FLAMA_PICKLE_OBJECT)
        return damaged(r, "a state for what is no object");
    if (node->object->state)
        return damaged(r, "an object's second state");
    node->object->state = state;
    return 0;
}

/* The frame of the program. */

static int op_proto(reader *r, uint8_t op)
{
    (void)op;
    const uint8_t *version;
    int code = take(r, 1, &version);
    if (code)
        return code;
    if (*version < 2 || *version > 5)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "pickle protocol %u; 2 to 5 are known", *version);
    return 0;
}

static int op_frame(reader *r, uint8_t op)
{
    (void)op;
    uint64_t size;
    int code = take_uint(r, 8, &size);
    if (code == 0 && size > (uint64_t)(r->end - r->cursor))
        code = damaged(r, "a frame larger than the rest");
    return code;
}

static int op_stop(reader *r, uint8_t op)
{
    (void)op;
    if (r->depth != 1 || r->mark_count)
        return damaged(r, "something is left on the stack");
    if (r->cursor != r->end)
        return damaged(r, "something follows the end");
    r->stopped = true;
    return 0;
}

static int (*const operations[256])(reader *r, uint8_t op) = {
    [0x80] = op_proto,        /* PROTO */
    [0x95] = op_frame,        /* FRAME */
    ['.'] = op_stop,          /* STOP */
    ['N'] = op_none,          /* NONE */
    [0x88] = op_bool,         /* NEWTRUE */
    [0x89] = op_bool,         /* NEWFALSE */
    ['J'] = op_small_int,     /* BININT */
    ['K'] = op_small_int,     /* BININT1 */
    ['M'] = op_small_int,     /* BININT2 */
    [0x8a] = op_long,         /* LONG1 */
    [0x8b] = op_long,         /* LONG4 */
    ['G'] = op_float,         /* BINFLOAT */
    [0x8c] = op_string,       /* SHORT_BINUNICODE */
    ['X'] = op_string,        /* BINUNICODE */
    [0x8d] = op_string,       /* BINUNICODE8 */
    ['C'] = op_bytes,         /* SHORT_BINBYTES */
    ['B'] = op_bytes,         /* BINBYTES */
    [0x8e] = op_bytes,        /* BINBYTES8 */
    [0x96] = op_bytes,        /* BYTEARRAY8 */
    [')'] = op_empty,         /* EMPTY_TUPLE */
    [']'] = op_empty,         /* EMPTY_LIST */
    ['}'] = op_empty,         /* EMPTY_DICT */
    [0x8f] = op_empty,        /* EMPTY_SET */
    ['('] = op_mark,          /* MARK */
    ['t'] = op_tuple,         /* TUPLE */
    [0x85] = op_tuple,        /* TUPLE1 */
    [0x86] = op_tuple,        /* TUPLE2 */
    [0x87] = op_tuple,        /* TUPLE3 */
    [0x91] = op_tuple,        /* FROZENSET */
    ['a'] = op_append,        /* APPEND */
    ['e'] = op_append,        /* APPENDS */
    [0x90] = op_append,       /* ADDITEMS */
    ['s'] = op_setitem,       /* SETITEM */
    ['u'] = op_setitem,       /* SETITEMS */
    ['0'] = op_pop,           /* POP */
    ['1'] = op_pop,           /* POP_MARK */
    [0x94] = op_memoize,      /* MEMOIZE */
    ['q'] = op_put,           /* BINPUT */
    ['r'] = op_put,           /* LONG_BINPUT */
    ['h'] = op_get,           /* BINGET */
    ['j'] = op_get,           /* LONG_BINGET */
    ['c'] = op_global,        /* GLOBAL */
    [0x93] = op_stack_global, /* STACK_GLOBAL */
    ['R'] = op_reduce,        /* REDUCE */
    [0x81] = op_reduce,       /* NEWOBJ */
    [0x92] = op_reduce,       /* NEWOBJ_EX */
    ['b'] = op_build,         /* BUILD */
};

/* Opcodes that exist and are refused, for the message. */
static const char *refused_name(uint8_t op)
{
    switch (op) {
    case 'P':
    case 'Q':
        return "a persistent id";
    case 'i':
    case 'o':
        return "an instance of protocol 0";
    case 0x82:
    case 0x83:
    case 0x84:
        return "the extension registry";
    case 0x97:
    case 0x98:
        return "an out-of-band buffer";
    }
    return NULL;
}

static int unknown_opcode(reader *r, uint8_t op)
{
    const char *name = refused_name(op);
    size_t offset = (size_t)(r->cursor - r->start) - 1;
    if (name)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "the pickle uses %s at byte %zu, which is refused", name,
                               offset);
    return flama_error_set(r->err, FLAMA_EFORMAT,
                           "damaged pickle: unknown opcode 0x%02x at byte %zu", op,
                           offset);
}

int flama_pickle_read(flama_arena *arena, const void *data, size_t size,
                      flama_pickle_find find, const void *ctx, const flama_pickle **out,
                      flama_error *err)
{
    const uint8_t *p = data;
    reader r = {.start = p,
                .cursor = p,
                .end = p + size,
                .arena = arena,
                .err = err,
                .find = find,
                .ctx = ctx};
    if (size < 2 || p[0] != 0x80)
        return flama_error_set(err, FLAMA_EFORMAT, "not a pickle of protocol 2 to 5");
    r.marks = flama_arena_alloc(arena, MAX_MARKS * sizeof *r.marks);
    if (r.marks == NULL)
        return flama_error__memory(err);
    while (!r.stopped) {
        if (r.cursor == r.end)
            return damaged(&r, "it ends too early");
        uint8_t op = *r.cursor++;
        int code = operations[op] ? operations[op](&r, op) : unknown_opcode(&r, op);
        if (code)
            return code;
    }
    *out = r.stack[0];
    return 0;
}
