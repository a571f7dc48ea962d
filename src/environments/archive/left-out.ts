/** What a download left out: all of it counted, the first hundred named. */
import type { DownloadReport } from "../environment.ts";

const REPORTED = 100;
const SHOWN_PATH = 1000;

export interface LeftOut {
  add(path: Buffer | string, reason: string): void;
  report(): Pick<DownloadReport, "leftOut" | "leftOutCount">;
}

export function leftOutList(): LeftOut {
  const leftOut: { path: string; reason: string }[] = [];
  let leftOutCount = 0;
  return {
    add(path, reason) {
      leftOutCount += 1;
      if (leftOut.length < REPORTED) leftOut.push({ path: path.toString("utf8").slice(0, SHOWN_PATH), reason });
    },
    report: () => ({ leftOut, leftOutCount }),
  };
}

export function tooLarge(limit: number): string {
  return `larger than ${limit} bytes`;
}

export function tooMuch(limit: number): string {
  return `more than ${limit} bytes altogether`;
}

export function tooMany(limit: number): string {
  return `more than ${limit} files`;
}
