/** Doctor's look at the exchange over ARI: can it be reached, is it the right major version, do its modules and its clock fit. */
import { bad, ok } from './machine.ts';
import type { Finding } from '../wiring.ts';

/** What the dialplan and the sidecar use; without any of them some call goes wrong. */
export const MODULES = [
  'res_agi.so',
  'res_stasis.so',
  'app_stasis.so',
  'res_ari_channels.so',
  'res_ari_bridges.so',
  'res_ari_playbacks.so',
  'res_stasis_playback.so',
  'res_stasis_snoop.so',
  'func_talkdetect.so',
  'func_timeout.so',
  'func_cut.so',
  'func_dialplan.so',
  'func_logic.so',
  'app_stack.so',
  'app_channelredirect.so',
  'app_dial.so',
  'app_originate.so',
  'app_playback.so',
  'app_mixmonitor.so',
] as const;

/** Where it is missing the dialplan goes on without `AMD()`, and nobody is taken for a machine. */
export const MACHINE_MODULES = ['app_amd.so'] as const;

/**
 * While a device state is on its way to ARI, an event socket that is lost can block ARI until Asterisk is restarted (asterisk issue
 * 2170); nothing here needs them.
 */
export const DEVICE_STATE_MODULES = ['res_ari_device_states.so', 'res_stasis_device_state.so'] as const;

const MAJOR_VERSION = 22;
/** The Date header has whole seconds, and the guard band of the calling hours is 60 s. */
const SKEW_MS_MAX = 2_000;

export interface AriPlace {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export async function exchangeOverAri(
  place: AriPlace,
  nowMs: () => number,
  timeoutMs: number,
  needed: readonly string[],
): Promise<readonly Finding[]> {
  const base = baseOf(place);
  const get = getter(place, timeoutMs);
  try {
    const { response, body } = await get('/asterisk/info');
    const skewMs = Date.parse(response.headers.get('date') ?? '') - nowMs();
    if (response.status === 401) {
      return [bad('ari', `${base} refuses the login`, 'compare ARI_USER and ARI_PASSWORD with ari.conf')];
    }
    if (!response.ok)
      return [bad('ari', `${base} answers ${response.status}`, 'is ARI enabled in ari.conf and http.conf?')];
    return [version(base, body), clock(skewMs), await modules(needed, get), await deviceStates(get)];
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    return [bad('ari', `${base}: ${why}`, 'is Asterisk running, and http.conf enabled on this address?')];
  }
}

export type Get = (path: string) => Promise<{ response: Response; body: unknown }>;

const baseOf = ({ url }: AriPlace): string => url.replace(/\/+$/, '').replace(/\/ari$/, '');

const basic = ({ user, password }: AriPlace): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function getter(place: AriPlace, timeoutMs: number): Get {
  const authorization = basic(place);
  return async (path) => {
    const response = await fetch(`${baseOf(place)}/ari${path}`, {
      headers: { authorization },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { response, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };
}

/** `refusal`: the status with which a DELETE is answered; ask only for what cannot be there. */
export const ariGetter = (
  place: AriPlace,
  timeoutMs: number,
): { readonly get: Get; readonly refusal: (path: string) => Promise<number> } => ({
  get: getter(place, timeoutMs),
  async refusal(path) {
    const response = await fetch(`${baseOf(place)}/ari${path}`, {
      method: 'DELETE',
      headers: { authorization: basic(place) },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    return response.status;
  },
});

/** Of these modules, those that are not running. */
export const modulesMissing = (
  place: AriPlace,
  timeoutMs: number,
  names: readonly string[],
): Promise<readonly string[]> => missingOf(names, getter(place, timeoutMs));

function version(base: string, body: unknown): Finding {
  const told = (body as { system?: { version?: unknown } } | null)?.system?.version;
  const text = typeof told === 'string' ? told : 'of unknown version';
  return text.startsWith(`${MAJOR_VERSION}.`)
    ? ok('ari', `${base}, Asterisk ${text}`)
    : bad('ari', `${base}, Asterisk ${text}`, `only Asterisk ${MAJOR_VERSION} was verified`);
}

function clock(skewMs: number): Finding {
  if (Number.isNaN(skewMs))
    return bad('clock', 'the exchange does not tell its time', 'compare both clocks by hand');
  const detail = `the exchange differs by ${(skewMs / 1_000).toFixed(1)} s`;
  // A Date header is up to a second old when it is cut off.
  return skewMs <= SKEW_MS_MAX && skewMs >= -SKEW_MS_MAX - 1_000
    ? ok('clock', detail)
    : bad(
        'clock',
        detail,
        'run a time service (chrony) on both machines: calling hours and ledger stamps depend on it',
      );
}

async function missingOf(names: readonly string[], get: Get): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const name of names) {
    const { response, body } = await get(`/asterisk/modules/${name}`);
    const status = (body as { status?: unknown } | null)?.status;
    if (!response.ok || status !== 'Running') missing.push(name);
  }
  return missing;
}

async function deviceStates(get: Get): Promise<Finding> {
  const check = 'device states over ARI';
  const missing = await missingOf(DEVICE_STATE_MODULES, get);
  const running = DEVICE_STATE_MODULES.filter((name) => !missing.includes(name));
  return running.length === 0
    ? ok(check, 'none')
    : bad(
        check,
        `${running.join(' and ')} can block ARI until Asterisk is restarted, when an event socket is lost`,
        `${running.map((name) => `noload = ${name}`).join(' and ')} in modules.conf, then restart Asterisk`,
      );
}

async function modules(needed: readonly string[], get: Get): Promise<Finding> {
  const missing = await missingOf(needed, get);
  return missing.length === 0
    ? ok('modules', `${needed.length} are running`)
    : bad('modules', `not running: ${missing.join(', ')}`, 'load them in modules.conf');
}
