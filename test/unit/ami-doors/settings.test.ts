import { describe, expect, test } from 'vitest';
import { type AmiDoorsSetting, checkAmiDoors } from '../../../src/config/ami-doors.ts';
import { parseDialTemplate } from '../../../src/domain/dial-template.ts';
import { COMMANDS_THAT_SHOW } from '../../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { doorsSetting } from '../../support/ami-actions.ts';

function problemsOf(changes: Partial<AmiDoorsSetting>): readonly string[] {
  const problems: string[] = [];
  checkAmiDoors(doorsSetting(changes), ['solar'], 'amiProxy.accounts[0].doors', (path, problem) =>
    problems.push(`${path}: ${problem}`),
  );
  return problems;
}

test('a good one has no problems', () => {
  expect(
    problemsOf({ open: ['Atxfer'], commands: ['confbridge kick {word} {word}'], setVariables: ['AGENT'] }),
  ).toEqual([]);
});

test.each<[string, Partial<AmiDoorsSetting>, RegExp]>([
  [
    'a called channel without a number',
    { called: ['Local/s@default'] },
    /called\[0\].*exactly one \{number\}/,
  ],
  ['a called channel with two', { called: ['Local/{number}@{number}'] }, /exactly one/],
  ['a telephone with a number', { agents: ['PJSIP/{number}'] }, /agents\[0\].*no \{number\}/],
  ['a telephone of any digits', { agents: ['Local/#######@default'] }, /free digits/],
  ['a telephone of digits with fixed ones between', { agents: ['Local/9###5####@default'] }, /free digits/],
  ['any word as a place', { destinations: ['{word}@default'] }, /no \{word\}/],
  ['a hole nobody knows', { agents: ['PJSIP/{any}'] }, /hole/],
  ['a place without context', { destinations: ['8368'] }, /is no place/],
  [
    'a number behind a telephone, without a number',
    { behindAgents: ['9@default'] },
    /behindAgents\[0\].*exactly one/,
  ],
  [
    'a number behind a telephone, without context',
    { behindAgents: ['9{number}'] },
    /behindAgents\[0\]: is no place/,
  ],
  ['an application that dials', { applications: ['Dial(PJSIP/{name})'] }, /applications\[0\]: cannot be run/],
  ['an application without data', { applications: ['Queue'] }, /cannot be run/],
  [
    'a command that dials',
    { commands: ['channel originate {word} application Wait'] },
    /commands\[0\]: would take/,
  ],
  ['a command that adds members', { commands: ['queue add member {word} to sales'] }, /would take/],
  ['a program', { commands: ['!ls {word}'] }, /would take/],
  ['an action that cannot be opened', { open: ['DialplanExtensionAdd'] }, /open\[0\]: is no action/],
  ['an action that is screened', { open: ['Originate'] }, /open\[0\]: is no action/],
  ['an action nobody knows', { open: ['Nothing'] }, /open\[0\]: is no action/],
  ['a campaign nobody has', { campaign: 'roofs' }, /is no campaign/],
  ['a variable that is a function', { setVariables: ['SHELL(x)'] }, /variable/],
])('%s', (_what, changes, problem) => {
  expect(problemsOf(changes).join('\n')).toMatch(problem);
});

describe('a template', () => {
  const template = (text: string, kind: 'call' | 'place' | 'command' = 'place') => {
    const read = parseDialTemplate(text, kind);
    if (!read.ok) throw new Error(read.problem);
    return read.value;
  };

  test.each([
    ['PJSIP/{name}', 'PJSIP/gs102', true],
    ['PJSIP/{name}', 'PJSIP/13035550123', false],
    ['PJSIP/{name}', 'PJSIP/gs102@carrier', false],
    ['Local/8600###@default', 'Local/8600051@default', true],
    ['Local/8600###@default', 'Local/86000510@default', false],
    ['Local/8600###@default', 'local/8600051@default', false],
    ['a.b*c(d)', 'a.b*c(d)', true],
    ['a.b*c(d)', 'axb*c(d)', false],
    ['8368@default', '8368@default\n', false],
  ])('%s and %s', (text, given, matches) => {
    expect(template(text).match(given) !== null).toBe(matches);
  });

  test('takes the number out', () => {
    expect(template('Local/9{number}@default', 'call').match('Local/913035550123@default')).toEqual({
      number: '13035550123',
    });
  });
});

test('every command that is open to all can be read', () => {
  for (const command of COMMANDS_THAT_SHOW)
    expect(parseDialTemplate(command, 'command').ok, command).toBe(true);
});
