/** FastAGI: environments, arguments and replies that no exchange sends. Its permits are in the ledger, where they are judged. */
import { connect } from 'node:net';
import { ACK, ackOf, environmentText } from '../../test/support/agi-channel.ts';
import { CAMPAIGN } from '../../test/support/serve-client.ts';
import { type Dice, mutateBytes, oneOf } from './mutate.ts';
import type { Fuzzing } from './run.ts';
import { DUE, NEVER, type Target } from './target.ts';

const SCRIPTS = ['veto', 'result', 'inbound', 'key', 'identity', 'nothing', '', 'veto?', '../veto'];
const REPLIES = [
  ACK,
  ACK,
  ACK,
  '200 result=0\n',
  '200 result=-2\n',
  '510 Invalid or unknown command\n',
  'HANGUP\n',
  '520-Invalid\n520 End of proper usage.\n',
  '200 result=-1\n',
  '\n',
  'x'.repeat(3_000),
];

/** One variable, several with values that stand for nothing else, or a line on the console. */
const OURS =
  /^(SET VARIABLE [A-Z][A-Z0-9_]* "(?:[^"\\]|\\.)*"|EXEC MSet [A-Z][A-Z0-9_]*=(?:[\w.+:/-]|\\\\,)*(?:,[A-Z][A-Z0-9_]*=(?:[\w.+:/-]|\\\\,)*)*|VERBOSE "(?:[^"\\]|\\.)*" 1)$/;

export async function fuzzAgi(target: Target, fuzzing: Fuzzing): Promise<void> {
  await fuzzing.inTurns(8, (dice) => talk(target.ports.agi, dice, fuzzing));
}

function talk(port: number, dice: Dice, { keep }: Fuzzing): Promise<void> {
  const number = oneOf(dice, [...DUE.slice(0, 10), ...NEVER.slice(0, 10), '+17205550199', '', 'x']);
  const script = oneOf(dice, SCRIPTS);
  const inQuery = dice(2) === 0;
  const query = `campaign=${CAMPAIGN}&number=${encodeURIComponent(number)}&caller_id=%2B13035550101`;
  const text = environmentText({
    address: inQuery ? `${script}?${query}` : script,
    args: inQuery ? [] : [CAMPAIGN, number, '+13035550101'],
  });
  const bytes = dice(3) === 0 ? Buffer.from(text) : mutateBytes(Buffer.from(text), dice);
  keep.sent(bytes);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const cut = setTimeout(() => socket.destroy(), 200 + dice(1_500));
    let heard = '';
    socket.setEncoding('latin1');
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(cut);
      resolve();
    });
    socket.on('data', (piece: string) => {
      heard += piece;
      const commands = heard.split('\n');
      heard = commands.pop() ?? '';
      for (const command of commands) {
        // A value that ends its quotes or its line would be a command of somebody else's.
        if (!OURS.test(command)) {
          keep.failed(`a command that is none of ours: ${command.slice(0, 500)}`);
        }
        if (
          /BREAKWATER_VERDICT(?: "|=)permit/.test(command) &&
          NEVER.includes(number) &&
          bytes.toString() === text
        ) {
          keep.failed(`a permit to ${number}`);
        }
        socket.write(dice(4) > 0 ? ackOf(command) : mutateBytes(Buffer.from(oneOf(dice, REPLIES)), dice));
      }
    });
    // In pieces, as a network may bring it.
    const half = dice(bytes.length + 1);
    socket.write(bytes.subarray(0, half));
    setTimeout(() => socket.write(bytes.subarray(half)), dice(20));
  });
}
