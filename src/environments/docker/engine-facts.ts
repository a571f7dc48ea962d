/** What the engine is and can enforce, asked once. */
import { isRecord } from "../../base/is-record.ts";
import type { EngineClient } from "./engine-client.ts";
import { textAt } from "./engine-values.ts";

export interface EngineFacts {
  readonly version: string;
  /** As images say it: `amd64`, `arm64`, … */
  readonly architecture: string;
  readonly os: string;
  /** Its version. */
  readonly kernel: string;
  readonly product: string;
  readonly rootless: boolean;
  /** Where it keeps images and containers, on its own machine; empty = it does not say. */
  readonly dataRoot: string;
  /** Its clock and ours when it was asked, milliseconds since 1970; null = it does not say. */
  readonly clock: { readonly theirs: number; readonly ours: number } | null;
  readonly limits: { readonly cpus: boolean; readonly memory: boolean; readonly pids: boolean };
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  armv7l: "arm",
  i686: "386",
};

export async function engineFacts(client: EngineClient): Promise<EngineFacts> {
  const value = await client.json({ method: "GET", path: "/info" });
  const ours = Date.now();
  const info = isRecord(value) ? value : {};
  const theirs = Date.parse(textAt(info, "SystemTime"));
  const machine = textAt(info, "Architecture");
  const options = Array.isArray(info["SecurityOptions"]) ? info["SecurityOptions"].map(String) : [];
  return {
    version: textAt(info, "ServerVersion"),
    architecture: ARCHITECTURES[machine] ?? machine,
    os: textAt(info, "OSType"),
    kernel: textAt(info, "KernelVersion"),
    product: textAt(info, "OperatingSystem"),
    dataRoot: textAt(info, "DockerRootDir"),
    rootless: options.some((option) => option.includes("rootless")),
    clock: Number.isNaN(theirs) ? null : { theirs, ours },
    limits: {
      cpus: info["CpuCfsQuota"] === true,
      memory: info["MemoryLimit"] === true,
      pids: info["PidsLimit"] === true,
    },
  };
}
