/** Skills by folder: each has a SKILL.md, without which an agent passes over it silently. */
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { UserError } from "../contract/failure.ts";
import type { Skill } from "../contract/treatment.ts";

export async function readSkills(dirs: readonly string[]): Promise<readonly Skill[]> {
  const skills: Skill[] = [];
  for (const dir of dirs) {
    const name = basename(dir);
    if (!(await readdir(dir)).includes("SKILL.md"))
      throw new UserError(`The skill ${dir} has no SKILL.md.`, ["A skill is a folder with a SKILL.md in it."]);
    if (skills.some((skill) => skill.name === name))
      throw new UserError(`Two skills are called "${name}".`, [`The second is ${dir}.`]);
    skills.push({ name, dir });
  }
  return skills;
}
