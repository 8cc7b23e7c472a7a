/* Models, as the library's own modules see them beyond flama/model.h. */
#ifndef FLAMA_ENGINE_MODEL_H
#define FLAMA_ENGINE_MODEL_H

#include <flama/model.h>
#include <flama/sys/engine.h>

/* The signature of a method, or NULL when the model has no such method. Borrowed. */
const flama_signature *flama_model_signature(const flama_model *model,
                                             const char *method);

/* Nanoseconds a row takes, about; never 0. */
uint64_t flama_model_cost(const flama_model *model, const char *method);

#endif
