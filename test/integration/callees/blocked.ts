/** 603 with a reason ("603+"): a carrier that has judged the caller. */
import { expect } from 'vitest';
import type { OddCallee } from './callee.ts';

export const BLOCKED: OddCallee = {
  who: 'is kept from the call by the carrier',
  behaviour: { kind: 'blocked' },
  check({ call, outcomes, result }) {
    expect(call.status).toBe(603);
    expect(outcomes).toEqual(['failed']);
    expect(result.body['sipStatus']).toBe(603);
    expect(call.heard.packets).toBe(0);
  },
};
