/* In place of dwarf.c where libdw is not installed. */
#include "app/debug/symbols.h"

flama_dwarf *flama_symbols__dwarf_begin(pid_t pid)
{
    (void)pid;
    return NULL;
}

bool flama_symbols__dwarf(flama_dwarf *dwarf, flama_frame_list *list,
                          const void *address, bool exact)
{
    (void)dwarf, (void)list, (void)address, (void)exact;
    return false;
}

void flama_symbols__dwarf_end(flama_dwarf *dwarf)
{
    (void)dwarf;
}
