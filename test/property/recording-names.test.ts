/** INVARIANT (a-name-is-one-part): no two parts of recordings have one name, whatever ids calls have. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCallId } from '../../src/domain/ids.ts';
import { RECORDING_TRACKS } from '../../src/domain/recording.ts';
import { callsOfFile, formerFiles, recordingFiles, trackFiles } from '../../src/ports/recordings.ts';

/** Ids that end in each other's parts are likely. */
const callIds = fc
  .array(fc.constantFrom('x', 'Y', '7', '.', '-', '_', '-called', '-agent', '.wav', 'mixed', '~'), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
  .filter((text) => parseCallId(text).ok);
const partsOf = (callId: string): readonly string[] =>
  trackFiles(recordingFiles(callId)).map(({ track, file }) => `${file} is ${callId} ${track}`);

test('two names are the same only for one call and one track', () => {
  fc.assert(
    fc.property(callIds, callIds, (one, other) => {
      const parts = new Set([...partsOf(one), ...partsOf(other)]);
      const names = new Set([...recordingFiles(one), ...recordingFiles(other)]);
      expect(names.size).toBe(parts.size);
      expect(parts.size).toBe(RECORDING_TRACKS.length * new Set([one, other]).size);
    }),
    { numRuns: 2_000 },
  );
});

test('a name tells its call, and no former name is a name of today', () => {
  fc.assert(
    fc.property(callIds, callIds, (one, other) => {
      for (const file of recordingFiles(one)) expect(callsOfFile(file)).toEqual([one]);
      for (const file of formerFiles(one)) expect(callsOfFile(file)).toContain(one);
      expect(recordingFiles(other)).not.toEqual(
        expect.arrayContaining([expect.toSatisfy((file: string) => formerFiles(one).includes(file))]),
      );
    }),
    { numRuns: 2_000 },
  );
});

test.each(['x~other.wav', 'x~called', '~mixed.wav', 'x~mixed~mixed.wav'])(
  '%s is no recording of ours',
  (file) => {
    const calls = callsOfFile(file).filter((callId) => parseCallId(callId).ok);
    expect(calls).toEqual([]);
  },
);
