/** 486: on the telephone. */
import { expect } from 'vitest';
import type { OddCallee } from './callee.ts';

export const BUSY_HERE: OddCallee = {
  who: 'is busy',
  behaviour: { kind: 'busy' },
  check({ call, outcomes, result }) {
    expect(call.status).toBe(486);
    expect(outcomes).toEqual(['busy']);
    expect(result.body['sipStatus']).toBe(486);
    expect(call.heard.packets).toBe(0);
  },
};
