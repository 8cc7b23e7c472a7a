/* Values as handlers give them: built and kept in a call's arena. */
#include <flama/call.h>

static void out_of_memory(flama_call *call)
{
    flama_fail(call, FLAMA_EMEMORY, "%s", flama_error_text(FLAMA_EMEMORY));
}

flama_value flama_call_object(flama_call *call, const flama_pair *pairs, size_t count)
{
    flama_builder builder;
    flama_value object = flama_value_null();
    flama_object_begin(&builder, flama_call_arena(call));
    for (size_t i = 0; i < count; i++)
        flama_object_add(&builder, pairs[i].name, pairs[i].value);
    if (flama_builder_end(&builder, &object) != 0)
        out_of_memory(call);
    return object;
}

int flama_give(flama_call *call, const flama_value **out, flama_value value)
{
    flama_value *kept = flama_call_alloc(call, sizeof *kept);
    if (kept == NULL)
        out_of_memory(call);
    else
        *kept = value;
    *out = kept;
    return flama_call_error(call)->code;
}
