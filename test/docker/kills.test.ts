/** Runners killed at random moments while their trials are in containers. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { SIZES } from "../soak/sizes.ts";
import { killRounds } from "../soak/support/kill-rounds.ts";
import { BASE_IMAGE } from "./base-image.ts";

test("a runner killed at random moments loses nothing, and its containers go", async () => {
  const began = performance.now();
  const report = await killRounds({
    rounds: SIZES.killsDocker,
    environment: "docker",
    env: { DOCKER_HOST: process.env["DOCKER_HOST"] ?? "" },
    dockerfile: `FROM ${BASE_IMAGE}\nWORKDIR /app\n`,
    sandboxes(dir) {
      const filter = `label=regatta.project=${dir}`;
      const listed = execFileSync("docker", ["ps", "-aq", "--filter", filter], { encoding: "utf8" }).trim();
      return listed === "" ? [] : listed.split("\n");
    },
    seed: Number(process.env["REGATTA_SEED"] ?? 1),
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`kills in docker: ${JSON.stringify(report)}; ${seconds} s`);
  expect(report.kills).toBe(SIZES.killsDocker);
}, 3_600_000);
