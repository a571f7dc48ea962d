/** For environments that cannot mount: the same files at the same place, copied. */
import { type Toolchain, withNeeds } from "../contract/toolchain.ts";

export interface UploadTarget {
  upload(from: string, to: string): Promise<void>;
}

/** With all that they need, each once. Once per sandbox is enough. */
export async function uploadToolchain(workspace: UploadTarget, ...toolchains: readonly Toolchain[]): Promise<void> {
  for (const { hostDir, mountPath } of withNeeds(toolchains)) await workspace.upload(hostDir, mountPath);
}
