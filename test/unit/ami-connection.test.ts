/** Who hears the manager interface is told when it is heard no more, however the connection ends, or does not; a part of a list is no list. */
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { openAmi } from '../../src/adapters/asterisk/ami-connection.ts';
import { openGate } from '../../src/adapters/asterisk/tenure.ts';
import { TelephonyUnavailable } from '../../src/ports/telephony.ts';

/** Says yes to every action; behind that of a list it tells these events. */
async function exchange(listed: readonly string[] = []) {
  const sockets: Socket[] = [];
  /** As a line that is dead: nothing comes of it, and it does not end. */
  const line = { isDead: false };
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write('Asterisk Call Manager/9.0.0\r\n');
    socket.on('data', (text) => {
      if (line.isDead) return;
      for (const [, id = ''] of text.toString().matchAll(/actionid: *(\S+)/gi)) {
        socket.write(`Response: Success\r\nActionID: ${id}\r\nMessage: ok\r\n\r\n`);
        if (!/dbgettree/i.test(text.toString())) continue;
        for (const event of listed) socket.write(`Event: ${event}\r\nActionID: ${id}\r\nKey: x\r\n\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { sockets, line, port: (server.address() as AddressInfo).port, close: () => server.close() };
}

test.each([
  ['is closed', (socket: Socket) => void socket.end()],
  ['is reset', (socket: Socket) => void socket.resetAndDestroy()],
])('a connection that %s is told as lost at once, and as there when it is back', async (_, end) => {
  const there = await exchange();
  const told: boolean[] = [];
  const settings = { host: '127.0.0.1', port: there.port, user: 'breakwater', secret: 'x' };
  const ami = openAmi(settings, openGate(undefined), {
    event: () => undefined,
    connection: (up) => void told.push(up),
  });
  try {
    await vi.waitFor(() => expect(told).toEqual([true]), 20_000);
    end(there.sockets[0]!);
    await vi.waitFor(() => expect(told).toEqual([true, false, true]), 20_000);
  } finally {
    ami.close();
    for (const socket of there.sockets) socket.destroy();
    there.close();
  }
});

test.each([
  ['to its end', ['Row', 'Row', 'End'], 2],
  ['to no end', ['Row', 'Row'], null],
  ['not at all', [], null],
])('a list that comes %s', async (_, events, rows) => {
  const there = await exchange(events);
  const ami = openAmi(
    { host: '127.0.0.1', port: there.port, user: 'breakwater', secret: 'x' },
    openGate(undefined),
  );
  try {
    await vi.waitFor(() => expect(ami.problem()).toBeNull(), 20_000);
    const listed = ami.list({ action: 'DBGetTree', family: 'any' }, 'Row', 'End');
    if (rows === null) await expect(listed).rejects.toThrow(TelephonyUnavailable);
    else expect(await listed).toHaveLength(rows);
  } finally {
    ami.close();
    for (const socket of there.sockets) socket.destroy();
    there.close();
  }
});

test('a line that dies without a word is given up with the first action, and opened anew', async () => {
  const there = await exchange();
  const told: boolean[] = [];
  const ami = openAmi(
    { host: '127.0.0.1', port: there.port, user: 'breakwater', secret: 'x' },
    openGate(undefined),
    { event: () => undefined, connection: (up) => void told.push(up) },
  );
  try {
    await vi.waitFor(() => expect(told).toEqual([true]), 20_000);
    there.line.isDead = true;
    await expect(ami.action({ action: 'Ping' })).rejects.toThrow(TelephonyUnavailable);
    await vi.waitFor(() => expect(ami.problem()).toContain('no word'));
    there.line.isDead = false;
    await vi.waitFor(() => expect(told).toEqual([true, false, true]), 20_000);
    await ami.action({ action: 'Ping' });
  } finally {
    ami.close();
    for (const socket of there.sockets) socket.destroy();
    there.close();
  }
});
