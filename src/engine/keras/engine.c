#include "engine/keras/engine.h"

#include <string.h>

#include <flama/json.h>

#include "base/alloc.h"
#include "base/error.h"
#include "engine/instance.h"
#include "engine/keras/input.h"
#include "engine/keras/layers.h"
#include "engine/keras/precision.h"
#include "flm/zip.h"

enum {
    BATCH = 32,         /* rows at once, as predict has it */
    MIDDLING = 32,      /* steps or pixels of an axis, where a guess must do */
    CONFIG_DEPTH = 200, /* of config.json */
    ROOM = 64 << 20     /* bytes of a request's buffers from which on fewer rows are
                           run at once */
};

/* Everything lives in the arena. */
typedef struct instance {
    flama_arena arena;
    flama_keras_graph graph;
    flama_keras_id input;
    flama_keras_outputs outputs;
    flama_port in_port;
    flama_port out_port;
    flama_signature signature;
    size_t weight_bytes;
    size_t row_bytes; /* of a request, for one row, where the file tells all shapes */
    size_t batch_bytes;
    double row_work;
} instance;

/* What the parts of an archive are while it is read. */
typedef struct archive {
    flama_zip zip;
    flama_value config;
    flama_hdf5 weights;
} archive;

static bool is_named(flama_string framework, const char *name)
{
    return framework.size == strlen(name) &&
           memcmp(framework.data, name, framework.size) == 0;
}

static int accepts(const flama_engine_file *file, flama_error *why)
{
    if (is_named(file->framework, "tensorflow") || is_named(file->framework, "keras"))
        return 0;
    return flama_error_set(why, FLAMA_ENOT_FOUND, "it is no Keras model");
}

static int get_part(archive *a, const char *name, const uint8_t **data, size_t *size,
                    flama_error *err)
{
    const flama_zip_entry *entry =
        flama_zip_find(&a->zip, (flama_string){name, strlen(name)});
    if (entry == NULL)
        return flama_error_set(err, FLAMA_EFORMAT, "the Keras archive has no %s", name);
    *size = entry->size;
    return flama_zip_get(&a->zip, entry, data, err);
}

/* Python writes numbers that JSON does not have: where the word is, in a copy, a number
 * too large for any. */
static int spell_infinity(flama_arena *scratch, const char **text, size_t size)
{
    static const char word[] = "Infinity", number[] = "1e999999";
    bool quoted = false;
    if (memmem(*text, size, word, sizeof word - 1) == NULL)
        return 0;
    char *copy = flama_arena_copy(scratch, *text, size);
    if (copy == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < size; i++) {
        if (copy[i] == '"')
            quoted = !quoted;
        else if (quoted && copy[i] == '\\')
            i++;
        else if (!quoted && size - i >= sizeof word - 1 &&
                 memcmp(copy + i, word, sizeof word - 1) == 0)
            memcpy(copy + i, number, sizeof word - 1);
    }
    *text = copy;
    return 0;
}

static int get_json(archive *a, flama_arena *scratch, const char *name,
                    flama_value *out, flama_error *err)
{
    const uint8_t *data;
    size_t size;
    flama_error why = {0};
    flama_json_limits limits = {.size = sizeof limits, .depth = CONFIG_DEPTH};
    int code = get_part(a, name, &data, &size, err);
    const char *text = (const char *)data;
    if (code)
        return code;
    if (spell_infinity(scratch, &text, size) != 0)
        return flama_error__memory(err);
    code = flama_json_decode(scratch, text, size, &limits, out, &why);
    return code ? flama_error_set(err, code == FLAMA_EJSON ? FLAMA_EFORMAT : code,
                                  "%s: %s", name, why.message)
                : 0;
}

/* Keras 3 only: what others will write is not known. */
static int check_version(archive *a, flama_arena *scratch, flama_error *err)
{
    flama_value metadata;
    int code = get_json(a, scratch, "metadata.json", &metadata, err);
    flama_string version =
        code ? (flama_string){"", 0}
             : flama_keras_text(flama_value_get(&metadata, "keras_version"));
    if (code == 0 && (version.size < 2 || memcmp(version.data, "3.", 2) != 0))
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "the model was saved by Keras '%.*s', and only files of "
                               "Keras 3 are read",
                               version.size > 32 ? 32 : (int)version.size,
                               version.data);
    return code;
}

static int open_archive(archive *a, flama_arena *scratch, const flama_engine_file *file,
                        flama_error *err)
{
    const uint8_t *weights;
    size_t size;
    if (file->payload_size > 8 && memcmp(file->payload, "\x89HDF\r\n\x1a\n", 8) == 0)
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "the model is an HDF5 file of Keras 2: load it with "
                               "Keras 3 and save it as .keras");
    int code = flama_zip_open(scratch, file->payload, file->payload_size, &a->zip, err);
    if (code == 0)
        code = check_version(a, scratch, err);
    if (code == 0)
        code = get_json(a, scratch, "config.json", &a->config, err);
    if (code == 0)
        code = get_part(a, "model.weights.h5", &weights, &size, err);
    return code ? code : flama_hdf5_open(scratch, weights, size, &a->weights, err);
}

/* The shapes of all tensors for a request of so many rows, with `open` for each axis
 * that the file leaves open, and the memory that it takes; NULL when they don't fit. */
static const flama_keras_tensor *request_shapes(const instance *model,
                                                flama_arena *scratch, int64_t rows,
                                                int64_t open, size_t *bytes)
{
    const flama_keras_graph *g = &model->graph;
    flama_keras_tensor *tensors =
        flama_arena_calloc(scratch, g->tensor_count, sizeof *tensors);
    size_t *offsets = flama_arena_calloc(scratch, g->slot_count, sizeof *offsets);
    size_t at;
    if (tensors == NULL || offsets == NULL)
        return NULL;
    memcpy(tensors, g->known, g->tensor_count * sizeof *tensors);
    flama_keras_tensor *input = &tensors[model->input];
    input->dims[0] = rows;
    for (unsigned i = 1; i < input->rank; i++)
        input->dims[i] = input->dims[i] < 0 ? open : input->dims[i];
    return flama_keras_measure(g, tensors, offsets, &at, bytes, NULL) ? NULL : tensors;
}

/* Buffers and scratch memory of a request, 0 where that can't be told from the file. */
static size_t request_bytes(const instance *model, flama_arena *scratch, int64_t rows)
{
    size_t bytes;
    const flama_keras_tensor *input = &model->graph.known[model->input];
    bool told = flama_keras_product(input, 1, input->rank) >= 0;
    return told && request_shapes(model, scratch, rows, 0, &bytes) ? bytes : 0;
}

/* Floating point operations for a row, of middling size where the file leaves that
 * open. */
static double row_work(const instance *model, flama_arena *scratch)
{
    size_t bytes;
    const flama_keras_tensor *shapes =
        request_shapes(model, scratch, 1, MIDDLING, &bytes);
    return flama_keras_work(&model->graph, shapes ? shapes : model->graph.known);
}

static flama_port port_of(const char *name, const flama_keras_tensor *t)
{
    flama_port port = {.name = name,
                       .dtype = t->dtype == FLAMA_KERAS_FLOAT ? FLAMA_DTYPE_FLOAT32
                                : t->dtype == FLAMA_KERAS_INT ? FLAMA_DTYPE_INT64
                                                              : FLAMA_DTYPE_BOOL,
                       .rank = t->rank};
    for (unsigned i = 0; i < t->rank; i++)
        port.shape[i] = i == 0 ? -1 : t->dims[i];
    return port;
}

static int finish(instance *model, flama_keras_builder *b, flama_arena *scratch,
                  flama_error *err)
{
    flama_keras_graph *g = &model->graph;
    for (size_t i = 0; i < model->outputs.count; i++)
        if (g->known[model->outputs.ids[i]].rank == 0)
            return flama_error_set(err, FLAMA_EUNSUPPORTED,
                                   "the model gives a single number for a whole batch");
    int code =
        flama_keras_fuse(g, model->outputs.ids, model->outputs.count, scratch, err);
    if (code == 0)
        code = flama_keras_plan(g, model->input, model->outputs.ids,
                                model->outputs.count, err);
    if (code)
        return code;
    model->weight_bytes = b->weight_bytes;
    model->row_bytes = request_bytes(model, scratch, 1);
    model->batch_bytes = request_bytes(model, scratch, BATCH);
    model->row_work = row_work(model, scratch);
    model->in_port = port_of("input", &g->known[model->input]);
    model->out_port = port_of("output", &g->known[model->outputs.ids[0]]);
    model->signature = (flama_signature){.size = sizeof(flama_signature),
                                         .input_count = 1,
                                         .inputs = &model->in_port,
                                         .output_count = 1,
                                         .outputs = &model->out_port};
    return 0;
}

static int build(void *ctx, const flama_engine_file *file, flama_arena *scratch,
                 flama_error *err)
{
    instance *model = ctx;
    archive a;
    int code = open_archive(&a, scratch, file, err);
    if (code)
        return code;
    model->graph.arena = &model->arena;
    flama_keras_builder b = {.graph = &model->graph,
                             .arena = &model->arena,
                             .scratch = scratch,
                             .weights = &a.weights,
                             .files = &a.zip,
                             .err = err};
    flama_map_init(&b.loaded, scratch);
    model->input = flama_keras_read(&b, &a.config, &model->outputs);
    code = b.failed ? b.failed : finish(model, &b, scratch, err);
    flama_keras_builder_fini(&b);
    return code;
}

static int load(const flama_engine_file *file, void **out, flama_error *err)
{
    const flama_engine_instance type = {.size = sizeof(instance),
                                        .base = (size_t)256 << 20,
                                        .per_byte = 8,
                                        .read = build};
    return flama_engine__load(&type, file, out, err);
}

static const flama_signature *signature(const void *ctx, const char *method)
{
    return strcmp(method, "predict") == 0 ? &((const instance *)ctx)->signature : NULL;
}

/* One output of a request, batch after batch. */
typedef struct result {
    flama_keras_tensor shape;
    char *data;
    size_t size;
    size_t capacity;
} result;

/* What a request works with. */
typedef struct request {
    const instance *model;
    flama_call *call;
    flama_keras_rows rows;
    flama_keras_tensor *tensors;
    size_t *offsets;
    char *memory;
    size_t memory_size;
    result *results;
} request;

static int no_memory(flama_call *call)
{
    return flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
}

/* The shapes for so many rows, and what memory they take. */
static int measure(request *r, int64_t rows, size_t *scratch, size_t *total)
{
    const flama_keras_graph *g = &r->model->graph;
    flama_keras_tensor *input = &r->tensors[r->model->input];
    flama_error why = {0};
    memcpy(r->tensors, g->known, g->tensor_count * sizeof *r->tensors);
    memset(r->offsets, 0, g->slot_count * sizeof *r->offsets);
    *input = r->rows.shape;
    input->dtype = g->known[r->model->input].dtype;
    input->dims[0] = rows;
    r->offsets[g->slots[r->model->input]] =
        flama_keras_count(input) * flama_keras_dtype_size(input->dtype);
    int code = flama_keras_measure(g, r->tensors, r->offsets, scratch, total, &why);
    return code ? flama_fail_at(r->call, code, "$.input",
                                "The model can't take an input of this shape: %s.",
                                why.message)
                : 0;
}

static bool make_room(request *r, size_t size)
{
    if (size <= r->memory_size)
        return true;
    flama_free(r->memory);
    r->memory_size = 0;
    r->memory = flama_malloc(size + 64);
    if (r->memory)
        r->memory_size = size;
    return r->memory != NULL;
}

/* Each tensor's place; an alias has its input's, a constant its own. */
static char *place(request *r)
{
    const flama_keras_graph *g = &r->model->graph;
    char *base = r->memory + (64 - (uintptr_t)r->memory % 64) % 64;
    r->tensors[r->model->input].data = base + r->offsets[g->slots[r->model->input]];
    for (size_t k = 0; k < g->op_count; k++) {
        const flama_keras_op *op = &g->ops[k];
        for (size_t i = 0; i < op->output_count; i++) {
            flama_keras_tensor *t = &r->tensors[op->output + i];
            t->data = op->type->alias ? r->tensors[op->inputs[0]].data
                                      : base + r->offsets[g->slots[op->output + i]];
        }
    }
    return base;
}

/* Of an operation that computes in halves; an alias's numbers are rounded already. */
static void round_outputs(const flama_keras_op *op, const flama_keras_tensor *tensors)
{
    for (size_t i = 0; i < op->output_count && !op->type->alias; i++) {
        const flama_keras_tensor *t = &tensors[op->output + i];
        if (t->dtype == FLAMA_KERAS_FLOAT)
            flama_keras_round(op->precision, t->data, flama_keras_count(t));
    }
}

static int run_ops(request *r, void *scratch)
{
    const flama_keras_graph *g = &r->model->graph;
    flama_error why = {0};
    for (size_t k = 0; k < g->op_count; k++) {
        if (flama_call_cancelled(r->call))
            return flama_call_stopped(r->call);
        int code = g->ops[k].type->run(&g->ops[k], r->tensors, scratch, &why);
        if (code)
            return flama_fail_at(r->call, code, "$.input",
                                 "The model can't take these numbers: %s.",
                                 why.message);
        if (flama_keras_is_half(g->ops[k].precision))
            round_outputs(&g->ops[k], r->tensors);
    }
    return 0;
}

/* Appends this batch's outputs to those of the batches before. */
static int keep_outputs(request *r, size_t batches)
{
    for (size_t i = 0; i < r->model->outputs.count; i++) {
        const flama_keras_tensor *t = &r->tensors[r->model->outputs.ids[i]];
        result *out = &r->results[i];
        size_t bytes = flama_keras_count(t) * flama_keras_dtype_size(t->dtype);
        for (unsigned k = 1; out->data && k < t->rank; k++)
            if (t->dims[k] != out->shape.dims[k])
                return flama_fail(r->call, FLAMA_EINPUT,
                                  "the batches' answers differ in shape: they can't be "
                                  "joined");
        size_t need, wanted;
        if (__builtin_add_overflow(out->size, bytes, &need) ||
            __builtin_mul_overflow(bytes, out->data ? 1 : batches, &wanted))
            return flama_fail(r->call, FLAMA_ELIMIT, "the answer is too large");
        if (out->data == NULL || need > out->capacity) {
            wanted = wanted > need ? wanted : need;
            char *grown = flama_arena_grow(flama_call_arena(r->call), out->data,
                                           out->capacity, wanted + 1);
            if (grown == NULL)
                return no_memory(r->call);
            out->shape = out->data ? out->shape : *t;
            out->shape.dims[0] = out->data ? out->shape.dims[0] : 0;
            out->data = grown;
            out->capacity = wanted;
        }
        memcpy(out->data + out->size, t->data, bytes);
        out->size = need;
        out->shape.dims[0] += t->dims[0];
    }
    return 0;
}

/* Rows at once: as predict has it, or fewer when they would need much memory and do not
 * depend on each other. */
static int choose_batch(request *r, size_t *batch, size_t *scratch, size_t *total)
{
    size_t all = (size_t)r->rows.shape.dims[0];
    *batch = all < BATCH ? all : BATCH;
    int code = measure(r, (int64_t)*batch, scratch, total);
    while (code == 0 && *total > ROOM && *batch > 1 && !r->model->graph.mixes) {
        *batch = (*batch + 1) / 2;
        code = measure(r, (int64_t)*batch, scratch, total);
    }
    return code;
}

static int run_batches(request *r)
{
    const flama_keras_tensor *input = &r->tensors[r->model->input];
    size_t all = (size_t)r->rows.shape.dims[0], batch, scratch, total;
    size_t row = (size_t)flama_keras_product(&r->rows.shape, 1, r->rows.shape.rank);
    int code = choose_batch(r, &batch, &scratch, &total);
    for (size_t from = 0; code == 0 && from < all; from += batch) {
        size_t rows = all - from < batch ? all - from : batch;
        if (from > 0 && rows != (size_t)input->dims[0])
            code = measure(r, (int64_t)rows, &scratch, &total);
        if (code)
            break;
        if (!make_room(r, total))
            return no_memory(r->call);
        char *base = place(r);
        flama_keras_rows_copy(&r->rows, from * row, rows * row, input->dtype,
                              input->data);
        code = run_ops(r, base + scratch);
        if (code == 0)
            code = keep_outputs(r, (all + batch - 1) / batch);
    }
    return code;
}

/* The outputs in their structure: see flama_keras_outputs. */
static int make_value(request *r, const flama_value *tree, flama_value *out)
{
    flama_arena *arena = flama_call_arena(r->call);
    flama_builder builder;
    flama_value item;
    if (tree->kind == FLAMA_KIND_INTEGER) {
        const result *from = &r->results[tree->integer];
        flama_tensor *t = flama_arena_calloc(arena, 1, sizeof *t);
        if (t == NULL)
            return FLAMA_EMEMORY;
        t->dtype = port_of("", &from->shape).dtype;
        t->rank = from->shape.rank;
        for (unsigned i = 0; i < t->rank; i++)
            t->shape[i] = (size_t)from->shape.dims[i];
        t->count = flama_keras_count(&from->shape);
        t->data = from->data;
        *out = flama_value_tensor(t);
        return 0;
    }
    if (tree->kind == FLAMA_KIND_ARRAY) {
        flama_array_begin(&builder, arena);
        for (size_t i = 0; i < tree->array.count; i++) {
            if (make_value(r, &tree->array.items[i], &item) != 0)
                return FLAMA_EMEMORY;
            flama_array_add(&builder, item);
        }
        return flama_builder_end(&builder, out);
    }
    flama_object_begin(&builder, arena);
    for (size_t i = 0; i < tree->object.count; i++) {
        const flama_member *m = &tree->object.members[i];
        if (make_value(r, &m->value, &item) != 0)
            return FLAMA_EMEMORY;
        const char *name = flama_arena_copy(arena, m->name.data, m->name.size);
        if (name == NULL)
            return FLAMA_EMEMORY;
        flama_object_add_string(&builder, (flama_string){name, m->name.size}, item);
    }
    return flama_builder_end(&builder, out);
}

static int run(const void *ctx, const char *method, const flama_value *inputs,
               flama_value *outputs, flama_call *call)
{
    (void)method;
    const instance *model = ctx;
    const flama_keras_graph *g = &model->graph;
    request r = {.model = model, .call = call};
    int code =
        flama_keras_rows_read(call, &inputs[0], &g->known[model->input], &r.rows);
    if (code)
        return code;
    r.tensors = flama_call_alloc(call, g->tensor_count * sizeof *r.tensors);
    r.offsets = flama_call_alloc(call, g->slot_count * sizeof *r.offsets);
    r.results = flama_arena_calloc(flama_call_arena(call), model->outputs.count,
                                   sizeof *r.results);
    if (r.tensors == NULL || r.offsets == NULL || r.results == NULL)
        return no_memory(call);
    code = run_batches(&r);
    flama_free(r.memory);
    if (code)
        return code;
    return make_value(&r, &model->outputs.tree, &outputs[0]) ? no_memory(call) : 0;
}

/* A few billion operations a second, and what a call costs at least. */
static uint64_t cost(const void *ctx, const char *method)
{
    (void)method;
    double nanoseconds = 300 + ((const instance *)ctx)->row_work / 8;
    return nanoseconds < 1e15 ? (uint64_t)nanoseconds : (uint64_t)1e15;
}

static int describe(const void *ctx, flama_builder *object)
{
    const instance *model = ctx;
    flama_object_add(object, "weights_bytes",
                     flama_value_integer((int64_t)model->weight_bytes));
    if (model->row_bytes)
        flama_object_add(object, "request_bytes",
                         flama_value_integer((int64_t)model->row_bytes));
    if (model->batch_bytes)
        flama_object_add(object, "batch_request_bytes",
                         flama_value_integer((int64_t)model->batch_bytes));
    return flama_object_add(object, "operations",
                            flama_value_integer((int64_t)model->graph.op_count));
}

const flama_engine_type flama_keras_engine = {.size = sizeof(flama_engine_type),
                                              .api_version = FLAMA_ENGINE_API,
                                              .name = "keras",
                                              .accepts = accepts,
                                              .load = load,
                                              .signature = signature,
                                              .run = run,
                                              .cost = cost,
                                              .describe = describe,
                                              .free = flama_engine__free};
