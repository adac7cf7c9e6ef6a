import { describe, expect, test } from 'vitest';
import { AMI_DOORS, amiDoor } from '../../../src/config/ami-door-table.ts';
import { actionOf, fakeOriginations, judgeWorld, SESSION, VETOED } from '../../support/ami-actions.ts';

const CLOSED = /^answer: Response: Error\r\n(?:ActionID: [^\r]*\r\n)?Message: Permission denied: /;

describe('the table', () => {
  const rows = Object.entries(AMI_DOORS);

  test.each(rows.filter(([, door]) => door.class === 'passed'))('%s passes as it came', async (name) => {
    const { told, originations } = judgeWorld();
    expect(await told(`Action: ${name}`, 'ActionID: 1')).toBe('pass');
    expect(originations.asked).toEqual([]);
  });

  test.each(rows.filter(([, door]) => door.class === 'closed'))('%s is closed', async (name, door) => {
    expect(await judgeWorld().told(`Action: ${name}`, 'ActionID: 1')).toMatch(CLOSED);
    const opened = judgeWorld({ open: [name] }).told(`Action: ${name}`, 'ActionID: 1');
    if ('opens' in door) expect(await opened).toMatch(CLOSED);
    else expect(await opened).toBe('pass');
  });

  test.each(rows.filter(([, door]) => door.class === 'screened'))(
    '%s never passes as it came',
    async (name) => {
      expect(await judgeWorld({ open: [name] }).told(`Action: ${name}`)).not.toBe('pass');
    },
  );

  test('says why, in one line', () => {
    for (const [name, { why }] of rows) expect(why, name).toMatch(/^[^\n.]{8,}$/);
  });

  test('is asked in small letters', () => {
    expect(amiDoor('originate')?.class).toBe('screened');
    expect(amiDoor('Originate')).toBeUndefined();
  });
});

describe('what stands in no table', () => {
  test('an action nobody knows is answered as Asterisk answers it, and not sent', async () => {
    const { told } = judgeWorld({ open: ['ExecuteApplication'] });
    expect(await told('Action: ExecuteApplication', 'ActionID: 1', 'Application: Dial')).toBe(
      'answer: Response: Error\r\nActionID: 1\r\nMessage: Invalid/unknown command: ExecuteApplication. Use Action: ListCommands to show available commands.\r\n\r\n',
    );
    // A trailing blank is part of the name there too.
    expect(await told('Action: Originate ', 'Channel: x')).toContain(
      'Invalid/unknown command: Originate . Use',
    );
  });

  test('no action', async () => {
    expect(await judgeWorld().told('ActionID: 1')).toBe(
      'answer: Response: Error\r\nActionID: 1\r\nMessage: Missing action in request\r\n\r\n',
    );
  });

  test('an account without doors opens none', async () => {
    const { judge } = judgeWorld();
    const signal = new AbortController().signal;
    const judgement = await judge(actionOf('Action: Ping'), { ...SESSION, account: 'other' }, signal);
    expect(judgement.do).toBe('answer');
  });

  test('what could be read in two ways goes on as the lines that were read', async () => {
    expect(
      await judgeWorld().told('Action: Ping', 'Action: Originate', 'Channel: PJSIP/19005550100@carrier'),
    ).toBe('rewrite: Action: Ping\r\nChannel: PJSIP/19005550100@carrier\r\n\r\n');
  });
});

describe('Redirect', () => {
  const one = [
    'Action: Redirect',
    'ActionID: 1',
    'Channel: PJSIP/a-1',
    'Context: default',
    'Exten: 8600051',
    'Priority: 1',
  ];
  const two = [...one, 'ExtraChannel: PJSIP/b-1'];

  test('to a place of the account', async () => {
    expect(await judgeWorld().told(...one, 'Channel: PJSIP/c-1', 'Something: else')).toBe(
      'rewrite: Action: Redirect\r\nActionID: 1\r\nChannel: PJSIP/a-1\r\nExten: 8600051\r\nContext: default\r\nPriority: 1\r\n\r\n',
    );
  });

  test('of two channels', async () => {
    expect(await judgeWorld().told(...two)).toContain('ExtraChannel: PJSIP/b-1\r\nExten: 8600051\r\n');
    expect(
      await judgeWorld().told(...two, 'ExtraContext: default', 'ExtraExten: 8368', 'ExtraPriority: 1'),
    ).toContain('ExtraExten: 8368\r\nExtraContext: default\r\nExtraPriority: 1\r\n');
  });

  test.each([
    ['to another place', [...one.filter((line) => !line.startsWith('Exten')), 'Exten: 919005550100']],
    ['behind the veto', [...one.filter((line) => !line.startsWith('Priority')), 'Priority: 9']],
    ['of nobody', one.filter((line) => !line.startsWith('Channel'))],
    [
      'of a second channel elsewhere',
      [...two, 'ExtraContext: outbound', 'ExtraExten: 919005550100', 'ExtraPriority: 1'],
    ],
    [
      'of a second channel behind the veto',
      [...two, 'ExtraContext: default', 'ExtraExten: 8368', 'ExtraPriority: 7'],
    ],
  ])('not %s', async (_what, lines) => {
    expect(await judgeWorld().told(...lines)).toMatch(CLOSED);
  });
});

describe('forms of other actions', () => {
  test.each([
    [
      'a transfer to a place of the account',
      ['Action: BlindTransfer', 'Channel: PJSIP/a-1', 'Context: default', 'Exten: 8368'],
      'Action: BlindTransfer\r\nChannel: PJSIP/a-1\r\nContext: default\r\nExten: 8368\r\n\r\n',
    ],
    [
      'a member that is a telephone of the account',
      ['Action: QueueAdd', 'Queue: sales', 'Interface: PJSIP/gs102', 'Penalty: 1', 'X: y'],
      'Action: QueueAdd\r\nQueue: sales\r\nInterface: PJSIP/gs102\r\nPenalty: 1\r\n\r\n',
    ],
    [
      'a variable of a channel that is open',
      ['Action: Setvar', 'Channel: PJSIP/a-1', 'Variable: __AGENT', 'Value: 7'],
      'Action: Setvar\r\nChannel: PJSIP/a-1\r\nVariable: __AGENT\r\nValue: 7\r\n\r\n',
    ],
    [
      'a variable that is read',
      ['Action: Getvar', 'Channel: PJSIP/a-1', 'Variable: DIALSTATUS'],
      'Action: Getvar\r\nChannel: PJSIP/a-1\r\nVariable: DIALSTATUS\r\n\r\n',
    ],
    [
      'a function that reads',
      ['Action: Getvar', 'Channel: PJSIP/a-1', 'Variable: CHANNEL(state)'],
      'Action: Getvar\r\nChannel: PJSIP/a-1\r\nVariable: CHANNEL(state)\r\n\r\n',
    ],
    [
      'the state of channels',
      ['Action: Status', 'Variables: DIALSTATUS,CALLERID(num)'],
      'Action: Status\r\nVariables: DIALSTATUS,CALLERID(num)\r\n\r\n',
    ],
    [
      'a command that shows',
      ['Action: Command', 'Command: core show channels concise'],
      'Action: Command\r\nCommand: core show channels concise\r\n\r\n',
    ],
    [
      'a command the account may use',
      ['Action: Command', 'Command: confbridge kick 8600051 PJSIP/a-1'],
      'Action: Command\r\nCommand: confbridge kick 8600051 PJSIP/a-1\r\n\r\n',
    ],
    [
      'a channel that is hung up',
      ['Action: Hangup', 'ActionID: 9', 'Channel: PJSIP/a-1', 'Cause: 16'],
      'Action: Hangup\r\nActionID: 9\r\nChannel: PJSIP/a-1\r\nCause: 16\r\n\r\n',
    ],
    [
      'an event of the dialer',
      ['Action: UserEvent', 'UserEvent: Theirs', 'A: 1'],
      'Action: UserEvent\r\nUserEvent: Theirs\r\nA: 1\r\n\r\n',
    ],
  ])('%s goes on, written anew', async (_what, lines, written) => {
    const world = judgeWorld({ setVariables: ['AGENT'], commands: ['confbridge kick {word} {word}'] });
    expect(await world.told(...lines)).toBe(`rewrite: ${written}`);
  });

  test.each([
    [
      'a transfer elsewhere',
      ['Action: BlindTransfer', 'Channel: PJSIP/a-1', 'Context: outbound', 'Exten: 919005550100'],
    ],
    [
      'a transfer to the context of the channel',
      ['Action: BlindTransfer', 'Channel: PJSIP/a-1', 'Exten: 8368'],
    ],
    [
      'a member that is a number',
      ['Action: QueueAdd', 'Queue: sales', 'Interface: Local/919005550100@default'],
    ],
    ['two members', ['Action: QueueAdd', 'Queue: sales', 'Interface: PJSIP/gs102&PJSIP/19005550100@carrier']],
    ['a global variable', ['Action: Setvar', 'Variable: AGENT', 'Value: 7']],
    ['the address of the veto', ['Action: Setvar', 'Variable: BREAKWATER_AGI', 'Value: agi://192.0.2.1']],
    ['a verdict', ['Action: Setvar', 'Channel: PJSIP/a-1', 'Variable: BREAKWATER_VERDICT', 'Value: permit']],
    [
      'a function that is set',
      ['Action: Setvar', 'Channel: PJSIP/a-1', 'Variable: SHELL(touch x)', 'Value: 1'],
    ],
    ['a variable that is not open', ['Action: Setvar', 'Channel: PJSIP/a-1', 'Variable: OTHER', 'Value: 1']],
    ['a function that runs a program', ['Action: Getvar', 'Variable: SHELL(touch x)']],
    ['one inside another', ['Action: Getvar', 'Variable: CHANNEL(${SHELL(touch x)})']],
    ['one that deletes', ['Action: Getvar', 'Variable: DB_DELETE(breakwater-opt-out/1)']],
    ['one in the state of channels', ['Action: Status', 'Variables: DIALSTATUS,SHELL(touch x)']],
    ['one behind another', ['Action: Status', 'Variables: CHANNEL(a,b),SHELL(touch x)']],
    [
      'a command that dials',
      ['Action: Command', 'Command: channel originate Local/919005550100@default application Wait 5'],
    ],
    ['a command behind a good one', ['Action: Command', 'Command: core show channels; channel originate x']],
    [
      'a command of other letters',
      ['Action: Command', 'Command: CHANNEL ORIGINATE Local/919005550100@default application Wait 5'],
    ],
    ['a program', ['Action: Command', 'Command: !touch x']],
    ['all channels', ['Action: Hangup', 'Channel: /.*/']],
    ['an event of ours', ['Action: UserEvent', 'UserEvent: BreakwaterRefused', 'tech: SIP 603']],
    [
      'one that says it is ours as well',
      ['Action: UserEvent', 'UserEvent: Theirs', 'UserEvent : breakwaterRefused'],
    ],
  ])('%s does not', async (_what, lines) => {
    const world = judgeWorld({ setVariables: ['AGENT', 'BREAKWATER_VERDICT', 'BREAKWATER_AGI'] });
    expect(await world.told(...lines)).toMatch(CLOSED);
  });
});

test('nobody is asked twice: a veto is an answer, and what is closed is not screened', async () => {
  const originations = fakeOriginations(VETOED);
  const { told } = judgeWorld({}, originations);
  await told(
    'Action: Originate',
    'Channel: Local/913035550123@default',
    'Exten: 8368',
    'Context: default',
    'Priority: 1',
  );
  await told(
    'Action: Originate',
    'Channel: Local/913035550123@default',
    'Exten: 1',
    'Context: default',
    'Priority: 1',
  );
  expect(originations.asked).toHaveLength(1);
});
