#include "engine/registry.h"

#include "engine/keras/engine.h"
#include "engine/sklearn/engine.h"
#include "engine/torch/engine.h"

const flama_engine_type *const flama_engines[] = {
    &flama_sklearn_engine, &flama_torch_engine, &flama_keras_engine, NULL};
