/* What the clients fetch from: one thread, one epoll, answers that cost next to nothing.
 *
 *   origin PORT [CERTIFICATE KEY]      with the two files (PEM) it speaks TLS
 *
 *   GET  /      13 bytes
 *   GET  /cold  the same, and the connection is closed
 *   GET  /down  100 MiB
 *   POST /echo  the body, as JSON
 *   PUT  /up    how many bytes the body had, of any size, counted or chunked
 *
 * -DNO_TLS leaves TLS, and with it libssl, out.
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
#ifndef NO_TLS
#include <openssl/ssl.h>
#endif

enum { HEAD = 32768, PIECE = 262144, EVENTS = 256 };
static const unsigned long long DOWN = 100ULL << 20;

/* Where we stand in a request. */
enum state { READING_HEAD, ECHO_BODY, SIZED_BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER };

struct connection {
    int fd, closing, writing;
    enum state state;
    unsigned long long left;   /* of the body or chunk that comes in */
    unsigned long long taken;  /* of an upload, up to now */
    unsigned long long zeros;  /* still to be sent, behind `out` */
    size_t used, out_size, out_sent, line;
    char head[HEAD + 1], out[HEAD + 512];
#ifndef NO_TLS
    SSL *ssl;
#endif
};

static char piece[PIECE], zeros[PIECE];
static int poll_fd;
#ifndef NO_TLS
static SSL_CTX *tls;
#endif

/* Bytes received; 0 at the end or after an error, -1 when there are none now. */
static ssize_t take(struct connection *c, char *buffer, size_t size)
{
#ifndef NO_TLS
    if (c->ssl) {
        int got = SSL_read(c->ssl, buffer, (int)size);
        if (got > 0)
            return got;
        int why = SSL_get_error(c->ssl, got);
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
    }
#endif
    ssize_t got = recv(c->fd, buffer, size, 0);
    return got > 0 ? got : got < 0 && errno == EAGAIN ? -1 : 0;
}

/* Bytes sent; 0 after an error, -1 when none can be sent now. */
static ssize_t put(struct connection *c, const char *data, size_t size)
{
#ifndef NO_TLS
    if (c->ssl) {
        int sent = SSL_write(c->ssl, data, (int)size);
        if (sent > 0)
            return sent;
        int why = SSL_get_error(c->ssl, sent);
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
    }
#endif
    ssize_t sent = send(c->fd, data, size, MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN ? -1 : 0;
}

static void wait_for(struct connection *c, int writing)
{
    if (c->writing == writing)
        return;
    c->writing = writing;
    struct epoll_event event = {.events = writing ? EPOLLOUT : EPOLLIN, .data.ptr = c};
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

/* Sends what is due; false when the connection is over. */
static int flush(struct connection *c)
{
    while (c->out_sent < c->out_size || c->zeros) {
        int plain = c->out_sent < c->out_size;
        size_t size = plain ? c->out_size - c->out_sent : c->zeros < PIECE ? c->zeros : PIECE;
        ssize_t sent = put(c, plain ? c->out + c->out_sent : zeros, size);
        if (sent <= 0) {
            wait_for(c, 1);
            return sent < 0;
        }
        if (plain)
            c->out_sent += (size_t)sent;
        else
            c->zeros -= (unsigned long long)sent;
    }
    c->out_size = c->out_sent = 0;
    wait_for(c, 0);
    return !c->closing;
}

static int answer(struct connection *c, const char *type, const char *body, size_t size)
{
    c->out_size = (size_t)sprintf(c->out,
        "HTTP/1.1 200 OK\r\n"
        "Server: ZondaServer/0.1\r\n"
        "Content-Type: %s; charset=UTF-8\r\n"
        "Date: Sun, 01 Nov 2026 12:00:00 GMT\r\n"
        "Etag: \"0a0a9f2a6772942557ab5355d76af442f8f65e01\"\r\n"
        "%sContent-Length: %llu\r\n\r\n",
        type, c->closing ? "Connection: close\r\n" : "", (unsigned long long)size + c->zeros);
    memcpy(c->out + c->out_size, body, size);
    c->out_size += size;
    c->state = READING_HEAD;
    return flush(c);
}

static int answer_count(struct connection *c)
{
    char text[24];
    int size = sprintf(text, "%llu", c->taken);
    return answer(c, "text/plain", text, (size_t)size);
}

/* Looks at a complete head, of `size` bytes, and takes it from the buffer. */
static int begin(struct connection *c, size_t size)
{
    c->head[size - 2] = '\0';
    const char *field = strcasestr(c->head, "\r\ncontent-length:");
    int up = !strncmp(c->head, "PUT /up", 7), echo = !strncmp(c->head, "POST /echo", 10);
    c->left = field ? strtoull(field + 17, NULL, 10) : 0;
    int chunked = strcasestr(c->head, "\r\ntransfer-encoding:") != NULL;
    if (strcasestr(c->head, "\r\nexpect: 100-continue"))
        c->out_size = (size_t)sprintf(c->out, "HTTP/1.1 100 Continue\r\n\r\n");
    c->closing = !strncmp(c->head, "GET /cold", 9);
    c->zeros = strncmp(c->head, "GET /down", 9) ? 0 : DOWN;
    c->taken = c->line = 0;
    c->used -= size;
    memmove(c->head, c->head + size, c->used);
    if (up) {
        c->state = chunked ? CHUNK_SIZE : SIZED_BODY;
        return flush(c);
    }
    if (echo && !chunked) {
        c->state = ECHO_BODY;
        return c->left <= HEAD && flush(c);
    }
    return answer(c, "text/html", "Hello, World!", c->zeros ? 0 : 13);
}

/* Takes a part of an upload; how many bytes of it. */
static size_t upload(struct connection *c, const char *data, size_t size)
{
    size_t n = 0;
    while (n < size && c->state != READING_HEAD) {
        if (c->state == SIZED_BODY || c->state == CHUNK_DATA) {
            size_t some = c->left < size - n ? (size_t)c->left : size - n;
            n += some;
            c->taken += some;
            c->left -= some;
            if (!c->left)
                c->state = c->state == CHUNK_DATA ? CHUNK_END : READING_HEAD;
            continue;
        }
        char byte = data[n++];
        if (byte != '\n') {
            if (c->state == CHUNK_SIZE && byte != '\r') {
                int digit = byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10;
                c->left = c->line ? c->left * 16 + (unsigned)digit : (unsigned)digit;
            }
            c->line += byte != '\r';
            continue;
        }
        if (c->state == CHUNK_SIZE)
            c->state = c->left ? CHUNK_DATA : TRAILER;
        else if (c->state == CHUNK_END)
            c->state = CHUNK_SIZE;
        else if (!c->line)
            c->state = READING_HEAD;
        c->line = 0;
    }
    return n;
}

/* Goes on with what is in the buffer; false when the connection is over. */
static int proceed(struct connection *c)
{
    while (c->used && !c->out_size && !c->zeros) {
        if (c->state == READING_HEAD) {
            char *blank = memmem(c->head, c->used, "\r\n\r\n", 4);
            if (!blank)
                return c->used < HEAD;
            if (!begin(c, (size_t)(blank - c->head) + 4))
                return 0;
        } else if (c->state == ECHO_BODY) {
            if (c->used < c->left)
                return 1;
            size_t size = (size_t)c->left;
            if (!answer(c, "application/json", c->head, size))
                return 0;
            c->used -= size;
            memmove(c->head, c->head + size, c->used);
        } else {
            size_t size = upload(c, c->head, c->used);
            c->used -= size;
            memmove(c->head, c->head + size, c->used);
            if (c->state == READING_HEAD && !answer_count(c))
                return 0;
        }
    }
    return 1;
}

static int readable(struct connection *c)
{
    for (;;) {
        int big = c->state >= SIZED_BODY && !c->used;
        ssize_t got = take(c, big ? piece : c->head + c->used, big ? PIECE : HEAD - c->used);
        if (got <= 0)
            return got < 0;
        if (big) {
            size_t size = upload(c, piece, (size_t)got);
            if (c->state == READING_HEAD && (size < (size_t)got || !answer_count(c)))
                return 0;
            continue;
        }
        c->used += (size_t)got;
        c->head[c->used] = '\0';
        if (!proceed(c))
            return 0;
        if (c->out_size || c->zeros)
            return 1;
    }
}

static int serve(struct connection *c, unsigned events)
{
    if (c->writing) {
        if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
            return 1;
        return flush(c) && (c->writing || (proceed(c) && readable(c)));
    }
    return readable(c);
}

static int listening(int port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1024)) {
        perror("origin");
        exit(1);
    }
    return fd;
}

static void greet(int listener)
{
    int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    struct connection *c = fd < 0 ? NULL : calloc(1, sizeof *c);
    if (!c)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->fd = fd;
#ifndef NO_TLS
    if (tls) {
        c->ssl = SSL_new(tls);
        SSL_set_fd(c->ssl, fd);
        SSL_set_accept_state(c->ssl);
    }
#endif
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void finish(struct connection *c)
{
#ifndef NO_TLS
    if (c->ssl) {
        SSL_shutdown(c->ssl);
        SSL_free(c->ssl);
    }
#endif
    close(c->fd);
    free(c);
}

static void use_tls(const char *certificate, const char *key)
{
#ifdef NO_TLS
    (void)certificate, (void)key;
    fprintf(stderr, "origin: compiled without TLS: needs the headers of OpenSSL\n");
    exit(3);
#else
    tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_file(tls, certificate, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
        fprintf(stderr, "origin: cannot use %s and %s\n", certificate, key);
        exit(1);
    }
#endif
}

int main(int count, char **arguments)
{
    if (count != 2 && count != 4) {
        fprintf(stderr, "usage: origin PORT [CERTIFICATE KEY]\n");
        return 2;
    }
    if (count == 4)
        use_tls(arguments[2], arguments[3]);
    poll_fd = epoll_create1(0);
    int listener = listening(atoi(arguments[1]));
    struct epoll_event event = {.events = EPOLLIN}, ready[EVENTS];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(poll_fd, ready, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct connection *c = ready[i].data.ptr;
            if (!c)
                greet(listener);
            else if (!serve(c, ready[i].events))
                finish(c);
        }
    }
}
