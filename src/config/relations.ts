/** What the keys of `breakwater.yaml` demand of each other: doors, exchange, stores, clock. Lists are in `lists.ts`. */
import { parseWriterId } from '../domain/ids.ts';
import { parseInstant } from '../domain/time.ts';
import { isNetwork } from './address-guard.ts';
import { type Report, shownAddress } from './check-settings.ts';
import { isLoopback } from './loopback.ts';
import type { Settings } from './settings.ts';
import { parseRedisAddress, REDIS_ADDRESS_EXPECTED } from './redis-address.ts';

const hostOf = (address: string): string | undefined =>
  URL.canParse(address) ? new URL(address).hostname : undefined;

export function checkRelations(settings: Settings, report: Report): void {
  checkDoors(settings, report);
  checkTokens(settings, report);
  checkAsterisk(settings, report);
  checkStores(settings, report);
  checkRehearsal(settings, report);
  settings.outgoing.privateNetworks.forEach((network, index) => {
    if (isNetwork(network)) return;
    const at = `outgoing.privateNetworks[${index}]`;
    report(at, 'is not a network', network, 'an address and a length like 10.1.0.0/16');
  });
  if (settings.writer !== null) {
    const writer = parseWriterId(settings.writer);
    if (!writer.ok)
      report(
        'writer',
        'is not usable',
        settings.writer,
        '1 to 64 letters, digits, dots, dashes or underscores',
      );
  }
  if (settings.deadlines.agiAnswerMs < settings.deadlines.factMs) {
    report(
      'deadlines.agiAnswerMs',
      'is shorter than one fact may take',
      settings.deadlines.agiAnswerMs,
      `at least deadlines.factMs, ${settings.deadlines.factMs}`,
    );
  }
}

function checkDoors({ http, agi }: Settings, report: Report): void {
  if (!isLoopback(http.host) && http.tokens.length === 0 && http.tokenFile === null) {
    const expected = 'a loopback address, or http.tokens, or http.tokenFile';
    report('http.host', 'is open to others without a token', http.host, expected);
  }
  // FastAGI knows no authentication: whoever reaches the port may use up the campaign's permits.
  if (!isLoopback(agi.host)) report('agi.host', 'is open to others', agi.host, 'a loopback address');
  if (http.port !== 0 && http.port === agi.port) {
    report('agi.port', 'is the port of the HTTP door too', agi.port, 'another port');
  }
}

function checkTokens({ http }: Settings, report: Report): void {
  const hashes = new Set<string>();
  http.tokens.forEach(({ name, sha256, scopes, expiresAt }, index) => {
    const at = `http.tokens[${index}]`;
    // One name may hold several tokens, for as long as one replaces the other; the same token twice is a slip.
    if (hashes.has(sha256)) report(`${at}.sha256`, 'is there twice', '(hidden)', `another token for ${name}`);
    hashes.add(sha256);
    if (!/^[0-9a-f]{64}$/i.test(sha256)) {
      report(`${at}.sha256`, 'is not a SHA-256', '(hidden)', '64 hexadecimal digits');
    }
    if (expiresAt !== null && !parseInstant(expiresAt).ok) {
      report(`${at}.expiresAt`, 'is not an instant', expiresAt, 'ISO 8601 with an offset, or null');
    }
    if (scopes.length === 0) report(`${at}.scopes`, 'is empty', '[]', 'at least one scope');
  });
}

function checkAsterisk({ asterisk }: Settings, report: Report): void {
  const { ariUrl } = asterisk;
  if (ariUrl !== null) {
    if (!/^https?:\/\//i.test(ariUrl) || hostOf(ariUrl) === undefined) {
      report('asterisk.ariUrl', 'is not an address', shownAddress(ariUrl), 'an http or https address');
    }
    for (const key of ['ariUser', 'ariPassword'] as const) {
      if (asterisk[key] === null)
        report(`asterisk.${key}`, 'is missing', null, 'a value, since ariUrl is set');
    }
  }
  if (asterisk.amiHost !== null) {
    for (const key of ['amiUser', 'amiSecret'] as const) {
      if (asterisk[key] === null)
        report(`asterisk.${key}`, 'is missing', null, 'a value, since amiHost is set');
    }
  }
  for (const key of ['application', 'soundsPrefix'] as const) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(asterisk[key])) {
      report(`asterisk.${key}`, 'is not a plain word', asterisk[key], 'letters, digits, dashes, underscores');
    }
  }
}

function checkStores({ stores }: Settings, report: Report): void {
  const { databaseUrl, redisUrl } = stores;
  if (databaseUrl !== null && !(/^postgres(ql)?:\/\//.test(databaseUrl) && URL.canParse(databaseUrl))) {
    const expected = 'a postgres:// or postgresql:// address';
    report('stores.databaseUrl', 'is not an address', '(hidden)', expected);
  }
  if (redisUrl !== null && parseRedisAddress(redisUrl) === null) {
    report('stores.redisUrl', 'is not an address', '(hidden)', REDIS_ADDRESS_EXPECTED);
  }
}

/** Rehearsal lifts guards (fictional numbers, a set clock), so it MUST NOT reach an exchange with real trunks. */
function checkRehearsal({ environment, clock, asterisk }: Settings, report: Report): void {
  if (clock.startAt !== null) {
    if (environment !== 'rehearsal') {
      report('clock.startAt', 'is only for rehearsal', clock.startAt, 'null in production');
    }
    const startAt = parseInstant(clock.startAt);
    if (!startAt.ok) {
      report('clock.startAt', 'is not an instant', clock.startAt, 'ISO 8601 with an offset');
    }
  }
  if (environment !== 'rehearsal') return;
  const { ariUrl, amiHost } = asterisk;
  const ariHost = ariUrl === null ? undefined : hostOf(ariUrl);
  if (ariUrl !== null && ariHost !== undefined && !isLoopback(ariHost)) {
    const place = shownAddress(ariUrl);
    report('asterisk.ariUrl', 'is another machine in rehearsal', place, 'an exchange on this machine');
  }
  if (amiHost !== null && !isLoopback(amiHost)) {
    report('asterisk.amiHost', 'is another machine in rehearsal', amiHost, 'an exchange on this machine');
  }
}
