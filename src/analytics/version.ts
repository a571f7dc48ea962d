/** Of the code that reads trials and computes their metrics; made by npm run generate. Readings of another one are not used. */
export const ANALYTICS_VERSION = "a61c1ab490503f87";
