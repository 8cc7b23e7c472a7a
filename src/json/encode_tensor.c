#include <math.h>
#include <string.h>

#include "json/encoder.h"
#include "json/number.h"

/* Cells for which room is made at once. */
enum { CHUNK = 64 };

/* A tensor on its way out: the next cell and, of one decoded, the rest of its text. */
typedef struct cells {
    const flama_tensor *tensor;
    size_t next;
    const char *p;
    const char *end;
} cells;

/* The next number or null of the text. */
static flama_string next_token(cells *c)
{
    const char *p = c->p;
    while (p < c->end && (*p == '[' || *p == ']' || *p == ',' || *p <= ' '))
        p++;
    const char *start = p;
    while (p < c->end && *p != ']' && *p != ',' && *p > ' ')
        p++;
    c->p = p;
    return (flama_string){start, (size_t)(p - start)};
}

static bool is_integer(flama_string token)
{
    for (size_t i = token.size && token.data[0] == '-'; i < token.size; i++)
        if (token.data[i] < '0' || token.data[i] > '9')
            return false;
    return token.size > 0;
}

/* Prints an integer or a null as its token has it; else leaves *done false. */
static int put_token(flama_encoder *e, flama_string token, bool *done)
{
    *done = is_integer(token) || (token.size == 4 && token.data[0] == 'n');
    if (!*done)
        return 0;
    bool minus_zero = token.size == 2 && memcmp(token.data, "-0", 2) == 0;
    return minus_zero ? flama_encoder__put(e, "0", 1)
                      : flama_encoder__put(e, token.data, token.size);
}

static double number_at(const flama_tensor *t, size_t i)
{
    return t->dtype == FLAMA_DTYPE_FLOAT32 ? (double)((const float *)t->data)[i]
                                           : ((const double *)t->data)[i];
}

/* One cell of any type, with the room it needs. */
static int put_cell(flama_encoder *e, cells *c)
{
    const flama_tensor *t = c->tensor;
    size_t i = c->next++;
    bool done = false;
    int rc = 0;
    switch (t->dtype) {
    case FLAMA_DTYPE_STRING:
        return flama_encoder__string(e, ((const flama_string *)t->data)[i]);
    case FLAMA_DTYPE_BOOL:
        return ((const uint8_t *)t->data)[i] ? flama_encoder__put(e, "true", 4)
                                             : flama_encoder__put(e, "false", 5);
    case FLAMA_DTYPE_INT64:
        return flama_encoder__integer(e, ((const int64_t *)t->data)[i]);
    default:
        if (c->p < c->end)
            rc = put_token(e, next_token(c), &done);
        return rc != 0 || done ? rc : flama_encoder__number(e, number_at(t, i));
    }
}

/* The cells of a row, one by one. */
static int put_cells(flama_encoder *e, cells *c, size_t count)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = flama_encoder__item(e, i == 0);
        if (rc == 0)
            rc = put_cell(e, c);
    }
    return rc;
}

/* The same for numbers without a text: room is made once for many. */
static int put_numbers(flama_encoder *e, cells *c, size_t count)
{
    const flama_tensor *t = c->tensor;
    size_t separator = flama_encoder__separator_size(e);
    for (size_t i = 0; i < count;) {
        size_t chunk = count - i < CHUNK ? count - i : CHUNK;
        char *out =
            flama_encoder__room(e, chunk * (separator + FLAMA_JSON_NUMBER_SIZE));
        if (out == NULL)
            return FLAMA_EMEMORY;
        for (size_t last = i + chunk; i < last; i++) {
            size_t cell = c->next++;
            out = flama_encoder__separate(e, out, i == 0);
            if (t->dtype == FLAMA_DTYPE_INT64) {
                out += flama_json__print_integer(out, ((const int64_t *)t->data)[cell]);
                continue;
            }
            double number = number_at(t, cell);
            if (!isfinite(number))
                return flama_encoder__refuse(e, number);
            out += flama_json_print_number(out, number);
        }
        e->out.size = (size_t)(out - e->out.data);
    }
    return 0;
}

static int put_row(flama_encoder *e, cells *c, size_t count)
{
    flama_dtype dtype = c->tensor->dtype;
    bool numbers = dtype != FLAMA_DTYPE_STRING && dtype != FLAMA_DTYPE_BOOL;
    return numbers && c->p == c->end ? put_numbers(e, c, count)
                                     : put_cells(e, c, count);
}

static int put_dimension(flama_encoder *e, cells *c, unsigned dimension)
{
    const flama_tensor *t = c->tensor;
    size_t count = t->shape[dimension];
    int rc = flama_encoder__open(e, '[');
    if (rc == 0 && dimension + 1 == t->rank) {
        rc = put_row(e, c, count);
        return rc == 0 ? flama_encoder__close(e, ']', count == 0) : rc;
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = flama_encoder__item(e, i == 0);
        if (rc == 0)
            rc = put_dimension(e, c, dimension + 1);
    }
    return rc == 0 ? flama_encoder__close(e, ']', count == 0) : rc;
}

/* Puts the place of the cell before the next in front of the path. */
static void add_path(flama_encoder *e, const cells *c)
{
    size_t index = c->next - 1;
    for (unsigned i = c->tensor->rank; i-- > 0;) {
        flama_encoder__at_index(e, index % c->tensor->shape[i]);
        index /= c->tensor->shape[i];
    }
}

int flama_encoder__tensor(flama_encoder *e, const flama_tensor *tensor)
{
    cells c = {.tensor = tensor};
    if (tensor->dtype == FLAMA_DTYPE_FLOAT64 && tensor->text.data) {
        c.p = tensor->text.data;
        c.end = c.p + tensor->text.size;
    }
    int rc = tensor->rank ? put_dimension(e, &c, 0) : put_cell(e, &c);
    if (rc == FLAMA_ENONFINITE || rc == FLAMA_ESERIALIZATION)
        add_path(e, &c);
    return rc;
}
