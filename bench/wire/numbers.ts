/** Made-up numbers of Colorado: 555-01xx of each of its area codes, nobody's in the real network. */

const AREA_CODES = ['303', '719', '720', '748', '970', '983'] as const;

/** Digits with the country code; as many as there are: the drop lockout is off, so numbers may be called again. */
export const NUMBERS: readonly string[] = AREA_CODES.flatMap((area) =>
  Array.from({ length: 100 }, (_, line) => `1${area}55501${String(line).padStart(2, '0')}`),
);

/** Takes numbers in turn. A number that was `spent`, as by an opt-out, is not given again. */
export interface NumberPool {
  take(count: number): readonly string[];
  spend(number: string): void;
}

export function numberPool(): NumberPool {
  const free = [...NUMBERS];
  const spent = new Set<string>();
  return {
    take(count) {
      const taken: string[] = [];
      for (let looked = 0; taken.length < count && looked < NUMBERS.length; looked += 1) {
        const next = free.shift();
        if (next === undefined) break;
        if (spent.has(next)) continue;
        free.push(next);
        taken.push(next);
      }
      if (taken.length < count)
        throw new Error(`only ${taken.length} numbers are left of ${count} asked for`);
      return taken;
    },
    spend: (number) => void spent.add(number),
  };
}
