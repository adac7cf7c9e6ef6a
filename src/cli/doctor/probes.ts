/** Everything that `doctor` asks of machine, exchange and stores with the whole configuration at hand. Changes nothing. */
import { loadFileLists } from '../../adapters/files/file-lists.ts';
import { mediaOf } from '../../adapters/audio/manifest.ts';
import { runningEmbeddedUrl } from '../../adapters/postgres/embedded.ts';
import { openPostgres } from '../../adapters/postgres/open.ts';
import { postgresRecords } from '../../adapters/postgres/records.ts';
import { placesWrittenTo, spaceOf } from '../../adapters/system/disk-space.ts';
import type { Config } from '../../config/config.ts';
import type { AttestationRecord } from '../../domain/attestation.ts';
import { instant } from '../../domain/time.ts';
import { listsHolding, storedLists } from '../local-lists.ts';
import type { Finding } from '../wiring.ts';
import { attestationFindings, campaignFindings, type ListCopy, listAgeFindings } from './campaigns.ts';
import { exchangeFileFindings } from './exchange-files.ts';
import { exchangeFindings } from './exchange.ts';
import { descriptorFinding, diskFindings, monitorFinding, spoolFinding, timeServiceFinding } from './host.ts';
import { type Door, doorFindings, isHere } from './listeners.ts';
import { sidecarAt } from './machine.ts';
import { secretFindings } from './secrets.ts';
import { type SeededList, selfTestFinding } from './self-test.ts';
import { postgresFindings, redisFinding } from './stores.ts';

const TIMEOUT_MS = 3_000;

export async function probe(
  config: Config,
  around: { readonly nowMs: () => number; readonly path: string },
): Promise<readonly Finding[]> {
  const { asterisk, stores, campaigns, policy, clock, encryption } = config;
  const { ariUser, ariPassword, amiUser, amiSecret, monitorDirectory } = asterisk;
  const now = clock.startAt ?? instant(around.nowMs());
  const copies = await copiesOf(config);
  return [
    ...campaignFindings(campaigns),
    ...listAgeFindings(copies, policy.law.federal, now),
    selfTestFinding(config.selfTest, await seededLists(config)),
    ...attestationFindings(campaigns, await attestationRecords(config), now),
    ...(await exchange(config)),
    ...secretFindings([
      { name: 'ARI_PASSWORD', user: ariUser, value: ariPassword },
      { name: 'AMI_SECRET', user: amiUser, value: amiSecret },
    ]),
    ...(await doorFindings(doorsOf(config))),
    ...(await postgresFindings(stores.databaseUrl, around.nowMs)),
    await redisFinding(stores.redisUrl, encryption.redisAuthority),
    ...diskFindings(await spaceOf(placesWrittenTo(config))),
    await spoolFinding(config.spool.directory),
    await monitorFinding(
      monitorDirectory,
      campaigns.some(({ recording }) => recording.enabled),
    ),
    await descriptorFinding(),
    await timeServiceFinding(around.path),
  ];
}

async function exchange(config: Config): Promise<readonly Finding[]> {
  const { asterisk, campaigns, agi, http } = config;
  const { ariUrl, ariUser, ariPassword, amiHost, amiPort, amiUser, amiSecret } = asterisk;
  const overAri =
    ariUrl === null
      ? []
      : await exchangeFindings(
          { url: ariUrl, user: ariUser ?? '', password: ariPassword ?? '' },
          {
            application: asterisk.application,
            agi,
            sidecarRuns: await sidecarAt(http.host, http.port, TIMEOUT_MS),
            campaigns,
          },
          TIMEOUT_MS,
        );
  const overAmi =
    amiHost === null
      ? []
      : await exchangeFileFindings(
          { host: amiHost, port: amiPort, user: amiUser ?? '', secret: amiSecret ?? '' },
          {
            campaigns,
            messages: campaigns.map(({ id }) => mediaOf(asterisk.soundsPrefix, id, 'safe_harbor')),
          },
          TIMEOUT_MS,
        );
  return [...overAri, ...overAmi];
}

function doorsOf({ asterisk: { ariUrl, amiHost, amiPort }, agi }: Config): readonly Door[] {
  const ari = ariUrl === null || !URL.canParse(ariUrl) ? null : new URL(ariUrl);
  return [
    ...(ari !== null && ari.protocol === 'http:' && isHere(ari.hostname)
      ? [{ name: 'ARI', port: Number(ari.port || 80), fix: 'bindaddr = 127.0.0.1 in http.conf' }]
      : []),
    ...(amiHost !== null && isHere(amiHost)
      ? [{ name: 'AMI', port: amiPort, fix: 'bindaddr = 127.0.0.1 in manager.conf, then `manager reload`' }]
      : []),
    ...(isHere(agi.host) && agi.port !== 0
      ? [{ name: 'FastAGI', port: agi.port, fix: 'agi.host 127.0.0.1 in breakwater.yaml' }]
      : []),
  ];
}

/** Unreadable ones are told elsewhere. */
/** Without seeds no list needs to be read for them. */
async function seededLists(config: Config): Promise<readonly SeededList[]> {
  const numbers = config.selfTest.seeds.map(({ number }) => number);
  return numbers.length === 0 ? [] : listsHolding(config, numbers);
}

async function copiesOf(config: Config): Promise<readonly ListCopy[]> {
  const files = await loadFileLists(config.lists, config.listImports.rejectedMaxBp);
  const stored = await storedLists(config, false);
  return [
    ...(files.ok ? files.lists.map(({ list }) => list.version) : []),
    ...stored.flatMap(({ inForce }) => (inForce === null ? [] : [inForce])),
  ];
}

/** Null: no store is running that could be asked, or it does not answer. Nothing is started for it. */
async function attestationRecords({ stores, data }: Config): Promise<readonly AttestationRecord[] | null> {
  const url = stores.databaseUrl ?? (await runningEmbeddedUrl(data.directory));
  if (url === undefined) return null;
  try {
    const store = await openPostgres({ url });
    try {
      return await postgresRecords(store).attestations();
    } finally {
      await store.close();
    }
  } catch {
    return null;
  }
}
