#include "cli/python.h"

#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/help.h"

bool cli_is_python(const char *target)
{
    const char *colon = strrchr(target, ':');
    size_t size = colon ? (size_t)(colon - target) : 0;
    bool name = size > 0 && !isdigit((unsigned char)*target);
    for (size_t i = 0; i < size; i++)
        name = name && (isalnum((unsigned char)target[i]) || target[i] == '_' ||
                        target[i] == '.');
    bool object = size > 3 && strncmp(colon - 3, ".so", 3) == 0;
    bool source = size > 2 && strncmp(colon - 2, ".c", 2) == 0;
    return name && !object && !source;
}

/* The interpreter of the environment that the program is installed in, else of the one
 * that is active, else the one on the path. */
static const char *find_python(flama_arena *arena)
{
    char program[4096];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program);
    while (size > 0 && program[size - 1] != '/')
        size--;
    const char *beside =
        size > 0 ? flama_arena_format(arena, "%.*spython3", (int)size, program) : NULL;
    const char *config =
        size > 0 ? flama_arena_format(arena, "%.*s../pyvenv.cfg", (int)size, program)
                 : NULL;
    if (beside && config && access(beside, X_OK) == 0 && access(config, F_OK) == 0)
        return beside;
    const char *environment = getenv("VIRTUAL_ENV");
    const char *python = environment && *environment
                             ? flama_arena_format(arena, "%s/bin/python3", environment)
                             : NULL;
    return python && access(python, X_OK) == 0 ? python : "python3";
}

/* The exit status of a question to Python, or -1 when there is none to be asked. */
static int ask(const char *python, const char *question)
{
    char *const words[] = {(char *)(uintptr_t)python, "-c", (char *)(uintptr_t)question,
                           NULL};
    pid_t pid;
    int status;
    if (posix_spawnp(&pid, python, NULL, NULL, words, environ) != 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int cli_run_python(flama_arena *arena, const char *target, int argc, char **argv)
{
    const char *python = find_python(arena);
    int without = ask(python, "import importlib.util, sys\n"
                              "sys.exit(importlib.util.find_spec('flama') is None)");
    if (without < 0)
        return cli_error("'%s' is a Python app, and there is no python3: activate the "
                         "environment that has one with the package 'flama'.",
                         target);
    if (without)
        return cli_error("'%s' is a Python app, and %s has no package 'flama': install "
                         "it there, or activate the environment that has it.",
                         target, python);
    const char **words = flama_arena_calloc(arena, (size_t)argc + 4, sizeof *words);
    if (words == NULL)
        return cli_error("out of memory");
    words[0] = python;
    words[1] = "-m";
    words[2] = "flama";
    memcpy(words + 3, argv, (size_t)argc * sizeof *words);
    execvp(python, (char *const *)(uintptr_t)words);
    return cli_error("can't run %s: %s", python, strerror(errno));
}
