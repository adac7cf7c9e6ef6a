/** `npm run places`: writes `config/rules/zips.txt` anew. A test holds the committed file against it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateZips, RULES_DIRECTORY } from './generate.ts';

const path = join(RULES_DIRECTORY, 'zips.txt');
const text = generateZips();
writeFileSync(path, text);
console.error(`${path}: ${Buffer.byteLength(text)} bytes, ${text.split('\n').length - 1} lines`);
