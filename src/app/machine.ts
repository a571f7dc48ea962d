import { availableParallelism, totalmem } from "node:os";
import type { Machine } from "../planning/slots.ts";

export function thisMachine(): Machine {
  return { cores: availableParallelism(), memoryMb: Math.floor(totalmem() / (1 << 20)) };
}
