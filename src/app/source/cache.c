#include "app/source/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

enum { MONTH = 30 * 24 * 3600, SMALL = 1 << 20 };

flama_digest flama_digest_begin(void)
{
    unsigned __int128 high = UINT64_C(0x6c62272e07bb0142);
    return (flama_digest){high << 64 | UINT64_C(0x62b821756295c58d)};
}

void flama_digest_add(flama_digest *digest, const void *data, size_t size)
{
    const unsigned __int128 prime = (unsigned __int128)1 << 88 | 0x13b;
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        digest->state = (digest->state ^ bytes[i]) * prime;
}

void flama_digest_add_text(flama_digest *digest, const char *text)
{
    flama_digest_add(digest, text, strlen(text) + 1);
}

bool flama_digest_add_content(flama_digest *digest, const char *path)
{
    char block[16384];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    uint64_t total = 0;
    ssize_t got;
    while ((got = read(fd, block, sizeof block)) > 0) {
        flama_digest_add(digest, block, (size_t)got);
        total += (uint64_t)got;
    }
    close(fd);
    flama_digest_add(digest, &total, sizeof total);
    return got == 0;
}

char *flama_digest_text(flama_digest digest, flama_arena *arena)
{
    return flama_arena_format(arena, "%016llx%016llx",
                              (unsigned long long)(digest.state >> 64),
                              (unsigned long long)digest.state);
}

/* Makes a folder and those above it, the last one for this user alone. */
static int make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int rc = mkdir(path, 0777);
        *slash = '/';
        if (rc != 0 && errno != EEXIST)
            return rc;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

int flama_cache_folder(flama_arena *arena, const char **out, flama_error *err)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *path =
        cache && *cache == '/' ? flama_arena_format(arena, "%s/flama/apps", cache)
        : home && *home == '/' ? flama_arena_format(arena, "%s/.cache/flama/apps", home)
                               : NULL;
    if (path == NULL)
        return flama_error_set(err, FLAMA_EIO,
                               "there is no folder for what is compiled: set "
                               "XDG_CACHE_HOME or HOME");
    struct stat about;
    if (make_folders(path) != 0 || stat(path, &about) != 0)
        return flama_error_set(err, FLAMA_EIO, "can't make the folder '%s': %s", path,
                               strerror(errno));
    if (about.st_uid != geteuid() || (about.st_mode & (S_IWGRP | S_IWOTH)))
        return flama_error_set(err, FLAMA_EIO,
                               "what is compiled is kept in '%s', which another user "
                               "can write to: set XDG_CACHE_HOME to a folder of yours",
                               path);
    *out = path;
    return 0;
}

bool flama_cache_read(flama_arena *arena, const char *path, flama_string *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    char *data = NULL;
    size_t size = 0;
    if (fd < 0)
        return false;
    if (fstat(fd, &about) == 0 && about.st_size > 0 && about.st_size <= SMALL)
        data = flama_arena_alloc(arena, (size_t)about.st_size);
    if (data != NULL) {
        ssize_t got = read(fd, data, (size_t)about.st_size);
        size = got > 0 ? (size_t)got : 0;
    }
    close(fd);
    *out = (flama_string){data, size};
    return size > 0;
}

int flama_cache_create(flama_arena *arena, const char *folder, char **path,
                       flama_error *err)
{
    *path = flama_arena_format(arena, "%s/new-XXXXXX.so", folder);
    if (*path == NULL) {
        flama_error__memory(err);
        return -1;
    }
    int fd = mkostemps(*path, 3, O_CLOEXEC);
    if (fd < 0)
        flama_error_set(err, FLAMA_EIO, "can't write into '%s': %s", folder,
                        strerror(errno));
    return fd;
}

/* Copies one descriptor's rest into another; false with errno set. */
static bool pour(int from, int to)
{
    char block[65536];
    ssize_t got;
    while ((got = read(from, block, sizeof block)) > 0)
        for (ssize_t put = 0, done = 0; done < got; done += put)
            if ((put = write(to, block + done, (size_t)(got - done))) < 0)
                return false;
    return got == 0;
}

int flama_cache_copy(flama_arena *arena, const char *path, const char **copy,
                     flama_error *err)
{
    const char *folder;
    char *fresh;
    int rc = flama_cache_folder(arena, &folder, err);
    if (rc != 0)
        return rc;
    int to = flama_cache_create(arena, folder, &fresh, err);
    if (to < 0)
        return FLAMA_EIO;
    int from = open(path, O_RDONLY | O_CLOEXEC);
    bool whole = from >= 0 && pour(from, to);
    int why = errno;
    if (from >= 0)
        close(from);
    whole &= close(to) == 0;
    flama_digest digest = flama_digest_begin();
    if (!whole) {
        unlink(fresh);
        return flama_error_set(err, FLAMA_EIO, "can't copy '%s': %s", path,
                               strerror(why));
    }
    flama_digest_add_text(&digest, path);
    flama_digest_add_content(&digest, fresh);
    char *hex = flama_digest_text(digest, arena);
    char *name = hex ? flama_arena_format(arena, "%s/%s.so", folder, hex) : NULL;
    *copy = name && rename(fresh, name) == 0 ? name : fresh;
    return 0;
}

void flama_cache_touch(const char *path)
{
    utimensat(AT_FDCWD, path, NULL, 0);
}

void flama_cache_prune(const char *folder)
{
    DIR *listing = opendir(folder);
    struct stat about;
    const struct dirent *entry;
    if (listing == NULL)
        return;
    while ((entry = readdir(listing)) != NULL)
        if (fstatat(dirfd(listing), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(about.st_mode) && about.st_mtime < time(NULL) - MONTH)
            unlinkat(dirfd(listing), entry->d_name, 0);
    closedir(listing);
}
