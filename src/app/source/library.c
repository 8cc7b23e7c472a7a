#include "app/source/library.h"

#include <ctype.h>
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "base/error.h"

/* What the loader says, without the path it begins with. */
static const char *loader_error(const char *path)
{
    const char *text = dlerror();
    size_t size = strlen(path);
    if (text && strncmp(text, path, size) == 0 && strncmp(text + size, ": ", 2) == 0)
        text += size + 2;
    return text ? text : "the loader does not say why";
}

static bool is_identifier(const char *name)
{
    bool right = isalpha((unsigned char)*name) || *name == '_';
    for (const char *c = name; *c; c++)
        right = right && (isalnum((unsigned char)*c) || *c == '_');
    return right;
}

/* The symbol, and how many bytes are its. */
static const void *find(void *library, const char *symbol, size_t *size)
{
    Dl_info info;
    const ElfW(Sym) *entry = NULL;
    const void *address = dlsym(library, symbol);
    *size = 0;
    if (address && dladdr1(address, &info, (void **)&entry, RTLD_DL_SYMENT) && entry)
        *size = entry->st_size;
    return address;
}

static int check(const flama_app_def *def, size_t size, const char *shown,
                 const char *name, flama_error *err)
{
    if (size < offsetof(flama_app_def, options) || def->size != size)
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "'%s' in %s is not an app: define it with FLAMA_APP(%s, "
                               "...)",
                               name, shown, name);
    if (def->abi != FLAMA_ABI)
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "%s was built for ABI %u of flama, and this is ABI %u: "
                               "build it again",
                               shown, (unsigned)def->abi, FLAMA_ABI);
    return 0;
}

int flama_library_app(flama_app_def *def, const char *path, const char *shown,
                      const char *name, flama_error *err)
{
    char symbol[256] = "";
    size_t length = strlen(name), size;
    if (!is_identifier(name) || length + sizeof "_def" > sizeof symbol)
        return flama_error_set(err, FLAMA_EARGUMENT, "'%s' can't be the name of an app",
                               name);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return flama_error_set(err, FLAMA_EIO, "%s can't be loaded: %s", shown,
                               loader_error(path));
    memcpy(symbol, name, length);
    bool other = find(library, symbol, &size) != NULL;
    memcpy(symbol + length, "_def", sizeof "_def");
    const flama_app_def *found = find(library, symbol, &size);
    if (found == NULL && !other)
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "%s has no app '%s': define it with FLAMA_APP(%s, ...)",
                               shown, name, name);
    int rc = check(found, found ? size : 0, shown, name, err);
    if (rc != 0)
        return rc;
    *def = (flama_app_def){.size = sizeof *def};
    memcpy(def, found, size < sizeof *def ? size : sizeof *def);
    return 0;
}
