/**
 * What attestation costs, and what it withstands. `--case verify`: one call with a cached certificate beside a bare ES256 verification by
 * `jose`, in the same run. `--case fuzz`: mutated Identity headers (`--headers`, default 2,500,000). `--case hep`: the mirror of outgoing
 * calls, made up and of a real Asterisk. `--case hep-fuzz`: mutated HEP packets (`--packets`). Without `--case`: all of them.
 * One JSON line per figure on stdout, all else on stderr; a case that fails what it must hold ends with exit code 1.
 */
import { parseArgs } from 'node:util';
import { fuzzHeaders } from './attest/fuzz-headers.ts';
import { benchHep, benchHepFuzz } from './attest/hep.ts';
import { benchVerify } from './attest/verify.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string' },
    headers: { type: 'string', default: '2500000' },
    packets: { type: 'string', default: '2500000' },
    calls: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});

/** Each answers whether what it must hold held. */
const CASES: Readonly<Record<string, () => Promise<boolean>>> = {
  verify: () => benchVerify({ rounds: Number(values.rounds) }),
  hep: () => benchHep({ seconds: Number(values.seconds), calls: Number(values.calls) }),
  'hep-fuzz': () => benchHepFuzz({ packets: Number(values.packets), seed: Number(values.seed) }),
  fuzz: () => fuzzHeaders({ count: Number(values.headers), seed: Number(values.seed) }),
};

const wanted = values.case === undefined ? Object.keys(CASES) : [values.case];
for (const name of wanted) {
  const run = CASES[name];
  if (run === undefined) {
    process.stderr.write(`--case \`${name}\`: expected one of ${Object.keys(CASES).join(', ')}\n`);
    process.exit(2);
  }
  if (!(await run())) process.exitCode = 1;
}
