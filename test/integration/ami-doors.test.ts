/**
 * The doors of the manager interface on a real Asterisk: each is tried straight, where it opens, and through the proxy, where it does not.
 * What is closed without being open there would prove nothing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { amiDoor } from '../../src/config/ami-door-table.ts';
import type { RawDialer } from '../support/ami-dialer.ts';
import { type AmiFloor, openAmiFloor } from '../support/ami-floor.ts';
import { test } from '../support/real-asterisk.ts';
import { until } from '../support/wait.ts';

let floor: AmiFloor;

beforeAll(async () => {
  floor = await openAmiFloor('ami-doors');
});
afterAll(() => floor.close());

test('every action of the manager stands in the table', async () => {
  const { direct } = floor;
  direct.send('Action: ListCommands\r\nActionID: list\r\n\r\n');
  const answer = /Response: Success\r\nActionID: list\r\n((?:[^\r\n]+\r\n)+)/.exec(
    await direct.told(/ActionID: list\r\n(?:[^\r\n]+\r\n)+\r\n/),
  );
  const names = [...(answer?.[1] ?? '').matchAll(/^(\w+): /gm)].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => amiDoor(name.toLowerCase()) === undefined)).toEqual([]);
});

interface Attempt {
  readonly what: string;
  readonly lines: (floor: AmiFloor) => readonly string[] | Promise<readonly string[]>;
  /** What would be seen if it had worked. */
  readonly worked: (floor: AmiFloor, answer: string) => boolean | Promise<boolean>;
}

const evaded =
  (number: string): Attempt['worked'] =>
  ({ told }) =>
    told('Evaded').some((event) => event['number'] === number);
const file = ({ asterisk }: AmiFloor, name: string): string => join(asterisk.dir, 'spool', name);
const created =
  (name: string): Attempt['worked'] =>
  (at) =>
    existsSync(file(at, name));
const shows =
  (command: string, text: string): Attempt['worked'] =>
  async ({ asterisk }) =>
    (await asterisk.cli(command)).includes(text);
const says =
  (text: string): Attempt['worked'] =>
  (_floor, answer) =>
    answer.includes(text);

/** Channels of the attempts that look at theirs afterwards. */
const held: Record<string, string> = {};
async function holds({ live, direct }: AmiFloor, name: string, extension: string): Promise<string> {
  const channel = (held[name] ??= await live(extension));
  direct.send(
    `Action: Setvar\r\nActionID: ${name}-0\r\nChannel: ${channel}\r\nVariable: COUNTED\r\nValue: 0\r\n\r\n`,
  );
  await direct.told(`ActionID: ${name}-0\r\n`);
  return channel;
}
let asked = 0;
const counted =
  (name: string): Attempt['worked'] =>
  async ({ direct }) => {
    const id = `counted-${(asked += 1)}`;
    direct.send(
      `Action: Getvar\r\nActionID: ${id}\r\nChannel: ${held[name] ?? ''}\r\nVariable: COUNTED\r\n\r\n`,
    );
    const answer = new RegExp(`ActionID: ${id}\\r\\nVariable: COUNTED\\r\\nValue: (.*)\\r\\n`);
    return Number(answer.exec(await direct.told(answer))?.[1]) > 0;
  };

async function bridged({ asterisk }: AmiFloor, channel: string): Promise<string> {
  await until('a bridge', async () =>
    /Bridge ID: *[0-9a-f]{8}-/.test(await asterisk.cli(`core show channel ${channel}`)),
  );
  return channel;
}
async function inAgi({ direct }: AmiFloor, channel: string): Promise<string> {
  await direct.told(/Event: AsyncAGIStart\r\n/);
  return channel;
}

const ATTEMPTS: readonly Attempt[] = [
  {
    what: 'Originate into another context',
    lines: () => [
      'Action: Originate',
      'Channel: Local/19005550101@outbound',
      'Application: Wait',
      'Data: 1',
      'Async: true',
    ],
    worked: evaded('19005550101'),
  },
  {
    what: 'Originate of a telephone that runs Dial',
    lines: () => [
      'Action: Originate',
      'Channel: Local/8600050@default',
      'Application: Dial',
      'Data: Local/19005550102@outbound',
      'Async: true',
    ],
    worked: evaded('19005550102'),
  },
  {
    what: 'Originate of a telephone into an extension that dials',
    lines: () => [
      'Action: Originate',
      'Channel: Local/8600050@default',
      'Context: outbound',
      'Exten: 19005550103',
      'Priority: 1',
      'Async: true',
    ],
    worked: evaded('19005550103'),
  },
  {
    what: 'Originate with a variable that runs dialplan when the connected line changes',
    lines: () => [
      'Action: Originate',
      'Channel: Local/8600050@default',
      'Context: default',
      'Exten: 8600077',
      'Priority: 1',
      'Async: true',
      'Variable: __CONNECTED_LINE_SEND_SUB="evil,line,1"',
    ],
    worked: evaded('line'),
  },
  {
    what: 'Originate of a telephone that runs Originate',
    lines: () => [
      'Action: Originate',
      'Channel: Local/8600050@default',
      'Application: Originate',
      'Data: Local/19005550104@outbound,app,Wait,1',
      'Async: true',
    ],
    worked: evaded('19005550104'),
  },
  {
    what: 'Originate with bare line feeds, no blanks and small letters',
    lines: () => [
      'aCTION:oRIGINATE\nchannel:Local/19005550105@outbound\napplication:Wait\ndata:1\nasync:true',
    ],
    worked: evaded('19005550105'),
  },
  {
    what: 'Originate behind a NUL',
    lines: () => [
      'Action: Originate\0',
      'Channel: Local/19005550106@outbound\0x',
      'Application: Wait',
      'Data: 1',
      'Async: true',
    ],
    worked: evaded('19005550106'),
  },
  {
    what: 'Originate with dialplan before the dialing',
    lines: () => [
      'Action: Originate',
      'Channel: Local/8600050@default',
      'Context: default',
      'Exten: 8600051',
      'Priority: 1',
      'PreDialGoSub: evil,s,1',
    ],
    worked: evaded('gosub'),
  },
  {
    what: 'Command: channel originate',
    lines: () => [
      'Action: Command',
      'Command: channel originate Local/19005550107@outbound application Wait 1',
    ],
    worked: evaded('19005550107'),
  },
  {
    what: 'Command: dialplan set global',
    lines: () => ['Action: Command', 'Command: dialplan set global COMMANDED yes'],
    worked: shows('dialplan show globals', 'COMMANDED=yes'),
  },
  {
    what: 'Command: channel redirect',
    lines: async ({ live }) => [
      'Action: Command',
      `Command: channel redirect ${await live('8600052')} outbound,19005550109,1`,
    ],
    worked: evaded('19005550109'),
  },
  {
    what: 'Redirect',
    lines: async ({ live }) => [
      'Action: Redirect',
      `Channel: ${await live('8600053')}`,
      'Context: outbound',
      'Exten: 19005550110',
      'Priority: 1',
    ],
    worked: evaded('19005550110'),
  },
  {
    what: 'Redirect of an extra channel',
    lines: async ({ live }) => [
      'Action: Redirect',
      `Channel: ${await live('8600054')}`,
      `ExtraChannel: ${await live('8600055')}`,
      ...['Context: default', 'Exten: 8600056', 'Priority: 1'],
      ...['ExtraContext: outbound', 'ExtraExten: 19005550111', 'ExtraPriority: 1'],
    ],
    worked: evaded('19005550111'),
  },
  {
    what: 'BlindTransfer',
    lines: async (at) => [
      'Action: BlindTransfer',
      `Channel: ${await bridged(at, await at.live('8800'))}`,
      'Context: outbound',
      'Exten: 19005550112',
    ],
    worked: evaded('19005550112'),
  },
  {
    what: 'AGI',
    lines: async (at) => [
      'Action: AGI',
      `Channel: ${await inAgi(at, await at.live('8700'))}`,
      'Command: EXEC Originate Local/19005550113@outbound,app,Wait,1',
    ],
    worked: evaded('19005550113'),
  },
  {
    what: 'QueueAdd of a number to a queue in which somebody waits',
    lines: () => ['Action: QueueAdd', 'Queue: sales', 'Interface: Local/19005550114@outbound'],
    worked: evaded('19005550114'),
  },
  {
    what: 'DialplanExtensionAdd',
    lines: () => [
      'Action: DialplanExtensionAdd',
      'Context: default',
      'Extension: 77',
      'Priority: 1',
      'Application: Dial',
      'ApplicationData: Local/1@outbound',
    ],
    worked: shows('dialplan show 77@default', 'Dial'),
  },
  {
    what: 'DialplanExtensionRemove of the veto',
    lines: () => ['Action: DialplanExtensionRemove', 'Context: breakwater-disclosure', 'Extension: s'],
    worked: async ({ asterisk }) =>
      !(await asterisk.cli('dialplan show breakwater-disclosure')).includes('Playback'),
  },
  {
    what: 'Setvar of a global variable',
    lines: () => ['Action: Setvar', 'Variable: BREAKWATER_AGI', 'Value: agi://192.0.2.1'],
    worked: shows('dialplan show globals', 'BREAKWATER_AGI=agi://192.0.2.1'),
  },
  {
    what: 'Setvar of a function that runs dialplan at the end of a channel',
    lines: async (at) => [
      'Action: Setvar',
      `Channel: ${await holds(at, 'hung', '8600062')}`,
      'Variable: CHANNEL(hangup_handler_push)',
      'Value: evil,hung,1',
    ],
    worked: (at, answer) => {
      if (answer.includes('Variable Set'))
        at.direct.send(`Action: Hangup\r\nChannel: ${held['hung'] ?? ''}\r\n\r\n`);
      return evaded('hung')(at, answer);
    },
  },
  {
    what: 'Getvar of a function that writes',
    lines: async (at) => [
      'Action: Getvar',
      `Channel: ${await holds(at, 'read', '8600063')}`,
      'Variable: INC(COUNTED)',
    ],
    worked: counted('read'),
  },
  {
    what: 'Status of a function that writes',
    lines: async (at) => [
      'Action: Status',
      `Channel: ${await holds(at, 'status', '8600057')}`,
      'Variables: INC(COUNTED)',
    ],
    worked: counted('status'),
  },
  {
    what: 'Originate that runs a program',
    lines: (at) => [
      'Action: Originate',
      'Channel: Local/8600050@default',
      'Application: System',
      `Data: touch ${file(at, 'ran')}`,
      'Async: true',
    ],
    worked: created('ran'),
  },
  {
    what: 'MixMonitor that runs a program',
    lines: async (at) => [
      'Action: MixMonitor',
      `Channel: ${await at.live('8600058')}`,
      `File: ${file(at, 'mixed.wav')}`,
      `Command: touch ${file(at, 'mixmonitor')}`,
    ],
    worked: created('mixed.wav'),
  },
  {
    what: 'DBPut',
    lines: () => ['Action: DBPut', 'Family: breakwater-dropped', 'Key: c-1', 'Val: forged'],
    worked: shows('database show breakwater-dropped', 'forged'),
  },
  {
    what: 'UpdateConfig',
    lines: () => [
      'Action: UpdateConfig',
      'SrcFilename: queues.conf',
      'DstFilename: queues.conf',
      'Action-000000: NewCat',
      'Cat-000000: forged',
    ],
    worked: async ({ direct }) => {
      direct.send('Action: GetConfig\r\nActionID: forged\r\nFilename: queues.conf\r\n\r\n');
      return (await direct.told(/ActionID: forged\r\n(?:[^\r\n]+\r\n)+\r\n/)).includes(
        'Category-000002: forged',
      );
    },
  },
  {
    what: 'GetConfig',
    lines: () => ['Action: GetConfig', 'Filename: manager.conf'],
    worked: says('secret='),
  },
  {
    what: 'ModuleLoad',
    lines: () => ['Action: ModuleLoad', 'LoadType: reload', 'Module: app_queue.so'],
    worked: says('Response: Success'),
  },
  {
    what: 'UserEvent of ours',
    lines: () => ['Action: UserEvent', 'UserEvent: BreakwaterRefused', 'forged: yes', 'end: yes'],
    worked: ({ told }) => told('BreakwaterRefused').length > 0,
  },
  {
    what: 'Hangup of all channels',
    lines: async ({ live }) => {
      await live('8600060');
      return ['Action: Hangup', 'Channel: /^Local.*/'];
    },
    worked: async ({ asterisk }) =>
      (await asterisk.cli('core show channels count')).startsWith('0 active channels'),
  },
];

/** The response to these lines, sent as one action. */
async function answerTo(dialer: RawDialer, id: string, lines: readonly string[]): Promise<string> {
  dialer.send(`${lines.join('\r\n')}\r\nActionID: ${id}\r\n\r\n`);
  const response = new RegExp(`Response: [^\\r\\n]*\\r\\nActionID: ${id}\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n`);
  return response.exec(await dialer.told(response))?.[0] ?? '';
}

describe('ways past the veto', () => {
  beforeAll(() => {
    // Somebody waits in the queue all the time.
    floor.direct.send(
      'Action: Originate\r\nChannel: Local/8600061@default/n\r\nApplication: Queue\r\nData: sales\r\nAsync: true\r\n\r\n',
    );
  });

  test.each(ATTEMPTS.map((attempt, at) => [attempt.what, attempt, at] as const))(
    '%s',
    async (_what, attempt, at) => {
      const dialer = await floor.dialer();
      const lines = await attempt.lines(floor);
      const refused = await answerTo(dialer, `p-${at}`, lines);
      expect(refused).toMatch(/^Response: Error\r\nActionID: p-\d+\r\nMessage: Permission denied: /);
      expect(await attempt.worked(floor, refused)).toBe(false);

      const done = await answerTo(floor.direct, `d-${at}`, lines);
      await until(`${attempt.what} works where nobody stands before it: ${done}`, () =>
        attempt.worked(floor, done),
      );
      dialer.close();
    },
  );
});
