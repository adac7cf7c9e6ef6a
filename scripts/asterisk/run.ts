/**
 * Starts one private Asterisk in the foreground, prints its description as JSON, and stops it on SIGINT or SIGTERM.
 * Arguments: dialplan files to include; `--endpoint name=host:port` and `--sounds as=directory` may be repeated.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startAsterisk } from './instance.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', default: 'private' },
    endpoint: { type: 'string', multiple: true, default: [] },
    sounds: { type: 'string', multiple: true, default: [] },
    inbound: { type: 'string', default: 'inbound' },
    verbose: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
  },
});

const instance = await startAsterisk({
  name: values.name,
  dialplan: positionals.map((file) => resolve(file)),
  endpoints: values.endpoint.map((text) => {
    const parts = /^([\w-]+)=(.+):(\d+)$/.exec(text);
    if (parts === null) throw new Error(`\`${text}\` is not name=host:port`);
    const [, name = '', host = '', port = ''] = parts;
    return { name, host, port: Number(port) };
  }),
  sounds: values.sounds.map((text) => {
    const [as = '', directory = ''] = text.split('=', 2);
    return { as, directory: resolve(directory) };
  }),
  inboundContext: values.inbound,
  verbose: Number(values.verbose),
  keep: values.keep,
});
process.stdout.write(`${JSON.stringify(instance, null, 2)}\n`);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void instance.stop().then(() => process.exit(0));
  });
}
const watch = setInterval(() => {
  if (instance.isRunning() || stopping) return;
  process.stderr.write('Asterisk has ended\n');
  process.exit(1);
}, 500);
watch.ref();
