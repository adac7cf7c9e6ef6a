/** VICIdial's hopper, out of which doomed leads are taken by its API: `vicidial.hopper` of `breakwater.yaml`. */
import { type Report, shownAddress } from './check-settings.ts';
import { readPassword } from './password.ts';
import { isLoopback } from './loopback.ts';
import { type DeepReadonly, group, integer, nullableText, text } from './schema-parts.ts';
import type { SecretSource } from './signed-target.ts';
import type Type from 'typebox';

export const VICIDIAL_HOPPER_VARIABLE = 'BREAKWATER_VICIDIAL_HOPPER_SECRET';

export const VICIDIAL_HOPPER_SCHEMA = group({
  url: nullableText({
    means:
      "address of VICIdial's non_agent_api.php, by which doomed leads are taken out of the hopper; null: they stay",
    expected: 'an https address, or http on a loopback address, or null',
    address: true,
  }),
  user: text({ means: 'API user of VICIdial who may modify leads (level 8)' }, 'breakwater', 20),
  secretFile: nullableText({ means: `file with that user's password; null: ${VICIDIAL_HOPPER_VARIABLE}` }),
  source: text({ means: "who it is, in VICIdial's API log" }, 'breakwater', 20),
  status: text({ means: 'status of a lead that is taken out; none that its campaigns dial' }, 'DNCL', 6),
  timeoutSeconds: integer(
    1,
    60,
    { means: 'an answer that takes longer has failed and is asked for again' },
    5,
  ),
});

/** With its password: never shown. */
export interface VicidialHopper {
  readonly api: {
    readonly url: string;
    readonly user: string;
    readonly secret: string;
    readonly source: string;
    readonly timeoutMs: number;
  };
  readonly status: string;
}

/** Null: it is left alone, or its password cannot be read; the latter is reported. */
export function readVicidialHopper(
  yaml: DeepReadonly<Type.Static<typeof VICIDIAL_HOPPER_SCHEMA>>,
  given: SecretSource,
  report: Report,
): VicidialHopper | null {
  const { url, user, source, status, timeoutSeconds } = yaml;
  if (url === null) return null;
  const at = 'vicidial.hopper';
  checkApiAddress(url, `${at}.url`, report);
  if (!/^[A-Za-z0-9]{1,6}$/.test(status)) {
    report(`${at}.status`, 'is no status', status, 'one to six letters and digits');
  }
  const secret = readPassword(
    yaml.secretFile,
    { at: `${at}.secretFile`, variable: VICIDIAL_HOPPER_VARIABLE },
    given,
    report,
  );
  if (secret === null) return null;
  return { api: { url, user, secret, source, timeoutMs: timeoutSeconds * 1_000 }, status };
}

/** The password goes there with every question. */
export function checkApiAddress(url: string, at: string, report: Report): void {
  const { protocol = '', hostname = '' } = URL.canParse(url) ? new URL(url) : {};
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return;
  report(at, 'is not safe', shownAddress(url), 'an https address, or http on a loopback address');
}
