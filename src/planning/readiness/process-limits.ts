/** Whether this user's limits let so many trials run at a time. Pure. */
import type { Finding } from "../../contract/finding.ts";
import type { SandboxCost } from "../../environments/environment.ts";

/** Null in it = no limit, or one that does not bind this user. */
export interface LimitFacts {
  readonly openFiles: number | null;
  readonly processes: { readonly limit: number; readonly inUse: number } | null;
}

/**
 * Of the program itself, whatever runs in slots. It starts with 100 and not with 96, since its own files are loaded many at a time;
 * later 34 were seen open around one trial, which leaves enough for images and toolchains that are made at the same time.
 */
const OWN_FILES = 128;
/** Beyond itself, which is in use already: its watchdog, and programs that make a toolchain. */
const OWN_PROCESSES = 16;

export function limitFindings(limits: LimitFacts, each: SandboxCost, slots: number): readonly Finding[] {
  const { openFiles, processes } = limits;
  const files = finding(
    {
      name: "open files",
      what: "open files",
      raise: ["ulimit -n", "LimitNOFILE=", "nofile"],
      own: OWN_FILES,
      each: each.openFiles,
      used: 0,
    },
    openFiles,
    slots,
  );
  const counted = finding(
    {
      name: "processes",
      what: "processes and threads",
      raise: ["ulimit -u", "LimitNPROC=", "nproc"],
      own: OWN_PROCESSES,
      each: each.processes,
      used: processes?.inUse ?? 0,
    },
    processes?.limit ?? null,
    slots,
  );
  // Where sandboxes are no processes of this user's, nobody looked.
  return each.processes === 0 ? [files] : [files, counted];
}

interface Counted {
  readonly name: string;
  readonly what: string;
  /** What is set by a shell, by a service's unit, and in limits.conf. */
  readonly raise: readonly [string, string, string];
  readonly own: number;
  /** Of one trial. */
  readonly each: number;
  /** By others of the same user. */
  readonly used: number;
}

function finding({ name, what, raise, own, each, used }: Counted, limit: number | null, slots: number): Finding {
  if (limit === null) return { name, verdict: "ok", detail: "unlimited", todo: null };
  const taken = used === 0 ? "" : `, ${used} in use`;
  const needed = used + own + slots * each;
  if (limit >= needed) return { name, verdict: "ok", detail: `up to ${limit}${taken}`, todo: null };
  const fits = Math.max(0, Math.floor((limit - used - own) / Math.max(1, each)));
  const [shell, unit, item] = raise;
  const todo = `${shell} ${roundedUp(needed)} (where that is refused: ${unit} of the service that starts it, or ${item} in /etc/security/limits.conf)`;
  return {
    name,
    verdict: "stop",
    detail: `this user may have ${limit} ${what}${taken}, and ${trials(slots)} at a time need some ${needed}`,
    todo: fits > 0 ? `-n ${fits} fits; or ${todo}` : todo,
  };
}

function trials(count: number): string {
  return count === 1 ? "1 trial" : `${count} trials`;
}

/** People type round numbers. */
function roundedUp(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}
