/** What the benchmark and the process of the persons say to each other. */
import type { CallRecord, Script } from './script.ts';

export type ToPeople =
  | { readonly do: 'open'; readonly greeting: readonly Uint8Array[] }
  | { readonly do: 'expect'; readonly script: Script }
  | { readonly do: 'answer'; readonly number: string; readonly afterMs: number }
  | { readonly do: 'hang_up'; readonly number: string }
  | { readonly do: 'log_in'; readonly id: string; readonly asteriskPort: number }
  | { readonly do: 'log_out' }
  | { readonly do: 'delay' };

export type FromPeople =
  | { readonly told: 'open'; readonly port: number }
  | { readonly told: 'expecting'; readonly number: string }
  | { readonly told: 'ringing'; readonly number: string }
  | { readonly told: 'answered'; readonly number: string; readonly at: number }
  | { readonly told: 'over'; readonly record: CallRecord }
  | { readonly told: 'agent'; readonly id: string; readonly problem: string | null }
  | { readonly told: 'delay'; readonly p99Ms: number; readonly maxMs: number };
