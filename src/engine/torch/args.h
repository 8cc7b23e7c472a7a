/* Arguments of nodes, from their JSON or from an operator's defaults. */
#ifndef FLAMA_TORCH_ARGS_H
#define FLAMA_TORCH_ARGS_H

#include "engine/torch/program.h"

/* The argument that this JSON is ({"as_int": 3}). Names must be values of the program.
 */
int flama_pt_arg_read(const flama_pt_program *program, const flama_value *json,
                      flama_pt_arg *out, flama_error *err);

/* The argument written in an operator's list after '=', as in "[1,1]", "None", "0.5",
 * "True", "none"; `size` bytes. */
int flama_pt_arg_parse(flama_arena *arena, const char *text, size_t size,
                       flama_pt_arg *out, flama_error *err);

/* The value of that name, or SIZE_MAX. */
size_t flama_pt_value_find(const flama_pt_program *program, flama_string name);

#endif
