#include "engine/model.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include <flama/json.h>

#include "base/alloc.h"
#include "base/error.h"
#include "engine/registry.h"
#include "flm/package.h"

enum { DEFAULT_COST = 10000 }; /* nanoseconds */

/* What of a file tells that it is another one. */
typedef struct file_stamp {
    uint64_t device, inode, size;
    int64_t modified, changed; /* nanoseconds */
} file_stamp;

struct flama_model {
    atomic_size_t references;
    file_stamp stamp;
    flama_model *next;  /* among the open ones */
    flama_model **link; /* what points to this one there; NULL: not among them */
    flama_arena *arena;
    flama_value inspect;
    const flama_engine_type *engine;
    void *instance;
};

/* Meta and manifest, by printing and reading them: the package, with its payload and
 * artifacts, can go then. */
static int copy_inspect(flama_arena *arena, const flama_package *package,
                        flama_value *out, flama_error *err)
{
    flama_builder object;
    flama_value value;
    flama_string text;
    flama_object_begin(&object, package->arena);
    flama_object_add(&object, "meta", package->meta);
    flama_object_add(&object, "manifest", package->manifest);
    if (flama_builder_end(&object, &value) != 0)
        return flama_error__memory(err);
    int rc = flama_json_encode(arena, &value, 0, &text, err);
    return rc ? rc : flama_json_decode(arena, text.data, text.size, NULL, out, err);
}

int flama_model_inspect_file(flama_arena *arena, const char *path, flama_value *out,
                             flama_error *err)
{
    flama_package *package = NULL;
    int rc = flama_package_open(&package, path, NULL, err);
    if (rc == 0)
        rc = copy_inspect(arena, package, out, err);
    flama_package_free(package);
    return rc;
}

/* Asks each engine. The reason of one that is for such files stands. */
static int choose_engine(flama_model *model, const flama_engine_file *file,
                         flama_error *err)
{
    flama_error why = {0};
    for (size_t i = 0; flama_engines[i]; i++) {
        flama_error reason = {0};
        int rc = flama_engines[i]->accepts(file, &reason);
        if (rc == 0) {
            model->engine = flama_engines[i];
            return 0;
        }
        if (rc != FLAMA_ENOT_FOUND)
            why = reason;
    }
    if (why.code == 0)
        flama_error_set(&why, FLAMA_EUNSUPPORTED, "nothing here runs %.*s models",
                        (int)file->framework.size, file->framework.data);
    return flama_error_set(err, FLAMA_EUNSUPPORTED, "%s: %s", file->name, why.message);
}

static int load(flama_model *model, const flama_engine_file *file, flama_error *err)
{
    int rc = choose_engine(model, file, err);
    if (rc != 0)
        return rc;
    flama_error why = {0};
    rc = model->engine->load(file, &model->instance, &why);
    return rc ? flama_error_set(err, rc, "%s: %s", file->name, why.message) : 0;
}

/* With another engine, after the built-in ones have refused the file, as *err says. */
static int load_with(flama_model *model, const flama_engine_type *engine,
                     const flama_engine_file *file, flama_error *err)
{
    flama_error why = {0};
    int rc = engine->accepts(file, &why);
    if (rc == 0)
        rc = engine->load(file, &model->instance, &why);
    if (rc == 0) {
        model->engine = engine;
        return 0;
    }
    flama_error first = *err;
    err->code = 0;
    return flama_error_set(err, rc, "%s; %s", first.message, why.message);
}

static int open_package(flama_model *model, const char *path,
                        const flama_engine_type *other, flama_error *err)
{
    flama_package *package = NULL;
    flama_error why = {0};
    int rc = flama_package_open(&package, path, NULL, &why);
    if (rc == 0)
        rc = copy_inspect(model->arena, package, &model->inspect, &why);
    if (rc == 0) {
        flama_engine_file file = {.size = sizeof file,
                                  .name = path,
                                  .framework = package->framework,
                                  .version = package->version,
                                  .meta = &package->meta,
                                  .payload = package->payload,
                                  .payload_size = package->payload_size};
        rc = load(model, &file, &why);
        if (rc == FLAMA_EUNSUPPORTED && other)
            rc = load_with(model, other, &file, &why);
    }
    flama_package_free(package);
    return rc ? flama_error_set(err, rc, "%s", why.message) : 0;
}

/* The models that are open, so that a file is opened once: by several resources, and by
 * an app that is made anew while another serves it. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static flama_model *open_models;

static int64_t nanoseconds(struct timespec t)
{
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static bool stamp_file(file_stamp *stamp, const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return false;
    *stamp = (file_stamp){(uint64_t)about.st_dev, (uint64_t)about.st_ino,
                          (uint64_t)about.st_size, nanoseconds(about.st_mtim),
                          nanoseconds(about.st_ctim)};
    return true;
}

static bool same_stamp(const file_stamp *a, const file_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified == b->modified && a->changed == b->changed;
}

/* One that is on its way to be freed can't be had any more. */
static bool ref_open(flama_model *model)
{
    size_t count = atomic_load(&model->references);
    while (count > 0)
        if (atomic_compare_exchange_weak(&model->references, &count, count + 1))
            return true;
    return false;
}

static flama_model *find_open(const file_stamp *stamp)
{
    pthread_mutex_lock(&open_lock);
    flama_model *m = open_models;
    while (m && !(same_stamp(&m->stamp, stamp) && ref_open(m)))
        m = m->next;
    pthread_mutex_unlock(&open_lock);
    return m;
}

static void add_open(flama_model *model)
{
    pthread_mutex_lock(&open_lock);
    model->next = open_models;
    model->link = &open_models;
    if (open_models)
        open_models->link = &model->next;
    open_models = model;
    pthread_mutex_unlock(&open_lock);
}

static void remove_open(flama_model *model)
{
    pthread_mutex_lock(&open_lock);
    if (model->link)
        *model->link = model->next;
    if (model->link && model->next)
        model->next->link = model->link;
    pthread_mutex_unlock(&open_lock);
}

/* Opens the file; it is shared only if it stood still meanwhile, and a built-in engine
 * runs it. */
static int open_new(flama_model **out, const char *path, const file_stamp *before,
                    const flama_engine_type *other, flama_error *err)
{
    flama_arena *arena = flama_arena_new(0);
    flama_model *model = arena ? flama_calloc(1, sizeof *model) : NULL;
    file_stamp after;
    if (model == NULL) {
        flama_arena_free(arena);
        return flama_error__memory(err);
    }
    atomic_init(&model->references, 1);
    model->arena = arena;
    int rc = open_package(model, path, other, err);
    if (rc != 0) {
        flama_model_unref(model);
        return rc;
    }
    model->stamp = *before;
    if (model->engine != other && stamp_file(&after, path) &&
        same_stamp(before, &after))
        add_open(model);
    *out = model;
    return 0;
}

int flama_model_open_with(flama_model **out, const char *path,
                          const flama_engine_type *engine, flama_error *err)
{
    file_stamp stamp = {0};
    *out = stamp_file(&stamp, path) ? find_open(&stamp) : NULL;
    return *out ? 0 : open_new(out, path, &stamp, engine, err);
}

int flama_model_open(flama_model **out, const char *path, flama_error *err)
{
    return flama_model_open_with(out, path, NULL, err);
}

flama_model *flama_model_ref(flama_model *model)
{
    atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
    return model;
}

void flama_model_unref(flama_model *model)
{
    if (model == NULL ||
        atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) > 1)
        return;
    remove_open(model);
    if (model->instance)
        model->engine->free(model->instance);
    flama_arena_free(model->arena);
    flama_free(model);
}

const flama_value *flama_model_inspect(const flama_model *model)
{
    return &model->inspect;
}

const char *flama_model_engine(const flama_model *model)
{
    return model->engine->name;
}

int flama_model_describe(const flama_model *model, flama_arena *arena, flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, arena);
    flama_object_add(&object, "engine", flama_value_text(model->engine->name));
    if (model->engine->describe)
        model->engine->describe(model->instance, &object);
    return flama_builder_end(&object, out);
}

const flama_signature *flama_model_signature(const flama_model *model,
                                             const char *method)
{
    return model->engine->signature(model->instance, method);
}

uint64_t flama_model_cost(const flama_model *model, const char *method)
{
    uint64_t cost =
        model->engine->cost ? model->engine->cost(model->instance, method) : 0;
    return cost ? cost : DEFAULT_COST;
}

int flama_model_run(flama_model *model, flama_call *call, const char *method,
                    const flama_value *input, const flama_value **out)
{
    const flama_signature *signature = flama_model_signature(model, method);
    if (signature == NULL)
        return flama_fail(call, FLAMA_ENOT_FOUND, "the model has no method %s", method);
    if (signature->input_count != 1 || signature->output_count != 1)
        return flama_fail(call, FLAMA_EUNSUPPORTED,
                          "%s takes %zu inputs and gives %zu outputs: it can't be run "
                          "on one",
                          method, signature->input_count, signature->output_count);
    flama_value *output = flama_call_alloc(call, sizeof *output);
    if (output == NULL)
        return flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
    *out = output;
    return model->engine->run(model->instance, method, input, output, call);
}

int flama_model_predict(flama_model *model, flama_call *call, const flama_value *input,
                        const flama_value **out)
{
    return flama_model_run(model, call, "predict", input, out);
}
