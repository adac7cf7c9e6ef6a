/** Which channels are dialed under a permit, and how they end: from events as Asterisk 22 sends them. */
import type { AriEvent } from 'ari-client';
import { describe, expect, test } from 'vitest';
import { openRingingLegs } from '../../src/adapters/asterisk/ringing-legs.ts';
import type { TelephonyEvent } from '../../src/ports/telephony.ts';

const PERSON = { id: 'person', name: 'PJSIP/carrier-00000001', state: 'Down' };
const HALF = { id: 'half', name: 'Local/13035550110@out-00000001;2', state: 'Up' };

const carries = (channel: typeof PERSON, value: string, variable = 'BREAKWATER_CALL_ID'): AriEvent => ({
  type: 'ChannelVarset',
  channel,
  variable,
  value,
});
const dial = (dialstatus: string, peer = PERSON, caller: typeof PERSON | null = HALF): AriEvent => ({
  type: 'Dial',
  dialstatus,
  peer,
  ...(caller === null ? {} : { caller }),
});
const destroyed = (channel: typeof PERSON, state: string, cause = 17, techCause = 486): AriEvent => ({
  type: 'ChannelDestroyed',
  channel: { ...channel, state },
  cause,
  tech_cause: techCause,
});

function hearing() {
  const told: TelephonyEvent[] = [];
  const legs = openRingingLegs((event) => void told.push(event));
  return {
    legs,
    told,
    hear: (...events: readonly AriEvent[]): readonly string[] => {
      for (const event of events) legs.hear(event);
      return told.map((event) =>
        event.kind === 'dialer_leg_ended' ? `${event.callId} ${event.legId} ${event.how}` : event.kind,
      );
    },
  };
}

describe('a channel that is dialed', () => {
  test.each(['BREAKWATER_CALL_ID', '__BREAKWATER_CALL_ID'])('under %s is a leg, to its end', (variable) => {
    const { hear, told } = hearing();
    hear(carries(HALF, 'call-1'), carries(PERSON, 'call-1', variable), dial(''), dial('RINGING'));
    expect(hear(dial('BUSY'), destroyed(PERSON, 'Ringing'))).toEqual([
      'dialer_dialed',
      'call-1 =person unanswered',
    ]);
    expect(told[1]).toMatchObject({ hangupCause: 17, sipStatus: 486 });
  });

  test('is answered where an answer was told, or its last state says so', () => {
    const { hear } = hearing();
    hear(carries(PERSON, 'call-1'), dial(''), dial('ANSWER'));
    expect(hear(destroyed(PERSON, 'Ringing', 16, 0)).at(-1)).toBe('call-1 =person answered');
    hear(carries(PERSON, 'call-2'), dial(''));
    expect(hear(destroyed(PERSON, 'Up', 16, 0)).at(-1)).toBe('call-2 =person answered');
  });

  test.each([
    ['carries no permit', [dial('')]],
    ['carried one that was taken off', [carries(PERSON, 'call-1'), carries(PERSON, ''), dial('')]],
    ['is a line inside the exchange', [carries(HALF, 'call-1'), dial('', HALF, null)]],
    ['was dialed before anybody listened', [carries(PERSON, 'call-1'), dial('RINGING')]],
  ] as const)('and %s is none', (_, events) => {
    expect(hearing().hear(...events, destroyed(PERSON, 'Ringing'))).toEqual([]);
  });

  test('and is our own call is no dialer’s', () => {
    const own = { id: 'call-1~', name: 'PJSIP/carrier-00000002', state: 'Down' };
    expect(hearing().hear(carries(own, 'call-1'), dial('', own, null), destroyed(own, 'Down'))).toEqual([]);
  });

  test('is known by what it was dialed under, not by what its own dialplan sets', () => {
    const { legs, hear } = hearing();
    hear(dial('', PERSON, null), dial('ANSWER', PERSON, null), carries(PERSON, 'call-1'));
    expect(legs.permitOf('person')).toBeNull();
    expect(hear(dial('RINGING'), destroyed(PERSON, 'Up'))).toEqual([]);
    expect(legs.permitOf('person')).toBeUndefined();
    hear(carries(PERSON, 'call-2'), dial(''));
    expect(legs.permitOf('person')).toBe('call-2');
  });

  test('from the channel of an earlier call goes by the later one', () => {
    const { hear } = hearing();
    hear(carries(PERSON, 'call-1'), carries(PERSON, 'call-2'), dial(''));
    expect(hear(destroyed(PERSON, 'Down')).at(-1)).toBe('call-2 =person unanswered');
  });
});

describe('after a lost connection', () => {
  test('a leg that is gone ended unheard; one that rings rings on; one that was answered was', () => {
    const { legs, hear } = hearing();
    const others = ['b', 'c'].map((id) => ({ id, name: `PJSIP/carrier-${id}`, state: 'Down' }));
    for (const channel of [PERSON, ...others])
      hear(carries(channel, `call-${channel.id}`), dial('', channel));
    legs.seed([
      { ...others[0]!, state: 'Ringing' },
      { ...others[1]!, state: 'Up' },
    ]);
    expect(hear().slice(3)).toEqual(['call-person =person unheard']);
    expect(hear(destroyed(others[0]!, 'Ringing'), destroyed(others[1]!, 'Ringing')).slice(4)).toEqual([
      'call-b =b unanswered',
      'call-c =c answered',
    ]);
  });

  test('and a channel that rings, of which nobody has heard, is no leg: it may be an agent’s', () => {
    const { legs, hear } = hearing();
    legs.seed([{ ...PERSON, state: 'Ringing' }]);
    expect(hear(destroyed(PERSON, 'Ringing'))).toEqual([]);
  });
});

test('who has dialed is known until the end of the channel', () => {
  const { legs, hear } = hearing();
  hear(dial('', PERSON, HALF));
  expect([...legs.dialers()]).toEqual(['half']);
  hear(destroyed(HALF, 'Up'));
  expect([...legs.dialers()]).toEqual([]);
});
