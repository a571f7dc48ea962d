/** Names of one kind as they are read: each must be safe as a folder, and no two may fall together on any disk. */
import { nameFault } from "./names.ts";
import { quote, type Position, type Report } from "./problems.ts";

export class NameList {
  readonly #kind: string;
  readonly #seen = new Map<string, { readonly name: string; readonly line: number }>();

  /** @param kind with its article: `a task id` */
  constructor(kind: string) {
    this.#kind = kind;
  }

  add(name: string, at: Position, key: string, report: Report): void {
    const fault = nameFault(name);
    if (fault !== null) {
      report(at, { key, found: `${this.#kind} ${quote(name)}`, expected: fault });
      return;
    }
    const folded = name.toLowerCase();
    const other = this.#seen.get(folded);
    if (other === undefined) {
      this.#seen.set(folded, { name, line: at.line });
      return;
    }
    report(at, {
      key,
      found: `${this.#kind} ${quote(name)} that differs from ${quote(other.name)} (line ${other.line}) in case only`,
      expected: "names that stay apart on every disk",
    });
  }
}
