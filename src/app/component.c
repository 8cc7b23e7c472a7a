#include "app/component.h"

flama_component *flama_component_find(flama_component *first, const flama_type *type)
{
    for (flama_component *c = first; c; c = c->next)
        if (c->handler->gives == type)
            return c;
    return NULL;
}

/* A request that components per request are wired against: it has no path parameters.
 */
static const flama_route any_route;

static void compile_one(flama_component *component, flama_plan_scope *scope)
{
    char *what =
        flama_arena_format(scope->arena, "component %s", component->handler->name);
    if (what == NULL) {
        scope->report->failed = true;
        return;
    }
    scope->what = what;
    scope->route = component->per_app ? NULL : &any_route;
    component->plan = flama_plan_compile(scope, component->handler);
}

/* Puts a component in order after all it needs. The depth is at most the number of
 * components, for one that is open already is a cycle. */
static bool visit(flama_components *components, flama_component *component,
                  flama_report *report)
{
    if (component->state == FLAMA_COMPONENT_DONE || component->plan == NULL)
        return true;
    if (component->state == FLAMA_COMPONENT_OPEN) {
        flama_report_add(report, FLAMA_ESETUP, NULL,
                         "component %s needs what it provides itself, through other "
                         "components: break the cycle",
                         component->handler->name);
        return false;
    }
    component->state = FLAMA_COMPONENT_OPEN;
    bool good = true;
    for (size_t i = 0; good && i < component->plan->step_count; i++) {
        const flama_step *step = &component->plan->steps[i];
        if (step->source == FLAMA_SOURCE_COMPONENT)
            good = visit(components, step->component, report);
    }
    component->state = FLAMA_COMPONENT_DONE;
    components->ordered[components->ordered_count++] = component;
    return good;
}

void flama_components_compile(flama_components *components, flama_plan_scope scope)
{
    for (flama_component *c = components->first; c; c = c->next) {
        const flama_component *earlier =
            flama_component_find(components->first, c->handler->gives);
        if (earlier != c)
            flama_report_add(scope.report, FLAMA_ESETUP, NULL,
                             "components %s and %s both provide %s: keep one",
                             earlier->handler->name, c->handler->name,
                             c->handler->gives->name);
        if (c->handler->gives->kind != FLAMA_TYPE_OPAQUE)
            flama_report_add(scope.report, FLAMA_ESETUP, NULL,
                             "component %s gives %s, which handlers get from the "
                             "request: let it give a type of FLAMA_PROVIDED",
                             c->handler->name, c->handler->gives->name);
        compile_one(c, &scope);
    }
    components->ordered =
        flama_arena_calloc(scope.arena, components->count + 1, sizeof(void *));
    if (components->ordered == NULL)
        scope.report->failed = true;
    for (flama_component *c = components->first; c && components->ordered; c = c->next)
        if (!visit(components, c, scope.report))
            return;
}

static int call_component(const flama_component *component, flama_invocation *inv,
                          void **provided)
{
    void *in;
    int rc = flama_plan_fill(component->plan, inv, &in);
    if (rc != 0)
        return rc;
    void *out = flama_arena_calloc(inv->call.arena, 1,
                                   component->handler->gives->instance_size);
    if (out == NULL)
        return flama_fail(&inv->call, FLAMA_EMEMORY, "%s",
                          flama_error_text(FLAMA_EMEMORY));
    rc = component->handler->function(in, out, &inv->call);
    *provided = rc == 0 ? out : NULL;
    return rc;
}

int flama_component_provide(const flama_component *component, flama_invocation *inv,
                            void **provided)
{
    if (component->per_app && component->provided) {
        *provided = component->provided;
        return 0;
    }
    void **made = &inv->made[component->index];
    int rc = *made ? 0 : call_component(component, inv, made);
    *provided = *made;
    return rc;
}

void flama_component_release(const flama_components *components, flama_invocation *inv)
{
    for (size_t i = components->ordered_count; i-- > 0;) {
        const flama_component *c = components->ordered[i];
        if (!c->per_app && c->release && inv->made[c->index])
            c->release(inv->made[c->index]);
    }
}

void flama_components_start(flama_components *components, flama_app *app,
                            flama_arena *arena, flama_report *report)
{
    flama_invocation inv = {.app = app};
    flama_call_init(&inv.call, arena);
    flama_report_init(&inv.report, arena, 0);
    inv.made = flama_arena_calloc(arena, components->count + 1, sizeof *inv.made);
    if (inv.made == NULL) {
        report->failed = true;
        return;
    }
    for (size_t i = 0; i < components->ordered_count; i++) {
        flama_component *c = components->ordered[i];
        if (!c->per_app || flama_component_provide(c, &inv, &c->provided) == 0)
            continue;
        flama_report_add(report, FLAMA_ESETUP, NULL, "component %s failed: %s",
                         c->handler->name, inv.call.error.message);
        return;
    }
}

void flama_components_stop(flama_components *components)
{
    for (size_t i = components->ordered_count; i-- > 0;) {
        flama_component *c = components->ordered[i];
        if (c->provided && c->release)
            c->release(c->provided);
        c->provided = NULL;
    }
}
