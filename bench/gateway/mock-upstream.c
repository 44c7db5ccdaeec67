/*
 * A model server that costs next to nothing: answers every POST as OpenAI's chat completions do, over HTTP/1.1.
 *
 * The model's name says how: `plain` answers whole (612 bytes); `stream-MS` streams 50 chunks of some 200 bytes, one
 * every MS milliseconds, then usage and [DONE]. GET /stats tells what was served. Prints its port.
 */
#define _GNU_SOURCE
#include "wire.h"

enum { CHUNKS = 50, PLAIN_CONTENT_LENGTH = 224 };

typedef struct connection {
  int fd, closed, waits_for_room, next_chunk;
  int64_t due_ns, interval_ns;
  buffer in, out;
} connection;

static struct { long requests, streams, cut, malformed; } stats;
static buffer plain_answer, stream_head, chunk_frames[CHUNKS], stream_tail;
static int epoll_fd;

/* Streams by the time of their next chunk: a binary heap. */
static connection **heap;
static size_t heap_length, heap_room;

static void heap_swap(size_t a, size_t b) {
  connection *kept = heap[a];
  heap[a] = heap[b];
  heap[b] = kept;
}

static void heap_push(connection *c) {
  if (heap_length == heap_room) {
    heap_room = 2 * heap_room + 64;
    heap = realloc(heap, heap_room * sizeof *heap);
    if (!heap) fail("realloc");
  }
  size_t at = heap_length++;
  heap[at] = c;
  for (; at > 0 && heap[at]->due_ns < heap[(at - 1) / 2]->due_ns; at = (at - 1) / 2) heap_swap(at, (at - 1) / 2);
}

static connection *heap_pop(void) {
  connection *first = heap[0];
  heap[0] = heap[--heap_length];
  for (size_t at = 0;;) {
    size_t least = at, left = 2 * at + 1;
    if (left < heap_length && heap[left]->due_ns < heap[least]->due_ns) least = left;
    if (left + 1 < heap_length && heap[left + 1]->due_ns < heap[least]->due_ns) least = left + 1;
    if (least == at) return first;
    heap_swap(at, least);
    at = least;
  }
}

static void append_text(buffer *b, const char *text) { append(b, text, strlen(text)); }

static void append_chunk(buffer *b, const char *text) {
  char size[16];
  append(b, size, (size_t)snprintf(size, sizeof size, "%zx\r\n", strlen(text)));
  append_text(b, text);
  append_text(b, "\r\n");
}

#define COMMON_HEADERS                                                                              \
  "openai-version: 2020-10-01\r\nopenai-processing-ms: 12\r\nx-request-id: req_0123456789abcdef\r\n" \
  "x-ratelimit-limit-requests: 10000\r\nx-ratelimit-remaining-requests: 9999\r\nserver: mock\r\n"
#define USAGE                                                                                                       \
  "\"usage\":{\"prompt_tokens\":213,\"completion_tokens\":61,\"total_tokens\":274,"                                \
  "\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}"
#define CHUNK_START                                                                                         \
  "data: {\"id\":\"chatcmpl-mock0123456789\",\"object\":\"chat.completion.chunk\",\"created\":1700000000," \
  "\"model\":\"mock-model\",\"choices\":["

static void prepare_answers(void) {
  char text[1024];
  int length = snprintf(text, sizeof text,
                        "{\"id\":\"chatcmpl-mock0123456789\",\"object\":\"chat.completion\",\"created\":1700000000,"
                        "\"model\":\"mock-model\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                        "\"content\":\"%0*d\"},\"finish_reason\":\"stop\"}]," USAGE "}",
                        PLAIN_CONTENT_LENGTH, 0);
  char head[512];
  append(&plain_answer, head,
         (size_t)snprintf(head, sizeof head,
                          "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" COMMON_HEADERS
                          "\r\n",
                          length));
  append(&plain_answer, text, (size_t)length);
  append_text(&stream_head, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
                            COMMON_HEADERS "\r\n");
  for (int i = 0; i < CHUNKS; i++) {
    snprintf(text, sizeof text, CHUNK_START "{\"index\":0,\"delta\":{\"content\":\"token %02d \"},\"finish_reason\":%s}]}\n\n",
             i, i == CHUNKS - 1 ? "\"stop\"" : "null");
    append_chunk(&chunk_frames[i], text);
  }
  append_chunk(&stream_tail, CHUNK_START "]," USAGE "}\n\n");
  append_chunk(&stream_tail, "data: [DONE]\n\n");
  append_text(&stream_tail, "0\r\n\r\n");
}

static void watch(connection *c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll_fd, operation, c->fd, &event)) fail("epoll_ctl");
}

static void release(connection *c) {
  free(c->in.bytes);
  free(c->out.bytes);
  free(c);
}

/* A connection with a stream is in the heap, and is released when its next chunk is due. */
static void close_connection(connection *c) {
  close(c->fd);
  c->closed = 1;
  if (c->interval_ns == 0) release(c);
  else stats.cut++;
}

/* Gives whether the connection is still there. */
static int flush(connection *c) {
  size_t sent = 0;
  while (sent < c->out.length) {
    ssize_t n = send(c->fd, c->out.bytes + sent, c->out.length - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) {
      close_connection(c);
      return 0;
    }
    sent += (size_t)n;
  }
  drop_front(&c->out, sent);
  int must_wait = c->out.length > 0;
  if (must_wait != c->waits_for_room) watch(c, EPOLL_CTL_MOD, EPOLLIN | (must_wait ? EPOLLOUT : 0));
  c->waits_for_room = must_wait;
  return 1;
}

static int send_bytes(connection *c, const buffer *bytes) {
  append(&c->out, bytes->bytes, bytes->length);
  return c->waits_for_room ? 1 : flush(c);
}

/* Sends the chunk that is due; the connection leaves the heap with its last one. */
static void advance(connection *c) {
  if (c->next_chunk < CHUNKS) {
    c->due_ns += c->interval_ns;
    heap_push(c);
    send_bytes(c, &chunk_frames[c->next_chunk++]);
    return;
  }
  c->interval_ns = 0;
  send_bytes(c, &stream_tail);
}

static int answer_stats(connection *c) {
  char body[256], head[128];
  int length = snprintf(body, sizeof body, "{\"requests\":%ld,\"streams\":%ld,\"cut\":%ld,\"malformed\":%ld}",
                        stats.requests, stats.streams, stats.cut, stats.malformed);
  append(&c->out, head, (size_t)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n", length));
  append(&c->out, body, (size_t)length);
  return flush(c);
}

static int answer(connection *c, const char *body, size_t length) {
  stats.requests++;
  const char *end = body + length;
  const char *model = find_nocase(body, end, "\"model\"");
  const char *stream = model ? find_nocase(model, model + 32 < end ? model + 32 : end, "stream-") : NULL;
  if (!model) stats.malformed++;
  if (!stream) return send_bytes(c, &plain_answer);
  stats.streams++;
  int interval_ms = atoi(stream + 7);
  c->interval_ns = (int64_t)(interval_ms > 0 ? interval_ms : 1) * 1000000;
  c->next_chunk = 0;
  c->due_ns = now_ns();
  append(&c->out, stream_head.bytes, stream_head.length);
  advance(c);
  return !c->closed;
}

/* Answers the first whole request in the buffer, if there is one; gives whether to look again. */
static int take_request(connection *c) {
  if (c->interval_ns > 0) return 0;
  const char *start = c->in.bytes;
  const char *head_end = memmem(start, c->in.length, "\r\n\r\n", 4);
  if (!head_end) return 0;
  const char *body = head_end + 4;
  size_t have = c->in.length - (size_t)(body - start);
  size_t body_length = 0, taken = 0;
  buffer decoded = {0};
  const char *value = header_value(start, head_end, "\r\ncontent-length:");
  if (value) {
    taken = body_length = strtoul(value, NULL, 10);
    if (have < taken) return 0;
  } else if (header_value(start, head_end, "\r\ntransfer-encoding:")) {
    dechunker d = {0};
    while (taken < have && d.state != CHUNK_DONE) {
      const char *run;
      size_t run_length;
      taken += dechunk(&d, body + taken, have - taken, &run, &run_length);
      if (run_length) append(&decoded, run, run_length);
    }
    if (d.state != CHUNK_DONE) {
      free(decoded.bytes);
      return 0;
    }
    body_length = decoded.length;
  }
  size_t request_length = (size_t)(body - start) + taken;
  int alive = strncmp(start, "GET", 3) ? answer(c, decoded.bytes ? decoded.bytes : body, body_length) : answer_stats(c);
  free(decoded.bytes);
  if (alive) drop_front(&c->in, request_length);
  return alive;
}

static void read_requests(connection *c) {
  char bytes[65536];
  ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return close_connection(c);
  append(&c->in, bytes, (size_t)n);
  while (take_request(c)) {}
}

static void accept_all(int listener) {
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
    set_up_socket(fd);
    connection *c = calloc(1, sizeof *c);
    if (!c) fail("calloc");
    c->fd = fd;
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
  }
}

static int listen_anywhere(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, (void *)&address, length) || listen(fd, 8192)) fail("listen");
  getsockname(fd, (void *)&address, &length);
  set_up_socket(fd);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(void) {
  raise_file_limit();
  prepare_answers();
  epoll_fd = epoll_create1(0);
  connection listener = {.fd = listen_anywhere()};
  watch(&listener, EPOLL_CTL_ADD, EPOLLIN);
  for (struct epoll_event events[512];;) {
    int64_t wait_ns = heap_length > 0 ? heap[0]->due_ns - now_ns() : 1000000000;
    struct timespec timeout = {.tv_sec = wait_ns > 0 ? wait_ns / 1000000000 : 0, .tv_nsec = wait_ns > 0 ? wait_ns % 1000000000 : 0};
    int count = epoll_pwait2(epoll_fd, events, 512, &timeout, NULL);
    for (int i = 0; i < count; i++) {
      connection *c = events[i].data.ptr;
      if (c == &listener) accept_all(listener.fd);
      else if (events[i].events & EPOLLOUT) flush(c);
      else read_requests(c);
    }
    int64_t now = now_ns();
    while (heap_length > 0 && heap[0]->due_ns <= now) {
      connection *c = heap_pop();
      if (c->closed) release(c);
      else advance(c);
    }
  }
}
