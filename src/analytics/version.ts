/** Made by npm run generate. What is kept of another version is not used. */
/** Of the code that reads trials and computes their metrics. */
export const ANALYTICS_VERSION = "5eec99f74204597a";
/** Of the code that compares profiles. */
export const COMPARISON_VERSION = "c3d99d17dec2c8df";
