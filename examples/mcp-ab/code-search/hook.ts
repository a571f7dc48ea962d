/** After an edit: which other files use what the edited one defines. The agent reads it with the result of its edit. */
import { relative } from "node:path";
import { definedIn, files, linesOf, uses } from "./repository.ts";

const MOST = 10;

let input = "";
for await (const chunk of process.stdin) input += String(chunk);
const event = JSON.parse(input) as { cwd?: string; tool_input?: { file_path?: string } };
const root = event.cwd ?? process.cwd();
const edited = event.tool_input?.file_path;
const path = edited === undefined ? null : relative(root, edited);
const all = path === null || path.startsWith("..") ? [] : files(root);

if (path !== null && all.includes(path)) {
  const names = new Set(linesOf(root, path).flatMap((line) => definedIn(line) ?? []));
  const users = all
    .filter((other) => other !== path)
    .flatMap((other) => {
      const used = [...names].filter((name) => linesOf(root, other).some((line) => uses(line, name)));
      return used.length === 0 ? [] : [`${other} uses ${used.join(", ")}`];
    });
  const more = users.length > MOST ? `\n… ${users.length - MOST} more files` : "";
  const text = `${path} is used elsewhere; check these before you finish:\n${users.slice(0, MOST).join("\n")}${more}`;
  if (users.length > 0)
    process.stdout.write(
      JSON.stringify({ hookSpecificOutput: { hookEventName: "PostToolUse", additionalContext: text } }),
    );
}
