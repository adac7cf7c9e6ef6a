/** The TypeScript client is typed from the OpenAPI document, depends on nothing, and is published as its manifest says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { expect, test } from 'vitest';
import { buildServer } from '../../src/http/server.ts';
import { clientTypes, type OpenApi } from '../support/client-types.ts';
import { FakeOperations } from '../support/fake-operations.ts';
import { readTree, ROOT } from './tree.ts';

const FOLDER = 'clients/typescript';

async function described(): Promise<OpenApi> {
  const server = buildServer(new FakeOperations(), { host: '127.0.0.1', tokens: [], version: '0.0.0' });
  try {
    const answer = await server.inject('/openapi.json');
    return answer.json<OpenApi>();
  } finally {
    await server.close();
  }
}

test('its types are those of the OpenAPI document', async () => {
  const path = join(ROOT, FOLDER, 'src/api.ts');
  const style = await prettier.resolveConfig(path);
  const text = await prettier.format(clientTypes(await described()), { ...style, parser: 'typescript' });
  await expect(text).toMatchFileSnapshot(path);
});

test('it imports nothing but itself, and depends on nothing', () => {
  const sources = readTree(`${FOLDER}/src`, ['.ts']);
  expect(sources.length).toBeGreaterThan(5);
  const foreign = sources.flatMap(({ path, source }) =>
    [...source.matchAll(/^(?:import|export)\b[^;']*\bfrom '([^']+)'/gm)]
      .filter(([, target = '']) => !target.startsWith('./'))
      .map(([, target]) => `${path}: ${target}`),
  );
  expect(foreign).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(ROOT, FOLDER, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  expect([manifest['dependencies'], manifest['peerDependencies'], manifest['optionalDependencies']]).toEqual([
    ...[undefined, undefined, undefined],
  ]);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(manifest['version']).toBe(version);
});
