/** Deliveries to a real S3 server and to a webhook that misbehaves in every way: nothing is lost, nothing is kept twice. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { masterKeys } from '../../../src/adapters/recordings/master-keys.ts';
import { once } from '../../../src/adapters/recordings/send-bytes.ts';
import { s3Target } from '../../../src/adapters/recordings/s3-target.ts';
import { webhookTarget } from '../../../src/adapters/recordings/webhook-target.ts';
import { pushDue } from '../../../src/control/recordings/push-recordings.ts';
import type { Archive } from '../../../src/control/recordings/archive.ts';
import { settleRecording } from '../../../src/control/recordings/settle-recording.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import { addMs } from '../../../src/domain/time.ts';
import { judgeSignature } from '../../../src/http/webhook-signature.ts';
import type { Delivery, RecordingTarget } from '../../../src/ports/recording-targets.ts';
import { judgeV4 } from '../../support/judge-v4.ts';
import { openRecordingWorld, type RecordingWorld } from '../../support/recording-world.ts';
import { BUCKET, freePort, S3_KEY, s3Server, type S3Server } from '../../support/s3-server.ts';

let world: RecordingWorld;
beforeEach(async () => {
  world = await openRecordingWorld();
});
afterEach(() => world.close());

const TIMEOUT_MS = 1_500;
const nowMs = (): number => Date.now();
const settled = async (target: RecordingTarget): Promise<Archive> => {
  await world.record('c-1');
  const archive = { ...world.archive, targets: [target] };
  await settleRecording(archive, 'c-1');
  return archive;
};
const queue = async () =>
  (await world.archive.records.pushQueue()).map(({ target, waiting }) => [target, waiting]);
const pushed = async () =>
  (await world.ledger.read({ kinds: ['recording_pushed'], limit: 100 })).map(({ body }) => body);
/** Past every back-off there has been. */
const hourLater = (): void => {
  world.now = addMs(world.now, 2 * 3_600_000);
};

test('while the key cannot be had nothing leaves the machine, encrypted or not', async () => {
  const delivered: string[] = [];
  const target: RecordingTarget = {
    name: 'crm',
    withinMs: 1_000,
    deliver: ({ key }) => Promise.resolve(delivered.push(key)).then(String),
  };
  const { keys } = world;
  world.keys = masterKeys([{ id: 'first', source: { kind: 'command', command: ['false'] } }], 1_000);
  await expect(settled(target)).rejects.toThrow(/failed/);
  await pushDue({ ...world.archive, targets: [target] });
  expect(delivered).toEqual([]);
  expect(await world.plain()).toHaveLength(3);
  world.keys = keys;
  await settleRecording({ ...world.archive, targets: [target] }, 'c-1');
  await pushDue({ ...world.archive, targets: [target] });
  expect(delivered).toHaveLength(3);
});

test('what the person has refused meanwhile is not delivered any more', async () => {
  const delivered: string[] = [];
  const target: RecordingTarget = {
    name: 'crm',
    withinMs: 1_000,
    async deliver({ key }) {
      delivered.push(key);
      await world.refuse('c-1');
      return 'taken';
    },
  };
  await pushDue(await settled(target));
  expect(delivered).toHaveLength(1);
  expect(await queue()).toEqual([]);
});

test('nor what was refused after its delivery had been claimed', async () => {
  const delivered: string[] = [];
  const deliver: RecordingTarget['deliver'] = ({ key }) => Promise.resolve(delivered.push(key)).then(String);
  const archive = await settled({ name: 'crm', withinMs: 1_000, deliver });
  const claimPushes: Archive['records']['claimPushes'] = async (...asked) => {
    const claims = await archive.records.claimPushes(...asked);
    await world.refuse('c-1');
    return claims;
  };
  await pushDue({ ...archive, records: { ...archive.records, claimPushes } });
  expect(delivered).toEqual([]);
  expect(world.complaints.join()).toMatch(/the person has refused it/);
});

test('nor is a byte read of what was refused after a target had begun', async () => {
  const read: Uint8Array[] = [];
  const target: RecordingTarget = {
    name: 'crm',
    withinMs: 1_000,
    async deliver({ open }) {
      await world.refuse('c-1');
      for await (const piece of open()) read.push(piece);
      return 'taken';
    },
  };
  await pushDue(await settled(target));
  expect(read).toEqual([]);
  expect(await pushed()).toEqual([]);
  expect(world.complaints.join()).toMatch(/the person has refused it/);
});

describe('an S3 store', () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await s3Server();
  });
  afterAll(() => s3.close());
  afterEach(() => s3.down());
  const target = (more: object = {}) =>
    s3Target(
      {
        kind: 's3',
        name: 'store',
        url: s3.url,
        bucket: BUCKET,
        region: 'us-east-1',
        prefix: 'of 2026/',
        timeoutMs: TIMEOUT_MS,
        largestBytes: 5_000_000_000,
        ...S3_KEY,
        ...more,
      },
      nowMs,
    );

  test('gets every file as it is kept, with its hash and its metadata, under the same name however often', async () => {
    await s3.up();
    const archive = await settled(target());
    await pushDue(archive);
    expect(await queue()).toEqual([]);
    const row = await archive.records.recording('c-1');
    for (const { track, sha256, containerSha256 } of row?.files ?? []) {
      const name = `of%202026/c-1.${track}.${sha256.slice(0, 16)}`;
      const object = await s3.object(`${name}.bwrc`);
      expect(sha256Hex(object?.bytes ?? '')).toBe(containerSha256);
      expect(object?.headers.get('x-amz-meta-sha256')).toBe(sha256);
      const told = (await s3.object(`${name}.json`))?.bytes.toString() ?? '';
      expect(JSON.parse(told)).toMatchObject({ callId: 'c-1', consentClass: 'one_party', file: { sha256 } });
      expect(told).not.toContain(world.kept);
      expect(told).not.toMatch(/"(store|container|pushTo)"/);
    }
    expect(await pushed()).toHaveLength(3);
    await pushDue(archive);
    expect(await pushed()).toHaveLength(3);
  });

  test('that is down, then knows another key, then is well: the same file, late, once in the ledger', async () => {
    const archive = await settled(target());
    await pushDue(archive);
    expect(await queue()).toEqual([['store', 3]]);
    expect(world.complaints.join()).toMatch(/ECONNREFUSED/);
    await s3.up();
    await pushDue(archive); // not due yet
    expect(await queue()).toEqual([['store', 3]]);
    hourLater();
    await pushDue({ ...archive, targets: [target({ accessKeyId: 'ANOTHER' })] });
    expect(world.complaints.join()).toMatch(/answered 403: .*InvalidAccessKeyId/);
    hourLater();
    await pushDue(archive);
    expect(await queue()).toEqual([]);
    expect((await pushed()).map(({ attempts }) => attempts)).toEqual([3, 3, 3]);
  });

  test('can check each signature: worked out here once more from the request as it came (AWS Signature Version 4)', async () => {
    const verdicts: string[] = [];
    const port = await freePort();
    const store = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces);
        verdicts.push(`${request.method} ${judgeV4(request, body, S3_KEY.secret)}`);
        response.writeHead(200, { etag: 'e', 'content-length': request.method === 'HEAD' ? held : 0 }).end();
        held = body.length;
      });
    });
    let held = 0;
    await new Promise<void>((resolve) => {
      store.listen(port, '127.0.0.1', resolve);
    });
    await pushDue(await settled(target({ url: `http://127.0.0.1:${port}` })));
    store.close();
    expect(verdicts).toEqual([1, 2, 3].flatMap(() => ['PUT valid', 'HEAD valid', 'PUT valid']));
  });

  describe('that judges the headers alone', () => {
    /** More than the buffers between two sockets hold. */
    const LARGE_BYTES = 16 * 1_024 * 1_024;
    const sent = async (store: Server, bytes: Buffer): Promise<string> => {
      const port = await freePort();
      await new Promise<void>((resolve) => {
        store.listen(port, '127.0.0.1', resolve);
      });
      const kept = {
        track: 'mixed',
        sha256: sha256Hex(bytes),
        containerSha256: sha256Hex(bytes),
        containerBytes: bytes.length,
        keyId: null,
      } as const;
      const delivery = { key: 'k', callId: 'c-1', metadata: {}, kept, open: () => once(bytes) };
      const answer = await target({ url: `http://127.0.0.1:${port}` })
        .deliver(delivery as unknown as Delivery)
        .catch((error: unknown) => String(error));
      store.closeAllConnections();
      store.close();
      return answer;
    };

    test('and refuses: its answer is told, not the broken pipe', async () => {
      let bytes = 0;
      const refuses = (request: IncomingMessage, response: ServerResponse): void => {
        request.on('data', (piece: Buffer) => (bytes += piece.length));
        setTimeout(() => {
          response.writeHead(403, { connection: 'close' });
          response.end('<Code>AccessDenied</Code>', () => request.socket.resetAndDestroy());
        }, 100);
      };
      const store = createServer(refuses).on('checkContinue', refuses);
      expect(await sent(store, Buffer.alloc(LARGE_BYTES))).toBe(
        'Error: answered 403: <Code>AccessDenied</Code>',
      );
      // So nothing was on its way that could break.
      expect(bytes).toBe(0);
    });

    test('and never says that it wants the body: it is sent all the same', async () => {
      const got: number[] = [];
      const store = createServer();
      store.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
        let bytes = 0;
        request.on('data', (piece: Buffer) => (bytes += piece.length));
        request.on('end', () => {
          got.push(bytes);
          response.writeHead(200, { etag: 'e' }).end();
        });
      });
      store.on('request', (_request, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '3' }).end();
      });
      expect(await sent(store, Buffer.from('abc'))).toContain('etag e');
      expect(got).toEqual([3, expect.any(Number)]);
    });
  });

  test('a file larger than the store takes at once is not begun: the queue says why, and the others go', async () => {
    await s3.up();
    const archive = await settled(target({ largestBytes: 5_000_000_000 }));
    const recording = archive.records.recording.bind(archive.records);
    const records = {
      ...archive.records,
      recording: async (callId: string) => {
        const row = (await recording(callId))!;
        const files = row.files.map((file) =>
          file.track === 'mixed' ? { ...file, containerBytes: 5_000_000_001 } : file,
        );
        return { ...row, files };
      },
    };
    await pushDue({ ...archive, records });
    expect(world.complaints.join()).toMatch(
      /5000000001 bytes are more than the 5000000000 that `store` takes in one request/,
    );
    expect(await queue()).toEqual([['store', 1]]);
  });

  test('without the bucket: the answer is kept with the delivery', async () => {
    await s3.up();
    const archive = await settled(target({ bucket: 'nowhere' }));
    await pushDue(archive);
    expect(world.complaints.join()).toMatch(/answered 404: .*NoSuchBucket/);
    expect(await queue()).toEqual([['store', 3]]);
  });
});

describe('a webhook', () => {
  const secret = 'a secret of at least thirty-two characters';
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => answer(request, Buffer.concat(pieces), response));
    });
    const port = await freePort();
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${port}/events`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const target = (sends: 'link' | 'file') =>
    webhookTarget(
      {
        kind: 'webhook',
        name: 'crm',
        url,
        secret,
        sends,
        linkBase: 'https://sidecar.example.com/',
        timeoutMs: TIMEOUT_MS,
      },
      nowMs,
    );

  test('gets a link and a signature that our own door would take', async () => {
    const taken: { key: string; link: string; verdict: string }[] = [];
    answer = (request, body, response) => {
      const { key, link } = JSON.parse(body.toString()) as { key: string; link: string };
      const given = { secret, nowMs: Date.now(), freshSeconds: 300 };
      const header = String(request.headers['breakwater-signature']);
      taken.push({ key, link, verdict: judgeSignature(header, body, given) });
      expect(request.headers['idempotency-key']).toBe(key);
      response.writeHead(202).end();
    };
    await pushDue(await settled(target('link')));
    expect(taken.map(({ link, verdict }) => [link, verdict])).toEqual(
      ['mixed', 'called', 'agent'].map((track) => [
        `https://sidecar.example.com/v1/recordings/c-1?track=${track}`,
        'valid',
      ]),
    );
    expect(new Set(taken.map(({ key }) => key)).size).toBe(3);
    expect(await queue()).toEqual([]);
  });

  test('gets the file itself behind one line of metadata, signed as a whole', async () => {
    const containers: string[] = [];
    answer = (request, body, response) => {
      const given = { secret, nowMs: Date.now(), freshSeconds: 300 };
      expect(judgeSignature(String(request.headers['breakwater-signature']), body, given)).toBe('valid');
      const end = body.indexOf('\n');
      expect(JSON.parse(body.subarray(0, end).toString())).toMatchObject({ event: 'recording' });
      containers.push(sha256Hex(body.subarray(end + 1)));
      response.writeHead(200).end('taken');
    };
    const archive = await settled(target('file'));
    await pushDue(archive);
    const row = await archive.records.recording('c-1');
    expect(containers).toEqual(row?.files.map(({ containerSha256 }) => containerSha256));
  });

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['fails', (response) => response.writeHead(500).end('out of paper'), /answered 500: out of paper/],
    ['never answers', () => undefined, /no whole answer within 1500 ms/],
    ['sends it elsewhere', (response) => response.writeHead(307, { location: '/x' }).end(), /answered 307/],
    [
      'breaks off in its answer',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('tak', () => response.destroy());
      },
      /aborted/,
    ],
    ['hangs up', (response) => void response.socket?.destroy(), /hang up|ECONNRESET|without an answer/],
  ])(
    'that %s is owed all of it still, and gets it when it is well',
    async (_what, misbehave, complaint) => {
      answer = (_request, _body, response) => misbehave(response);
      const archive = await settled(target('link'));
      await pushDue(archive);
      expect(world.complaints.join()).toMatch(complaint);
      expect(world.complaints.join()).not.toContain(secret);
      expect(await queue()).toEqual([['crm', 3]]);
      expect(await pushed()).toEqual([]);
      answer = (_request, _body, response) => void response.writeHead(200).end();
      hourLater();
      await pushDue(archive);
      expect(await queue()).toEqual([]);
      expect(await pushed()).toHaveLength(3);
    },
    30_000,
  );
});
