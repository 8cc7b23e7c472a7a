/* PyTorch models: archives of torch.export, run natively. */
#ifndef FLAMA_TORCH_ENGINE_H
#define FLAMA_TORCH_ENGINE_H

#include <flama/sys/engine.h>

extern const flama_engine_type flama_torch_engine;

#endif
