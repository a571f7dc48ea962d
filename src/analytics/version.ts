/** Of the code that reads trials and computes their metrics; made by npm run generate. Readings of another one are not used. */
export const ANALYTICS_VERSION = "6d3739d32d68cbf9";
