/** Second ears as the adapter keeps them: set when the exchange is ready for it, never left behind. */
import type { AriClient } from 'ari-client';
import { describe, expect, test } from 'vitest';
import { openSnoopEars } from '../../src/adapters/asterisk/snoop-ears.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import type { CallId } from '../../src/domain/ids.ts';
import type { Log, LogFields } from '../../src/ports/log.ts';
import { TelephonyRefused } from '../../src/ports/telephony.ts';

const CALL = 'call-1' as CallId;
const EAR = 'breakwater-ear-call-1~';
const DETECTION = { silenceMs: 500, threshold: 256 };
const entered = { type: 'StasisStart', channel: { id: EAR } };

function exchange(log: Log = openLog('silent')) {
  const asked: string[] = [];
  const refused = new Set<string>();
  /** The exchange does not answer. */
  const silent = new Set<string>();
  const operation = (name: string) => (options: Readonly<Record<string, string | undefined>>) => {
    asked.push(
      [name, options['snoopId'] ?? options['channelId'], options['value']].filter(Boolean).join(' '),
    );
    if (silent.has(name)) return Promise.reject(new Error('no answer'));
    return refused.has(name) ? Promise.reject(new TelephonyRefused(name, null)) : Promise.resolve({});
  };
  const channels = {
    snoopChannelWithId: operation('snoop'),
    setChannelVar: operation('arm'),
    hangup: operation('hang up'),
  };
  const client = { channels } as unknown as AriClient;
  const command = <T>(_: string, run: (ours: AriClient) => Promise<T>): Promise<T> => run(client);
  return { asked, refused, silent, ears: openSnoopEars({ command }, 'breakwater', log) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an ear', () => {
  test('is armed only when it has come in', async () => {
    const { asked, ears } = exchange();
    await ears.listen(CALL, CALL, DETECTION);
    expect(asked).toEqual([`snoop ${EAR}`]);
    expect(ears.hear(entered)).toEqual([]);
    await settled();
    expect(asked.slice(1)).toEqual([`arm ${EAR} 500,256`]);
  });

  test('that comes in when it is no longer wanted is hung up', async () => {
    const { asked, ears } = exchange();
    await ears.listen(CALL, CALL, DETECTION);
    await ears.stop(CALL);
    ears.hear(entered);
    await settled();
    expect(asked).toEqual([`snoop ${EAR}`, `hang up ${EAR}`, `hang up ${EAR}`]);
  });

  test('that cannot be armed is hung up', async () => {
    const { asked, refused, ears } = exchange();
    refused.add('arm');
    await ears.listen(CALL, CALL, DETECTION);
    ears.hear(entered);
    await settled();
    expect(asked.at(-1)).toBe(`hang up ${EAR}`);
  });

  test('that cannot be reached is in the log under its call', async () => {
    const lines: LogFields[] = [];
    const note = (fields: LogFields): void => void lines.push(fields);
    const { silent, ears } = exchange({ info: note, warn: note, error: note });
    for (const name of ['arm', 'hang up']) silent.add(name);
    await ears.listen(CALL, CALL, DETECTION);
    ears.hear(entered);
    await settled();
    expect(lines.map(({ callId, channelId }) => [callId, channelId])).toEqual([
      [CALL, EAR],
      [CALL, EAR],
    ]);
  });

  test('of a life before this one is hung up, one of ours and other channels are not', async () => {
    const { asked, ears } = exchange();
    await ears.listen(CALL, CALL, DETECTION);
    await ears.sweep(['breakwater-ear-old~', EAR, 'call-1~', 'other-ear-call-2']);
    expect(asked.slice(1)).toEqual(['hang up breakwater-ear-old~']);
  });

  test('tells talk under the id of its call, and nothing else; other channels are not its business', () => {
    const { ears } = exchange();
    const channel = { id: EAR };
    expect(ears.hear({ type: 'ChannelTalkingStarted', channel })).toEqual([
      { kind: 'talk_started', callId: CALL, by: 'snoop' },
    ]);
    expect(ears.hear({ type: 'ChannelTalkingFinished', channel, duration: 940 })).toEqual([
      { kind: 'talk_finished', callId: CALL, by: 'snoop', talkMs: 940 },
    ]);
    expect(ears.hear({ type: 'ChannelDestroyed', channel })).toEqual([]);
    expect(ears.hear({ type: 'ChannelTalkingStarted', channel: { id: 'call-1~' } })).toBeNull();
    expect(ears.hear({ type: 'DeviceStateChanged' })).toBeNull();
  });
});
