/** A model provider on loopback that answers as a test says: Anthropic's Messages, OpenAI's Responses and Chat Completions. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** `strategy`, `failure`, … as the prompt says. */
  readonly question: string;
  readonly system: string;
  /** All text of the user's turn. */
  readonly user: string;
}

export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The model's text; an object becomes JSON. */
  readonly answer?: unknown;
  /** Instead of a text. */
  readonly refusal?: string;
  readonly cut?: boolean;
  /** The whole body, as it stands. */
  readonly raw?: string;
  readonly usage?: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead?: number;
    readonly cost?: number;
  };
  /** The connection is closed without an answer. */
  readonly hangUp?: boolean;
}

export interface ModelEndpoint {
  readonly url: string;
  readonly requests: SeenRequest[];
  asked(question: string): readonly SeenRequest[];
}

export async function modelEndpoint(script: (request: SeenRequest, at: number) => Scripted): Promise<ModelEndpoint> {
  const requests: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const body = JSON.parse(Buffer.concat(pieces).toString("utf8")) as Record<string, unknown>;
      const request = seen(incoming.url ?? "", incoming.headers, body);
      requests.push(request);
      respond(response, request, script(request, requests.length));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(
    () =>
      new Promise<void>((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    asked: (question) => requests.filter((request) => request.question === question),
  };
}

function seen(path: string, headers: IncomingHttpHeaders, body: Record<string, unknown>): SeenRequest {
  const turns = (body["messages"] ?? body["input"]) as { role: string; content: unknown }[];
  const system = String(body["system"] ?? body["instructions"] ?? turns.find(({ role }) => role === "system")?.content);
  const content = turns.find(({ role }) => role === "user")?.content as { text?: string }[];
  const user = content.map(({ text = "" }) => text).join("\n");
  return { path, headers, body, system, user, question: /^Question: (\w+),/.exec(system)?.[1] ?? "" };
}

function respond(response: ServerResponse, { path }: SeenRequest, scripted: Scripted): void {
  if (scripted.hangUp === true) {
    response.destroy();
    return;
  }
  response.writeHead(scripted.status ?? 200, { "content-type": "application/json", ...scripted.headers });
  if (scripted.raw !== undefined) response.end(scripted.raw);
  else if ((scripted.status ?? 200) >= 400)
    response.end(JSON.stringify({ error: { message: String(scripted.answer) } }));
  else response.end(JSON.stringify(bodyOf(path, scripted)));
}

function bodyOf(
  path: string,
  { answer, refusal, cut = false, usage = { input: 1000, output: 100 } }: Scripted,
): unknown {
  const text = typeof answer === "string" ? answer : JSON.stringify(answer ?? {});
  const { input, output, cacheRead = 0, cost } = usage;
  if (path === "/v1/messages") {
    return {
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: refusal ?? text }],
      stop_reason: refusal === undefined ? (cut ? "max_tokens" : "end_turn") : "refusal",
      usage: { input_tokens: input, cache_read_input_tokens: cacheRead, output_tokens: output },
    };
  }
  if (path.endsWith("/responses")) {
    const part = refusal === undefined ? { type: "output_text", text } : { type: "refusal", refusal };
    return {
      status: cut ? "incomplete" : "completed",
      incomplete_details: cut ? { reason: "max_output_tokens" } : null,
      output: [{ type: "reasoning" }, { type: "message", role: "assistant", content: [part] }],
      usage: {
        input_tokens: input + cacheRead,
        input_tokens_details: { cached_tokens: cacheRead },
        output_tokens: output,
      },
    };
  }
  return {
    choices: [
      {
        message: { role: "assistant", content: refusal === undefined ? text : null, refusal: refusal ?? null },
        finish_reason: cut ? "length" : "stop",
      },
    ],
    usage: {
      prompt_tokens: input + cacheRead,
      prompt_tokens_details: { cached_tokens: cacheRead },
      completion_tokens: output,
      ...(cost === undefined ? {} : { cost }),
    },
  };
}

/** Answers of the right shape to every question, about whatever was asked. */
export function goodAnswer({ question, user }: Pick<SeenRequest, "question" | "user">): unknown {
  const labels = [...new Set(user.match(/runner-\d+/g))].sort();
  switch (question) {
    case "strategy":
      return {
        approach: "explore-first",
        summary: "It read the code, then changed it.",
        phases: [{ first_step: 1, last_step: 2, what: "reading" }],
        quality: 4,
        strengths: ["reads first (step 1)"],
        weaknesses: [],
        confidence: "high",
      };
    case "failure":
      return {
        category: "wrong-diagnosis",
        root_cause: "It took the wrong file for the culprit.",
        critical_step: 2,
        counterfactual: "Had it run the test at step 2, it would have seen the other file.",
        evidence: [{ step: 2, what: "edits the wrong file" }],
        confidence: "medium",
      };
    case "mcp":
      return {
        servers: [{ server: "docs", used_for: "looking up", effect: "helped", quality: 4 }],
        missed_opportunities: [],
        summary: "Used once, and well.",
        confidence: "medium",
      };
    case "images":
      return {
        images: [{ image: 1, shows: "a chart", bears_on_task: "it shows the result" }],
        summary: "A chart.",
        confidence: "low",
      };
    case "narrative":
      return {
        narrative: `${labels.join(" and ")} differ.\n\nRunner-1 was first.`,
        runners: labels.map((runner) => ({ runner, did: "its work" })),
        decisive_difference: `What ${labels[0]} did.`,
        confidence: "low",
      };
    case "synthesis":
      return {
        headline: `${labels[0]} reads before it writes.`,
        runners: labels.map((runner) => ({ runner, pattern: "reads", strengths: ["care"], weaknesses: [] })),
        findings: [{ claim: "Reading helps.", tasks: ["fix-bug"], confidence: "medium" }],
        recommendations: ["more tasks"],
        caveats: ["few tasks"],
      };
    default:
      return {
        abstract_sentence: "We compared agents.",
        results_paragraph: `${labels[0]} solved 17.3 % of them.`,
        qualitative_paragraph: "A language model read the records.",
        limitations_paragraph: "Few tasks.",
      };
  }
}
