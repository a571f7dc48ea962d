/** Links of report.html, for whoever follows them: by keyboard, back again, on a phone, and with JavaScript off. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { type Files } from "../analytics/jobs.ts";
import { jobs, partedJobs, reportOf } from "../analytics/report-of.ts";
import { browserForTests } from "./browser.ts";

const open = browserForTests();

async function written(made: Files): Promise<string> {
  const { dir, files } = await reportOf(made);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return join(dir, "report.html");
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const at = document.activeElement;
    return at === null ? "" : `${at.localName} ${(at.id || at.textContent).trim().replace(/\s+/g, " ").slice(0, 30)}`;
  });
}

test("without script every link has a place to lead to, and what does not work is said", async () => {
  const { page } = await open(await written({ ...jobs(), ...partedJobs() }), { javaScriptEnabled: false });
  const number = page.locator("#profiles td small a").first();
  expect(await number.getAttribute("href")).toBe("#trials");
  await number.click();
  expect(page.url()).toMatch(/#trials$/);
  const note = page.locator("#trials .note");
  expect(await note.isVisible()).toBe(true);
  expect(await note.textContent()).toContain("JavaScript is off");
  const { page: running } = await open(await written(jobs()));
  expect(await running.locator("#trials .note").count()).toBe(0);
  expect(await running.locator("#profiles td small a").first().getAttribute("href")).toMatch(/^#trials\?profile=/);
});

test("focus goes where a link leads: to the table, to a trial's row, to what opens, to a section", async () => {
  const { page } = await open(await written(partedJobs()));
  await page.locator("#profiles td small a").first().press("Enter");
  await page.waitForURL(/#trials\?/);
  await expect.poll(() => focused(page)).toBe("h2 trials-heading");
  // The next thing in order is the table's, not what came after the number.
  await page.keyboard.press("Tab");
  await expect.poll(() => focused(page)).toMatch(/^select/);
  await page.locator("#parted .parting summary").first().press("Enter");
  await page.locator("#parted .parting[open] .sides td a[href^='#trial-']").first().press("Enter");
  await page.waitForURL(/#trial-\d+$/);
  await expect.poll(() => focused(page)).toMatch(/^tr trial-\d+$/);
  await page
    .locator("#trials tr:not([hidden])")
    .getByRole("link", { name: "where they parted" })
    .first()
    .press("Enter");
  await page.waitForURL(/#parting-\d+$/);
  await expect.poll(() => focused(page)).toMatch(/^summary /);
  await page.locator("nav").getByRole("link", { name: "Cost" }).press("Enter");
  await page.waitForURL(/#cost$/);
  await expect.poll(() => focused(page)).toBe("h2 cost-heading");
});

describe("a filter is in the address, and nowhere else", () => {
  const all = /^12 of 12 trials$/;
  const some = /^6 of 12 trials$/;

  test("Back takes it away, and brings it again", async () => {
    const { page } = await open(await written(jobs()));
    const output = page.locator("output");
    await page.locator("#profiles tbody th a").first().click();
    await output.filter({ hasText: some }).waitFor();
    await page.goBack();
    await output.filter({ hasText: all }).waitFor();
    await page.goForward();
    await output.filter({ hasText: some }).waitFor();
  });

  test("All trials shows all, and so does the row of a trial that was filtered away, whose address stays", async () => {
    const { page } = await open(await written(jobs()), { hash: "#trials?profile=plain" });
    const output = page.locator("output");
    expect(await output.textContent()).toMatch(some);
    await page.locator("nav").getByRole("link", { name: "All trials" }).click();
    await output.filter({ hasText: all }).waitFor();
    await page.goBack();
    await output.filter({ hasText: some }).waitFor();
    await page.evaluate(() => (location.hash = "#trial-12"));
    await page.locator("#trial-12").waitFor({ state: "visible" });
    expect(page.url()).toMatch(/#trial-12$/);
  });

  test("the same number followed twice filters twice, whatever was typed between", async () => {
    const { page } = await open(await written(jobs()));
    const link = page.locator("#profiles tbody th a").first();
    await link.click();
    await page.locator("output", { hasText: some }).waitFor();
    await page.locator("#filters").getByRole("searchbox").fill("alpha");
    await page.locator("output", { hasText: /^2 of 12/ }).waitFor();
    await link.click();
    await page.locator("output", { hasText: some }).waitFor();
    await page.locator("#trials-heading").evaluate((heading) => heading.scrollIntoView());
    await page.locator("#profiles-heading").scrollIntoViewIfNeeded();
    await link.click();
    await expect.poll(() => focused(page)).toBe("h2 trials-heading");
  });
});

test.each([390, 1440])("at %d px every link in a table is large enough to be hit", async (width) => {
  const { page } = await open(await written({ ...jobs(), ...partedJobs() }), { viewport: { width, height: 844 } });
  await page.evaluate(() => {
    for (const closed of document.querySelectorAll("details")) closed.open = true;
  });
  const small = await page
    .locator(":is(td, th) a:visible, thead button:visible, summary:visible")
    .evaluateAll((links) =>
      links.flatMap((link) => {
        const { width: wide, height } = link.getBoundingClientRect();
        const where = link.closest("figure, section")?.id ?? "";
        return wide >= 24 && height >= 24 ? [] : [`${where} ${link.textContent.trim()} ${wide}×${height}`];
      }),
    );
  expect(small).toEqual([]);
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const found = await page.evaluate<AxeResults>(`axe.run({ runOnly: ["target-size"] })`);
  expect(found.violations.flatMap(({ nodes }) => nodes.map(({ html }) => html))).toEqual([]);
});
