/** Of the code that reads trials and computes their metrics; made by npm run generate. Readings of another one are not used. */
export const ANALYTICS_VERSION = "1629ff1b196bcd08";
