/** Whether a task's tests seem to measure time: their verdict may then be about a machine that was busy. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** A test suite's own code; data beside it is of no interest. */
const SOURCE = /\.(py|sh|bash|js|mjs|ts|rb|go|rs|c|cc|cpp|java|toml|cfg|ini)$/;
const MOST_FILES = 500;
const MOST_BYTES = 1 << 20;

/** Names that measure, limit or wait for time in the languages that tests are written in. Not the bare word "time". */
const CLOCK =
  /\b(timeout\s*[=(\s]\s*\d|--timeout|perf_counter|monotonic\(|time\.time\(|timeit|process_time|performance\.now|Date\.now|time\.Since|Instant::now|clock_gettime|hyperfine|benchmark|elapsed|latency|throughput|speedup|wait_for|time\.sleep|\bsleep \d|SECONDS\b|date \+%s)/;

/** @param dir the task's tests, on the host */
export async function looksAtClock(dir: string): Promise<boolean> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && SOURCE.test(entry.name)).slice(0, MOST_FILES);
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    if ((await stat(path)).size > MOST_BYTES) continue;
    if (CLOCK.test(await readFile(path, "utf8"))) return true;
  }
  return false;
}
