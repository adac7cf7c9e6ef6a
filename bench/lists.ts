/**
 * Lists at national scale: import, memory, look-up, and the change of version under a running sidecar, beside what `wc -l` and a
 * bare parse of the same file cost in the same run. `--lines 250000000` is the whole registry; the default is a fifth of it.
 * JSON lines on stdout; the synthetic file lies in a temporary folder and is removed.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { residentOfServe } from './lists/serve-memory.ts';
import {
  type Figures,
  stageFloor,
  stageImport,
  stageLookUp,
  stageRead,
  stageReload,
  stageSwap,
} from './lists/stages.ts';
import { areaCodesFor, type Format, writeRegistry } from './lists/synthetic.ts';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '50000000' },
    format: { type: 'string', default: 'registry' },
    stage: { type: 'string' },
    store: { type: 'string', default: '' },
    path: { type: 'string', default: '' },
  },
});
const format: Format = values.format === 'plain' ? 'plain' : 'registry';
const areaCodes = areaCodesFor(Number(values.lines));
const { store, path } = values;

const STAGES: Readonly<Record<string, () => Promise<Figures>>> = {
  import: () => stageImport(store, path, '2026-11-20'),
  read: () => stageRead(path),
  floor: () => stageFloor(path, format === 'registry' ? 1 : 0),
  reload: () => stageReload(path),
  lookup: () => stageLookUp(store, areaCodes),
  // The second version was imported before; its pointer is put where the sidecar looks once the first is loaded.
  swap: () =>
    stageSwap(store, () => renameSync(join(store, 'national/next'), join(store, 'national/current'))),
};

if (values.stage !== undefined) {
  const stage = STAGES[values.stage];
  if (stage === undefined) throw new Error(`no stage \`${values.stage}\``);
  process.stdout.write(JSON.stringify(await stage()));
} else await main();

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-bench-lists-'));
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const registry = join(folder, 'registry.txt');
  const shelf = join(folder, 'lists');
  mkdirSync(shelf);
  try {
    const lines = writeRegistry(registry, areaCodes, format);
    note(`${lines} lines in ${areaCodes} area codes written`);
    const name = `lines=${lines}/${format}`;
    const print = (metric: string, value: number, unit: string): void => {
      const rounded = Number(value.toPrecision(4));
      console.log(JSON.stringify({ bench: 'lists', case: name, metric, value: rounded, unit }));
    };
    const stage = async (what: string): Promise<Record<string, number>> => {
      note(`stage ${what}`);
      const args = ['--import', 'tsx', process.argv[1] ?? '', '--stage', what, '--format', format];
      const more = ['--lines', String(lines), '--store', shelf, '--path', registry];
      const { stdout } = await promisify(execFile)(process.execPath, [...args, ...more]);
      return JSON.parse(stdout) as Record<string, number>;
    };
    const of = (figures: Record<string, number>, key: string): number => figures[key] ?? Number.NaN;
    const printPauses = (what: string, figures: Record<string, number>): void => {
      print(`${what}_quiet_event_loop_pause_p99`, of(figures, 'quietP99Ms'), 'ms');
      print(`${what}_quiet_event_loop_pause_max`, of(figures, 'quietMaxMs'), 'ms');
      print(`${what}_event_loop_pause_p99`, of(figures, 'pauseP99Ms'), 'ms');
      print(`${what}_event_loop_pause_max`, of(figures, 'pauseMaxMs'), 'ms');
      print(`${what}_quiet_cpu_of_a_turn_p99`, of(figures, 'quietTurnCpuP99Ms'), 'ms');
      print(`${what}_cpu_of_a_turn_p99`, of(figures, 'turnCpuP99Ms'), 'ms');
      print(`${what}_cpu_of_a_turn_max`, of(figures, 'turnCpuMaxMs'), 'ms');
    };
    execFileSync('wc', ['-l', registry]); // the file is in the page cache from here on
    const counting = performance.now();
    execFileSync('wc', ['-l', registry]);
    const wcS = (performance.now() - counting) / 1e3;
    const best = async (what: string): Promise<Record<string, number>> => {
      const runs = [await stage(what), await stage(what), await stage(what)];
      return runs.sort((a, b) => (a['wallS'] ?? 0) - (b['wallS'] ?? 0))[0] ?? {};
    };
    const floor = await best('floor');
    const read = await best('read');
    const imported = await stage('import');
    print('import_lines_per_second', lines / of(imported, 'wallS'), '1/s');
    print('import_lines_per_cpu_second', lines / of(imported, 'cpuS'), '1/s');
    print('read_lines_per_second', lines / of(read, 'wallS'), '1/s');
    print('read_lines_per_cpu_second', lines / of(read, 'cpuS'), '1/s');
    print('wc_lines_per_second', lines / wcS, '1/s');
    print('parse_floor_lines_per_second', lines / of(floor, 'wallS'), '1/s');
    print('import_over_wc_and_parse_floor', (wcS + of(floor, 'wallS')) / of(imported, 'wallS'), 'ratio');
    print('import_peak_resident', of(imported, 'peakMB'), 'MB');
    if (of(imported, 'numbers') !== lines) throw new Error('numbers were lost');

    const asked = await stage('lookup');
    if (of(asked, 'wrong') !== 0) throw new Error(`${of(asked, 'wrong')} wrong answers`);
    print('load', of(asked, 'loadS'), 's');
    print('resident', of(asked, 'residentMB'), 'MB');
    print('resident_before_loading', of(asked, 'startMB'), 'MB');
    print('lookup_mean', of(asked, 'bitNs'), 'ns');
    print('lookup_from_cold_text_mean', of(asked, 'lookUpNs'), 'ns');
    print('lookup_floor_set_of_100000_mean', of(asked, 'setNs'), 'ns');

    note('serve, with and without the list; `npm run build` first, or the sources run with their loader');
    print('serve_resident', await residentOfServe(shelf), 'MB');
    print('serve_resident_without_list', await residentOfServe(null), 'MB');

    writeRegistry(registry, areaCodes, format, true);
    const current = join(shelf, 'national/current');
    const first = execFileSync('cat', [current]);
    await stage('import');
    renameSync(current, join(shelf, 'national/next'));
    execFileSync('tee', [current], { input: first, stdio: ['pipe', 'ignore', 'inherit'] });
    const swap = await stage('swap');
    print('swap_load', of(swap, 'swapS'), 's');
    print('swap_itself', of(swap, 'swapMs'), 'ms');
    printPauses('swap', swap);
    print('swap_peak_resident', of(swap, 'peakMB'), 'MB');
    const reload = await stage('reload');
    print('reload_of_a_list_with_a_path', of(reload, 'reloadS'), 's');
    printPauses('reload', reload);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
