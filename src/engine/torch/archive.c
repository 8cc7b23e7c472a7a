#include "engine/torch/archive.h"

#include <string.h>

#include <flama/json.h>

#include "base/error.h"
#include "engine/torch/plan.h"

enum { SCHEMA = 8 }; /* the major version of model.json that is read here */

const flama_value *flama_pt_at(const flama_value *array, size_t i)
{
    bool is = array && array->kind == FLAMA_KIND_ARRAY && i < array->array.count;
    return is ? &array->array.items[i] : NULL;
}

bool flama_pt_as_int(const flama_value *value, int64_t *out)
{
    const flama_value *number = flama_value_get(value, "as_int");
    if (number == NULL || number->kind != FLAMA_KIND_INTEGER)
        return false;
    *out = number->integer;
    return true;
}

/* The member root/name, or NULL. */
static const flama_zip_entry *member(const flama_pt_archive *a, const char *folder,
                                     flama_string name)
{
    char *path = flama_arena_format(a->texts, "%.*s%s%.*s", (int)a->root_size, a->root,
                                    folder, (int)name.size, name.data);
    if (path == NULL)
        return NULL;
    return flama_zip_find(&a->zip, (flama_string){path, strlen(path)});
}

/* The folder that everything is in: that of the one member "ROOT/archive_format". */
static int find_root(flama_pt_archive *a, flama_error *err)
{
    static const char last[] = "/archive_format";
    size_t length = sizeof last - 1;
    for (size_t i = 0; i < a->zip.count; i++) {
        flama_string name = a->zip.entries[i].name;
        if (name.size <= length ||
            memcmp(name.data + name.size - length, last, length) != 0)
            continue;
        a->root = name.data;
        a->root_size = name.size - length + 1;
        if (memchr(name.data, '/', a->root_size - 1) == NULL)
            return 0;
    }
    for (size_t i = 0; i < a->zip.count; i++) {
        flama_string name = a->zip.entries[i].name;
        if (memmem(name.data, name.size, "/code/", 6))
            return flama_error_set(
                err, FLAMA_EUNSUPPORTED,
                "it is a TorchScript archive, which is code: load it with "
                "torch.jit.load "
                "and package it again with torch.export (flama.dump of Flama 2 does)");
    }
    return flama_error_set(err, FLAMA_EFORMAT,
                           "it is no archive of torch.export: no archive_format in it");
}

static int read_text(const flama_pt_archive *a, const char *folder, const char *name,
                     flama_string *out, bool *there, flama_error *err)
{
    const flama_zip_entry *entry =
        member(a, folder, (flama_string){name, strlen(name)});
    const uint8_t *data = NULL;
    *there = entry != NULL;
    if (entry == NULL)
        return 0;
    int code = flama_zip_get(&a->zip, entry, &data, err);
    *out = (flama_string){(const char *)data, entry->size};
    return code;
}

static int read_json(const flama_pt_archive *a, const char *folder, const char *name,
                     flama_value *out, flama_error *err)
{
    flama_string text;
    flama_error why = {0};
    bool there;
    int code = read_text(a, folder, name, &text, &there, err);
    *out = flama_value_null();
    if (code || !there)
        return code;
    code = flama_json_decode(a->texts, text.data, text.size, NULL, out, &why);
    return code ? flama_error_set(err, code == FLAMA_EMEMORY ? code : FLAMA_EFORMAT,
                                  "%s%s: %s", folder, name, why.message)
                : 0;
}

/* From the end, since of equal names the last counts. */
int flama_pt_members(flama_map *map, const flama_value *object, flama_arena *arena)
{
    size_t count =
        object && object->kind == FLAMA_KIND_OBJECT ? object->object.count : 0;
    int code = 0;
    flama_map_init(map, arena);
    for (size_t i = count; code == 0 && i-- > 0;) {
        const flama_member *member = &object->object.members[i];
        code =
            flama_map_put(map, member->name, (void *)(uintptr_t)&member->value, NULL);
    }
    return code;
}

/* The members of the "config" of such a file. */
static int read_config(const flama_pt_archive *a, const char *folder, const char *name,
                       flama_map *out, flama_error *err)
{
    flama_value all;
    int code = read_json(a, folder, name, &all, err);
    if (code == 0 &&
        flama_pt_members(out, flama_value_get(&all, "config"), a->texts) != 0)
        return flama_error__memory(err);
    return code;
}

static int check_version(const flama_value *model, flama_error *err)
{
    const flama_value *version = flama_value_get(model, "schema_version");
    const flama_value *major = flama_value_get(version, "major");
    const flama_value *minor = flama_value_get(version, "minor");
    if (major == NULL || major->kind != FLAMA_KIND_INTEGER)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "models/model.json has no schema version");
    if (major->integer != SCHEMA)
        return flama_error_set(
            err, FLAMA_EUNSUPPORTED,
            "models/model.json is of schema version %lld.%lld, and %d is read here",
            (long long)major->integer,
            minor && minor->kind == FLAMA_KIND_INTEGER ? (long long)minor->integer : 0,
            SCHEMA);
    return 0;
}

static int check_texts(const flama_pt_archive *a, flama_error *err)
{
    flama_string text = {0};
    bool there;
    int code = read_text(a, "", "byteorder", &text, &there, err);
    if (code == 0 && there && (text.size < 6 || memcmp(text.data, "little", 6) != 0))
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "its numbers are not little-endian");
    return code;
}

int flama_pt_archive_open(flama_pt_archive *a, flama_arena *texts, flama_arena *scratch,
                          const uint8_t *data, size_t size, flama_error *err)
{
    *a = (flama_pt_archive){.texts = texts, .scratch = scratch};
    int code = flama_zip_open(scratch, data, size, &a->zip, err);
    if (code == 0)
        code = find_root(a, err);
    if (code == 0)
        code = check_texts(a, err);
    if (code == 0)
        code = read_json(a, "models/", "model.json", &a->model, err);
    if (code == 0 && a->model.kind != FLAMA_KIND_OBJECT)
        code = flama_error_set(err, FLAMA_EFORMAT, "it has no models/model.json");
    if (code == 0)
        code = check_version(&a->model, err);
    if (code == 0)
        code = read_config(a, "data/weights/", "model_weights_config.json", &a->weights,
                           err);
    if (code == 0)
        code = read_config(a, "data/constants/", "model_constants_config.json",
                           &a->constants, err);
    return code;
}

static int read_meta(const flama_value *meta, flama_pt_tensor *t)
{
    const flama_value *dtype = flama_value_get(meta, "dtype");
    const flama_value *sizes = flama_value_get(meta, "sizes");
    const flama_value *strides = flama_value_get(meta, "strides");
    const flama_value *layout = flama_value_get(meta, "layout");
    *t = (flama_pt_tensor){.storage = FLAMA_PT_CONSTANT};
    if (dtype == NULL || dtype->kind != FLAMA_KIND_INTEGER || sizes == NULL ||
        strides == NULL || sizes->kind != FLAMA_KIND_ARRAY ||
        strides->kind != FLAMA_KIND_ARRAY || layout == NULL ||
        layout->kind != FLAMA_KIND_INTEGER)
        return FLAMA_EFORMAT;
    t->rank = sizes->array.count;
    if (!flama_pt_dtype_of(dtype->integer, &t->dtype) || layout->integer != 7 ||
        t->rank > FLAMA_PT_RANK)
        return FLAMA_EUNSUPPORTED;
    for (size_t i = 0; i < t->rank; i++)
        if (!flama_pt_as_int(flama_pt_at(sizes, i), &t->sizes[i]))
            return FLAMA_EFORMAT;
    if (!flama_pt_pack_strides(t) || strides->array.count != t->rank)
        return FLAMA_EFORMAT;
    for (size_t i = 0; i < t->rank; i++)
        if (!flama_pt_as_int(flama_pt_at(strides, i), &t->strides[i]))
            return FLAMA_EFORMAT;
    return flama_pt_as_int(flama_value_get(meta, "storage_offset"), &t->offset)
               ? 0
               : FLAMA_EFORMAT;
}

/* Memory where such elements may stand. */
static const uint8_t *aligned(const flama_pt_archive *a, const uint8_t *data,
                              size_t size, flama_pt_dtype dtype)
{
    if ((uintptr_t)data % flama_pt_dtype_size(dtype) == 0)
        return data;
    uint8_t *copy = flama_arena_alloc(a->scratch, size);
    return copy ? memcpy(copy, data, size) : NULL;
}

static bool booleans_only(const uint8_t *data, size_t size)
{
    uint8_t all = 0;
    for (size_t i = 0; i < size; i++)
        all |= data[i];
    return all <= 1;
}

static int read_data(const flama_pt_archive *a, bool constant, const flama_value *path,
                     flama_string name, flama_pt_tensor *t, flama_error *err)
{
    const flama_zip_entry *entry =
        path && path->kind == FLAMA_KIND_STRING
            ? member(a, constant ? "data/constants/" : "data/weights/", path->string)
            : NULL;
    const uint8_t *data;
    if (entry == NULL)
        return flama_error_set(err, FLAMA_EFORMAT, "%.*s: its data is not there",
                               (int)name.size, name.data);
    int code = flama_zip_get(&a->zip, entry, &data, err);
    if (code)
        return code;
    if (!flama_pt_fits(t, entry->size))
        return flama_error_set(err, FLAMA_EFORMAT,
                               "%.*s reaches beyond the %zu bytes of its storage",
                               (int)name.size, name.data, entry->size);
    if (t->dtype == FLAMA_PT_BOOL && !booleans_only(data, entry->size))
        return flama_error_set(err, FLAMA_EFORMAT, "%.*s has booleans other than 0, 1",
                               (int)name.size, name.data);
    data = aligned(a, data, entry->size, t->dtype);
    if (data == NULL)
        return flama_error__memory(err);
    t->origin = (uint8_t *)data;
    t->extent = entry->size;
    t->data = t->origin + (size_t)t->offset * flama_pt_dtype_size(t->dtype);
    return 0;
}

int flama_pt_archive_tensor(const flama_pt_archive *a, flama_string name,
                            flama_pt_tensor *out, flama_error *err)
{
    const flama_value *about = flama_map_get(&a->constants, name);
    bool constant = about != NULL;
    if (!constant)
        about = flama_map_get(&a->weights, name);
    const flama_value *pickle = flama_value_get(about, "use_pickle");
    if (about == NULL)
        return flama_error_set(err, FLAMA_EFORMAT, "%.*s is not in the archive",
                               (int)name.size, name.data);
    if (pickle == NULL || pickle->kind != FLAMA_KIND_BOOL || pickle->boolean)
        return flama_error_set(err, FLAMA_EUNSUPPORTED,
                               "%.*s is pickled, and pickles are not opened here",
                               (int)name.size, name.data);
    int code = read_meta(flama_value_get(about, "tensor_meta"), out);
    if (code)
        return flama_error_set(err, code,
                               "%.*s is of a type or a layout that is not known",
                               (int)name.size, name.data);
    return read_data(a, constant, flama_value_get(about, "path_name"), name, out, err);
}
