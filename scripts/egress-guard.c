/*
 * The guard of a trial's network: the only process of a container whose network namespace the trial then joins.
 *
 *   egress-guard addresses         prints every address of this namespace, `4 <hex>` or `6 <hex>` a line
 *   egress-guard close <rule>…     adds the rules in this order, prints `closed`, and waits for ever
 *
 * A rule is `<+|-><4|6>:<address in hex>/<bits>[:<protocol>:<port>]`: `+` routes as ever, `-` answers "unreachable". They are routing
 * rules (ip-rule(8)) and not a firewall's: no kernel module and no table of somebody else's is involved. What cannot be added ends it
 * with code 1; rules of IPv6 are passed over where the kernel has none.
 * No C library and no files: it runs in an empty image.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

#if defined(__x86_64__)
enum { SYS_WRITE = 1, SYS_SOCKET = 41, SYS_SENDTO = 44, SYS_RECVFROM = 45, SYS_EXIT = 60, SYS_PPOLL = 271 };
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
enum { SYS_WRITE = 64, SYS_SOCKET = 198, SYS_SENDTO = 206, SYS_RECVFROM = 207, SYS_EXIT = 93, SYS_PPOLL = 73 };
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

/* From linux/netlink.h, linux/rtnetlink.h, linux/fib_rules.h and linux/if_addr.h. */
enum { AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16, RAW = 3, CLOEXEC = 02000000 };
enum { REQUEST = 1, ACK = 4, EXCL = 0x200, DUMP = 0x300, CREATE = 0x400 };
enum { MSG_ERROR = 2, MSG_DONE = 3, NEWADDR = 20, GETADDR = 22, NEWRULE = 32 };
enum { FRA_DST = 1, FRA_PRIORITY = 6, FRA_IP_PROTO = 22, FRA_DPORT_RANGE = 24 };
enum { TO_TABLE = 1, UNREACHABLE = 7, TABLE_MAIN = 254, FIRST_PRIORITY = 1000 };
enum { IFA_ADDRESS = 1, IFA_LOCAL = 2 };
enum { EAFNOSUPPORT = 97, EOPNOTSUPP = 95, EINTR = 4 };

struct header { u32 length; u16 type, flags; u32 sequence, port; };
struct rule { u8 family, to_bits, from_bits, tos, table, zero1, zero2, action; u32 flags; };
struct address { u8 family, bits, flags, scope; u32 device; };
struct attribute { u16 length, type; };

static struct { struct header header; struct rule rule; u8 rest[96]; } ask;
static u8 answer[32768] __attribute__((aligned(4)));
static u32 sequence;
static int netlink;

void *memset(void *to, int value, unsigned long count) {
  for (unsigned long i = 0; i < count; i++) ((u8 *)to)[i] = (u8)value;
  return to;
}

void *memcpy(void *to, const void *from, unsigned long count) {
  for (unsigned long i = 0; i < count; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
  return to;
}

static void die(int code) { for (;;) call6(SYS_EXIT, code, 0, 0, 0, 0, 0); }

static void say(const char *text) {
  int length = 0;
  while (text[length]) length++;
  call6(SYS_WRITE, 1, (long)text, length, 0, 0, 0);
}

static void say_number(u32 number) {
  char text[12];
  int at = sizeof text - 1;
  text[at] = 0;
  do text[--at] = (char)('0' + number % 10);
  while (number /= 10);
  say(text + at);
}

static void send(u32 length) {
  ask.header.length = length;
  ask.header.sequence = ++sequence;
  if (call6(SYS_SENDTO, netlink, (long)&ask, length, 0, 0, 0) != (long)length) die(3);
}

static long receive(void) {
  for (;;) {
    long count = call6(SYS_RECVFROM, netlink, (long)answer, sizeof answer, 0, 0, 0);
    if (count == -EINTR) continue;
    if (count <= 0) die(3);
    return count;
  }
}

static u32 put(u32 at, u16 type, const void *data, u16 length) {
  struct attribute *attribute = (struct attribute *)((u8 *)&ask + at);
  attribute->length = (u16)(sizeof *attribute + length);
  attribute->type = type;
  memcpy(attribute + 1, data, length);
  return at + ((sizeof *attribute + length + 3u) & ~3u);
}

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/* @returns what follows the number */
static const char *number(const char *text, u32 *value) {
  if (*text < '0' || *text > '9') die(64);
  for (*value = 0; *text >= '0' && *text <= '9'; text++) *value = *value * 10 + (u32)(*text - '0');
  return text;
}

static void add(const char *text, u32 priority) {
  u8 to[16];
  u32 bits, protocol, port, at = sizeof ask.header + sizeof ask.rule;
  char action = text[0], version = text[1];
  int length = version == '4' ? 4 : 16;
  if ((action != '+' && action != '-') || (version != '4' && version != '6') || text[2] != ':') die(64);
  text += 3;
  for (int i = 0; i < length; i++, text += 2) {
    int high = hex(text[0]), low = high < 0 ? -1 : hex(text[1]);
    if (low < 0) die(64);
    to[i] = (u8)(high * 16 + low);
  }
  if (*text != '/') die(64);
  text = number(text + 1, &bits);
  memset(&ask, 0, sizeof ask);
  ask.header.type = NEWRULE;
  ask.header.flags = REQUEST | ACK | CREATE | EXCL;
  ask.rule.family = version == '4' ? AF_INET : AF_INET6;
  ask.rule.to_bits = (u8)bits;
  ask.rule.action = action == '+' ? TO_TABLE : UNREACHABLE;
  ask.rule.table = action == '+' ? TABLE_MAIN : 0;
  at = put(at, FRA_PRIORITY, &priority, 4);
  if (bits > 0) at = put(at, FRA_DST, to, (u16)length);
  if (*text == ':') {
    text = number(text + 1, &protocol);
    if (*text != ':') die(64);
    text = number(text + 1, &port);
    u8 proto = (u8)protocol;
    u16 range[2] = {(u16)port, (u16)port};
    at = put(at, FRA_IP_PROTO, &proto, 1);
    at = put(at, FRA_DPORT_RANGE, range, sizeof range);
  }
  if (*text) die(64);
  send(at);
  receive();
  const struct header *said = (const struct header *)answer;
  int error = said->type == MSG_ERROR ? -*(const int *)(said + 1) : EOPNOTSUPP;
  if (error == 0 || (version == '6' && (error == EAFNOSUPPORT || error == EOPNOTSUPP))) return;
  say("rule ");
  say_number(priority - FIRST_PRIORITY + 1);
  say(": error ");
  say_number((u32)error);
  say("\n");
  die(1);
}

static void print(const struct header *message) {
  const struct address *address = (const struct address *)(message + 1);
  const u8 *end = (const u8 *)message + message->length, *at = (const u8 *)(address + 1), *best = 0;
  if (address->family != AF_INET && address->family != AF_INET6) return;
  for (int local = 0; at + sizeof(struct attribute) <= end;) {
    const struct attribute *attribute = (const struct attribute *)at;
    if (attribute->length < sizeof *attribute) break;
    /* Of a link between two points IFA_ADDRESS is the other end. */
    if (attribute->type == IFA_LOCAL || (attribute->type == IFA_ADDRESS && !local)) best = at + sizeof *attribute;
    if (attribute->type == IFA_LOCAL) local = 1;
    at += (attribute->length + 3u) & ~3u;
  }
  if (!best) return;
  char text[3] = {0, 0, 0};
  say(address->family == AF_INET ? "4 " : "6 ");
  for (int i = 0; i < (address->family == AF_INET ? 4 : 16); i++) {
    text[0] = "0123456789abcdef"[best[i] >> 4];
    text[1] = "0123456789abcdef"[best[i] & 15];
    say(text);
  }
  say("\n");
}

static void addresses(void) {
  memset(&ask, 0, sizeof ask);
  ask.header.type = GETADDR;
  ask.header.flags = REQUEST | DUMP;
  send(sizeof ask.header + sizeof(struct address));
  for (;;) {
    long left = receive();
    for (const u8 *at = answer; left >= (long)sizeof(struct header);) {
      const struct header *message = (const struct header *)at;
      u32 step = (message->length + 3u) & ~3u;
      if (message->type == MSG_DONE) return;
      if (message->type == MSG_ERROR || message->length < sizeof *message) die(3);
      if (message->type == NEWADDR) print(message);
      at += step;
      left -= step;
    }
  }
}

__attribute__((used)) void start(long *stack) {
  const char *const *words = (const char *const *)(stack + 1);
  netlink = (int)call6(SYS_SOCKET, AF_NETLINK, RAW | CLOEXEC, 0 /* ROUTE */, 0, 0, 0);
  if (netlink < 0) die(2);
  if (stack[0] == 2 && words[1][0] == 'a') {
    addresses();
    die(0);
  }
  if (stack[0] < 2 || words[1][0] != 'c') die(64);
  for (int i = 2; i < stack[0]; i++) add(words[i], FIRST_PRIORITY + (u32)i - 2);
  say("closed\n");
  for (;;) call6(SYS_PPOLL, 0, 0, 0, 0, 8, 0);
}
