/* Flama: machine-learning models behind typed, documented HTTP APIs. */
#ifndef FLAMA_H
#define FLAMA_H

#include <flama/base.h>
#include <flama/error.h>
#include <flama/arena.h>
#include <flama/value.h>
#include <flama/json.h>
#include <flama/schema.h>
#include <flama/call.h>
#include <flama/model.h>
#include <flama/request.h>
#include <flama/stream.h>
#include <flama/handler.h>
#include <flama/resource.h>
#include <flama/app.h>
#include <flama/client.h>
#include <flama/middleware.h>
#include <flama/source.h>

#endif
