/** The local environment as whoever runs the tests: root has more to lose, so root is who should. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createLocalProvider } from "../../src/environments/local/provider.ts";
import { environmentContract } from "../../src/environments/testing/contract.ts";
import { localLeftovers } from "./local-leftovers.ts";

const stateRoot = mkdtempSync(join(tmpdir(), "regatta-local-"));
const provider = createLocalProvider({ stateRoot });
const abilities = await provider.abilities();
afterAll(() => rmSync(stateRoot, { recursive: true, force: true }));

environmentContract("local", () => provider, {
  abilities,
  leftBehind: () => localLeftovers(stateRoot),
  slow: process.env["REGATTA_SLOW"] === "1",
});
