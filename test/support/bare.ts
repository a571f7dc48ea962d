/** The least of what an experiment, a plan or a task consists of: every key, and nothing that anybody asked for. */
import { join } from "node:path";
import type { Profile, RunSettings } from "../../src/contract/experiment.ts";
import type { Task } from "../../src/contract/task.ts";

export function bareProfile(key: string, fields: Partial<Profile> = {}): Profile {
  return {
    key,
    agent: "oracle",
    model: null,
    reasoning: null,
    noMcp: true,
    mcpServers: [],
    hooks: null,
    env: [],
    setEnv: {},
    files: {},
    setup: null,
    capAdd: [],
    prompt: null,
    command: null,
    importPath: null,
    kwargs: {},
    claudeVersion: null,
    codexVersion: null,
    skills: [],
    systemPrompt: null,
    allowedTools: [],
    disallowedTools: [],
    maxTurns: null,
    trustTaskConfig: false,
    mcpGitSource: null,
    mcpGitRef: null,
    envFile: null,
    unused: [],
    ...fields,
  };
}

/** As a file that sets nothing in `[run]` has it. */
export function bareRun(root: string, fields: Partial<RunSettings> = {}): RunSettings {
  return {
    resultsRoot: join(root, "results"),
    attempts: 1,
    retries: 0,
    parallel: 0,
    profilesParallel: 0,
    containerEnv: "local",
    forceRebuild: false,
    runTimeoutSec: 0,
    timeoutMultiplier: 1,
    agentTimeoutSec: null,
    minFreeGb: 5,
    quietVerify: false,
    notify: null,
    registry: null,
    engine: "regatta",
    harborBin: null,
    ...fields,
  };
}

/** @param dir its folder */
export function bareTask(id: string, dir: string, fields: Partial<Task> = {}): Task {
  return {
    id,
    name: id,
    dir,
    git: null,
    source: null,
    digest: `sha256:${"ab".repeat(32)}`,
    instruction: "Do it.",
    agent: { timeoutSec: null, user: null },
    verifier: { timeoutSec: 600, user: null, env: {} },
    environment: {
      buildTimeoutSec: 600,
      dockerImage: null,
      dir: join(dir, "environment"),
      dockerfile: null,
      cpus: null,
      memoryMb: null,
      storageMb: null,
      env: {},
      workdir: null,
      network: "public",
      healthcheck: null,
    },
    solution: { dir: null, env: {} },
    artifacts: [],
    metadata: {},
    unsupported: [],
    notes: [],
    ...fields,
  };
}
