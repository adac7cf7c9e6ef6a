import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAgiRequest } from '../../../src/adapters/agi/request.ts';
import type { AgiRequest } from '../../../src/ports/agi-scripts.ts';

function read(...lines: string[]): AgiRequest {
  const request = parseAgiRequest(lines);
  if (!request.ok) throw new Error(request.problem);
  return request.value;
}

function problemOf(...lines: string[]): string {
  const request = parseAgiRequest(lines);
  return request.ok ? 'no problem' : request.problem;
}

describe('an AGI environment', () => {
  it('takes script, query and arguments apart', () => {
    const request = read(
      'agi_network: yes',
      'agi_network_script: veto?campaign=solar&zip=80202',
      'agi_uniqueid: 17.3',
      'agi_callerid: unknown',
      'agi_arg_2: +13035550101',
      'agi_arg_1: state=CO',
    );
    expect(request.script).toBe('veto');
    expect(Object.fromEntries(request.parameters)).toEqual({ campaign: 'solar', zip: '80202', state: 'CO' });
    expect(request.positional).toEqual(['+13035550101']);
    expect(Object.fromEntries(request.channel)).toEqual({ network: 'yes', uniqueid: '17.3' });
  });

  it('keeps the plus sign of a number in the query and decodes percents', () => {
    const { parameters } = read('agi_network_script: veto?number=+13035550101&lead=a%26b%3d');
    expect(parameters.get('number')).toBe('+13035550101');
    expect(parameters.get('lead')).toBe('a&b=');
  });

  it('orders ten arguments by number, not by letters', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `agi_arg_${index + 1}: v${index + 1}`).reverse();
    expect(read(...lines).positional).toEqual(Array.from({ length: 12 }, (_, index) => `v${index + 1}`));
  });

  it('takes an empty value for no value', () => {
    expect(read('agi_network_script: veto?zip=&zip=80202', 'agi_arg_1: zip=').parameters.get('zip')).toBe(
      '80202',
    );
  });

  it.each([
    ['a parameter with two values', ['agi_network_script: veto?number=1&number=2'], 'twice'],
    ['query against argument', ['agi_network_script: veto?number=1', 'agi_arg_1: number=2'], 'twice'],
    ['a channel value given twice', ['agi_callerid: 1', 'agi_callerid: 2'], 'twice'],
    ['a line of something else', ['GET / HTTP/1.1'], 'agi_name: value'],
    ['bad percents', ['agi_network_script: veto?lead=%zz'], 'not well encoded'],
  ])('refuses %s', (_what, lines, problem) => {
    expect(problemOf(...lines)).toContain(problem);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.array(fc.string()), (lines) => void parseAgiRequest(lines)));
    fc.assert(
      fc.property(fc.string(), (query) => void parseAgiRequest([`agi_network_script: veto?${query}`])),
    );
  });
});
