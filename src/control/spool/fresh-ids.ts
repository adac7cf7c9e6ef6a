/** Call ids that were made here and that nothing has been decided under: no ledger can know them. */

/** Of each of two generations: more than are ever made and not decided yet. */
const GENERATION = 10_000;

export interface FreshIds {
  make(): string;
  /** True once for each id that was made here; never for one that came from outside. */
  take(id: string): boolean;
}

export function freshIds(newId: () => string): FreshIds {
  let young = new Set<string>();
  let old = new Set<string>();
  return {
    make() {
      const id = newId();
      if (young.size >= GENERATION) {
        old = young;
        young = new Set();
      }
      young.add(id);
      return id;
    },
    take: (id) => young.delete(id) || old.delete(id),
  };
}
