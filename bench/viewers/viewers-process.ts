/** A process of viewers: each holds one feed open as the live page does, stamps every entry as it comes, and keeps the newest figures. */
import { Agent, get } from 'node:http';

const [, , url = '', countText = '200'] = process.argv;

/** Milliseconds since the epoch with a fraction, the same in every process of this machine. */
const now = (): number => performance.timeOrigin + performance.now();

interface Viewer {
  /** Ids of entries in the order they came, and when. */
  readonly ids: number[];
  readonly at: number[];
  /** By campaign, as text. */
  readonly figures: Map<string, string>;
  frames: number;
  bytes: number;
  rest: string;
}

const viewers: Viewer[] = [];
const callIds = new Map<number, string>();
/** What the first viewer got and when, for the floor to send again. */
const recorded: [number, string][] = [];
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

function take(viewer: Viewer, chunk: string, isFirst: boolean): void {
  const at = now();
  viewer.bytes += chunk.length;
  const frames = (viewer.rest + chunk).split('\n\n');
  viewer.rest = frames.pop() ?? '';
  if (isFirst) recorded.push([at, frames.map((frame) => `${frame}\n\n`).join('')]);
  for (const frame of frames) {
    viewer.frames += 1;
    if (frame.startsWith('event: figures')) {
      viewer.figures.set(/"campaign":\{"id":"([^"]+)"/.exec(frame)?.[1] ?? '', frame);
    } else if (frame.startsWith('id: ') && !frame.includes('\nevent: ')) {
      const id = Number.parseInt(frame.slice(4), 10);
      viewer.ids.push(id);
      viewer.at.push(at);
      const callId = isFirst ? /"kind":"call_result".*"callId":"([^"]+)"/.exec(frame)?.[1] : undefined;
      if (callId !== undefined) callIds.set(id, callId);
    }
  }
}

const open = (isFirst: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const viewer: Viewer = { ids: [], at: [], figures: new Map(), frames: 0, bytes: 0, rest: '' };
    viewers.push(viewer);
    get(url, { agent }, (response) => {
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        take(viewer, chunk, isFirst);
      });
      response.on('error', () => undefined);
      resolve();
    }).on('error', reject);
  });

for (let n = 0; n < Number(countText); n += 1) await open(n === 0);
process.send?.({ kind: 'open' });

process.on('message', (message: { readonly kind: string }) => {
  if (message.kind === 'forget') {
    for (const viewer of viewers) Object.assign(viewer, { ids: [], at: [], frames: 0, bytes: 0 });
    callIds.clear();
    recorded.length = 0;
    process.send?.({ kind: 'forgotten' });
    return;
  }
  process.send?.(
    {
      kind: 'report',
      callIds: [...callIds],
      recorded,
      viewers: viewers.map(({ ids, at, figures, frames, bytes }) => ({
        ids,
        at,
        figures: [...figures],
        frames,
        bytes,
      })),
    },
    () => process.exit(0),
  );
});
