/** Made by npm run generate. What is kept of another version is not used. */
/** Of the code that reads trials and computes their metrics. */
export const ANALYTICS_VERSION = "7e85c9d5b3e8b3b9";
/** Of the code that compares profiles. */
export const COMPARISON_VERSION = "45c6f85121c5c5a8";
