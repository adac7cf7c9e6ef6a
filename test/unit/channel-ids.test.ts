/** Names of channels on the exchange: each is read back as it was written, and none of ours is the beginning of another. */
import { describe, expect, test } from 'vitest';
import { fromExchange, toExchange } from '../../src/adapters/asterisk/channel-ids.ts';

describe('the exchange’s id of a channel', () => {
  test.each(['call-1', 'call-10', 'a', '1795293891.4'])('of call %s is read back', (callId) => {
    expect(fromExchange(toExchange(callId))).toBe(callId);
  });

  test.each(['1795293891.4', 'inst1-1795293891.12', 'call-1'])('of a foreign channel %s stays', (id) => {
    expect(toExchange(fromExchange(id))).toBe(id);
    expect(fromExchange(id)).not.toBe(id);
  });

  test('is never the beginning of another call’s', () => {
    expect(toExchange('call-10').startsWith(toExchange('call-1'))).toBe(false);
  });
});
