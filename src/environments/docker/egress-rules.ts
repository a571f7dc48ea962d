/**
 * What a trial's network is closed for, as rules of the guard (scripts/egress-guard.c): this machine's own addresses, and those at
 * which clouds hand out credentials. First rule that fits wins. Pure.
 *
 * Names have to be resolved, and in some clouds the resolver and the credentials are one address: DNS stays open everywhere.
 */
import { isIP } from "node:net";

/** A TCP port of this machine that trials may reach. */
export interface OpenPort {
  readonly address: string;
  readonly port: number;
}

/** Where clouds answer a machine about itself; docs of the providers. Link-local is closed whole: nothing else answers there. */
const METADATA = [
  // Amazon, Google, Azure, Oracle, OpenStack, DigitalOcean; 169.254.170.2 and .23 are those of containers.
  "169.254.0.0/16",
  "fe80::a9fe:a9fe",
  "fd00:ec2::254",
  "fd00:ec2::23",
  "fd20:ce::254",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
];
/** How an engine in a virtual machine, or without root, names the machine around it: Docker Desktop, Lima and Colima, OrbStack, slirp4netns. */
const MACHINE_AROUND = ["192.168.65.0/24", "192.168.64.1", "192.168.5.2", "0.250.250.0/24", "10.0.2.2"];

const TCP = 6;
const UDP = 17;
const DNS = 53;

export interface EgressFacts {
  /** Of the engine's machine. */
  readonly hostAddresses: readonly string[];
  /** The engine's machine is inside another one that has services. */
  readonly machineAround: boolean;
  readonly open: readonly OpenPort[];
}

export function egressRules({ hostAddresses, machineAround, open }: EgressFacts): readonly string[] {
  const closed = new Set([
    ...METADATA,
    ...(machineAround ? MACHINE_AROUND : []),
    ...hostAddresses.filter((address) => !isLoopback(address)),
  ]);
  return [
    ...["0.0.0.0/0", "::/0"].flatMap((all) => [UDP, TCP].map((protocol) => `+${word(all)}:${protocol}:${DNS}`)),
    ...open.map(({ address, port }) => `+${word(address)}:${TCP}:${port}`),
    ...[...closed].map((address) => `-${word(address)}`),
  ];
}

/** What `egress-guard addresses` printed. */
export function printedAddresses(output: string): readonly string[] {
  return output.split("\n").flatMap((line) => {
    const [, four] = /^4 ([0-9a-f]{8})$/.exec(line) ?? [];
    if (four !== undefined) return [(four.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)).join(".")];
    const [, six] = /^6 ([0-9a-f]{32})$/.exec(line) ?? [];
    return six === undefined ? [] : [(six.match(/..../g) ?? []).join(":")];
  });
}

/** Of a namespace of its own, or of one link: neither leads to another machine's services. */
function isLoopback(address: string): boolean {
  return address.startsWith("127.") || /^fe[89ab]/i.test(address) || /^[0:]+1$/.test(address);
}

/** `4:<hex>/<bits>` of `address` or `address/bits`. */
function word(range: string): string {
  const [address = "", bits] = range.split("/");
  if (isIP(address) === 4) {
    const hex = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
    return `4:${hex.join("")}/${bits ?? 32}`;
  }
  return `6:${sixteenBytes(address)}/${bits ?? 128}`;
}

function sixteenBytes(address: string): string {
  const [before = "", after = ""] = address.split("::");
  const groups = (text: string): string[] =>
    (text === "" ? [] : text.split(":")).map((group) => group.padStart(4, "0"));
  const [left, right] = [groups(before), groups(after)];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0000"), ...right].join("");
}
