/** Who may know whom. Imports point inward only; `main.ts` knows everybody and only the command line starts it. */

/** Rooms that do no I/O, read no clock, draw no random number and await nothing. */
export const PURE_ROOMS = ['domain', 'rules', 'callflow', 'pacing', 'passport', 'sim'] as const;

/** Rooms that are handed time: they neither read a clock nor draw a random number. */
export const CLOCKLESS_ROOMS = [...PURE_ROOMS, 'ports', 'config', 'control', 'http'] as const;

/** What a pure room may take from outside: hashing, calendars, reading numbers. */
export const PURE_PACKAGES = ['node:crypto', 'luxon', 'libphonenumber-js/min'] as const;

/** Each room may import itself and these. `adapters` here is the own adapter only; `adapters/*` is any. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  rules: ['domain'],
  callflow: ['domain'],
  pacing: ['domain'],
  // Signed caller IDs: RFC 8224, 8225, 8226, 8588.
  passport: ['domain'],
  ports: ['domain'],
  config: ['domain'],
  // The simulated call floor: pure, drives the real pacing.
  sim: ['domain', 'pacing'],
  control: ['domain', 'rules', 'callflow', 'pacing', 'passport', 'ports'],
  adapters: ['domain', 'passport', 'ports', 'config'],
  http: ['domain', 'control', 'config', 'ports'],
  // Commands that work without a running sidecar (prompts, check, doctor) open adapters themselves.
  cli: [
    'domain',
    'rules',
    'passport',
    'control',
    'config',
    'ports',
    'adapters/*',
    'http',
    'sim',
    'scripts/asterisk',
  ],
  'cli/main.ts': ['main.ts'],
  // The part of `main.ts` that a start and a reload share.
  'load-ruling.ts': ['domain', 'ports', 'config', 'control', 'adapters/*'],
  // The part of `main.ts` that lets dialers in through the manager interface.
  'open-ami-proxy.ts': ['domain', 'ports', 'config', 'adapters/*'],
  // The part of `main.ts` that says who may come in through the HTTP door.
  'open-http.ts': ['ports', 'config', 'adapters/*', 'http'],
  // The part of `main.ts` that opens what recordings need.
  'open-archive.ts': ['domain', 'ports', 'config', 'control', 'adapters/*'],
  // The part of `main.ts` that opens where checkpoints of the ledger are kept.
  'open-checkpoints.ts': ['domain', 'ports', 'config', 'control', 'adapters/*'],
  // The part of `main.ts` that opens what confirms calls as they leave.
  'open-signed-here.ts': ['domain', 'ports', 'config', 'control', 'adapters/*'],
  // The part of `main.ts` that opens the disk beside the ledger.
  'open-spool.ts': ['domain', 'ports', 'config', 'control', 'adapters/*'],
  // The part of `main.ts` that reads a dialer's agents.
  'open-exchange.ts': ['ports', 'config', 'adapters/*'],
  'open-vicidial.ts': ['ports', 'config', 'control', 'adapters/*'],
  // The part of `main.ts` that hears the system's signals.
  'signals.ts': [],
  'main.ts': [
    'load-ruling.ts',
    'open-ami-proxy.ts',
    'open-http.ts',
    'open-archive.ts',
    'open-checkpoints.ts',
    'open-signed-here.ts',
    'open-exchange.ts',
    'open-spool.ts',
    'open-vicidial.ts',
    'signals.ts',
    'domain',
    'rules',
    'callflow',
    'pacing',
    'ports',
    'config',
    'control',
    'adapters/*',
    'http',
  ],
  // Runs in the browser; has no types and no imports of ours.
  page: [],
};
