/* The way of every exchange through the app: route, inject, call, answer. */
#ifndef FLAMA_APP_DISPATCH_H
#define FLAMA_APP_DISPATCH_H

#include <flama/sys/face.h>

#include "app/app.h"

/* The endpoint of handlers: the route's target is its flama_handler_route. */
void flama_dispatch__handler(const flama_match *match, flama_exchange *exchange);

#endif
