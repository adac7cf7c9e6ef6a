/** Chance from a seed: the same seed, the same world, on every machine. Generator: Marsaglia's xorshift128 on 32-bit integers. */

export interface Random {
  /** In [0, 1). */
  uniform(): number;
  chance(probability: number): boolean;
  /** Mean `mean`, in the unit of `mean`. */
  exponential(mean: number): number;
  /** Mean `mean` and deviation `sigma` of the logarithm. */
  lognormal(mean: number, sigma: number): number;
}

/** Spreads a small seed over 32 bits (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function randomFrom(seed: number): Random {
  let x = mix(seed + 0x9e37_79b9);
  let y = mix(x + 0x9e37_79b9);
  let z = mix(y + 0x9e37_79b9);
  let w = mix(z + 0x9e37_79b9) || 1;

  function uniform(): number {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = (w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return w / 4_294_967_296;
  }
  const exponential = (mean: number): number => -mean * Math.log(1 - uniform());
  return {
    uniform,
    chance: (probability) => uniform() < probability,
    exponential,
    lognormal(mean, sigma) {
      // Box and Muller; the second of the pair is left unused.
      const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
      return mean * Math.exp(sigma * normal - (sigma * sigma) / 2);
    },
  };
}
