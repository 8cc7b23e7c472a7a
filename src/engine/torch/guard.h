/* Conditions that a graph was traced under: "L['x'].size()[1] == L['x'].size()[0]".
 * They are compiled when the model loads and checked for each request. */
#ifndef FLAMA_TORCH_GUARD_H
#define FLAMA_TORCH_GUARD_H

#include "engine/torch/program.h"

/* Compiles a list of such texts (NULL: none). FLAMA_EUNSUPPORTED for one that is not
 * understood. */
int flama_pt_guards_read(flama_pt_program *program, const flama_value *texts,
                         flama_error *err);

/* The first guard that does not hold for an input of these sizes, as torch names it; or
 * NULL. */
const char *flama_pt_guards_check(const flama_pt_program *program,
                                  const int64_t *sizes);

#endif
