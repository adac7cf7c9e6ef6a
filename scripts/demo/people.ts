/** Who can be called in the demo; every number is reserved for fiction. */
import type { Person } from '../callers/behaviour.ts';
import { DESK } from './ami-dialer.ts';

export const PEOPLE = {
  connected: '+13035550131',
  dropped: '+13035550132',
  optsOut: '+13035550133',
  disclosed: '+12155550134',
  killed: '+13035550135',
  busy: '+13035550136',
  asleep: '+16715550137',
  registered: '+13035550138',
  stranger: '+13035550139',
  attested: '+13035550140',
  /** Called while the caller ID is signed with A. */
  signedFull: '+13035550142',
  /** Called after the switch to B, and again behind that call. */
  signedPartly: '+13035550143',
  /** A dialer calls over AMI, through the proxy; the other one it may not call, by any way. */
  routed: '+13035550171',
  unrouted: '+13035550172',
  /** Lets it ring, so that there is time to take the agents away by hand; for the tour of the README. */
  slow: '+13035550141',
  burst: Array.from({ length: 12 }, (_, index) => `+1303555${String(150 + index).padStart(4, '0')}`),
} as const;

export const people = (): readonly Person[] => [
  {
    numbers: [PEOPLE.connected, PEOPLE.dropped, PEOPLE.disclosed, PEOPLE.killed].map(digits),
    behaviour: { kind: 'answers' },
  },
  {
    numbers: [digits(PEOPLE.optsOut)],
    behaviour: { kind: 'answers', keys: [{ digit: '9', afterMs: 5_000 }] },
  },
  { numbers: [PEOPLE.routed, PEOPLE.unrouted].map(digits), behaviour: { kind: 'answers' } },
  { numbers: [DESK], behaviour: { kind: 'answers', ringMs: 100 } },
  { numbers: [digits(PEOPLE.slow)], behaviour: { kind: 'answers', ringMs: 8_000 } },
  { numbers: [PEOPLE.busy, PEOPLE.signedFull].map(digits), behaviour: { kind: 'busy' } },
  { numbers: [PEOPLE.signedPartly, ...PEOPLE.burst].map(digits), behaviour: { kind: 'rings' } },
];

const digits = (number: string): string => number.slice(1);
