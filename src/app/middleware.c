#include "app/middleware.h"

#include "app/answer.h"

/* How far an exchange came: `after` is for those whose `before` it saw. Of a mounted
 * app's passage, `outer` is that of the app around it. */
typedef struct passage {
    const flama_middlewares *all;
    size_t passed;
    void (*outer_sending)(flama_exchange *exchange);
    void *outer;
} passage;

bool flama_middlewares_add(flama_middlewares *all, flama_arena *arena,
                           const flama_middleware *one)
{
    size_t size = sizeof *all->items;
    flama_middleware *items =
        flama_arena_grow(arena, all->items, all->count * size, (all->count + 1) * size);
    if (items == NULL)
        return false;
    all->items = items;
    items[all->count++] = *one;
    return true;
}

static void leave(flama_exchange *exchange)
{
    const passage *p = exchange->sender;
    for (size_t i = p->passed; i-- > 0;)
        if (p->all->items[i].after)
            p->all->items[i].after(p->all->items[i].ctx, exchange);
    exchange->sender = p->outer;
    if (p->outer_sending)
        p->outer_sending(exchange);
}

bool flama_middlewares_enter(const flama_middlewares *all, flama_exchange *exchange)
{
    if (all->count == 0)
        return true;
    passage *p = flama_arena_alloc(exchange->arena, sizeof *p);
    if (p == NULL) {
        flama_answer_no_memory(exchange);
        return false;
    }
    *p = (passage){all, 0, exchange->sending, exchange->sender};
    exchange->sender = p;
    exchange->sending = leave;
    for (size_t i = 0; i < all->count; i++) {
        const flama_middleware *m = &all->items[i];
        p->passed = i + 1;
        if (m->before && !m->before(m->ctx, exchange))
            return false;
    }
    return true;
}

void flama_middlewares_free(flama_middlewares *all)
{
    for (size_t i = all->count; i-- > 0;)
        if (all->items[i].free)
            all->items[i].free(all->items[i].ctx);
    all->count = 0;
}
