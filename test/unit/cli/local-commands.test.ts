import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MODULES } from '../../../src/cli/doctor/ari.ts';
import { CONTEXTS } from '../../../src/cli/doctor/ami.ts';
import { nodeVersion } from '../../../src/cli/doctor/machine.ts';
import { runCli } from '../../../src/cli/program.ts';
import { localWiring } from '../../../src/cli/local.ts';
import type { DoctorConfig, Wiring } from '../../../src/cli/wiring.ts';
import { exportLine, readExportLine } from '../../../src/control/export-line.ts';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import { entryHash, GENESIS_HASH } from '../../../src/domain/hash-chain.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import { formatInstant, instant } from '../../../src/domain/time.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';
import { startStub, type StubSidecar } from '../../support/stub-sidecar.ts';

const NO_EXCHANGE: DoctorConfig['asterisk'] = {
  ariUrl: null,
  ariUser: null,
  ariPassword: null,
  amiHost: null,
  amiPort: 5038,
  amiUser: null,
  amiSecret: null,
};

function wiringOf(parts: Partial<Wiring>): Wiring {
  const config = {
    http: { host: '127.0.0.1', port: 0 },
    agi: { host: '127.0.0.1', port: 0 },
    asterisk: NO_EXCHANGE,
    campaigns: 2,
    exchangeFindsMachines: false,
    amiNeeds: { userEvents: false, queues: false },
  };
  return {
    serve: () => Promise.resolve(0),
    openLedger: () => Promise.reject(new Error('no store here')),
    openKeeper: () => Promise.reject(new Error('no store here')),
    openPersonData: () => Promise.reject(new Error('no store here')),
    openEraser: () => Promise.reject(new Error('no store here')),
    listsOn: () => Promise.resolve([]),
    loadRetention: () => ({ classes: [], sha256: '' }),
    loadPolicy: () => {
      throw new Error('no policy here');
    },
    tokenFile: () => {
      throw new Error('no token file here');
    },
    loadForDoctor: () => Promise.resolve({ ok: true, config }),
    probes: () => Promise.resolve([{ check: 'ledger store', state: 'ok', detail: 'answers', fix: null }]),
    describeSources: () => Promise.resolve([{ kind: 'path', available: true, detail: 'Asterisk 22' }]),
    importList: () => Promise.reject(new Error('no store here')),
    storedLists: () => Promise.resolve([]),
    renderPrompts: () => Promise.resolve([]),
    checkPrompts: () => Promise.resolve([]),
    explainIdentity: () => Promise.reject(new Error('no roots here')),
    ...parts,
  };
}

async function cli(
  line: readonly string[],
  parts: Partial<Wiring> = {},
): Promise<{ code: number; io: FakeIo }> {
  const io = fakeIo();
  const code = await runCli(line, io, () => Promise.resolve(wiringOf(parts)), {
    version: '0.1.0',
    nodeVersion: 'v24.0.0',
  });
  return { code, io };
}

function chain(count: number): LedgerEntry[] {
  let prevHash = GENESIS_HASH;
  return Array.from({ length: count }, (_, index) => {
    const body = { callId: `c-${index}`, text: 'naïve "quote"' };
    const bodyText = canonicalJson(body);
    const at = instant(Date.parse('2026-11-23T18:00:00Z') + index);
    const chained = {
      writer: 'w1',
      seq: index + 1,
      at: formatInstant(at),
      kind: 'decision',
      body: bodyText,
      prevHash,
    };
    const hash = entryHash(chained);
    const entry: LedgerEntry = {
      id: index + 1,
      writer: 'w1' as WriterId,
      seq: index + 1,
      at,
      kind: 'decision',
      body,
      bodyText,
      prevHash,
      hash,
    };
    prevHash = hash;
    return entry;
  });
}

const opened =
  (entries: readonly LedgerEntry[]): Wiring['openLedger'] =>
  () =>
    Promise.resolve({
      entries: async function* () {
        yield* await Promise.resolve(entries);
      },
      close: () => Promise.resolve(),
    });

describe('an export line', () => {
  it('comes back as the entry it was', () => {
    for (const entry of chain(3))
      expect(readExportLine(exportLine(entry))).toEqual({ ok: true, value: entry });
  });

  it.each(['', '[]', 'null', '{}', '{"id":1,"seq":1,"writer":"w1","kind":"decision","at":"2026-11-23"}'])(
    '`%s` is a problem, not a throw',
    (line) => {
      expect(readExportLine(line).ok).toBe(false);
    },
  );
});

describe('ledger', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('export writes what verify reads', async () => {
    const { code, io } = await cli(['ledger', 'export'], { openLedger: opened(chain(5)) });
    expect(code).toBe(0);
    const file = join(folder, 'export.ndjson');
    await writeFile(file, `${io.text()}\n`);
    const verified = await cli(['ledger', 'verify', '--file', file]);
    expect(verified.code).toBe(0);
    expect(verified.io.text()).toContain('sound: 5 entries of 1 writer');
  });

  it.each([
    [
      'a changed body',
      (lines: string[]) => lines.with(1, lines[1]!.replace('c-1', 'c-7')),
      'BROKEN at entry 2',
    ],
    ['a missing line', (lines: string[]) => lines.toSpliced(1, 1), 'BROKEN at entry 3'],
    ['swapped lines', (lines: string[]) => [lines[1]!, lines[0]!, lines[2]!], 'BROKEN at entry 2'],
  ])('verify finds %s and exits 1', async (_what, spoil, said) => {
    const file = join(folder, 'export.ndjson');
    await writeFile(file, spoil(chain(3).map(exportLine)).join('\n'));
    const { code, io } = await cli(['ledger', 'verify', '--file', file]);
    expect(code).toBe(1);
    expect(io.text()).toContain(said);
  });

  it('verify names the line that is no entry', async () => {
    const file = join(folder, 'export.ndjson');
    await writeFile(file, `${exportLine(chain(1)[0]!)}\nnot json\n`);
    const { code, io } = await cli(['ledger', 'verify', '--file', file]);
    expect(code).toBe(1);
    expect(io.errors.join('\n')).toContain('line 2: not JSON');
  });

  it.each(['', '\n\n'])('verify calls a file that holds no entry not sound (%j)', async (content) => {
    const file = join(folder, 'export.ndjson');
    await writeFile(file, content);
    const { code, io } = await cli(['ledger', 'verify', '--file', file]);
    expect(code).toBe(1);
    expect(io.text()).toBe('');
    expect(io.errors.join('\n')).toContain(`\`${file}\` holds no entry`);
  });

  it('verify names a folder that was given for a file', async () => {
    const { code, io } = await cli(['ledger', 'verify', '--file', folder]);
    expect(code).toBe(3);
    expect(io.errors.join('\n')).toContain(`\`${folder}\` cannot be read: it is a directory`);
  });

  it('verify reads the store when no file is named', async () => {
    const { code, io } = await cli(['ledger', 'verify', '--json'], { openLedger: opened(chain(2)) });
    expect(code).toBe(0);
    expect(JSON.parse(io.text())).toMatchObject({ ok: true, entries: 2 });
  });

  it.each(['nonsense', 'postgres://[', 'http://127.0.0.1/x'])(
    '--database `%s` is told without being shown',
    async (database) => {
      const { openLedger } = localWiring;
      for (const command of ['export', 'verify']) {
        const { code, io } = await cli(['ledger', command, '--database', database], { openLedger });
        expect(code).toBe(2);
        expect(io.errors).toEqual(['--database `(hidden)`: expected a postgres:// or postgresql:// address']);
      }
    },
  );

  it('verify exits 3 when there is nothing to read', async () => {
    expect((await cli(['ledger', 'verify'])).code).toBe(3);
    expect((await cli(['ledger', 'verify', '--file', join(folder, 'none')])).code).toBe(3);
  });
});

describe('prompts and serve', () => {
  it('exits 1 when a message is unfit', async () => {
    const checkPrompts = () =>
      Promise.resolve([{ campaign: 'solar', kind: 'safe_harbor', fit: false, detail: 'silence only' }]);
    const { code, io } = await cli(['prompts', 'check'], { checkPrompts });
    expect(code).toBe(1);
    expect(io.text()).toMatch(/UNFIT +silence only/);
    expect((await cli(['prompts', 'render'])).code).toBe(0);
  });

  it('serve hands the folder on and exits as the sidecar did', async () => {
    let directory = '';
    const { code } = await cli(['serve', '--config', 'elsewhere'], {
      serve: ({ configDirectory }) => {
        directory = configDirectory;
        return Promise.resolve(3);
      },
    });
    expect([code, directory]).toEqual([3, 'elsewhere']);
  });

  it('what serve says stands line under line', async () => {
    const { io } = await cli(['serve'], {
      serve: ({ stderr }) => {
        stderr('first\n');
        stderr('second\n');
        return Promise.resolve(2);
      },
    });
    expect(io.errors).toEqual(['first', 'second']);
  });
});

describe('doctor', () => {
  let ari: StubSidecar;
  beforeEach(async () => {
    ari = await startStub();
  });
  afterEach(() => ari.close());

  const withExchange = (
    asterisk: Partial<DoctorConfig['asterisk']>,
    exchangeFindsMachines = false,
  ): Partial<Wiring> => ({
    loadForDoctor: () =>
      Promise.resolve({
        ok: true,
        config: {
          http: { host: '127.0.0.1', port: 0 },
          agi: { host: '127.0.0.1', port: 0 },
          campaigns: 1,
          exchangeFindsMachines,
          amiNeeds: { userEvents: false, queues: false },
          asterisk: { ...NO_EXCHANGE, ...asterisk },
        },
      }),
  });
  const findings = (io: FakeIo) =>
    (
      JSON.parse(io.text()) as {
        findings: { check: string; state: string; detail: string; fix: string | null }[];
      }
    ).findings;
  const stateOf = (io: FakeIo, check: string) =>
    findings(io).find((finding) => finding.check === check)?.state;

  it.each([
    ['v20.19.0', 'ok'],
    ['v24.1.0', 'ok'],
    ['v20.18.3', 'problem'],
    ['v18.20.0', 'problem'],
  ])('node %s: %s', (version, state) => {
    expect(nodeVersion(version).state).toBe(state);
  });

  it('every problem has a fix', async () => {
    const { code, io } = await cli(['doctor', '--json'], {
      checkPrompts: () =>
        Promise.resolve([{ campaign: 'solar', kind: 'safe_harbor', fit: false, detail: 'missing' }]),
      probes: () => Promise.reject(new Error('store gone')),
      describeSources: () => Promise.resolve([{ kind: 'path', available: false, detail: 'none' }]),
    });
    expect(code).toBe(1);
    const problems = findings(io).filter((finding) => finding.state === 'problem');
    const checks = problems.map((problem) => problem.check);
    for (const check of ['asterisk', 'messages', 'stores']) expect(checks).toContain(check);
    expect(problems.every((problem) => problem.fix !== null)).toBe(true);
  });

  it('reports every problem of the configuration and skips the rest', async () => {
    const { code, io } = await cli(['doctor'], {
      loadForDoctor: () => Promise.resolve({ ok: false, problems: ['a: wrong', 'b: wrong'] }),
    });
    expect(code).toBe(1);
    expect(io.text()).toContain('a: wrong');
    expect(io.text()).toContain('b: wrong');
    expect(io.text()).toContain('needs a valid configuration');
  });

  it('tells a port that another program holds', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { io } = await cli(['doctor', '--json'], {
      loadForDoctor: () =>
        Promise.resolve({
          ok: true,
          config: {
            http: { host: '127.0.0.1', port: 0 },
            agi: { host: '127.0.0.1', port },
            asterisk: NO_EXCHANGE,
            campaigns: 1,
            exchangeFindsMachines: false,
            amiNeeds: { userEvents: false, queues: false },
          },
        }),
    });
    other.close();
    expect(stateOf(io, 'agi port')).toBe('problem');
    expect(stateOf(io, 'http port')).toBe('ok');
  });

  it('asks the exchange for version, clock and modules', async () => {
    const running = MODULES.map(
      (name) => [`GET /ari/asterisk/modules/${name}`, [{ body: { status: 'Running' } }]] as const,
    );
    ari.answers = {
      'GET /ari/asterisk/info': [{ body: { system: { version: '22.10.1' } } }],
      ...Object.fromEntries(running),
      'GET /ari/asterisk/modules/app_stack.so': [{ status: 404, body: { message: 'no' } }],
    };
    const { io } = await cli(
      ['doctor', '--json'],
      withExchange({ ariUrl: `${ari.url}/`, ariUser: 'u', ariPassword: 'p' }),
    );
    expect(stateOf(io, 'ari')).toBe('ok');
    expect(stateOf(io, 'clock')).toBe('problem'); // the test's clock stands in another year
    expect(findings(io).find((finding) => finding.check === 'modules')?.detail).toBe(
      'not running: app_stack.so',
    );
    expect(ari.asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  });

  it.each([
    [true, 'not running: app_amd.so'],
    [false, `${MODULES.length} are running`],
  ])('asks for the module of AMD() where a campaign wants it: %s', async (isWanted, detail) => {
    ari.answers = {
      'GET /ari/asterisk/info': [{ body: { system: { version: '22.10.1' } } }],
      ...Object.fromEntries(
        MODULES.map((name) => [`GET /ari/asterisk/modules/${name}`, [{ body: { status: 'Running' } }]]),
      ),
      'GET /ari/asterisk/modules/app_amd.so': [{ status: 404, body: { message: 'no' } }],
    };
    const { io } = await cli(['doctor', '--json'], withExchange({ ariUrl: ari.url }, isWanted));
    expect(findings(io).find((finding) => finding.check === 'modules')?.detail).toBe(detail);
  });

  it.each([
    [[], 'ok', 'none'],
    [['res_stasis_device_state.so'], 'problem', 'res_stasis_device_state.so can block ARI'],
    [
      ['res_ari_device_states.so', 'res_stasis_device_state.so'],
      'problem',
      'res_ari_device_states.so and res_stasis_device_state.so can block ARI',
    ],
  ])('finds the modules by which a lost event socket blocks ARI: %s', async (loaded, state, detail) => {
    const running = [...MODULES, ...loaded].map(
      (name) => [`GET /ari/asterisk/modules/${name}`, [{ body: { status: 'Running' } }]] as const,
    );
    ari.answers = {
      'GET /ari/asterisk/info': [{ body: { system: { version: '22.10.1' } } }],
      // Known to the exchange, and left out by its settings.
      'GET /ari/asterisk/modules/res_ari_device_states.so': [{ body: { status: 'Not Running' } }],
      ...Object.fromEntries(running),
    };
    const { io } = await cli(['doctor', '--json'], withExchange({ ariUrl: ari.url }));
    const found = findings(io).find(({ check }) => check === 'device states over ARI');
    expect(found).toMatchObject({ state, detail: expect.stringContaining(detail) as string });
    for (const name of loaded) expect(found?.fix).toContain(`noload = ${name}`);
  });

  it('tells an exchange that refuses and one that is not there', async () => {
    ari.answers = { 'GET /ari/asterisk/info': [{ status: 401, body: {} }] };
    const refused = await cli(['doctor', '--json'], withExchange({ ariUrl: ari.url }));
    expect(findings(refused.io).find((finding) => finding.check === 'ari')?.detail).toContain('refuses');
    const gone = await startStub();
    await gone.close();
    const absent = await cli(
      ['doctor', '--json'],
      withExchange({ ariUrl: gone.url, amiHost: '127.0.0.1', amiPort: gone.port }),
    );
    expect(stateOf(absent.io, 'ari')).toBe('problem');
    expect(stateOf(absent.io, 'ami')).toBe('problem');
  });

  it('asks over AMI for the contexts of the dialplan', async () => {
    const server = createServer((socket) => {
      socket.write('Asterisk Call Manager/11.0.0\r\n');
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const actions = text.split('\r\n\r\n');
        text = actions.pop()!;
        for (const action of actions) {
          const id = /ActionID: (.*)/.exec(action)![1]!;
          const state = id === 'breakwater-out' ? 'Error' : 'Success';
          socket.write(
            `Response: ${state}\r\nActionID: ${id}\r\n\r\nEvent: ListDialplan\r\nActionID: ${id}\r\n\r\n`,
          );
        }
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { io } = await cli(
      ['doctor', '--json'],
      withExchange({ amiHost: '127.0.0.1', amiPort: port, amiUser: 'u', amiSecret: 's' }),
    );
    server.close();
    expect(CONTEXTS).toContain('breakwater-out');
    expect(stateOf(io, 'ami')).toBe('ok');
    expect(findings(io).find((finding) => finding.check === 'dialplan')?.detail).toBe(
      'not loaded: breakwater-out',
    );
  });
});
