#include "http/forwarded.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static const unsigned char *bytes_of(const struct sockaddr *peer)
{
    if (peer->sa_family == AF_INET)
        return (const unsigned char *)&((const struct sockaddr_in *)(const void *)peer)
            ->sin_addr;
    if (peer->sa_family == AF_INET6)
        return (const unsigned char *)&((const struct sockaddr_in6 *)(const void *)peer)
            ->sin6_addr;
    return NULL;
}

/* An IPv4 address seen through an IPv6 socket counts as what it is. */
static const unsigned char *unmap(int *family, const unsigned char *address)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (*family != AF_INET6 || memcmp(address, mapped, sizeof mapped) != 0)
        return address;
    *family = AF_INET;
    return address + sizeof mapped;
}

static bool in_network(const flama_http_network *network, int family,
                       const unsigned char *address)
{
    if (network->family != family)
        return false;
    unsigned bytes = network->bits / 8, bits = network->bits % 8;
    if (memcmp(network->address, address, bytes) != 0)
        return false;
    unsigned differ = bits ? (unsigned)(network->address[bytes] ^ address[bytes]) : 0;
    return differ >> (8 - bits) == 0;
}

static bool has_address(const flama_http_peers *peers, int family,
                        const unsigned char *address)
{
    address = unmap(&family, address);
    for (size_t i = 0; i < peers->count; i++)
        if (in_network(&peers->networks[i], family, address))
            return true;
    return peers->all;
}

bool flama_http_peers_has(const flama_http_peers *peers, const struct sockaddr *peer)
{
    const unsigned char *address = bytes_of(peer);
    return address ? has_address(peers, peer->sa_family, address) : peers->all;
}

static flama_string trimmed(const char *begin, const char *end)
{
    while (begin < end && (*begin == ' ' || *begin == '\t'))
        begin++;
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (flama_string){begin, (size_t)(end - begin)};
}

static bool read_address(flama_string text, int *family, unsigned char address[16])
{
    char copy[INET6_ADDRSTRLEN];
    if (text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    *family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    return inet_pton(*family, copy, address) == 1;
}

static bool read_bits(flama_string text, unsigned most, unsigned *bits)
{
    *bits = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned)(text.data[i] - '0');
        if (digit > 9 || (*bits = *bits * 10 + digit) > most)
            return false;
    }
    return text.size > 0;
}

static bool read_network(flama_http_network *network, flama_string text)
{
    const char *end = text.data + text.size;
    const char *slash = memchr(text.data, '/', text.size);
    memset(network, 0, sizeof *network);
    if (!read_address(trimmed(text.data, slash ? slash : end), &network->family,
                      network->address))
        return false;
    unsigned most = network->family == AF_INET ? 32 : 128;
    network->bits = most;
    return slash == NULL || read_bits(trimmed(slash + 1, end), most, &network->bits);
}

int flama_http_peers_read(flama_http_peers *peers, flama_arena *arena, const char *text,
                          flama_error *err)
{
    const char *end = text + strlen(text);
    size_t most = 1;
    for (const char *p = text; *p; p++)
        most += *p == ',';
    *peers = (flama_http_peers){0};
    peers->networks = flama_arena_alloc(arena, most * sizeof *peers->networks);
    if (peers->networks == NULL)
        return flama_error_set(err, FLAMA_EMEMORY, "out of memory");
    for (const char *p = text; p <= end;) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        flama_string item = trimmed(p, comma ? comma : end);
        p = (comma ? comma : end) + 1;
        if (item.size == 1 && *item.data == '*')
            peers->all = true;
        else if (item.size && !read_network(&peers->networks[peers->count++], item))
            return flama_error_set(err, FLAMA_EARGUMENT,
                                   "'%.*s' is neither an address nor a network",
                                   (int)item.size, item.data);
    }
    return 0;
}

/* Proxies append: what stands last is what the nearest one has seen. When all are
 * believed the first is the client. */
static flama_string client_in(const flama_http_peers *peers, flama_string list)
{
    flama_string item = {NULL, 0};
    const char *end = list.data + list.size;
    while (end >= list.data) {
        const char *comma = memrchr(list.data, ',', (size_t)(end - list.data));
        const char *begin = comma ? comma + 1 : list.data;
        unsigned char address[16];
        int family;
        item = trimmed(begin, end);
        if (!read_address(item, &family, address))
            return (flama_string){NULL, 0};
        if (comma == NULL || !has_address(peers, family, address))
            break;
        end = comma;
    }
    return item;
}

void flama_http_forwarded_apply(const flama_http_peers *peers,
                                flama_http_exchange *exchange)
{
    flama_request *request = &exchange->base.request;
    const flama_string *proto = flama_request_header(request, "x-forwarded-proto");
    if (proto && proto->size == 5 && strncasecmp(proto->data, "https", 5) == 0)
        request->scheme = FLAMA_STRING("https");
    else if (proto && proto->size == 4 && strncasecmp(proto->data, "http", 4) == 0)
        request->scheme = FLAMA_STRING("http");
    const flama_string *list = flama_request_header(request, "x-forwarded-for");
    flama_string client = list ? client_in(peers, *list) : (flama_string){NULL, 0};
    if (client.size == 0)
        return;
    bool six = memchr(client.data, ':', client.size) != NULL;
    char *text = flama_arena_format(&exchange->arena, six ? "[%.*s]:0" : "%.*s:0",
                                    (int)client.size, client.data);
    if (text)
        request->client = (flama_string){text, strlen(text)};
}
