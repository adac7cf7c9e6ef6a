/**
 * VICIdial's dial level by its `non_agent_api.php`, function `update_campaign`. One attempt for each level; `control/deliver-newest.ts`
 * repeats it, keeps one on its way and sends the newest. Its answers are text, with HTTP 200 whatever they say.
 */
import type { VicidialLevels } from '../../config/vicidial-levels.ts';
import type { DialLevelNotice } from '../../domain/dial-level-notice.ts';
import type { MonotonicMs } from '../../domain/time.ts';
import type { LevelOutlet } from '../../ports/level-outlets.ts';

/** Written again this often: a hand in VICIdial's own pages may have changed it, and a push that ran out of time may arrive behind a newer one. */
export const RENEW_MS = 30_000;

/** Longer than any answer to one function. */
const ANSWER_BYTES_MAX = 4_096;

export function vicidialLevels(target: VicidialLevels, monotonic: () => MonotonicMs): LevelOutlet {
  /** What each of their campaigns has taken last; not in it: nobody knows. */
  const told = new Map<string, { readonly figure: string; readonly at: MonotonicMs }>();

  async function push(theirs: string, figure: string): Promise<void> {
    const last = told.get(theirs);
    if (last?.figure === figure && monotonic() - last.at < RENEW_MS) return;
    // A push that fails may have arrived all the same.
    told.delete(theirs);
    await update(target, theirs, figure);
    told.set(theirs, { figure, at: monotonic() });
  }

  return {
    name: 'VICIdial',
    renewMs: RENEW_MS,
    async send(notice) {
      const figure = levelFigure(notice, target);
      const pushes = (target.campaigns.get(notice.campaignId) ?? []).map((theirs) => push(theirs, figure));
      const failed = (await Promise.allSettled(pushes)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason as Error;
    },
    onForgotten: () => undefined,
  };
}

/**
 * As VICIdial reads it: lines per agent who takes calls, talking lines in it. What it is must hold for both: not above their limit; 0 where
 * nothing is to be dialed, but a ceiling below 1 does not exist, and there the veto of each call is the stop.
 */
export function levelFigure(
  { levelHundredths }: Pick<DialLevelNotice, 'levelHundredths'>,
  { owns, levelMaxHundredths }: Pick<VicidialLevels, 'owns' | 'levelMaxHundredths'>,
): string {
  const bounded = Math.min(Math.max(levelHundredths, 0), levelMaxHundredths);
  return String((owns === 'ceiling' ? Math.max(bounded, 100) : bounded) / 100);
}

const FIELD = { level: 'auto_dial_level', ceiling: 'adaptive_maximum_level' } as const;

/** Rejects unless VICIdial says that it has taken it, within the target's time. */
async function update(target: VicidialLevels, theirs: string, figure: string): Promise<void> {
  const { url, user, secret, source, owns, timeoutMs } = target;
  const answer = await fetch(url, {
    method: 'POST',
    // In the body: addresses stand in the logs of web servers.
    body: new URLSearchParams({
      source,
      user,
      pass: secret,
      function: 'update_campaign',
      campaign_id: theirs,
      [FIELD[owns]]: figure,
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await firstBytes(answer);
  if (!answer.ok) throw new Error(`${theirs}: answered ${answer.status}`);
  const lines = text.split('\n').map((line) => line.trim());
  const refused = lines.find((line) => line.startsWith('ERROR:'));
  if (refused === undefined && lines.some((line) => line.startsWith('SUCCESS: update_campaign'))) return;
  throw new Error(`${theirs}: ${shown(refused ?? text, secret)}`);
}

/** For the log: one short line, and the password is not in it, whatever was told back. */
const shown = (text: string, secret: string): string =>
  text
    .replaceAll(secret, '(hidden)')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 200);

async function firstBytes(answer: Response): Promise<string> {
  if (answer.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX).toString('utf8');
}
