/**
 * Loaded into a real `regatta run` by NODE_OPTIONS, the run is killed at the moment that the query of its URL names:
 *
 * - `?removing`: in the middle of removing the first sandbox of a trial, with its record gone and all else there. That is the order in
 *   which a directory gives its names, more often than not.
 * - `?preparing`: in the middle of making what all sandboxes of this machine stand on.
 * - `?entering`: with the first trial written, and not yet in its job's directory.
 */
import fs, { existsSync, promises, readFileSync, unlinkSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const moment = new URL(import.meta.url).search;
const { rename, rm } = promises;
const write = fs.writeFileSync;

// The watchdog's command inherits the option, and is to live.
if (process.argv[2] === "run") {
  if (moment === "?removing")
    promises.rm = async (path, options) => {
      const record = join(String(path), "labels.json");
      if (existsSync(record) && readFileSync(record, "utf8").includes('"regatta.trial"')) {
        unlinkSync(record);
        process.kill(process.pid, "SIGKILL");
      }
      return rm(path, options);
    };
  if (moment === "?preparing")
    fs.writeFileSync = (path, ...rest) => {
      if (String(path).endsWith("/etc/machine-id")) process.kill(process.pid, "SIGKILL");
      return write(path, ...rest);
    };
  if (moment === "?entering")
    promises.rename = async (from, to) => {
      if (/\/runs\/[^/]+\/[^/]+$/.test(String(to)) && existsSync(join(String(from), "result.json")))
        process.kill(process.pid, "SIGKILL");
      return rename(from, to);
    };
  syncBuiltinESMExports();
}
