/** Of the code that reads trials and computes their metrics; made by npm run generate. Readings of another one are not used. */
export const ANALYTICS_VERSION = "4223d261eb3455da";
