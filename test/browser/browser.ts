/** The Chromium of this machine, headless, driven by playwright-core, which brings none of its own. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

function executable(): string {
  const given = process.env["REGATTA_CHROMIUM"];
  if (given !== undefined) return given;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error("These tests need Chromium: apt-get install chromium, or its path in REGATTA_CHROMIUM.");
  }
  return found;
}

export interface Opened {
  readonly page: Page;
  /** Errors and warnings of the console, errors that nothing caught, dialogs. */
  readonly complaints: readonly string[];
  /** Every address asked for. */
  readonly requests: readonly string[];
}

export type Open = (file: string, options?: BrowserContextOptions & { readonly hash?: string }) => Promise<Opened>;

/** One browser for a file's tests, a fresh context for every page. */
export function browserForTests(): Open {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // Chromium's own sandbox does not run as root.
    browser = await chromium.launch({ executablePath: executable(), chromiumSandbox: process.getuid?.() !== 0 });
  });
  afterAll(async () => browser?.close());
  return async (file, { hash = "", ...options } = {}) => {
    if (browser === undefined) throw new Error("the browser was not started");
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: "reduce",
      ...options,
    });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`file://${file}${hash}`, { waitUntil: "load" });
    return { page, complaints, requests };
  };
}
