/** Serves the supervisors' page: static files, no build step. uPlot comes from the copy in the build, else from node_modules. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const PAGE_ROOT = fileURLToPath(new URL('../page/', import.meta.url));

function vendorRoot(): string {
  const copied = path.join(PAGE_ROOT, 'vendor');
  if (existsSync(path.join(copied, 'uPlot.esm.js'))) return copied;
  return path.dirname(createRequire(import.meta.url).resolve('uplot'));
}

export async function pageFiles(app: FastifyInstance): Promise<void> {
  const common = { cacheControl: false, setHeaders };
  await app.register(fastifyStatic, {
    ...common,
    root: PAGE_ROOT,
    globIgnore: ['vendor/**'],
    wildcard: false,
  });
  const vendor = vendorRoot();
  for (const file of ['uPlot.esm.js', 'uPlot.min.css']) {
    app.get(`/vendor/${file}`, { schema: { hide: true } }, (_request, reply) => reply.sendFile(file, vendor));
  }
}

/** Files are small and change with a release: the browser asks each time and is told when nothing changed. */
function setHeaders(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('cache-control', 'no-cache');
}
