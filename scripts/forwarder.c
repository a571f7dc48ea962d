/*
 * The forwarder that runs inside a sandbox without network: TCP on its own loopback, handed on to a unix socket that is mounted in.
 *
 *   forwarder <path of the socket>
 *
 * Takes any free port of 127.0.0.1 and prints it, with a line break, on its standard output; ends when that is closed.
 * No C library and no files: it runs in any image. One process over ppoll(2); at most MAX connections at a time.
 */
#include <stddef.h>

typedef unsigned short u16;
typedef unsigned int u32;

#if defined(__x86_64__)
enum {
  SYS_READ = 0, SYS_WRITE = 1, SYS_CLOSE = 3, SYS_SOCKET = 41, SYS_CONNECT = 42, SYS_SENDTO = 44, SYS_SHUTDOWN = 48, SYS_BIND = 49,
  SYS_LISTEN = 50, SYS_GETSOCKNAME = 51, SYS_SETSOCKOPT = 54, SYS_EXIT = 60, SYS_FCNTL = 72, SYS_PPOLL = 271, SYS_ACCEPT4 = 288
};
static long call6(long n, long a, long b, long c, long d, long e, long f) {
  long r;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return r;
}
__asm__(".globl _start\n_start:\n mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
#elif defined(__aarch64__)
enum {
  SYS_READ = 63, SYS_WRITE = 64, SYS_CLOSE = 57, SYS_SOCKET = 198, SYS_CONNECT = 203, SYS_SENDTO = 206, SYS_SHUTDOWN = 210, SYS_BIND = 200,
  SYS_LISTEN = 201, SYS_GETSOCKNAME = 204, SYS_SETSOCKOPT = 208, SYS_EXIT = 93, SYS_FCNTL = 25, SYS_PPOLL = 73, SYS_ACCEPT4 = 242
};
static long call6(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
__asm__(".globl _start\n_start:\n mov x0, sp\n bl start\n");
#else
#error "no system calls known for this processor"
#endif

static long call(long n, long a, long b, long c, long d, long e) { return call6(n, a, b, c, d, e, 0); }

enum { MAX = 256, ROOM = 16384, EINTR = 4, EAGAIN = 11 };
enum { AF_UNIX = 1, AF_INET = 2, STREAM = 1, NONBLOCK = 04000, CLOEXEC = 02000000 };
enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32 };

struct pollfd { int fd; short events, revents; };
struct in { u16 family, port; u32 address; char zero[8]; };
struct un { u16 family; char path[108]; };

/* One direction: what was read and not written yet. */
struct way { int from, to; u32 at, end; char ended, shut; char data[ROOM]; };
static struct { int used; struct way ways[2]; } pairs[MAX];
static struct pollfd polls[MAX * 2 + 2];

void *memset(void *to, int value, size_t count) {
  for (size_t i = 0; i < count; i++) ((char *)to)[i] = (char)value;
  return to;
}

static void die(int code) { for (;;) call(SYS_EXIT, code, 0, 0, 0, 0); }

static int reach(const char *path) {
  struct un address = { .family = AF_UNIX };
  for (int i = 0; path[i] && i < 107; i++) address.path[i] = path[i];
  long fd = call(SYS_SOCKET, AF_UNIX, STREAM | CLOEXEC, 0, 0, 0);
  if (fd < 0) return -1;
  if (call(SYS_CONNECT, fd, (long)&address, sizeof address, 0, 0) < 0) {
    call(SYS_CLOSE, fd, 0, 0, 0, 0);
    return -1;
  }
  call(SYS_FCNTL, fd, 4 /* SETFL */, NONBLOCK, 0, 0);
  return (int)fd;
}

static void take(int client, const char *path) {
  int slot = 0, on = 1;
  while (slot < MAX && pairs[slot].used) slot++;
  int server = slot < MAX ? reach(path) : -1;
  if (server < 0) {
    call(SYS_CLOSE, client, 0, 0, 0, 0);
    return;
  }
  call(SYS_SETSOCKOPT, client, 6 /* TCP */, 1 /* NODELAY */, (long)&on, sizeof on);
  pairs[slot].used = 1;
  for (int side = 0; side < 2; side++) {
    struct way *way = &pairs[slot].ways[side];
    way->from = side ? server : client;
    way->to = side ? client : server;
    way->at = way->end = 0;
    way->ended = way->shut = 0;
  }
}

/* @returns 0 when the pair is broken */
static int move(struct way *way, int readable, int writable) {
  if (readable && !way->ended && way->at == way->end) {
    long count = call(SYS_READ, way->from, (long)way->data, ROOM, 0, 0);
    if (count > 0) {
      way->at = 0;
      way->end = (u32)count;
      writable = 1;
    } else if (count == 0) way->ended = 1;
    else if (count != -EINTR && count != -EAGAIN) return 0;
  }
  if (writable && way->at < way->end) {
    /* A peer that is gone is an error here, not a signal. */
    long count = call(SYS_SENDTO, way->to, (long)(way->data + way->at), way->end - way->at, 0x4000 /* NOSIGNAL */, 0);
    if (count > 0) way->at += (u32)count;
    else if (count != -EINTR && count != -EAGAIN) return 0;
  }
  if (way->ended && way->at == way->end && !way->shut) {
    way->shut = 1;
    call(SYS_SHUTDOWN, way->to, 1, 0, 0, 0);
  }
  return 1;
}

static int listen_on_loopback(void) {
  struct in address = { .family = AF_INET, .address = 0x0100007f };
  u32 size = sizeof address;
  long fd = call(SYS_SOCKET, AF_INET, STREAM | CLOEXEC, 0, 0, 0);
  if (fd < 0 || call(SYS_BIND, fd, (long)&address, sizeof address, 0, 0) < 0) die(2);
  if (call(SYS_LISTEN, fd, 128, 0, 0, 0) < 0) die(2);
  if (call(SYS_GETSOCKNAME, fd, (long)&address, (long)&size, 0, 0) < 0) die(2);
  u32 port = (u32)((address.port >> 8) | ((address.port & 255) << 8));
  char text[8];
  int at = sizeof text;
  text[--at] = '\n';
  do text[--at] = (char)('0' + port % 10);
  while (port /= 10);
  call(SYS_WRITE, 1, (long)(text + at), sizeof text - (u32)at, 0, 0);
  return (int)fd;
}

__attribute__((used)) void start(long *stack) {
  if (stack[0] != 2) die(64);
  const char *path = (const char *)stack[2];
  int listener = listen_on_loopback();
  for (;;) {
    int count = 0, full = 1;
    polls[count++] = (struct pollfd){ .fd = 1, .events = 0 };
    for (int i = 0; i < MAX; i++) if (!pairs[i].used) full = 0;
    polls[count++] = (struct pollfd){ .fd = full ? -1 : listener, .events = POLLIN };
    for (int i = 0; i < MAX; i++) {
      if (!pairs[i].used) continue;
      for (int side = 0; side < 2; side++) {
        struct way *in = &pairs[i].ways[side], *out = &pairs[i].ways[1 - side];
        short events = (short)((!in->ended && in->at == in->end ? POLLIN : 0) | (out->at < out->end ? POLLOUT : 0));
        polls[count++] = (struct pollfd){ .fd = events ? in->from : -1, .events = events };
      }
    }
    long ready = call(SYS_PPOLL, (long)polls, count, 0, 0, 8);
    if (ready < 0 && ready != -EINTR) die(3);
    if (ready <= 0) continue;
    if (polls[0].revents & (POLLERR | POLLHUP | POLLNVAL)) die(0);
    int at = 2;
    for (int i = 0; i < MAX; i++) {
      if (!pairs[i].used) continue;
      short client = polls[at].revents, server = polls[at + 1].revents;
      at += 2;
      struct way *up = &pairs[i].ways[0], *down = &pairs[i].ways[1];
      int whole = move(up, client & (POLLIN | POLLHUP | POLLERR), server & POLLOUT) &&
                  move(down, server & (POLLIN | POLLHUP | POLLERR), client & POLLOUT);
      if (whole && !(up->shut && down->shut)) continue;
      call(SYS_CLOSE, up->from, 0, 0, 0, 0);
      call(SYS_CLOSE, up->to, 0, 0, 0, 0);
      pairs[i].used = 0;
    }
    if (polls[1].revents & POLLIN) {
      long client = call(SYS_ACCEPT4, listener, 0, 0, CLOEXEC | NONBLOCK, 0);
      if (client >= 0) take((int)client, path);
    }
  }
}
