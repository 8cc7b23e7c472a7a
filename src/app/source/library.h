/* Finds an app in a shared object. What has been loaded stays loaded: nobody knows when
 * the last of its functions has returned. */
#ifndef FLAMA_APP_SOURCE_LIBRARY_H
#define FLAMA_APP_SOURCE_LIBRARY_H

#include <flama/app.h>

/* Loads the shared object at `path` (an absolute one) and copies the definition of its
 * app `name` into *def. Messages call the file `shown`. 0; FLAMA_EARGUMENT when there
 * is no such app, or it was built for another version of the library; FLAMA_EIO when
 * the file can't be loaded. */
int flama_library_app(flama_app_def *def, const char *path, const char *shown,
                      const char *name, flama_error *err);

#endif
