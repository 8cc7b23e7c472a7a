/* libdw's part of symbols.h. It looks for debugging information in the file itself and
 * beside it, and asks no server. libdw says nothing about threads: one at a time. */
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/debug/symbols.h"

struct flama_dwarf {
    Dwfl *session;
};

/* Where a place in the source is, in libdw's words. */
typedef struct place {
    const char *file;
    const char *folder; /* that a relative file starts from; may be NULL */
    int line;
} place;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static flama_dwarf only; /* guarded by the lock, held from begin to end */

/* For what libdw has allocated with malloc. */
static void (*const release)(void *memory) = free;

flama_dwarf *flama_symbols__dwarf_begin(pid_t pid)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = dwfl_build_id_find_debuginfo,
    };
    pthread_mutex_lock(&lock);
    only.session = dwfl_begin(&callbacks);
    if (only.session && dwfl_linux_proc_report(only.session, pid) == 0 &&
        dwfl_report_end(only.session, NULL, NULL) == 0)
        return &only;
    flama_symbols__dwarf_end(&only);
    return NULL;
}

void flama_symbols__dwarf_end(flama_dwarf *dwarf)
{
    if (dwarf == NULL)
        return;
    dwfl_end(dwarf->session);
    dwarf->session = NULL;
    pthread_mutex_unlock(&lock);
}

static const char *copy(flama_arena *arena, const char *text)
{
    return text ? flama_arena_copy(arena, text, strlen(text)) : NULL;
}

/* The file's path without "..", where there is such a file here. */
static const char *path_of(flama_arena *arena, const place *at)
{
    char real[PATH_MAX];
    if (at->file == NULL)
        return NULL;
    const char *path = at->file[0] == '/' || at->folder == NULL
                           ? copy(arena, at->file)
                           : flama_arena_format(arena, "%s/%s", at->folder, at->file);
    return path && realpath(path, real) ? copy(arena, real) : path;
}

static void add(flama_frame_list *list, uintptr_t address, const char *function,
                const place *at, const char *module, bool inlined)
{
    if (list->count == list->room)
        return;
    list->items[list->count++] = (flama_frame){
        .address = address,
        .function = copy(list->arena, function),
        .file = path_of(list->arena, at),
        .line = at->line,
        .module = copy(list->arena, module),
        .inlined = inlined,
    };
}

/* Sets *at to where the inlined call `die` was written. */
static void to_call(Dwarf_Die *unit, Dwarf_Die *die, place *at)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number, line;
    Dwarf_Files *files;
    size_t count;
    at->file = NULL;
    at->line = 0;
    if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &line) == 0)
        at->line = line < INT_MAX ? (int)line : 0;
    if (dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &number) == 0 &&
        dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count)
        at->file = dwarf_filesrc(files, number, NULL, NULL);
}

static place line_of(Dwfl_Module *module, Dwarf_Die *unit, Dwarf_Addr pc)
{
    Dwarf_Attribute attribute;
    Dwfl_Line *line = dwfl_module_getsrc(module, pc);
    place at = {.file = NULL};
    if (line)
        at.file = dwfl_lineinfo(line, NULL, &at.line, NULL, NULL, NULL);
    if (unit)
        at.folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
    return at;
}

/* The scopes around pc as they are in memory, calls that were inlined included. */
static int scopes_at(Dwarf_Die *unit, Dwarf_Addr pc, Dwarf_Die **scopes)
{
    Dwarf_Die *written = NULL;
    *scopes = NULL;
    int count = unit ? dwarf_getscopes(unit, pc, &written) : 0;
    if (count > 0)
        count = dwarf_getscopes_die(&written[0], scopes);
    release(written);
    return count;
}

bool flama_symbols__dwarf(flama_dwarf *dwarf, flama_frame_list *list,
                          const void *address, bool exact)
{
    Dwarf_Addr pc = (Dwarf_Addr)(uintptr_t)address - !exact, bias = 0;
    Dwfl_Module *module = dwfl_addrmodule(dwarf->session, pc);
    if (module == NULL)
        return false;
    const char *name =
        dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    Dwarf_Die *unit = dwfl_module_addrdie(module, pc, &bias), *scopes;
    place at = line_of(module, unit, pc);
    int count = scopes_at(unit, pc - bias, &scopes);
    bool named = false;
    for (int i = 0; i < count && !named; i++) {
        int tag = dwarf_tag(&scopes[i]);
        named = tag == DW_TAG_subprogram;
        if (!named && tag != DW_TAG_inlined_subroutine)
            continue;
        add(list, (uintptr_t)address, dwarf_diename(&scopes[i]), &at, name, !named);
        if (!named)
            to_call(unit, &scopes[i], &at);
    }
    release(scopes);
    if (!named)
        add(list, (uintptr_t)address, dwfl_module_addrname(module, pc), &at, name,
            false);
    return true;
}
