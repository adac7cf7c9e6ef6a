/** Copies what the compiler does not: the supervisors' page, uPlot for it, and the SQL and Lua sources beside the adapters. */
import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const from = (...parts) => path.join(root, ...parts);

await cp(from('src/page'), from('dist/src/page'), { recursive: true });

const vendor = from('dist/src/page/vendor');
await mkdir(vendor, { recursive: true });
for (const file of ['uPlot.esm.js', 'uPlot.min.css']) {
  await cp(from('node_modules/uplot/dist', file), path.join(vendor, file));
}

for (const file of await readdir(from('src'), { recursive: true })) {
  if (/\.(sql|lua)$/.test(file)) await cp(from('src', file), from('dist/src', file));
}
