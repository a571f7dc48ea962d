/** Why no sandbox could be started, and what a person can do about it. Pure. */
import type { HostFacts } from "./host-facts.ts";

/** A limit that was met says nothing of what else would work here. */
const LIMITS: readonly (readonly [RegExp, string])[] = [
  [
    /\bEAGAIN\b|Resource temporarily unavailable/,
    "this user may not have any more processes and threads: end some, or raise the limit, such as by `ulimit -u 4096` (`ulimit -u` shows it)",
  ],
  [
    /\bE[MN]FILE\b|Too many open files/,
    "no more files may be open: raise the limit, such as by `ulimit -n 1024` (`ulimit -n` shows it)",
  ],
];

/** @param message what the attempt came to */
export function whyNoSandbox(message: string, { privileged }: Pick<HostFacts, "privileged">): readonly string[] {
  const limit = LIMITS.find(([words]) => words.test(message));
  if (limit !== undefined) return [message, limit[1]];
  if (privileged)
    return [
      message,
      "root may be confined itself, as in a container: use the docker environment, or give that container more rights",
    ];
  if (/unshare/.test(message)) {
    return [
      message,
      "ordinary users may not make user namespaces here. As root, one of: sysctl kernel.unprivileged_userns_clone=1; " +
        "sysctl user.max_user_namespaces=10000; sysctl kernel.apparmor_restrict_unprivileged_userns=0. Or run as root, or use docker",
    ];
  }
  return [message, "run as root, or use the docker environment"];
}
