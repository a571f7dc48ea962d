/** What went on around a trial: use of the machine, and waiting for it. Of trials that Regatta ran itself. */
import type { Load, Noise } from "../../contract/noise.ts";
import { notComputed } from "../known.ts";
import { isMissing, type Trial } from "../trial.ts";
import type { Metric } from "./metric.ts";

const FILE = ".regatta/trial.json";

function figure(
  name: string,
  unit: Metric["unit"],
  definition: string,
  field: string,
  of: (noise: Noise) => number | null,
): Metric {
  return {
    name,
    unit,
    definition,
    source: `${FILE}, record.noise.${field}`,
    onlyWithFile: true,
    compute({ noise }: Trial) {
      if (isMissing(noise)) return notComputed(noise.missing);
      return of(noise) ?? notComputed("the environment could not tell");
    },
  };
}

function wait(name: string, whose: string, field: "sandboxLoad" | "machineLoad" | "testsLoad", of: keyof Load): Metric {
  const what = { cpu: "the CPU", memory: "memory", io: "the disk" }[of];
  return figure(
    name,
    "ratio",
    `Share of the time in which some process ${whose} waited for ${what}.`,
    `${field}.${of}`,
    (noise) => noise[field]?.[of] ?? null,
  );
}

const IN_SANDBOX = "of its sandbox";
const ON_MACHINE = "of the machine";
const DURING_TESTS = "of the machine, while its tests ran,";

export const NOISE: readonly Metric[] = [
  figure("cpu_sec", "s", "CPU time of its sandbox.", "cpuSec", ({ cpuSec }) => cpuSec),
  figure(
    "throttled_sec",
    "s",
    "Time in which the task's limit on CPUs held its sandbox back.",
    "throttledSec",
    ({ throttledSec }) => throttledSec,
  ),
  figure(
    "peak_memory_mib",
    "MiB",
    "The most memory that its sandbox had at any moment, caches included.",
    "peakMemoryMib",
    ({ peakMemoryMib }) => peakMemoryMib,
  ),
  figure(
    "disk_mb",
    "MB",
    "What it wrote beyond its image and had not deleted in the end.",
    "diskMb",
    ({ diskMb }) => diskMb,
  ),
  figure(
    "oom_kills",
    "count",
    "Processes that were killed for want of memory.",
    "oomKills",
    ({ oomKills }) => oomKills,
  ),
  figure(
    "image_sec",
    "s",
    "Pulling or building its task's image, where that was to be done; all trials of the task and launch share it.",
    "imageSec",
    ({ imageSec }) => imageSec,
  ),
  wait("sandbox_cpu_wait", IN_SANDBOX, "sandboxLoad", "cpu"),
  wait("machine_cpu_wait", ON_MACHINE, "machineLoad", "cpu"),
  wait("machine_memory_wait", ON_MACHINE, "machineLoad", "memory"),
  wait("machine_io_wait", ON_MACHINE, "machineLoad", "io"),
  wait("tests_cpu_wait", DURING_TESTS, "testsLoad", "cpu"),
];
