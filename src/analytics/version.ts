/** Made by npm run generate. What is kept of another version is not used. */
/** Of the code that reads trials and computes their metrics. */
export const ANALYTICS_VERSION = "990391a1dcafc51c";
/** Of the code that compares profiles. */
export const COMPARISON_VERSION = "ca4db655af9b7bf5";
