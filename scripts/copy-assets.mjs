// Puts beside the compiled code what the compiler does not carry: SQL, Lua, the page and its chart library.
import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SOURCE = 'src';
const TARGET = join('dist', 'src');

for (const entry of await readdir(SOURCE, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile()) continue;
  if (!/\.(sql|lua)$/.test(entry.name) && !path.startsWith(join(SOURCE, 'page'))) continue;
  const target = join(TARGET, path.slice(SOURCE.length + 1));
  await mkdir(dirname(target), { recursive: true });
  await cp(path, target);
}

const chart = join('node_modules', 'uplot', 'dist');
const vendor = join(TARGET, 'page', 'vendor');
await mkdir(vendor, { recursive: true });
for (const file of ['uPlot.esm.js', 'uPlot.min.css']) await cp(join(chart, file), join(vendor, file));

// npm makes a bin executable when it installs the package, and that was before there was one.
await chmod(join(TARGET, 'cli', 'main.js'), 0o755);
