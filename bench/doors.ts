/**
 * From a door of one sidecar to the veto of the other, and opt-outs of a file, on a real PostgreSQL with fsync; originations over
 * HTTP, FastAGI and AMI; what the AMI proxy costs, and what gets past it. `npm run bench:doors`; `DATABASE_URL` names another store than
 * one started here, `--case` the only part that is measured, `--actions` and `--seed` what the fuzz sends.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { PhoneNumber } from '../src/domain/phone-number.ts';
import { postgresSources } from '../test/support/stores.ts';
import { DOORS, openOne } from '../test/support/two-sidecars.ts';
import { SOLAR } from '../test/support/sim-world.ts';
import { benchEvents, benchPass } from './doors/ami.ts';
import { benchOriginates } from './doors/ami-originate.ts';
import { benchFastAgi } from './doors/fastagi.ts';
import { fuzzDoors } from './doors/fuzz.ts';
import { httpOriginations } from './doors/http.ts';

const ROUNDS = 40;
const FILE_LINES = 100_000;
const BATCH = 500;

const line = (of: string, metric: string, value: number, unit: string): void => {
  const rounded = Math.round(value * 100) / 100;
  process.stdout.write(`${JSON.stringify({ bench: 'doors', case: of, metric, value: rounded, unit })}\n`);
};

async function benchVetoes(): Promise<void> {
  const [source] = (await postgresSources()).filter((each) => each.missing === undefined);
  if (source === undefined) throw new Error('no PostgreSQL here');
  const server = await source.start();
  const url = await server.freshDatabase();
  const [one, other] = [await openOne('one', url), await openOne('other', url)];
  try {
    for (const [index, door] of DOORS.entries()) {
      const took: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const number =
          `+1${['303', '719', '970', '720', '602', '505', '801'][index] ?? '303'}55501${String(round).padStart(2, '0')}` as PhoneNumber;
        const from = performance.now();
        await door.use(one, number);
        const codes = await other.decide(number);
        took.push(performance.now() - from);
        if (!codes.includes(door.headline)) throw new Error(`${door.name}: ${codes.join(', ')}`);
      }
      took.sort((a, b) => a - b);
      line(door.name, 'p50_to_veto', took[Math.floor(ROUNDS / 2)] ?? 0, 'ms');
      line(door.name, 'longest_to_veto', took.at(-1) ?? 0, 'ms');
    }
    const rowsFrom = (first: number) =>
      Array.from({ length: BATCH }, (_, i) => ({
        number: `+1${String(3_030_000_000 + 2_000_000 + first + i)}`,
      }));
    for (const what of ['opt-outs of a file', 'the same file again']) {
      const from = performance.now();
      let written = 0;
      for (let first = 0; first < FILE_LINES; first += BATCH) {
        const batch = { sellerId: SOLAR.seller.id, channel: 'file', rows: rowsFrom(first) };
        written += (await one.doors.importOptOuts(batch)).written;
      }
      const seconds = (performance.now() - from) / 1_000;
      line(what, 'lines_per_second', FILE_LINES / seconds, 'lines/s');
      line(what, 'written', written, 'entries');
    }
  } finally {
    await Promise.all([one.close(), other.close()]);
    await server.stop();
  }
}

const { values: options } = parseArgs({
  options: {
    case: { type: 'string' },
    actions: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  http: () => httpOriginations(line),
  fastagi: () => benchFastAgi(line),
  vetoes: benchVetoes,
  'ami-pass': () => benchPass(line),
  'ami-events': () => benchEvents(line),
  'ami-originate': () => benchOriginates(line),
  'ami-fuzz': () => fuzzDoors(line, Number(options.actions), Number(options.seed)),
};
const only = options.case;
if (only !== undefined && PARTS[only] === undefined)
  throw new Error(`--case \`${only}\` is not known; expected one of ${Object.keys(PARTS).join(', ')}`);
for (const [name, measure] of Object.entries(PARTS)) if (only === undefined || only === name) await measure();
