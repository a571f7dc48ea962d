/** Made by npm run generate. What is kept of another version is not used. */
/** Of the code that reads trials and computes their metrics. */
export const ANALYTICS_VERSION = "bcb23cb57ff1f139";
/** Of the code that compares profiles. */
export const COMPARISON_VERSION = "d158c935a5b3bb47";
