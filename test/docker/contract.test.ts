/** The docker environment against the engine of this machine. */
import { createDockerProvider } from "../../src/environments/docker/provider.ts";
import { contractName } from "../../src/environments/testing/contract-bed.ts";
import { environmentContract } from "../../src/environments/testing/contract.ts";
import { BASE_IMAGE } from "./base-image.ts";

const provider = createDockerProvider();
const abilities = await provider.abilities();

environmentContract("docker", () => provider, {
  abilities,
  spec: { dockerImage: BASE_IMAGE },
  leftBehind: async () =>
    (await provider.list()).map(({ name }) => name).filter((name) => name.startsWith(contractName(""))),
  slow: process.env["REGATTA_SLOW"] === "1",
});
