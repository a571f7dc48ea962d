/** Every metric, in the order of the columns. */
import { CODECANVAS } from "./codecanvas.ts";
import { FAILURE_SIGNS } from "./failure-signs.ts";
import { FILES } from "./files.ts";
import { LOOPS } from "./loops.ts";
import type { Metric } from "./metric.ts";
import { NOISE } from "./noise.ts";
import { OUTCOME } from "./outcome.ts";
import { PROCESS } from "./process.ts";
import { TESTS } from "./tests.ts";
import { TIME } from "./time.ts";
import { TOKENS } from "./tokens.ts";
import { TOOLS } from "./tools.ts";
import { TREATMENT } from "./treatment.ts";

/** The sections of docs/metrics.md. */
export const METRIC_GROUPS: readonly (readonly [title: string, metrics: readonly Metric[]])[] = [
  ["Outcome", OUTCOME],
  ["Tests", TESTS],
  ["Tokens and cost", TOKENS],
  ["Time", TIME],
  ["Noise", NOISE],
  ["Process", PROCESS],
  ["Tools", TOOLS],
  ["Treatment", TREATMENT],
  ["Loops", LOOPS],
  ["Files", FILES],
  ["Signs of trouble", FAILURE_SIGNS],
  ["CodeCanvas", CODECANVAS],
];

export const METRICS: readonly Metric[] = METRIC_GROUPS.flatMap(([, metrics]) => metrics);
