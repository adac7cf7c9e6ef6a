/**
 * VICIdial's dial level by its `non_agent_api.php`, function `update_campaign`. One attempt for each level; `control/deliver-newest.ts`
 * repeats it, keeps one on its way and sends the newest.
 */
import type { VicidialLevels } from '../../config/vicidial-levels.ts';
import type { DialLevelNotice } from '../../domain/dial-level-notice.ts';
import type { MonotonicMs } from '../../domain/time.ts';
import type { LevelOutlet } from '../../ports/level-outlets.ts';
import { callApi } from './api.ts';

/** Written again this often: a hand in VICIdial's own pages may have changed it, and a push that ran out of time may arrive behind a newer one. */
export const RENEW_MS = 30_000;

export function vicidialLevels(target: VicidialLevels, monotonic: () => MonotonicMs): LevelOutlet {
  /** What each of their campaigns has taken last; not in it: nobody knows. */
  const told = new Map<string, { readonly figure: string; readonly at: MonotonicMs }>();

  async function push(theirs: string, figure: string): Promise<void> {
    const last = told.get(theirs);
    if (last?.figure === figure && monotonic() - last.at < RENEW_MS) return;
    // A push that fails may have arrived all the same.
    told.delete(theirs);
    await callApi(target, 'update_campaign', { campaign_id: theirs, [FIELD[target.owns]]: figure }, theirs);
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
