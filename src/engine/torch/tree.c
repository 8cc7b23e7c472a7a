/* A tree is written as torch.utils._pytree does:
 *
 *     [1, {"type": "builtins.tuple", "context": "null", "children_spec": [...]}]
 *
 * where a leaf's type is null, and a dict's context is a JSON list of its keys. */
#include "engine/torch/tree.h"

#include <string.h>

#include <flama/json.h>

#include "base/error.h"
#include "engine/torch/archive.h"
#include "engine/torch/args.h"
#include "engine/torch/elements.h"

enum { DEEPEST = 16 };

typedef struct reader {
    flama_pt_program *program;
    const flama_value *specs; /* output_specs */
    flama_arena *scratch;
    flama_error *err;
    size_t next; /* leaf */
} reader;

static int damaged(flama_error *err)
{
    return flama_error_set(err, FLAMA_EFORMAT,
                           "the description of the outputs is "
                           "damaged");
}

static int read_leaf(reader *r, flama_pt_tree *out)
{
    const flama_value *spec = flama_pt_at(r->specs, r->next++);
    const flama_value *user = flama_value_get(spec, "user_output");
    out->kind = FLAMA_PT_LEAF;
    if (spec == NULL)
        return damaged(r->err);
    if (user == NULL)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "the model changes its own state when it runs");
    return flama_pt_arg_read(r->program, flama_value_get(user, "arg"), &out->leaf,
                             r->err);
}

static bool is_type(const flama_value *type, const char *name)
{
    return type->kind == FLAMA_KIND_STRING && type->string.size == strlen(name) &&
           memcmp(type->string.data, name, type->string.size) == 0;
}

/* The keys of a dict, out of its context: a text that is a list of strings itself. */
static int read_keys(reader *r, const flama_value *context, flama_pt_tree *out)
{
    flama_value keys;
    if (context == NULL || context->kind != FLAMA_KIND_STRING ||
        flama_json_decode(r->scratch, context->string.data, context->string.size, NULL,
                          &keys, NULL) != 0)
        return damaged(r->err);
    size_t count = keys.kind == FLAMA_KIND_ARRAY ? keys.array.count : SIZE_MAX;
    flama_string *all = flama_arena_calloc(r->program->arena, out->count, sizeof *all);
    if (all == NULL)
        return flama_error__memory(r->err);
    out->keys = all;
    if (count != out->count)
        return damaged(r->err);
    for (size_t i = 0; i < count; i++) {
        const flama_value *key = &keys.array.items[i];
        if (key->kind != FLAMA_KIND_STRING)
            return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                                   "the model's answer has keys that are no strings");
        all[i].size = key->string.size;
        all[i].data =
            flama_arena_copy(r->program->arena, key->string.data, key->string.size);
        if (all[i].data == NULL)
            return flama_error__memory(r->err);
    }
    return 0;
}

static int read_node(reader *r, const flama_value *node, int depth, flama_pt_tree *out)
{
    const flama_value *type = flama_value_get(node, "type");
    const flama_value *children = flama_value_get(node, "children_spec");
    if (type == NULL || children == NULL || children->kind != FLAMA_KIND_ARRAY ||
        depth > DEEPEST)
        return damaged(r->err);
    if (type->kind == FLAMA_KIND_NULL)
        return read_leaf(r, out);
    bool dict =
        is_type(type, "builtins.dict") || is_type(type, "collections.OrderedDict");
    if (!dict && !is_type(type, "builtins.tuple") && !is_type(type, "builtins.list") &&
        !is_type(type, "collections.namedtuple"))
        return flama_error_set(
            r->err, FLAMA_EUNSUPPORTED,
            "the model's answer is of a type that is not known here");
    out->kind = dict ? FLAMA_PT_DICT : FLAMA_PT_SEQUENCE;
    out->count = children->array.count;
    flama_pt_tree *all = flama_arena_calloc(r->program->arena, out->count, sizeof *all);
    if (all == NULL)
        return flama_error__memory(r->err);
    out->children = all;
    int code = dict ? read_keys(r, flama_value_get(node, "context"), out) : 0;
    for (size_t i = 0; code == 0 && i < out->count; i++)
        code = read_node(r, &children->array.items[i], depth + 1, &all[i]);
    return code;
}

/* Without a description: the one output, or a list of them. */
static int read_flat(reader *r, size_t count)
{
    flama_pt_tree *out = &r->program->output;
    if (count == 1)
        return read_leaf(r, out);
    flama_pt_tree *all = flama_arena_calloc(r->program->arena, count, sizeof *all);
    *out = (flama_pt_tree){
        .kind = FLAMA_PT_SEQUENCE, .children = all, .count = all ? count : 0};
    int code = all ? 0 : flama_error__memory(r->err);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = read_leaf(r, &all[i]);
    return code;
}

int flama_pt_tree_read(flama_pt_program *program, const flama_value *module,
                       flama_arena *scratch, flama_error *err)
{
    reader r = {.program = program, .scratch = scratch, .err = err};
    r.specs = flama_value_get(flama_value_get(module, "signature"), "output_specs");
    const flama_value *root =
        flama_pt_at(flama_value_get(module, "module_call_graph"), 0);
    const flama_value *text =
        flama_value_get(flama_value_get(root, "signature"), "out_spec");
    size_t count =
        r.specs && r.specs->kind == FLAMA_KIND_ARRAY ? r.specs->array.count : 0;
    flama_value spec;
    int code;
    if (text == NULL || text->kind != FLAMA_KIND_STRING)
        code = read_flat(&r, count);
    else if (flama_json_decode(scratch, text->string.data, text->string.size, NULL,
                               &spec, NULL) != 0)
        return damaged(err);
    else
        code = read_node(&r, flama_pt_at(&spec, 1), 0, &program->output);
    return code == 0 && r.next != count ? damaged(err) : code;
}

/* Answers. */

static int tensor_value(flama_call *call, const flama_pt_tensor *t, flama_value *out)
{
    bool is_float = flama_pt_is_float(t->dtype);
    flama_pt_dtype to = t->dtype == FLAMA_PT_F64    ? FLAMA_PT_F64
                        : is_float                  ? FLAMA_PT_F32
                        : t->dtype == FLAMA_PT_BOOL ? FLAMA_PT_BOOL
                                                    : FLAMA_PT_I64;
    flama_dtype dtype = to == FLAMA_PT_F64    ? FLAMA_DTYPE_FLOAT64
                        : to == FLAMA_PT_F32  ? FLAMA_DTYPE_FLOAT32
                        : to == FLAMA_PT_BOOL ? FLAMA_DTYPE_BOOL
                                              : FLAMA_DTYPE_INT64;
    size_t shape[FLAMA_PT_RANK];
    flama_tensor *tensor;
    flama_error err = {0};
    void *data;
    for (size_t i = 0; i < t->rank; i++)
        shape[i] = (size_t)t->sizes[i];
    if (t->rank == 0) {
        *out = is_float              ? flama_value_number(flama_pt_get(t, 0))
               : to == FLAMA_PT_BOOL ? flama_value_bool(flama_pt_get_int(t, 0) != 0)
                                     : flama_value_integer(flama_pt_get_int(t, 0));
        return 0;
    }
    int code = flama_tensor_new(flama_call_arena(call), dtype, (unsigned)t->rank, shape,
                                &tensor, &data, &err);
    if (code)
        return flama_fail(call, code, "%s", err.message);
    flama_pt_copy_dense(t, to, data);
    *out = flama_value_tensor(tensor);
    return 0;
}

static int leaf_value(const flama_pt_run *run, const flama_pt_arg *leaf,
                      flama_call *call, flama_value *out)
{
    const flama_pt_slot *slot = leaf->computed ? &run->slots[leaf->value] : NULL;
    const flama_pt_value *value =
        leaf->computed ? &run->program->values[leaf->value] : NULL;
    int64_t integer = !slot                ? leaf->integer
                      : value->is_constant ? value->integer
                                           : slot->integer;
    switch (leaf->kind) {
    case FLAMA_PT_TENSOR:
        return tensor_value(call, flama_pt_run_tensor(run, leaf->value), out);
    case FLAMA_PT_INT:
        *out = flama_value_integer(integer);
        return 0;
    case FLAMA_PT_FLAG:
        *out = flama_value_bool(integer != 0);
        return 0;
    case FLAMA_PT_FLOAT:
        *out = flama_value_number(!slot                ? leaf->number
                                  : value->is_constant ? value->number
                                                       : slot->number);
        return 0;
    default:
        *out = flama_value_null();
        return 0;
    }
}

static int add_child(const flama_pt_run *run, const flama_pt_tree *tree, size_t i,
                     flama_call *call, flama_builder *builder)
{
    flama_value child;
    int code = flama_pt_tree_value(run, &tree->children[i], call, &child);
    if (code)
        return code;
    code = tree->kind == FLAMA_PT_DICT
               ? flama_object_add_string(builder, tree->keys[i], child)
               : flama_array_add(builder, child);
    return code ? flama_fail(call, code, "%s", flama_error_text(code)) : 0;
}

int flama_pt_tree_value(const flama_pt_run *run, const flama_pt_tree *tree,
                        flama_call *call, flama_value *out)
{
    flama_builder builder;
    if (tree->kind == FLAMA_PT_LEAF)
        return leaf_value(run, &tree->leaf, call, out);
    if (tree->kind == FLAMA_PT_DICT)
        flama_object_begin(&builder, flama_call_arena(call));
    else
        flama_array_begin(&builder, flama_call_arena(call));
    for (size_t i = 0; i < tree->count; i++) {
        int code = add_child(run, tree, i, call, &builder);
        if (code)
            return code;
    }
    int code = flama_builder_end(&builder, out);
    return code ? flama_fail(call, code, "%s", flama_error_text(code)) : 0;
}
