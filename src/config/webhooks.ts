/** Sources of signed events: their mapping from `breakwater.yaml`, their secret from a file or the environment, never from the settings. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSellerId } from '../domain/ids.ts';
import { CONSENT_COLUMNS } from '../domain/request-fields.ts';
import type { EventMeaning, WebhookMapping } from '../domain/webhook-event.ts';
import { OPT_OUT_COLUMNS, REVOCATION_COLUMNS } from '../domain/wish-fields.ts';
import type { Report } from './check-settings.ts';
import type { Environment } from './environment.ts';
import type { Settings } from './settings.ts';

export interface WebhookSetting extends WebhookMapping {
  readonly secret: string;
  readonly freshSeconds: number;
}

type WebhookYaml = Settings['webhooks'][number];

/** HMAC-SHA256 wants at least as many bytes as it gives (RFC 2104). */
const SECRET_CHARACTERS_MIN = 32;

const COLUMNS: Readonly<Record<EventMeaning, Readonly<Record<string, unknown>>>> = {
  opt_out: OPT_OUT_COLUMNS,
  revocation: REVOCATION_COLUMNS,
  consent: CONSENT_COLUMNS,
  text_consent: CONSENT_COLUMNS,
};

/** The variable that holds a source's secret where no file does. */
export const secretVariable = (source: string): string =>
  `BREAKWATER_WEBHOOK_SECRET_${source.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;

export function readWebhooks(
  yaml: Settings['webhooks'],
  given: { readonly base: string; readonly env: Environment; readonly sellers: ReadonlySet<string> },
  report: Report,
): readonly WebhookSetting[] {
  const seen = new Set<string>();
  return yaml.map((row, index) => {
    const at = (key: string): string => `webhooks[${index}].${key}`;
    const variable = secretVariable(row.source);
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(row.source)) {
      report(at('source'), 'is not a name', row.source, 'small letters, digits and dashes');
    }
    if (seen.has(variable)) report(at('source'), 'is used twice', row.source, 'a name of its own');
    seen.add(variable);
    checkSeller(row, given.sellers, at, report);
    checkPointers(row, at, report);
    const { source, id, kind, kinds, seller, sellerPointer, fields, freshSeconds } = row;
    const secret = readSecret(row, { ...given, variable }, at, report);
    return { source, id, kind, kinds, seller, sellerPointer, fields, freshSeconds, secret };
  });
}

type At = (key: string) => string;

function checkSeller(row: WebhookYaml, sellers: ReadonlySet<string>, at: At, report: Report): void {
  if ((row.seller === null) === (row.sellerPointer === null)) {
    report(at('seller'), 'is not told once', row.seller, 'either seller or sellerPointer');
  }
  if (row.seller !== null && !(parseSellerId(row.seller).ok && sellers.has(row.seller))) {
    report(at('seller'), 'has no campaign', row.seller, `one of ${[...sellers].join(', ')}`);
  }
}

function checkPointers(row: WebhookYaml, at: At, report: Report): void {
  const pointers = [
    ['id', row.id],
    ['kind', row.kind],
    ['sellerPointer', row.sellerPointer],
    ...row.fields.map(({ pointer }, index) => [`fields[${index}].pointer`, pointer] as const),
  ] as const;
  for (const [key, pointer] of pointers) {
    if (pointer !== null && !/^(\/([^~/]|~[01])*)+$/.test(pointer)) {
      report(at(key), 'is not a JSON pointer', pointer, 'RFC 6901, like /contact/phone');
    }
  }
  if (row.kinds.length === 0) report(at('kinds'), 'is empty', '[]', 'at least one kind of event');
  const mapped = row.fields.map(({ column }) => column);
  if (!mapped.includes('number')) report(at('fields'), 'has no column', 'number', 'a pointer to the number');
  for (const { means } of row.kinds) {
    const known = Object.keys(COLUMNS[means]);
    const stranger = mapped.find((column) => !known.includes(column));
    if (stranger !== undefined) {
      report(
        at('fields'),
        `has a column that ${means} does not know`,
        stranger,
        `one of ${known.join(', ')}`,
      );
    }
  }
}

function readSecret(
  row: WebhookYaml,
  given: { readonly base: string; readonly env: Environment; readonly variable: string },
  at: At,
  report: Report,
): string {
  const expected = `at least ${SECRET_CHARACTERS_MIN} characters, in the file or in ${given.variable}`;
  let secret = given.env[given.variable] ?? '';
  if (row.secretFile !== null) {
    try {
      secret = readFileSync(resolve(given.base, row.secretFile), 'utf8').trim();
    } catch (error) {
      report(at('secretFile'), 'cannot be read', (error as NodeJS.ErrnoException).code, expected);
      return '';
    }
  }
  if (secret.length < SECRET_CHARACTERS_MIN)
    report(at('secretFile'), 'holds no secret', '(hidden)', expected);
  return secret;
}
