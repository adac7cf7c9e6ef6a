/** 603: does not want the call. */
import { expect } from 'vitest';
import type { OddCallee } from './callee.ts';

export const DECLINES: OddCallee = {
  who: 'declines',
  behaviour: { kind: 'declines' },
  check({ call, outcomes, result }) {
    expect(call.status).toBe(603);
    expect(outcomes).toEqual(['failed']);
    expect(result.body['sipStatus']).toBe(603);
    expect(call.heard.packets).toBe(0);
  },
};
