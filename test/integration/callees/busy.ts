/** 600: busy wherever the person could be reached. */
import { expect } from 'vitest';
import type { OddCallee } from './callee.ts';

export const BUSY: OddCallee = {
  who: 'is busy everywhere',
  behaviour: { kind: 'busy_everywhere' },
  check({ call, outcomes, result }) {
    expect(call.status).toBe(600);
    expect(outcomes).toEqual(['busy']);
    expect(result.body['sipStatus']).toBe(600);
    expect(call.heard.packets).toBe(0);
  },
};
