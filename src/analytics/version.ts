/** Made by npm run generate. What is kept of another version is not used. */
/** Of the code that reads trials and computes their metrics. */
export const ANALYTICS_VERSION = "b7e5c9dd5065cbd6";
/** Of the code that compares profiles. */
export const COMPARISON_VERSION = "fbce55483eb84f08";
