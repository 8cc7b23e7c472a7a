/* What an engine is: for authors of engines.
 *
 * An engine runs models of one kind. It is a constant flama_engine_type; the built-in
 * ones stand in one array in src/engine/registry.c. An instance is one loaded model:
 * immutable, used by any number of threads at once. */
#ifndef FLAMA_SYS_ENGINE_H
#define FLAMA_SYS_ENGINE_H

#include <flama/model.h>

FLAMA_BEGIN_DECLS

#define FLAMA_ENGINE_API 1u

/* What an engine sees of a model file. Everything is borrowed, and valid until `load`
 * returns: what the instance needs later it copies. */
typedef struct flama_engine_file {
    size_t size;             /* sizeof(flama_engine_file) */
    const char *name;        /* for messages: the file's path */
    flama_string framework;  /* "sklearn", "torch", "tensorflow", "keras" */
    flama_string version;    /* of the framework, "1.9.1" */
    const flama_value *meta; /* the file's meta object */
    const uint8_t *payload;  /* the model itself: a pickle, a zip */
    size_t payload_size;
} flama_engine_file;

/* One input or output of a method. A dimension of -1 is any size (the batch). */
typedef struct flama_port {
    const char *name; /* "input", "output" */
    flama_dtype dtype;
    unsigned rank;
    int64_t shape[FLAMA_MAX_RANK];
} flama_port;

/* What a method takes and gives, and what is known of it from the file. */
typedef struct flama_signature {
    size_t size; /* sizeof(flama_signature) */
    size_t input_count;
    const flama_port *inputs;
    size_t output_count;
    const flama_port *outputs;
    size_t feature_name_count;         /* 0 or the number of features */
    const flama_string *feature_names; /* NULL when not known */
    const flama_value *classes;        /* that it gives, or columns are probabilities
                                          of: array or tensor, or NULL */
} flama_signature;

typedef struct flama_engine_type {
    size_t size;
    uint32_t api_version; /* FLAMA_ENGINE_API */
    const char *name;

    /* 0 when this engine runs such files; FLAMA_ENOT_FOUND when it is not for them at
     * all; else another code, with the reason. Cheap: looks at framework and version.
     */
    int (*accepts)(const flama_engine_file *file, flama_error *why);

    /* Reads the payload into a new instance. Checks everything: what load accepts, run
     * can run. FLAMA_EFORMAT, FLAMA_EUNSUPPORTED (names what it does not know),
     * FLAMA_ELIMIT, FLAMA_EMEMORY. */
    int (*load)(const flama_engine_file *file, void **instance, flama_error *err);

    /* The signature of a method, or NULL when the model has no such method. Lives as
     * long as the instance. */
    const flama_signature *(*signature)(const void *instance, const char *method);

    /* Runs a method that has a signature. inputs and outputs have as many values as it
     * says; outputs are written into the call's arena. 0 or flama_fail's code. */
    int (*run)(const void *instance, const char *method, const flama_value *inputs,
               flama_value *outputs, flama_call *call);

    /* (optional) Nanoseconds one row of a method takes, about; NULL: 10,000. Decides
     * whether a call runs on the loop's thread or in the pool. */
    uint64_t (*cost)(const void *instance, const char *method);

    /* (optional) Adds what the engine knows of the model to an object under
     * construction; NULL: nothing. Borrowed from the instance. */
    int (*describe)(const void *instance, flama_builder *object);

    void (*free)(void *instance); /* NULL is fine */
} flama_engine_type;

/* Opens the file as flama_model_open does; when no built-in engine runs it, with that
 * engine, which outlives the model. Its refusal is told after the built-in ones'. */
FLAMA_API int flama_model_open_with(flama_model **out, const char *path,
                                    const flama_engine_type *engine, flama_error *err);

FLAMA_END_DECLS

#endif
