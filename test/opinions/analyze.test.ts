import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goodAnswer, modelEndpoint, type Scripted, type SeenRequest } from "../support/model-endpoint.ts";
import { command, experiment, makeProject, NOP, task } from "../support/project.ts";
import { bed, KEY, MODEL, steps, texts, twoProfiles } from "./runs.ts";

function good(request: SeenRequest): Scripted {
  return { answer: goodAnswer(request) };
}

interface Rows {
  readonly statement: string;
  readonly model: string;
  readonly prompts: Record<string, number>;
  readonly trials: {
    profile: string;
    state: string;
    failure?: string;
    why?: string;
    opinion?: Record<string, unknown>;
    cost_usd?: number | null;
  }[];
  readonly cost_usd: number | null;
}

const FILES = [
  "comparative_narratives.md",
  "failure_analyses.json",
  "mcp_utilization.json",
  "paper_snippets.md",
  "strategy_analysis.json",
  "synthesis.md",
];

describe("regatta analyze --model", () => {
  test("asks, writes everything marked as an opinion, and a second run asks nothing", async () => {
    const endpoint = await modelEndpoint(good);
    const { project, analyze } = await bed(endpoint);
    const { code, stdout, stderr } = await analyze(...MODEL);
    expect([code, stderr]).toEqual([0, ""]);
    const asked = endpoint.requests.map(({ question }) => question).sort();
    expect(asked).toEqual(["failure", "mcp", "narrative", "paper", "strategy", "strategy", "synthesis"]);
    // Seven calls of 1,000 tokens in and 100 out, at 1 and 5 dollars per million.
    expect(stdout).toMatch(
      /7 answers, 0 of them kept from before; 7 calls, 0 failures; 7\.0k tokens in, 700 out; cost \$0\.0105\./,
    );
    expect(stdout).toMatch(/Opinion of anthropic\/claude-haiku-4-5\n {2}A model's opinion, not a measurement\./);

    expect(await project.list("out")).toEqual(expect.arrayContaining(FILES));
    for (const name of FILES) {
      const text = await project.read(`out/${name}`);
      expect(text).toMatch(/A model's opinion, not a measurement/);
      expect(text).toMatch(/anthropic\/claude-haiku-4-5/);
      expect(text).toMatch(/not measured/);
    }
    const failures = (await project.json("out/failure_analyses.json")) as Rows;
    expect(failures.prompts).toEqual({ failure: 1 });
    expect(failures.trials).toMatchObject([
      { profile: "beta-yota", state: "answered", opinion: { category: "wrong-diagnosis", critical_step: 2 } },
    ]);
    expect(failures.cost_usd).toBeCloseTo(0.0015, 12);
    expect(await project.json("out/mcp_utilization.json")).toMatchObject({
      measured: [{ profile: "alpha-zeta", server: "docs", calls: 1, errors: 0, trials: 1 }],
      trials: [
        { profile: "alpha-zeta", state: "answered" },
        { profile: "beta-yota", state: "not-asked", why: "no tool of an MCP server was called" },
      ],
    });
    // Labels are profiles again.
    for (const name of ["comparative_narratives.md", "synthesis.md", "paper_snippets.md"]) {
      const text = await project.read(`out/${name}`);
      expect(text).not.toMatch(/runner-\d/i);
      expect(text).toMatch(/alpha-zeta|beta-yota/);
    }
    expect(await project.read("out/paper_snippets.md")).toMatch(
      /not among the figures the model was given: 17\.3\.\*\*/,
    );

    const before = await Promise.all(FILES.map((name) => project.read(`out/${name}`)));
    const second = await analyze(...MODEL);
    expect(endpoint.requests).toHaveLength(7);
    expect(second.stdout).toMatch(
      /7 answers, 7 of them kept from before; 0 calls, 0 failures; 0 tokens in, 0 out; cost \$0\.0000\./,
    );
    expect(await Promise.all(FILES.map((name) => project.read(`out/${name}`)))).toEqual(before);
    // What is kept needs no key.
    const keyless = await project.regatta(["analyze", "--runs", "jobs", "--quiet", ...MODEL], {
      XDG_CACHE_HOME: project.path("cache"),
    });
    expect([keyless.code, keyless.stderr]).toEqual([0, ""]);
    expect(keyless.stdout).toBe("");
    // What is kept and damaged is asked again, and nothing else.
    const kept = (await readdir(project.path("cache/regatta/analytics/opinions"), { recursive: true })).filter((name) =>
      name.endsWith(".json"),
    );
    expect(kept).toHaveLength(7);
    await writeFile(project.path(`cache/regatta/analytics/opinions/${kept[0]}`), '{"format":1,"ans');
    expect((await analyze(...MODEL)).stdout).toMatch(/7 answers, 6 of them kept/);
    expect(endpoint.requests).toHaveLength(8);
    // Another model is another question.
    await analyze("--model", "anthropic/other");
    expect(endpoint.requests).toHaveLength(15);
  });

  test("are in the report, also of a later analysis of the same that asks nobody, and of no other", async () => {
    const endpoint = await modelEndpoint(good);
    const { project, analyze } = await bed(endpoint);
    await analyze();
    const measured = await project.read("out/report.html");
    await analyze(...MODEL);
    const report = await project.read("out/report.html");
    expect(report).toMatch(
      /<section id="opinion"[^]*Opinion<\/b> of anthropic\/claude-haiku-4-5[^]*It took the wrong file/,
    );
    // What opinions are about leads to it, and they to their files.
    expect(report).toMatch(/<a href="#failure-trial-2">opinion<\/a>/);
    expect(report).toMatch(/<a href=".\/failure_analyses\.json">/);
    // Answers from before, and nobody asked at all, give the very same page.
    await analyze(...MODEL);
    expect(await project.read("out/report.html")).toBe(report);
    await analyze();
    expect(await project.read("out/report.html")).toBe(report);
    await analyze("--no-llm");
    expect(await project.read("out/report.html")).toBe(measured);
    // They are about these trials and figures: with others they would be out of place.
    await analyze("--profiles", "alpha-zeta");
    expect(await project.read("out/report.html")).not.toMatch(/id="opinion"/);
    await writeFile(project.path("jobs/beta-yota/fix__1/agent/trajectory.json"), JSON.stringify(steps(steps())));
    await analyze();
    expect(await project.read("out/report.html")).not.toMatch(/id="opinion"/);
    expect(endpoint.requests).toHaveLength(7);
  });

  test("a report is there even where no model can be asked", async () => {
    const endpoint = await modelEndpoint(good);
    const { project, analyze } = await bed(endpoint, twoProfiles(), {});
    expect((await analyze(...MODEL)).code).toBe(2);
    expect(await project.read("out/report.html")).not.toMatch(/id="opinion"/);
  });

  test("without --model nothing is asked, key or not; --no-llm wins", async () => {
    const endpoint = await modelEndpoint(good);
    const { project, analyze } = await bed(endpoint);
    expect((await analyze()).code).toBe(0);
    expect((await analyze("--no-llm", ...MODEL)).code).toBe(0);
    expect(endpoint.requests).toHaveLength(0);
    expect(await project.list("out")).not.toContain("synthesis.md");
  });

  test("--estimate-cost sends and writes nothing, and comes near", async () => {
    const endpoint = await modelEndpoint(good);
    const { project, analyze } = await bed(endpoint);
    const { code, stdout } = await analyze(...MODEL, "--estimate-cost");
    expect(code).toBe(0);
    expect(stdout).toMatch(/7 questions, about \$0\.0\d+\. Nothing was sent\./);
    expect(stdout).toMatch(/strategy +2 to ask, 0 kept from before/);
    expect(endpoint.requests).toHaveLength(0);
    expect(await project.list(".")).not.toContain("out");
    await analyze(...MODEL);
    expect((await analyze(...MODEL, "--estimate-cost")).stdout).toMatch(/0 questions, about \$0\.0000/);
    expect((await analyze("--model", "openai/nobody-knows-it", "--estimate-cost")).stdout).toMatch(/not known/);
  });

  test("--llm-only writes opinions alone; --json has both", async () => {
    const endpoint = await modelEndpoint(good);
    const { project, analyze } = await bed(endpoint);
    const { stdout } = await analyze(...MODEL, "--llm-only");
    expect(stdout).not.toMatch(/trials of/);
    expect(await project.list("out")).toEqual(FILES);
    const json = JSON.parse((await analyze(...MODEL, "--json")).stdout) as Record<string, unknown>;
    expect(Object.keys(json)).toEqual(expect.arrayContaining(["profiles", "comparisons", "opinions"]));
  });

  test.each([
    [["--llm-only"], /--llm-only needs a model/],
    [["--estimate-cost"], /--estimate-cost needs a model/],
    [["--agreement", "x.csv"], /--agreement needs a model/],
    [["--llm-only", "--no-llm"], /leave nothing/],
    [[...MODEL, "--list"], /leave out --model/],
    [["--model", "claude"], /expected provider\/name/],
    [["--model", "constructor/x"], /expected provider\/name/],
    [[...MODEL, "--agreement", "none.csv"], /there is no such file/],
  ])("%j is refused in words", async (args, words) => {
    const endpoint = await modelEndpoint(good);
    const { analyze } = await bed(endpoint);
    const { code, stderr } = await analyze(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(endpoint.requests).toHaveLength(0);
  });

  test("without a key layer 1 is done all the same, and says what is missing", async () => {
    const { project, analyze } = await bed({ url: "" }, twoProfiles(), {});
    const { code, stdout, stderr } = await analyze(...MODEL);
    expect(code).toBe(2);
    expect(stdout).toMatch(/2 trials/);
    expect(stderr).toMatch(/ANTHROPIC_API_KEY is neither in the environment nor in the env file/);
    expect(await project.list("out")).toContain("comparisons.json");
  });

  test("the key may be in experiments/.env; an address from there never gets the user's own key", async () => {
    const endpoint = await modelEndpoint(good);
    const { analyze, project } = await bed(
      endpoint,
      { ...twoProfiles(), "experiments/.env": `ANTHROPIC_API_KEY=${KEY}\nANTHROPIC_BASE_URL=${endpoint.url}\n` },
      {},
    );
    expect((await analyze(...MODEL)).code).toBe(0);
    expect(endpoint.requests[0]?.headers["x-api-key"]).toBe(KEY);
    const elsewhere = await modelEndpoint(good);
    await project.write({ "experiments/.env": `OPENAI_BASE_URL=${elsewhere.url}\n` });
    const own = await modelEndpoint(good);
    await project.regatta(["analyze", "--runs", "jobs", "--model", "openai/x", "--quiet"], {
      XDG_CACHE_HOME: project.path("cache"),
      OPENAI_API_KEY: KEY,
      OPENAI_BASE_URL: own.url,
    });
    expect(elsewhere.requests).toHaveLength(0);
    expect(own.requests).toHaveLength(7);
  });

  test("the key is nowhere in what is written or kept", async () => {
    const endpoint = await modelEndpoint((request) =>
      request.question === "strategy" ? { status: 400, answer: `bad key ${KEY}` } : good(request),
    );
    const { project, analyze } = await bed(endpoint);
    const { stdout, stderr } = await analyze(...MODEL);
    const names = await readdir(project.dir, { recursive: true, withFileTypes: true });
    const files = await Promise.all(
      names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")),
    );
    expect([stdout, stderr, ...files].join("\n")).not.toContain(KEY);
    expect(files.join("\n")).toContain("[REDACTED]");
  });
});

describe("what goes wrong costs one row and says so", () => {
  test.each<[string, Scripted, RegExp, number | null]>([
    ["refused", { refusal: "I would rather not." }, /the model refused: I would rather not\./, 0.0015],
    ["cut", { cut: true, answer: '{"approach": "ex' }, /cut off/, 0.0015],
    ["malformed", { answer: "Sure! Here is what I think." }, /is not JSON/, 0.0015],
    ["malformed", { answer: { approach: "explore-first" } }, /does not fit its schema: summary/, 0.0015],
    ["rejected", { status: 400, answer: "too long" }, /HTTP 400: too long/, null],
    ["rejected", { raw: "<html>" }, /not JSON/, null],
    ["busy", { status: 429, headers: { "retry-after": "600" } }, /more patience \(600 s\)/, null],
  ])("%s: %j", async (kind, scripted, words, cost) => {
    let first = true;
    const endpoint = await modelEndpoint((request) => {
      if (request.question !== "strategy" || !first) return good(request);
      first = false;
      return scripted;
    });
    const { project, analyze } = await bed(endpoint);
    const { code, stdout } = await analyze(...MODEL);
    expect(code).toBe(0);
    expect(stdout).toMatch(words);
    expect(stdout).toMatch(/1 failure/);
    const { trials } = (await project.json("out/strategy_analysis.json")) as Rows;
    expect(trials.map(({ state }) => state).sort()).toEqual(["answered", "failed"]);
    const row = trials.find(({ state }) => state === "failed");
    expect([row?.failure, row?.cost_usd]).toEqual([kind, cost]);
    expect(row?.why).toMatch(words);
    // What failed is asked again, and nothing else but what is made of it.
    const before = endpoint.requests.length;
    expect((await analyze(...MODEL)).stdout).toMatch(/0 failures/);
    expect(endpoint.requests.slice(before).map(({ question }) => question)).toEqual(["strategy", "synthesis"]);
  });

  test("an answer that names a step that there is not, or a runner, is malformed", async () => {
    const endpoint = await modelEndpoint((request) => {
      const answer = goodAnswer(request) as Record<string, unknown>;
      if (request.question === "failure") answer["critical_step"] = 99;
      if (request.question === "mcp") answer["servers"] = [{ server: "x", used_for: "y", effect: "hurt", quality: 1 }];
      if (request.question === "narrative") answer["runners"] = [{ runner: "runner-9", did: "z" }];
      return { answer };
    });
    const { stdout } = await (await bed(endpoint)).analyze(...MODEL);
    expect(stdout).toMatch(/there is no step 99, only 3/);
    expect(stdout).toMatch(/no server "x" was called/);
    expect(stdout).toMatch(/there is no "runner-9"/);
  });

  test("a 429 waits as long as it says, and the answer comes", async () => {
    let refused = 0;
    const endpoint = await modelEndpoint((request) => {
      if (request.question !== "synthesis" || refused >= 2) return good(request);
      refused += 1;
      return refused === 1
        ? { status: 429, headers: { "retry-after-ms": "20" }, answer: "slow down" }
        : { status: 529, headers: { "retry-after": "0" }, answer: "overloaded" };
    });
    const { stdout } = await (await bed(endpoint)).analyze(...MODEL);
    expect(endpoint.asked("synthesis")).toHaveLength(3);
    expect(stdout).toMatch(/7 answers, .* 0 failures/);
  });

  test("a refused key is found out once; the rest is not sent", async () => {
    const endpoint = await modelEndpoint(() => ({ status: 401, answer: "invalid x-api-key" }));
    const { project, analyze } = await bed(endpoint);
    const { code, stdout } = await analyze(...MODEL);
    expect(code).toBe(1);
    expect(endpoint.requests.length).toBeLessThanOrEqual(2);
    expect(stdout).toMatch(/HTTP 401: invalid x-api-key/);
    expect(stdout).toMatch(/not-sent/);
    expect(stdout).toMatch(/cost \$0\.0000/);
    expect(await project.read("out/synthesis.md")).toMatch(/there is no opinion to draw together/);
  });

  test("a dead endpoint ends the asking soon, and everything is still written", async () => {
    const endpoint = await modelEndpoint(() => ({ hangUp: true }));
    const { project, analyze } = await bed(endpoint);
    const { code, stdout } = await analyze(...MODEL);
    expect(code).toBe(1);
    expect(stdout).toMatch(/nobody answers at 127\.0\.0\.1/);
    expect(stdout).toMatch(/cost not known/);
    expect(await project.list("out")).toEqual(expect.arrayContaining(["comparisons.json", ...FILES]));
  });

  test("an answer of unknown cost leaves what is known of the others", async () => {
    const endpoint = await modelEndpoint((request) => ({
      answer: goodAnswer(request),
      usage: { input: 1000, output: 100, ...(request.question === "failure" ? {} : { cost: 0.25 }) },
    }));
    const env = { OPENROUTER_API_KEY: KEY, OPENROUTER_BASE_URL: endpoint.url };
    const { project, analyze } = await bed(endpoint, twoProfiles(), env);
    const { stdout } = await analyze("--model", "openrouter/meta/llama");
    expect(stdout).toMatch(/7 calls, 0 failures; .* out; cost at least \$1\.5000 \(6 of 7 calls known\)\./);
    expect(await project.read("out/report.html")).toMatch(
      /7 answers, whenever they were given: at least \$1\.50 \(6 of 7 answers known\),/,
    );
  });

  test("an endpoint that cannot enforce a schema is asked without, and checked all the same", async () => {
    const endpoint = await modelEndpoint((request) => {
      if ("output_config" in request.body)
        return { status: 400, answer: "output_config: extra inputs are not permitted" };
      return { answer: `\`\`\`json\n${JSON.stringify(goodAnswer(request))}\n\`\`\`` };
    });
    const { stdout } = await (await bed(endpoint)).analyze(...MODEL);
    expect(stdout).toMatch(/7 answers, .* 0 failures/);
  });
});

describe("providers", () => {
  const cases: [string, string, (url: string) => Record<string, string>, string][] = [
    [
      "openai/gpt-5-mini",
      "/v1/chat/completions",
      (url) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${url}/v1/` }),
      "max_tokens",
    ],
    ["openai/local", "/v1/chat/completions", (url) => ({ OPENAI_BASE_URL: `${url}/v1` }), "max_tokens"],
    [
      "openai-chat/gpt-5",
      "/v1/chat/completions",
      (url) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${url}/v1` }),
      "max_completion_tokens",
    ],
    [
      "openai-responses/gpt-5",
      "/v1/responses",
      (url) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${url}/v1` }),
      "max_output_tokens",
    ],
    [
      "openrouter/meta/llama",
      "/chat/completions",
      (url) => ({ OPENROUTER_API_KEY: KEY, OPENROUTER_BASE_URL: url }),
      "usage",
    ],
  ];
  test.each(cases)("%s", async (model, path, env, member) => {
    const usage = {
      input: 1000,
      output: 100,
      cacheRead: 200,
      ...(model.startsWith("openrouter") ? { cost: 0.25 } : {}),
    };
    const endpoint = await modelEndpoint((request) =>
      request.question === "failure" ? { refusal: "no", usage } : { answer: goodAnswer(request), usage },
    );
    const { project, analyze } = await bed(endpoint, twoProfiles(), env(endpoint.url));
    const { code, stdout } = await analyze("--model", model);
    expect(code).toBe(0);
    expect(stdout).toMatch(/6 answers, .* 7 calls, 1 failure/);
    for (const request of endpoint.requests) {
      expect(request.path).toBe(path);
      expect(request.headers.authorization).toBe(model === "openai/local" ? undefined : `Bearer ${KEY}`);
      expect(request.body["model"]).toBe(model.slice(model.indexOf("/") + 1));
      expect(request.body).toHaveProperty(member);
    }
    const [row] = ((await project.json("out/strategy_analysis.json")) as Rows).trials;
    const prices: Record<string, number | null> = {
      "openai/gpt-5-mini": 0.000455,
      "openai/local": null,
      "openai-chat/gpt-5": 0.002275,
      "openai-responses/gpt-5": 0.002275,
      "openrouter/meta/llama": 0.25,
    };
    expect(row).toMatchObject({ input_tokens: 1200, output_tokens: 100 });
    expect(row?.cost_usd === null ? null : Number(row?.cost_usd?.toFixed(9))).toBe(prices[model]);
  });
});

describe("images", () => {
  const PNG = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(16)]);
  const part = (path: string): unknown => ({ type: "image", source: { media_type: "image/png", path } });

  test("those that a trajectory names are looked at; links, texts and what lies outside are not", async () => {
    const endpoint = await modelEndpoint(good);
    const record = {
      schema_version: "ATIF-v1.7",
      steps: [
        { source: "user", message: "draw" },
        {
          source: "agent",
          message: [part("shot.png"), part("../../secret.png"), part("text.png"), part("/etc/passwd")],
        },
      ],
    };
    const { project, analyze } = await bed(
      endpoint,
      twoProfiles({ "jobs/alpha-zeta/fix__1/agent/trajectory.json": record }),
    );
    await writeFile(project.path("jobs/alpha-zeta/fix__1/agent/shot.png"), PNG);
    await writeFile(project.path("jobs/alpha-zeta/secret.png"), PNG);
    await writeFile(project.path("jobs/alpha-zeta/fix__1/agent/text.png"), "secret text");
    await analyze(...MODEL);
    const [request, ...others] = endpoint.asked("images");
    expect(others).toEqual([]);
    const messages = request?.body["messages"] as [{ content: { type: string; source?: { data: string } }[] }];
    const images = messages[0].content.filter(({ type }) => type === "image");
    expect(images.map(({ source }) => source?.data)).toEqual([PNG.toString("base64")]);
    expect(request?.user).toMatch(/image of step 2: it is outside of the trial/);
    expect(request?.user).toMatch(/it is no PNG, JPEG, GIF or WebP/);
    expect(await project.json("out/strategy_analysis.json")).toMatchObject({
      images: [{ profile: "alpha-zeta", state: "answered", opinion: { summary: "A chart." } }],
    });
  });
});

describe("--agreement", () => {
  test("measures kappa, and every file says it", async () => {
    const endpoint = await modelEndpoint((request) => {
      const answer = goodAnswer(request) as Record<string, unknown>;
      const task = /task: "t(\d)"/.exec(request.user)?.[1];
      if (request.question === "strategy") answer["approach"] = Number(task) % 2 === 0 ? "edit-first" : "explore-first";
      return { answer };
    });
    const files = Object.fromEntries(
      await Promise.all(
        [1, 2, 3, 4].map(async (n): Promise<[string, unknown][]> => {
          const base = twoProfiles();
          const text = base["jobs/alpha-zeta/fix__1/result.json"] ?? "";
          return [
            [
              `jobs/one/t__${n}/result.json`,
              text.replaceAll("fix-bug", `t${n}`).replace(/"id":"[^"]+"/, `"id":"id-${n}"`),
            ],
            [`jobs/one/t__${n}/agent/trajectory.json`, base["jobs/alpha-zeta/fix__1/agent/trajectory.json"]],
          ];
        }),
      ).then((all) => all.flat()),
    );
    const { project, analyze } = await bed(endpoint, {
      ...texts(files),
      // Three of four alike: chance explains one half.
      "labels.csv":
        '\ufeffprofile,task,approach,notes\r\none,t1,explore-first,"a, b"\r\none,t2,edit-first,\r\none,t3,edit-first,\r\none,t4,edit-first,\r\none,t9,edit-first,\r\n',
    });
    const { code, stdout } = await analyze(...MODEL, "--agreement", "labels.csv");
    expect(code).toBe(0);
    expect(stdout).toMatch(/Cohen's kappa\): approach 0\.50 \(n = 4, 95 % /);
    expect(stdout).toMatch(/1 labelled trial of people's not in this analysis/);
    expect(await project.read("out/synthesis.md")).toMatch(/approach 0\.50/);
    expect(await project.json("out/strategy_analysis.json")).toMatchObject({
      agreement_with_people: [{ label: "approach", n: 4, weights: "none" }],
    });
    await project.write({ "bad.csv": "profile,task,approach,quality\none,t1,clever,6\n" });
    const bad = await analyze(...MODEL, "--agreement", "bad.csv");
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(/bad\.csv:2: approach "clever": expected one of/);
    expect(bad.stderr).toMatch(/bad\.csv:2: quality "6"/);
  });
});

test("a batch of ours: records are asked about, agents that leave none are not; answers are kept with the batch", async () => {
  const endpoint = await modelEndpoint(good);
  const record = JSON.stringify(steps());
  const project = await makeProject({
    ...task("one"),
    ...experiment(["one"], NOP + command("mine", `cat > /logs/agent/trajectory.json <<'EOF'\n${record}\nEOF`)),
  });
  const env = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: endpoint.url };
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  const { code } = await project.regatta(["analyze", "experiments/x.toml", ...MODEL], env);
  expect(code).toBe(0);
  expect(endpoint.requests.map(({ question }) => question).sort()).toEqual([
    "failure",
    "paper",
    "strategy",
    "synthesis",
  ]);
  const { trials } = (await project.json("results/x/0/analytics/failure_analyses.json")) as Rows;
  expect(trials).toMatchObject([
    { profile: "nop", state: "not-asked", why: "there is no agent/trajectory.json" },
    { profile: "mine", state: "answered" },
  ]);
  expect(await project.list("results/x/0/.regatta/analytics/opinions")).toHaveLength(4);
});

test("the command line's own help names every flag", async () => {
  const { analyze } = await bed({ url: "" });
  const { stdout } = await analyze("--help");
  for (const flag of ["--model", "--no-llm", "--llm-only", "--estimate-cost", "--agreement"])
    expect(stdout).toContain(flag);
});
