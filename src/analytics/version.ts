/** Made by npm run generate. What is kept of another version is not used. */
/** Of the code that reads trials and computes their metrics. */
export const ANALYTICS_VERSION = "c973a7df9c5a34f1";
/** Of the code that compares profiles. */
export const COMPARISON_VERSION = "31237cfc8e52c1d6";
