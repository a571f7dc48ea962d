/**
 * A Dockerfile's instructions → what the sandbox does about them: settings, and steps that change files.
 *
 * FROM is not honoured: the host's own files are the base. What has no meaning without an image is passed over; what
 * would change the result if it were passed over is refused by name.
 */
import { posix } from "node:path";
import { assignments, type Instruction, jsonForm, parseDockerfile, substitute, words } from "./dockerfile.ts";

export type Step =
  | {
      readonly kind: "run";
      readonly argv: readonly string[];
      readonly stdin: string | null;
      readonly cwd: string;
      readonly user: string;
      readonly env: Readonly<Record<string, string>>;
      readonly line: number;
      readonly shown: string;
    }
  | {
      readonly kind: "copy";
      readonly sources: readonly string[];
      readonly to: string;
      readonly intoDirectory: boolean;
      readonly chown: string;
      readonly chmod: string | null;
      readonly line: number;
    }
  | {
      readonly kind: "write";
      readonly to: string;
      readonly content: string;
      readonly chown: string;
      readonly chmod: string | null;
      readonly line: number;
    }
  | { readonly kind: "directory"; readonly path: string; readonly line: number };

export interface Recipe {
  readonly steps: readonly Step[];
  readonly workdir: string | null;
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  /** argv of what a container of this image would start with; null = nothing. */
  readonly entrypoint: readonly string[] | null;
  /** Of FROM; for saying that it is not honoured. */
  readonly images: readonly string[];
  /** Why this file cannot be applied; empty = it can. */
  readonly refused: readonly string[];
}

const WITHOUT_MEANING = new Set([
  "CMD",
  "LABEL",
  "EXPOSE",
  "HEALTHCHECK",
  "STOPSIGNAL",
  "VOLUME",
  "MAINTAINER",
  "ONBUILD",
]);

export function recipeOf(source: string): Recipe {
  const steps: Step[] = [];
  const images: string[] = [];
  const refused: string[] = [];
  const args = new Map<string, string>();
  const env = new Map<string, string>();
  let shell: readonly string[] = ["/bin/sh", "-c"];
  let workdir: string | null = null;
  let user = "";
  let entrypoint: readonly string[] | null = null;
  const known = (): ReadonlyMap<string, string> => new Map([...args, ...env]);
  const at = (path: string): string => posix.resolve(workdir ?? "/", path);

  for (const instruction of parseDockerfile(source)) {
    const { name, text, line } = instruction;
    switch (name) {
      case "FROM": {
        images.push(words(text, known()).filter((word) => !word.startsWith("--"))[0] ?? "?");
        if (images.length > 1) refused.push(`Dockerfile line ${line}: several stages (FROM) need an image builder`);
        break;
      }
      case "ARG":
        // Without a default there is nothing to take: no builder passes one.
        for (const word of words(text, known())) {
          const equals = word.indexOf("=");
          if (equals > 0) args.set(word.slice(0, equals), word.slice(equals + 1));
        }
        break;
      case "ENV":
        for (const [key, value] of assignments(text, known())) env.set(key, value);
        break;
      case "WORKDIR":
        workdir = at(words(text, known()).join(" ") || "/");
        steps.push({ kind: "directory", path: workdir, line });
        break;
      case "USER":
        user = words(text, known())[0] ?? "";
        break;
      case "ENTRYPOINT": {
        const exec = jsonForm(text);
        entrypoint = exec === null ? [...shell, text] : exec.length === 0 ? null : exec;
        break;
      }
      case "SHELL":
        shell = jsonForm(text) ?? shell;
        break;
      case "RUN":
        steps.push(runStep(instruction, shell, { cwd: workdir ?? "/", user, env: Object.fromEntries(known()) }));
        break;
      case "COPY":
      case "ADD":
        copySteps(instruction, known(), at, steps, refused);
        break;
      default:
        if (!WITHOUT_MEANING.has(name)) refused.push(`Dockerfile line ${line}: unknown instruction ${name}`);
    }
  }
  return { steps, workdir, user, env: Object.fromEntries(env), entrypoint, images, refused };
}

function runStep(
  { text, heredocs, line }: Instruction,
  shell: readonly string[],
  settings: { readonly cwd: string; readonly user: string; readonly env: Readonly<Record<string, string>> },
): Step {
  // Mounts and networks of the builder are hints for its cache, or its own business.
  const command = text.replace(/^(--(mount|network|security)=\S+\s+)+/, "");
  const exec = jsonForm(command);
  const [heredoc] = heredocs;
  const shown = command.replaceAll(/\s+/g, " ").slice(0, 200);
  if (heredoc !== undefined && /^<<-?["']?\w+["']?$/.test(command.trim())) {
    const shebang = /^#!\s*(\S+)(?:\s+(.*))?\n/.exec(heredoc.body);
    const argv =
      shebang === null
        ? [shell[0] ?? "/bin/sh"]
        : [shebang[1] ?? "/bin/sh", ...(shebang[2] === undefined ? [] : [shebang[2]])];
    return {
      kind: "run",
      argv: [...argv, ...(shebang === null ? ["-e"] : ["/dev/stdin"])],
      stdin: heredoc.body,
      line,
      shown,
      ...settings,
    };
  }
  const bodies = heredocs.map((each) => `\n${each.body}${each.name}`).join("");
  return { kind: "run", argv: exec ?? [...shell, command + bodies], stdin: null, line, shown, ...settings };
}

function copySteps(
  { name, text, heredocs, line }: Instruction,
  variables: ReadonlyMap<string, string>,
  at: (path: string) => string,
  steps: Step[],
  refused: string[],
): void {
  const flags = [...text.matchAll(/(?:^|\s)--(\w+)(?:=(\S+))?(?=\s)/g)].map(
    ([, key = "", value = ""]) => [key, substitute(value, variables)] as const,
  );
  const body = text.replace(/^(\s*--\w+(=\S+)?\s+)+/, "");
  const operands = jsonForm(body)?.map((word) => substitute(word, variables)) ?? words(body, variables);
  const option = (key: string): string | null => flags.find(([each]) => each === key)?.[1] ?? null;
  if (option("from") !== null) {
    refused.push(`Dockerfile line ${line}: ${name} --from needs an image builder`);
    return;
  }
  const to = operands.at(-1) ?? "/";
  const common = { chown: option("chown") ?? "", chmod: option("chmod"), line };
  const sources = operands.slice(0, -1);
  for (const [index, heredoc] of heredocs.entries()) {
    const into = to.endsWith("/") || sources.length > 1 ? posix.join(at(to), heredoc.name) : at(to);
    const content = heredoc.expand ? substitute(heredoc.body, variables) : heredoc.body;
    if (sources[index] !== undefined) steps.push({ kind: "write", to: into, content, ...common });
  }
  const files = sources.filter((source) => !source.startsWith("<<"));
  if (files.length === 0) return;
  const remote = files.find((source) => /^(https?|git|ssh):|^git@/.test(source));
  if (remote !== undefined) refused.push(`Dockerfile line ${line}: ${name} of a URL needs an image builder`);
  else if (name === "ADD" && files.some((source) => /\.(tar|tgz|tar\.\w+)$/.test(source)))
    refused.push(`Dockerfile line ${line}: ADD unpacks archives only with an image builder`);
  else
    steps.push({
      kind: "copy",
      sources: files,
      to: at(to),
      intoDirectory: to.endsWith("/") || files.length > 1 || to === ".",
      ...common,
    });
}
