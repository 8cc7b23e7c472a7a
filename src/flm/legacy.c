/* The container of Flama 1.x; its bytes are described in package.c. */
#include <string.h>

#include "base/error.h"
#include "flm/base64.h"
#include "flm/name.h"
#include "flm/reader.h"
#include "flm/tar.h"

static const char folder[] = "artifacts/";
enum { FOLDER = sizeof folder - 1 };

/* The member `model` is a JSON object of which one string is nearly all: it is found by
 * a scan that looks no deeper than the object's own members, and decoded where it
 * stands. */
typedef struct scan {
    char *text;
    size_t size;
    size_t at;
} scan;

typedef struct span {
    char *text; /* NULL: not there */
    size_t size;
} span;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(scan *s)
{
    while (s->at < s->size && is_space(s->text[s->at]))
        s->at++;
}

static bool skip_char(scan *s, char c)
{
    skip_space(s);
    bool is = s->at < s->size && s->text[s->at] == c;
    s->at += is;
    return is;
}

/* A string; *out, unless NULL, is what stands between the quotes. */
static bool skip_string(scan *s, span *out)
{
    if (!skip_char(s, '"'))
        return false;
    size_t start = s->at;
    while (s->at < s->size && s->text[s->at] != '"')
        s->at += s->text[s->at] == '\\' ? 2 : 1;
    if (s->at >= s->size)
        return false;
    if (out)
        *out = (span){s->text + start, s->at - start};
    s->at++;
    return true;
}

static bool skip_scalar(scan *s)
{
    size_t start = s->at;
    while (s->at < s->size && !is_space(s->text[s->at]) &&
           strchr(",:[]{}\"", s->text[s->at]) == NULL)
        s->at++;
    return s->at > start;
}

/* Any value, loosely: what is inside is the decoder's to check. */
static bool skip_value(scan *s, span *out)
{
    skip_space(s);
    size_t start = s->at, depth = 0;
    do {
        skip_space(s);
        char c = s->at < s->size ? s->text[s->at] : '\0';
        bool closes = c == '}' || c == ']';
        if (closes && depth == 0)
            return false;
        if (c == '{' || c == '[')
            depth++;
        if (closes)
            depth--;
        if (c == '{' || c == '[' || closes || (depth && (c == ',' || c == ':')))
            s->at++;
        else if (c == '"' ? !skip_string(s, NULL) : !skip_scalar(s))
            return false;
    } while (depth);
    *out = (span){s->text + start, s->at - start};
    return true;
}

static bool is_key(span key, const char *name)
{
    return key.size == strlen(name) && memcmp(key.text, name, key.size) == 0;
}

/* Finds "model" and "meta"; of two equal names the second counts, as in Python. */
static bool scan_envelope(scan *s, span *model, span *meta)
{
    if (!skip_char(s, '{'))
        return false;
    do {
        span key, value;
        if (!skip_string(s, &key) || !skip_char(s, ':') || !skip_value(s, &value))
            return false;
        if (is_key(key, "model"))
            *model = value;
        if (is_key(key, "meta"))
            *meta = value;
    } while (skip_char(s, ','));
    bool closed = skip_char(s, '}');
    skip_space(s);
    return closed && s->at == s->size;
}

/* Drops the escapes that base64 text may have: its line ends. False for any other. */
static bool drop_escapes(span *text)
{
    char *to = text->text, *from = text->text, *end = from + text->size;
    while (from < end) {
        char *next = memchr(from, '\\', (size_t)(end - from));
        size_t run = (size_t)((next ? next : end) - from);
        memmove(to, from, run);
        to += run;
        from += run;
        if (next == NULL)
            break;
        if (end - from < 2 || strchr("nr/", from[1]) == NULL)
            return false;
        if (from[1] == '/')
            *to++ = '/';
        from += 2;
    }
    text->size = (size_t)(to - text->text);
    return true;
}

static int read_envelope(flama_package_reader *reader, char *text, size_t size)
{
    scan s = {text, size, 0};
    span model = {0}, meta = {0};
    if (!scan_envelope(&s, &model, &meta))
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "member 'model': malformed JSON near byte %zu",
                                   s.at < size ? s.at : size);
    if (meta.text == NULL || model.size < 2 || model.text[0] != '"')
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "member 'model' has no \"meta\" or no \"model\"");
    if (meta.size > FLAMA_PACKAGE_META)
        return flama_package__fail(reader, FLAMA_ELIMIT,
                                   "the meta takes more than %d bytes",
                                   (int)FLAMA_PACKAGE_META);
    int rc = flama_package__set_meta(reader, meta.text, meta.size);
    if (rc != 0)
        return rc;
    model = (span){model.text + 1, model.size - 2};
    if (!drop_escapes(&model))
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "member 'model': \"model\" is not base64");
    return flama_package__set_payload(reader, model.text, model.size);
}

static int read_model(flama_package_reader *reader, const flama_tar_member *member)
{
    if (reader->package->payload)
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "the tar has two members 'model'");
    if (member->size == 0)
        return flama_package__fail(
            reader, FLAMA_EFORMAT,
            "member 'model' is empty: Flama 1.x loses models under 8 KiB when it "
            "writes them; dump the model again with another version");
    flama_package_blob *blob;
    size_t size;
    int rc = flama_package__expand(reader, FLAMA_CODEC_ZLIB, "member 'model'",
                                   member->data, member->size, SIZE_MAX, &blob, &size);
    return rc ? rc : read_envelope(reader, blob->data, size);
}

static int read_member(flama_package_reader *reader, const flama_tar_member *member,
                       size_t number)
{
    flama_string name = member->name;
    if (name.size == 5 && memcmp(name.data, "model", 5) == 0)
        return read_model(reader, member);
    if (name.size > FOLDER && memcmp(name.data, folder, FOLDER) == 0) {
        name = (flama_string){name.data + FOLDER, name.size - FOLDER};
        return flama_package__add_artifact(reader, name, member->data, member->size);
    }
    return flama_package__fail(
        reader, FLAMA_EFORMAT,
        "member %zu of the tar is neither 'model' nor in 'artifacts'", number);
}

static int read_members(flama_package_reader *reader, flama_tar *tar)
{
    for (;;) {
        flama_tar_member member;
        flama_error why = {0};
        int rc = flama_tar_next(tar, &member, &why);
        if (rc == 0)
            break;
        if (rc == FLAMA_EMEMORY)
            return flama_package__fail_memory(reader);
        if (rc < 0)
            return flama_package__fail(reader, rc, "%s", why.message);
        rc = read_member(reader, &member, tar->number);
        if (rc != 0)
            return rc;
    }
    if (reader->package->payload == NULL)
        return flama_package__fail(reader, FLAMA_EFORMAT,
                                   "the tar has no member 'model'");
    return 0;
}

int flama_package__read_tar(flama_package_reader *reader, flama_codec codec)
{
    flama_package_blob *blob;
    size_t size;
    int rc = flama_package__expand(reader, codec, "the archive", reader->data,
                                   reader->size, SIZE_MAX, &blob, &size);
    if (rc != 0)
        return rc;
    flama_tar tar = {.arena = reader->package->arena,
                     .data = (const uint8_t *)blob->data,
                     .size = size};
    rc = read_members(reader, &tar);
    if (rc == 0 && reader->package->artifact_count == 0)
        flama_package__drop(reader, blob);
    return rc;
}

/* Writing */

/* Base64 with its line ends as JSON has them. */
static int add_base64(const flama_package *package, flama_buffer *out)
{
    flama_buffer text;
    flama_buffer_init(&text, SIZE_MAX);
    int rc = flama_base64_encode(package->payload, package->payload_size, &text);
    for (size_t at = 0; rc == 0 && at < text.size;) {
        const char *line = text.data + at;
        size_t length = (size_t)((char *)memchr(line, '\n', text.size - at) - line);
        rc = flama_buffer_append(out, line, length);
        if (rc == 0)
            rc = flama_buffer_append(out, "\\n", 2);
        at += length + 1;
    }
    flama_buffer_fini(&text);
    return rc;
}

static int add_text(flama_buffer *out, const char *text)
{
    return flama_buffer_append(out, text, strlen(text));
}

static int add_model(const flama_package *package, flama_string meta, flama_buffer *tar,
                     flama_error *err)
{
    flama_buffer text, packed;
    flama_buffer_init(&text, SIZE_MAX);
    flama_buffer_init(&packed, SIZE_MAX);
    int rc = add_text(&text, "{\"model\": \"");
    if (rc == 0)
        rc = add_base64(package, &text);
    if (rc == 0)
        rc = add_text(&text, "\", \"meta\": ");
    if (rc == 0)
        rc = flama_buffer_append(&text, meta.data, meta.size);
    if (rc == 0)
        rc = add_text(&text, "}");
    if (rc == 0)
        rc = flama_codec_compress(FLAMA_CODEC_ZLIB, text.data, text.size, &packed, err);
    if (rc == 0)
        rc = flama_tar_add(tar, FLAMA_STRING("model"), packed.data, packed.size);
    flama_buffer_fini(&packed);
    flama_buffer_fini(&text);
    return rc;
}

static int add_artifact(const flama_artifact *artifact, flama_buffer *tar)
{
    char name[FOLDER + FLAMA_NAME_MAXIMUM];
    memcpy(name, folder, FOLDER);
    memcpy(name + FOLDER, artifact->name.data, artifact->name.size);
    return flama_tar_add(tar, (flama_string){name, FOLDER + artifact->name.size},
                         artifact->data, artifact->size);
}

int flama_package__write_tar(const flama_package *package, flama_codec codec,
                             flama_string meta, flama_buffer *out, flama_error *err)
{
    flama_buffer tar;
    flama_buffer_init(&tar, SIZE_MAX);
    int rc = add_model(package, meta, &tar, err);
    for (size_t i = 0; rc == 0 && i < package->artifact_count; i++)
        rc = add_artifact(&package->artifacts[i], &tar);
    if (rc == 0)
        rc = flama_tar_end(&tar);
    if (rc == FLAMA_EMEMORY)
        flama_error__memory(err);
    if (rc == 0)
        rc = flama_codec_compress(codec, tar.data, tar.size, out, err);
    flama_buffer_fini(&tar);
    return rc;
}
