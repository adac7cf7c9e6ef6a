import { expect, test } from 'vitest';
import type { RecordedLevel } from '../../../src/domain/attestation.ts';
import {
  alarmOf,
  type ArrivedCall,
  type CanaryAlarm,
  type CanaryOutcome,
  findingsOf,
  levelSeen,
  type ProvenCaller,
} from '../../../src/domain/canary.ts';

const call = (more: Partial<ArrivedCall> = {}): ArrivedCall => ({
  callerId: '+13035550101',
  calledNumber: '+13035550150',
  identities: [],
  date: '',
  from: '<sip:13035550101@carrier.example>;tag=1',
  asserted: '',
  verifyResult: '',
  attestation: '',
  echo: '',
  ...more,
});
const verified = (level: 'A' | 'B'): ProvenCaller => ({ kind: 'verified', level, certificateSha256: 'ab' });
const refused = (fault: string): ProvenCaller => ({ kind: 'refused', fault, detail: 'x' });
const seen = (more: Partial<ArrivedCall>, verdict: ProvenCaller | null = null) =>
  levelSeen(
    findingsOf(call(more), verdict, [
      { text: 'full', level: 'A' },
      { text: 'TN-Validation-Passed', level: 'B' },
    ]),
  );

test.each([
  ['an Identity header that holds', {}, verified('A'), 'A'],
  ['nothing at all', {}, null, 'none'],
  ['a header that was taken away, and nothing in its place', {}, refused('missing_identity'), 'none'],
  [
    'taken away, but told as verstat',
    { asserted: '<tel:+13035550101>;verstat=TN-Validation-Passed-A' },
    refused('missing_identity'),
    'A',
  ],
  ['verstat in From', { from: '<sip:1@c;verstat=TN-Validation-Passed-C>' }, null, 'C'],
  [
    'a verstat without a level, as the carrier means it',
    { asserted: '<sip:1@c;verstat=TN-Validation-Passed>' },
    null,
    'B',
  ],
  ['a verstat that failed', { asserted: '<sip:1@c;verstat=TN-Validation-Failed-A>' }, null, 'none'],
  [
    'a verstat in the display name, which is whatever the far end likes',
    {
      from: '"x;verstat=TN-Validation-Passed-A" <sip:1@c>',
      asserted: 'x;verstat=TN-Validation-Passed-A <sip:1@c>',
    },
    null,
    'none',
  ],
  [
    'a verstat in the name of the second address',
    {
      asserted:
        '"a" <sip:1@c;verstat=TN-Validation-Passed-C>, "b\\";verstat=TN-Validation-Passed-A" <tel:+1303>',
    },
    null,
    'C',
  ],
  [
    'two verstats that contradict each other',
    {
      asserted: '<tel:+13035550101;verstat=TN-Validation-Passed-A>',
      from: '<sip:1@c;verstat=TN-Validation-Failed>',
    },
    null,
    'none',
  ],
  [
    'the same of one header',
    { from: '<sip:1;verstat=TN-Validation-Passed-A@c>;verstat=No-TN-Validation' },
    null,
    'none',
  ],
  ['the exchange verified it', { verifyResult: 'success', attestation: 'B' }, null, 'B'],
  [
    'a claim of A under a caller ID that is another',
    { verifyResult: 'cid_orig_tn_mismatch', attestation: 'A' },
    null,
    'none',
  ],
  ['no header for the exchange to verify', { verifyResult: 'missing_identity_hdr', echo: 'full' }, null, 'A'],
  [
    'verstat in both: the carrier asserts P-Asserted-Identity, the caller wrote From',
    {
      from: '<sip:1@c;verstat=TN-Validation-Passed-A>',
      asserted: '<sip:1@c;verstat=TN-Validation-Passed-C>',
    },
    null,
    'C',
  ],
  ['a bare letter in the header of the carrier', { echo: ' b ' }, null, 'B'],
  ['a word of the carrier that nobody has explained', { echo: 'gold' }, verified('A'), 'none'],
])('%s', (_, more, verdict, level) => {
  expect(seen(more as Partial<ArrivedCall>, verdict)).toBe(level);
});

test('where two tell two levels the lowest counts, and both are kept', () => {
  const more = { asserted: '<tel:+13035550101;verstat=TN-Validation-Passed-B>', echo: 'full' };
  expect(seen(more, verified('A'))).toBe('B');
  expect(findingsOf(call(more), verified('A'), []).map(({ source }) => source)).toEqual([
    'identity',
    'verstat',
    'echo',
  ]);
  expect(seen(more, refused('bad_signature'))).toBe('none');
});

test.each<[string, CanaryOutcome, RecordedLevel, RecordedLevel | null, RecordedLevel, CanaryAlarm | null]>([
  ['it did not come', 'missing', 'none', null, 'none', 'missing'],
  ['it was refused on the way', 'refused', 'none', 'A', 'A', 'missing'],
  ['less than the one before, though still enough', 'arrived', 'B', 'A', 'C', 'fell'],
  ['nothing, where there was something before', 'arrived', 'none', 'C', 'none', 'fell'],
  ['the first one, less than a campaign asks', 'arrived', 'B', null, 'A', 'below_minimum'],
  ['as low as before, and still too low', 'arrived', 'B', 'B', 'A', 'below_minimum'],
  ['unsigned, and nobody asks for more', 'arrived', 'none', null, 'none', 'unsigned'],
  ['as it was', 'arrived', 'B', 'B', 'B', null],
  ['better than before', 'arrived', 'A', 'B', 'A', null],
  ['the first one, and enough', 'arrived', 'C', null, 'none', null],
])('the alarm when %s', (_, outcome, level, before, demanded, alarm) => {
  expect(alarmOf(outcome, { level, before, demanded })).toBe(alarm);
});
