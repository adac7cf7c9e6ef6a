/** `breakwater prompts`: speaks and checks every message of every campaign. Thin over `adapters/audio`. */
import { renderAll, type RenderedPrompt } from '../adapters/audio/render.ts';
import type { Config } from '../config/config.ts';

export interface PromptsReport {
  /** False when a message was refused. */
  readonly ok: boolean;
  readonly prompts: readonly RenderedPrompt[];
}

/** One line per message goes to `progress` as it is done. Rejects with `SpeechUnavailable`, whose message names the package. */
export async function renderPrompts(
  config: Pick<Config, 'prompts' | 'asterisk'>,
  options: { readonly force?: boolean; readonly progress?: (line: string) => void } = {},
): Promise<PromptsReport> {
  const prompts = await renderAll(config.prompts, config.asterisk.soundsDirectory, {
    force: options.force ?? false,
    progress: (done) => options.progress?.(promptLine(done)),
  });
  return { ok: prompts.every(({ result }) => result !== 'refused'), prompts };
}

/** `solar safe_harbor: rendered, 12.9 s`. */
export function promptLine({ campaignId, kind, result, problem, durationMs }: RenderedPrompt): string {
  const detail = problem ?? `${((durationMs ?? 0) / 1_000).toFixed(1)} s`;
  return `${campaignId} ${kind}: ${result}, ${detail}`;
}
