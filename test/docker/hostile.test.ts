/** Attacks from inside containers. */
import { hostileTests } from "../support/hostile-tests.ts";
import { BASE_IMAGE } from "./base-image.ts";

hostileTests({
  environment: "docker",
  dockerfile: `FROM ${BASE_IMAGE}\nWORKDIR /app\n`,
  env: { DOCKER_HOST: process.env["DOCKER_HOST"] ?? "" },
  limitMs: 400_000,
});
