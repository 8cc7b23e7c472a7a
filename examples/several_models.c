/* Several models in one app, each under a path of its own, without a line for each
 * method: GET /iris/, POST /iris/predict/, and the same below /flowers/.
 *
 *     flama run examples/several_models.c:app */
#include <flama.h>

/* A resource without methods has the built-in ones. */
FLAMA_RESOURCE(Flowers, .name = "flowers", .verbose_name = "Iris flowers",
               .model_path = "sklearn_model.flm");

FLAMA_RESOURCE(Iris, .name = "iris", .model_path = "iris.flm");

FLAMA_APP(app, .title = "Several models",
          FLAMA_RESOURCES({"/iris/", &Iris}, {"/flowers/", &Flowers}))
{
    flama_add_request_id(app);
    flama_add_gzip(app, 0);
}
