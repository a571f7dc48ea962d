/**
 * What root may do inside: Docker's default capabilities, less making device nodes.
 * Raw sockets only in a network of its own: on the host's they would read everybody's traffic.
 */
const KEPT = [
  "chown",
  "dac_override",
  "fowner",
  "fsetid",
  "kill",
  "setgid",
  "setuid",
  "setpcap",
  "net_bind_service",
  "sys_chroot",
  "audit_write",
  "setfcap",
];

export function dropArguments(network: "public" | "no-network"): readonly string[] {
  const kept = [...KEPT, ...(network === "no-network" ? ["net_raw"] : [])].map((name) => `+${name}`).join(",");
  return [`--bounding-set=-all,${kept}`, "--inh-caps=-all", "--no-new-privs"];
}
