/* Archives of torch.export.save, read without running or unpickling anything.
 *
 * A .pt2 file is a zip whose members stand under one folder, "archive" or the file's
 * own name:
 *
 *     archive_format            "pt2"
 *     models/model.json         the graph (graph.h)
 *     data/weights/model_weights_config.json
 *     data/constants/model_constants_config.json
 *         {"config": {NAME: {"path_name": "weight_0", "use_pickle": false,
 *          "tensor_meta": {"dtype": 7, "sizes": [{"as_int": 3}], "strides": [...],
 *          "storage_offset": {"as_int": 0}, "layout": 7}}}}
 *     data/weights/weight_0     a storage's bytes, little-endian; several names may
 *     data/constants/tensor_0   share one
 *     data/sample_inputs/...    a pickle: never looked at
 */
#ifndef FLAMA_TORCH_ARCHIVE_H
#define FLAMA_TORCH_ARCHIVE_H

#include <flama/value.h>

#include "base/map.h"
#include "engine/torch/tensor.h"
#include "flm/zip.h"

typedef struct flama_pt_archive {
    flama_arena *texts; /* what is only needed to read the graph */
    flama_arena *scratch;
    flama_zip zip;
    const char *root;
    size_t root_size;
    flama_value model;            /* model.json */
    flama_map weights, constants; /* the members of the "config" of each */
} flama_pt_archive;

/* Opens data[0..size), which must outlive *archive, and checks that it is an archive of
 * a version that is known. The texts' values and maps are put into `texts`, unpacked
 * members into scratch. FLAMA_EFORMAT, FLAMA_EUNSUPPORTED, FLAMA_ELIMIT, FLAMA_EMEMORY.
 */
int flama_pt_archive_open(flama_pt_archive *archive, flama_arena *texts,
                          flama_arena *scratch, const uint8_t *data, size_t size,
                          flama_error *err);

/* The tensor of that name, out of the constants or else the weights: its data is in the
 * archive or in scratch, aligned as its type needs. */
int flama_pt_archive_tensor(const flama_pt_archive *archive, flama_string name,
                            flama_pt_tensor *out, flama_error *err);

/* A map of the object's members, of const flama_value: models have thousands of some.
 * NULL, or what is no object, has none. 0 or FLAMA_EMEMORY. */
int flama_pt_members(flama_map *map, const flama_value *object, flama_arena *arena);

/* An integer out of {"as_int": 3}; false for anything else (a symbol). */
bool flama_pt_as_int(const flama_value *value, int64_t *out);

/* The i-th item of an array, or NULL. */
const flama_value *flama_pt_at(const flama_value *array, size_t i);

#endif
