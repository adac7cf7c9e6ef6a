/** Reads the documentation: fences, links and words in backticks, and what of them is not so. Pure; the tests hand in the tree. */
import type { Command } from 'commander';

export interface Page {
  /** Relative to the root. */
  readonly path: string;
  readonly source: string;
}

export interface Fence {
  readonly path: string;
  readonly line: number;
  readonly language: string;
  /** Words behind the language: `run`, `exit=1`, `says=a,b`. */
  readonly marks: readonly string[];
  readonly text: string;
}

export function fencesOf({ path, source }: Page): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { line: number; info: string; indent: number; lines: string[] } | null = null;
  for (const [index, line] of source.split('\n').entries()) {
    const fence = /^(\s*)```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line.slice(open.indent));
    else if (open === null) {
      open = { line: index + 1, info: (fence[2] ?? '').trim(), indent: fence[1]?.length ?? 0, lines: [] };
    } else {
      const [language = '', ...marks] = open.info.split(/\s+/);
      fences.push({ path, line: open.line, language, marks, text: open.lines.join('\n') });
      open = null;
    }
  }
  return fences;
}

/** The page without its fences. */
export const proseOf = ({ source }: Page): string => source.replace(/^\s*```[\s\S]*?^\s*```$/gm, '');

export interface Known {
  readonly program: Command;
  readonly makeTargets: readonly string[];
  readonly scripts: readonly string[];
  /** Route paths with `:name` for what varies. */
  readonly routes: readonly string[];
}

/** Commands of everybody's machine that a page may show without our being able to check them. */
const OTHERS =
  /^(?:export|call=|sed|printf|ln|cp|cd|docker|curl|git|python3|exec|timeout|pg_dump|pg_restore)\b/;

/** What is wrong with the commands of a shell fence, as sentences. */
export function commandFaults(fence: Fence, known: Known): readonly string[] {
  const lines = fence.text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  return lines.flatMap((line) =>
    commandFault(line, known).map((fault) => `${fence.path}:${fence.line}: \`${line}\`: ${fault}`),
  );
}

function commandFault(line: string, known: Known): readonly string[] {
  const words = wordsOf(line.replace(/^(?:[A-Z_]+=\S+\s+)+/, ''));
  const [first = '', second = '', third = ''] = words;
  if (first === 'make') {
    return known.makeTargets.includes(second) ? [] : [`no make target \`${second}\``];
  }
  if (first === 'npm') {
    const script = second === 'run' ? words.slice(2).find((word) => !word.startsWith('-')) : undefined;
    if (second === 'ci' || second === 'test') return [];
    return script !== undefined && known.scripts.includes(script)
      ? []
      : [`no npm script \`${script ?? second}\``];
  }
  if (first === 'npx' && second === 'breakwater') return programFaults(words.slice(2), known.program);
  if (first === 'npx' && ['vitest', 'tsx'].includes(second)) return third === '' ? ['does nothing'] : [];
  if (first === 'curl') return routeFaults(line, known.routes);
  return OTHERS.test(line) ? [] : [`\`${first}\` is no command that a page may show`];
}

/** Words as a shell splits them; what follows a redirection or a pipe is not ours. */
function wordsOf(line: string): readonly string[] {
  const plain = line.replace(/\s[>|].*$/, '');
  return [...plain.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/^["']|["']$/g, ''),
  );
}

function programFaults(words: readonly string[], program: Command): readonly string[] {
  let command = program;
  let at = 0;
  for (; at < words.length; at += 1) {
    const sub = command.commands.find((each) => each.name() === words[at]);
    if (sub === undefined) break;
    command = sub;
  }
  const faults: string[] = [];
  const positional: string[] = [];
  const given = new Set<string>();
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('--')) {
      positional.push(word);
      continue;
    }
    if (word === '--help' || (word === '--version' && command === program)) return faults;
    const option = command.options.find((each) => each.long === word);
    if (option === undefined) faults.push(`\`${command.name()}\` has no ${word}`);
    else {
      given.add(word);
      if (option.required || option.optional) at += 1;
    }
  }
  for (const option of command.options) {
    if (option.mandatory && !given.has(option.long ?? '')) faults.push(`${option.long ?? ''} is missing`);
  }
  if (command.commands.length > 0 && command.registeredArguments.length === 0) {
    faults.push(`no command \`${positional[0] ?? ''}\` of \`${command.name()}\``);
  } else if (!isVariadic(command) && positional.length > command.registeredArguments.length) {
    faults.push(`\`${command.name()}\` takes no \`${positional.at(-1) ?? ''}\``);
  } else if (positional.length < command.registeredArguments.filter(({ required }) => required).length) {
    faults.push(
      `\`${command.name()}\` needs ${command.registeredArguments.map((each) => each.name()).join(' ')}`,
    );
  }
  return faults;
}

const isVariadic = (command: Command): boolean => command.registeredArguments.at(-1)?.variadic === true;

function routeFaults(line: string, routes: readonly string[]): readonly string[] {
  const path = /\$BREAKWATER_URL(\/[^"'?\s]*)/.exec(line)?.[1];
  if (path === undefined) return ['names no path of `$BREAKWATER_URL`'];
  const parts = path.split('/');
  const fits = routes.some((route) => {
    const wanted = route.split('/');
    return (
      wanted.length === parts.length && wanted.every((part, n) => part.startsWith(':') || part === parts[n])
    );
  });
  return fits ? [] : [`no route \`${path}\``];
}

/** As GitHub makes them of headings. */
export const anchorsOf = ({ source }: Page): readonly string[] =>
  [...source.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Targets of links and pictures that lie in this tree, with their anchors. */
export const linksOf = (page: Page): readonly string[] =>
  [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** Words in backticks, outside of fences. */
export const quotedOf = (page: Page): readonly string[] =>
  [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word);
