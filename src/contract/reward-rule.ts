/** Which reward counts and from where on it is a success, until an experiment can say otherwise. */
export const REWARD_KEY = "reward";
export const SUCCESS_AT = 1;
