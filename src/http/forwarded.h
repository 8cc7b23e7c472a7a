/* Proxies in front: whom to believe, and what they say about the client. */
#ifndef FLAMA_HTTP_FORWARDED_H
#define FLAMA_HTTP_FORWARDED_H

#include "http/exchange.h"

struct sockaddr;

typedef struct flama_http_network {
    int family;
    unsigned bits; /* of the prefix */
    unsigned char address[16];
} flama_http_network;

/* Addresses and networks that are believed. */
typedef struct flama_http_peers {
    bool all;
    size_t count;
    flama_http_network *networks;
} flama_http_peers;

/* Reads "127.0.0.1, 10.0.0.0/8, ::1" or "*" into the arena. 0, FLAMA_EMEMORY, or
 * FLAMA_EARGUMENT naming what is neither an address nor a network. */
int flama_http_peers_read(flama_http_peers *peers, flama_arena *arena, const char *text,
                          flama_error *err);

/* A Unix socket's peer has no address: it is believed only when all are. */
bool flama_http_peers_has(const flama_http_peers *peers, const struct sockaddr *peer);

/* Takes the client and the scheme from X-Forwarded-For and X-Forwarded-Proto: the
 * client is the last address named that is not itself of `peers`. */
void flama_http_forwarded_apply(const flama_http_peers *peers,
                                flama_http_exchange *exchange);

#endif
