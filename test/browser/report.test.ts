/** report.html opened as a reader opens it: from the disk, by mouse, by keyboard, by whoever does not see it. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { AxeResults } from "axe-core";
import { describe, expect, test } from "vitest";
import { type Files, result } from "../analytics/jobs.ts";
import { opinionsOn } from "../analytics/opinions-of.ts";
import { EVIL, hostileJobs, hostilePartings, jobs, partedJobs, ranCommands, reportOf } from "../analytics/report-of.ts";
import { browserForTests } from "./browser.ts";

const open = browserForTests();

async function written(made: Files, said?: typeof opinionsOn): Promise<string> {
  const { dir, files } = await reportOf(made, said);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return join(dir, "report.html");
}

/** Four profiles over 125 tasks, four attempts each; those of the first tasks with long trajectories. */
function twoThousand(): Files {
  const commands = (profile: number) =>
    Array.from({ length: 300 }, (_, at) => `${at % (5 + profile) === 3 ? `echo ${profile}` : "cat"} file-${at}.txt`);
  const agents = [0, 1, 2, 3].map((profile) => JSON.stringify(ranCommands(commands(profile))));
  return Object.fromEntries(
    Array.from({ length: 2000 }, (_, at): [string, unknown][] => {
      const [profile, task] = [at % 4, Math.floor(at / 16)];
      const reward = (at * 7919) % 5 > profile ? 1 : 0;
      const usage = {
        n_input_tokens: 1000 + ((at * 31) % 977) * 90,
        n_output_tokens: 100,
        cost_usd: 0.01 * (1 + ((at * 17) % 97)),
      };
      const trial = `profile-${profile}/task-${task}__${at}`;
      return [
        [
          `${trial}/result.json`,
          result({ task_name: `task-${task}`, verifier_result: { rewards: { reward } }, agent_result: usage }),
        ],
        ...(task < 20 ? [[`${trial}/agent/trajectory.json`, agents[profile]] satisfies [string, unknown]] : []),
      ];
    }).flat(),
  );
}

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  test("opens without a complaint, asks for nothing, and axe finds no violation of WCAG AA", async () => {
    const file = await written({ ...jobs(), ...partedJobs() }, opinionsOn);
    const { page, complaints, requests } = await open(file, { colorScheme });
    expect(await page.locator(".parting .steps").count()).toBeGreaterThan(4);
    expect(await page.title()).toMatch(/ · Regatta$/);
    // Whatever opens is looked at too.
    await page.evaluate(() => {
      for (const closed of document.querySelectorAll("details")) closed.open = true;
    });
    const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await page.evaluate(source);
    const found = await page.evaluate<AxeResults>(
      `axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`,
    );
    const told = found.violations.flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    );
    expect(told).toEqual([]);
    expect(found.passes.length).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([`file://${file}`]);
  });
});

test("names, messages and files of trials, and what a model makes of them, are read, never run", async () => {
  const file = await written(hostileJobs(), (analysis) => opinionsOn(analysis, EVIL.join("\n")));
  const { page, complaints, requests } = await open(file);
  await page.evaluate(() => {
    for (const closed of document.querySelectorAll("details")) closed.open = true;
  });
  expect(await page.locator("#opinion details:visible").count()).toBeGreaterThan(20);
  expect(await page.locator("script").count()).toBe(1);
  expect(await page.locator("img, iframe, object, embed").count()).toBe(0);
  expect(await page.locator("#trials tbody tr").count()).toBe(12);
  // Their own names find them, whatever is in these.
  const marks = await page.locator("#figure-heat-map .wide .name").all();
  expect(marks).toHaveLength(6);
  for (const mark of marks) {
    await page.evaluate(() => (location.hash = "#trials?profile=job-0&task=gone&q=nothing"));
    await page.locator("output", { hasText: /^0 of/ }).waitFor();
    await mark.click();
    await page.locator("output", { hasText: /^2 of 12 trials$/ }).waitFor();
  }
  expect(complaints).toEqual([]);
  expect(requests).toHaveLength(1);
});

test("steps of trials that are shown side by side are read, never run", async () => {
  const file = await written({ ...hostileJobs(), ...hostilePartings() });
  const { page, complaints, requests } = await open(file);
  await page.evaluate(() => {
    for (const closed of document.querySelectorAll("details")) closed.open = true;
  });
  expect(await page.locator(".parting:visible").count()).toBe(EVIL.length);
  // They are there for eyes: names, tools, arguments, and a version that no one knows.
  const first = page.locator(".parting").first();
  expect(await first.textContent()).toContain("$ 0");
  expect(await page.locator("#parted").textContent()).toContain("<script>alert(1)</script>");
  expect(await first.textContent()).toContain("ATIF-v9.9");
  expect(await page.locator("script").count()).toBe(1);
  expect(await page.locator("img, iframe, object, embed").count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440);
  expect(complaints).toEqual([]);
  expect(requests).toHaveLength(1);
});

test("every figure is a picture by itself, whatever is in names", async () => {
  const file = await written(hostileJobs());
  const figures = join(dirname(file), "figures");
  const names = (await readdir(figures)).filter((name) => name.endsWith(".svg"));
  expect(names).toHaveLength(8);
  for (const name of names) {
    const { page, complaints, requests } = await open(join(figures, name));
    const root = await page.evaluate(() => [document.documentElement.localName, document.querySelector("parsererror")]);
    expect([name, ...root]).toEqual([name, "svg", null]);
    expect(complaints).toEqual([]);
    expect(requests).toHaveLength(1);
  }
});

test("even markup that got in would do nothing", async () => {
  const file = await written(jobs());
  const page = await readFile(file, "utf8");
  await writeFile(
    file,
    page.replace(
      "<main>",
      `<main><script>document.title = "owned"</script><img src="x" onerror="document.title = 'owned'"><p id="probe" style="color: red">`,
    ),
  );
  const opened = await open(file);
  expect(await opened.page.title()).not.toBe("owned");
  expect(opened.complaints.join("\n")).toMatch(/Content Security Policy/);
});

describe("the table of trials", () => {
  const firstCells = (column: number): string => `#trials tbody tr:not([hidden]) > :nth-child(${column})`;

  test("sorts and filters by keyboard alone", async () => {
    const { page } = await open(await written(jobs()));
    const heading = page.locator("#trials thead th", { hasText: "tokens" });
    await heading.getByRole("button").focus();
    await page.keyboard.press("Enter");
    expect(await heading.getAttribute("aria-sort")).toBe("descending");
    expect((await page.locator(firstCells(8)).allTextContents()).map((text) => text.trim()).slice(0, 3)).toEqual([
      "3.2k",
      "3.2k",
      "3.1k",
    ]);
    await page.keyboard.press("Space");
    expect(await heading.getAttribute("aria-sort")).toBe("ascending");
    expect((await page.locator(firstCells(8)).first().textContent())?.trim()).toBe("1.1k");

    const profile = page.getByRole("combobox", { name: "Profile" });
    await profile.focus();
    await page.keyboard.press("p");
    await page.locator("output", { hasText: /^6 of 12 trials$/ }).waitFor();
    expect(new Set(await page.locator(firstCells(1)).allTextContents()).size).toBe(1);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type("reward-file-not-found");
    await page.locator("output", { hasText: /^1 of 12 trials$/ }).waitFor();
    expect(page.url()).toMatch(/#trials\?profile=plain&q=reward-file-not-found$/);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("output", { hasText: /^12 of 12 trials$/ }).waitFor();
  });

  test("what is not known comes last, whichever way it is sorted", async () => {
    const { page } = await open(await written(jobs()));
    const button = page.locator("#trials thead th", { hasText: "cost" }).getByRole("button");
    for (const _ of ["descending", "ascending"]) {
      await button.click();
      expect((await page.locator(firstCells(7)).last().textContent())?.trim()).toBe("unknown");
    }
  });

  test("a link into it shows these trials: from a number, from a mark, and from outside", async () => {
    const file = await written(jobs());
    const { page } = await open(file, { hash: "#trials?profile=tools&outcome=solved" });
    expect(await page.locator("output").textContent()).toBe("6 of 12 trials");
    await page.locator("#profiles").getByRole("link", { name: "5", exact: true }).click();
    await page.locator("output", { hasText: "5 of 12 trials" }).waitFor();
    await page.locator("#figure-heat-map .wide [data-go*='task=alpha'][data-go*='profile=tools']").click();
    await page.locator("output", { hasText: "2 of 12 trials" }).waitFor();
    expect(await page.locator(firstCells(2)).allTextContents()).toEqual(["alpha", "alpha"]);
    await page.goBack();
    await page.locator("output", { hasText: "5 of 12 trials" }).waitFor();
    // A single trial that is filtered away is shown all the same.
    await page.evaluate(() => (location.hash = "#trial-12"));
    await page.locator("#trial-12").waitFor({ state: "visible" });
    expect(await page.locator("output").textContent()).toBe("12 of 12 trials");
  });

  test("a name is what it is, blanks and all", async () => {
    const task = "  two  blanks ";
    const { page } = await open(
      await written({ ...jobs(), "plain/blanks__1/result.json": result({ task_name: task }) }),
    );
    await page.locator("#figure-heat-map .wide [data-go*='task=%20%20two']").first().click();
    await page.locator("output", { hasText: /^1 of 13 trials/ }).waitFor();
    expect(await page.locator(firstCells(2)).allTextContents()).toEqual([task]);
  });

  test("a count leads to exactly as many trials", async () => {
    const { page } = await open(
      await written({
        ...jobs(),
        "plain/odd__1/result.json": result({ task_name: "odd", verifier_result: { rewards: { a: 1, b: 2 } } }),
      }),
    );
    const counts = page.locator("#profiles small a, #not-scored :is(.counts, td) a[href*='#trials?']");
    const links = await counts.evaluateAll((found) =>
      found.map((link) => [link.getAttribute("href"), link.textContent]),
    );
    expect(links.length).toBeGreaterThanOrEqual(7);
    for (const [href, count] of links) {
      await page.evaluate((hash) => (location.hash = hash ?? ""), href);
      await page.locator("output", { hasText: `${count} of 13 trials` }).waitFor();
    }
  });

  test("a verdict leads to its comparison, which opens", async () => {
    const { page } = await open(await written(jobs()));
    await page.locator(".card a").first().press("Enter");
    await page.locator("#pair-1 table").waitFor({ state: "visible" });
  });
});

describe("where two trials parted", () => {
  test("is reached from the heat map, from a figure's data and from a trial, opens, and leads back", async () => {
    const { page } = await open(await written(partedJobs()));
    const fix = page.locator(".parting", { hasText: "fix-parser" });
    const steps = fix.locator(".steps");
    expect(await steps.isVisible()).toBe(false);
    await page.locator("#figure-heat-map .wide .parted", { hasText: "fix-parser" }).click();
    await steps.waitFor({ state: "visible" });
    await fix.getByRole("link", { name: "0 of 1 solved" }).click();
    await page.locator("output", { hasText: "1 of 16 trials" }).waitFor();
    await page.locator("#trials tr:not([hidden])").getByRole("link", { name: "where they parted" }).click();
    expect(page.url()).toMatch(/#parting-1$/);
    await page.locator("#figure-heat-map summary").click();
    const row = page.locator("#figure-heat-map tbody tr", { hasText: "long" }).first();
    await row.getByRole("link", { name: "where they parted" }).press("Enter");
    await page
      .locator(".parting", { hasText: /^\s*long/ })
      .locator(".steps")
      .waitFor({ state: "visible" });
    await page.locator("#pair-1 summary").click();
    await page.locator("#pair-1 tr", { hasText: "twice" }).getByRole("link", { name: "where they parted" }).click();
    await page.locator("#parting-4 .steps").waitFor({ state: "visible" });
  });

  test("is opened by keyboard, and read aloud every action says whose it is", async () => {
    const { page } = await open(await written(partedJobs()));
    const fix = page.locator(".parting", { hasText: "fix-parser" });
    await fix.locator("summary").focus();
    await page.keyboard.press("Enter");
    const list = fix.getByRole("list");
    await list.waitFor({ state: "visible" });
    const items = (await list.locator("li").allTextContents()).map((text) => text.replace(/\s+/g, " ").trim());
    expect(items.slice(0, 5)).toEqual([
      "… 4 more same actions",
      "A 5 · B 5 $ ls src",
      "A 6 · B 6 $ grep -rn def parse src",
      "◀ ▶ First difference",
      "B 7 $ codegraph callers parse_token --depth 3",
    ]);
    expect(items).toContain("▶ ◀ They meet again, for 3 actions");
    expect(items.some((text) => /^A 7 \$ sed .* ≈ alike B 8 \$ sed/.test(text))).toBe(true);
  });

  test("is in two columns where there is room, in one on a phone, and opens without script", async () => {
    const file = await written(partedJobs());
    for (const [width, beside] of [
      [1440, true],
      [768, true],
      [360, false],
    ] as const) {
      const { page } = await open(file, { viewport: { width, height: 800 }, javaScriptEnabled: false });
      const fix = page.locator(".parting", { hasText: "fix-parser" });
      await fix.locator("summary").click();
      const alike = fix.locator(".steps .alike").first();
      const [a, b] = [await alike.locator(".of-a").boundingBox(), await alike.locator(".of-b").boundingBox()];
      if (a === null || b === null) throw new Error("both sides are to be seen");
      expect([width, a.x + a.width <= b.x, a.y + a.height <= b.y]).toEqual([width, beside, !beside]);
    }
  });
});

test("a trial leads to what a model said of it, which opens and leads back", async () => {
  const { page } = await open(await written(jobs(), opinionsOn));
  await page.locator("#trial-5").getByRole("link", { name: "opinion" }).click();
  const said = page.locator("#opinion details[open]");
  await said
    .getByRole("link", { name: /^The trial:/ })
    .first()
    .click();
  expect(page.url()).toMatch(/#trial-5$/);
});

test("the table of profiles is whole on a wide screen, attempts and all", async () => {
  const made = ["claude-baseline", "claude-codegraph"].flatMap((profile) =>
    Array.from({ length: 24 }, (_, at): [string, unknown] => [
      `${profile}/t${at}/result.json`,
      result({
        task_name: `task-${at % 8}`,
        verifier_result: { rewards: { reward: at % 3 === 0 ? 0 : 1 } },
        agent_result: { n_input_tokens: 555_000, n_output_tokens: 2600, cost_usd: 0.0136 * (1 + (at % 8)) },
      }),
    ]),
  );
  const { page } = await open(await written(Object.fromEntries(made)));
  const table = page.locator("#profiles > .scroll");
  expect(await table.locator("thead").textContent()).toContain("pass@k, pass^k");
  expect(await table.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
});

test("the theme is chosen by a button and kept", async () => {
  const { page } = await open(await written(jobs()), { colorScheme: "light" });
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Dark theme" }).press("Enter");
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await background()).toBe(dark);
  await page.emulateMedia({ media: "print" });
  // Paper is white.
  expect(await background()).not.toBe(dark);
});

test.each([360, 768, 1440])(
  "at %d px wide nothing is wider than the page, and each figure shows once",
  async (width) => {
    const file = await written({ ...jobs(), ...partedJobs() }, opinionsOn);
    const { page } = await open(file, { viewport: { width, height: 800 } });
    await page.evaluate(() => {
      const closed = document.querySelectorAll<HTMLDetailsElement>("#opinion details, #parted details");
      for (const each of closed) each.open = true;
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const figures = await page.locator("figure:has(svg)").count();
    expect(figures).toBe(8);
    expect(await page.locator("figure svg:visible").count()).toBe(figures);
  },
);

test("without script everything is there, but filters", async () => {
  const { page, complaints } = await open(await written(jobs()), { javaScriptEnabled: false });
  expect(await page.locator("#trials tbody tr:visible").count()).toBe(12);
  expect(await page.locator("#filters").isVisible()).toBe(false);
  expect(complaints).toEqual([]);
});

test("2,000 trials are ready to read and to filter in less than two seconds", async () => {
  const file = await written(twoThousand());
  expect(await readFile(file, "utf8")).toContain('id="parting-12"');
  const opened: number[] = [];
  // The best of three: the machine may be busy with something else.
  for (const _ of [1, 2, 3]) {
    const started = performance.now();
    const { page } = await open(file);
    await page.locator("#filters").waitFor({ state: "visible" });
    // Painted, too.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    opened.push(performance.now() - started);
    expect(await page.locator("output").textContent()).toBe("2000 of 2000 trials");
    const filtered = await page.evaluate(async () => {
      const before = performance.now();
      location.hash = "#trials?profile=profile-1&outcome=solved";
      await new Promise((done) => addEventListener("hashchange", done, { once: true }));
      return performance.now() - before;
    });
    expect(filtered).toBeLessThan(1000);
  }
  expect(Math.min(...opened)).toBeLessThan(2000);
});
