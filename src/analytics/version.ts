/** Made by npm run generate. What is kept of another version is not used. */
/** Of the code that reads trials and computes their metrics. */
export const ANALYTICS_VERSION = "8eafe69172ac412e";
/** Of the code that compares profiles. */
export const COMPARISON_VERSION = "e0e669c563dccaa0";
