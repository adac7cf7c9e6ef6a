/**
 * What attestation costs, and what it withstands. `--case verify`: one call with a cached certificate beside a bare ES256 verification by
 * `jose`, in the same run. `--case fuzz`: mutated Identity headers (`--headers`, default 2,500,000). Without `--case`: all of them.
 * One JSON line per figure on stdout, all else on stderr; a case that fails what it must hold ends with exit code 1.
 */
import { parseArgs } from 'node:util';
import { fuzzHeaders } from './attest/fuzz-headers.ts';
import { benchVerify } from './attest/verify.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string' },
    headers: { type: 'string', default: '2500000' },
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});

/** Each answers whether what it must hold held. */
const CASES: Readonly<Record<string, () => Promise<boolean>>> = {
  verify: () => benchVerify({ rounds: Number(values.rounds) }),
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
