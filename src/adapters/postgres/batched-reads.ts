/**
 * Look-ups that are asked close together go to the server in one statement. A batch takes the keys that wait when it starts, so its
 * snapshot is newer than every question in it: a look-up sees every entry whose append has resolved before it was asked. A question
 * NEVER joins a batch that is on its way.
 */

/** Keys of one statement. */
const KEYS_MAX = 500;
/** Statements of one kind on their way: while one waits for the server the next is being filled. */
const ON_THE_WAY_MAX = 2;
/**
 * So many keys must wait before a statement goes out beside another: a statement of a few keys costs the server nearly what one of many
 * does, and where processes share two cores each of them takes the processor from who is deciding.
 */
const KEYS_BESIDE_MIN = 25;
/** Fewer go beside one that has been on its way for so long: a connection that hangs must not hold up those to come. */
const LATE_MS = 20;

interface Asked<Key, Value> {
  readonly key: Key;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** `readAll` answers in the order of its keys; when it rejects, every look-up of the batch does. */
export function batchedReads<Key, Value>(
  readAll: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  let waiting: Asked<Key, Value>[] = [];
  let onTheWay = 0;
  let starting = false;
  let sentAt = 0;
  let patience: NodeJS.Timeout | undefined;

  const holdBack = (): boolean => {
    if (onTheWay === 0 || waiting.length >= KEYS_BESIDE_MIN) return false;
    const leftMs = sentAt + LATE_MS - performance.now();
    if (leftMs <= 0) return false;
    patience ??= setTimeout(() => {
      patience = undefined;
      start();
    }, leftMs);
    return true;
  };

  const run = async (batch: readonly Asked<Key, Value>[]): Promise<void> => {
    try {
      const values = await readAll(batch.map(({ key }) => key));
      if (values.length !== batch.length) throw new Error(`${values.length} answers to ${batch.length} keys`);
      batch.forEach(({ resolve }, index) => resolve(values[index] as Value));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  /** A macrotask later, so that the decisions that one commit or one answer woke ask together. */
  const start = (): void => {
    if (starting || waiting.length === 0 || onTheWay >= ON_THE_WAY_MAX) return;
    if (holdBack()) return;
    starting = true;
    setImmediate(() => {
      starting = false;
      const batch = waiting.slice(0, KEYS_MAX);
      waiting = waiting.slice(KEYS_MAX);
      onTheWay += 1;
      sentAt = performance.now();
      void run(batch).finally(() => {
        onTheWay -= 1;
        clearTimeout(patience);
        patience = undefined;
        start();
      });
      start();
    });
  };

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      start();
    });
}
