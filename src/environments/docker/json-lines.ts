/** The engine's progress streams: one JSON object after the other, in pieces of any size. */
import { isRecord } from "../../base/is-record.ts";

export async function* jsonObjects(body: AsyncIterable<Buffer>): AsyncGenerator<Readonly<Record<string, unknown>>> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield* parsed(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
  }
  yield* parsed(rest);
}

function* parsed(line: Buffer): Generator<Readonly<Record<string, unknown>>> {
  const text = line.toString("utf8").trim();
  if (text === "") return;
  const value: unknown = JSON.parse(text);
  if (isRecord(value)) yield value;
}
