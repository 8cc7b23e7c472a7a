/* Errors: how a handler fails, what the client sees of it, and how an app answers some
 * of them its own way.
 *
 *     flama run examples/errors.c:app --app-debug */
#include <flama.h>

FLAMA_SCHEMA(Division, (number, dividend), (number, divisor))
FLAMA_SCHEMA(Quotient, (number, quotient))
FLAMA_SCHEMA(Rows, (array, rows))

/* [fail] */
/* 400: the code says the status, the place and the sentence go to the client. */
FLAMA_HANDLER(divide, Quotient, (Division, division))
{
    double divisor = in->division->divisor;
    if (divisor <= 0 && divisor >= 0)
        return flama_fail_at(call, FLAMA_EINPUT, "$.divisor", "can't divide by zero");
    out->quotient = in->division->dividend / divisor;
    return 0;
}
/* [fail] */

/* [internal] */
/* 500: the sentence stays in the log, and on the page of --app-debug. */
FLAMA_HANDLER(broken, Quotient)
{
    return flama_fail(call, FLAMA_EINTERNAL, "the divider is not at home");
}
/* [internal] */

/* Gives no rows: a 500 that names the field, since answers are checked too. */
FLAMA_HANDLER(forgetful, Rows)
{
    return 0;
}

/* [answer] */
/* Paths that do not exist get a text of the app's own. */
FLAMA_HANDLER(not_found, flama_object, (flama_failure, failure))
{
    return flama_call_respond(call, in->failure->status,
                              FLAMA_STRING("text/plain; charset=utf-8"),
                              FLAMA_STRING("There is nothing here.\n"));
}

/* What is wrong with a request stands in an object of the app's own. */
FLAMA_HANDLER(mistaken, flama_object, (flama_failure, failure),
              (flama_request, request))
{
    return flama_give(call, out,
                      FLAMA_OBJECT(call, {"mistakes", in->failure->detail},
                                   {"of", flama_value_string(in->request->path)}));
}
/* [answer] */

FLAMA_APP(app, .title = "Errors")
{
    flama_register_schema(app, Division);
    flama_register_schema(app, Quotient);
    flama_register_schema(app, Rows);
    flama_on_error(app, 404, &not_found);
    flama_on_error(app, FLAMA_EVALIDATION, &mistaken);
    FLAMA_ROUTE(app, "/divide/", FLAMA_POST, .name = "divide", .handler = &divide);
    FLAMA_ROUTE(app, "/broken/", FLAMA_GET, .name = "broken", .handler = &broken);
    FLAMA_ROUTE(app, "/forgetful/", FLAMA_GET, .name = "forgetful",
                .handler = &forgetful);
}
