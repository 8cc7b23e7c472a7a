/* A program of one's own: it reads its own arguments and makes its own app. `flama run
 * examples/own_main.c:app` works too.
 *
 *     cc own_main.c $(pkg-config --cflags --libs flama) -o own_main
 *     ./own_main 8080 iris.flm */
#include <stdio.h>
#include <stdlib.h>

#include <flama.h>

static const char *model_file = "iris.flm";

FLAMA_APP(app, .title = "A program of one's own")
{
    flama_models_add(app, "/iris/", model_file, "iris");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s PORT MODEL.flm\n", argv[0]);
        return 2;
    }
    model_file = argv[2];
    return flama_run(app, .port = (int)strtol(argv[1], NULL, 10), .workers = 2);
}
