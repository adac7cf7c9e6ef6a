/** What an agent is told of the lead: only in time, only to the agent's own channel, and never longer than until the connect. */
import { describe, expect, test } from 'vitest';
import { openLog } from '../../../src/adapters/system/log.ts';
import { beginBriefing } from '../../../src/control/call-briefing.ts';
import { parseBriefing, type Briefing } from '../../../src/domain/briefing.ts';
import type { AgentId, CallId } from '../../../src/domain/ids.ts';
import type { Telephony } from '../../../src/ports/telephony.ts';

const CALL = 'call-1' as CallId;
const AGENT = { agentId: '3001' as AgentId, channelId: 'desk-1' };
const WORDS = 'The roof is of slate.' as Briefing;

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** `answer` lets the exchange answer the command that plays. */
function world(speak: () => Promise<string> = () => Promise.resolve('sound:words')) {
  const done: string[] = [];
  let answer = (): void => undefined;
  const telephony = {
    play: (channelId: string, playbackId: string, media: string) => {
      done.push(`play ${media} to ${channelId} as ${playbackId}`);
      return new Promise<void>((resolve) => (answer = resolve));
    },
    stopPlayback: (playbackId: string) => {
      done.push(`stop ${playbackId}`);
      return Promise.resolve();
    },
  } as unknown as Telephony;
  const briefings = {
    speak,
    discard: () => {
      done.push('discard');
      return Promise.resolve();
    },
  };
  const briefing = beginBriefing({ briefings, telephony, log: openLog('silent') }, CALL, WORDS);
  if (briefing === null) throw new Error('no briefing');
  return { briefing, done, answer: () => answer() };
}

describe('the briefing of a call', () => {
  test('is played to the agent, and stopped only behind the answer to the command that plays it', async () => {
    const { briefing, done, answer } = world();
    await settled();
    briefing.tell(AGENT);
    briefing.stop();
    await settled();
    expect(done).toEqual(['play sound:words to desk-1 as call-1:briefing:1']);
    answer();
    await settled();
    expect(done.slice(1)).toEqual(['stop call-1:briefing:1']);
  });

  test('is left out when it is not ready, or the agent has no channel of ours', async () => {
    const late = world(() => new Promise(() => undefined));
    late.briefing.tell(AGENT);
    const elsewhere = world();
    await settled();
    elsewhere.briefing.tell({ ...AGENT, channelId: null });
    for (const { briefing, done } of [late, elsewhere]) {
      briefing.stop();
      await settled();
      expect(done).toEqual([]);
    }
  });

  test('that cannot be spoken is nobody else’s trouble', async () => {
    const { briefing, done } = world(() => Promise.reject(new Error('no voice')));
    await settled();
    briefing.tell(AGENT);
    briefing.end();
    await settled();
    expect(done).toEqual(['discard']);
  });

  test('leaves no sound behind, also when the call ends before it has been spoken', async () => {
    let spoken: (media: string) => void = () => undefined;
    const { briefing, done } = world(() => new Promise((resolve) => (spoken = resolve)));
    briefing.end();
    await settled();
    expect(done).toEqual([]);
    spoken('sound:words');
    await settled();
    expect(done).toEqual(['discard']);
  });
});

describe('facts that are read out', () => {
  test.each([
    [['Came by the web form', ' The roof is of slate '], 'Came by the web form. The roof is of slate.'],
    [[], null],
  ])('%j', (facts, value) => {
    expect(parseBriefing(facts)).toEqual({ ok: true, value });
  });

  test.each([
    ['too many', Array.from({ length: 6 }, () => 'one')],
    ['too long', ['x'.repeat(81)]],
    ['a line break', ['one\ntwo']],
    ['nothing to say', ['...']],
    ['markup, which a voice may obey', ['<audio src="x"/> one']],
  ])('refused: %s', (_, facts) => {
    expect(parseBriefing(facts).ok).toBe(false);
  });
});
