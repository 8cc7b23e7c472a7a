/* The commands of the program, one file each. A command's run is given the arena for
 * all it parses, its own words (argv[0] is the command's name) and returns the exit
 * status: 0, 1 when the work failed, 2 when it was called wrongly. */
#ifndef FLAMA_CLI_COMMANDS_H
#define FLAMA_CLI_COMMANDS_H

#include "cli/options.h"

extern const cli_command cli_model_command;
extern const cli_command cli_run_command;
extern const cli_command cli_serve_command;
extern const cli_command cli_start_command;

#endif
