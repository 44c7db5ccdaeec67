/*
 * Sends one request over and over to 127.0.0.1 on keep-alive connections (HTTP/1.1) and checks every answer.
 *
 *   load-generator PORT REQUEST_FILE key=value ...
 *     connections=64   connections at most
 *     calls=N          stop after so many calls; 0: no such bound
 *     seconds=S        begin no call after so many seconds; 0: no such bound
 *     rate=R           open loop: R calls a second, whatever the answers do; 0: closed loop, each connection in turn
 *     ramp_ms=M        closed loop: connections open evenly over this time
 *     events=K         0: a whole answer with its usage; else a stream of at least K events that ends in [DONE]
 *
 * Prints one line of JSON. Latencies of an open loop count from when a call was due, so a stalled server cannot hide.
 */
#define _GNU_SOURCE
#include "wire.h"
#include <math.h>
#include <sys/timerfd.h>

typedef struct {
  const char *needle;
  int matched;
  long found;
} matcher;

typedef struct connection {
  int fd, in_head, chunked, status, closes;
  size_t sent, body_left;
  int64_t due_ns, first_event_ns;
  buffer head;
  dechunker chunks;
  matcher usage, events, done;
  struct connection *next_idle;
} connection;

static struct { long connections, calls, rate, ramp_ms, events; double seconds; } options = {.connections = 64};
static struct sockaddr_in server = {.sin_family = AF_INET};
static buffer request;
static connection *connections, *idle;
static long opened, begun, finished, failed, events_seen, late;
static char first_error[256];
static buffer latencies, first_events; /* of uint32_t, in microseconds */
static int64_t started_ns, last_finished_ns;
static int epoll_fd;

static void match(matcher *m, const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    m->matched = bytes[i] == m->needle[m->matched] ? m->matched + 1 : bytes[i] == m->needle[0];
    if (m->needle[m->matched]) continue;
    m->matched = 0;
    m->found++;
  }
}

static void note(buffer *list, int64_t ns) {
  uint32_t us = (uint32_t)(ns / 1000);
  append(list, (char *)&us, sizeof us);
}

static int may_begin(void) {
  if (options.calls > 0 && begun >= options.calls) return 0;
  return options.seconds == 0 || (double)(now_ns() - started_ns) < options.seconds * 1e9;
}

static void watch(connection *c, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event)) fail("epoll_ctl");
}

static void open_connection(connection *c) {
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0) fail("socket");
  if (connect(c->fd, (void *)&server, sizeof server)) fail("connect");
  set_up_socket(c->fd);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event)) fail("epoll_ctl");
}

static void send_request(connection *c) {
  ssize_t n = send(c->fd, request.bytes + c->sent, request.length - c->sent, MSG_NOSIGNAL);
  if (n > 0) c->sent += (size_t)n;
  watch(c, EPOLLIN | (c->sent < request.length ? EPOLLOUT : 0));
}

static void begin_call(connection *c, int64_t due_ns) {
  begun++;
  c->due_ns = due_ns;
  c->first_event_ns = 0;
  c->in_head = 1;
  c->head.length = c->sent = 0;
  c->usage = (matcher){.needle = "\"usage\""};
  c->events = (matcher){.needle = "data: {"};
  c->done = (matcher){.needle = "data: [DONE]"};
  send_request(c);
}

static void rest(connection *c) {
  if (options.rate == 0) {
    if (may_begin()) begin_call(c, now_ns());
    return;
  }
  c->next_idle = idle;
  idle = c;
}

static void reconnect(connection *c) {
  close(c->fd);
  open_connection(c);
}

static void fail_call(connection *c, const char *why) {
  if (!failed++) snprintf(first_error, sizeof first_error, "status %d: %s", c->status, why);
  last_finished_ns = now_ns();
  finished++;
  reconnect(c);
  rest(c);
}

static void finish_call(connection *c) {
  if (c->status != 200) return fail_call(c, "not 200");
  if (options.events == 0 && c->usage.found != 1) return fail_call(c, "no usage");
  if (options.events > 0 && c->events.found < options.events) return fail_call(c, "events are missing");
  if (options.events > 0 && c->done.found != 1) return fail_call(c, "no [DONE]");
  last_finished_ns = now_ns();
  finished++;
  note(&latencies, last_finished_ns - c->due_ns);
  if (options.events > 0) note(&first_events, c->first_event_ns - c->due_ns);
  events_seen += c->events.found;
  if (c->closes) reconnect(c);
  rest(c);
}

static void take_body(connection *c, const char *bytes, size_t length) {
  if (options.events == 0) return match(&c->usage, bytes, length);
  match(&c->events, bytes, length);
  match(&c->done, bytes, length);
  if (!c->first_event_ns && c->events.found) c->first_event_ns = now_ns();
}

/* Gives how many bytes belonged to the head. */
static size_t take_head(connection *c, const char *bytes, size_t length) {
  size_t before = c->head.length;
  append(&c->head, bytes, length);
  char *end = memmem(c->head.bytes, c->head.length, "\r\n\r\n", 4);
  if (!end) return length;
  c->in_head = 0;
  c->status = atoi(c->head.bytes + 9);
  const char *value = header_value(c->head.bytes, end, "\r\ncontent-length:");
  c->chunked = !value;
  c->body_left = value ? strtoul(value, NULL, 10) : 0;
  c->chunks = (dechunker){0};
  value = header_value(c->head.bytes, end + 2, "\r\nconnection:");
  c->closes = value && !strncasecmp(value, "close", 5);
  return (size_t)(end + 4 - c->head.bytes) - before;
}

static void read_answer(connection *c) {
  static char bytes[262144];
  ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    c->status = 0;
    return fail_call(c, "the connection was closed");
  }
  size_t at = 0, length = (size_t)n;
  if (c->in_head) at = take_head(c, bytes, length);
  if (c->in_head) return;
  if (!c->chunked) {
    size_t take = c->body_left < length - at ? c->body_left : length - at;
    take_body(c, bytes + at, take);
    c->body_left -= take;
    if (c->body_left == 0) finish_call(c);
    return;
  }
  while (at < length && c->chunks.state != CHUNK_DONE) {
    const char *run;
    size_t run_length;
    at += dechunk(&c->chunks, bytes + at, length - at, &run, &run_length);
    if (run_length) take_body(c, run, run_length);
  }
  if (c->chunks.state == CHUNK_DONE) finish_call(c);
}

/* When the next connection opens (closed loop) or the next call is due (open loop); 0: never. */
static int64_t next_due_ns(void) {
  if (!may_begin()) return 0;
  if (options.rate > 0) return started_ns + (int64_t)((double)begun * 1e9 / (double)options.rate);
  if (opened == options.connections) return 0;
  return started_ns + (int64_t)((double)opened * (double)options.ramp_ms * 1e6 / (double)options.connections);
}

static connection *idle_connection(void) {
  connection *c = idle;
  if (c) {
    idle = c->next_idle;
    return c;
  }
  if (opened == options.connections) return NULL;
  c = &connections[opened++];
  open_connection(c);
  return c;
}

static void begin_due_calls(void) {
  for (int64_t due; (due = next_due_ns()) && due <= now_ns();) {
    connection *c = idle_connection();
    if (!c) {
      late++;
      return;
    }
    begin_call(c, options.rate > 0 ? due : now_ns());
  }
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static void print_percentiles(const char *name, buffer *list) {
  size_t count = list->length / sizeof(uint32_t);
  uint32_t *us = (uint32_t *)list->bytes;
  if (count == 0) return;
  qsort(us, count, sizeof *us, ascending);
#define AT(part) us[(size_t)ceil((part) * (double)count) - 1]
  printf(",\"%s\":{\"p50\":%u,\"p90\":%u,\"p99\":%u,\"max\":%u}", name, AT(0.5), AT(0.9), AT(0.99), us[count - 1]);
}

static void print_result(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"calls\":%ld,\"errors\":%ld,\"firstError\":\"%s\",\"events\":%ld,\"seconds\":%.6f,\"cpuSeconds\":%.3f,"
         "\"connections\":%ld,\"late\":%ld",
         finished - failed, failed, first_error, events_seen, (double)(last_finished_ns - started_ns) / 1e9, cpu, opened,
         late);
  print_percentiles("latencyUs", &latencies);
  print_percentiles("firstEventUs", &first_events);
  printf("}\n");
}

static void read_options(int count, char **arguments) {
  for (int i = 3; i < count; i++) {
    char *value = strchr(arguments[i], '=');
    if (!value) exit(2);
    *value++ = 0;
    if (!strcmp(arguments[i], "connections")) options.connections = atol(value);
    else if (!strcmp(arguments[i], "calls")) options.calls = atol(value);
    else if (!strcmp(arguments[i], "seconds")) options.seconds = atof(value);
    else if (!strcmp(arguments[i], "rate")) options.rate = atol(value);
    else if (!strcmp(arguments[i], "ramp_ms")) options.ramp_ms = atol(value);
    else if (!strcmp(arguments[i], "events")) options.events = atol(value);
    else exit(2);
  }
}

static void read_request(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  char bytes[65536];
  for (size_t n; (n = fread(bytes, 1, sizeof bytes, file)) > 0;) append(&request, bytes, n);
  fclose(file);
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  raise_file_limit();
  server.sin_port = htons((uint16_t)atoi(arguments[1]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  read_request(arguments[2]);
  read_options(count, arguments);
  connections = calloc((size_t)options.connections, sizeof *connections);
  if (!connections) fail("calloc");
  epoll_fd = epoll_create1(0);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event on_timer = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer, &on_timer)) fail("epoll_ctl");
  started_ns = last_finished_ns = now_ns();
  for (struct epoll_event events[512];;) {
    begin_due_calls();
    int64_t due = next_due_ns();
    if (!due && finished == begun && !may_begin()) break;
    /* While every connection is busy the next call waits for one, not for the time. */
    if (due && (options.rate == 0 || idle || opened < options.connections)) {
      struct itimerspec at = {.it_value = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000}};
      timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
    }
    int ready = epoll_wait(epoll_fd, events, 512, 1000);
    for (int i = 0; i < ready; i++) {
      connection *c = events[i].data.ptr;
      uint64_t expirations;
      if (!c) (void)!read(timer, &expirations, sizeof expirations);
      else if (events[i].events & EPOLLOUT && c->sent < request.length) send_request(c);
      else read_answer(c);
    }
  }
  print_result();
  return 0;
}
