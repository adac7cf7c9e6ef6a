/** The part of `main.ts` that hears the signals of the system. */

export interface StopSignals {
  /** Asks for an end when the live calls are over. */
  readonly first: Promise<string>;
  /** Asks for an end that waits for no talk; a third signal is left to the system. */
  readonly second: Promise<string>;
  close(): void;
}

/** Heard from now on until `close`, whatever the program does meanwhile. */
export function stopSignals(): StopSignals {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const told: ((signal: string) => void)[] = [];
  const next = (): Promise<string> => new Promise((resolve) => told.push(resolve));
  const [first, second] = [next(), next()];
  const close = (): void => {
    for (const each of signals) process.removeListener(each, hear);
  };
  const hear = (signal: string): void => {
    told.shift()?.(signal);
    if (told.length === 0) close();
  };
  for (const signal of signals) process.on(signal, hear);
  return { first, second, close };
}

/** SIGHUP means: load the configuration again. One that comes before the start is over is served then; it never ends the process. */
export function reloadSignal(): { serve(reload: () => void): void; stop(): void } {
  let wanted = false;
  let act = (): void => {
    wanted = true;
  };
  const hear = (): void => act();
  process.on('SIGHUP', hear);
  return {
    serve(reload) {
      act = reload;
      if (wanted) reload();
    },
    stop: () => void process.removeListener('SIGHUP', hear),
  };
}
