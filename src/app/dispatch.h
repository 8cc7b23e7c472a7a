/* The way of every exchange through the app: route, inject, call, answer. */
#ifndef FLAMA_APP_DISPATCH_H
#define FLAMA_APP_DISPATCH_H

#include "app/app.h"

/* Answers the exchange, now or later; see sys/exchange.h. Any thread. */
void flama_app_dispatch(flama_app *app, flama_exchange *exchange);

/* The endpoint of handlers: the route's target is its flama_handler_route. */
void flama_dispatch__handler(const flama_match *match, flama_exchange *exchange);

#endif
