/**
 * The engine's multiplexed output: frames of `[stream, 0, 0, 0, length as 32-bit big-endian]` and that many bytes.
 * https://docs.docker.com/reference/api/engine/ (attach to a container, stream format)
 */
export type OutputStream = "stdout" | "stderr";

const HEADER = 8;

class FrameDamage extends Error {
  override readonly name = "FrameDamage";
}

/** @returns for each piece of the connection the pieces of output that came with it. */
export function outputFrames(): (chunk: Buffer) => readonly { readonly stream: OutputStream; readonly data: Buffer }[] {
  let header = Buffer.alloc(0);
  let stream: OutputStream = "stdout";
  let left = 0;
  return (chunk) => {
    const found: { stream: OutputStream; data: Buffer }[] = [];
    for (let at = 0; at < chunk.length;) {
      if (left > 0) {
        const data = chunk.subarray(at, at + Math.min(left, chunk.length - at));
        found.push({ stream, data });
        at += data.length;
        left -= data.length;
        continue;
      }
      const missing = HEADER - header.length;
      header = Buffer.concat([header, chunk.subarray(at, at + missing)]);
      at += Math.min(missing, chunk.length - at);
      if (header.length < HEADER) break;
      const kind = header[0];
      if (kind === undefined || kind > 2) throw new FrameDamage(`the engine sent a frame of kind ${kind}`);
      stream = kind === 2 ? "stderr" : "stdout";
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
    return found;
  };
}
