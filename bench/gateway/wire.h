/* What the mock upstream and the load generator share: time, growing buffers, HTTP/1.1 framing (RFC 9112). */
#ifndef WIRE_H
#define WIRE_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

typedef struct {
  char *bytes;
  size_t length, room;
} buffer;

static inline void append(buffer *b, const char *bytes, size_t length) {
  if (b->length + length > b->room) {
    b->room = 2 * (b->length + length) + 256;
    b->bytes = realloc(b->bytes, b->room);
    if (!b->bytes) fail("realloc");
  }
  memcpy(b->bytes + b->length, bytes, length);
  b->length += length;
}

static inline void drop_front(buffer *b, size_t length) {
  memmove(b->bytes, b->bytes + length, b->length - length);
  b->length -= length;
}

/* Finds text between two pointers, without regard to case. */
static inline const char *find_nocase(const char *from, const char *to, const char *text) {
  size_t length = strlen(text);
  for (; from + length <= to; from++)
    if (!strncasecmp(from, text, length)) return from;
  return NULL;
}

/* The value of a header between `from` and `to`, or NULL. `name` is like "\r\ncontent-length:". */
static inline const char *header_value(const char *from, const char *to, const char *name) {
  const char *at = find_nocase(from, to, name);
  if (!at) return NULL;
  at += strlen(name);
  while (at < to && *at == ' ') at++;
  return at;
}

/* Decodes chunked bodies that come in pieces; extensions and trailers are passed over. */
typedef struct {
  enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER, CHUNK_DONE } state;
  size_t left;
  int line_length, in_extension;
} dechunker;

/*
 * Takes at most `length` bytes and gives how many it took. A run of body bytes is left in *run and *run_length; call
 * again until all is taken or the state is CHUNK_DONE.
 */
static inline size_t dechunk(dechunker *d, const char *bytes, size_t length, const char **run, size_t *run_length) {
  *run_length = 0;
  size_t at = 0;
  while (at < length && d->state != CHUNK_DONE) {
    if (d->state == CHUNK_DATA) {
      size_t take = d->left < length - at ? d->left : length - at;
      *run = bytes + at;
      *run_length = take;
      d->left -= take;
      if (d->left == 0) d->state = CHUNK_DATA_END;
      return at + take;
    }
    char c = bytes[at++];
    switch (d->state) {
      case CHUNK_SIZE:
        if (c == '\n') {
          d->state = d->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
          d->in_extension = d->line_length = 0;
        } else if (c == ';') {
          d->in_extension = 1;
        } else if (!d->in_extension && c != '\r') {
          d->left = d->left * 16 + (size_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        }
        break;
      case CHUNK_DATA_END:
        if (c == '\n') d->state = CHUNK_SIZE;
        break;
      case CHUNK_TRAILER:
        if (c == '\n') {
          if (d->line_length == 0) d->state = CHUNK_DONE;
          d->line_length = 0;
        } else if (c != '\r') {
          d->line_length++;
        }
        break;
      default:
        break;
    }
  }
  return at;
}

static inline void set_up_socket(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* As many open files as the system lets us have: every stream is one. */
static inline void raise_file_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

#endif
