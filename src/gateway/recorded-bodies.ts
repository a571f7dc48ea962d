/** With `mode = "record"`: what was asked and answered, each in a file of its own, secrets taken out, gzip. */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { PassThrough, Readable } from "node:stream";
import { createGzip } from "node:zlib";

export interface BodyRecorder {
  request(seq: number, body: Buffer): void;
  response(seq: number): BodySink;
  /** Everything is written. */
  close(): Promise<void>;
}

export interface BodySink {
  /** Never holds the stream back. */
  push(chunk: Buffer): void;
  end(): void;
}

const BODIES_DIR = "model-bodies";
/** What a slow disk has not taken yet; beyond it the rest of that body is left out. */
const MAX_PENDING = 16 * 1024 * 1024;

export function createBodyRecorder(
  dir: string,
  redactStream: () => NodeJS.ReadWriteStream,
  onError: (message: string) => void,
): BodyRecorder {
  const into = join(dir, BODIES_DIR);
  const made = mkdir(into, { recursive: true });
  const writing = new Set<Promise<void>>();

  const write = (path: string, source: Readable): void => {
    const work = made
      .then(() => pipeline(source, redactStream(), createGzip(), createWriteStream(path, { mode: 0o600 })))
      .catch((error: unknown) => onError(`${path}: ${(error as Error).message}`))
      .finally(() => writing.delete(work));
    writing.add(work);
  };
  const sink = (path: string): BodySink => {
    const source = new PassThrough({ highWaterMark: MAX_PENDING });
    let full = false;
    write(path, source);
    return {
      push(chunk) {
        if (full || source.destroyed) return;
        if (source.writableLength + chunk.length > MAX_PENDING) {
          full = true;
          onError(`${path}: cut short, the disk is too slow`);
        } else source.write(chunk);
      },
      end: () => void source.end(),
    };
  };

  return {
    request: (seq, body) => write(join(into, `${fileNumber(seq)}.request.json.gz`), Readable.from([body])),
    response: (seq) => sink(join(into, `${fileNumber(seq)}.response.gz`)),
    async close() {
      await Promise.all(writing);
    },
  };
}

function fileNumber(seq: number): string {
  return String(seq).padStart(5, "0");
}
