/* The engine for scikit-learn models: pickles of estimators, read as data. */
#ifndef FLAMA_SKLEARN_ENGINE_H
#define FLAMA_SKLEARN_ENGINE_H

#include <flama/sys/engine.h>

extern const flama_engine_type flama_sklearn_engine;

#endif
