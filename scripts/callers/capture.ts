/** Records all SIP and RTP of one Asterisk on loopback with tcpdump: the impartial witness of what was heard. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../asterisk/child.ts';
import { ensureCommands } from '../install-packages.ts';
import { createPcapReader, type UdpPacket } from './pcap.ts';

export interface Capture {
  readonly file: string;
  readonly pid: number;
  /** Everything seen so far. */
  packets(): Promise<readonly UdpPacket[]>;
  stop(): Promise<void>;
}

const LISTENING_WITHIN_MS = 5_000;

export async function startCapture(options: {
  readonly directory: string;
  readonly sipPort: number;
  readonly rtp: { readonly from: number; readonly to: number };
  /** Where to listen; default loopback. */
  readonly device?: string;
}): Promise<Capture> {
  ensureCommands(['tcpdump']);
  const file = join(options.directory, 'wire.pcap');
  const logFile = join(options.directory, 'tcpdump.log');
  const filter = `udp and (port ${options.sipPort} or portrange ${options.rtp.from}-${options.rtp.to})`;
  const child = await startChild({
    command: 'tcpdump',
    // -Z root: it writes into a directory of ours; immediate mode: nothing waits in a buffer when we read.
    args: [
      ...[
        '-i',
        options.device ?? 'lo',
        '-n',
        '-U',
        '--immediate-mode',
        '-s',
        '2048',
        '-B',
        '16384',
        '-w',
        file,
      ],
      ...(process.getuid?.() === 0 ? ['-Z', 'root'] : []),
      filter,
    ],
    cwd: options.directory,
    logFile,
  });
  const deadline = performance.now() + LISTENING_WITHIN_MS;
  while (!(await readFile(logFile, 'utf8')).includes('listening on')) {
    if (!child.isRunning() || performance.now() > deadline) {
      await child.stop('SIGKILL');
      throw new Error(
        `tcpdump cannot listen on ${options.device ?? 'loopback'} (it needs root or CAP_NET_RAW): ${await readFile(logFile, 'utf8')}`,
      );
    }
    await sleep(10);
  }
  const reader = createPcapReader();
  const seen: UdpPacket[] = [];
  let position = 0;
  // One reading after the other: two at once would take the same bytes twice.
  let reading: Promise<void> = Promise.resolve();
  const readNew = async (): Promise<void> => {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const bytes = Buffer.alloc(size - position);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
      position += bytesRead;
      for (const packet of reader.read(bytes.subarray(0, bytesRead))) seen.push(packet);
    } finally {
      await handle.close();
    }
  };
  return {
    file,
    pid: child.pid,
    async packets() {
      await sleep(30); // what is on the wire now reaches the file within this time
      reading = reading.then(readNew);
      await reading;
      return [...seen];
    },
    stop: () => child.stop('SIGTERM', 1_000),
  };
}
