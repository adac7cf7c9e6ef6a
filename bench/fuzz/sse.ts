/** SSE: feeds opened with any position and any filter, read, not read, cut; what is read has ids that only grow. */
import { request } from 'node:http';
import { type Dice, mutateBytes, oneOf } from './mutate.ts';
import type { Fuzzing } from './run.ts';
import { DUE, type Target, TOKENS } from './target.ts';

const QUERIES = [
  '',
  '?kinds=decision',
  '?kinds=decision,opt_out',
  '?figures=true',
  '?after=0',
  '?after=5',
  '?kinds=nothing',
];
const POSITIONS = ['0', '1', '7', '999999999999999', '-1', 'x', '', '00', '1e3', '٣'];

export async function fuzzSse(target: Target, fuzzing: Fuzzing): Promise<void> {
  await fuzzing.inTurns(12, async (dice) => {
    // Something to be told of, now and then.
    if (dice(10) === 0) {
      await target.ask(
        'POST',
        '/v1/opt-outs',
        { number: oneOf(dice, DUE.slice(20)), channel: 'voice' },
        TOKENS.compliance,
      );
    }
    await openOnce(target, dice, fuzzing);
  });
}

function openOnce(target: Target, dice: Dice, { keep }: Fuzzing): Promise<void> {
  const query =
    dice(4) === 0
      ? `?${mutateBytes(Buffer.from('after=3&kinds=decision'), dice).toString('latin1')}`
      : oneOf(dice, QUERIES);
  const path = `/v1/${dice(8) === 0 ? 'agents/2001/screen' : 'feed'}${query.replace(/[^\x21-\x7e]|#/g, (sign) => encodeURIComponent(sign.toWellFormed()))}`;
  const position = dice(3) === 0 ? undefined : oneOf(dice, POSITIONS).replace(/[^\x20-\x7e]/g, '?');
  const token = dice(10) === 0 ? 'x' : TOKENS.supervisor;
  keep.sent(`GET ${path} last-event-id ${position ?? '-'} [${token}]`);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(position === undefined ? {} : { 'last-event-id': position }),
  };
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port: target.ports.http, path, headers, agent: false },
      (answer) => {
        const status = answer.statusCode ?? 0;
        const type = String(answer.headers['content-type']);
        if (status >= 500 && !type.includes('problem+json'))
          keep.failed(`${status} without a problem for ${path}`);
        if (token === 'x' && status < 300) keep.failed(`a stranger was let into ${path}`);
        if (dice(4) > 0) read(answer, status, keep);
        answer.on('error', () => undefined);
      },
    );
    const end = setTimeout(() => asked.destroy(), dice(600));
    asked.on('error', () => undefined);
    asked.on('close', () => {
      clearTimeout(end);
      resolve();
    });
    asked.end();
  });
}

/** INVARIANT (feed-has-no-seam), as far as a stranger can see it. */
function read(answer: NodeJS.ReadableStream, status: number, keep: Fuzzing['keep']): void {
  let text = '';
  let lastId = -1;
  answer.setEncoding('utf8');
  answer.on('data', (piece: string) => {
    if (status !== 200) return;
    text += piece;
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const id = /^id: (\d+)$/m.exec(frame)?.[1];
      if (id === undefined) continue;
      if (Number(id) < lastId) keep.failed(`a feed went back from ${lastId} to ${id}`);
      lastId = Number(id);
    }
  });
}
