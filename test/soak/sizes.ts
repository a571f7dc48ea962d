/** How much is done: a part that fits into continuous integration, with REGATTA_SOAK=full (`npm run test:soak`) all of it. */
const small = process.env["REGATTA_SOAK"] !== "full";

export const SIZES = {
  /** Every so many changes of the recorded run; 1 = all of them. */
  pointEvery: small ? 25 : 1,
  /** Random selections of what a power cut loses, for each point. */
  randomLosses: small ? 1 : 2,
  killsLocal: small ? 20 : 200,
  killsDocker: small ? 4 : 30,
  randomTrials: small ? 200 : 2000,
} as const;
