#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "app/answer.h"
#include "app/debug/parts.h"

const flama_header flama_debug_headers[] = {
    {FLAMA_STRING("cache-control"), FLAMA_STRING("no-store")},
    {FLAMA_STRING("x-content-type-options"), FLAMA_STRING("nosniff")},
    {FLAMA_STRING("referrer-policy"), FLAMA_STRING("no-referrer")},
};
const size_t flama_debug_header_count =
    sizeof flama_debug_headers / sizeof *flama_debug_headers;

/* Who gets a page. */

static flama_string trim(flama_string text)
{
    while (text.size && isspace((unsigned char)text.data[0]))
        text = (flama_string){text.data + 1, text.size - 1};
    while (text.size && isspace((unsigned char)text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Cuts `text` at the first `mark`: what is before it, the rest stays in *text. */
static flama_string cut(flama_string *text, char mark)
{
    const char *at = text->size ? memchr(text->data, mark, text->size) : NULL;
    size_t size = at ? (size_t)(at - text->data) : text->size;
    flama_string first = {text->data, size};
    size_t used = size + (at != NULL);
    *text = (flama_string){text->data + used, text->size - used};
    return trim(first);
}

/* Whether a parameter of a media range is q=0, which refuses it. */
static bool refuses(flama_string parameter)
{
    if (parameter.size < 3 || strncasecmp(parameter.data, "q=0", 3) != 0)
        return false;
    for (size_t i = 3; i < parameter.size; i++)
        if (parameter.data[i] != '.' && parameter.data[i] != '0')
            return false;
    return true;
}

static bool names_html(flama_string range)
{
    flama_string type = cut(&range, ';');
    if (type.size != 9 || strncasecmp(type.data, "text/html", 9) != 0)
        return false;
    while (range.size)
        if (refuses(cut(&range, ';')))
            return false;
    return true;
}

static bool header_is(const flama_request *request, const char *name, const char *value)
{
    const flama_string *found = flama_request_header(request, name);
    return found && found->size == strlen(value) &&
           memcmp(found->data, value, found->size) == 0;
}

/* A script of another site's page, which the app's CORS rules may let read answers. */
static bool is_foreign_script(const flama_request *request)
{
    return flama_request_header(request, "sec-fetch-site") &&
           !header_is(request, "sec-fetch-site", "same-origin") &&
           !header_is(request, "sec-fetch-site", "none") &&
           !header_is(request, "sec-fetch-mode", "navigate");
}

bool flama_debug_accepts(const flama_request *request)
{
    if (is_foreign_script(request))
        return false;
    const flama_string *accept = flama_request_header(request, "accept");
    flama_string rest = accept ? *accept : FLAMA_STRING("");
    while (rest.size)
        if (names_html(cut(&rest, ',')))
            return true;
    return false;
}

bool flama_debug_wanted(const flama_app *app, const flama_request *request)
{
    return app->options.debug && flama_debug_accepts(request);
}

/* The page around the sections. */

typedef struct link {
    const char *id;
    const char *text;
    bool there;
} link;

static void begin(flama_html *html, int status, const char *name, const char *title,
                  flama_string message)
{
    flama_html_put(html, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
                         "<meta charset=\"utf-8\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width, "
                         "initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n"
                         "<title>");
    flama_html_part(html, 9000);
    flama_html_format(html, "%d %s", status, name);
    flama_html_put(html, "</title>\n<style>");
    flama_html_put(html, flama_debug__css);
    flama_html_put(html, "</style>\n</head>\n<body>\n"
                         "<a class=\"skip\" href=\"#main\">Skip to the details</a>\n"
                         "<header>\n<p class=\"kind\"><span class=\"status\">");
    flama_html_part(html, 9000);
    flama_html_format(html, "%d", status);
    flama_html_put(html, "</span> <code>");
    flama_debug__text(html, name);
    flama_html_put(html, "</code> ");
    flama_debug__text(html, title);
    flama_html_put(html, "</p>\n<h1 data-copy=\"message\">");
    flama_html_text(html, message);
    flama_html_put(html, "</h1>\n");
}

static void write_links(flama_html *html, const link *links, size_t count)
{
    flama_html_put(html, "</header>\n<nav aria-label=\"Sections\"><ul>\n");
    for (size_t i = 0; i < count; i++) {
        if (!links[i].there)
            continue;
        flama_html_put(html, "<li><a href=\"#");
        flama_html_put(html, links[i].id);
        flama_html_put(html, "\">");
        flama_html_put(html, links[i].text);
        flama_html_put(html, "</a></li>\n");
    }
    flama_html_put(html, "</ul></nav>\n<main id=\"main\" tabindex=\"-1\">\n");
}

static int end(flama_html *html, flama_string *out)
{
    flama_html_put(html, "</main>\n<footer>Flama " FLAMA_VERSION
                         ", debug mode: whoever reaches this server sees pages like "
                         "this one. Without <code>--app-debug</code> nobody "
                         "does.</footer>\n<p class=\"said\" role=\"status\"></p>\n"
                         "<script>");
    flama_html_put(html, flama_debug__js);
    flama_html_put(html, "</script>\n</body>\n</html>\n");
    *out = (flama_string){html->buffer.data, html->buffer.size};
    return html->code ? FLAMA_EMEMORY : 0;
}

/* The page of a failure. */

static bool ends_with(const char *text, const char *tail)
{
    size_t size = strlen(text), tail_size = strlen(tail);
    return size >= tail_size && strcmp(text + size - tail_size, tail) == 0;
}

/* Where the source of the failing line is here: its name in the error is the
 * compiler's, perhaps relative; the frame of the same line has an absolute one. */
static const char *source_of(const flama_error *error, const flama_frames *frames)
{
    const char *name = error->file;
    while (strncmp(name, "../", 3) == 0)
        name += 3;
    for (size_t i = 0; frames && i < frames->count; i++)
        if (frames->items[i].file && frames->items[i].line == error->source_line &&
            ends_with(frames->items[i].file, name))
            return frames->items[i].file;
    return error->file;
}

static void write_place(flama_html *html, const flama_debug_failure *f)
{
    const flama_error *error = f->error;
    if (error->path[0]) {
        flama_html_put(html,
                       "<p>The place in the input: <code data-copy=\"place in the "
                       "input\">");
        flama_debug__text(html, error->path);
        flama_html_put(html, "</code></p>\n");
    }
    if (error->file) {
        flama_html_put(html, "<p>Said by <code>");
        flama_debug__text(html, error->function);
        flama_html_put(html, "</code> at <code data-copy=\"place in the source\">");
        flama_html_format(html, "%s:%d", error->file, error->source_line);
        flama_html_put(html, "</code></p>\n");
    }
    flama_html_put(html, "<p>While answering <code>");
    flama_html_text(html, f->request->method_name);
    flama_html_put(html, " ");
    flama_html_text(html, f->request->target);
    flama_html_put(html, "</code></p>\n");
}

static void write_mistakes(flama_html *html, const flama_report *report)
{
    flama_debug__section(html, "mistakes", "What is wrong with the request", 8000);
    flama_html_put(html, "<ul>\n");
    const flama_report_item *item = report->first;
    for (; item && flama_html_room(html); item = item->next) {
        flama_html_put(html, "<li><code>");
        flama_html_text(html, item->path);
        flama_html_put(html, "</code> ");
        flama_html_text(html, item->message);
        flama_html_put(html, "</li>\n");
    }
    flama_html_put(html, "</ul>\n");
    flama_debug__section_end(html);
}

static void write_source(flama_html *html, const flama_debug_failure *f)
{
    flama_debug__section(html, "source", "Source", 6000);
    flama_debug__source(html, source_of(f->error, f->frames), f->error->source_line);
    flama_debug__section_end(html);
}

/* The frames once more, as the text that one sends to a colleague. */
static void write_plain(flama_html *html, const flama_debug_failure *f)
{
    flama_html_part(html, 8000);
    flama_html_put(html, "<details class=\"plain\"><summary>As text</summary>\n"
                         "<pre tabindex=\"0\" aria-label=\"The error as text\">"
                         "<code data-copy=\"error as text\">");
    flama_html_format(html, "%s: %s\n", f->name, f->error->message);
    for (size_t i = 0; i < f->frames->count && flama_html_room(html); i++) {
        const flama_frame *frame = &f->frames->items[i];
        if (frame->earlier) {
            flama_html_format(html, "%s\n", frame->function);
            continue;
        }
        flama_html_format(html, "#%zu %s", i,
                          frame->function ? frame->function : "(no name)");
        if (frame->file)
            flama_html_format(html, " at %s:%d\n", frame->file, frame->line);
        else
            flama_html_format(html, " in %s\n", frame->module ? frame->module : "?");
    }
    flama_html_put(html, "</code></pre></details>\n");
}

static void write_backtrace(flama_html *html, const flama_debug_failure *f)
{
    flama_debug__section(html, "backtrace", "Backtrace", 36000);
    if (f->frames && f->frames->count) {
        flama_debug__frames(html, f->frames, f->error->file == NULL);
        write_plain(html, f);
    } else {
        flama_html_put(html, "<p class=\"note\">There is none: what failed did not say "
                             "so with <code>flama_fail</code>.</p>\n");
    }
    flama_debug__section_end(html);
}

int flama_debug_failure_page(flama_arena *arena, const flama_debug_failure *f,
                             flama_string *out)
{
    bool said = f->error->file != NULL, mistakes = f->report && f->report->first;
    const link links[] = {
        {"mistakes", "Mistakes", mistakes},     {"source", "Source", said},
        {"backtrace", "Backtrace", true},       {"request", "Request", true},
        {"wiring", "Wiring", f->route != NULL}, {"routes", "Routes", f->app != NULL},
    };
    const char *message = f->error->message;
    flama_html html;
    flama_html_init(&html, arena, FLAMA_DEBUG_PAGE_MOST - 1);
    begin(&html, f->status, f->name, f->title,
          (flama_string){message, strlen(message)});
    write_place(&html, f);
    write_links(&html, links, sizeof links / sizeof *links);
    if (mistakes)
        write_mistakes(&html, f->report);
    if (said)
        write_source(&html, f);
    write_backtrace(&html, f);
    flama_debug__request(&html, f->request);
    if (f->route)
        flama_debug__wiring(&html, f->route, f->match);
    if (f->app)
        flama_debug__routes(&html, f->app);
    return end(&html, out);
}

/* Answers. */

static bool respond(flama_exchange *x, int status, flama_string page)
{
    flama_string policy = {flama_debug__policy, strlen(flama_debug__policy)};
    int rc =
        flama_exchange_add_header(x, FLAMA_STRING("content-security-policy"), policy);
    for (size_t i = 0; i < flama_debug_header_count && rc == 0; i++)
        rc = flama_exchange_add_header(x, flama_debug_headers[i].name,
                                       flama_debug_headers[i].value);
    if (rc == 0)
        flama_exchange_respond(x, status, FLAMA_STRING("text/html; charset=utf-8"),
                               page);
    return rc == 0;
}

bool flama_debug_answer_failure(flama_exchange *x, const flama_debug_failure *failure)
{
    flama_string page;
    return flama_debug_failure_page(x->arena, failure, &page) == 0 &&
           respond(x, failure->status, page);
}

bool flama_debug_answer_not_found(const flama_app *app, flama_exchange *x)
{
    const link links[] = {{"routes", "Routes", true}, {"request", "Request", true}};
    flama_html html;
    flama_string page;
    char *message =
        flama_arena_format(x->arena, "No route has the path %.*s",
                           (int)x->request.target.size, x->request.target.data);
    if (message == NULL)
        return false;
    message[strcspn(message, "?")] = '\0';
    flama_html_init(&html, x->arena, FLAMA_DEBUG_PAGE_MOST - 1);
    begin(&html, 404, "ENOT_FOUND", "Not Found",
          (flama_string){message, strlen(message)});
    write_links(&html, links, sizeof links / sizeof *links);
    flama_debug__routes(&html, app);
    flama_debug__request(&html, &x->request);
    return end(&html, &page) == 0 && respond(x, 404, page);
}
