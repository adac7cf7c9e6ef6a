import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReplyLine, setVariable, setVariables, verbose } from '../../../src/adapters/agi/wire.ts';
import type { AgiVariable } from '../../../src/ports/agi-scripts.ts';
import { parseMSet, parseSetVariable } from '../../support/agi-channel.ts';

describe('an AGI command', () => {
  it('is one line with one quoted value, whatever the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1_500 }), (value) => {
        const { line } = setVariable('BREAKWATER_REASON', value);
        expect(line.length).toBeLessThan(2_000);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line).toMatch(/^[\x20-\x7e]+\n$/);
        const back = parseSetVariable(line.slice(0, -1));
        expect(back?.[1]).toBe(value.slice(0, 900).replace(/[^\x20-\x7e]/g, '?'));
      }),
    );
  });

  it('cannot be smuggled into a second one', () => {
    expect(setVariable('X', 'a"\nHANGUP\n"').line).toBe('SET VARIABLE X "a\\"?HANGUP?\\""\n');
    expect(verbose('a\\" b').line).toBe('VERBOSE "a\\\\\\" b" 1\n');
  });

  it('takes no name that is not ours', () => {
    expect(() => setVariable('FUNC(x)', '')).toThrow('agi-variable-name');
    const pairs = [
      ['FUNC(x)', '1'],
      ['X', '1'],
    ] as const;
    expect(() => setVariables(pairs)).toThrow('agi-variable-name');
  });
});

describe('several variables', () => {
  const name = fc.integer({ min: 0, max: 99 }).map((at) => `V${at}`);
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 120 }),
    fc.constantFrom(
      '',
      'a,b',
      'a=b',
      '${EPOCH}',
      '"a"',
      "'a'",
      'a b',
      'a\\',
      '13035550100',
      'yes',
      'x/y-z.1',
      'a,b,c',
      ','.repeat(400),
      'on_internal_list,sunday,'.repeat(16),
    ),
  );

  it('arrive as they are, the last one last', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 40 }), (pairs) => {
        const unique = [...new Map(pairs)] as readonly AgiVariable[];
        const commands = setVariables(unique);
        const set = new Map<string, string>();
        for (const { line, doneResult } of commands) {
          expect(line.length).toBeLessThan(2_000);
          expect(line).toMatch(/^[\x20-\x7e]+\n$/);
          const together = parseMSet(line.slice(0, -1));
          expect(together.length).toBeLessThanOrEqual(24);
          expect(doneResult).toBe(together.length > 0 ? 0 : 1);
          const single = parseSetVariable(line.slice(0, -1));
          for (const pair of single === undefined ? together : [single]) set.set(...pair);
        }
        const said = new Map(unique.map(([of, text]) => [of, text.replace(/[^\x20-\x7e]/g, '?')]));
        expect(set).toEqual(said);
        expect([...set.keys()].at(-1)).toBe(unique.at(-1)?.[0]);
      }),
    );
  });

  it('take one command for a permit, and the verdict is its last word', () => {
    const lines = setVariables([
      ['A', ''],
      ['B', 'x'],
      ['C', '13035550100'],
      ['VERDICT', 'permit'],
    ]).map((command) => command.line);
    expect(lines).toEqual(['EXEC MSet A=,B=x,C=13035550100,VERDICT=permit\n']);
  });

  it('take one command also when a value is a list', () => {
    const [{ line } = { line: '' }, ...more] = setVariables([
      ['REASONS', 'on_internal_list,sunday'],
      ['VERDICT', 'veto'],
    ]);
    expect(line).toBe('EXEC MSet REASONS=on_internal_list\\\\,sunday,VERDICT=veto\n');
    expect(parseMSet(line.slice(0, -1))).toEqual([
      ['REASONS', 'on_internal_list,sunday'],
      ['VERDICT', 'veto'],
    ]);
    expect(more).toEqual([]);
  });

  it('wait with the last for the acknowledgement of a value that goes alone', () => {
    const lines = setVariables([
      ['A', 'a, b'],
      ['B', 'x'],
      ['VERDICT', 'permit'],
    ]).map((command) => command.line);
    expect(lines).toEqual(['EXEC MSet B=x\n', 'SET VARIABLE A "a, b"\n', 'SET VARIABLE VERDICT "permit"\n']);
  });
});

describe('an AGI reply', () => {
  it.each([
    ['200 result=1', { kind: 'result', result: 1 }],
    ['200 result=1 (note)', { kind: 'result', result: 1 }],
    ['200 result=0', { kind: 'result', result: 0 }],
    ['200 result=-1', { kind: 'result', result: -1 }],
    ['200 result=10', { kind: 'result', result: 10 }],
    ['510 Invalid or unknown command', { kind: 'refused' }],
    ['511 Command Not Permitted on a dead channel or intercept routine', { kind: 'refused' }],
    ['520-Invalid command syntax.  Proper usage follows:', { kind: 'usage_begins' }],
    ['HANGUP', { kind: 'hangup' }],
    ['', { kind: 'noise' }],
    ['HTTP/1.1 400 Bad Request', { kind: 'noise' }],
  ])('`%s` is %j', (line, read) => {
    expect(parseReplyLine(line)).toMatchObject(read);
  });
});
