/**
 * The best VICIdial can do in a world: its settings searched on seeds of their own for the highest utilization whose drops stay within
 * the ceiling over all of them (the law's long run; single days may be above).
 */
import { simulateBlock } from './block.ts';
import { VICIDIAL_DEFAULTS, type VicidialMethod, type VicidialSettings } from './vicidial.ts';
import { vicidialPolicy } from './vicidial-policy.ts';
import type { World } from './worlds.ts';

export interface TuneSetup {
  readonly world: World;
  readonly methods: readonly VicidialMethod[];
  readonly seeds: readonly number[];
  readonly days: number;
  readonly ceilingBp: number;
  /** After each setting that was tried. */
  readonly onTried?: () => void;
}

export interface Tuned {
  readonly settings: VicidialSettings;
  readonly utilization: number;
  readonly dropRate: number;
}

/** What is searched, one setting after the other. */
const CHOICES: { readonly [K in keyof VicidialSettings]?: readonly VicidialSettings[K][] } = {
  levelMax: [2, 3, 4, 6, 10],
  droppedPercentage: [1.5, 2, 2.5, 3],
  differenceTarget: [-1, 0, 1],
  intensity: [-50, -25, 0, 25, 50],
};
const LATEST: readonly number[] = [2100, 1700];
const ROUNDS = 2;

/** The best of each method, best first. */
export function tuneVicidial(setup: TuneSetup): readonly Tuned[] {
  const tried = new Map<string, Tuned>();

  function attempt(settings: VicidialSettings): Tuned {
    const key = JSON.stringify(settings);
    const known = tried.get(key);
    if (known !== undefined) return known;
    const { world, seeds, days, ceilingBp } = setup;
    const runs = seeds.map((seed) =>
      simulateBlock({ world, policy: vicidialPolicy(settings), seed, days, ceilingBp }),
    );
    const mean = (of: (run: (typeof runs)[number]) => number): number =>
      runs.reduce((sum, run) => sum + of(run), 0) / Math.max(1, runs.length);
    const tuned: Tuned = {
      settings,
      utilization: mean(({ utilization }) => utilization),
      dropRate: mean(({ dropRate }) => dropRate),
    };
    tried.set(key, tuned);
    setup.onTried?.();
    return tuned;
  }

  const ceiling = setup.ceilingBp / 10_000;
  /** Within the ceiling the busier one; above it the one that is less above. */
  function better(a: Tuned, b: Tuned): boolean {
    const [aOver, bOver] = [Math.max(0, a.dropRate - ceiling), Math.max(0, b.dropRate - ceiling)];
    return aOver === bOver ? a.utilization > b.utilization : aOver < bOver;
  }

  function climb(from: VicidialSettings): Tuned {
    let best = attempt(from);
    const choices = Object.entries({
      ...CHOICES,
      ...(from.method === 'tapered' ? { latestServerTime: LATEST } : {}),
    });
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = best;
      for (const [name, values] of choices) {
        for (const value of values) {
          const next = attempt({ ...best.settings, [name]: value });
          if (better(next, best)) best = next;
        }
      }
      if (best === before) break;
    }
    return best;
  }

  // Which agents the level counts is settled with the first method; the others begin where it ended.
  const [first, ...others] = setup.methods;
  if (first === undefined) return [];
  const start = [true, false]
    .map((readyOnly) => climb({ ...VICIDIAL_DEFAULTS, method: first, readyOnly }))
    .reduce((a, b) => (better(b, a) ? b : a));
  const found = [start, ...others.map((method) => climb({ ...start.settings, method }))];
  return found.sort((a, b) => (better(a, b) ? -1 : 1));
}
