/** A plan of a toolchain with the way to make it. */
import { createHash } from "node:crypto";
import { stableJson } from "../base/stable-json.ts";
import type { Toolchain, ToolchainPlan } from "../contract/toolchain.ts";

export interface MakeSettings {
  /** An empty directory to fill. */
  readonly dir: string;
  /** Another, thrown away afterwards. */
  readonly scratch: string;
  /** Where it will be inside. */
  readonly mountPath: string;
  /** The toolchains of `needs` and of `tools`, in their order. */
  readonly needs: readonly Toolchain[];
  readonly tools: readonly Toolchain[];
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Made {
  /** Relative to the directory, for PATH; "" is the directory itself. */
  readonly binDirs: readonly string[];
  readonly notes?: readonly string[];
}

export interface PlannedToolchain extends ToolchainPlan {
  readonly needs: readonly PlannedToolchain[];
  /** What it is made with on this machine, and what no sandbox sees. */
  readonly tools: readonly PlannedToolchain[];
  /** Knows addresses and perhaps secrets: never recorded. */
  readonly make: (settings: MakeSettings) => Promise<Made>;
}

/** Raise it when the same inputs come to other files than before. */
const FORMAT = 3;
const MOUNT_ROOT = "/opt/regatta";

export function planned(
  fields: Pick<PlannedToolchain, "version" | "inputs" | "make"> &
    Partial<Pick<PlannedToolchain, "needs" | "tools" | "notes">> & { readonly name: string },
): PlannedToolchain {
  const needs = fields.needs ?? [];
  const inputs = { format: FORMAT, ...fields.inputs, needs: needs.map((need) => need.hash) };
  const hash = createHash("sha256").update(stableJson(inputs)).digest("hex");
  const name = safeName(fields.name);
  return {
    name,
    version: fields.version,
    hash,
    mountPath: `${MOUNT_ROOT}/${name}-${hash.slice(0, 12)}`,
    inputs,
    needs,
    tools: fields.tools ?? [],
    notes: fields.notes ?? [],
    make: fields.make,
  };
}

/** `@scope/server` → `server`: the hash tells them apart. */
function safeName(name: string): string {
  const last = name.split("/").findLast((part) => part !== "") ?? "";
  const safe = last.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return safe === "" ? "toolchain" : safe.slice(0, 60);
}
