/** What else went on while a trial ran: whoever doubts a result looks here. Unknown is null, never 0. */

/** Shares of the time, 0 to 1, in which at least one process waited for it ("some" of Linux's pressure stall information). */
export interface Load {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly io: number | null;
}

/** Of one sandbox, from its start. Memory is in MiB, as its limits are; what lies on a disk in MB of 10^6 bytes, as disks are sold. */
export interface ResourceUse {
  readonly cpuSec: number | null;
  /** Its own limit held it back for so long. */
  readonly throttledSec: number | null;
  readonly peakMemoryMib: number | null;
  /** What it wrote beyond its image and has not deleted. */
  readonly diskMb: number | null;
  readonly oomKills: number | null;
  /** Seconds in which at least one of its processes waited. */
  readonly waitedSec: Load | null;
}

export interface Noise {
  readonly cpuSec: number | null;
  readonly throttledSec: number | null;
  readonly peakMemoryMib: number | null;
  readonly diskMb: number | null;
  readonly oomKills: number | null;
  /** Of its sandbox, over the whole try. */
  readonly sandboxLoad: Load | null;
  /** Of the machine that it ran on, over the whole try. */
  readonly machineLoad: Load | null;
  /** The same while the tests ran. */
  readonly testsLoad: Load | null;
  /** The pull or build of its task's image, in this launch; null = there was nothing to make. */
  readonly imageSec: number | null;
  /** Why its verdict may be about the machine and not about the agent, with what to do. */
  readonly doubt: string | null;
}
