/** VICIdial's words for calls, in ours; and nothing where they say nothing. */
import { expect, test } from 'vitest';
import { loggedCalls } from '../../src/adapters/vicidial/call-log.ts';
import type { StatusOutcome } from '../../src/config/vicidial.ts';

const NONE: ReadonlyMap<string, StatusOutcome> = new Map();
const V = 'V1230800000000004711';
const M = 'M1230800000000004711';
const row = (changes: Partial<Parameters<typeof loggedCalls>[0][number]> = {}) => ({
  caller_code: V,
  lead_id: 4_711,
  seconds_ago: 12,
  phone_code: '1',
  phone_number: '3035550121',
  status: 'NA',
  user: 'VDAD',
  ...changes,
});

test('a call is its code, its number, its lead, its age and its outcome', () => {
  expect(loggedCalls([row()], NONE)).toEqual([
    { name: V, number: '+13035550121', leadId: '4711', dialedAgoMs: 12_000, outcome: 'no_answer' },
  ]);
});

test.each([
  ['INCALL', '6001', 'connected'],
  ['SALE', '6001', 'connected'],
  ['ni', '6001', 'connected'],
  ['DNC', '6001', 'connected'],
  // Nobody of flesh and blood was there.
  ['SALE', 'VDAD', null],
  ['INCALL', 'VDCL', null],
  ['INCALL', '', null],
  ['INCALL', null, null],
  ['DROP', 'VDAD', 'dropped'],
  ['XDROP', 'VDAD', 'dropped'],
  ['PDROP', 'VDAD', 'dropped'],
  ['AA', 'VDAD', 'machine'],
  ['A', '6001', 'machine'],
  ['NA', 'VDAD', 'no_answer'],
  ['B', '6001', 'busy'],
  ['AB', 'VDAD', 'busy'],
  ['ADC', 'VDAD', 'failed'],
  ['QUEUE', 'VDAD', null],
  ['DNCCAR', 'VDAD', null],
  ['HUC34', 'VDAD', null],
  ['PU', 'VDAD', null],
  ['SVYREC', 'VDAD', null],
  ['NEWONE', '6001', null],
  ['', 'VDAD', null],
  [null, null, null],
] as const)('status %s of %s is %s', (status, user, outcome) => {
  expect(loggedCalls([row({ status, user })], NONE)[0]?.outcome).toBe(outcome);
});

test('by hand the agent is there before the person: only what the agent tells afterwards counts', () => {
  const said = (status: string) =>
    loggedCalls([row({ caller_code: M, status, user: '6001' })], NONE)[0]?.outcome;
  expect(said('INCALL')).toBeNull();
  expect(said('SALE')).toBe('connected');
  expect(said('N')).toBe('no_answer');
});

test('a site’s own statuses come first, whatever their case, and need a person too', () => {
  const statuses = new Map<string, StatusOutcome>([
    ['QUAL', 'connected'],
    ['NA', 'nothing'],
    ['AA', 'dropped'],
  ]);
  const said = (status: string, user: string) => loggedCalls([row({ status, user })], statuses)[0]?.outcome;
  expect(said('qual', '6001')).toBe('connected');
  expect(said('QUAL', 'VDAD')).toBeNull();
  expect(said('NA', 'VDAD')).toBeNull();
  expect(said('AA', 'VDAD')).toBe('dropped');
});

test.each([
  ['a code that is none', { caller_code: 'DC12308000000004711' }],
  ['a hang-up', { caller_code: 'VH230800000000004711' }],
  ['no lead', { lead_id: null }],
  ['a time that is not known', { seconds_ago: null }],
  ['a time to come', { seconds_ago: -3_600 }],
  ['another country', { phone_code: '44', phone_number: '2079460000' }],
  ['no number', { phone_number: null }],
  ['a number that is too short', { phone_number: '5550121' }],
] as const)('%s is no call of ours', (_what, changes) => {
  expect(loggedCalls([row(changes)], NONE)).toEqual([]);
});

test.each([
  ['the code with the number', { phone_number: '13035550121' }],
  ['a code that is not dialed', { phone_code: '01' }],
  ['no code', { phone_code: null }],
] as const)('%s: the number is the one that is dialed', (_what, changes) => {
  expect(loggedCalls([row(changes)], NONE)[0]?.number).toBe('+13035550121');
});

test('two rows of one code that disagree say nothing', () => {
  expect(loggedCalls([row(), row()], NONE)[0]?.outcome).toBe('no_answer');
  expect(loggedCalls([row(), row({ status: 'DROP' })], NONE)[0]?.outcome).toBeNull();
  expect(loggedCalls([row(), row({ phone_number: '3035550122' })], NONE)[0]?.outcome).toBeNull();
  expect(loggedCalls([row(), row({ status: 'DROP' }), row()], NONE)[0]?.outcome).toBeNull();
});
