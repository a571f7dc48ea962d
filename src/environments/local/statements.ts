/** What a local sandbox shows and what it does not keep in, in plain sentences for `plan` and `doctor`. Tested one by one. */
import { MOST_PROCESSES } from "./control-group.ts";
import type { NamespaceHost } from "./namespace-host.ts";

export function statementsOf({ facts, controlRoot, upper }: NamespaceHost): readonly string[] {
  const trees = facts.trees.map(({ path }) => path).join(", ");
  const limits = controlRoot?.controllers ?? [];
  return [
    `readable inside: ${trees} with everything below${facts.privileged ? ", also what only root may read there" : ""}; of /etc what every user may read, without keys and password hashes`,
    "writes stay inside: files are copied on write, and thrown away with the sandbox",
    "not visible: home directories, the project, results, other trials, the runner's variables, processes of this machine, /run, /srv, /mnt, /tmp, /sys, the rest of /var",
    "the image of FROM or docker_image is not used: this machine's own files are the base",
    "a task with network shares this machine's: its ports collide with other trials', and local services (127.0.0.1, abstract sockets) and a cloud's metadata can be reached",
    ...(facts.privileged
      ? [
          "root inside has Docker's default capabilities, less device nodes (and less raw sockets on this machine's network); there is no system call filter",
        ]
      : [
          "run by an ordinary user: only user 0 exists inside, and /usr and the like cannot be changed, so no packages can be installed",
        ]),
    ...(limits.includes("cpu") ? [] : ["cpus: not enforced"]),
    ...(limits.includes("memory") ? [] : ["memory: not enforced"]),
    ...(limits.includes("pids") || facts.countsProcesses
      ? [`at most ${MOST_PROCESSES} processes in a sandbox`]
      : ["the number of processes in a sandbox is not limited: a fork bomb takes this machine's"]),
    upper === "disk"
      ? "disk space: not limited; what a trial writes lies in the state directory until it ends"
      : "what a trial writes lies in memory: this disk cannot hold the upper directory of an overlay",
    ...(controlRoot === null
      ? [
          "no control group may be had: a stopped command's processes are found by a namespace they cannot leave, not killed in one step",
        ]
      : []),
  ];
}
