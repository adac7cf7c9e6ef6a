/** Who may come in through the manager interface is checked before anything starts; no secret is shown. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { world } from './world.ts';

const EXCHANGE = { AMI_HOST: '127.0.0.1', AMI_USER: 'breakwater', AMI_SECRET: 'of-the-exchange' };
const SECRET = { ...EXCHANGE, BREAKWATER_AMI_SECRET_SENDCRON_2: 'of-the-dialer' };
const ACCOUNT = "  accounts: [{ name: 'sendcron.2' }]";

function withProxy(yaml: string): ReturnType<typeof world> {
  const made = world();
  made.edit('breakwater.yaml', 'recordings:\n', `amiProxy:\n${yaml}\nrecordings:\n`);
  return made;
}
const proxyOf = (made: ReturnType<typeof world>, env = {}): unknown => {
  const loaded = made.load(env);
  return loaded.ok ? loaded.config.amiProxy : loaded.problems;
};

test('left out, or without a port: there is none', () => {
  expect(proxyOf(world())).toBeNull();
  expect(proxyOf(withProxy(ACCOUNT))).toBeNull();
});

test('a secret comes from the environment, from a file, or as a hash', () => {
  const sha256 = createHash('sha256').update('x').digest('hex');
  expect(proxyOf(withProxy(`  port: 5039\n${ACCOUNT}`), SECRET)).toMatchObject({
    ...{ host: '127.0.0.1', port: 5_039, tls: null, authority: null },
    accounts: [{ name: 'sendcron.2', secret: { text: 'of-the-dialer' } }],
  });
  expect(
    proxyOf(withProxy(`  port: 0\n  accounts: [{ name: 'a', secretSha256: '${sha256}' }]`), EXCHANGE),
  ).toMatchObject({ port: 0, accounts: [{ name: 'a', secret: { sha256 } }] });
  const made = withProxy("  port: 5039\n  accounts: [{ name: 'a', secretFile: 'keys/a' }]");
  made.write('keys/a', 'in-the-file\n');
  expect(proxyOf(made, EXCHANGE)).toMatchObject({ accounts: [{ secret: { text: 'in-the-file' } }] });
});

test.each([
  ['  port: 5039', EXCHANGE, /amiProxy\.accounts: is empty/],
  [
    `  port: 5039\n${ACCOUNT}`,
    EXCHANGE,
    /accounts\[0\]\.secretFile: holds no secret.*BREAKWATER_AMI_SECRET_SENDCRON_2/,
  ],
  [
    `  port: 5039\n${ACCOUNT}`,
    { BREAKWATER_AMI_SECRET_SENDCRON_2: 'of-the-dialer' },
    /amiProxy\.port: has no exchange/,
  ],
  ["  port: 5039\n  accounts: [{ name: 'a b', secretSha256: 'x' }]", EXCHANGE, /is not a plain word/],
  ["  port: 5039\n  accounts: [{ name: 'a', secretSha256: 'abc' }]", EXCHANGE, /is not a SHA-256.*hidden/],
  [
    `  port: 5039\n  certificateFile: none.pem\n${ACCOUNT}`,
    SECRET,
    /amiProxy\.certificateFile: cannot be read/,
  ],
  [
    `  port: 5039\n  keyFile: none.pem\n${ACCOUNT}`,
    SECRET,
    /amiProxy\.keyFile: is not told with a certificate/,
  ],
  [`  port: 5039\n  upstream: { name: pbx }\n${ACCOUNT}`, SECRET, /amiProxy\.upstream\.tls: is off/],
  [
    `  port: 5039\n  accounts: [{ name: 'sendcron.2' }, { name: 'Sendcron-2' }]`,
    SECRET,
    /accounts\[1\]\.name: is used twice/,
  ],
])('%j is refused', (yaml, env, problem) => {
  const problems = withProxy(yaml).problems(env);
  expect(problems.join('\n')).toMatch(problem);
  expect(problems.join('\n')).not.toMatch(/of-the-(dialer|exchange)/);
});
