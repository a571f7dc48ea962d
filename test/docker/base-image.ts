/** A small Debian that the tests' preparation imports; see scripts/docker-base.mjs. */
export const BASE_IMAGE = "regatta-test/bookworm";
