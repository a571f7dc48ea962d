/**
 * What BuildKit tells while it builds: protobuf messages of type `moby.buildkit.v1.StatusResponse`.
 * Fields: https://github.com/moby/buildkit/blob/master/api/services/control/control.proto; wire format:
 * https://protobuf.dev/programming-guides/encoding/
 */
export interface BuildStep {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  readonly completed: boolean;
  readonly error: string;
}

export interface BuildTrace {
  readonly steps: readonly BuildStep[];
  readonly logs: readonly { readonly step: string; readonly text: string }[];
}

export function buildTrace(message: Buffer): BuildTrace {
  const steps: BuildStep[] = [];
  const logs: { step: string; text: string }[] = [];
  for (const { field, bytes } of fieldsOf(message)) {
    if (field === 1) steps.push(stepOf(bytes));
    else if (field === 3) {
      const parts = byField(bytes);
      logs.push({ step: text(parts.get(1)), text: text(parts.get(4)) });
    }
  }
  return { steps, logs };
}

function stepOf(message: Buffer): BuildStep {
  const parts = byField(message);
  return {
    digest: text(parts.get(1)),
    name: text(parts.get(3)),
    cached: (parts.get(4)?.[0] ?? 0) !== 0,
    completed: parts.has(6),
    error: text(parts.get(7)),
  };
}

function byField(message: Buffer): ReadonlyMap<number, Buffer> {
  return new Map([...fieldsOf(message)].map(({ field, bytes }) => [field, bytes]));
}

function text(bytes: Buffer | undefined): string {
  return bytes === undefined ? "" : bytes.toString("utf8");
}

/** A number's bytes are its varint; nobody asks for more of those than whether they are zero. */
function* fieldsOf(message: Buffer): Generator<{ readonly field: number; readonly bytes: Buffer }> {
  for (let at = 0; at < message.length;) {
    const key = varint(message, at);
    at = key.end;
    const kind = key.value % 8;
    let end: number;
    if (kind === 0) end = varint(message, at).end;
    else if (kind === 1) end = at + 8;
    else if (kind === 5) end = at + 4;
    else if (kind === 2) {
      const length = varint(message, at);
      at = length.end;
      end = at + length.value;
    } else return;
    if (end > message.length) return;
    yield { field: Math.floor(key.value / 8), bytes: message.subarray(at, end) };
    at = end;
  }
}

function varint(message: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let factor = 1;
  for (let at = from; at < message.length; at++) {
    const byte = message[at] ?? 0;
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return { value, end: message.length };
}
