#include "engine/torch/guard.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "engine/torch/archive.h"

enum { DEEPEST = 64, MOST_STEPS = 512 };

typedef enum step_kind {
    NUMBER,
    SIZE,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    DIVIDE_UP,
    REMAINDER,
    POWER,
    LARGER,
    SMALLER,
    NEGATE,
    EQUAL,
    DIFFERENT,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    BOTH,
    EITHER
} step_kind;

/* Reverse Polish: operands first. */
typedef struct step {
    step_kind kind;
    int64_t number; /* NUMBER; SIZE: the dimension */
} step;

struct flama_pt_guard {
    const char *text;
    const step *steps;
    size_t count;
};

typedef struct parser {
    const flama_pt_program *program;
    const char *at; /* NUL-terminated */
    step steps[MOST_STEPS];
    size_t count;
    bool failed;
} parser;

static void add(parser *p, step_kind kind, int64_t number)
{
    if (p->count == MOST_STEPS)
        p->failed = true;
    else
        p->steps[p->count++] = (step){kind, number};
}

static bool take(parser *p, const char *token)
{
    size_t size = strlen(token);
    while (*p->at == ' ')
        p->at++;
    if (strncmp(p->at, token, size) != 0)
        return false;
    p->at += size;
    return true;
}

static int64_t digits(parser *p)
{
    int64_t number = 0;
    if (*p->at < '0' || *p->at > '9')
        p->failed = true;
    for (; *p->at >= '0' && *p->at <= '9'; p->at++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *p->at - '0', &number))
            p->failed = true;
    return number;
}

static void sum(parser *p, int depth);

static void size_of_input(parser *p)
{
    size_t length = strlen(p->program->input_name);
    size_t rank = p->program->values[p->program->input].tensor.rank;
    if (strncmp(p->at, p->program->input_name, length) != 0) {
        p->failed = true;
        return;
    }
    p->at += length;
    if (!take(p, "'].size()[")) {
        p->failed = true;
        return;
    }
    int64_t dimension = digits(p);
    if (dimension >= (int64_t)rank || !take(p, "]"))
        p->failed = true;
    add(p, SIZE, dimension);
}

/* Calls of two operands, with what stands between these. */
static const struct {
    const char *name, *between;
    step_kind kind;
} calls[] = {{"math.ceil(", "/", DIVIDE_UP},
             {"math.floor(", "/", DIVIDE},
             {"max(", ",", LARGER},
             {"min(", ",", SMALLER}};

static bool call(parser *p, int depth)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (take(p, calls[i].name)) {
            sum(p, depth);
            p->failed |= !take(p, calls[i].between);
            sum(p, depth);
            p->failed |= !take(p, ")");
            add(p, calls[i].kind, 0);
            return true;
        }
    return false;
}

static void atom(parser *p, int depth)
{
    if (depth > DEEPEST)
        p->failed = true;
    if (p->failed)
        return;
    if (take(p, "(")) {
        sum(p, depth + 1);
        if (!take(p, ")"))
            p->failed = true;
    } else if (take(p, "-")) {
        atom(p, depth + 1);
        add(p, NEGATE, 0);
    } else if (take(p, "L['"))
        size_of_input(p);
    else if (!call(p, depth + 1))
        add(p, NUMBER, digits(p));
    if (take(p, "**")) {
        atom(p, depth + 1);
        add(p, POWER, 0);
    }
}

static void product(parser *p, int depth)
{
    atom(p, depth);
    while (!p->failed) {
        step_kind kind = take(p, "//")  ? DIVIDE
                         : take(p, "*") ? MULTIPLY
                         : take(p, "%") ? REMAINDER
                                        : NUMBER;
        if (kind == NUMBER)
            return;
        atom(p, depth);
        add(p, kind, 0);
    }
}

static void sum(parser *p, int depth)
{
    product(p, depth);
    while (!p->failed) {
        step_kind kind = take(p, "+") ? ADD : take(p, "-") ? SUBTRACT : NUMBER;
        if (kind == NUMBER)
            return;
        product(p, depth);
        add(p, kind, 0);
    }
}

static void comparison(parser *p)
{
    static const char *const tokens[] = {"==", "!=", "<=", ">=", "<", ">"};
    static const step_kind kinds[] = {EQUAL,         DIFFERENT, LESS_EQUAL,
                                      GREATER_EQUAL, LESS,      GREATER};
    sum(p, 0);
    for (size_t i = 0; i < 6; i++)
        if (take(p, tokens[i])) {
            sum(p, 0);
            add(p, kinds[i], 0);
            return;
        }
    p->failed = true;
}

/* Comparisons between " and ", those between " or ". */
static void conjunction(parser *p)
{
    comparison(p);
    while (!p->failed && take(p, "and ")) {
        comparison(p);
        add(p, BOTH, 0);
    }
}

static void condition(parser *p)
{
    conjunction(p);
    while (!p->failed && take(p, "or ")) {
        conjunction(p);
        add(p, EITHER, 0);
    }
}

/* The text as torch shows it: x.size() for L['x'].size(). */
static char *shown(flama_arena *arena, const char *text)
{
    char *out = flama_arena_copy(arena, text, strlen(text)), *to = out;
    for (const char *from = text; out && *from;) {
        if (strncmp(from, "L['", 3) == 0)
            from += 3;
        else if (strncmp(from, "']", 2) == 0)
            from += 2;
        else
            *to++ = *from++;
    }
    if (out)
        *to = '\0';
    return out;
}

static int read_guard(flama_pt_program *program, const flama_value *text,
                      struct flama_pt_guard *out, flama_error *err)
{
    if (text->kind != FLAMA_KIND_STRING)
        return flama_error_set(err, FLAMA_EFORMAT, "guards_code is damaged");
    parser *p = flama_arena_calloc(program->names.arena, 1, sizeof *p);
    char *copy =
        flama_arena_copy(program->names.arena, text->string.data, text->string.size);
    if (p == NULL || copy == NULL)
        return flama_error__memory(err);
    p->program = program;
    p->at = copy;
    condition(p);
    if (p->failed || !take(p, "") || *p->at)
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "the guard \"%.200s\" is not understood here", copy);
    step *steps = flama_arena_alloc(program->arena, p->count * sizeof *steps);
    *out = (struct flama_pt_guard){shown(program->arena, copy), steps, p->count};
    if (steps == NULL || out->text == NULL)
        return flama_error__memory(err);
    memcpy(steps, p->steps, p->count * sizeof *steps);
    return 0;
}

int flama_pt_guards_read(flama_pt_program *program, const flama_value *texts,
                         flama_error *err)
{
    size_t count = texts && texts->kind == FLAMA_KIND_ARRAY ? texts->array.count : 0;
    program->guards =
        flama_arena_calloc(program->arena, count, sizeof *program->guards);
    program->guard_count = count;
    int code = program->guards ? 0 : flama_error__memory(err);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = read_guard(program, &texts->array.items[i], &program->guards[i], err);
    return code;
}

/* Of a natural number; what overflows does not hold. */
static bool power(int64_t base, int64_t exponent, int64_t *out)
{
    int64_t result = 1;
    for (int64_t i = 0; i < exponent; i++)
        if (i == 64 || __builtin_mul_overflow(result, base, &result))
            return false;
    *out = result;
    return exponent >= 0;
}

/* Division as Python's: towards minus infinity. Nothing is divided by 0: the guard
 * then does not hold. */
static bool apply(step_kind kind, int64_t a, int64_t b, int64_t *out)
{
    bool divides = kind == DIVIDE || kind == DIVIDE_UP || kind == REMAINDER;
    if (divides && (b == 0 || (a == INT64_MIN && b == -1)))
        return false;
    int64_t quotient = divides ? a / b - (a % b != 0 && (a < 0) != (b < 0)) : 0;
    switch (kind) {
    case ADD:
        return !__builtin_add_overflow(a, b, out);
    case SUBTRACT:
        return !__builtin_sub_overflow(a, b, out);
    case MULTIPLY:
        return !__builtin_mul_overflow(a, b, out);
    case DIVIDE:
        *out = quotient;
        return true;
    case DIVIDE_UP:
        *out = quotient + (a % b != 0);
        return true;
    case REMAINDER:
        *out = a - quotient * b;
        return true;
    case POWER:
        return power(a, b, out);
    case LARGER:
        *out = a > b ? a : b;
        return true;
    case SMALLER:
        *out = a < b ? a : b;
        return true;
    case BOTH:
        *out = a && b;
        return true;
    case EITHER:
        *out = a || b;
        return true;
    case EQUAL:
        *out = a == b;
        return true;
    case DIFFERENT:
        *out = a != b;
        return true;
    case LESS:
        *out = a < b;
        return true;
    case LESS_EQUAL:
        *out = a <= b;
        return true;
    case GREATER:
        *out = a > b;
        return true;
    default:
        *out = a >= b;
        return true;
    }
}

static bool holds(const struct flama_pt_guard *guard, const int64_t *sizes)
{
    int64_t stack[MOST_STEPS];
    size_t top = 0;
    for (size_t i = 0; i < guard->count; i++) {
        const step *s = &guard->steps[i];
        if (s->kind == NUMBER || s->kind == SIZE)
            stack[top++] = s->kind == NUMBER ? s->number : sizes[s->number];
        else if (s->kind == NEGATE) {
            if (!apply(SUBTRACT, 0, stack[top - 1], &stack[top - 1]))
                return false;
        } else {
            top--;
            if (!apply(s->kind, stack[top - 1], stack[top], &stack[top - 1]))
                return false;
        }
    }
    return stack[0] != 0;
}

const char *flama_pt_guards_check(const flama_pt_program *program, const int64_t *sizes)
{
    for (size_t i = 0; i < program->guard_count; i++)
        if (!holds(&program->guards[i], sizes))
            return program->guards[i].text;
    return NULL;
}
