/** Runs a snippet that uses folders of our sources in a process of its own: for storms, kills and dead owners. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { onTestFinished } from "vitest";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";

const FOLDERS = ["base", "contract", "host", "records", "results", "results/harbor"];

/** Our sources as JavaScript under `dir`, since the oldest Node we support cannot run TypeScript. */
export async function transpileInto(dir: string, folders: readonly string[] = FOLDERS): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "package.json"), '{ "type": "module" }');
  for (const folder of folders) {
    await mkdir(join(dir, folder), { recursive: true });
    const source = join(import.meta.dirname, "../../src", folder);
    for (const name of (await readdir(source)).filter((each) => each.endsWith(".ts") && !each.endsWith(".test.ts"))) {
      await transpileFile(join(source, name), join(dir, folder));
    }
  }
  for (const name of ["plans.ts", "../support/bare.ts"]) await transpileFile(join(import.meta.dirname, name), dir);
}

async function transpileFile(from: string, into: string): Promise<void> {
  const text = (await readFile(from, "utf8")).replaceAll(/"\.\.\/(\.\.\/src|support)\//g, '"./');
  const { outputText } = transpileModule(text, {
    compilerOptions: {
      target: ScriptTarget.ES2023,
      module: ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  await writeFile(join(into, basename(from).replace(/\.ts$/, ".js")), outputText);
}

let snippets = 0;

/** @returns the process; it is killed when the test ends. */
export async function start(dir: string, snippet: string): Promise<ChildProcess> {
  const file = join(dir, `snippet-${snippets++}.js`);
  await writeFile(file, snippet);
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Standard output of a snippet that ends by itself. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await ended(child);
  return text;
}

export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("close", () => resolve());
  });
}

/** Resolves at the first standard output that holds `text`. */
export function says(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(text)) resolve();
    });
    child.once("close", () => reject(new Error(`ended before saying "${text}": ${said}`)));
  });
}
