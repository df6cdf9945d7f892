/* Load for WebSocket servers: one thread, one epoll, frames made by whoever calls it.
 *
 *   load PORT PATH echo|fan|idle CONNECTIONS SECONDS FRAME SIZE [EXTENSIONS]
 *
 * Every connection shakes hands; then "ready" is printed and a line on standard input is
 * awaited, so that what the server spends on handshakes can be told from what follows.
 *
 * echo  each connection sends the bytes of the file FRAME and, when a message has come back,
 *       sends them again
 * fan   the first connection sends them; when every connection has got the message, again
 * idle  nothing
 *
 * A message must be whole frames without masks and, where SIZE is not negative, have SIZE
 * bytes; anything else is counted as wrong. It ends after SECONDS with one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 18, EVENTS = 512, SAMPLES = 1 << 20 };

struct connection {
    int fd;
    size_t unsent;        /* bytes of the frame that the kernel has not taken */
    unsigned char head[10];
    size_t head_size;
    uint64_t left;        /* bytes of the payload that are still to come */
    int in_payload;
    uint64_t message;     /* bytes of the message so far */
    double sent_at;
};

static struct connection *connections;
static int count, poller;
static char *frame;
static size_t frame_size;
static long expected;
static int fan;
static uint64_t messages, wrong;
static int missing;       /* members that have not got the message of the fan-out */
static double latencies[SAMPLES];
static size_t samples;
static int measuring;

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "unexpected");
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void watch(struct connection *one, uint32_t events, int operation)
{
    struct epoll_event event = {.events = events, .data.ptr = one};
    if (epoll_ctl(poller, operation, one->fd, &event) < 0)
        fail("epoll_ctl");
}

static void flush(struct connection *one)
{
    int waited = one->unsent < frame_size;
    while (one->unsent) {
        ssize_t sent = send(one->fd, frame + frame_size - one->unsent, one->unsent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            watch(one, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }
        if (sent < 0)
            fail("send");
        one->unsent -= (size_t)sent;
    }
    if (waited)
        watch(one, EPOLLIN, EPOLL_CTL_MOD);
}

static void send_message(struct connection *one)
{
    one->sent_at = now();
    one->unsent = frame_size;
    flush(one);
}

static void note_latency(double since)
{
    if (measuring && samples < SAMPLES)
        latencies[samples++] = now() - since;
}

static void got_message(struct connection *one)
{
    messages++;
    if (expected >= 0 && one->message != (uint64_t)expected)
        wrong++;
    one->message = 0;
    if (!fan) {
        note_latency(one->sent_at);
        send_message(one);
    } else if (--missing == 0) {
        note_latency(connections[0].sent_at);
        missing = count;
        send_message(connections);
    }
}

/* Bytes that a header needs, as far as that can be told. */
static size_t header_size(const struct connection *one)
{
    if (one->head_size < 2)
        return 2;
    return (one->head[1] & 127) == 126 ? 4 : (one->head[1] & 127) == 127 ? 10 : 2;
}

static void begin_payload(struct connection *one)
{
    int opcode = one->head[0] & 15;
    one->left = one->head[1] & 127;
    if (one->left >= 126) {
        size_t end = one->left == 126 ? 4 : 10;
        one->left = 0;
        for (size_t i = 2; i < end; i++)
            one->left = one->left << 8 | one->head[i];
    }
    if (opcode == 8) {
        fprintf(stderr, "the server has closed a connection\n");
        exit(1);
    }
    if (one->head[1] & 128 || (opcode > 2 && opcode < 8))
        wrong++;
    if (opcode < 8)
        one->message += one->left;
    one->in_payload = 1;
}

static void take(struct connection *one, const unsigned char *data, size_t size)
{
    while (size || (one->in_payload && !one->left)) {
        if (!one->in_payload) {
            one->head[one->head_size++] = *data++;
            size--;
            if (one->head_size >= 2 && one->head_size == header_size(one))
                begin_payload(one);
        } else {
            size_t part = size < one->left ? size : (size_t)one->left;
            data += part;
            size -= part;
            one->left -= part;
            if (one->left)
                continue;
            one->in_payload = 0;
            one->head_size = 0;
            if (one->head[0] & 128 && (one->head[0] & 15) < 8)
                got_message(one);
        }
    }
}

static void readable(struct connection *one)
{
    static unsigned char buffer[BUFFER];
    ssize_t size = recv(one->fd, buffer, sizeof buffer, 0);
    if (size > 0)
        take(one, buffer, (size_t)size);
    else if (size == 0 || errno != EAGAIN) {
        fprintf(stderr, "the server has closed a connection\n");
        exit(1);
    }
}

static void shake_hands(struct connection *one, int port, const char *path, const char *extensions)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char request[1024], answer[4096];
    size_t used = 0;
    int on = 1;
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (one->fd < 0 || connect(one->fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect");
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int size = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
        path, port, *extensions ? "Sec-WebSocket-Extensions: " : "", extensions,
        *extensions ? "\r\n" : "");
    if (send(one->fd, request, (size_t)size, MSG_NOSIGNAL) != size)
        fail("send");
    while (used < 4 || memcmp(answer + used - 4, "\r\n\r\n", 4)) {  /* not a byte too many */
        if (used == sizeof answer - 1 || recv(one->fd, answer + used, 1, 0) != 1)
            fail("the answer to the handshake");
        used++;
    }
    answer[used] = 0;
    if (strncmp(answer, "HTTP/1.1 101", 12)
        || !strcasestr(answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        || (*extensions != 0) != (strcasestr(answer, "permessage-deflate") != NULL)) {
        fprintf(stderr, "the handshake was answered with %.*s\n",
            (int)strcspn(answer, "\r"), answer);
        exit(1);
    }
    fcntl(one->fd, F_SETFL, O_NONBLOCK);
    watch(one, EPOLLIN, EPOLL_CTL_ADD);
}

static void run(double seconds)
{
    struct epoll_event events[EVENTS];
    double end = now() + seconds;
    for (double time = now(); time < end; time = now()) {
        int ready = epoll_wait(poller, events, EVENTS, (int)((end - time) * 1000) + 1);
        for (int i = 0; i < ready; i++) {
            struct connection *one = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                flush(one);
            if (events[i].events & ~(uint32_t)EPOLLOUT)
                readable(one);
        }
    }
}

static int ascending(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static double percentile(double part)
{
    return samples ? latencies[(size_t)(part * (double)(samples - 1))] * 1e6 : 0;
}

static void read_frame(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status) < 0)
        fail(path);
    frame_size = (size_t)status.st_size;
    frame = malloc(frame_size + 1);
    if (fread(frame, 1, frame_size, file) != frame_size)
        fail(path);
    fclose(file);
}

/* Tell that all is ready, and wait to be told to go on. */
static void meet(const char *word)
{
    printf("%s\n", word);
    fflush(stdout);
    while (getchar() != '\n')
        if (feof(stdin))
            exit(1);
}

int main(int argc, char **argv)
{
    if (argc < 8) {
        fprintf(stderr, "usage: load PORT PATH echo|fan|idle CONNECTIONS SECONDS FRAME SIZE [EXTENSIONS]\n");
        return 2;
    }
    double seconds = atof(argv[5]);
    int idle = !strcmp(argv[3], "idle");
    fan = !strcmp(argv[3], "fan");
    missing = count = atoi(argv[4]);
    read_frame(argv[6]);
    expected = atol(argv[7]);
    poller = epoll_create1(0);
    connections = calloc((size_t)count, sizeof *connections);
    for (int i = 0; i < count; i++)
        shake_hands(&connections[i], atoi(argv[1]), argv[2], argc > 8 ? argv[8] : "");
    if (idle) {
        run(0.5);  /* what servers send of themselves is taken */
        meet("ready");
        return 0;
    }
    run(0.3);  /* until every member of the room is in it */
    for (int i = 0; i < (fan ? 1 : count); i++)
        send_message(&connections[i]);
    run(0.3);
    meet("ready");
    messages = wrong = 0;
    measuring = 1;
    double start = now();
    run(seconds);
    double took = now() - start;
    qsort(latencies, samples, sizeof *latencies, ascending);
    printf("{\"requests\": %llu, \"seconds\": %.6f, \"wrong\": %llu, \"p50\": %.1f, \"p99\": %.1f}\n",
        (unsigned long long)messages, took, (unsigned long long)wrong,
        percentile(0.5), percentile(0.99));
    fflush(stdout);
    meet("done");
    return 0;
}
