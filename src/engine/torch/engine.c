#include "engine/torch/engine.h"

#include <string.h>

#include "base/error.h"
#include "engine/instance.h"
#include "engine/torch/graph.h"
#include "engine/torch/input.h"
#include "engine/torch/optimize.h"
#include "engine/torch/tree.h"

/* Memory of one request. */
#define REQUEST_LIMIT ((size_t)4 << 30)

typedef struct instance {
    flama_arena arena;
    flama_pt_program program;
    flama_pt_facts facts;
    flama_port input, output;
    flama_signature signature;
} instance;

static int accepts(const flama_engine_file *file, flama_error *why)
{
    if (file->framework.size == 5 && memcmp(file->framework.data, "torch", 5) == 0)
        return 0;
    return flama_error_set(why, FLAMA_ENOT_FOUND, "it is no PyTorch model");
}

static flama_dtype port_dtype(flama_pt_dtype dtype)
{
    return dtype == FLAMA_PT_F64      ? FLAMA_DTYPE_FLOAT64
           : flama_pt_is_float(dtype) ? FLAMA_DTYPE_FLOAT32
           : dtype == FLAMA_PT_BOOL   ? FLAMA_DTYPE_BOOL
                                      : FLAMA_DTYPE_INT64;
}

/* The input as its bounds have it; the output as the archive has it, or for several
 * outputs (a list, an object) without a shape. */
static void set_signature(instance *model)
{
    const flama_pt_program *p = &model->program;
    const flama_pt_tensor *in = &p->values[p->input].tensor;
    model->input = (flama_port){
        .name = "input", .dtype = FLAMA_DTYPE_FLOAT32, .rank = (unsigned)in->rank};
    for (size_t i = 0; i < in->rank; i++)
        model->input.shape[i] = p->bounds[i].size;
    model->output = (flama_port){.name = "output", .dtype = FLAMA_DTYPE_FLOAT32};
    const flama_pt_tree *out = &p->output;
    if (out->kind == FLAMA_PT_LEAF && out->leaf.kind == FLAMA_PT_TENSOR) {
        const flama_pt_value *value = &p->values[out->leaf.value];
        model->output.dtype = port_dtype(value->tensor.dtype);
        model->output.rank = (unsigned)value->tensor.rank;
        for (size_t i = 0; i < value->tensor.rank; i++)
            model->output.shape[i] = value->tensor.sizes[i];
    }
    model->signature = (flama_signature){.size = sizeof(flama_signature),
                                         .input_count = 1,
                                         .inputs = &model->input,
                                         .output_count = 1,
                                         .outputs = &model->output};
}

static int read_model(void *ctx, const flama_engine_file *file, flama_arena *scratch,
                      flama_error *err)
{
    instance *model = ctx;
    flama_pt_archive archive;
    flama_arena texts;
    flama_arena_init(&texts, scratch->limit);
    int code = flama_pt_archive_open(&archive, &texts, scratch, file->payload,
                                     file->payload_size, err);
    if (code == 0)
        code = flama_pt_graph_read(&model->program, &archive, &model->arena, err);
    flama_arena_fini(&texts);
    if (code == 0)
        code = flama_pt_optimize(&model->program, scratch, REQUEST_LIMIT, &model->facts,
                                 err);
    if (code == 0)
        set_signature(model);
    return code;
}

/* model.json is text, and its values take some times as much. */
static int load(const flama_engine_file *file, void **out, flama_error *err)
{
    const flama_engine_instance type = {.size = sizeof(instance),
                                        .base = (size_t)512 << 20,
                                        .per_byte = 24,
                                        .read = read_model};
    return flama_engine__load(&type, file, out, err);
}

static const flama_signature *signature(const void *ctx, const char *method)
{
    const instance *model = ctx;
    return strcmp(method, "predict") == 0 ? &model->signature : NULL;
}

/* What went wrong in the run, as the call's error. */
static int failed(flama_call *call, const flama_error *err)
{
    const flama_error *own = flama_call_error(call);
    if (own->code)
        return own->code;
    return flama_fail(call, err->code, "%s", err->message);
}

static int run(const void *ctx, const char *method, const flama_value *inputs,
               flama_value *outputs, flama_call *call)
{
    const instance *model = ctx;
    int64_t sizes[FLAMA_PT_RANK];
    size_t rank;
    flama_error err = {0};
    flama_pt_run run;
    (void)method;
    int code = flama_pt_input_shape(call, &inputs[0], &rank, sizes);
    if (code == 0)
        code = flama_pt_input_check(call, &model->program, rank, sizes);
    if (code)
        return code;
    code = flama_pt_run_init(&run, &model->program, flama_call_arena(call), &err);
    run.limit = REQUEST_LIMIT;
    if (code == 0)
        code = flama_pt_run_plan(&run, sizes);
    float *data = code == 0 ? flama_pt_run_input(&run) : NULL;
    if (data == NULL)
        return failed(call, &err);
    code = flama_pt_input_data(call, &inputs[0], rank, sizes, data);
    if (code == 0)
        code = flama_pt_run_compute(&run, call);
    if (code)
        return failed(call, &err);
    return flama_pt_tree_value(&run, &model->program.output, call, &outputs[0]);
}

/* A few arithmetic operations a nanosecond, and the way from node to node. */
static uint64_t cost(const void *ctx, const char *method)
{
    const instance *model = ctx;
    double rows = model->facts.rows > 0 ? (double)model->facts.rows : 1;
    (void)method;
    return 500 + 100 * model->program.node_count +
           (uint64_t)(model->facts.operations / rows / 10);
}

static int describe(const void *ctx, flama_builder *object)
{
    const instance *model = ctx;
    const flama_pt_facts *facts = &model->facts;
    flama_object_add(object, "nodes",
                     flama_value_integer((int64_t)model->program.node_count));
    flama_object_add(object, "constant_nodes",
                     flama_value_integer((int64_t)facts->folded));
    flama_object_add(object, "fused_nodes", flama_value_integer((int64_t)facts->fused));
    flama_object_add(object, "request_rows", flama_value_integer(facts->rows));
    flama_object_add(object, "request_bytes",
                     flama_value_integer((int64_t)facts->request));
    return flama_object_add(object, "request_operations",
                            flama_value_integer((int64_t)facts->operations));
}

const flama_engine_type flama_torch_engine = {.size = sizeof(flama_engine_type),
                                              .api_version = FLAMA_ENGINE_API,
                                              .name = "torch",
                                              .accepts = accepts,
                                              .load = load,
                                              .signature = signature,
                                              .run = run,
                                              .cost = cost,
                                              .describe = describe,
                                              .free = flama_engine__free};
