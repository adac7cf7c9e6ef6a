/** docs/ami-proxy.md lists every action of the table, as it is there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AMI_DOORS, type AmiDoor } from '../../src/config/ami-door-table.ts';
import { ROOT } from './tree.ts';

test('the doors of the AMI proxy stand in its page, and no other', () => {
  const rows = Object.entries<AmiDoor>(AMI_DOORS).map(([name, { class: kind, opens, why }]) => {
    return `| \`${name}\` | ${kind}${opens === undefined ? '' : ', never opened'} | ${why} |`;
  });
  const page = readFileSync(join(ROOT, 'docs/ami-proxy.md'), 'utf8');
  const table = page
    .slice(page.indexOf('### All actions'))
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(table).toEqual(rows);
});
