#include "engine/torch/op.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "engine/torch/elements.h"
#include "engine/torch/plan.h"

static flama_pt_tensor nothing = {.dtype = FLAMA_PT_F32};

static int fail(flama_pt_op *op, int code, const char *format, va_list args)
    FLAMA_PRINTF(3, 0);

static int fail(flama_pt_op *op, int code, const char *format, va_list args)
{
    char text[256];
    if (op->code)
        return op->code;
    op->code = code;
    vsnprintf(text, sizeof text, format, args);
    return flama_error_set(op->run->err, code, "node %s (%s): %s", op->node->name,
                           op->node->operator->name, text);
}

int flama_pt_unsupported(flama_pt_op *op, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int code = fail(op, FLAMA_EUNSUPPORTED, format, args);
    va_end(args);
    return code;
}

int flama_pt_bad(flama_pt_op *op, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int code = fail(op, FLAMA_EINPUT, format, args);
    va_end(args);
    return code;
}

static int out_of_memory(flama_pt_op *op)
{
    if (op->code == 0)
        op->code = flama_error__memory(op->run->err);
    return op->code;
}

/* Arguments. */

/* The name of the i-th argument, for messages: "stride" of "input stride=1". */
static void argument_name(const flama_pt_op *op, size_t i, char *out, size_t size)
{
    const char *at = op->node->operator->arguments;
    while (i-- > 0 && strchr(at, ' '))
        at = strchr(at, ' ') + 1;
    snprintf(out, size, "%.*s", (int)strcspn(at, " ="), at);
}

static int wrong(flama_pt_op *op, size_t i, const char *wanted)
{
    char name[64];
    argument_name(op, i, name, sizeof name);
    return flama_pt_unsupported(op, "%s is no %s", name, wanted);
}

static const flama_pt_arg *argument(const flama_pt_op *op, size_t i)
{
    static const flama_pt_arg none = {.kind = FLAMA_PT_NONE};
    return i < op->node->arg_count ? &op->node->args[i] : &none;
}

static const flama_pt_tensor *tensor_of(flama_pt_op *op, const flama_pt_arg *arg)
{
    return flama_pt_run_tensor(op->run, arg->value);
}

const flama_pt_tensor *flama_pt_in(flama_pt_op *op, size_t i)
{
    const flama_pt_arg *arg = argument(op, i);
    if (arg->kind == FLAMA_PT_TENSOR)
        return tensor_of(op, arg);
    wrong(op, i, "tensor");
    return &nothing;
}

const flama_pt_tensor *flama_pt_maybe(flama_pt_op *op, size_t i)
{
    return flama_pt_given(op, i) ? flama_pt_in(op, i) : NULL;
}

bool flama_pt_given(const flama_pt_op *op, size_t i)
{
    return argument(op, i)->kind != FLAMA_PT_NONE;
}

bool flama_pt_is_tensor(const flama_pt_op *op, size_t i)
{
    return argument(op, i)->kind == FLAMA_PT_TENSOR;
}

bool flama_pt_is_list(const flama_pt_op *op, size_t i)
{
    return argument(op, i)->kind == FLAMA_PT_LIST;
}

flama_pt_kind flama_pt_kind_of(const flama_pt_op *op, size_t i)
{
    return argument(op, i)->kind;
}

/* The integer of an INT or FLAG. */
static int64_t integer_of(const flama_pt_op *op, const flama_pt_arg *arg)
{
    if (!arg->computed)
        return arg->integer;
    const flama_pt_value *value = &op->run->program->values[arg->value];
    return value->is_constant ? value->integer : op->run->slots[arg->value].integer;
}

static double number_of(const flama_pt_op *op, const flama_pt_arg *arg)
{
    if (arg->kind != FLAMA_PT_FLOAT)
        return (double)integer_of(op, arg);
    if (!arg->computed)
        return arg->number;
    const flama_pt_value *value = &op->run->program->values[arg->value];
    return value->is_constant ? value->number : op->run->slots[arg->value].number;
}

int64_t flama_pt_int(flama_pt_op *op, size_t i)
{
    const flama_pt_arg *arg = argument(op, i);
    if (arg->kind == FLAMA_PT_INT || arg->kind == FLAMA_PT_FLAG)
        return integer_of(op, arg);
    wrong(op, i, "integer");
    return 0;
}

double flama_pt_number(flama_pt_op *op, size_t i)
{
    const flama_pt_arg *arg = argument(op, i);
    if (arg->kind == FLAMA_PT_FLOAT || arg->kind == FLAMA_PT_INT ||
        arg->kind == FLAMA_PT_FLAG)
        return number_of(op, arg);
    wrong(op, i, "number");
    return 0;
}

bool flama_pt_flag(flama_pt_op *op, size_t i)
{
    const flama_pt_arg *arg = argument(op, i);
    if (arg->kind == FLAMA_PT_FLAG)
        return integer_of(op, arg) != 0;
    wrong(op, i, "boolean");
    return false;
}

flama_string flama_pt_text(flama_pt_op *op, size_t i)
{
    const flama_pt_arg *arg = argument(op, i);
    if (arg->kind == FLAMA_PT_TEXT)
        return arg->text;
    wrong(op, i, "string");
    return FLAMA_STRING("");
}

size_t flama_pt_dim(flama_pt_op *op, size_t i, size_t rank)
{
    int64_t dim = flama_pt_int(op, i), least = rank ? (int64_t)rank : 1;
    if (op->code)
        return 0;
    if (dim < -least || dim >= least) {
        flama_pt_bad(op, "dimension %lld of a tensor with %zu", (long long)dim, rank);
        return 0;
    }
    return (size_t)(dim < 0 ? dim + least : dim);
}

size_t flama_pt_ints(flama_pt_op *op, size_t i, int64_t *out, size_t most)
{
    const flama_pt_arg *arg = argument(op, i);
    size_t count = arg->kind == FLAMA_PT_LIST ? arg->list.count : 1;
    const flama_pt_arg *items = arg->kind == FLAMA_PT_LIST ? arg->list.items : arg;
    if (count > most) {
        wrong(op, i, "list of so many integers");
        return 0;
    }
    for (size_t k = 0; k < count; k++) {
        if (items[k].kind != FLAMA_PT_INT && items[k].kind != FLAMA_PT_FLAG) {
            wrong(op, i, "list of integers");
            return 0;
        }
        out[k] = integer_of(op, &items[k]);
    }
    return count;
}

flama_pt_dtype flama_pt_dtype_arg(flama_pt_op *op, size_t i, flama_pt_dtype none)
{
    flama_pt_dtype dtype = none;
    if (flama_pt_given(op, i)) {
        int64_t number = flama_pt_int(op, i);
        if (!flama_pt_dtype_of(number, &dtype))
            flama_pt_unsupported(op, "dtype %lld is not known", (long long)number);
    }
    return dtype;
}

size_t flama_pt_list(flama_pt_op *op, size_t i)
{
    const flama_pt_arg *arg = argument(op, i);
    if (arg->kind == FLAMA_PT_LIST)
        return arg->list.count;
    wrong(op, i, "list");
    return 0;
}

const flama_pt_tensor *flama_pt_item(flama_pt_op *op, size_t i, size_t item)
{
    const flama_pt_arg *arg = &argument(op, i)->list.items[item];
    if (arg->kind == FLAMA_PT_NONE)
        return NULL;
    if (arg->kind == FLAMA_PT_TENSOR)
        return tensor_of(op, arg);
    wrong(op, i, "list of tensors");
    return &nothing;
}

/* Outputs. */

static flama_pt_slot *output_slot(flama_pt_op *op, size_t k, flama_pt_kind kind)
{
    if (op->code == 0 && k >= op->node->output_count)
        flama_pt_unsupported(op, "the node names %zu outputs", op->node->output_count);
    if (op->code)
        return NULL;
    size_t value = op->node->outputs[k];
    if (op->run->program->values[value].kind != kind) {
        flama_pt_unsupported(op, "output %zu is of another kind", k);
        return NULL;
    }
    op->run->slots[value].set = true;
    return &op->run->slots[value];
}

static void shape_text(const flama_pt_tensor *t, char *out, size_t size)
{
    size_t at = (size_t)snprintf(out, size, "%s[", flama_pt_dtype_name(t->dtype));
    for (size_t i = 0; i < t->rank && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%lld", i ? ", " : "",
                               (long long)t->sizes[i]);
    if (at < size)
        snprintf(out + at, size - at, "]");
}

/* What was worked out must be what the archive says. */
static int check_known(flama_pt_op *op, size_t k, const flama_pt_tensor *t)
{
    const flama_pt_value *value = &op->run->program->values[op->node->outputs[k]];
    bool same = value->tensor.dtype == t->dtype && value->tensor.rank == t->rank;
    char is[128], says[128];
    if (!op->dry || !op->run->strict || !value->known)
        return op->code;
    for (size_t i = 0; same && i < t->rank; i++)
        same = value->tensor.sizes[i] < 0 || value->tensor.sizes[i] == t->sizes[i];
    if (same)
        return op->code;
    shape_text(t, is, sizeof is);
    shape_text(&value->tensor, says, sizeof says);
    return flama_pt_bad(op, "the output is %s where the archive says %s", is, says);
}

static size_t new_storage(flama_pt_op *op, size_t bytes, size_t over)
{
    flama_pt_run *run = op->run;
    if (run->storage_count == run->storage_capacity) {
        size_t bigger = run->storage_capacity ? 2 * run->storage_capacity : 64;
        flama_pt_storage *all =
            flama_arena_grow(run->arena, run->storages,
                             run->storage_capacity * sizeof *all, bigger * sizeof *all);
        if (all == NULL) {
            out_of_memory(op);
            return 0;
        }
        run->storages = all;
        run->storage_capacity = bigger;
    }
    run->storages[run->storage_count] = (flama_pt_storage){
        .bytes = bytes, .first = run->current, .last = run->current, .over = over};
    return run->storage_count++;
}

flama_pt_tensor *flama_pt_new_over(flama_pt_op *op, size_t k, flama_pt_dtype dtype,
                                   size_t rank, const int64_t *sizes,
                                   const flama_pt_tensor *over)
{
    flama_pt_slot *slot = output_slot(op, k, FLAMA_PT_TENSOR);
    if (slot == NULL)
        return &nothing;
    size_t storage = slot->tensor.storage;
    flama_pt_tensor *t = &slot->tensor;
    *t = (flama_pt_tensor){.dtype = dtype, .rank = rank, .storage = storage};
    if (rank > FLAMA_PT_RANK) {
        flama_pt_unsupported(op, "tensors of more than %d dimensions", FLAMA_PT_RANK);
        return &nothing;
    }
    memcpy(t->sizes, sizes, rank * sizeof *sizes);
    if (!flama_pt_pack_strides(t)) {
        flama_pt_bad(op, "the output's shape is not possible");
        return &nothing;
    }
    size_t bytes = (size_t)t->count * flama_pt_dtype_size(dtype);
    if (op->dry && check_known(op, k, t) == 0) {
        bool may = over && over->storage != FLAMA_PT_CONSTANT && over->offset == 0 &&
                   flama_pt_is_contiguous(over) &&
                   op->run->storages[over->storage].bytes == bytes;
        t->storage = new_storage(op, bytes, may ? over->storage : SIZE_MAX);
    } else if (op->code == 0)
        t->data = op->run->block + op->run->storages[storage].place;
    return t;
}

flama_pt_tensor *flama_pt_new(flama_pt_op *op, size_t k, flama_pt_dtype dtype,
                              size_t rank, const int64_t *sizes)
{
    return flama_pt_new_over(op, k, dtype, rank, sizes, NULL);
}

/* The memory of what is added, unless another argument lies there too. */
flama_pt_tensor *flama_pt_new_sum(flama_pt_op *op, size_t rank, const int64_t *sizes)
{
    const flama_pt_node *node = op->node;
    const flama_pt_tensor *over =
        node->end.adds ? flama_pt_in(op, node->arg_count - 1) : NULL;
    for (size_t i = 0; over && i + 1 < node->arg_count; i++)
        if (node->args[i].kind == FLAMA_PT_TENSOR &&
            tensor_of(op, &node->args[i])->storage == over->storage)
            over = NULL;
    return flama_pt_new_over(op, 0, FLAMA_PT_F32, rank, sizes, over);
}

bool flama_pt_sum_starts(flama_pt_op *op, const flama_pt_tensor *out)
{
    const flama_pt_node *node = op->node;
    if (!node->end.adds || op->code)
        return false;
    const flama_pt_tensor *added = flama_pt_in(op, node->arg_count - 1);
    if (op->code == 0 && added->count != out->count)
        flama_pt_bad(op, "what is added does not fit");
    else if (!op->dry && added->data != out->data)
        flama_pt_copy_dense(added, FLAMA_PT_F32, out->data);
    return true;
}

flama_pt_tensor *flama_pt_view(flama_pt_op *op, size_t k, const flama_pt_tensor *base)
{
    flama_pt_slot *slot = output_slot(op, k, FLAMA_PT_TENSOR);
    if (slot == NULL)
        return &nothing;
    slot->tensor = *base;
    return &slot->tensor;
}

/* The view's data follows from its offset; base's data is at base's. */
int flama_pt_view_end(flama_pt_op *op, size_t k)
{
    if (op->code)
        return op->code;
    flama_pt_tensor *t = &op->run->slots[op->node->outputs[k]].tensor;
    int64_t count = 1;
    for (size_t i = 0; i < t->rank; i++)
        if (t->sizes[i] < 0 || __builtin_mul_overflow(count, t->sizes[i], &count))
            return flama_pt_bad(op, "the output's shape is not possible");
    t->count = count;
    bool constant = t->storage == FLAMA_PT_CONSTANT;
    flama_pt_storage *storage = constant ? NULL : &op->run->storages[t->storage];
    if (!flama_pt_fits(t, constant ? t->extent : storage->bytes))
        return flama_pt_bad(op, "the view reaches beyond its storage");
    if (constant || !op->dry)
        t->data = (constant ? t->origin : op->run->block + storage->place) +
                  (size_t)t->offset * flama_pt_dtype_size(t->dtype);
    return check_known(op, k, t);
}

flama_pt_tensor *flama_pt_into(flama_pt_op *op, size_t k, size_t i)
{
    const flama_pt_tensor *in = flama_pt_in(op, i);
    flama_pt_tensor *out = flama_pt_view(op, k, in);
    if (op->code)
        return &nothing;
    if (in->storage == FLAMA_PT_CONSTANT)
        flama_pt_unsupported(op, "the model changes its own weights");
    else if (op->run->storages[in->storage].apart)
        flama_pt_unsupported(op, "a tensor is written into that has a view apart here");
    else
        op->run->storages[in->storage].written = 1 + op->run->current;
    flama_pt_view_end(op, k);
    return out;
}

void flama_pt_set_apart(flama_pt_op *op, const flama_pt_tensor *t)
{
    if (op->code == 0 && t->storage != FLAMA_PT_CONSTANT)
        op->run->storages[t->storage].apart = true;
}

int flama_pt_give_int(flama_pt_op *op, size_t k, int64_t integer)
{
    flama_pt_slot *slot = output_slot(op, k, FLAMA_PT_INT);
    if (slot)
        slot->integer = integer;
    return op->code;
}

int flama_pt_give_flag(flama_pt_op *op, size_t k, bool flag)
{
    flama_pt_slot *slot = output_slot(op, k, FLAMA_PT_FLAG);
    if (slot)
        slot->integer = flag;
    return op->code;
}

int flama_pt_give_number(flama_pt_op *op, size_t k, double number)
{
    flama_pt_slot *slot = output_slot(op, k, FLAMA_PT_FLOAT);
    if (slot)
        slot->number = number;
    return op->code;
}

/* Memory and data. */

void *flama_pt_scratch(flama_pt_op *op, size_t count, size_t size)
{
    flama_pt_run *run = op->run;
    size_t bytes, at = run->scratch_used, end;
    if (op->code)
        return NULL;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, FLAMA_PT_ALIGN - 1, &bytes) ||
        __builtin_add_overflow(at, bytes / FLAMA_PT_ALIGN * FLAMA_PT_ALIGN, &end)) {
        out_of_memory(op);
        return NULL;
    }
    run->scratch_used = end;
    if (op->dry) {
        if (end > run->scratch_bytes)
            run->scratch_bytes = end;
        return NULL;
    }
    if (end > run->scratch_bytes) {
        flama_pt_bad(op, "more scratch memory is asked for than was planned");
        return NULL;
    }
    return run->block + run->scratch_at + at;
}

void flama_pt_spend(flama_pt_op *op, double operations)
{
    op->run->operations += operations;
}

int flama_pt_want_dtype(flama_pt_op *op, const flama_pt_tensor *t, const char *name,
                        flama_pt_dtype dtype)
{
    if (op->code == 0 && t->dtype != dtype)
        flama_pt_unsupported(op, "%s is %s, and only %s is computed here", name,
                             flama_pt_dtype_name(t->dtype), flama_pt_dtype_name(dtype));
    return op->code;
}

const void *flama_pt_dense(flama_pt_op *op, const flama_pt_tensor *t)
{
    if (flama_pt_is_contiguous(t))
        return t->data;
    void *copy = flama_pt_scratch(op, (size_t)t->count, flama_pt_dtype_size(t->dtype));
    if (copy)
        flama_pt_copy_dense(t, t->dtype, copy);
    return copy;
}

const float *flama_pt_floats(flama_pt_op *op, const flama_pt_tensor *t)
{
    if (t->dtype == FLAMA_PT_F32)
        return flama_pt_dense(op, t);
    float *copy = flama_pt_scratch(op, (size_t)t->count, sizeof *copy);
    if (copy)
        flama_pt_copy_dense(t, FLAMA_PT_F32, copy);
    return copy;
}

int64_t flama_pt_product(const int64_t *sizes, size_t from, size_t to)
{
    int64_t product = 1;
    for (size_t i = from; i < to; i++)
        product *= sizes[i];
    return product;
}
