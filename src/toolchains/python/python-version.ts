/** Which Python a project wants: what the profile says, else its `.python-version`, else its `requires-python`. Pure. */
import { UserError } from "../../contract/failure.ts";

export interface PythonWishes {
  readonly asked: string | null;
  /** Text of the project's `.python-version`. */
  readonly versionFile: string | null;
  /** Text of the project's `pyproject.toml`. */
  readonly pyproject: string | null;
}

export interface OfferedPythons {
  /** The preferred first. */
  readonly versions: readonly string[];
  /** Others than these can be had, too, when they are asked for exactly. */
  readonly open: boolean;
}

const NUMBERS = /^(?:cpython[-@])?(\d+\.\d+(?:\.\d+)?)\b/;

/** A minor version becomes the offered one of that line. @throws UserError */
export function pythonFor({ asked, versionFile, pyproject }: PythonWishes, offered: OfferedPythons): string {
  if (asked !== null) {
    const numbers = /^\d+\.\d+(?:\.\d+)?$/.exec(asked)?.[0];
    if (numbers === undefined)
      throw new UserError(`python = "${asked}" is no version of Python: expected "3.13" or "3.13.2"`);
    return exact(numbers, offered);
  }
  const inFile = NUMBERS.exec(firstLine(versionFile))?.[1];
  if (inFile !== undefined) return exact(inFile, offered);
  const required = /^\s*requires-python\s*=\s*["']([^"']+)["']/m.exec(pyproject ?? "")?.[1] ?? "";
  const fitting = offered.versions.find((version) => satisfies(version, required));
  if (fitting === undefined)
    throw new UserError(`no Python that can be had satisfies requires-python = "${required}"`, [thereAre(offered)]);
  return fitting;
}

function firstLine(text: string | null): string {
  return (text ?? "").split("\n").find((line) => line.trim() !== "" && !line.startsWith("#")) ?? "";
}

function exact(version: string, offered: OfferedPythons): string {
  const isExact = version.split(".").length === 3;
  if (isExact && (offered.open || offered.versions.includes(version))) return version;
  const found = isExact ? undefined : offered.versions.find((each) => each.startsWith(`${version}.`));
  if (found !== undefined) return found;
  throw new UserError(`there is no Python ${version} to be had`, [thereAre(offered)]);
}

function thereAre({ versions }: OfferedPythons): string {
  return versions.length === 0 ? "there is none at all" : `there are ${versions.join(", ")}`;
}

/** The usual comparisons of https://packaging.python.org/en/latest/specifications/version-specifiers/; others are taken to fit: uv says. */
function satisfies(version: string, specifiers: string): boolean {
  return specifiers.split(",").every((specifier) => {
    const [, sign, text] = /^\s*(>=|<=|==|!=|~=|>|<)\s*([\d.]+)(?:\.\*)?\s*$/.exec(specifier) ?? [];
    if (sign === undefined || text === undefined) return true;
    const wanted = text.split(".").map(Number);
    const given = version.split(".").map(Number);
    const difference = compare(given, wanted);
    const sameLine = compare(given.slice(0, wanted.length), wanted) === 0;
    switch (sign) {
      case ">=":
        return difference >= 0;
      case "<=":
        return difference <= 0 || sameLine;
      case ">":
        return difference > 0 && !sameLine;
      case "<":
        return difference < 0;
      case "==":
        return sameLine;
      case "!=":
        return !sameLine;
      default:
        return difference >= 0 && compare(given.slice(0, wanted.length - 1), wanted.slice(0, -1)) === 0;
    }
  });
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
