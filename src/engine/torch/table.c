#include "engine/torch/table.h"

#include <string.h>

#include "engine/torch/table_lines.h"

static const flama_pt_operators *const parts[] = {
    &flama_pt__operators_a_e, &flama_pt__operators_f_o, &flama_pt__operators_p_z};

enum { PARTS = sizeof parts / sizeof *parts };

static const flama_pt_operator *find(const flama_pt_operators *part, flama_string name)
{
    size_t low = 0, high = part->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *own = part->lines[middle].name;
        int order = strncmp(own, name.data, name.size);
        if (order == 0 && own[name.size] == '\0')
            return &part->lines[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const flama_pt_operator *flama_pt_operator_find(flama_string name)
{
    const flama_pt_operator *found = NULL;
    for (size_t i = 0; i < PARTS && found == NULL; i++)
        found = find(parts[i], name);
    return found;
}

const flama_pt_operator *flama_pt_operator_at(size_t i)
{
    for (size_t k = 0; k < PARTS; k++) {
        if (i < parts[k]->count)
            return &parts[k]->lines[i];
        i -= parts[k]->count;
    }
    return NULL;
}
