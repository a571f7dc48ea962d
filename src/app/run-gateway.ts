/** The model gateway of one run: opened when a profile goes through it, listening where its trials reach it, closed with the run. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Announce } from "../contract/event.ts";
import type { Profile } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import { INSIDE } from "../contract/inside.ts";
import { type ModelAccess, NO_SPEND, withCall } from "../contract/model-call.ts";
import type { Plan, TrialPlan } from "../contract/plan.ts";
import type { ModelGateway, ModelPass } from "../engine/model-gateway.ts";
import type { EnvironmentProvider, EnvironmentSpec, HostPlace, ReadOnlyMount } from "../environments/environment.ts";
import { openAppendFile } from "../host/append-file.ts";
import type { Redactor } from "../host/redact.ts";
import type { Spent } from "../gateway/budget.ts";
import { type Gateway, openGateway } from "../gateway/open-gateway.ts";
import { earlierSpend } from "./earlier-spend.ts";
import { forwardInside } from "./forward-inside.ts";
import { modelPrices } from "./model-prices.ts";
import type { ModelRoute } from "./model-routes.ts";
import type { StopRequests } from "./stop-requests.ts";
import { systemClock } from "./system-clock.ts";

export interface RunGatewayInput {
  readonly plan: Plan;
  /** Of this launch. */
  readonly toDo: readonly TrialPlan[];
  readonly routes: ReadonlyMap<string, ModelRoute>;
  readonly provider: EnvironmentProvider;
  readonly redactor: Redactor;
  readonly batchDir: string;
  readonly stop: StopRequests;
  readonly announce: Announce;
}

export interface RunGateway extends ModelGateway {
  /** What a trial's sandbox needs to reach it. */
  mounts(trial: TrialPlan): readonly ReadOnlyMount[];
  hostPorts(trial: TrialPlan): readonly number[];
  /** For where no model is called: another word in a key's place, and no address. */
  withoutKeys(profile: Profile, env: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

type Network = EnvironmentSpec["network"];

interface Place {
  readonly place: HostPlace;
  /** Of this host: the folder that is mounted; null = none is. */
  readonly folder: string | null;
  readonly port: number;
}

const SAY_EVERY_MS = 2000;
const SOCKET = "gateway.sock";
/** Whoever knocks without a token may do so a million times. */
const MOST_LINES = 10_000;

/** @returns null when no trial of this launch goes through it */
export async function openRunGateway(input: RunGatewayInput): Promise<RunGateway | null> {
  const { plan, routes, batchDir, announce, stop } = input;
  const networks = networksOf(input);
  if (networks.size === 0) return null;
  const note = (message: string): void => announce({ type: "note", message });
  const log = await openAppendFile(join(batchDir, ".regatta", "gateway.log"), (error) => note(error.message));
  const onSpent = ({ level, id }: Spent): void => {
    if (level === "trial") return;
    note(level === "batch" ? "the batch's budget is spent" : `the budget of profile ${id} is spent`);
    stop.nothingNew("budget-spent");
  };
  let spend = NO_SPEND;
  let before = { usd: 0, tokens: 0 };
  let said = { calls: 0, at: Number.NEGATIVE_INFINITY };
  /** What was spent so far: now and then, and whenever a trial is over. */
  const say = (over: boolean): void => {
    const now = systemClock.monotonic();
    if (spend.calls === said.calls || (!over && now - said.at < SAY_EVERY_MS)) return;
    said = { calls: spend.calls, at: now };
    const costUsd = spend.costUsd === null ? null : before.usd + spend.costUsd;
    announce({ type: "models-spent", costUsd, tokens: before.tokens + spend.inputTokens + spend.outputTokens });
  };
  let lines = 0;
  const gateway = openGateway({
    limits: plan.budget,
    priceOf: modelPrices(plan.gateway),
    record: plan.gateway.mode === "record",
    redactor: input.redactor,
    clock: systemClock,
    random: Math.random,
    events: {
      onCall(call) {
        spend = withCall(spend, call);
        say(false);
      },
      onBudgetSpent: onSpent,
      onDeadKey(name) {
        note(`the model's provider does not take the key in ${name}: it said 401`);
        if (stop.reason() === null) stop.request("dead-key");
      },
      onRefused(line) {
        lines += 1;
        if (lines <= MOST_LINES) log.line(line);
        if (lines === MOST_LINES) log.line("more such lines are left out");
      },
      onError: note,
    },
  });
  let folder: string | null = null;
  const close = async (): Promise<void> => {
    await gateway.close();
    await log.close();
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const { trialName: trial, profile, usd, tokens } of await earlierSpend(batchDir, plan.trials)) {
      gateway.budget.add({ trial, profile }, { usd, tokens });
      before = { usd: before.usd + usd, tokens: before.tokens + tokens };
    }
    const spent = plan.profiles
      .map(({ profile }) => gateway.budget.decide({ trial: "", profile: profile.key }))
      .find((decision) => decision.kind === "spent");
    if (spent?.kind === "spent") onSpent(spent);
    const places = new Map<Network, Place>();
    for (const network of networks) {
      const place = await input.provider.hostPlace(network);
      if (place === null) throw unreachable(input.provider.name);
      if (place.kind === "socket") folder ??= await mkdtemp(join(tmpdir(), "regatta-gateway-"));
      places.set(network, await listenAt(gateway, place, folder, input.provider.name));
    }
    const taskNetworks = new Map(plan.tasks.map(({ task }) => [task.id, task.environment.network]));
    const placeOf = (trial: TrialPlan): Place | null =>
      routes.has(trial.profile) ? (places.get(taskNetworks.get(trial.task) ?? "public") ?? null) : null;
    return {
      mounts(trial) {
        const from = placeOf(trial)?.folder ?? null;
        return from === null ? [] : [{ from, to: INSIDE.gateway }];
      },
      hostPorts(trial) {
        const found = placeOf(trial);
        return found?.place.kind === "tcp" ? [found.port] : [];
      },
      async admit(trial, _try, dir) {
        const route = routes.get(trial.profile);
        const place = placeOf(trial);
        return route === undefined || place === null ? null : admit(gateway, trial, route, place, dir, () => say(true));
      },
      withoutKeys(profile, env) {
        const need = routes.get(profile.key)?.need;
        if (need === undefined) return env;
        const { keyNames, otherKeys, urlName } = need;
        const entries = Object.entries(env).filter(([name]) => name !== urlName && !otherKeys.includes(name));
        return Object.fromEntries(entries.map(([name, value]) => [name, keyNames.includes(name) ? "none" : value]));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function networksOf({ plan, toDo, routes }: RunGatewayInput): ReadonlySet<Network> {
  const tasks = new Map(plan.tasks.map(({ task }) => [task.id, task.environment.network]));
  const through = toDo.filter((trial) => trial.refused === null && routes.has(trial.profile));
  return new Set(through.map((trial) => tasks.get(trial.task) ?? "public"));
}

async function listenAt(
  gateway: Gateway,
  place: HostPlace,
  folder: string | null,
  environment: string,
): Promise<Place> {
  if (place.kind === "tcp") {
    try {
      const { port } = await gateway.listen({ host: place.listen, port: 0 });
      return { place, folder: null, port };
    } catch (error) {
      throw unreachable(environment, error);
    }
  }
  return { place, folder: await socketIn(gateway, folder ?? ""), port: 0 };
}

/** @returns the folder with the socket, the same one each time */
async function socketIn(gateway: Gateway, folder: string): Promise<string> {
  // Only the inner folder is seen inside; the outer one keeps other users of this machine out.
  const inner = join(folder, "s");
  if ((await mkdir(inner, { recursive: true, mode: 0o755 })) !== undefined)
    await gateway.listen({ path: join(inner, SOCKET) });
  return inner;
}

async function admit(
  gateway: Gateway,
  trial: TrialPlan,
  { need, account, baseUrl }: ModelRoute,
  { place, port }: Place,
  dir: string,
  onOver: () => void,
): Promise<ModelPass> {
  const pass = await gateway.admit({
    spender: { trial: trial.trialName, profile: trial.profile },
    provider: need.provider,
    baseUrl,
    account,
    dir,
  });
  return {
    withheld: [...need.keyNames, need.urlName, ...need.otherKeys],
    async open(workspace, signal): Promise<ModelAccess> {
      const origin =
        place.kind === "tcp"
          ? `http://${place.inside}:${port}`
          : `http://127.0.0.1:${await forwardInside(workspace, `${INSIDE.gateway}/${SOCKET}`, signal, pass.signal)}`;
      const { provider } = need;
      return {
        provider,
        baseUrl: provider === "openai" ? `${origin}/v1` : origin,
        token: pass.token,
        own: baseUrl === null,
      };
    },
    budgetHit: () => pass.budgetHit,
    async close() {
      const spend = await pass.close();
      onOver();
      return spend;
    },
  };
}

function unreachable(environment: string, cause?: unknown): UserError {
  const why = cause instanceof Error ? ` (${cause.message})` : "";
  return new UserError(
    `sandboxes of the "${environment}" environment cannot reach the model gateway on this machine${why}`,
    ['[gateway] mode = "off" goes without it: keys enter the sandboxes then, and nothing is counted or limited'],
    cause === undefined ? {} : { cause },
  );
}
