/**
 * Random numbers that are the same on every machine for the same seed: sfc32 by Chris Doty-Humphrey (PractRand), in 32-bit
 * integers only, its state filled from the seed by splitmix32.
 */
export interface Random {
  /** In [0, 1), with 32 bits. */
  next(): number;
  /** A whole number from 0 to `below` − 1, each as likely as any other. */
  below(below: number): number;
  /** 0 or 1. */
  bit(): 0 | 1;
}

export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const split = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  let [a, b, c, counter] = [split(), split(), split(), 1];
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) word();
  // Most draws are of the same range as the one before.
  let [range, limit] = [0, 0];
  return {
    next: () => word() / 2 ** 32,
    below(below) {
      // What does not divide evenly is drawn again, or small numbers would be likelier.
      if (below !== range) [range, limit] = [below, 2 ** 32 - (2 ** 32 % below)];
      let drawn = word();
      while (drawn >= limit) drawn = word();
      return drawn % below;
    },
    bit: () => (word() >>> 31) as 0 | 1,
  };
}
