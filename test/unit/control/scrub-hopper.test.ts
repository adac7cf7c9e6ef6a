/** INVARIANT (scrub-only-removes): leads that nothing but themselves could save are taken out; everybody else is left to the call. */
import { beforeEach, expect, test } from 'vitest';
import { isDoomed, scrubHopper } from '../../../src/control/scrub-hopper.ts';
import type { Screened } from '../../../src/control/operations.ts';
import { type Decision, REASONS, type ReasonCode } from '../../../src/domain/decision.ts';
import type { CampaignId } from '../../../src/domain/ids.ts';
import type { HopperLead } from '../../../src/ports/dialer-hopper.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';

const lead = (leadId: string): HopperLead => ({
  leadId,
  campaignId: 'solar' as CampaignId,
  number: `1303555${leadId}`,
  zip: null,
  state: 'CO',
});
const veto = (...codes: readonly ReasonCode[]): Decision =>
  ({ kind: 'veto', reasons: codes.map((code) => ({ code })) }) as unknown as Decision;
const PERMIT = { kind: 'permit', obligations: [] } as unknown as Decision;

let clock: FakeClock;
let here: readonly HopperLead[] | Error;
let asked: string[];
let out: string[];
let warned: string[];
let decision: (leadId: string | null) => Decision;
let refuses: (leadId: string) => boolean;
let stop: () => void;

beforeEach(() => {
  clock = fakeClock('2026-11-23T18:00:00Z');
  here = [];
  asked = [];
  out = [];
  warned = [];
  decision = () => PERMIT;
  refuses = () => false;
  const scrubbed = scrubHopper(
    {
      clock,
      log: { info: () => undefined, warn: (_fields, text) => void warned.push(text), error: () => undefined },
    },
    {
      name: 'the hopper',
      read: () => (here instanceof Error ? Promise.reject(here) : Promise.resolve(here)),
      takeOut: ({ leadId }) => {
        if (refuses(leadId)) return Promise.reject(new Error('ERROR: no'));
        out.push(leadId);
        if (!(here instanceof Error)) here = here.filter((each) => each.leadId !== leadId);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    },
    (input) => {
      asked.push(input.lead.leadId ?? '');
      return Promise.resolve(input.lead.leadId).then((id) => ({ decision: decision(id) }) as Screened);
    },
  );
  stop = () => scrubbed.stop();
});

test('who is doomed is taken out, who is not stays, and is asked about again much later', async () => {
  here = [lead('0121'), lead('0122')];
  decision = (id) => (id === '0121' ? veto('on_internal_list') : PERMIT);
  await clock.go(5_000);
  expect(out).toEqual(['0121']);
  await clock.go(300_000);
  expect(asked).toEqual(['0121', '0122']);
  decision = () => veto('consent_revoked');
  await clock.go(400_000);
  expect(out).toEqual(['0121', '0122']);
});

test('one that comes back is judged and taken out again', async () => {
  here = [lead('0121')];
  decision = () => veto('known_litigator');
  await clock.go(6_000);
  here = [lead('0121')];
  await clock.go(6_000);
  expect(out).toEqual(['0121', '0121']);
});

test('what another hour, a new list or a new consent would lift takes nobody out', () => {
  const takesOut = (Object.keys(REASONS) as ReasonCode[]).filter((code) => isDoomed(veto(code)));
  expect(takesOut.filter((code) => REASONS[code].transient)).toEqual([]);
  for (const code of [
    'list_stale',
    'list_missing',
    'fact_unavailable',
    'campaign_unknown',
    'consent_missing',
  ] as const)
    expect(takesOut).not.toContain(code);
  expect(takesOut).toContain('on_national_registry');
  expect(isDoomed(veto('outside_calling_hours', 'on_internal_list'))).toBe(true);
  expect(isDoomed(PERMIT)).toBe(false);
});

test('a dialer that does not take it out, or cannot be read, is left alone for a while, named once, and asked again', async () => {
  here = [lead('0121')];
  decision = () => veto('premium');
  refuses = () => true;
  await clock.go(29_000);
  expect(asked).toHaveLength(1);
  here = new Error('gone');
  await clock.go(60_000);
  expect(warned).toHaveLength(1);
  refuses = () => false;
  here = [lead('0121')];
  await clock.go(31_000);
  expect(out).toContain('0121');
});

test('one that cannot be taken out holds up nobody', async () => {
  here = [lead('0121'), lead('0122'), lead('0123')];
  decision = () => veto('premium');
  refuses = (id) => id === '0121';
  await clock.go(6_000);
  expect(out).toEqual(['0122', '0123']);
  expect(warned).toHaveLength(1);
  here = [lead('0121'), lead('0124')];
  await clock.go(6_000);
  expect(out).toEqual(['0122', '0123', '0124']);
  expect(warned).toHaveLength(1);
});

test('nor do many: they are tried behind the others', async () => {
  const stuck = ['0121', '0122', '0123', '0124', '0125'];
  here = [...stuck, '0126'].map(lead);
  decision = () => veto('premium');
  refuses = (id) => stuck.includes(id);
  await clock.go(6_000);
  expect(asked).toEqual(['0121', '0122', '0123']);
  await clock.go(30_000);
  expect(out).toEqual(['0126']);
});

test('one that cannot be judged holds up nobody either', async () => {
  here = [lead('0121'), lead('0122')];
  decision = (id) => {
    if (id === '0121') throw new Error('no');
    return veto('premium');
  };
  await clock.go(6_000);
  expect(out).toEqual(['0122']);
});

test('a sidecar that ends scrubs no more', async () => {
  await clock.go(1_000);
  stop();
  here = [lead('0121')];
  decision = () => veto('premium');
  await clock.go(60_000);
  expect(asked).toEqual([]);
});
