/** The floor that an analysis is measured against: every JSON file of every trial read and parsed, one after the other, and nothing done with it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [dir = "."] = process.argv.slice(2);
let files = 0;
for (const job of readdirSync(dir)) {
  for (const trial of readdirSync(join(dir, job))) {
    for (const name of ["result.json", "agent/trajectory.json", "verifier/ctrf.json"]) {
      if (JSON.parse(readFileSync(join(dir, job, trial, name), "utf8")) !== null) files += 1;
    }
  }
}
console.log(files);
