#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/help.h"

#define INPUT_LIMIT ((size_t)1 << 30)
#define NOT_FOR_ML "is not supported for ML models."

typedef struct model_settings {
    const char *input;
    const char *output;
    bool pretty;
    bool buffer;
} model_settings;

/* What a command below `flama model FILE` works with. */
typedef struct work {
    flama_arena *arena;
    const cli_command *command;
    model_settings settings;
    flama_model *model;
} work;

static const cli_option input_options[] = {
    {.name = "input",
     .letter = 'i',
     .kind = CLI_TEXT,
     .field = offsetof(model_settings, input),
     .metavar = "FILENAME",
     .initial = "-",
     .help = "File to read from: a JSON list of feature vectors; - is standard "
             "input."},
    {.name = "file",
     .letter = 'f',
     .kind = CLI_TEXT,
     .field = offsetof(model_settings, input),
     .metavar = "FILENAME",
     .help = "Another name of --input."},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_TEXT,
     .field = offsetof(model_settings, output),
     .metavar = "FILENAME",
     .initial = "-",
     .help = "File to write to; - is standard output."},
    {.name = NULL},
};

static const cli_option pretty_options[] = {
    {.name = "pretty",
     .letter = 'p',
     .kind = CLI_FLAG,
     .field = offsetof(model_settings, pretty),
     .help = "Pretty print the output."},
    {.name = NULL},
};

static const cli_option buffer_options[] = {
    {.name = "buffer",
     .letter = 'b',
     .kind = CLI_FLAG,
     .field = offsetof(model_settings, buffer),
     .help = "Write all output at once at the end instead of item by item."},
    {.name = NULL},
};

static const cli_option language_options[] = {
    {.name = "transport", .kind = CLI_TEXT, .refused = NOT_FOR_ML},
    {.name = "system", .kind = CLI_TEXT, .refused = NOT_FOR_ML},
    {.name = "param", .kind = CLI_TEXT, .refused = NOT_FOR_ML},
    {.name = "channel", .kind = CLI_TEXT, .refused = NOT_FOR_ML},
    {.name = NULL},
};

static const cli_option scanner_options[] = {
    {.name = "channel-scanner", .kind = CLI_TEXT, .refused = NOT_FOR_ML},
    {.name = "tool-scanner", .kind = CLI_TEXT, .refused = NOT_FOR_ML},
    {.name = "tool-parser", .kind = CLI_TEXT, .refused = NOT_FOR_ML},
    {.name = NULL},
};

static const cli_option *const group_tables[] = {scanner_options, NULL};
static const cli_option *const inspect_tables[] = {pretty_options, NULL};
static const cli_option *const run_tables[] = {input_options, pretty_options,
                                               language_options, NULL};
static const cli_option *const stream_tables[] = {input_options, buffer_options,
                                                  language_options, NULL};

#define RUN_TEXT                                                                 \
    "The input is a JSON list of feature vectors and the output a JSON list of " \
    "predictions.\n\n"                                                           \
    "Example:\n"                                                                 \
    "    echo '[[0, 0], [1, 1]]' | flama model model.flm run"

static const cli_command inspect_command = {
    .name = "inspect",
    .usage = "flama model FLAMA_MODEL_PATH inspect [OPTIONS]",
    .summary = "Inspect an ML model.",
    .text = "Prints what the file says of its model: the ID, the time when the model "
            "was created, the framework, the model's info, and the list of artifacts "
            "packaged with it. A line on standard error names the engine that runs the "
            "model, or why none does.",
    .tables = inspect_tables,
};

static const cli_command run_command = {
    .name = "run",
    .usage = "flama model FLAMA_MODEL_PATH run [OPTIONS]",
    .summary = "Make a prediction using an ML model.",
    .text = RUN_TEXT,
    .tables = run_tables,
};

static const cli_command predict_command = {
    .name = "predict",
    .usage = "flama model FLAMA_MODEL_PATH predict [OPTIONS]",
    .summary = "The same as run.",
    .text = RUN_TEXT,
    .tables = run_tables,
};

static const cli_command stream_command = {
    .name = "stream",
    .usage = "flama model FLAMA_MODEL_PATH stream [OPTIONS]",
    .summary = "Make predictions one by one.",
    .text = "The input is a JSON list of feature vectors; each is predicted alone and "
            "its output, a list of one, is written before the next is looked at.",
    .tables = stream_tables,
};

static const cli_command *const inside[] = {
    &inspect_command, &run_command, &predict_command, &stream_command, NULL,
};

/* Writes one whole text and a line end to --output. */
static int write_line(const work *w, flama_string text)
{
    flama_error err = {0};
    const char *path = w->settings.output;
    int fd = cli_open_output(path, false, &err);
    if (fd < 0)
        return cli_failed(&err);
    int rc = cli_write(fd, path, text, &err);
    if (rc == 0)
        rc = cli_write(fd, path, FLAMA_STRING("\n"), &err);
    int closed = cli_close_output(fd, path, &err);
    return rc || closed ? cli_failed(&err) : 0;
}

static int write_value(const work *w, const flama_value *value, unsigned flags)
{
    flama_error err = {0};
    flama_string text;
    if (flama_json_encode(w->arena, value, flags, &text, &err))
        return cli_failed(&err);
    return write_line(w, text);
}

static int nothing_runs(flama_arena *arena, const flama_error *why, flama_value *out)
{
    flama_builder object;
    flama_object_begin(&object, arena);
    flama_object_add(&object, "engine", flama_value_null());
    flama_object_add(&object, "reason", flama_value_text(why->message));
    return flama_builder_end(&object, out);
}

/* One line on standard error: what runs the model, or why nothing does. */
static int tell_engine(work *w, const char *path)
{
    flama_error err = {0};
    flama_value about;
    flama_string text;
    int rc = flama_model_open(&w->model, path, &err);
    rc = rc ? nothing_runs(w->arena, &err, &about)
            : flama_model_describe(w->model, w->arena, &about);
    if (rc || flama_json_encode(w->arena, &about, FLAMA_JSON_SPACED, &text, NULL))
        return cli_error("out of memory");
    fprintf(stderr, "engine: %.*s\n", (int)text.size, text.data);
    return 0;
}

static int inspect(work *w, const char *path)
{
    unsigned flags =
        w->settings.pretty ? FLAMA_JSON_PRETTY | FLAMA_JSON_SORTED : FLAMA_JSON_SPACED;
    flama_error err = {0};
    flama_value about;
    if (flama_model_inspect_file(w->arena, path, &about, &err))
        return cli_failed(&err);
    int status = write_value(w, &about, flags);
    return status ? status : tell_engine(w, path);
}

/* Reads and decodes --input: 0, or the exit status. */
static int read_input(const work *w, flama_value *out)
{
    flama_error err = {0};
    flama_string text;
    const char *path = w->settings.input;
    if (cli_read_file(w->arena, path, INPUT_LIMIT, &text, &err))
        return cli_usage_error(w->command, "Invalid value for '-i' / '--input': %s",
                               err.message);
    if (flama_json_decode(w->arena, text.data, text.size, NULL, out, &err))
        return cli_usage_error(
            w->command, "Invalid value: Input must be valid JSON for ML models. %s",
            err.message);
    if (out->kind == FLAMA_KIND_ARRAY || out->kind == FLAMA_KIND_TENSOR)
        return 0;
    return cli_usage_error(
        w->command,
        "Invalid value: Input must be a list of feature vectors, as in "
        "[[1, 2], [3, 4]], and not of type %s%s.",
        flama_kind_name(out->kind),
        flama_value_get(out, "input") ? "; give what stands under \"input\" alone"
                                      : "");
}

static int run(work *w)
{
    flama_value input;
    int status = read_input(w, &input);
    if (status)
        return status;
    flama_call *call = flama_call_new();
    if (call == NULL)
        return cli_error("out of memory");
    const flama_value *output;
    if (flama_model_predict(w->model, call, &input, &output))
        status = cli_failed(flama_call_error(call));
    else
        status = write_value(
            w, output, w->settings.pretty ? FLAMA_JSON_PRETTY : FLAMA_JSON_SPACED);
    flama_call_free(call);
    return status;
}

static size_t count_nulls(const flama_tensor *tensor, size_t *first)
{
    const double *data = tensor->data;
    size_t nulls = 0;
    for (size_t i = tensor->count; i-- > 0;) {
        if (data[i] != data[i]) {
            nulls++;
            *first = i;
        }
    }
    return nulls;
}

/* The i-th item of a list as a list of its own. */
static flama_value one_item(const flama_value *list, size_t i, flama_tensor *slice)
{
    if (list->kind == FLAMA_KIND_ARRAY)
        return (flama_value){.kind = FLAMA_KIND_ARRAY,
                             .array = {list->array.items + i, 1}};
    const flama_tensor *all = list->tensor;
    *slice = *all;
    slice->shape[0] = 1;
    slice->count = all->count / all->shape[0];
    slice->data =
        (const char *)all->data + i * slice->count * flama_dtype_size(all->dtype);
    slice->text = (flama_string){NULL, 0};
    if (all->nulls)
        slice->nulls = count_nulls(slice, &slice->first_null);
    return flama_value_tensor(slice);
}

static int predict_item(work *w, flama_call *call, const flama_value *input, size_t i,
                        flama_string *out)
{
    flama_tensor slice;
    flama_value item = one_item(input, i, &slice);
    const flama_value *output;
    flama_error err = {0};
    if (flama_model_predict(w->model, call, &item, &output)) {
        err = *flama_call_error(call);
        return cli_error("item %zu: %s", i, err.message);
    }
    if (flama_json_encode(flama_call_arena(call), output, 0, out, &err))
        return cli_error("item %zu: %s", i, err.message);
    return 0;
}

/* Writes each prediction to fd at once, or collects them in *all. */
static int stream_items(work *w, flama_call *call, const flama_value *input, int fd,
                        flama_string *all)
{
    size_t count =
        input->kind == FLAMA_KIND_ARRAY ? input->array.count : input->tensor->shape[0];
    flama_error err = {0};
    for (size_t i = 0; i < count; i++) {
        flama_string text;
        flama_call_reset(call);
        int status = predict_item(w, call, input, i, &text);
        if (status)
            return status;
        if (all == NULL) {
            if (cli_write(fd, w->settings.output, text, &err))
                return cli_failed(&err);
            continue;
        }
        char *data = flama_arena_grow(w->arena, (char *)(uintptr_t)all->data, all->size,
                                      all->size + text.size);
        if (data == NULL)
            return cli_error("out of memory");
        memcpy(data + all->size, text.data, text.size);
        *all = (flama_string){data, all->size + text.size};
    }
    return 0;
}

static int stream_buffered(work *w, flama_call *call, const flama_value *input)
{
    flama_string all = {NULL, 0};
    int status = stream_items(w, call, input, -1, &all);
    return status ? status : write_line(w, all);
}

static int stream_at_once(work *w, flama_call *call, const flama_value *input)
{
    flama_error err = {0};
    const char *path = w->settings.output;
    int fd = cli_open_output(path, false, &err);
    if (fd < 0)
        return cli_failed(&err);
    int status = stream_items(w, call, input, fd, NULL);
    if (cli_close_output(fd, path, &err) && status == 0)
        status = cli_failed(&err);
    return status;
}

static int stream(work *w)
{
    flama_value input;
    int status = read_input(w, &input);
    if (status)
        return status;
    flama_call *call = flama_call_new();
    if (call == NULL)
        return cli_error("out of memory");
    status = w->settings.buffer ? stream_buffered(w, call, &input)
                                : stream_at_once(w, call, &input);
    flama_call_free(call);
    return status;
}

static int run_inside(flama_arena *arena, const char *path, int argc, char **argv)
{
    work w = {.arena = arena, .command = cli_find_command(inside, argv[0])};
    w.settings = (model_settings){.input = "-", .output = "-"};
    if (w.command == NULL)
        return cli_no_such_command(&cli_model_command, argv[0]);
    cli_list arguments = {0};
    int status;
    if (!cli_ready(arena, w.command, argc, argv, &w.settings, &arguments, &status))
        return status;
    if (path == NULL)
        return cli_usage_error(&cli_model_command,
                               "Missing argument 'FLAMA_MODEL_PATH'.");
    if (access(path, F_OK))
        return cli_usage_error(&cli_model_command,
                               "Invalid value: Model file not found.");
    flama_error err = {0};
    if (w.command == &inspect_command)
        status = inspect(&w, path);
    else if (flama_model_open(&w.model, path, &err))
        status = cli_failed(&err);
    else
        status = w.command == &stream_command ? stream(&w) : run(&w);
    flama_model_unref(w.model);
    return status;
}

/* True when the first word is a command and the file comes from the variable. */
static bool file_is_left_out(int argc, char **argv)
{
    return cli_find_command(inside, argv[0]) &&
           (argc < 2 || cli_find_command(inside, argv[1]) == NULL);
}

static int model(flama_arena *arena, int argc, char **argv)
{
    int words = 1;
    while (words < argc && argv[words][0] == '-' && argv[words][1])
        words++;
    cli_list arguments = {0};
    int status;
    if (!cli_ready(arena, &cli_model_command, words, argv, NULL, &arguments, &status))
        return status;
    argc -= words;
    argv += words;
    const char *variable;
    const char *path = cli_variable(arena, "model-path", NULL, &variable);
    if (argc > 0 && !file_is_left_out(argc, argv)) {
        path = argv[0];
        argc--;
        argv++;
    }
    if (argc > 0)
        return run_inside(arena, path, argc, argv);
    return cli_usage_error(&cli_model_command,
                           path ? "Missing command."
                                : "Missing argument 'FLAMA_MODEL_PATH'.");
}

const cli_command cli_model_command = {
    .name = "model",
    .usage = "flama model [OPTIONS] FLAMA_MODEL_PATH COMMAND [ARGS]...",
    .summary = "Interact with an ML model without server.",
    .text = "FLAMA_MODEL_PATH is the path of the model to be used, as in "
            "path/to/model.flm; it can also be given as a variable of that name.",
    .tables = group_tables,
    .inside = inside,
    .run = model,
};
