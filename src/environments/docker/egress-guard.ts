/**
 * Closes a trial's network before the trial has it: a container of one small static program is started first, adds routing rules to
 * its own network namespace (egress-rules.ts), and stays; the trial's container joins that namespace, without the right to change it.
 * So nothing of a trial ever runs in an open network, a restart of its container opens nothing, and the host's firewall is not touched.
 *
 * The rules hold for packets that the kernel routes. Raw ones would pass by them: trials have no CAP_NET_RAW.
 */
import { createHash } from "node:crypto";
import { networkInterfaces } from "node:os";
import { Readable } from "node:stream";
import { isRecord } from "../../base/is-record.ts";
import { TAR_END, tarHeader, tarPadding } from "../archive/tar-writer.ts";
import { EnvironmentFailure } from "../environment.ts";
import { guardConfig } from "./container-config.ts";
import { egressGuardProgram } from "./egress-guard-program.ts";
import { egressRules, type OpenPort, printedAddresses } from "./egress-rules.ts";
import { type EngineClient, EngineError } from "./engine-client.ts";
import type { EngineFacts } from "./engine-facts.ts";
import { outputFrames } from "./output-frames.ts";

const REPOSITORY = "regatta-egress-guard";
const PROGRAM = "egress-guard";
/** Rules that name a protocol and a port came with this kernel; an older one would take them for rules without. */
const OLDEST_KERNEL = [4, 17] as const;
/** It adds a dozen rules; a machine in need of swap takes long for that. */
const START_MS = 30_000;
const PROCESSORS: Readonly<Record<string, string>> = { amd64: "x64", arm64: "arm64" };

export interface EgressGuards {
  /** @returns the id of the container whose network a trial may join */
  start(request: GuardRequest): Promise<string>;
}

export interface GuardRequest {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  readonly open: readonly OpenPort[];
  readonly signal: AbortSignal;
  /** As soon as there is something to remove. */
  readonly onCreated: (id: string) => void;
}

/** Why no network can be closed on this engine, in words; null = they can. */
export function guardProblem(facts: Pick<EngineFacts, "kernel" | "architecture">): string | null {
  const [major = 0, minor = 0] = facts.kernel.split(".").map((part) => Number.parseInt(part, 10));
  if (major < OLDEST_KERNEL[0] || (major === OLDEST_KERNEL[0] && minor < OLDEST_KERNEL[1]))
    return `its kernel is ${facts.kernel}, older than ${OLDEST_KERNEL.join(".")}`;
  if (egressGuardProgram(PROCESSORS[facts.architecture] ?? "") === null)
    return `there is no guard for its processor (${facts.architecture})`;
  return null;
}

export function egressGuards(client: EngineClient, facts: EngineFacts): EgressGuards {
  let preparing: Promise<Prepared> | null = null;
  const prepared = async (owner: Pick<GuardRequest, "name" | "labels">): Promise<Prepared> => {
    preparing ??= prepare(client, facts, owner);
    try {
      return await preparing;
    } catch (error) {
      preparing = null;
      throw error;
    }
  };
  return {
    async start({ name, labels, network, open, signal, onCreated }) {
      try {
        const { image, addresses } = await prepared({ name, labels });
        const rules = egressRules({
          hostAddresses: [...addresses, ...(await bridgeAddresses(client))],
          machineAround: facts.rootless || !isThisKernelsKind(),
          open,
        });
        signal.throwIfAborted();
        const body = guardConfig({ name, labels, image, network, command: [`/${PROGRAM}`, "close", ...rules] });
        const id = await create(client, body, `regatta-${name}.net`);
        onCreated(id);
        const said = await firstWords(client, id, signal);
        if (said !== "closed\n") throw new EnvironmentFailure("network-open", said.trim() || "it ended without a word");
        return id;
      } catch (error) {
        if (signal.aborted) throw error;
        if (!(error instanceof EngineError) && !(error instanceof EnvironmentFailure)) throw error;
        throw new EnvironmentFailure(
          "network-open",
          [
            `the trial's network cannot be closed for this machine's services and cloud metadata: ${error.message}`,
            "REGATTA_OPEN_EGRESS=1 runs trials in an open network; do that only where neither holds anything of worth",
          ].join("\n"),
          { cause: error },
        );
      }
    },
  };
}

interface Prepared {
  readonly image: string;
  /** Of the engine's machine, and of this one. */
  readonly addresses: readonly string[];
}

/** @param owner of the container that it takes for a moment, should nobody live to remove it */
async function prepare(
  client: EngineClient,
  facts: EngineFacts,
  { name, labels }: Pick<GuardRequest, "name" | "labels">,
): Promise<Prepared> {
  const program = egressGuardProgram(PROCESSORS[facts.architecture] ?? "") ?? Buffer.alloc(0);
  const tag = createHash("sha256").update(program).digest("hex").slice(0, 16);
  const image = `${REPOSITORY}:${tag}`;
  if (!(await hasImage(client, image))) await importImage(client, program, tag);
  const command = [`/${PROGRAM}`, "addresses"];
  const id = await create(client, guardConfig({ name, labels, image, network: "host", command }), null);
  try {
    const printed = printedAddresses(await firstWords(client, id, AbortSignal.timeout(START_MS)));
    const here = Object.values(networkInterfaces()).flatMap((found) => found?.map(({ address }) => address) ?? []);
    return { image, addresses: [...printed, ...(client.address.kind === "socket" ? here : [])] };
  } finally {
    await client.json({ method: "DELETE", path: `/containers/${id}`, query: { force: true } });
  }
}

async function hasImage(client: EngineClient, image: string): Promise<boolean> {
  try {
    await client.json({ method: "GET", path: `/images/${image}/json` });
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false;
    throw error;
  }
}

/** An image of one file. Its name is that of its content: whoever else imports it at the same time imports the same. */
async function importImage(client: EngineClient, program: Buffer, tag: string): Promise<void> {
  const name = Buffer.from(PROGRAM);
  const header = tarHeader({ name, kind: "file", mode: 0o755, uid: 0, gid: 0, size: program.length });
  const body = await client.stream({
    method: "POST",
    path: "/images/create",
    query: { fromSrc: "-", repo: REPOSITORY, tag },
    headers: { "content-type": "application/x-tar" },
    upload: Readable.from([header, program, tarPadding(program.length), TAR_END]),
  });
  let said = "";
  for await (const chunk of body) said = (said + String(chunk)).slice(-2000);
  const [, problem] = /"error":"([^"]*)"/.exec(said) ?? [];
  if (problem !== undefined) throw new EngineError(500, problem);
}

async function create(client: EngineClient, body: object, name: string | null): Promise<string> {
  const query = name === null ? {} : { name };
  return ((await client.json({ method: "POST", path: "/containers/create", query, body })) as { Id: string }).Id;
}

/** Starts it. @returns what it says until it says `closed`, or ends */
async function firstWords(client: EngineClient, id: string, signal: AbortSignal): Promise<string> {
  await client.json({ method: "POST", path: `/containers/${id}/start` });
  const either = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
  const query = { stdout: true, stderr: true, follow: true };
  const body = await client.stream({ method: "GET", path: `/containers/${id}/logs`, query, signal: either });
  const frames = outputFrames();
  let said = "";
  try {
    for await (const chunk of body) {
      for (const { data } of frames(chunk as Buffer)) said += data.toString();
      if (said.endsWith("closed\n")) break;
    }
  } finally {
    body.destroy();
  }
  return said;
}

/** The machine's addresses on the engine's networks as they are now: new ones come with every network that anybody makes. */
async function bridgeAddresses(client: EngineClient): Promise<readonly string[]> {
  const found = await client.json({ method: "GET", path: "/networks" });
  return (Array.isArray(found) ? found : []).flatMap((network: unknown) => {
    const ipam = isRecord(network) && isRecord(network["IPAM"]) ? network["IPAM"]["Config"] : null;
    return (Array.isArray(ipam) ? ipam : []).flatMap((config: unknown) => {
      const gateway = isRecord(config) ? config["Gateway"] : null;
      return typeof gateway === "string" && gateway !== "" ? [gateway.split("/")[0] ?? ""] : [];
    });
  });
}

/** Elsewhere than on Linux an engine for Linux is in a virtual machine. */
function isThisKernelsKind(): boolean {
  return process.platform === "linux";
}
