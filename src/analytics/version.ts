/** Made by npm run generate. What is kept of another version is not used. */
/** Of the code that reads trials and computes their metrics. */
export const ANALYTICS_VERSION = "503a36dfb44d3220";
/** Of the code that compares profiles. */
export const COMPARISON_VERSION = "40671957ae5a608b";
