/**
 * Answers by the hash of everything that led to them, one file each, written as they come: what was paid for survives an
 * interruption, and the same question is never paid for twice. Deleting a file costs its question again and nothing else.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { readJsonTolerant, writeJsonAtomic } from "../host/files.ts";
import { amount } from "./providers/provider.ts";
import type { Price } from "./opinions.ts";

export interface KeptAnswer {
  readonly value: unknown;
  readonly price: Price;
}

export interface AnswerCache {
  get(key: string): Promise<KeptAnswer | null>;
  put(key: string, answer: KeptAnswer, about: Readonly<Record<string, unknown>>): Promise<void>;
}

const FORMAT = 1;

export function answerCache(dir: string): AnswerCache {
  const fileOf = (key: string): string => join(dir, key.slice(0, 2), `${key}.json`);
  return {
    async get(key) {
      const read = await readJsonTolerant(fileOf(key));
      if (read.state !== "ok" || !isRecord(read.value) || read.value["format"] !== FORMAT) return null;
      const { answer, price } = read.value;
      if (answer === undefined || !isRecord(price)) return null;
      return {
        value: answer,
        price: {
          inputTokens: amount(price["inputTokens"]),
          outputTokens: amount(price["outputTokens"]),
          costUsd: amount(price["costUsd"]),
        },
      };
    },
    async put(key, { value, price }, about) {
      const file = fileOf(key);
      await mkdir(dirname(file), { recursive: true });
      await writeJsonAtomic(file, { format: FORMAT, ...about, price, answer: value });
    },
  };
}
