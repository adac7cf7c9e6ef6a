/** The AMI proxy: dialers that say anything before and after their login. What reaches the exchange as an Originate was permitted. */
import { connect } from 'node:net';
import { type Dice, mutateBytes, oneOf } from './mutate.ts';
import type { Fuzzing } from './run.ts';
import { AMI_ACCOUNT, DUE, NEVER, type Target } from './target.ts';

const login = `Action: Login\r\nUsername: ${AMI_ACCOUNT.user}\r\nSecret: ${AMI_ACCOUNT.secret}\r\nEvents: on\r\n\r\n`;
const originate = (number: string, id: string): string =>
  [
    'Action: Originate',
    `ActionID: ${id}`,
    ...['Exten: 8368', 'Context: default', `Channel: Local/9${number.slice(1)}@default`, 'Priority: 1'],
    'Callerid: "V1123080000000004711" <3035550101>',
    'Timeout: 25000',
    `VDACnote: TESTCAMP|4711|1|${number.slice(2)}|OUT|MAIN|0`,
    ...['Async: true', '\r\n'],
  ].join('\r\n');

const OTHERS = [
  'Action: Ping\r\n\r\n',
  'Action: Command\r\nCommand: core show channels\r\n\r\n',
  'Action: Originate\r\nChannel: PJSIP/+13035550155@carrier\r\nApplication: Playback\r\nData: x\r\n\r\n',
  'Action: Redirect\r\nChannel: PJSIP/x-1\r\nContext: default\r\nExten: 913035550155\r\nPriority: 1\r\n\r\n',
  'Action: Setvar\r\nVariable: BREAKWATER_VERDICT\r\nValue: permit\r\n\r\n',
  'Action: UpdateConfig\r\nSrcFilename: manager.conf\r\nDstFilename: manager.conf\r\n\r\n',
  'Action: QueueStatus\r\n\r\n',
  'Action: Logoff\r\n\r\n',
];

export async function fuzzAmi(target: Target, fuzzing: Fuzzing): Promise<void> {
  const { manager } = target;
  let looked = 0;
  const originated: string[] = [];
  manager.answer = (action) => {
    if (action.name === 'originate') originated.push(action.first('Channel') ?? '');
    return undefined;
  };
  await fuzzing.inTurns(16, async (dice) => {
    await talk(target.ports.ami, dice, fuzzing);
    // Bytes are told for each connection of a whole run: here only what was originated counts.
    manager.heard.fill('');
    for (; looked < originated.length; looked += 1) {
      const channel = originated[looked] ?? '';
      const number = /^Local\/9(1\d{10})@default/.exec(channel)?.[1];
      if (number === undefined || !DUE.includes(`+${number}`)) {
        fuzzing.keep.failed(`an Originate reached the exchange: ${channel}`);
      }
    }
  });
  process.stderr.write(`ami: ${originated.length} originations reached the exchange\n`);
}

function talk(port: number, dice: Dice, { keep }: Fuzzing): Promise<void> {
  const number = oneOf(dice, [...DUE.slice(0, 10), ...NEVER.slice(0, 10), '+17205550199']);
  const said = [
    ...(dice(20) === 0 ? [] : [login]),
    ...Array.from({ length: 1 + dice(5) }, (_, at) =>
      dice(2) === 0 ? originate(number, `f${at}`) : oneOf(dice, OTHERS),
    ),
  ];
  // Seldom the login itself: an address that fails too often is turned away, as it should be.
  const spoilt = dice(50) === 0 ? 0 : 1 + dice(said.length);
  const pieces = said.map((text, at) =>
    at === spoilt ? mutateBytes(Buffer.from(text), dice) : Buffer.from(text),
  );
  const bytes = Buffer.concat(pieces);
  keep.sent(bytes);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const cut = setTimeout(() => socket.destroy(), 60 + dice(500));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(cut);
      resolve();
    });
    let heard = '';
    socket.on('data', (piece: Buffer) => {
      heard = (heard + piece.toString('latin1')).slice(-20_000);
      if (heard.includes('of-the-exchange')) keep.failed("a dialer was told the exchange's secret");
    });
    const half = dice(bytes.length + 1);
    socket.write(bytes.subarray(0, half));
    setTimeout(() => socket.write(bytes.subarray(half)), dice(30));
  });
}
