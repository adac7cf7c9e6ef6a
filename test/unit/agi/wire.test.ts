import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReplyLine, setVariable, verbose } from '../../../src/adapters/agi/wire.ts';
import { parseSetVariable } from '../../support/agi-channel.ts';

describe('an AGI command', () => {
  it('is one line with one quoted value, whatever the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1_500 }), (value) => {
        const line = setVariable('BREAKWATER_REASON', value);
        expect(line.length).toBeLessThan(2_000);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line).toMatch(/^[\x20-\x7e]+\n$/);
        const back = parseSetVariable(line.slice(0, -1));
        expect(back?.[1]).toBe(value.slice(0, 900).replace(/[^\x20-\x7e]/g, '?'));
      }),
    );
  });

  it('cannot be smuggled into a second one', () => {
    expect(setVariable('X', 'a"\nHANGUP\n"')).toBe('SET VARIABLE X "a\\"?HANGUP?\\""\n');
    expect(verbose('a\\" b')).toBe('VERBOSE "a\\\\\\" b" 1\n');
  });

  it('takes no name that is not ours', () => {
    expect(() => setVariable('FUNC(x)', '')).toThrow('agi-variable-name');
  });
});

describe('an AGI reply', () => {
  it.each([
    ['200 result=1', 'done'],
    ['200 result=1 (note)', 'done'],
    ['200 result=0', 'refused'],
    ['200 result=-1', 'refused'],
    ['200 result=10', 'refused'],
    ['510 Invalid or unknown command', 'refused'],
    ['511 Command Not Permitted on a dead channel or intercept routine', 'refused'],
    ['520-Invalid command syntax.  Proper usage follows:', 'usage_begins'],
    ['HANGUP', 'hangup'],
    ['', 'noise'],
    ['HTTP/1.1 400 Bad Request', 'noise'],
  ])('`%s` is %s', (line, kind) => {
    expect(parseReplyLine(line).kind).toBe(kind);
  });
});
