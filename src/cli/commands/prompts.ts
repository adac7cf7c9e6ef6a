/** `prompts render` makes the recorded messages, `prompts check` says whether each is fit to be played. */
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { table } from '../text.ts';
import type { Place, PromptStatus, Wiring } from '../wiring.ts';

export interface PromptsArgs extends Place {
  readonly json?: boolean | undefined;
}

export async function prompts(
  what: 'render' | 'check',
  args: PromptsArgs,
  io: Io,
  wiring: Pick<Wiring, 'renderPrompts' | 'checkPrompts'>,
): Promise<ExitCode> {
  const found =
    what === 'render'
      ? await wiring.renderPrompts(args, (line) => io.err(line))
      : await wiring.checkPrompts(args);
  if (args.json === true) printJson(io, { prompts: found });
  else io.out(table(['CAMPAIGN', 'MESSAGE', 'STATE', 'DETAIL'], found.map(row)));
  return found.every((prompt) => prompt.fit) ? EXIT.ok : EXIT.notOk;
}

const row = ({ campaign, kind, fit, detail }: PromptStatus): readonly string[] => [
  campaign,
  kind,
  fit ? 'fit' : 'UNFIT',
  detail,
];
