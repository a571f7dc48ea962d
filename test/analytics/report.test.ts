/** The report: nothing of the data can act in it, its figures say what the analysis says, and its links lead somewhere. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { observationsOf } from "../../src/analytics/analysis.ts";
import { paretoFront } from "../../src/analytics/report/figures/cost-success.ts";
import { html, textOf } from "../../src/analytics/report/markup.ts";
import { DARK, heatStep, LIGHT } from "../../src/analytics/report/palette.ts";
import { otherMetrics } from "../../src/analytics/report/sections/other-metrics.ts";
import { linear, logarithmic } from "../../src/analytics/report/svg/scale.ts";
import { fileLink } from "../../src/analytics/report/trial-link.ts";
import { isComputed } from "../../src/statistics/computed.ts";
import { exception, result } from "./jobs.ts";
import { opinionsOn } from "./opinions-of.ts";
import { EVIL, hostileJobs, hostilePartings, jobs, reportOf } from "./report-of.ts";

/** Every tag with its attributes, as a browser would take them apart. */
function tagsOf(page: string): readonly { readonly name: string; readonly attributes: ReadonlyMap<string, string> }[] {
  const body = page.replace(/<(style|script)>[^]*?<\/\1>/g, "<$1>");
  return [...body.matchAll(/<([a-z!][^\s>/]*)((?:[^>"]|"[^"]*")*)>/gi)].map(([, name = "", rest = ""]) => ({
    name: name.toLowerCase(),
    attributes: new Map(
      [...rest.matchAll(/([^\s="]+)(?:="([^"]*)")?/g)].map(([, key = "", value = ""]) => [key, value]),
    ),
  }));
}

function shownOn(page: string): string {
  return page.replace(/<(style|script)>[^]*?<\/\1>/g, "");
}

function unescaped(text: string): string {
  return text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name] ?? "",
  );
}

describe("what stands in trials", () => {
  const hostile = { ...hostileJobs(), ...hostilePartings() };

  test.each([
    ["no model was asked", null],
    ["a model repeats it", EVIL.join("\n")],
  ])(
    "is text in the page and in every figure, and nothing of it is a tag, an attribute or a script: %s",
    async (_, words) => {
      const { files, page } = await reportOf({ ...hostile, "<b>job</b>/t__9/result.json": result() }, (analysis) =>
        words === null ? null : opinionsOn(analysis, words),
      );
      const tags = tagsOf(page);
      expect(tags.length).toBeGreaterThan(200);
      expect(page).toContain('id="parting-6"');
      expect(tags.filter(({ name }) => name === "script")).toHaveLength(1);
      expect(
        tags.filter(({ name }) => ["img", "iframe", "object", "embed", "link", "base", "b:job"].includes(name)),
      ).toEqual([]);
      const acting = tags.filter(({ attributes }) =>
        [...attributes].some(
          ([key, value]) => /^(?:on|style$|src$)/i.test(key) || /^\s*(?:javascript|data|vbscript):/i.test(value),
        ),
      );
      expect(acting).toEqual([]);
      // It is there all the same, for eyes.
      expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
      for (const hidden of ["\u0000", "\u202e"]) expect(page).not.toContain(hidden);
      for (const [name, text] of Object.entries(files).filter(([key]) => key.endsWith(".svg"))) {
        const inside = tagsOf(text).filter(({ attributes }) =>
          [...attributes.keys()].some((key) => key.startsWith("on")),
        );
        expect([...inside, ...(text.match(/<script|<img/g) ?? [])], name).toEqual([]);
        expect(text, name).toMatch(/^<svg [^]*<\/svg>\n$/);
      }
    },
  );

  test("the policy names the one script and the one style, and lets nothing else in", async () => {
    const { page } = await reportOf(hostile);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
    const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const [, style = ""] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
    const [, script = ""] = /<script>([^]*?)<\/script>/.exec(page) ?? [];
    expect(unescaped(policy).split("; ")).toEqual([
      "default-src 'none'",
      `style-src ${hash(style)}`,
      `script-src ${hash(script)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  test("any text whatever stays inside its element and its attribute", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const made = textOf(html`<p title="${text}">${text}</p>`);
        expect(made).toMatch(/^<p title="[^"<>]*">[^<>]*<\/p>$/);
      }),
    );
  });

  test("no object out of JSON is taken for markup", () => {
    const forged = JSON.parse('{"Symbol(markup)":"<b>","markup":"<b>","description":"markup"}') as string;
    expect(() => textOf(html`<p>${forged}</p>`)).toThrow(/not a function/);
  });
});

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("the %s palette", (_, palette) => {
  const luminance = (name: string): number => {
    const channels = [1, 3, 5].map((at) => Number.parseInt((palette[name] ?? "").slice(at, at + 2), 16) / 255);
    const [red = NaN, green = NaN, blue = NaN] = channels.map((share) =>
      share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: string, other: string): number => {
    const [low = NaN, high = NaN] = [luminance(one), luminance(other)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const grounds = ["page", "surface", "raised", "opinion"];

  test("has text of at least 4.5 : 1 and marks of at least 3 : 1", () => {
    for (const text of ["ink", "muted", "accent", "better", "worse", "equivalent", "inconclusive"])
      for (const ground of grounds) expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    for (const text of ["ink", "accent"]) expect(contrast(text, "target"), text).toBeGreaterThanOrEqual(4.5);
    for (const mark of ["strong", "native", "hatch", ...[0, 1, 2, 3, 4, 5].map((at) => `server-${at}`)])
      expect(contrast(mark, "surface"), mark).toBeGreaterThanOrEqual(3);
    const steps = Array.from({ length: 11 }, (__, step) => step);
    for (const step of steps)
      expect(contrast(`heat-ink-${step}`, `heat-${step}`), String(step)).toBeGreaterThanOrEqual(4.5);
    // More solved is always further along the same way: so it is told without seeing hues.
    const light = steps.map((step) => luminance(`heat-${step}`));
    const sign = Math.sign((light[10] ?? 0) - (light[0] ?? 0));
    for (const step of steps.slice(1)) expect(sign * ((light[step] ?? 0) - (light[step - 1] ?? 0))).toBeGreaterThan(0);
  });
});

test.each([
  ["without", () => null],
  ["with", opinionsOn],
])(
  "every link leads to a place on the page, to trials that are there, or to a file that exists: %s opinions",
  async (_, said) => {
    const { dir, analysis, files, page } = await reportOf(jobs(), said);
    const tags = tagsOf(page);
    const ids = tags.flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const links = tags
      .flatMap(({ attributes }) => [attributes.get("href"), attributes.get("data-to"), attributes.get("data-go")])
      .flatMap((link) => (link === undefined ? [] : unescaped(link)));
    expect(links.length).toBeGreaterThan(100);
    for (const link of links) {
      if (link.startsWith("#trials?")) {
        const filters = new URLSearchParams(link.slice("#trials?".length));
        const [profile, task] = [filters.get("profile"), filters.get("task")];
        expect(profile === null || analysis.profiles.includes(profile), link).toBe(true);
        expect(task === null || analysis.tasks.includes(task), link).toBe(true);
      } else if (link.startsWith("#")) {
        expect(ids, link).toContain(link.slice(1));
      } else {
        const path = decodeURIComponent(link);
        expect(path.slice(2) in files || existsSync(join(dir, path)), link).toBe(true);
      }
    }
    // Without the script a link leads to a place that there is.
    const hrefs = tags.flatMap(({ attributes }) => attributes.get("href") ?? []);
    for (const href of hrefs.filter((each) => each.startsWith("#"))) expect(ids, href).toContain(href.slice(1));
    expect(links.filter((link) => link.endsWith("/result.json")).length).toBeGreaterThanOrEqual(12);
    expect(links.filter((link) => link.endsWith("/agent/trajectory.json")).length).toBeGreaterThanOrEqual(12);
  },
);

describe("figures", () => {
  const rowsOf = (text: string | undefined): Record<string, string>[] => {
    const [header = [], ...rows] = (text ?? "")
      .trimEnd()
      .split("\r\n")
      .map((line) => line.split(","));
    return rows.map((row) => Object.fromEntries(header.map((key, at) => [key, row[at] ?? ""])));
  };

  test("their data as CSV is the analysis to the last digit", async () => {
    const { files, comparison, analysis } = await reportOf(jobs());
    const table = (id: string) => rowsOf(files[`figures/${id}.csv`]);
    const number = (value: unknown): string => (typeof value === "number" ? String(value) : "");
    expect(
      table("success").map(({ profile, success_rate, low_95, scored_trials }) => [
        profile,
        success_rate,
        low_95,
        scored_trials,
      ]),
    ).toEqual(
      comparison?.profiles.map(({ profile, success, scored }) => [
        profile,
        number(success.value),
        isComputed(success.interval) ? number(success.interval.low) : "",
        String(scored),
      ]),
    );
    expect(
      table("differences").map(({ profile, against, difference, p_holm, verdict }) => [
        profile,
        against,
        difference,
        p_holm,
        verdict,
      ]),
    ).toEqual(
      comparison?.pairs.map(({ a, b, difference, pHolm, verdict }) => [
        b,
        a,
        isComputed(difference) ? number(difference.mean) : "",
        number(pHolm),
        verdict.word,
      ]),
    );
    const seen = observationsOf(analysis);
    const scored = seen.filter(({ reward }) => reward !== null);
    expect(table("cost").map(({ profile, task, attempt, cost_usd }) => [profile, task, attempt, cost_usd])).toEqual(
      scored.map(({ profile, task, attempt, costUsd }) => [profile, task, String(attempt), number(costUsd)]),
    );
    const cells = table("heat-map");
    expect(cells).toHaveLength(6);
    for (const { task, profile, solved, scored: count, not_scored, mean_reward } of cells) {
      const own = seen.filter((each) => each.task === task && each.profile === profile);
      const rewards = own.flatMap(({ reward }) => reward ?? []);
      expect([solved, count, not_scored, mean_reward]).toEqual([
        String(own.filter(({ success }) => success === true).length),
        String(rewards.length),
        String(own.length - rewards.length),
        String(rewards.reduce((sum, value) => sum + value, 0) / rewards.length),
      ]);
    }
    expect(table("tool-use").find(({ profile, server }) => profile === "tools" && server === "docs")).toMatchObject({
      calls: "6",
      errors: "0",
      calls_per_trial: "1",
      trials_that_called: "6",
      trials_recorded: "6",
    });
    expect(table("cost-success")).toMatchObject([
      { profile: "plain", known_trials: "5", scored_trials: "5", pareto: "yes" },
      { profile: "tools", known_trials: "5", scored_trials: "6", pareto: "no" },
    ]);
  });

  test("what is not known is the word, an empty cell in CSV, and nowhere a 0", async () => {
    const without = { n_input_tokens: null, n_output_tokens: null, cost_usd: null };
    const { files, page } = await reportOf({
      "a/one__1/result.json": result({ task_name: "one", agent_result: without, agent_execution: null }),
      "b/one__1/result.json": result({
        task_name: "one",
        verifier_result: null,
        exception_info: exception("RewardFileNotFoundError"),
      }),
    });
    const row = /<tr id="trial-1">[^]*?<\/tr>/.exec(page)?.[0] ?? "";
    expect(row.match(/>unknown</g)).toHaveLength(4);
    expect(rowsOf(files["figures/cost.csv"])).toMatchObject([{ profile: "a", cost_usd: "" }]);
    expect(shownOn(page)).not.toMatch(/\$0\b(?!\.\d*[1-9])|NaN|undefined|Infinity|\[object/);
    // Hatched: no colour of the scale, and no text.
    expect(files["figures/heat-map.svg"]).toMatch(
      /b × one: 1 trial, none scored<\/title>\s*<rect class="unscored" fill="url\(#hatch-/,
    );
  });

  test("what else differs says in every row whose median is whose, B first as in the difference", () => {
    const explored = { a: "beta", b: "alpha", metric: "steps", unit: "count", tasks: 7, medianA: 30, medianB: 12 };
    const markup = otherMetrics([{ ...explored, difference: -17, p: 0.0156, adjusted: 0.0312 }]);
    const cells = [...textOf(markup).matchAll(/<t[dh][^>]*>([^]*?)<\/t[dh]>/g)].map(([, cell = ""]) =>
      cell
        .replaceAll(/<[^>]+>/g, " ")
        .replaceAll(/\s+/g, " ")
        .trim(),
    );
    expect(cells.slice(0, 6)).toEqual(["metric", "B", "median of B", "A", "median of A", "median of B − A"]);
    expect(cells.slice(9, 15)).toEqual(["steps count", "alpha", "12", "beta", "30", "−17"]);
  });

  test("a mean without an interval has the reason beside it", async () => {
    const { page } = await reportOf({
      "a/one__1/result.json": result({ task_name: "one" }),
      "a/two__1/result.json": result({ task_name: "two" }),
    });
    expect(page).toMatch(/>1<\/a\s*><small class="why">no interval: the mean is the same at every task<\/small/);
  });

  test("one profile, and no trial at all, make a report too", async () => {
    const one = await reportOf({ "a/one__1/result.json": result({ task_name: "one" }) });
    expect(one.page).toContain("there is nothing to compare");
    expect(one.files["figures/success.csv"]).toMatch(/^a,1,/m);
    const none = await reportOf({ "a/cut__1/result.json": "{", "a/cut__1/agent/x": "" });
    expect(none.page).toContain("0 trials");
    expect(none.page).toMatch(/result\.json is not valid JSON/);
    for (const { page } of [one, none]) expect(shownOn(page)).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("the Pareto front has whoever no other equals at both and beats at one, and no one whose cost is known in part", () => {
    const point = (profile: string, spent: number, success: number, known = 3) => ({
      profile,
      spent,
      success,
      known,
      scored: 3,
    });
    const points = [
      point("dear", 3, 0.9),
      point("good", 2, 0.9),
      point("cheap", 1, 0.5),
      point("bad", 2, 0.4),
      point("partly", 0.1, 1, 2),
    ];
    expect(paretoFront(points).map(({ profile }) => profile)).toEqual(["cheap", "good"]);
  });

  test("cost against success says when profiles were scored on different tasks, and what a ring is, ties included", async () => {
    const { files, page } = await reportOf({
      "a/one__1/result.json": result({ task_name: "one" }),
      "b/two__1/result.json": result({ task_name: "two" }),
    });
    const differ = "over the tasks that its profile was scored on, which are not the same tasks for all";
    const captionOf = (text: string) => /id="figure-cost-success"[^]*?<\/figure>/.exec(text)?.[0] ?? "";
    expect(files["figures/cost-success.svg"]).toContain(differ);
    expect(captionOf(page)).toContain(differ);
    expect(captionOf(page)).toContain("at least as good at both and better at one");
    const shared = await reportOf(jobs());
    expect(captionOf(shared.page)).toContain("Left and up is better");
    expect(captionOf(shared.page) + shared.files["figures/cost-success.svg"]).not.toContain(differ);
  });

  test("ticks are round numbers inside the domain, and none is lost to rounding", () => {
    expect(linear({ from: 0, to: 1 }, { from: 0, to: 100 }).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linear({ from: -0.35, to: 0.32 }, { from: 0, to: 100 }, 6).ticks).toEqual([-0.2, 0, 0.2]);
    expect(logarithmic({ from: 0.03, to: 4 }, { from: 0, to: 100 }, 8).ticks).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (from, width) => {
          const { ticks } = linear({ from, to: from + width }, { from: 0, to: 1 });
          expect(ticks.length).toBeLessThan(14);
          for (const tick of ticks) expect(Number.isFinite(tick)).toBe(true);
        },
      ),
    );
  });

  test("the heat map's legend has the cell that was never run, where there is one", async () => {
    const holed = await reportOf({
      "a/one__1/result.json": result({ task_name: "one" }),
      "a/two__1/result.json": result({ task_name: "two" }),
      "b/one__1/result.json": result({ task_name: "one" }),
    });
    const legends = (page: string) => page.match(/>never run<\/text\s*>/g) ?? [];
    // For a wide page and for a narrow one.
    expect(legends(holed.page)).toHaveLength(2);
    expect(legends((await reportOf(jobs())).page)).toEqual([]);
  });

  test("a share that is neither none nor all never has their colour", () => {
    expect([0, 0.001, 0.5, 0.999, 1].map(heatStep)).toEqual([0, 1, 5, 9, 10]);
  });
});

describe("what a model said", () => {
  test("stands in one section of its own, each part with its model, its prompt's version and how far it agrees with people", async () => {
    const { page } = await reportOf(jobs(), opinionsOn);
    const [before = "", inside = ""] = page.split('<section id="opinion"');
    const [section = "", after = ""] = inside.split("</section>");
    const words = "It read the code first.";
    for (const outside of [before, after]) expect(shownOn(outside)).not.toContain(words);
    for (const [question, version] of Object.entries({
      strategy: 1,
      failure: 2,
      mcp: 1,
      images: 1,
      narrative: 3,
      synthesis: 1,
      paper: 1,
    }))
      expect(section).toMatch(
        new RegExp(
          `<b>Opinion</b> of made-up/judge · prompt “${question}” version ${version} · ${question === "failure" ? "Agreement with people \\(Cohen&#39;s kappa\\): failure_category 0\\.61 \\(n = 40, 95 % 0\\.42 to 0\\.80\\)" : "not measured against people"} ?</p>`,
        ),
      );
    expect(section.match(/<div class="opinion">/g)).toHaveLength(7);
    expect(section).toMatch(
      /32 answers, whenever they were given: \$0\.048, 32k tokens in, 3\.2k out, 1 question came to nothing/,
    );
    expect(section).toMatch(/1 trial not asked about: it was not scored/);
    expect(section).toMatch(/plain, alpha, 1<\/a>: no answer \(refused\)/);
    expect(section).toMatch(/Critical step:<\/span> 3/);
    expect((await reportOf(jobs())).page).not.toContain('id="opinion"');
  });

  test("leads to its trial, and the trial to it", async () => {
    const { page, analysis } = await reportOf(jobs(), opinionsOn);
    for (const at of analysis.trials.keys()) {
      const row = new RegExp(`<tr id="trial-${at + 1}">[^]*?</tr>`).exec(page)?.[0] ?? "";
      const [, place = ""] = /<a href="#([a-z]+-trial-\d+)">opinion<\/a>/.exec(row) ?? [];
      const own = new RegExp(`<details id="${place}">[^]*?</details>`).exec(page)?.[0] ?? "";
      expect(own).toContain(`<a href="#trial-${at + 1}">`);
    }
  });
});

test("a link to a file is relative whatever its name is", () => {
  expect(fileLink("../runs", "job/a b#?__x/javascript:alert(1)")).toBe(
    "./../runs/job/a%20b%23%3F__x/javascript%3Aalert(1)",
  );
  expect(fileLink("", "//evil.example/x")).toBe("./evil.example/x");
  expect(fileLink("../runs", "job/../../../etc/passwd")).toBe("./../runs/job/etc/passwd");
  expect(fileLink("..", "half \ud800")).toBe("./../half%20%EF%BF%BD");
});
