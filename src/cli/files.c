#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *shown(const char *path, const char *standard)
{
    return strcmp(path, "-") == 0 ? standard : path;
}

static int failed(flama_error *err, const char *path)
{
    return flama_error_set(err, FLAMA_EIO, "'%s': %s", path, strerror(errno));
}

/* Room for the next read: the size the file says it has, else a doubling. */
static size_t next_capacity(int fd, size_t capacity, size_t limit)
{
    struct stat about;
    size_t next = capacity ? capacity * 2 : 65536;
    if (capacity == 0 && fstat(fd, &about) == 0 && about.st_size > 0)
        next = (size_t)about.st_size + 2;
    return next > limit + 2 ? limit + 2 : next;
}

static int read_all(flama_arena *arena, int fd, const char *name, size_t limit,
                    flama_string *out, flama_error *err)
{
    char *data = NULL;
    size_t size = 0, capacity = 0;
    for (;;) {
        if (size + 1 >= capacity) {
            size_t next = next_capacity(fd, capacity, limit);
            data = flama_arena_grow(arena, data, capacity, next);
            if (data == NULL)
                return flama_error_set(err, FLAMA_EMEMORY, "out of memory");
            capacity = next;
        }
        ssize_t got = read(fd, data + size, capacity - size - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failed(err, name);
        if (got == 0)
            break;
        size += (size_t)got;
        if (size > limit)
            return flama_error_set(err, FLAMA_ELIMIT, "'%s' is larger than %zu bytes",
                                   name, limit);
    }
    data[size] = 0;
    *out = (flama_string){data, size};
    return 0;
}

int cli_read_file(flama_arena *arena, const char *path, size_t limit, flama_string *out,
                  flama_error *err)
{
    const char *name = shown(path, "standard input");
    if (name != path)
        return read_all(arena, STDIN_FILENO, name, limit, out, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failed(err, name);
    int rc = read_all(arena, fd, name, limit, out, err);
    close(fd);
    return rc;
}

int cli_write(int fd, const char *path, flama_string text, flama_error *err)
{
    while (text.size) {
        ssize_t put = write(fd, text.data, text.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return failed(err, shown(path, "standard output"));
        text.data += put;
        text.size -= (size_t)put;
    }
    return 0;
}

int cli_open_output(const char *path, bool fresh, flama_error *err)
{
    if (strcmp(path, "-") == 0)
        return STDOUT_FILENO;
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (fresh ? O_EXCL : O_TRUNC);
    int fd = open(path, flags, 0666);
    if (fd < 0)
        failed(err, path);
    return fd;
}

int cli_close_output(int fd, const char *path, flama_error *err)
{
    if (fd == STDOUT_FILENO)
        return 0;
    return close(fd) && errno != EINTR ? failed(err, path) : 0;
}
