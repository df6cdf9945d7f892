/* The floor: one thread, one epoll, one fixed answer per row, as big as Zonda's.
 *
 *   epoll PORT
 *
 * It finds where each request ends (blank line, then Content-Length bytes) and
 * does nothing else: what it costs is what the system calls of one keep-alive
 * request cost. The answers are what benchmarks/rows.py expects; the one to
 * POST is learnt from the first request, whose body it then always returns.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 16384, EVENTS = 256 };

struct connection {
    int fd;
    size_t used;
    char data[BUFFER + 1];
};

struct answer {
    size_t size;
    char data[BUFFER];
};

static struct answer plaintext, json, path, echo;

static void prepare(struct answer *answer, const char *type, const char *body, size_t size)
{
    int head = snprintf(answer->data, sizeof answer->data,
        "HTTP/1.1 200 OK\r\n"
        "Server: ZondaServer/0.1\r\n"
        "Content-Type: %s; charset=UTF-8\r\n"
        "Date: Sun, 01 Nov 2026 12:00:00 GMT\r\n"
        "Etag: \"0a0a9f2a6772942557ab5355d76af442f8f65e01\"\r\n"
        "Content-Length: %zu\r\n\r\n", type, size);
    memcpy(answer->data + head, body, size);
    answer->size = (size_t)head + size;
}

/* Bytes of the body that follows a head, 0 when it announces none. */
static size_t body_size(const char *head)
{
    const char *field = strcasestr(head, "\r\ncontent-length:");
    return field ? strtoul(field + 17, NULL, 10) : 0;
}

/* The answer to the complete request at `start`, NULL while it is incomplete. */
static const struct answer *next(char **start, char *end)
{
    char *blank = memmem(*start, (size_t)(end - *start), "\r\n\r\n", 4);
    if (!blank)
        return NULL;
    const char *request = *start;
    char *body = blank + 4;
    if (request[0] != 'P') {
        *start = body;
        return request[5] == 'j' ? &json : request[5] == 'u' ? &path : &plaintext;
    }
    blank[2] = '\0';
    size_t size = body_size(request);
    blank[2] = '\r';
    if ((size_t)(end - body) < size)
        return NULL;
    if (!echo.size)
        prepare(&echo, "application/json", body, size);
    *start = body + size;
    return &echo;
}

/* Answers what has arrived; false when the connection is over. */
static int serve(struct connection *connection)
{
    ssize_t got = recv(connection->fd, connection->data + connection->used,
                       BUFFER - connection->used, 0);
    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    connection->used += (size_t)got;
    char *start = connection->data, *end = connection->data + connection->used;
    *end = '\0';
    for (const struct answer *answer; (answer = next(&start, end));)
        if (send(connection->fd, answer->data, answer->size, MSG_NOSIGNAL) !=
            (ssize_t)answer->size)
            return 0;
    connection->used = (size_t)(end - start);
    memmove(connection->data, start, connection->used);
    return connection->used < BUFFER;
}

static int listening(int port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1024)) {
        perror("epoll");
        exit(1);
    }
    return fd;
}

static void greet(int poll, int listener)
{
    int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    struct connection *connection = fd < 0 ? NULL : calloc(1, sizeof *connection);
    if (!connection)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: epoll PORT\n");
        return 2;
    }
    prepare(&plaintext, "text/html", "Hello, World!", 13);
    prepare(&json, "application/json", "{\"message\": \"Hello, World!\"}", 28);
    prepare(&path, "text/plain", "user 42: name", 13);
    int listener = listening(atoi(arguments[1])), poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN}, ready[EVENTS];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(poll, ready, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct connection *connection = ready[i].data.ptr;
            if (!connection) {
                greet(poll, listener);
            } else if (!serve(connection)) {
                close(connection->fd);
                free(connection);
            }
        }
    }
}
