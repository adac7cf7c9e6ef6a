import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeAudio } from '../../../src/adapters/audio/probe.ts';
import { readWav } from '../../../src/adapters/audio/wav.ts';
import { tone, wavFile } from './sounds.ts';

const four = 'one two three four';
const problemOf = (bytes: Uint8Array): string => {
  const answer = probeAudio(bytes, four);
  return answer.ok ? '' : answer.problem;
};

describe('a recording', () => {
  test('in the telephone format with speech in it is fit', () => {
    const answer = probeAudio(wavFile(tone(2_000, { silenceMs: 90 })), four);
    expect(answer).toMatchObject({ ok: true, value: { durationMs: 2_090, leadingSilenceMs: 90 } });
  });

  test.each([
    ['silence', wavFile(new Int16Array(16_000)), 'is silent or too quiet (-inf dBFS)'],
    ['nearly silence', wavFile(tone(2_000, { level: 0.005 })), 'is silent or too quiet (-49 dBFS)'],
    ['a late start', wavFile(tone(2_000, { silenceMs: 120 })), 'starts with 120 ms of silence; at most 100'],
    ['too short', wavFile(tone(500)), 'is too short: 500 ms of speech for 4 words; at least 600'],
    [
      'a click in silence',
      wavFile(tone(2_000, { silenceMs: 0 }).fill(0, 800)),
      'is too short: 100 ms of speech',
    ],
    ['a wrong rate', wavFile(tone(2_000), { rate: 16_000 }), 'has 16000 samples a second; expected 8000'],
    ['stereo', wavFile(tone(2_000), { channels: 2 }), 'has 2 channels; expected 1'],
    [
      'mu-law',
      wavFile(tone(2_000), { coding: 7, bits: 8 }),
      'is 8-bit audio of coding 7; expected 16-bit PCM',
    ],
    ['24 bits', wavFile(tone(2_000), { bits: 24 }), 'is 24-bit audio of coding 1'],
    ['a minute', wavFile(tone(61_000)), 'lasts 61000 ms; at most 60000'],
    ['no audio', wavFile(tone(0)), 'is silent or too quiet'],
    ['a cut file', wavFile(tone(2_000)).subarray(0, 20_000), 'is cut short'],
    ['a header alone', wavFile(tone(2_000)).subarray(0, 36), 'has no audio in it'],
    ['an MP3', Buffer.from('ID3\u0004 something'), 'is not a WAV file'],
    ['an empty file', Buffer.alloc(0), 'is not a WAV file'],
  ])('%s is refused', (_, bytes, problem) => {
    expect(problemOf(bytes)).toContain(problem);
  });

  test('chunks before the audio are skipped', () => {
    const plain = wavFile(tone(2_000));
    const extra = Buffer.from('LIST\u0003\0\0\0abc\0', 'latin1');
    const bytes = Buffer.concat([plain.subarray(0, 12), extra, plain.subarray(12)]);
    expect(problemOf(bytes)).toBe('');
  });

  test('no bytes throw', () => {
    const whole = wavFile(tone(50));
    const damaged = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 })
      .map((changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        readWav(bytes);
        probeAudio(bytes, four);
      }),
      { numRuns: 2_000 },
    );
  });
});
