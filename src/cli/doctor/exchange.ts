/**
 * Doctor's look at how the exchange and the sidecar fit: the Stasis application, the address of FastAGI in the dialplan, rights of the ARI
 * user, trunks with a codec. Over ARI; changes nothing.
 */
import type { Campaign } from '../../domain/campaign.ts';
import { trunkOf } from '../../domain/trunk.ts';
import type { Finding } from '../wiring.ts';
import { type AriPlace, ariGetter, type Get } from './ari.ts';
import { bad, ok, skipped } from './machine.ts';

/** What the messages are rendered in, and what every carrier in the United States takes. */
const CODECS = ['ulaw', 'alaw'] as const;

export interface ExchangeNeeds {
  readonly application: string;
  /** FastAGI as the sidecar listens; port 0: chosen at the start, nothing can be compared. */
  readonly agi: { readonly host: string; readonly port: number };
  readonly sidecarRuns: boolean;
  readonly campaigns: readonly Pick<Campaign, 'id' | 'endpoint'>[];
}

export async function exchangeFindings(
  place: AriPlace,
  needs: ExchangeNeeds,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const { get, refusal } = ariGetter(place, timeoutMs);
  const info = await get('/asterisk/info').catch(() => null);
  // What is wrong with ARI itself is told elsewhere.
  if (info?.response.ok !== true) return [skipped('exchange and sidecar', 'ARI does not answer')];
  return [
    await application(get, needs),
    await agiAddress(get, needs.agi),
    await writeRight(refusal, place.user),
    ...(await trunks(get, needs.campaigns)),
  ];
}

async function application(get: Get, { application: name, sidecarRuns }: ExchangeNeeds): Promise<Finding> {
  const check = 'Stasis application';
  if (!sidecarRuns) return skipped(check, 'the sidecar does not run');
  const { response } = await get(`/applications/${encodeURIComponent(name)}`);
  return response.ok
    ? ok(check, `\`${name}\` is registered`)
    : bad(
        check,
        `\`${name}\` is not registered although the sidecar runs: its calls fall to the dialplan`,
        'name this exchange in ARI_URL of the sidecar, and the same `asterisk.application` on both sides',
      );
}

async function agiAddress(get: Get, { host, port }: ExchangeNeeds['agi']): Promise<Finding> {
  const check = 'FastAGI address';
  const { body } = await get('/asterisk/variable?variable=BREAKWATER_AGI');
  const told = (body as { readonly value?: unknown } | null)?.value;
  const text = typeof told === 'string' ? told : '';
  if (port === 0) return skipped(check, 'agi.port is 0: any free one');
  const own = `agi://${host}:${port}`;
  const [, toldPort] = /^agi:\/\/.+:(\d+)\/?$/.exec(text) ?? [];
  return Number(toldPort ?? (text.startsWith('agi://') ? 4573 : Number.NaN)) === port
    ? ok(check, `${text} in the dialplan`)
    : bad(
        check,
        `the dialplan asks \`${text}\`, the sidecar listens on ${own}: every call is vetoed`,
        `set BREAKWATER_AGI=${own} under [globals] of extensions.conf, then \`dialplan reload\``,
      );
}

/** A channel that cannot be there is hung up: 404 with the right, 403 without. */
async function writeRight(refusal: (path: string) => Promise<number>, user: string): Promise<Finding> {
  const check = 'ARI rights';
  const status = await refusal('/channels/breakwater-doctor-nobody');
  return status === 403
    ? bad(check, `user \`${user}\` may only read`, 'read_only = no in ari.conf, then `ari reload`')
    : ok(check, `user \`${user}\` may write`);
}

async function trunks(get: Get, campaigns: ExchangeNeeds['campaigns']): Promise<readonly Finding[]> {
  const names = new Map<string, string[]>();
  for (const { id, endpoint } of campaigns) {
    const trunk = trunkOf(endpoint);
    if (trunk !== null) names.set(trunk, [...(names.get(trunk) ?? []), id]);
  }
  const findings: Finding[] = [];
  for (const [trunk, ids] of names) {
    const check = `trunk ${trunk}`;
    const { response, body } = await get(
      `/asterisk/config/dynamic/res_pjsip/endpoint/${encodeURIComponent(trunk)}`,
    );
    if (!response.ok) {
      const fix = 'correct `endpoint` of the campaign, or add the endpoint to pjsip.conf';
      findings.push(bad(check, `no PJSIP endpoint of this name; ${ids.join(', ')} dials it`, fix));
      continue;
    }
    const allowed = allowedCodecs(body);
    const common = CODECS.filter((codec) => allowed.includes(codec));
    findings.push(
      common.length > 0
        ? ok(check, `speaks ${common.join(', ')}`)
        : bad(
            check,
            `allows ${allowed.join(', ') || 'no codec'}: calls fail with 488 or are silent`,
            'allow = ulaw in its endpoint of pjsip.conf, then `module reload res_pjsip.so`',
          ),
    );
  }
  return findings.length === 0 ? [skipped('trunks', 'no campaign dials a PJSIP endpoint by name')] : findings;
}

function allowedCodecs(body: unknown): readonly string[] {
  const attributes = Array.isArray(body) ? (body as readonly unknown[]) : [];
  const allow = attributes
    .map((each) => (each ?? {}) as { readonly attribute?: unknown; readonly value?: unknown })
    .find(({ attribute }) => attribute === 'allow')?.value;
  return typeof allow === 'string' ? (allow.match(/[\w.]+/g) ?? []) : [];
}
