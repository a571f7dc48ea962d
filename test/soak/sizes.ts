/** How much is done: by default all of it, with REGATTA_SOAK=ci a part that fits into continuous integration. */
const small = process.env["REGATTA_SOAK"] === "ci";

export const SIZES = {
  /** Every so many changes of the recorded run; 1 = all of them. */
  pointEvery: small ? 25 : 1,
  /** Random selections of what a power cut loses, for each point. */
  randomLosses: small ? 1 : 2,
  killsLocal: small ? 20 : 200,
  killsDocker: small ? 4 : 30,
  randomTrials: small ? 200 : 2000,
} as const;
