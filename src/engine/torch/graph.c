#include "engine/torch/graph.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "engine/torch/args.h"
#include "engine/torch/cast.h"
#include "engine/torch/guard.h"
#include "engine/torch/table.h"
#include "engine/torch/tree.h"

enum { MOST_VALUES = 1 << 20, MOST_UNKNOWN = 5 };

typedef struct reader {
    flama_pt_program *program;
    const flama_pt_archive *archive;
    const flama_value *module, *graph;
    flama_map tensors; /* the graph's "tensor_values" */
    flama_error *err;
    size_t value_capacity;
    char unknown[240]; /* operators that are not known, for the error */
    size_t unknown_count;
    bool autocast; /* within torch.autocast */
} reader;

static int format_error(reader *r, const char *what)
{
    return flama_error_set(r->err, FLAMA_EFORMAT, "models/model.json: %s", what);
}

static int enter_graph(reader *r, const flama_value *graph)
{
    r->graph = graph;
    int code = flama_pt_members(&r->tensors, flama_value_get(graph, "tensor_values"),
                                r->archive->texts);
    return code ? flama_error__memory(r->err) : 0;
}

static const flama_value *about_tensor(const reader *r, const char *name)
{
    return flama_map_get(&r->tensors, (flama_string){name, strlen(name)});
}

static size_t length(const flama_value *array)
{
    if (array && array->kind == FLAMA_KIND_ARRAY)
        return array->array.count;
    return 0;
}

/* Values. */

/* What the archive says of a tensor; symbolic sizes become -1. */
static int read_known(reader *r, flama_pt_value *value)
{
    const flama_value *meta = about_tensor(r, value->name);
    const flama_value *sizes = flama_value_get(meta, "sizes");
    const flama_value *dtype = flama_value_get(meta, "dtype");
    if (meta == NULL)
        return 0;
    if (sizes == NULL || sizes->kind != FLAMA_KIND_ARRAY || dtype == NULL ||
        dtype->kind != FLAMA_KIND_INTEGER)
        return format_error(r, "tensor_values is damaged");
    if (sizes->array.count > FLAMA_PT_RANK)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "%s has more than %d dimensions", value->name,
                               FLAMA_PT_RANK);
    if (!flama_pt_dtype_of(dtype->integer, &value->tensor.dtype))
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "%s is of dtype %lld, which is not known here",
                               value->name, (long long)dtype->integer);
    value->known = true;
    value->tensor.rank = sizes->array.count;
    for (size_t i = 0; i < value->tensor.rank; i++)
        if (!flama_pt_as_int(flama_pt_at(sizes, i), &value->tensor.sizes[i]))
            value->tensor.sizes[i] = -1;
    return 0;
}

static int add_value(reader *r, const flama_value *name, flama_pt_kind kind,
                     size_t *index)
{
    flama_pt_program *p = r->program;
    void *there = NULL;
    if (name == NULL || name->kind != FLAMA_KIND_STRING)
        return format_error(r, "a value has no name");
    if (p->value_count == r->value_capacity)
        return format_error(r, "more values than nodes name");
    flama_pt_value *value = &p->values[p->value_count];
    char *copy = flama_arena_copy(p->arena, name->string.data, name->string.size);
    if (copy == NULL)
        return flama_error__memory(r->err);
    *value = (flama_pt_value){.name = copy, .kind = kind};
    int code = kind == FLAMA_PT_TENSOR ? read_known(r, value) : 0;
    if (code)
        return code;
    if (flama_map_put(&p->names, (flama_string){copy, name->string.size}, value,
                      &there) != 0)
        return flama_error__memory(r->err);
    if (there)
        return flama_error_set(r->err, FLAMA_EFORMAT, "the graph computes %s twice",
                               copy);
    *index = p->value_count++;
    return 0;
}

/* One of a node's outputs; as_tensors is several. */
static int add_output(reader *r, const flama_value *json, size_t *out, size_t *count)
{
    static const struct {
        const char *key;
        flama_pt_kind kind;
    } symbols[] = {{"as_sym_int", FLAMA_PT_INT},
                   {"as_sym_float", FLAMA_PT_FLOAT},
                   {"as_sym_bool", FLAMA_PT_FLAG}};
    const flama_value *tensor = flama_value_get(json, "as_tensor");
    const flama_value *tensors = flama_value_get(json, "as_tensors");
    int code = 0;
    if (tensor)
        return add_value(r, flama_value_get(tensor, "name"), FLAMA_PT_TENSOR,
                         &out[(*count)++]);
    for (size_t i = 0; tensors && code == 0 && i < length(tensors); i++)
        code = add_value(r, flama_value_get(flama_pt_at(tensors, i), "name"),
                         FLAMA_PT_TENSOR, &out[(*count)++]);
    if (tensors)
        return code;
    for (size_t i = 0; i < 3; i++) {
        const flama_value *symbol = flama_value_get(json, symbols[i].key);
        if (symbol)
            return add_value(r, flama_value_get(symbol, "as_name"), symbols[i].kind,
                             &out[(*count)++]);
    }
    return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                           "a node gives something that is neither tensor nor number");
}

static size_t count_outputs(const flama_value *outputs)
{
    size_t count = 0;
    for (size_t i = 0; i < length(outputs); i++) {
        const flama_value *tensors =
            flama_value_get(flama_pt_at(outputs, i), "as_tensors");
        count += tensors ? length(tensors) : 1;
    }
    return count;
}

/* Nodes that have graphs of their own, which are read in their place: those that do
 * what their graph does (torch.no_grad makes such nodes, and nothing here computes
 * gradients; torch.autocast), and the choice between two of torch.cond. */
typedef struct wrapping {
    const char *target;
    size_t graphs, first; /* their number, and the place of the first argument */
} wrapping;

static const wrapping wrappers[] = {
    {"torch.ops.higher_order.wrap_with_set_grad_enabled", 1, 1},
    {"torch.ops.higher_order.wrap_with_autocast", 1, 4},
    {"torch.ops.higher_order.cond", 2, 1}};

enum { AUTOCAST = 1 };

static const wrapping *wrapper_of(const flama_value *node)
{
    const flama_value *target = flama_value_get(node, "target");
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (target && target->kind == FLAMA_KIND_STRING &&
            target->string.size == strlen(wrappers[i].target) &&
            memcmp(target->string.data, wrappers[i].target, target->string.size) == 0)
            return &wrappers[i];
    return NULL;
}

/* Argument i of a node whose arguments have no names. */
static const flama_value *plain_arg(const flama_value *node, size_t i)
{
    return flama_value_get(flama_pt_at(flama_value_get(node, "inputs"), i), "arg");
}

static const flama_value *inner_graph(const flama_value *node, size_t place)
{
    return flama_value_get(flama_value_get(plain_arg(node, place), "as_graph"),
                           "graph");
}

/* Adds up nodes and their outputs, also of graphs in graphs: as deep as JSON may be. */
static void count_nodes(const flama_value *nodes, size_t *count, size_t *outputs)
{
    for (size_t i = 0; i < length(nodes); i++) {
        const flama_value *node = flama_pt_at(nodes, i);
        const wrapping *wrapper = wrapper_of(node);
        size_t own = count_outputs(flama_value_get(node, "outputs"));
        for (size_t k = 0; wrapper && k < wrapper->graphs; k++)
            count_nodes(flama_value_get(inner_graph(node, wrapper->first + k), "nodes"),
                        count, outputs);
        *outputs += own;
        *count += wrapper ? own : 1;
    }
}

static int make_room(reader *r, const flama_value *inputs, const flama_value *nodes)
{
    size_t values = length(inputs), count = 0;
    count_nodes(nodes, &count, &values);
    if (values > MOST_VALUES || count > MOST_VALUES)
        return flama_error_set(r->err, FLAMA_ELIMIT, "the graph is too large");
    r->value_capacity = values;
    r->program->values =
        flama_arena_calloc(r->program->arena, values, sizeof *r->program->values);
    r->program->nodes =
        flama_arena_calloc(r->program->arena, count, sizeof *r->program->nodes);
    return r->program->values && r->program->nodes ? 0 : flama_error__memory(r->err);
}

/* Inputs of the graph: parameters, buffers, constants, and the one that a request
 * brings. */

static int add_constant(reader *r, size_t index, const flama_value *name)
{
    flama_pt_value *value = &r->program->values[index];
    flama_pt_tensor tensor;
    if (name == NULL || name->kind != FLAMA_KIND_STRING)
        return format_error(r, "a parameter has no name");
    int code = flama_pt_archive_tensor(r->archive, name->string, &tensor, r->err);
    if (code)
        return code;
    bool same = !value->known || (value->tensor.dtype == tensor.dtype &&
                                  value->tensor.rank == tensor.rank);
    for (size_t i = 0; same && value->known && i < tensor.rank; i++)
        same = value->tensor.sizes[i] == tensor.sizes[i];
    if (!same)
        return flama_error_set(r->err, FLAMA_EFORMAT,
                               "%s is of another shape than the graph says",
                               value->name);
    value->tensor = tensor;
    value->is_constant = true;
    return 0;
}

static int64_t member_int(const flama_value *object, const char *name, int64_t none)
{
    const flama_value *member = flama_value_get(object, name);
    return member && member->kind == FLAMA_KIND_INTEGER ? member->integer : none;
}

/* Symbol('s77', positive=True, integer=True): its name, or an empty string for anything
 * more complicated. */
static flama_string symbol_name(const flama_value *expression)
{
    const flama_value *text = flama_value_get(expression, "expr_str");
    static const char start[] = "Symbol('";
    size_t skip = sizeof start - 1;
    if (text == NULL || text->kind != FLAMA_KIND_STRING || text->string.size <= skip ||
        memcmp(text->string.data, start, skip) != 0)
        return FLAMA_STRING("");
    const char *name = text->string.data + skip;
    const char *end = memchr(name, '\'', text->string.size - skip);
    return end ? (flama_string){name, (size_t)(end - name)} : FLAMA_STRING("");
}

/* torch holds a size to its symbol's range, but takes 0 and 1 where the range begins
 * with 2: that is only what it was traced for. */
static void read_bound(reader *r, const flama_value *size, flama_pt_bound *bound)
{
    const flama_value *expression = flama_value_get(size, "as_expr");
    const flama_value *ranges =
        flama_value_get(&r->archive->model, "range_constraints");
    int64_t fixed;
    *bound = (flama_pt_bound){.size = -1, .most = INT64_MAX, .hint = 2};
    if (flama_pt_as_int(size, &fixed)) {
        bound->size = bound->hint = fixed;
        return;
    }
    flama_pt_as_int(flama_value_get(expression, "hint"), &bound->hint);
    flama_string name = symbol_name(expression);
    const flama_value *range = name.size ? flama_value_get_string(ranges, name) : NULL;
    int64_t least = member_int(range, "min_val", 0);
    bound->least = least > 2 ? least : 0;
    bound->most = member_int(range, "max_val", INT64_MAX);
}

static int set_input(reader *r, size_t index)
{
    flama_pt_program *p = r->program;
    flama_pt_value *value = &p->values[index];
    const flama_value *sizes = flama_value_get(about_tensor(r, value->name), "sizes");
    if (p->input != SIZE_MAX)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "the model takes several inputs, and a request brings "
                               "one");
    if (!value->known)
        return format_error(r, "nothing is known of the input");
    if (value->tensor.dtype != FLAMA_PT_F32)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "the model's input is %s, and a request's is float32",
                               flama_pt_dtype_name(value->tensor.dtype));
    p->input = index;
    p->input_name = value->name;
    for (size_t i = 0; i < value->tensor.rank; i++)
        read_bound(r, flama_pt_at(sizes, i), &p->bounds[i]);
    return 0;
}

static int read_input(reader *r, const flama_value *input, const flama_value *spec)
{
    static const char *const constants[][2] = {
        {"parameter", "parameter_name"},
        {"buffer", "buffer_name"},
        {"tensor_constant", "tensor_constant_name"}};
    const flama_value *tensor = flama_value_get(input, "as_tensor");
    size_t index = 0;
    if (flama_value_get(spec, "constant_input"))
        return 0; /* an argument's default, which the graph has built in */
    if (tensor == NULL)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "the model takes an input that is no tensor");
    int code = add_value(r, flama_value_get(tensor, "name"), FLAMA_PT_TENSOR, &index);
    if (code)
        return code;
    for (size_t i = 0; i < 3; i++) {
        const flama_value *about = flama_value_get(spec, constants[i][0]);
        if (about)
            return add_constant(r, index, flama_value_get(about, constants[i][1]));
    }
    if (flama_value_get(spec, "user_input"))
        return set_input(r, index);
    return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                           "the model's input %s is of a kind that is not known here",
                           r->program->values[index].name);
}

/* Nodes. */

/* The place of an argument in "self other alpha=1", or SIZE_MAX. */
static size_t argument_place(const char *arguments, flama_string name)
{
    for (size_t i = 0; *arguments; i++) {
        size_t whole = strcspn(arguments, " "), own = strcspn(arguments, " =");
        if (own == name.size && memcmp(arguments, name.data, own) == 0)
            return i;
        arguments += whole + (arguments[whole] == ' ');
    }
    return SIZE_MAX;
}

static size_t argument_count(const char *arguments)
{
    size_t count = *arguments != '\0';
    for (; *arguments; arguments++)
        count += *arguments == ' ';
    return count;
}

static int argument_error(reader *r, const flama_pt_node *node, const char *problem,
                          flama_string name)
{
    return flama_error_set(r->err, FLAMA_EUNSUPPORTED, "node %s (%s): %s %.*s",
                           node->name, node->operator->name, problem, (int)name.size,
                           name.data);
}

static int given_arguments(reader *r, flama_pt_node *node, const flama_value *inputs,
                           flama_pt_arg *args, bool *given)
{
    for (size_t i = 0; i < length(inputs); i++) {
        const flama_value *input = flama_pt_at(inputs, i);
        const flama_value *name = flama_value_get(input, "name");
        if (name == NULL || name->kind != FLAMA_KIND_STRING)
            return format_error(r, "an argument has no name");
        size_t place = argument_place(node->operator->arguments, name->string);
        if (place == SIZE_MAX)
            return argument_error(r, node, "nothing is known of the argument",
                                  name->string);
        int code = flama_pt_arg_read(r->program, flama_value_get(input, "arg"),
                                     &args[place], r->err);
        if (code)
            return code;
        given[place] = true;
    }
    return 0;
}

static int default_arguments(reader *r, flama_pt_node *node, flama_pt_arg *args,
                             const bool *given)
{
    const char *at = node->operator->arguments;
    for (size_t i = 0; i < node->arg_count; i++) {
        size_t whole = strcspn(at, " "), own = strcspn(at, " =");
        if (!given[i] && own == whole)
            return argument_error(r, node, "there is no argument",
                                  (flama_string){at, own});
        int code = given[i] ? 0
                            : flama_pt_arg_parse(r->program->arena, at + own + 1,
                                                 whole - own - 1, &args[i], r->err);
        if (code)
            return code;
        at += whole + (at[whole] == ' ');
    }
    return 0;
}

static int read_arguments(reader *r, flama_pt_node *node, const flama_value *inputs)
{
    flama_arena *arena = r->program->arena;
    node->arg_count = argument_count(node->operator->arguments);
    flama_pt_arg *args = flama_arena_calloc(arena, node->arg_count, sizeof *args);
    bool *given = flama_arena_calloc(arena, node->arg_count, sizeof *given);
    if (args == NULL || given == NULL)
        return flama_error__memory(r->err);
    node->args = args;
    int code = given_arguments(r, node, inputs, args, given);
    return code ? code : default_arguments(r, node, args, given);
}

static int read_outputs(reader *r, flama_pt_node *node, const flama_value *outputs)
{
    size_t *all =
        flama_arena_calloc(r->program->arena, count_outputs(outputs), sizeof *all);
    int code = all ? 0 : flama_error__memory(r->err);
    node->outputs = all;
    for (size_t i = 0; code == 0 && i < length(outputs); i++)
        code = add_output(r, flama_pt_at(outputs, i), all, &node->output_count);
    return code;
}

/* The outputs of an operator that is not known are values all the same, so that all
 * such operators can be named. */
static void note_unknown(reader *r, flama_string target)
{
    size_t used = strlen(r->unknown), room = sizeof r->unknown - used;
    char name[80];
    snprintf(name, sizeof name, "%.*s", (int)target.size, target.data);
    if (r->unknown_count && strstr(r->unknown, name))
        return;
    if (r->unknown_count++ < MOST_UNKNOWN)
        snprintf(r->unknown + used, room, "%s%s", used ? ", " : "", name);
}

static int read_nodes(reader *r);

/* The name of an input or output: a tensor's (alone, or one of a list) or a number's.
 */
static const flama_value *name_of(const flama_value *json)
{
    static const char *const symbols[] = {"as_sym_int", "as_sym_float", "as_sym_bool"};
    const flama_value *tensor = flama_value_get(json, "as_tensor");
    const flama_value *name = flama_value_get(tensor ? tensor : json, "name");
    for (size_t i = 0; name == NULL && i < 3; i++)
        name = flama_value_get(flama_value_get(json, symbols[i]), "as_name");
    return name;
}

/* Gives the value of `json`, by its name among `names`, the name of `as` among `to`. */
static int rename_value(reader *r, const flama_map *names, const flama_value *json,
                        flama_map *to, const flama_value *as)
{
    const flama_value *from = name_of(json), *name = name_of(as);
    void *value = NULL, *there = NULL;
    if (from && from->kind == FLAMA_KIND_STRING)
        value = flama_map_get(names, from->string);
    if (value == NULL || name == NULL || name->kind != FLAMA_KIND_STRING)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "a graph in the graph takes or gives something that is "
                               "neither tensor nor number");
    if (flama_map_put(to, name->string, value, &there) != 0)
        return flama_error__memory(r->err);
    return there ? format_error(r, "a graph in the graph has a name twice") : 0;
}

/* What goes into a node's graph: its arguments after the graphs, one by one, or for a
 * choice as one list. */
static const flama_value *given_value(const flama_value *node, const wrapping *wrapper,
                                      size_t i)
{
    size_t after = wrapper->first + wrapper->graphs;
    if (wrapper->graphs == 1)
        return plain_arg(node, after + i);
    return flama_pt_at(flama_value_get(plain_arg(node, after), "as_tensors"), i);
}

static size_t given_count(const flama_value *node, const wrapping *wrapper)
{
    size_t after = wrapper->first + wrapper->graphs;
    size_t all = length(flama_value_get(node, "inputs"));
    if (wrapper->graphs == 1)
        return all > after ? all - after : 0;
    return length(flama_value_get(plain_arg(node, after), "as_tensors"));
}

/* The nodes of a graph of the node, in its place; the graph has names of its own, which
 * stand in `inner` then. */
static int read_inner(reader *r, const flama_value *node, const wrapping *wrapper,
                      const flama_value *graph, flama_map *inner)
{
    flama_map *names = &r->program->names, outer = *names, tensors = r->tensors;
    const flama_value *around = r->graph, *inputs = flama_value_get(graph, "inputs");
    int code = 0;
    if (length(inputs) != given_count(node, wrapper) ||
        length(flama_value_get(node, "outputs")) !=
            length(flama_value_get(graph, "outputs")))
        return format_error(r, "a graph in the graph does not fit its node");
    flama_map_init(inner, r->archive->texts);
    for (size_t i = 0; code == 0 && i < length(inputs); i++)
        code = rename_value(r, &outer, given_value(node, wrapper, i), inner,
                            flama_pt_at(inputs, i));
    *names = *inner;
    if (code == 0)
        code = enter_graph(r, graph);
    if (code == 0)
        code = read_nodes(r);
    *inner = *names;
    r->graph = around;
    r->tensors = tensors;
    *names = outer;
    return code;
}

/* torch.autocast for the CPU, switched on or off: "device dtype enabled ...". */
static bool autocast_within(const reader *r, const flama_value *node)
{
    const flama_value *device = flama_value_get(plain_arg(node, 0), "as_string");
    const flama_value *enabled = flama_value_get(plain_arg(node, 2), "as_bool");
    if (device == NULL || device->kind != FLAMA_KIND_STRING ||
        device->string.size != 3 || memcmp(device->string.data, "cpu", 3) != 0)
        return r->autocast;
    return enabled && enabled->kind == FLAMA_KIND_BOOL && enabled->boolean;
}

static int read_wrapped(reader *r, const flama_value *node, const wrapping *wrapper)
{
    const flama_value *graph = inner_graph(node, wrapper->first);
    const flama_value *outputs = flama_value_get(node, "outputs");
    bool around = r->autocast;
    flama_map inner;
    if (graph == NULL)
        return format_error(r, "a node has no graph");
    if (wrapper == &wrappers[AUTOCAST])
        r->autocast = autocast_within(r, node);
    int code = read_inner(r, node, wrapper, graph, &inner);
    r->autocast = around;
    for (size_t i = 0; code == 0 && i < length(outputs); i++)
        code =
            rename_value(r, &inner, flama_pt_at(flama_value_get(graph, "outputs"), i),
                         &r->program->names, flama_pt_at(outputs, i));
    return code;
}

/* The value that output i of a graph is, by the graph's own names. */
static int result_of(reader *r, const flama_value *graph, const flama_map *names,
                     size_t i, flama_pt_arg *out)
{
    const flama_value *name =
        name_of(flama_pt_at(flama_value_get(graph, "outputs"), i));
    const flama_pt_value *value = NULL;
    if (name && name->kind == FLAMA_KIND_STRING)
        value = flama_map_get(names, name->string);
    if (value == NULL || value->kind != FLAMA_PT_TENSOR)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "torch.cond gives something that is no tensor");
    *out = (flama_pt_arg){.kind = FLAMA_PT_TENSOR,
                          .computed = true,
                          .value = (size_t)(value - r->program->values)};
    return 0;
}

/* Both graphs are computed, for they change nothing; each output is where(predicate,
 * the one's, the other's). */
static int read_choice(reader *r, const flama_value *node, const wrapping *wrapper)
{
    const flama_value *graphs[2], *outputs = flama_value_get(node, "outputs");
    flama_pt_arg predicate;
    flama_map names[2];
    int code = flama_pt_arg_read(r->program, plain_arg(node, 0), &predicate, r->err);
    if (code == 0 && predicate.kind != FLAMA_PT_TENSOR)
        return flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                               "torch.cond by something that is no tensor");
    for (size_t g = 0; code == 0 && g < 2; g++) {
        graphs[g] = inner_graph(node, wrapper->first + g);
        code = graphs[g] ? read_inner(r, node, wrapper, graphs[g], &names[g])
                         : format_error(r, "a node has no graph");
    }
    for (size_t i = 0; code == 0 && i < length(outputs); i++) {
        flama_pt_arg *args = flama_arena_calloc(r->program->arena, 3, sizeof *args);
        size_t *output = flama_arena_alloc(r->program->arena, sizeof *output);
        if (args == NULL || output == NULL)
            return flama_error__memory(r->err);
        flama_pt_node choice = {.operator=
                                    flama_pt_operator_find(FLAMA_STRING("where.self")),
                                .args = args,
                                .arg_count = 3,
                                .outputs = output};
        args[0] = predicate;
        for (size_t g = 0; code == 0 && g < 2; g++)
            code = result_of(r, graphs[g], &names[g], i, &args[1 + g]);
        if (code == 0)
            code = add_output(r, flama_pt_at(outputs, i), output, &choice.output_count);
        if (code)
            return code;
        choice.name = r->program->values[*output].name;
        r->program->nodes[r->program->node_count++] = choice;
    }
    return code;
}

static int read_node(reader *r, const flama_value *json)
{
    flama_pt_node node = {.autocast = r->autocast};
    const wrapping *wrapper = wrapper_of(json);
    if (wrapper)
        return (wrapper->graphs == 1 ? read_wrapped : read_choice)(r, json, wrapper);
    const flama_value *target = flama_value_get(json, "target");
    const flama_value *name = flama_value_get(json, "name");
    static const char aten[] = "torch.ops.aten.";
    if (target == NULL || target->kind != FLAMA_KIND_STRING)
        return format_error(r, "a node has no target");
    flama_string key = target->string;
    if (key.size > sizeof aten - 1 && memcmp(key.data, aten, sizeof aten - 1) == 0)
        key = (flama_string){key.data + sizeof aten - 1, key.size - sizeof aten + 1};
    node.operator= flama_pt_operator_find(key);
    bool named = name && name->kind == FLAMA_KIND_STRING;
    node.name = named ? flama_arena_copy(r->program->arena, name->string.data,
                                         name->string.size)
                      : "without name";
    if (node.name == NULL)
        return flama_error__memory(r->err);
    int code = 0;
    if (node.operator== NULL)
        note_unknown(r, target->string);
    else
        code = read_arguments(r, &node, flama_value_get(json, "inputs"));
    if (code == 0)
        code = read_outputs(r, &node, flama_value_get(json, "outputs"));
    if (code == 0 && node.operator)
        r->program->nodes[r->program->node_count++] = node;
    return code;
}

static int read_nodes(reader *r)
{
    const flama_value *nodes = flama_value_get(r->graph, "nodes");
    int code = 0;
    for (size_t i = 0; code == 0 && i < length(nodes); i++)
        code = read_node(r, flama_pt_at(nodes, i));
    return code;
}

static int read_graph(reader *r)
{
    const flama_value *signature = flama_value_get(r->module, "signature");
    const flama_value *specs = flama_value_get(signature, "input_specs");
    const flama_value *inputs = flama_value_get(r->graph, "inputs");
    const flama_value *nodes = flama_value_get(r->graph, "nodes");
    if (length(specs) != length(inputs))
        return format_error(r, "as many inputs as input_specs are expected");
    int code = make_room(r, inputs, nodes);
    for (size_t i = 0; code == 0 && i < length(inputs); i++)
        code = read_input(r, flama_pt_at(inputs, i), flama_pt_at(specs, i));
    if (code == 0 && r->program->input == SIZE_MAX)
        code = flama_error_set(r->err, FLAMA_EUNSUPPORTED, "the model takes no input");
    if (code == 0)
        code = read_nodes(r);
    if (code == 0 && r->unknown_count)
        code =
            flama_error_set(r->err, FLAMA_EUNSUPPORTED,
                            "the model needs operators that are not known here: "
                            "%s%s",
                            r->unknown, r->unknown_count > MOST_UNKNOWN ? ", ..." : "");
    return code;
}

int flama_pt_graph_read(flama_pt_program *program, const flama_pt_archive *archive,
                        flama_arena *arena, flama_error *err)
{
    *program = (flama_pt_program){.arena = arena, .input = SIZE_MAX};
    flama_map_init(&program->names, archive->texts);
    reader r = {.program = program,
                .archive = archive,
                .module = flama_value_get(&archive->model, "graph_module"),
                .err = err};
    const flama_value *graph = flama_value_get(r.module, "graph");
    if (graph == NULL)
        return format_error(&r, "it has no graph");
    int code = enter_graph(&r, graph);
    if (code == 0)
        code = read_graph(&r);
    if (code == 0)
        code = flama_pt_tree_read(program, r.module, archive->texts, err);
    if (code == 0)
        code = flama_pt_guards_read(
            program, flama_value_get(&archive->model, "guards_code"), err);
    return code ? code : flama_pt_cast(program, err);
}
