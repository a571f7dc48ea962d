/**
 * Whatever becomes of a session file, its conversion is a valid trajectory, and nothing of the source is lost without a count:
 * every message, call and token stands in a trajectory or in what was left out.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AtifStep, AtifTrajectory } from "../../../src/agents/atif/atif.ts";
import * as claude from "./claude-lines.ts";
import * as codex from "./codex-lines.ts";
import { agentDir, type Converted, convertClaude, convertCodex, jsonl, type Line } from "./session-dir.ts";

const AGENTS = [
  {
    name: "Claude Code",
    path: claude.MAIN,
    lines: richClaude(),
    convert: (dir: string) => convertClaude(dir, claude.SESSION),
  },
  { name: "Codex, older", path: codex.ROLLOUT, lines: codex.olderRollout(), convert: convertCodex },
  { name: "Codex, newer", path: codex.ROLLOUT, lines: codex.newerRollout(), convert: convertCodex },
] as const;

function richClaude(): Line[] {
  return [
    ...claude.shortSession(),
    claude.system("compact_boundary", { content: "Conversation compacted" }),
    claude.apiError("API Error: 500", "server_error", 500),
    claude.prompt("Look", { isSidechain: true, agentId: "a1" }),
    ...claude.answer("side", [claude.said("é 日本 🎉")], { input: 3 }, { isSidechain: true, agentId: "a1" }),
  ];
}

function allSteps(trajectory: AtifTrajectory): AtifStep[] {
  return [trajectory, ...(trajectory.subagent_trajectories ?? [])].flatMap(({ steps }) => steps);
}

/** One directory, written again and again. */
async function place(
  path: string,
): Promise<{ readonly dir: string; readonly write: (content: string | Uint8Array) => Promise<void> }> {
  const dir = await agentDir({});
  const full = join(dir, path);
  await mkdir(dirname(full), { recursive: true });
  return { dir, write: (content) => writeFile(full, content) };
}

describe.each(AGENTS)("a session of $name", ({ path, lines, convert }) => {
  test("cut at any byte is what its whole lines say", async () => {
    const { dir, write } = await place(path);
    const at = async (bytes: Uint8Array): Promise<Converted> => {
      await write(bytes);
      return convert(dir);
    };
    const texts = lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`));
    let before: Uint8Array = Buffer.alloc(0);
    let whole = await at(before);
    for (const [n, text] of texts.entries()) {
      // Every byte of every line would take a minute; the first, the last, and another one in each are looked at.
      for (const cut of new Set([1, 2 + ((n * 37) % (text.length - 4)), text.length - 2])) {
        const part = await at(Buffer.concat([before, text.subarray(0, cut)]));
        expect(part.trajectory).toEqual(whole.trajectory);
        expect(part.reading.usage).toEqual(whole.reading.usage);
        expect(part.reading.remarks.join("\n")).toMatch(/the last line is cut/);
      }
      const unended = await at(Buffer.concat([before, text.subarray(0, text.length - 1)]));
      before = Buffer.concat([before, text]);
      whole = await at(before);
      expect(unended).toEqual(whole);
    }
  });

  test("with lines that are cut, doubled, swapped, replaced or of other types never throws and stays valid", async () => {
    const { dir, write } = await place(path);
    const change = fc.record({
      at: fc.nat(lines.length - 1),
      how: fc.constantFrom("cut", "double", "drop", "noise", "swap", "retype"),
      value: fc.oneof(fc.json({ maxDepth: 3 }), fc.string()),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        let texts = lines.map((line) => JSON.stringify(line));
        for (const { at, how, value, seed } of changes) {
          const here = texts[at % texts.length] ?? "";
          const place = at % Math.max(1, texts.length);
          if (how === "cut") texts[place] = here.slice(0, seed % (here.length + 1));
          else if (how === "double") texts.push(here);
          else if (how === "drop") texts = texts.filter((_, n) => n !== place);
          else if (how === "noise") texts[place] = value;
          else if (how === "swap") texts.reverse();
          else texts[place] = retyped(here, seed, value);
        }
        await write(texts.join("\n"));
        await convert(dir);
      }),
      { numRuns: 60 },
    );
  });

  test("with tokens that are no whole numbers stays valid", async () => {
    const { dir, write } = await place(path);
    const halves = lines.map((line) => JSON.stringify(line).replaceAll(/"(\w*[tT]okens)":\d+/g, '"$1":0.5'));
    await write(halves.join("\n"));
    await convert(dir);
  });

  test("is wholly in the trajectory or in what was left out", async () => {
    const { dir, write } = await place(path);
    await write(jsonl(lines));
    expect(await missing(lines, await convert(dir))).toEqual([]);
  });
});

/** One value somewhere in a line becomes another. */
function retyped(text: string, seed: number, value: string): string {
  const values = [...text.matchAll(/:(?:"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)/g)];
  const chosen = values[seed % Math.max(1, values.length)];
  if (chosen === undefined) return text;
  let other = "[[]]";
  try {
    other = JSON.stringify(JSON.parse(value));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return `${text.slice(0, chosen.index)}:${other}${text.slice(chosen.index + chosen[0].length)}`;
}

/** Texts, calls and results of the source that no step has. */
async function missing(lines: readonly Line[], { trajectory }: Converted): Promise<string[]> {
  const all = JSON.stringify(allSteps(trajectory));
  const wanted = lines.flatMap((line) => textsOf(line["message"] ?? line["payload"] ?? {}));
  return wanted.filter((text) => !all.includes(JSON.stringify(text).slice(1, -1)));
}

const HOLDERS = new Set([
  "content",
  "text",
  "thinking",
  "summary",
  "message",
  "output",
  "name",
  "call_id",
  "tool_use_id",
  "id",
]);

/** What a person or a model can have meant by a line: the texts of its messages, the ids and names of its calls. */
function textsOf(value: unknown, key = ""): string[] {
  if (typeof value === "string") return HOLDERS.has(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, key));
  if (typeof value !== "object" || value === null) return [];
  const record = value as Record<string, unknown>;
  if (record["type"] === "session_meta" || record["cli_version"] !== undefined || record["turn_id"] !== undefined)
    return [];
  // Ids of messages made up by the CLI, and of items of the interface, are not of the conversation.
  const skip = record["model"] === "<synthetic>" || (key === "item" && record["type"] !== undefined);
  return Object.entries(record)
    .filter(([name]) => !(skip && name === "id") && name !== "item")
    .flatMap(([name, item]) => textsOf(item, name));
}
