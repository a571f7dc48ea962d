/**
 * What `regatta init` writes: a first experiment that teaches the format and runs at once, with nothing installed.
 *
 * Pure text; where it is written, and what happens to files that exist, is the command's business.
 */
import { RUN_DEFAULTS, SCHEMA_VERSION } from "./defaults.ts";
import { templateTasks } from "./template-tasks.ts";

export interface InitFile {
  /** Relative to the project folder, with `/`. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** For a file that exists already: leave it and refuse, or add those of these lines that it lacks. */
  readonly ifPresent: "refuse" | "add-lines";
}

export interface InitOptions {
  /** Must be a valid slug: see `nameFault`. */
  readonly slug: string;
  /** For people; default: the slug. */
  readonly name?: string;
}

export const INIT_SLUG = "first-race";

/** Modes as for `open`: 0o755 for scripts, else 0o644. */
export function initFiles(options: InitOptions): readonly InitFile[] {
  const file = (path: string, content: string): InitFile => ({
    path,
    content,
    mode: path.endsWith(".sh") ? 0o755 : 0o644,
    ifPresent: "refuse",
  });
  const tasks = Object.entries(templateTasks()).map(([path, content]) => file(`tasks/${path}`, content));
  const ignored: InitFile = { path: ".gitignore", content: GITIGNORE, mode: 0o644, ifPresent: "add-lines" };
  return [file(`experiments/${options.slug}.toml`, experimentText(options)), ...tasks, ignored];
}

const GITIGNORE = `/${RUN_DEFAULTS.results_root}/
/experiments/.env
`;

/** TOML's basic strings are JSON's, but for DEL. */
function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}

function experimentText({ slug, name }: InitOptions): string {
  return `#:schema ../node_modules/regatta/schema/experiment.v2.json
# An experiment: every profile runs every task, and each result is verified by the task's own tests.
#
#   regatta plan experiments/${slug}.toml      what would run, in which order
#   regatta run experiments/${slug}.toml       run it; results go to results/${slug}/0/
#   regatta validate experiments/${slug}.toml  check this file
#
# Relative paths start at the project folder, the one that holds experiments/.
# Lines with a single # in front of a key show what else there is, with its default or an example.

schema_version = ${SCHEMA_VERSION}
slug = ${tomlString(slug)} # identity on disk; more profiles and tasks are told apart as <taskset>__<profileset>__<variant>
name = ${tomlString(name ?? slug)} # for people

[run]
attempts = ${RUN_DEFAULTS.attempts} # attempts per cell (one task under one profile)
container_env = "${RUN_DEFAULTS.container_env}" # local: this machine's own file system, copy on write; docker: a container per trial
#results_root = "${RUN_DEFAULTS.results_root}"
#parallel = ${RUN_DEFAULTS.parallel} # trials at once; 0 = chosen from the machine
#retries = ${RUN_DEFAULTS.retries} # of trials that failed for infrastructure reasons, never of others
#run_timeout_sec = ${RUN_DEFAULTS.run_timeout_sec} # wall clock of the whole batch; 0 = none
#timeout_multiplier = 1.0 # of every limit of every task
#agent_timeout_sec = 600 # in place of each task's own limit
#min_free_gb = ${RUN_DEFAULTS.min_free_gb} # no new trial starts while a disk that is written to has less
#quiet_verify = ${RUN_DEFAULTS.quiet_verify} # tests of one trial at a time, for tests that measure time
#notify = 'notify-send "$REGATTA_MESSAGE"' # run when it is finished, blocked, or a budget is spent

# Each table is a task; its name is the task's id. They run in this order.
[tasks]
#default_dataset = "terminal-bench@2.0" # where tasks without a path of their own come from

[tasks.hello-file]
path = "tasks/hello-file"

[tasks.sum-column]
path = "tasks/sum-column"

# Keys for every profile that does not set them itself.
#[defaults]
#env_file = "experiments/.env" # NAME=value lines; only its path is ever recorded
#env = ["MY_API_KEY"] # names let in from there or from this machine; never values

# Each table is a profile: one way to run an agent.
[profiles.oracle]
agent = "oracle" # the task's own solution: the most that can be reached

[profiles.nop]
agent = "nop" # does nothing: what the tests give for free

[profiles.script]
agent = "command" # any program: the instruction comes on stdin and as the file $REGATTA_INSTRUCTION
command = ["sh", "-c", 'printf "Hello, race!\\n" > /app/hello.txt']
#setup = "agents/install.sh" # runs in the sandbox before the agent, on its own clock
#files = { "/opt/my-agent" = "agents/my-agent" } # path in the sandbox = path here
#set_env = { LOG_LEVEL = "debug" } # plain values, recorded with the results
#cap_add = ["SYS_PTRACE"] # docker: a Linux capability beyond the usual few
#prompt = "prompts/extra.md" # appended to every instruction
#extends = "nop" # another profile's keys where this one says nothing

# A coding agent; its key is taken from experiments/.env or this machine (ANTHROPIC_API_KEY, …).
#[profiles.claude]
#agent = "claude-code"
#model = "anthropic/claude-haiku-4-5"
#reasoning = "low"
#no_mcp = true # or mcp_servers = ["my-server"]: the folder my-server/ then holds a .mcp.json

# Folders under $REGATTA_ARTIFACTS_DIR that are copied out of every trial.
#[artifacts]
#targets = ["my-agent"]
`;
}
