/** Who is told of ledger entries: `eventWebhooks` of `breakwater.yaml`. */
import { TELLING_KINDS } from '../domain/event-delivery.ts';
import { ENTRY_KINDS, type EntryKind } from '../domain/ledger-entry.ts';
import type { Report } from './check-settings.ts';
import { group, integer, listOf, nullableText, oneOf, text } from './schema-parts.ts';
import type { Settings } from './settings.ts';
import { readSignedTarget, type SecretSource, type SignedTarget } from './signed-target.ts';

export interface EventWebhook {
  readonly name: string;
  readonly kinds: readonly EntryKind[];
  readonly attemptsMax: number;
  readonly target: SignedTarget;
}

export const EVENT_WEBHOOK_SCHEMA = group({
  name: text(
    { means: 'what was told is kept under it', expected: 'small letters, digits and dashes' },
    undefined,
    64,
  ),
  url: text({
    means: 'takes each event as a signed POST',
    expected: 'an https address, or http on a loopback address',
    address: true,
  }),
  secretFile: nullableText({
    means: 'file with the secret they are signed with; null: BREAKWATER_EVENT_SECRET_ and the name',
  }),
  kinds: listOf(oneOf(ENTRY_KINDS, { means: 'kind of ledger entry' }), {
    means: 'kinds of ledger entries that are told',
  }),
  timeoutSeconds: integer(1, 60, { means: 'a delivery that takes longer has failed and is repeated' }, 5),
  attemptsMax: integer(1, 100, { means: 'an event that was not taken so often is put aside' }, 10),
});

/** The variable that holds a target's secret where no file does. */
const secretVariable = (name: string): string =>
  `BREAKWATER_EVENT_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;

export function readEventWebhooks(
  yaml: Settings['eventWebhooks'],
  given: SecretSource,
  report: Report,
): readonly EventWebhook[] {
  const seen = new Set<string>();
  return yaml.flatMap((row, index) => {
    const { name, kinds, attemptsMax } = row;
    const path = `eventWebhooks[${index}]`;
    const variable = secretVariable(name);
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
      report(`${path}.name`, 'is not a name', name, 'small letters, digits and dashes');
    }
    if (seen.has(variable)) report(`${path}.name`, 'is used twice', name, 'a name of its own');
    seen.add(variable);
    if (kinds.length === 0) report(`${path}.kinds`, 'is empty', '[]', 'at least one kind of entry');
    const own = TELLING_KINDS.find((kind) => kinds.includes(kind));
    if (own !== undefined)
      report(`${path}.kinds`, 'has one that is told to nobody', own, 'another kind of entry');
    const target = readSignedTarget(row, { path, secretVariable: variable }, given, report);
    return target === null ? [] : [{ name, kinds, attemptsMax, target }];
  });
}
