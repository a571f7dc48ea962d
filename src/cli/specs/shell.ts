/** For the shell. */
import type { CommandSpec } from "../command-spec.ts";
import { BAD_INPUT, DONE } from "./common.ts";

export const shell = {
  completion: {
    summary: "print a completion script for your shell",
    details:
      'bash: add  eval "$(regatta completion bash)"  to ~/.bashrc\n' +
      'zsh:  add  eval "$(regatta completion zsh)"  to ~/.zshrc, after compinit\n' +
      "fish: regatta completion fish > ~/.config/fish/completions/regatta.fish",
    arguments: {
      shell: { shape: "required", description: "bash, zsh or fish", values: ["bash", "zsh", "fish"] },
    },
    options: {},
    examples: [['eval "$(regatta completion bash)"', "try it in this shell"]],
    exitCodes: [DONE, BAD_INPUT],
  },
  complete: {
    summary: "print the completions of a command line, one per line with a tab and a description",
    arguments: {
      words: { shape: "any-number", description: "the words after `regatta`, the last one unfinished", values: "none" },
    },
    options: {},
    examples: [["regatta complete -- run experiments/", "what may follow"]],
    exitCodes: [DONE],
    hidden: true,
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;
