/** `doctor`: everything a call depends on, looked at one by one; each problem comes with what to do about it. Changes nothing. */
import { exchangeOverAmi } from '../doctor/ami.ts';
import { amiProxyFindings, surroundings } from '../doctor/ami-proxy.ts';
import { exchangeOverAri, MACHINE_MODULES, MODULES, modulesMissing } from '../doctor/ari.ts';
import { signing } from '../doctor/attestation.ts';
import { bad, nodeVersion, ok, ports, programs, skipped } from '../doctor/machine.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';
import type { DoctorConfig, Finding, Place, Wiring } from '../wiring.ts';

const TIMEOUT_MS = 3_000;

export interface DoctorArgs extends Place {
  readonly json?: boolean | undefined;
  readonly nodeVersion: string;
}

type Needs = Pick<Wiring, 'loadForDoctor' | 'probes' | 'describeSources' | 'checkPrompts'>;

export async function doctor(args: DoctorArgs, io: Io, wiring: Needs): Promise<ExitCode> {
  const findings: Finding[] = [nodeVersion(args.nodeVersion), ...programs(io.env['PATH'] ?? '')];
  const look = async (what: string, check: () => Promise<readonly Finding[]>): Promise<void> => {
    io.err(`looking at ${what}`);
    try {
      findings.push(...(await check()));
    } catch (error) {
      findings.push(
        bad(what, error instanceof Error ? error.message : String(error), 'this check itself failed'),
      );
    }
  };

  let config: DoctorConfig | undefined;
  await look('configuration', async () => {
    const loaded = await wiring.loadForDoctor(args);
    if (!loaded.ok) {
      return loaded.problems.map((problem) =>
        bad('configuration', problem, `correct it in ${args.configDirectory}`),
      );
    }
    config = loaded.config;
    return config.campaigns === 0
      ? [
          bad(
            'configuration',
            'no campaign: every call is vetoed',
            `put a file into ${args.configDirectory}/campaigns`,
          ),
        ]
      : [ok('configuration', `${config.campaigns} campaigns`)];
  });
  if (config === undefined) findings.push(skipped('everything else', 'needs a valid configuration'));
  else await lookAround(args, io, wiring, config, look);

  if (args.json === true) printJson(io, { findings });
  else io.out(doctorTable(findings));
  return findings.some((finding) => finding.state === 'problem') ? EXIT.notOk : EXIT.ok;
}

async function lookAround(
  args: DoctorArgs,
  io: Io,
  wiring: Needs,
  config: DoctorConfig,
  look: (what: string, check: () => Promise<readonly Finding[]>) => Promise<void>,
): Promise<void> {
  const { ariUrl, ariUser, ariPassword, amiHost, amiPort, amiUser, amiSecret } = config.asterisk;
  await look('ports', () => ports(config, TIMEOUT_MS));
  if (ariUrl === null) {
    await look('asterisk', async () => {
      const sources = await wiring.describeSources();
      const found = sources.find((source) => source.available);
      const none = sources.map((source) => `${source.kind}: ${source.detail}`).join('; ');
      const way =
        found === undefined
          ? bad('asterisk', none, 'install Asterisk 22, or set ARI_URL')
          : ok('asterisk', `${found.kind}: ${found.detail}`);
      return [way, skipped('ari', 'asterisk.ariUrl is not set: no call is placed')];
    });
  } else {
    const place = { url: ariUrl, user: ariUser ?? '', password: ariPassword ?? '' };
    const needed = [...MODULES, ...(config.exchangeFindsMachines ? MACHINE_MODULES : [])];
    await look('ari', () => exchangeOverAri(place, () => io.nowMs(), TIMEOUT_MS, needed));
    const { attestation } = config;
    if (attestation !== undefined) {
      await look('attestation', () =>
        signing(attestation, place, (names) => modulesMissing(place, TIMEOUT_MS, names)),
      );
    }
  }
  await look('ami', async () =>
    amiHost === null
      ? [skipped('ami', 'asterisk.amiHost is not set: no call is placed')]
      : exchangeOverAmi(
          {
            ...{ host: amiHost, port: amiPort, user: amiUser ?? '', secret: amiSecret ?? '' },
            tls: config.amiTls ?? null,
          },
          TIMEOUT_MS,
          config.amiNeeds,
        ),
  );
  const { amiProxy } = config;
  if (amiProxy !== undefined) {
    await look('ami proxy', () => amiProxyFindings(amiProxy, surroundings(TIMEOUT_MS)));
  }
  await look('messages', async () => {
    const unfit = (await wiring.checkPrompts(args)).filter((prompt) => !prompt.fit);
    return unfit.length === 0
      ? [ok('messages', 'all are fit')]
      : unfit.map((each) =>
          bad('messages', `${each.campaign} ${each.kind}: ${each.detail}`, 'breakwater prompts render'),
        );
  });
  await look('stores', () => wiring.probes(args, () => io.nowMs()));
}

function doctorTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ check, state, detail }) => [
    check,
    state === 'problem' ? 'PROBLEM' : state,
    detail,
  ]);
  const problems = findings.filter((finding) => finding.state === 'problem');
  const fixes = problems.map(({ check, fix }) => `  ${plain(check)}: ${plain(fix)}`);
  return [
    table(['CHECK', 'STATE', 'DETAIL'], rows),
    ...(fixes.length === 0 ? ['all is well'] : ['what to do:', ...fixes]),
  ].join('\n');
}
