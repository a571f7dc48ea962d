/** One try of a trial as the gateway knows it: its token, its place in the budget, its trace, and what it took so far. */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type BudgetLevel,
  type ModelCall,
  type ModelProvider,
  type ModelSpend,
  NO_SPEND,
  withCall,
} from "../contract/model-call.ts";
import { type AppendFile, openAppendFile } from "../host/append-file.ts";
import type { AccountGuard } from "./account-guard.ts";
import type { Spender } from "./budget.ts";
import type { Account } from "./headers.ts";
import { type BodyRecorder, createBodyRecorder } from "./recorded-bodies.ts";
import type { BodyShare } from "./request-body.ts";

export const TRACE_FILE = "model-calls.jsonl";

export interface PassRequest {
  readonly spender: Spender;
  readonly provider: ModelProvider;
  readonly baseUrl: string | null;
  readonly account: Account;
  /** Folder of the trace; made when missing. */
  readonly dir: string;
}

export interface PassParts {
  readonly guard: AccountGuard;
  readonly base: URL;
  readonly record: boolean;
  readonly redact: (text: string) => string;
  readonly redactStream: () => NodeJS.ReadWriteStream;
  readonly onCall: (call: ModelCall) => void;
  /** Before anything is ended: the token is good no more. */
  readonly onClose: () => void;
  readonly onError: (message: string) => void;
}

export interface TrialPass extends PassRequest {
  readonly token: string;
  readonly base: URL;
  readonly guard: AccountGuard;
  readonly bodies: BodyShare;
  readonly recorder: BodyRecorder | null;
  /** Aborted when the token dies. */
  readonly signal: AbortSignal;
  /** Calls under way. */
  begin(): number;
  finished(call: ModelCall): void;
  refusedBy(level: BudgetLevel, id: string): void;
  readonly active: number;
  /** The first budget that a call of this try was refused for. */
  readonly budgetHit: { readonly level: BudgetLevel; readonly id: string } | null;
  readonly spend: ModelSpend;
  /** Ends what is under way; the trace is on disk afterwards. */
  close(): Promise<ModelSpend>;
}

export async function openPass(request: PassRequest, parts: PassParts): Promise<TrialPass> {
  await mkdir(request.dir, { recursive: true });
  const trace: AppendFile = await openAppendFile(join(request.dir, TRACE_FILE), (error) =>
    parts.onError(`${join(request.dir, TRACE_FILE)}: ${error.message}`),
  );
  const ending = new AbortController();
  const bodies: BodyShare = { bytes: 0 };
  let seq = 0;
  let active = 0;
  let idle: (() => void) | null = null;
  let spend = NO_SPEND;
  let budgetHit: TrialPass["budgetHit"] = null;
  let closing: Promise<ModelSpend> | null = null;

  const recorder = parts.record ? createBodyRecorder(request.dir, parts.redactStream, parts.onError) : null;

  async function close(): Promise<ModelSpend> {
    parts.onClose();
    ending.abort(new Error("the trial is over"));
    if (active > 0) await new Promise<void>((resolve) => (idle = resolve));
    await recorder?.close();
    await trace.close();
    return spend;
  }

  return {
    ...request,
    token: `rgt-${randomBytes(32).toString("base64url")}`,
    base: parts.base,
    guard: parts.guard,
    bodies,
    recorder,
    signal: ending.signal,
    begin() {
      active += 1;
      seq += 1;
      return seq;
    },
    finished(call) {
      active -= 1;
      spend = withCall(spend, call);
      trace.line(parts.redact(JSON.stringify(call)));
      parts.onCall(call);
      if (active === 0) idle?.();
    },
    refusedBy(level, id) {
      budgetHit ??= { level, id };
    },
    get active() {
      return active;
    },
    get budgetHit() {
      return budgetHit;
    },
    get spend() {
      return spend;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
