/**
 * `network_mode`, `allowed_hosts` and the older `allow_internet`, as they stand in [environment], [agent] and [verifier].
 * [environment] has the baseline; the other two override it for their phase.
 */
import type { TableReader } from "./table-reader.ts";

const MODES = ["public", "no-network", "allowlist"] as const;
type NetworkMode = (typeof MODES)[number];

export function readBaseline(environment: TableReader): NetworkMode {
  const mode = environment.oneOf("network_mode", MODES);
  const hosts = environment.texts("allowed_hosts");
  const allowInternet = environment.flag("allow_internet");
  if (hosts !== null && hosts.length > 0 && mode !== "allowlist") hostsMisplaced(environment);
  // The older key counts only where nothing newer is said.
  if (allowInternet === false && !environment.has("network_mode") && hosts === null) return "no-network";
  return mode ?? "public";
}

/** @returns null when the phase has no override. */
export function readOverride(phase: TableReader): NetworkMode | null {
  const mode = phase.oneOf("network_mode", MODES);
  const hosts = phase.texts("allowed_hosts");
  const misplaced = mode === null ? hosts !== null : hosts !== null && hosts.length > 0 && mode !== "allowlist";
  if (misplaced) hostsMisplaced(phase);
  return mode;
}

function hostsMisplaced(table: TableReader): void {
  table.problem("allowed_hosts", "hosts", 'network_mode = "allowlist" beside it, or no such key');
}

/** What cannot be done yet. */
export function unsupportedPolicies(
  baseline: NetworkMode,
  overrides: Readonly<Record<string, NetworkMode | null>>,
): readonly string[] {
  const found: string[] = [];
  if (baseline === "allowlist") found.push("network allowlist (environment.network_mode)");
  for (const [phase, mode] of Object.entries(overrides)) {
    if (mode === null || mode === baseline) continue;
    const what = mode === "allowlist" ? "network allowlist" : "another network policy for one phase";
    found.push(`${what} (${phase}.network_mode)`);
  }
  return found;
}
