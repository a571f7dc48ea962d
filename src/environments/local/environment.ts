/** One local environment: a recipe applied, a sandbox open, and the port's verbs over it. */
import { readFileSync } from "node:fs";
import { type Environment, EnvironmentFailure, type EnvironmentSpec } from "../environment.ts";
import { applySteps, DEFAULT_ENV, makeDirectory } from "./apply-steps.ts";
import { ensureLayers } from "./build.ts";
import { type Inside, tenantExec, toolExec } from "./inside-tools.ts";
import { type NamespaceHost, openSandbox, type OpenSandbox } from "./namespace-host.ts";
import { killNamespace } from "./process-tree.ts";
import { recipeOf } from "./recipe.ts";
import { KILL_ALL } from "./scripts.ts";
import { downloadInside } from "./download.ts";
import { KILL_OTHERS } from "../process-scripts.ts";
import { LISTENING, type Listening, listeningIn, type Service, settledServices } from "../listening.ts";
import { readInside, uploadInside, writeInside } from "./transfer.ts";

export function createLocalEnvironment(host: () => Promise<NamespaceHost>, spec: EnvironmentSpec): Environment {
  let open: OpenSandbox | null = null;
  const stopping = new AbortController();
  let starting: Promise<void> | null = null;
  let workdir = spec.workdir ?? "/";
  let user = "";
  let env: Readonly<Record<string, string>> = { ...DEFAULT_ENV, ...spec.env };

  const sandbox = (): OpenSandbox => {
    if (open === null || stopping.signal.aborted)
      throw new EnvironmentFailure("not-running", "the sandbox is not running");
    return open;
  };

  async function start(signal: AbortSignal, log: (line: string) => void): Promise<void> {
    const recipe = recipeOf(spec.dockerfile === null ? "" : readFileSync(spec.dockerfile, "utf8"));
    const image = recipe.images[0] ?? spec.dockerImage;
    if (image !== null) log(`the image ${image} is not honoured by local: this machine's own files are the base`);
    if (recipe.refused.length > 0) throw new EnvironmentFailure("not-supported", recipe.refused.join("; "));
    const where = await host();
    const { contextDir, labels, hidePaths, forceRebuild } = spec;
    const { steps } = recipe;
    // Layers are kept on disk. Where upper directories cannot be, and where only directories are made, steps run each time.
    const layered = where.upper === "disk" && steps.some((step) => step.kind !== "directory");
    const layers = layered
      ? await ensureLayers(where, { steps, contextDir, labels, hidePaths, forceRebuild, signal, log })
      : [];
    signal.throwIfAborted();
    const opened = await openSandbox(where, { ...spec, layers, signal });
    open = opened;
    try {
      workdir = spec.workdir ?? recipe.workdir ?? "/";
      user = recipe.user;
      env = { ...DEFAULT_ENV, ...recipe.env, ...spec.env };
      if (!layered) await applySteps(opened.inside, steps, { contextDir, signal, log });
      if (spec.workdir !== null) await makeDirectory(opened.inside, spec.workdir);
      signal.throwIfAborted();
      if (recipe.entrypoint !== null) runEntrypoint(opened, recipe.entrypoint, log);
    } catch (error) {
      open = null;
      await opened.remove();
      throw error;
    }
  }

  /** As Harbor starts a container: the image's entry point, told to keep going. It lives until processes are killed. */
  function runEntrypoint(opened: OpenSandbox, entrypoint: readonly string[], log: (line: string) => void): void {
    const argv = [...entrypoint, "sh", "-c", "sleep infinity"];
    tenantExec(opened.inside, { argv }, { cwd: workdir, user, env }).then(
      (result) => log(`ENTRYPOINT ended: ${result.exitCode ?? result.ended}`),
      (error: unknown) => log(`ENTRYPOINT could not be run: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  return {
    async start({ signal, log = () => undefined } = {}) {
      if (stopping.signal.aborted || starting !== null)
        throw new EnvironmentFailure("started", "an environment starts once");
      signal?.throwIfAborted();
      starting = start(signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]), log);
      await starting;
    },
    exec: async (request) =>
      tenantExec(sandbox().inside, request, {
        cwd: request.cwd ?? workdir,
        user: request.user === undefined ? user : String(request.user),
        env: { ...env, ...request.env },
      }),
    readFile: async (path, options) => readInside(sandbox().inside, path, options?.maxBytes),
    writeFile: async (path, data, options) =>
      writeInside(sandbox().inside, path, data, options?.mode ?? 0o644, String(options?.user ?? "")),
    upload: async (from, to, options) => uploadInside(sandbox().inside, from, to, String(options?.user ?? "")),
    download: async (from, to, limits) => downloadInside(sandbox().inside, from, to, limits),
    async killProcesses(options) {
      const { inside } = sandbox();
      const services = options?.spareServices === true ? await servicesIn(inside) : [];
      const [script, ...args] =
        services.length === 0 ? [KILL_ALL] : [KILL_OTHERS, "", ...services.map(({ pid }) => String(pid))];
      const { result, stderr } = await toolExec(inside, script, args, { timeoutSec: 30 });
      if (result.exitCode === 0) return services.map(({ name }) => name);
      // A fork bomb leaves no room for whoever is to end it.
      const release = inside.sandbox.hold();
      const gone = await killNamespace(inside.sandbox.pidNamespace, inside.sandbox.initPid).finally(release);
      if (!gone)
        throw new EnvironmentFailure("kill-failed", `processes in the sandbox do not die: ${stderr || result.ended}`);
      return [];
    },
    async stop() {
      stopping.abort(new EnvironmentFailure("stopped", "the sandbox was stopped"));
      if (starting !== null) {
        // Its failure is the caller's of start; here it only has to be over.
        await starting.catch(() => undefined);
      }
      const gone = open;
      open = null;
      await gone?.remove();
    },
    // It is this machine's own files.
    image: () => null,
    incidents: async () => open?.incidents() ?? [],
    resources: async () => sandbox().resources(),
  };
}

async function servicesIn(inside: Inside): Promise<readonly Service[]> {
  const look = async (): Promise<Listening> => {
    let said = "";
    const onOutput = (_stream: string, chunk: Uint8Array): void => void (said += Buffer.from(chunk).toString());
    await toolExec(inside, LISTENING, [], { timeoutSec: 10, onOutput });
    return listeningIn(said);
  };
  return settledServices(look, () => new Set());
}
