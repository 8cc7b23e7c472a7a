#include "engine/registry.h"

#include "engine/sklearn/engine.h"

const flama_engine_type *const flama_engines[] = {&flama_sklearn_engine, NULL};
