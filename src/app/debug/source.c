/* Source files, as far as they are on this machine, and the frames that point there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/debug/parts.h"

enum {
    AROUND = 5,        /* lines before and after the one meant */
    LONGEST_LINE = 400 /* bytes of it that are shown */
};

/* Opens a regular file, and nothing that would block or be endless. */
static FILE *open_source(const char *path, flama_html *html)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *why = fd < 0 ? strerror(errno) : "not a regular file";
    FILE *file = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)
                     ? fdopen(fd, "r")
                     : NULL;
    if (file)
        return file;
    if (fd >= 0)
        close(fd);
    flama_html_put(html, "<p class=\"note\">The source can't be shown: ");
    flama_html_format(html, "%s: %s", path, why);
    flama_html_put(html, ".</p>\n");
    return NULL;
}

/* Reads one line, cut at LONGEST_LINE; false at the end of the file. */
static bool read_line(FILE *file, char text[LONGEST_LINE + 1], size_t *size)
{
    int c;
    *size = 0;
    while ((c = getc_unlocked(file)) != EOF && c != '\n')
        if (*size < LONGEST_LINE)
            text[(*size)++] = (char)c;
    return c != EOF || *size > 0;
}

static void write_line(flama_html *html, int number, bool meant, flama_string text)
{
    flama_html_put(html, meant ? "<mark class=\"line\" data-n=\""
                               : "<span class=\"line\" data-n=\"");
    flama_html_format(html, "%d", number);
    flama_html_put(html, "\">");
    flama_html_text(html, text);
    flama_html_put(html, meant ? "\n</mark>" : "\n</span>");
}

void flama_debug__source(flama_html *html, const char *path, int line)
{
    char text[LONGEST_LINE + 1];
    size_t size;
    FILE *file = open_source(path, html);
    if (file == NULL)
        return;
    flama_html_put(html,
                   "<pre class=\"source\" tabindex=\"0\" aria-label=\"Source around "
                   "line ");
    flama_html_format(html, "%d", line);
    flama_html_put(html, "\"><code>");
    for (int n = 1; n <= line + AROUND && read_line(file, text, &size); n++)
        if (n >= line - AROUND && flama_html_room(html))
            write_line(html, n, n == line, (flama_string){text, size});
    flama_html_put(html, "</code></pre>\n");
    fclose(file);
}

static const char *file_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

static void write_summary(flama_html *html, const flama_frame *f, size_t number)
{
    flama_html_put(html, "<summary><span class=\"number\">");
    flama_html_format(html, "%zu", number);
    flama_html_put(html, "</span> <code class=\"function\">");
    if (f->function)
        flama_debug__text(html, f->function);
    else
        flama_html_format(html, "0x%zx", (size_t)f->address);
    flama_html_put(html, "</code> <span class=\"where\">");
    if (f->file)
        flama_html_format(html, "%s:%d", file_name(f->file), f->line);
    else if (f->module)
        flama_debug__text(html, file_name(f->module));
    flama_html_put(html, f->inlined
                             ? "</span> <span class=\"tag\">inlined</span></summary>\n"
                             : "</span></summary>\n");
}

/* Whether the file has been written after the program was. */
static bool is_newer(const char *file, const char *module)
{
    struct stat source, program;
    return module && stat(file, &source) == 0 && stat(module, &program) == 0 &&
           source.st_mtime > program.st_mtime;
}

static void write_frame(flama_html *html, const flama_frame *f, size_t number,
                        bool open)
{
    flama_html_put(html, open ? "<li><details open>" : "<li><details>");
    write_summary(html, f, number);
    flama_html_put(html, "<p class=\"place\">");
    if (f->file) {
        flama_html_put(html, "<code data-copy=\"place of this frame\">");
        flama_html_format(html, "%s:%d", f->file, f->line);
        flama_html_put(html, "</code>");
    }
    flama_html_put(html, "<span class=\"note\">");
    if (f->address)
        flama_html_format(html, " 0x%zx", (size_t)f->address);
    if (f->module)
        flama_html_format(html, " in %s", f->module);
    flama_html_put(html, "</span></p>\n");
    if (f->file && is_newer(f->file, f->module))
        flama_html_put(html,
                       "<p class=\"note\">The source has changed since the program "
                       "was built: its lines may not be these.</p>\n");
    if (f->file && f->line > 0)
        flama_debug__source(html, f->file, f->line);
    if (f->locals && f->locals[0]) {
        flama_html_put(html, "<pre class=\"locals\" tabindex=\"0\" "
                             "aria-label=\"Variables\"><code>");
        flama_debug__text(html, f->locals);
        flama_html_put(html, "</code></pre>\n");
    }
    flama_html_put(html, "</details></li>\n");
}

/* The first frame whose source is here: the one to be looked at first. */
static size_t first_readable(const flama_frames *frames)
{
    size_t i = 0;
    while (i < frames->count &&
           (frames->items[i].file == NULL || access(frames->items[i].file, R_OK) != 0))
        i++;
    return i;
}

/* Functions that call those of the user. */
static bool calls_user(const flama_frame *f)
{
    static const char *const names[] = {"call_handler", "flama_dispatch__handler",
                                        "call_component", "flama_component_provide"};
    for (size_t i = 0; f->function && i < sizeof names / sizeof *names; i++)
        if (strcmp(f->function, names[i]) == 0)
            return true;
    return false;
}

/* The first frame of the server's own, below those of the user. */
static size_t first_of_server(const flama_frames *frames)
{
    size_t i = 0;
    while (i < frames->count && !calls_user(&frames->items[i]))
        i++;
    return i;
}

/* A function that calls itself is one item that says how often. */
static void write_list(flama_html *html, const flama_frames *frames, size_t first,
                       size_t end, size_t open)
{
    size_t next;
    for (size_t i = first; i < end && flama_html_room(html); i = next) {
        next = flama_frames_next(frames, i);
        if (frames->items[i].earlier) {
            flama_html_put(html, "<li class=\"earlier\">");
            flama_debug__text(html, frames->items[i].function);
            flama_html_put(html, "</li>\n");
            continue;
        }
        write_frame(html, &frames->items[i], i, i == open);
        if (next - i < 2)
            continue;
        flama_html_put(html, "<li class=\"note\">");
        flama_html_format(html, "%zu times in all", next - i);
        flama_html_put(html, "</li>\n");
    }
    flama_html_put(html, "</ol>\n");
}

void flama_debug__frames(flama_html *html, const flama_frames *frames, bool unfold)
{
    size_t count = frames->count, own = first_of_server(frames);
    own = own ? own : count;
    flama_html_put(html, "<ol class=\"frames\" id=\"frames\">\n");
    write_list(html, frames, 0, own, unfold ? first_readable(frames) : count);
    if (own < count) {
        flama_html_put(html, "<details class=\"plain\"><summary>Frames of the server "
                             "that called it</summary>\n<ol class=\"frames\">\n");
        write_list(html, frames, own, count, count);
        flama_html_put(html, "</details>\n");
    }
    if (frames->cut || !flama_html_room(html))
        flama_html_put(html, "<p class=\"note\">Further frames are not shown.</p>\n");
}
