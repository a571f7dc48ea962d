/** A request's body in memory, since it may have to be sent again: bounded for each request, for each trial and altogether. */
import type { IncomingMessage } from "node:http";

/** Anthropic takes 32 MB, OpenAI somewhat more with pictures. */
export const MAX_BODY = 50 * 1024 * 1024;
const MAX_OF_A_TRIAL = 200 * 1024 * 1024;
const MAX_TOGETHER = 1024 * 1024 * 1024;

/** Bytes held in memory. */
export interface BodyShare {
  bytes: number;
}

export type BodyRead =
  | { readonly kind: "read"; readonly body: Buffer; free(this: void): void }
  | { readonly kind: "too-large" }
  /** Too much is held at the moment. */
  | { readonly kind: "no-room" }
  | { readonly kind: "gone" };

export function createBodyReader(limits = { one: MAX_BODY, trial: MAX_OF_A_TRIAL, together: MAX_TOGETHER }) {
  const together: BodyShare = { bytes: 0 };
  return (request: IncomingMessage, share: BodyShare): Promise<BodyRead> => {
    if (Number(request.headers["content-length"] ?? 0) > limits.one) return Promise.resolve({ kind: "too-large" });
    return new Promise((resolve) => {
      let held = 0;
      let parts: Buffer[] = [];
      const free = (): void => {
        share.bytes -= held;
        together.bytes -= held;
        held = 0;
      };
      const settle = (result: BodyRead): void => {
        request.off("data", onData).off("end", onEnd).off("close", onClose);
        if (result.kind !== "read") free();
        parts = [];
        resolve(result);
      };
      const onData = (chunk: Buffer): void => {
        held += chunk.length;
        share.bytes += chunk.length;
        together.bytes += chunk.length;
        if (held > limits.one) settle({ kind: "too-large" });
        else if (share.bytes > limits.trial || together.bytes > limits.together) settle({ kind: "no-room" });
        else parts.push(chunk);
      };
      const onEnd = (): void => settle({ kind: "read", body: Buffer.concat(parts), free });
      const onClose = (): void => settle({ kind: "gone" });
      request.on("data", onData).once("end", onEnd).once("close", onClose);
      // A reset is followed by `close`.
      request.on("error", () => undefined);
    });
  };
}

export type BodyReader = ReturnType<typeof createBodyReader>;
