/* config.json, as keras.saving writes it: a model is an object {"class_name", "config"}
 * whose config holds "layers". A Sequential model runs them in order. In a Functional
 * one each layer has "inbound_nodes": its calls, in order, whose arguments name tensors
 * as ["layer", call, output]. */
#include <string.h>

#include "base/error.h"
#include "engine/keras/layers.h"
#include "engine/keras/precision.h"

enum { MODEL_DEPTH = 16, ARGUMENT_DEPTH = 8, MOST_ARGUMENTS = 256 };

/* The results of one call of a layer. */
typedef struct results {
    size_t count;
    const flama_keras_id *ids;
} results;

/* A layer of a model being read, with its calls. */
typedef struct entry {
    const flama_value *object;
    flama_string name;
    flama_string path;
    const flama_value *nodes; /* "inbound_nodes", an array */
    size_t done;              /* calls made */
    size_t room;
    results *calls;
} entry;

typedef struct model {
    flama_keras_builder *b;
    entry *entries;
    size_t count;
    flama_map names;
} model;

/* As keras.src.utils.naming.to_snake_case: an underscore before a capital that small
 * letters follow, and between a small letter and a capital. */
static bool starts_word(flama_string name, size_t i, size_t *free_from)
{
    const char *s = name.data;
    if (i == 0 || s[i] < 'A' || s[i] > 'Z')
        return false;
    bool small_follows = i + 1 < name.size && s[i + 1] >= 'a' && s[i + 1] <= 'z';
    if (small_follows && i > *free_from) {
        size_t end = i + 1;
        while (end < name.size && s[end] >= 'a' && s[end] <= 'z')
            end++;
        *free_from = end;
        return true;
    }
    return s[i - 1] >= 'a' && s[i - 1] <= 'z';
}

static char *snake_case(flama_arena *arena, flama_string name)
{
    char *out = flama_arena_alloc(arena, 2 * name.size + 1);
    size_t n = 0, free_from = 0;
    for (size_t i = 0; out && i < name.size; i++) {
        char c = name.data[i];
        if (starts_word(name, i, &free_from))
            out[n++] = '_';
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    if (out)
        out[n] = '\0';
    return out;
}

flama_string flama_keras_join(flama_keras_builder *b, flama_string base,
                              const char *name)
{
    const char *text =
        flama_arena_format(b->scratch, "%.*s%s%s", (int)base.size, base.data,
                           base.size && *name ? "/" : "", name);
    if (text == NULL) {
        flama_keras_fail_memory(b);
        return (flama_string){"", 0};
    }
    return (flama_string){text, strlen(text)};
}

static flama_string class_of(const flama_value *object)
{
    return flama_keras_text(flama_value_get(object, "class_name"));
}

/* One whose layers run in order; a Pipeline is a layer of such. */
static bool is_sequence(flama_string class_name)
{
    return flama_keras_text_is(class_name, "Sequential") ||
           flama_keras_text_is(class_name, "Pipeline");
}

static bool is_model(flama_string class_name)
{
    return flama_keras_text_is(class_name, "Functional") ||
           flama_keras_text_is(class_name, "Model") || is_sequence(class_name);
}

bool flama_keras_is_own(const flama_value *object)
{
    flama_string module = flama_keras_text(flama_value_get(object, "module"));
    return module.size >= 5 && memcmp(module.data, "keras", 5) == 0 &&
           (module.size == 5 || module.data[5] == '.');
}

/* A node of keras.ops, which is no layer and has no weights. */
static bool is_operation(const flama_value *object)
{
    flama_string module = flama_keras_text(flama_value_get(object, "module"));
    static const char *const places[] = {"keras.src.ops.", "keras.ops",
                                         "keras.src.ops"};
    for (size_t i = 0; i < 3; i++)
        if (module.size >= strlen(places[i]) &&
            memcmp(module.data, places[i], strlen(places[i])) == 0)
            return true;
    return false;
}

static const flama_value *config_of(const flama_value *object)
{
    return flama_value_get(object, "config");
}

static const flama_value *layers_of(const flama_value *object)
{
    const flama_value *layers = flama_value_get(config_of(object), "layers");
    return layers && layers->kind == FLAMA_KIND_ARRAY ? layers : NULL;
}

/* The layer's own place under "layers/": its class, and a number from the second of the
 * class on. */
static flama_string place_layer(flama_keras_builder *b, flama_map *used,
                                flama_string base, const flama_value *object)
{
    flama_string class_name = class_of(object);
    if (flama_keras_text_is(class_name, "GroupQueryAttention")) /* Python's name */
        class_name = (flama_string){"GroupedQueryAttention", 21};
    char *name = snake_case(b->scratch, class_name);
    size_t *count = flama_arena_calloc(b->scratch, 1, sizeof *count);
    void *there = NULL;
    if (name == NULL || count == NULL ||
        flama_map_put(used, (flama_string){name, strlen(name)}, count, &there) != 0) {
        flama_keras_fail_memory(b);
        return base;
    }
    const char *path = there ? flama_arena_format(b->scratch, "layers/%s_%zu", name,
                                                  ++*(size_t *)there)
                             : flama_arena_format(b->scratch, "layers/%s", name);
    if (path == NULL) {
        flama_keras_fail_memory(b);
        return base;
    }
    return flama_keras_join(b, base, path);
}

/* Arguments. */

static const flama_value *history_of(const flama_value *value)
{
    const flama_value *kind = flama_value_get(value, "class_name");
    if (!flama_keras_text_is(flama_keras_text(kind), "__keras_tensor__"))
        return NULL;
    return flama_value_get(flama_value_get(value, "config"), "keras_history");
}

/* The tensor that ["layer", call, output] names. -1: not made yet; 1: it is there. */
static int find_tensor(model *m, const flama_value *history, int64_t shift,
                       flama_keras_id *out)
{
    int64_t place[2] = {0, 0};
    *out = 0;
    if (history == NULL || history->kind != FLAMA_KIND_ARRAY ||
        history->array.count < 3 ||
        flama_keras_value_ints(&history->array.items[1], 1, &place[0]) != 1 ||
        flama_keras_value_ints(&history->array.items[2], 1, &place[1]) != 1)
        return flama_keras_fail(m->b, FLAMA_EFORMAT,
                                "damaged config.json: a tensor "
                                "without a history"),
               1;
    flama_string name = flama_keras_text(&history->array.items[0]);
    entry *e = flama_map_get(&m->names, name);
    if (e && is_model(class_of(e->object)) && !is_sequence(class_of(e->object)))
        place[0] -= shift;
    if (e == NULL || place[0] < 0 || place[1] < 0)
        return flama_keras_fail(m->b, FLAMA_EFORMAT,
                                "damaged config.json: no layer '%.*s'",
                                name.size > 64 ? 64 : (int)name.size, name.data),
               1;
    if ((size_t)place[0] >= e->done)
        return -1;
    const results *r = &e->calls[place[0]];
    if ((size_t)place[1] >= r->count)
        return flama_keras_fail(m->b, FLAMA_EFORMAT,
                                "damaged config.json: layer '%.*s' has no output %lld",
                                name.size > 64 ? 64 : (int)name.size, name.data,
                                (long long)place[1]),
               1;
    *out = r->ids[place[1]];
    return 1;
}

/* Tensors found in the arguments of a call. */
typedef struct arguments {
    model *m;
    flama_keras_id *ids;
    flama_keras_ref *refs;
    flama_keras_named *named;
    size_t count, ref_count, named_count;
    bool waits; /* for a tensor not made yet */
} arguments;

/* Members in the order of their names, as Keras flattens a dictionary. */
static const flama_member *next_member(const flama_value *object,
                                       const flama_member *last)
{
    const flama_member *best = NULL;
    for (size_t i = 0; i < object->object.count; i++) {
        const flama_member *m = &object->object.members[i];
        flama_string a = m->name;
        for (const flama_member *other = last; other; other = NULL) {
            size_t n = a.size < other->name.size ? a.size : other->name.size;
            int order = memcmp(a.data, other->name.data, n);
            if (order < 0 || (order == 0 && a.size <= other->name.size))
                m = NULL;
        }
        if (m == NULL)
            continue;
        size_t n = best && best->name.size < a.size ? best->name.size : a.size;
        int order = best ? memcmp(a.data, best->name.data, n) : -1;
        if (order < 0 || (order == 0 && a.size < best->name.size))
            best = m;
    }
    return best;
}

static void collect(arguments *all, const flama_value *value, const flama_string *name,
                    unsigned depth)
{
    if (all->m->b->failed || all->waits)
        return;
    const flama_value *history = history_of(value);
    if (history) {
        flama_keras_id id;
        if (all->ref_count == MOST_ARGUMENTS) {
            flama_keras_fail(all->m->b, FLAMA_ELIMIT, "a layer with too many inputs");
            return;
        }
        all->waits = find_tensor(all->m, history, 0, &id) < 0;
        all->refs[all->ref_count++] = (flama_keras_ref){value, id};
        if (name)
            all->named[all->named_count++] = (flama_keras_named){*name, id};
        else
            all->ids[all->count++] = id;
    } else if (depth > ARGUMENT_DEPTH)
        flama_keras_fail(all->m->b, FLAMA_ELIMIT, "arguments nested too deep");
    else if (value->kind == FLAMA_KIND_ARRAY)
        for (size_t i = 0; i < value->array.count; i++)
            collect(all, &value->array.items[i], name, depth + 1);
    else if (value->kind == FLAMA_KIND_OBJECT)
        for (const flama_member *m = NULL; (m = next_member(value, m)) != NULL;)
            collect(all, &m->value, name, depth + 1);
}

/* "kwargs": the name of each goes with the tensors in it. */
static void collect_named(arguments *all, const flama_value *kwargs)
{
    if (kwargs == NULL || kwargs->kind != FLAMA_KIND_OBJECT)
        return;
    for (size_t i = 0; i < kwargs->object.count; i++)
        collect(all, &kwargs->object.members[i].value, &kwargs->object.members[i].name,
                0);
}

/* Room for the results of one more call. */
static results *add_results(flama_keras_builder *b, entry *e)
{
    if (e->done == e->room) {
        size_t wanted = e->room ? 2 * e->room : 4;
        results *grown =
            flama_arena_grow(b->scratch, e->calls, e->room * sizeof *e->calls,
                             wanted * sizeof *e->calls);
        if (grown == NULL) {
            flama_keras_fail_memory(b);
            return NULL;
        }
        e->calls = grown;
        e->room = wanted;
    }
    return &e->calls[e->done++];
}

static void keep_results(flama_keras_builder *b, entry *e, size_t count,
                         const flama_keras_id *ids)
{
    flama_keras_id *kept = flama_arena_alloc(b->scratch, count * sizeof *kept);
    if (kept == NULL) {
        flama_keras_fail_memory(b);
        return;
    }
    memcpy(kept, ids, count * sizeof *kept);
    results *r = b->failed ? NULL : add_results(b, e);
    if (r)
        *r = (results){count, kept};
}

/* One call of a layer, unless it must wait. */
static bool make_call(model *m, entry *e, const flama_value *node)
{
    flama_keras_builder *b = m->b;
    flama_keras_id ids[MOST_ARGUMENTS];
    flama_keras_ref refs[MOST_ARGUMENTS];
    flama_keras_named named[MOST_ARGUMENTS];
    arguments all = {.m = m, .ids = ids, .refs = refs, .named = named};
    const flama_value *args = flama_value_get(node, "args");
    const flama_value *kwargs = flama_value_get(node, "kwargs");
    if (args)
        collect(&all, args, NULL, 0);
    collect_named(&all, kwargs);
    if (all.waits || b->failed)
        return false;
    flama_keras_call call = {.input_count = all.count,
                             .inputs = ids,
                             .named_count = all.named_count,
                             .named = named,
                             .ref_count = all.ref_count,
                             .refs = refs,
                             .args = args,
                             .kwargs = kwargs};
    flama_keras_apply(b, e->object, e->path, &call);
    keep_results(b, e, call.output_count, call.outputs);
    return true;
}

/* Models. */

/* The model's layers with their names and places. */
static bool begin_model(model *m, flama_keras_builder *b, const flama_value *object,
                        flama_string path)
{
    const flama_value *layers = layers_of(object);
    flama_map used;
    *m = (model){.b = b};
    flama_map_init(&m->names, b->scratch);
    flama_map_init(&used, b->scratch);
    if (layers == NULL || layers->array.count == 0)
        return flama_keras_fail(b, FLAMA_EFORMAT,
                                "damaged config.json: a model without layers");
    m->count = layers->array.count;
    m->entries = flama_arena_calloc(b->scratch, m->count, sizeof *m->entries);
    if (m->entries == NULL)
        return flama_keras_fail_memory(b);
    for (size_t i = 0; i < m->count; i++) {
        entry *e = &m->entries[i];
        e->object = &layers->array.items[i];
        e->nodes = flama_value_get(e->object, "inbound_nodes");
        const flama_value *name = flama_value_get(e->object, "name");
        if (name == NULL)
            name = flama_value_get(config_of(e->object), "name");
        e->name = flama_keras_text(name);
        if (!is_operation(e->object))
            e->path = place_layer(b, &used, path, e->object);
        if (flama_map_put(&m->names, e->name, e, NULL) != 0)
            return flama_keras_fail_memory(b);
    }
    return b->failed == 0;
}

/* Makes calls, layer after layer, until all are made: a call may wait for one of a
 * layer that stands later. */
static void make_calls(model *m)
{
    bool any = true, left = true;
    while (left && any && !m->b->failed) {
        any = left = false;
        for (size_t i = 0; i < m->count && !m->b->failed; i++) {
            entry *e = &m->entries[i];
            size_t count = e->nodes && e->nodes->kind == FLAMA_KIND_ARRAY
                               ? e->nodes->array.count
                               : 0;
            while (e->done < count && !m->b->failed &&
                   make_call(m, e, &e->nodes->array.items[e->done]))
                any = true;
            left = left || e->done < count;
        }
    }
    if (left && !m->b->failed)
        flama_keras_fail(m->b, FLAMA_EFORMAT,
                         "damaged config.json: layers that wait for each other");
}

/* True for ["layer", call, output]. */
static bool is_reference(const flama_value *value)
{
    return value->kind == FLAMA_KIND_ARRAY && value->array.count == 3 &&
           value->array.items[0].kind == FLAMA_KIND_STRING;
}

/* What an input layer makes of its input. */
static flama_keras_id enter(flama_keras_builder *b, const flama_value *layer,
                            flama_keras_id x)
{
    flama_string dtype = flama_keras_text(flama_value_get(config_of(layer), "dtype"));
    return flama_keras_convert(b, x, flama_keras_precision_of(dtype));
}

/* Gives the model's inputs to its input layers, in the order of "input_layers". */
static void bind_inputs(model *m, const flama_value *place, const flama_keras_id *ids,
                        size_t count, size_t *used, unsigned depth)
{
    flama_keras_builder *b = m->b;
    if (place == NULL || depth > ARGUMENT_DEPTH || b->failed)
        return;
    if (!is_reference(place)) {
        if (place->kind == FLAMA_KIND_ARRAY)
            for (size_t i = 0; i < place->array.count; i++)
                bind_inputs(m, &place->array.items[i], ids, count, used, depth + 1);
        else if (place->kind == FLAMA_KIND_OBJECT)
            for (const flama_member *member = NULL;
                 (member = next_member(place, member)) != NULL;)
                bind_inputs(m, &member->value, ids, count, used, depth + 1);
        return;
    }
    entry *e = flama_map_get(&m->names, place->array.items[0].string);
    if (e == NULL || e->done > 0 || *used >= count) {
        flama_keras_fail(b, FLAMA_EFORMAT,
                         "damaged config.json: a model whose inputs don't fit");
        return;
    }
    flama_keras_id id = enter(b, e->object, ids[(*used)++]);
    keep_results(b, e, 1, &id);
}

/* Calls `leaf` for each of the model's outputs, in order. */
static void walk_outputs(model *m, const flama_value *place, flama_keras_call *call,
                         unsigned depth)
{
    flama_keras_id id;
    if (m->b->failed || place == NULL || depth > ARGUMENT_DEPTH)
        return;
    if (is_reference(place)) {
        if (find_tensor(m, place, 1, &id) < 0)
            flama_keras_fail(m->b, FLAMA_EFORMAT,
                             "damaged config.json: an output that is never made");
        if (call->output_count == FLAMA_KERAS_RESULTS)
            flama_keras_fail(m->b, FLAMA_ELIMIT, "a model with too many outputs");
        flama_keras_give(call, id);
    } else if (place->kind == FLAMA_KIND_ARRAY)
        for (size_t i = 0; i < place->array.count; i++)
            walk_outputs(m, &place->array.items[i], call, depth + 1);
    else if (place->kind == FLAMA_KIND_OBJECT)
        for (const flama_member *member = NULL;
             (member = next_member(place, member)) != NULL;)
            walk_outputs(m, &member->value, call, depth + 1);
}

static void read_functional(model *m, const flama_value *object, flama_keras_call *call)
{
    size_t used = 0;
    const flama_value *config = config_of(object);
    bind_inputs(m, flama_value_get(config, "input_layers"), call->inputs,
                call->input_count, &used, 0);
    if (used != call->input_count)
        flama_keras_fail(m->b, FLAMA_EFORMAT,
                         "damaged config.json: a model that is given %zu inputs and "
                         "has %zu",
                         call->input_count, used);
    make_calls(m);
    walk_outputs(m, flama_value_get(config, "output_layers"), call, 0);
}

static void read_sequential(model *m, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(m->b, call, 0);
    for (size_t i = 0; i < m->count && !m->b->failed; i++) {
        const entry *e = &m->entries[i];
        if (flama_keras_text_is(class_of(e->object), "InputLayer")) {
            x = enter(m->b, e->object, x);
            continue;
        }
        flama_keras_call one = {.input_count = 1, .inputs = &x};
        flama_keras_apply(m->b, e->object, e->path, &one);
        x = one.output_count ? one.outputs[0] : 0;
        if (one.output_count != 1)
            flama_keras_fail(m->b, FLAMA_EUNSUPPORTED,
                             "a layer with several outputs in a Sequential model");
    }
    flama_keras_give(call, x);
}

static void read_model(flama_keras_builder *b, const flama_value *object,
                       flama_string path, flama_keras_call *call)
{
    model m;
    const flama_keras_layer *outer = b->layer;
    if (++b->depth > MODEL_DEPTH)
        flama_keras_fail(b, FLAMA_ELIMIT, "models in models, too many of them");
    b->layer = NULL;
    if (!b->failed && begin_model(&m, b, object, path)) {
        if (is_sequence(class_of(object)))
            read_sequential(&m, call);
        else
            read_functional(&m, object, call);
    }
    b->depth--;
    b->layer = outer;
}

/* Layers. */

static void pass_masks(flama_keras_builder *b, const flama_keras_layer_type *type,
                       const flama_keras_call *call)
{
    if (b->failed || (type->traits & FLAMA_KERAS_PASSES) == 0 || call->input_count == 0)
        return;
    flama_keras_id mask = flama_keras_mask(b, call->inputs[0]);
    for (size_t i = 0; mask && i < call->output_count; i++)
        if (flama_keras_mask(b, call->outputs[i]) == 0)
            flama_keras_set_mask(b, call->outputs[i], mask);
}

/* A layer that only hands its input on would hand on its mask, too. */
static void drop_masks(flama_keras_builder *b, const flama_keras_layer_type *type,
                       flama_keras_call *call)
{
    bool passes = type->traits & FLAMA_KERAS_PASSES;
    for (size_t i = 0; !passes && i < call->output_count; i++)
        for (size_t k = 0; k < call->input_count; k++)
            if (call->outputs[i] == call->inputs[k] &&
                flama_keras_mask(b, call->outputs[i])) {
                int64_t dims[FLAMA_KERAS_RANK];
                unsigned rank = flama_keras_known(b, call->outputs[i])->rank;
                for (unsigned a = 0; a < rank; a++)
                    dims[a] = FLAMA_KERAS_OWN(a);
                call->outputs[i] =
                    flama_keras_reshape(b, call->outputs[i], 0, rank, dims);
            }
}

static void refuse_class(flama_keras_builder *b, const flama_value *object)
{
    flama_string name = b->layer->class_name;
    if (flama_keras_text_is(name, "Lambda"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is a Lambda: it holds Python code, which is never run");
    else if (is_operation(object))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is an operation of keras.ops that is not supported");
    else if (!flama_keras_is_own(object))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is of a custom class, whose code is not in the file");
    else
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "is of a class that is not supported");
}

/* The call with its floats of that type: what Keras casts before a layer sees it. */
static flama_keras_call cast_inputs(flama_keras_builder *b,
                                    const flama_keras_call *call,
                                    flama_keras_precision precision)
{
    flama_keras_call cast = *call;
    flama_keras_id *inputs =
        flama_arena_calloc(b->scratch, call->input_count, sizeof *inputs);
    flama_keras_named *named =
        flama_arena_calloc(b->scratch, call->named_count, sizeof *named);
    if (inputs == NULL || named == NULL)
        return flama_keras_fail_memory(b), cast;
    for (size_t i = 0; i < call->input_count; i++)
        inputs[i] = flama_keras_convert(b, call->inputs[i], precision);
    for (size_t i = 0; i < call->named_count; i++)
        named[i] = (flama_keras_named){
            call->named[i].name, flama_keras_convert(b, call->named[i].id, precision)};
    cast.inputs = inputs;
    cast.named = named;
    return cast;
}

/* A layer or an operation; only layers have a dtype policy. */
static void apply_type(flama_keras_builder *b, const flama_keras_layer_type *type,
                       flama_keras_precision precision, flama_keras_call *outer)
{
    flama_keras_precision before = b->precision;
    flama_keras_call call = type->traits & FLAMA_KERAS_KEEPS_INPUTS
                                ? *outer
                                : cast_inputs(b, outer, precision);
    b->precision =
        type->traits & FLAMA_KERAS_KEEPS_WEIGHTS ? FLAMA_KERAS_WEAK : precision;
    type->apply(b, &call);
    b->precision = before;
    pass_masks(b, type, &call);
    drop_masks(b, type, &call);
    outer->output_count = call.output_count;
    for (size_t i = 0; i < call.output_count; i++)
        outer->outputs[i] = flama_keras_convert(b, call.outputs[i], precision);
}

void flama_keras_apply(flama_keras_builder *b, const flama_value *object,
                       flama_string path, flama_keras_call *call)
{
    const flama_keras_layer *outer = b->layer;
    flama_string class_name = class_of(object);
    const flama_value *name = flama_value_get(object, "name");
    const flama_value *config = config_of(object);
    if (b->failed)
        return;
    flama_keras_layer layer = {
        .class_name = class_name,
        .name = flama_keras_text(name ? name : flama_value_get(config, "name")),
        .config = config,
        .path = path};
    b->layer = &layer;
    call->layer = &layer;
    if (++b->calls > FLAMA_KERAS_CALLS)
        flama_keras_fail(b, FLAMA_ELIMIT, "is one call too many for a model");
    bool operation = is_operation(object);
    const flama_keras_layer_type *type = operation
                                             ? flama_keras_find_operation(class_name)
                                             : flama_keras_find_layer(class_name);
    bool whole = !operation && is_model(class_name); /* its layers have policies */
    flama_keras_precision precision =
        operation || whole ? FLAMA_KERAS_WEAK : flama_keras_policy(b);
    bool own = flama_keras_is_own(object);
    if (!b->failed && own && whole)
        read_model(b, object, path, call);
    else if (!b->failed && (type == NULL || !own))
        refuse_class(b, object);
    else if (!b->failed)
        apply_type(b, type, precision, call);
    b->layer = outer;
}

flama_keras_id flama_keras_apply_one(flama_keras_builder *b, const flama_value *object,
                                     flama_string path, flama_keras_id x)
{
    flama_keras_call call = {.input_count = 1, .inputs = &x};
    if (object == NULL || object->kind != FLAMA_KIND_OBJECT)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has no inner layer");
    flama_keras_apply(b, object, path, &call);
    return call.output_count ? call.outputs[0] : 0;
}

/* The whole. */

/* The shape and type of an input layer; the first axis is the batch. */
static flama_keras_id add_input(flama_keras_builder *b, const flama_value *layer)
{
    int64_t dims[FLAMA_KERAS_RANK];
    const flama_value *config = config_of(layer);
    const flama_value *shape = flama_value_get(config, "batch_shape");
    if (shape == NULL)
        shape = flama_value_get(config, "batch_input_shape");
    size_t rank = flama_keras_value_ints(shape, FLAMA_KERAS_RANK, dims);
    flama_string dtype = flama_keras_text(flama_value_get(config, "dtype"));
    bool ragged = false;
    for (const flama_value *v = flama_value_get(config, "ragged"); v; v = NULL)
        ragged = v->kind == FLAMA_KIND_BOOL && v->boolean;
    for (const flama_value *v = flama_value_get(config, "sparse"); v; v = NULL)
        ragged = ragged || (v->kind == FLAMA_KIND_BOOL && v->boolean);
    if (rank == 0 || ragged)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "the model's input has no shape of its own");
    flama_keras_id id = flama_keras_graph_tensor(b->graph);
    if (id == 0)
        return flama_keras_fail_memory(b);
    flama_keras_tensor *t = &b->graph->known[id];
    t->rank = (unsigned)rank;
    t->precision = FLAMA_KERAS_FLOAT32;
    for (size_t i = 0; i < rank; i++) {
        t->dims[i] = i == 0 || dims[i] == INT64_MIN ? -1 : dims[i];
        if (t->dims[i] < -1 || t->dims[i] > FLAMA_KERAS_LARGEST)
            return flama_keras_fail(b, FLAMA_EFORMAT,
                                    "the model's input has an "
                                    "impossible shape");
    }
    if (dtype.size && memchr(dtype.data, 's', dtype.size) == dtype.data)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "the model takes strings, which predict never gives "
                                "to a Keras model");
    t->dtype = flama_keras_text_is(dtype, "bool") ? FLAMA_KERAS_BOOL
               : dtype.size && (dtype.data[0] == 'i' || dtype.data[0] == 'u')
                   ? FLAMA_KERAS_INT
                   : FLAMA_KERAS_FLOAT;
    return id;
}

static size_t count_inputs(const flama_value *place, unsigned depth)
{
    size_t count = 0;
    if (place == NULL || depth > ARGUMENT_DEPTH)
        return 0;
    if (is_reference(place))
        return 1;
    if (place->kind == FLAMA_KIND_ARRAY)
        for (size_t i = 0; i < place->array.count; i++)
            count += count_inputs(&place->array.items[i], depth + 1);
    if (place->kind == FLAMA_KIND_OBJECT)
        for (size_t i = 0; i < place->object.count; i++)
            count += count_inputs(&place->object.members[i].value, depth + 1);
    return count;
}

/* The first InputLayer; a Sequential model built late says its shape elsewhere. */
static const flama_value *find_input(const flama_value *object)
{
    const flama_value *layers = layers_of(object);
    for (size_t i = 0; layers && i < layers->array.count; i++)
        if (flama_keras_text_is(class_of(&layers->array.items[i]), "InputLayer"))
            return &layers->array.items[i];
    return layers && layers->array.count ? &layers->array.items[0] : NULL;
}

/* The outputs' structure, with indices at the leaves. Lists of one are that one. */
static int make_tree(flama_arena *arena, const flama_value *place, int64_t *next,
                     flama_value *out, unsigned depth)
{
    flama_builder builder;
    flama_value item;
    int code = 0;
    *out = flama_value_integer(*next);
    if (place == NULL || depth > ARGUMENT_DEPTH || is_reference(place)) {
        ++*next;
        return 0;
    }
    if (place->kind == FLAMA_KIND_ARRAY) {
        if (place->array.count == 1 && depth == 0)
            return make_tree(arena, &place->array.items[0], next, out, 1);
        flama_array_begin(&builder, arena);
        for (size_t i = 0; code == 0 && i < place->array.count; i++) {
            code = make_tree(arena, &place->array.items[i], next, &item, depth + 1);
            flama_array_add(&builder, item);
        }
        return code ? code : flama_builder_end(&builder, out);
    }
    flama_object_begin(&builder, arena);
    for (const flama_member *m = NULL; code == 0 && place->kind == FLAMA_KIND_OBJECT &&
                                       (m = next_member(place, m)) != NULL;) {
        const char *name = flama_arena_copy(arena, m->name.data, m->name.size);
        code =
            name ? make_tree(arena, &m->value, next, &item, depth + 1) : FLAMA_EMEMORY;
        if (code == 0)
            flama_object_add_string(&builder, (flama_string){name, m->name.size}, item);
    }
    return code ? code : flama_builder_end(&builder, out);
}

flama_keras_id flama_keras_read(flama_keras_builder *b, const flama_value *config,
                                flama_keras_outputs *outputs)
{
    flama_string class_name = class_of(config);
    const flama_value *place = flama_value_get(config_of(config), "input_layers");
    const flama_value *ends = flama_value_get(config_of(config), "output_layers");
    if (!is_model(class_name) || !flama_keras_is_own(config) ||
        layers_of(config) == NULL)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "the model's class '%.*s' is neither Sequential nor "
                                "Functional: its code is not in the file",
                                class_name.size > 64 ? 64 : (int)class_name.size,
                                class_name.data);
    bool sequential = flama_keras_text_is(class_name, "Sequential");
    size_t inputs = sequential ? 1 : count_inputs(place, 0);
    if (inputs != 1)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "the model takes %zu inputs, and predict gives one",
                                inputs);
    const flama_value *first = find_input(config);
    flama_keras_id input = first ? add_input(b, first) : 0;
    flama_keras_call call = {.input_count = 1, .inputs = &input};
    flama_keras_apply(b, config, (flama_string){"", 0}, &call);
    int64_t next = 0;
    outputs->count = call.output_count;
    outputs->ids = flama_keras_new(b, call.output_count, sizeof *outputs->ids);
    if (outputs->ids == NULL || call.output_count == 0)
        return b->failed
                   ? 0
                   : flama_keras_fail(b, FLAMA_EFORMAT, "a model without outputs");
    memcpy(outputs->ids, call.outputs, call.output_count * sizeof *outputs->ids);
    if (make_tree(b->arena, sequential ? NULL : ends, &next, &outputs->tree, 0) != 0)
        return flama_keras_fail_memory(b);
    return input;
}
