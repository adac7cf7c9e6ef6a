/**
 * What attestation costs, how soon it tells, and what it withstands.
 * - `--case verify`: one call with a cached certificate beside a bare ES256 verification by `jose`, in the same run.
 * - `--case hep`: the mirror of outgoing calls, made up at a rate (`--seconds`).
 * - `--case real`: calls that a real Asterisk signs (`--calls`), from its INVITE to the verdict.
 * - `--case canary`: canaries that come back with less than before (`--falls`), from their arrival to the first vetoed decision.
 * - `--case fuzz`: mutated Identity headers (`--headers`) and HEP packets (`--packets`), 5,000,000 together.
 *
 * Without `--case`: all of them. One JSON line per figure on stdout, all else on stderr; a case that fails what it must hold ends with exit
 * code 1.
 */
import { parseArgs } from 'node:util';
import { benchCanary } from './attest/canary.ts';
import { benchFuzz } from './attest/fuzz.ts';
import { benchHep } from './attest/hep.ts';
import { benchReal } from './attest/real.ts';
import { benchVerify } from './attest/verify.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string' },
    headers: { type: 'string', default: '2500000' },
    packets: { type: 'string', default: '2500000' },
    calls: { type: 'string', default: '300' },
    falls: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});

// The client of ARI prints to stdout, which is for figures.
console.log = console.error;

/** Each answers whether what it must hold held. */
const CASES: Readonly<Record<string, () => Promise<boolean>>> = {
  verify: () => benchVerify({ rounds: Number(values.rounds) }),
  hep: () => benchHep({ seconds: Number(values.seconds) }),
  real: () => benchReal(Number(values.calls)),
  canary: () => benchCanary({ falls: Number(values.falls) }),
  fuzz: () =>
    benchFuzz({
      headers: Number(values.headers),
      packets: Number(values.packets),
      seed: Number(values.seed),
    }),
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
