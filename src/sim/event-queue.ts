/** What happens next: a binary heap by instant; of one instant, what was planned first comes first. */

interface Planned<Event> {
  readonly atMs: number;
  readonly order: number;
  readonly event: Event;
}

export interface EventQueue<Event> {
  add(atMs: number, event: Event): void;
  /** Takes out the earliest; undefined when nothing is planned. */
  next(): { readonly atMs: number; readonly event: Event } | undefined;
}

export function eventQueue<Event>(): EventQueue<Event> {
  const heap: Planned<Event>[] = [];
  let order = 0;
  const before = (a: Planned<Event>, b: Planned<Event>): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function sinkFromTop(item: Planned<Event>): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let least = heap[child];
      if (least === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, least)) {
        least = right;
        child += 1;
      }
      if (!before(least, item)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = item;
  }

  return {
    add(atMs, event) {
      const item = { atMs, order: (order += 1), event };
      let at = heap.length;
      while (at > 0) {
        const above = (at - 1) >> 1;
        const parent = heap[above];
        if (parent === undefined || before(parent, item)) break;
        heap[at] = parent;
        at = above;
      }
      heap[at] = item;
    },
    next() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (heap.length > 0) sinkFromTop(last);
      return first;
    },
  };
}
