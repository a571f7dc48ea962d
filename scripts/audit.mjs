/**
 * `node scripts/audit.mjs`: known vulnerabilities of what package-lock.json installs, by `npm audit`; any at all is a failure.
 *
 * Mirrors of the registry often have no advisories to ask for: then it says so, and fails nothing, since nothing was found.
 */
import { projectRoot, runCommand } from "./set-up.mjs";

process.chdir(projectRoot);
const { output } = await runCommand("npm", ["audit", "--json"]);
const report = jsonIn(output);
const found = report?.["metadata"]?.["vulnerabilities"]?.["total"];
if (typeof found === "number") {
  console.log(found === 0 ? "no known vulnerabilities" : output);
  process.exitCode = found === 0 ? 0 : 1;
} else {
  const why = report?.["message"] ?? output.trim().split("\n").at(-1);
  console.log(`NOT AUDITED: the registry was asked for advisories and gave none (${why})`);
}

/**
 * @param {string} text of both streams: npm's warnings stand before it
 * @returns {any} null when there is none
 */
function jsonIn(text) {
  try {
    return JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
