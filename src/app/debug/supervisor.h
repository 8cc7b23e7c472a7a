/* The supervisor, as the server that it watches sees it; see flama/sys/supervisor.h. */
#ifndef FLAMA_APP_DEBUG_SUPERVISOR_H
#define FLAMA_APP_DEBUG_SUPERVISOR_H

#include "http/server.h"

/* Sets the listening sockets that the supervisor has made, which become the server's;
 * does nothing where there is none. */
void flama_supervisor__sockets(flama_http_options *http);

/* Says that the server serves. */
void flama_supervisor__ready(void);

#endif
