/* Whole files in and out, "-" being the standard streams. One thread. */
#ifndef FLAMA_CLI_FILES_H
#define FLAMA_CLI_FILES_H

#include <flama.h>

/* Reads all of the file into the arena, NUL-terminated (the NUL is not counted).
 * 0, FLAMA_EIO (the message is "'path': No such file or directory"), FLAMA_ELIMIT when
 * there is more than `limit`, or FLAMA_EMEMORY. */
int cli_read_file(flama_arena *arena, const char *path, size_t limit, flama_string *out,
                  flama_error *err);

/* Writes to an open descriptor, all or FLAMA_EIO; `path` is for the message. */
int cli_write(int fd, const char *path, flama_string text, flama_error *err);

/* Opens for writing: emptied, made if need be; "-" is standard output. A descriptor for
 * cli_write and cli_close_output, or -1. With `fresh` an existing file is an error. */
int cli_open_output(const char *path, bool fresh, flama_error *err);
int cli_close_output(int fd, const char *path, flama_error *err);

#endif
