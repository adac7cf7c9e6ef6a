import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AgiListenFailed, type AgiServer, startAgiServer } from '../../../src/adapters/agi/server.ts';
import type { AgiBounds, AgiEvent } from '../../../src/adapters/agi/conversation.ts';
import { agiScripts } from '../../../src/control/agi-scripts.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import { ACK, ackOf, environmentText, parseMSet, runChannel } from '../../support/agi-channel.ts';
import { fakeDoor, type FakeDoor, PERMIT, vetoOf } from '../../support/agi-operations.ts';
import { realClock } from '../../support/real-clock.ts';

let server: AgiServer | undefined;
let events: AgiEvent[] = [];

async function start(door: FakeDoor, bounds: Partial<AgiBounds> = {}, sessionsMax?: number): Promise<number> {
  events = [];
  server = await startAgiServer({
    host: '127.0.0.1',
    port: 0,
    scripts: agiScripts(door),
    clock: realClock,
    bounds,
    ...(sessionsMax === undefined ? {} : { sessionsMax }),
    observe: (event) => events.push(event),
  });
  return server.port;
}

const kinds = (): string[] => events.map((event) => event.kind);
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const after = (ms: number, decision: Decision): Promise<Decision> => later(ms).then(() => decision);

afterEach(async () => {
  await server?.close();
  await vi.waitFor(() => expect(server?.sessions() ?? 0).toBe(0));
  server = undefined;
});

/** No plain value: it is not set together with the rest, and the verdict waits for it. */
const IN_ITS_OWN_COMMAND = 'sound:breakwater/solar, the second';

describe('agi veto', () => {
  it('sets a permit, the verdict last', async () => {
    const door = fakeDoor();
    door.decision = {
      ...PERMIT,
      obligations: [
        { kind: 'disclose_recording', basis: 'test' },
        { kind: 'ring_at_most_s', seconds: 25, basis: 'test' },
        { kind: 'ring_at_most_s', seconds: 20, basis: 'test' },
      ],
    } as Decision;
    const { variables, commands } = await runChannel(await start(door));
    expect(Object.fromEntries(variables)).toEqual({
      BREAKWATER_REASON: '',
      BREAKWATER_REASONS: '',
      BREAKWATER_CALL_ID: '1795293891.15',
      BREAKWATER_CALLER_ID: '13035550100',
      BREAKWATER_DISCLOSE: 'yes',
      BREAKWATER_MESSAGE: 'breakwater/solar/safe-harbor',
      BREAKWATER_RING_SECONDS: '20',
      BREAKWATER_VERDICT: 'permit',
    });
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(/,BREAKWATER_VERDICT=permit$/);
    expect(kinds()).toEqual(['delivered']);
    expect(door.withdrawn).toEqual([]);
  });

  it('sets a veto with every reason and the idiom dialers read', async () => {
    const door = fakeDoor();
    door.decision = vetoOf('on_internal_list', 'sunday', 'sunday');
    const { variables, commands } = await runChannel(await start(door));
    expect(Object.fromEntries(variables)).toMatchObject({
      BREAKWATER_REASON: 'on_internal_list',
      BREAKWATER_REASONS: 'on_internal_list,sunday',
      DIALSTATUS: 'DNC',
      HANGUPCAUSE: '34',
      BREAKWATER_VERDICT: 'veto',
    });
    expect(commands[0]).toBe('VERBOSE "breakwater: veto on_internal_list,sunday" 1');
  });

  it('hands on what query, arguments and channel say', async () => {
    const door = fakeDoor();
    const port = await start(door);
    await runChannel(port, {
      address: 'veto?campaign=solar&number=+13035550102&zip=80202&state=co',
      args: ['lead=L7', 'address=Miami, FL 33101', 'call=c-1', 'automated=1', 'caller_id=campaign'],
    });
    await runChannel(port, {
      address: 'veto',
      args: ['13035550103', 'solar', '13035550109'],
      environment: { uniqueid: 'not a call id' },
    });
    await runChannel(port, { environment: { extension: 's', dnid: '13035550104', callerid: 'unknown' } });
    expect(door.asked).toMatchObject([
      {
        callId: 'c-1',
        campaignId: 'solar',
        number: '+13035550102',
        callerId: null,
        lead: {
          zip: '80202',
          state: 'CO',
          address: 'Miami, FL 33101',
          leadId: 'L7',
          lineType: 'unknown',
        },
        automated: true,
        door: 'agi',
        at: null,
      },
      { callId: null, campaignId: 'solar', number: '13035550103', callerId: '13035550109', automated: false },
      { number: '13035550104', callerId: '' },
    ]);
  });

  it('vetoes input nobody can use', async () => {
    const door = fakeDoor();
    const { variables } = await runChannel(await start(door), { address: 'veto' });
    expect(variables.get('BREAKWATER_REASON')).toBe('campaign_unknown');
    expect(variables.get('BREAKWATER_VERDICT')).toBe('veto');
  });

  it('vetoes a second number under the call id of the first', async () => {
    const door = fakeDoor();
    const first = await door.screen({ ...SCREEN, number: '13035550101' });
    const { variables } = await runChannel(await start({ ...door, screen: () => Promise.resolve(first) }), {
      args: ['number=13035550102'],
    });
    expect(variables.get('BREAKWATER_VERDICT')).toBe('veto');
  });

  it('vetoes when deciding fails', async () => {
    const door = fakeDoor();
    const port = await start({ ...door, screen: () => Promise.reject(new Error('no store')) });
    const { variables } = await runChannel(port);
    expect(variables.get('BREAKWATER_REASON')).toBe('fact_unavailable');
    expect(variables.get('BREAKWATER_VERDICT')).toBe('veto');
    expect(kinds()).toEqual(['failed', 'delivered']);
  });
});

describe('undelivered-permit-is-withdrawn', () => {
  it('vetoes in time when the decision is late, and gives the late permit back', async () => {
    const door = fakeDoor();
    const port = await start(door, { answerMs: 150 });
    let decide: (decision: Decision) => void = () => undefined;
    door.decision = new Promise((resolve) => {
      decide = resolve;
    });
    // Decided only when the veto has arrived: a door that waits for the decision never answers.
    const { variables } = await runChannel(port);
    expect(variables.get('BREAKWATER_VERDICT')).toBe('veto');
    expect(variables.get('BREAKWATER_REASON')).toBe('fact_unavailable');
    decide(PERMIT);
    await server?.close();
    expect(door.withdrawn).toEqual(['1795293891.15']);
    expect(kinds()).toEqual(['late', 'delivered', 'withdrawn']);
  });

  it('a late veto leaves nothing to give back', async () => {
    const door = fakeDoor();
    const port = await start(door, { answerMs: 100 });
    door.decision = after(150, vetoOf('sunday'));
    await runChannel(port);
    await server?.close();
    expect(door.withdrawn).toEqual([]);
  });

  it('gives the permit back when the channel hangs up while it is being decided', async () => {
    const door = fakeDoor();
    const port = await start(door);
    door.decision = after(60, PERMIT);
    const socket = connect(port, '127.0.0.1');
    socket.write(environmentText({}));
    setTimeout(() => socket.write('HANGUP\n'), 20);
    await once(socket, 'close');
    await server?.close();
    expect(kinds()).toEqual(['cut', 'withdrawn']);
    expect(door.withdrawn).toHaveLength(1);
  });

  it.each<[string, (line: string) => string | null]>([
    ['HANGUP instead of the last acknowledgement', (line) => (/VERDICT/.test(line) ? 'HANGUP\n' : ACK)],
    ['the connection ends before the verdict', (line) => (/RING/.test(line) ? 'end' : ACK)],
    [
      'a dead channel refuses the verdict',
      (line) => (/VERDICT/.test(line) ? '511 Command Not Permitted\n' : ACK),
    ],
    [
      'usage text in the middle',
      (line) => (/RING/.test(line) ? '520-Invalid\nUsage: SET VARIABLE\n520 End of proper usage.\n' : ACK),
    ],
    ['an application that fails in the middle', (line) => (/RING/.test(line) ? '200 result=-1\n' : ACK)],
    ['an application that is not there', (line) => (/RING/.test(line) ? '200 result=-2\n' : ACK)],
    ['a verdict that is not set', (line) => (/VERDICT/.test(line) ? '200 result=0\n' : ACK)],
    ['noise in the middle', (line) => (/CALL_ID/.test(line) ? 'what?\n' : ACK)],
    ['silence before the verdict', (line) => (/RING/.test(line) ? null : ACK)],
  ])('of several commands: %s', async (_what, act) => {
    const door = fakeDoor();
    door.message = IN_ITS_OWN_COMMAND;
    const { variables } = await runChannel(await start(door, { answerMs: 150 }), {
      onCommand: (line, socket) => {
        const answer = act(line);
        if (answer === 'end') socket.destroy();
        return answer === 'end' ? null : answer;
      },
    });
    expect(variables.has('BREAKWATER_VERDICT')).toBe(false);
    await server?.close();
    expect(door.withdrawn).toEqual(['1795293891.15']);
    expect(kinds()).toEqual(['cut', 'withdrawn']);
  });

  it.each([
    ['HANGUP', 'HANGUP\n'],
    ['a dead channel', '511 Command Not Permitted\n'],
    ['an application that is not there', '200 result=-2\n'],
    ['usage text', '520-Invalid\nUsage: EXEC\n520 End of proper usage.\n'],
  ])('of one command: %s', async (_what, said) => {
    const door = fakeDoor();
    const { commands, variables } = await runChannel(await start(door), { onCommand: () => said });
    expect(commands).toHaveLength(1);
    expect(variables.has('BREAKWATER_VERDICT')).toBe(false);
    await server?.close();
    expect(door.withdrawn).toEqual(['1795293891.15']);
    expect(kinds()).toEqual(['cut', 'withdrawn']);
  });

  it.each<[string, (line: string) => string | null]>([
    ['is neither acknowledged nor refused', (line) => (/VERDICT/.test(line) ? null : ACK)],
    ['is met by the end of the connection', (line) => (/VERDICT/.test(line) ? 'end' : ACK)],
    ['is met by noise', (line) => (/VERDICT/.test(line) ? 'what?\n' : ACK)],
  ])('a verdict that %s keeps its reservation: the channel may dial on it', async (_what, act) => {
    const door = fakeDoor();
    await runChannel(await start(door, { answerMs: 80, confirmMs: 60 }), {
      onCommand: (line, socket) => {
        const answer = act(line);
        if (answer === 'end') socket.destroy();
        return answer === 'end' ? null : answer;
      },
    });
    await server?.close();
    expect(kinds()).toEqual(['unconfirmed']);
    expect(door.withdrawn).toEqual([]);
  });

  it('a withdrawal that fails is reported and hurts nobody', async () => {
    const door = { ...fakeDoor(), withdraw: () => Promise.reject(new Error('no store')) };
    await runChannel(await start(door), { onCommand: (line) => (/VERDICT/.test(line) ? 'HANGUP\n' : ACK) });
    await server?.close();
    expect(kinds()).toEqual(['cut', 'withdrawal_failed']);
  });
});

describe('agi result', () => {
  it.each([
    [['call=c-1', 'campaign=solar', 'dialstatus=ANSWER', 'connected=1', 'hangupcause=16'], 'connected', 16],
    [['BUSY', '17', '0', 'call=c-1'], 'busy', 17],
    [['ANSWER', '16', '12', 'call=c-1'], 'dropped', 16],
    [['outcome=machine', 'call=c-1'], 'machine', null],
  ])('%j is %s', async (args, outcome, hangupCause) => {
    const door = fakeDoor();
    const { variables } = await runChannel(await start(door), { address: 'result', args });
    expect(door.reports).toMatchObject([{ callId: 'c-1', outcome, hangupCause, source: 'agi' }]);
    expect(variables.get('BREAKWATER_RESULT')).toBe('recorded');
    expect(variables.get('BREAKWATER_OUTCOME')).toBe(outcome);
  });

  it('reports nothing for a vetoed call', async () => {
    const door = fakeDoor();
    const { variables } = await runChannel(await start(door), { address: 'result', args: ['DNC', '34'] });
    expect(door.reports).toEqual([]);
    expect(variables.get('BREAKWATER_RESULT')).toBe('nothing');
  });

  it('says why it cannot read an outcome', async () => {
    const door = fakeDoor();
    const { commands } = await runChannel(await start(door), { address: 'result?outcome=fine' });
    expect(commands[0]).toContain('expected connected, dropped');
    expect(door.reports).toEqual([]);
  });

  it('records the result although the channel is gone', async () => {
    const door = fakeDoor();
    await runChannel(await start(door), { address: 'result?outcome=busy', onCommand: () => 'HANGUP\n' });
    expect(door.reports).toMatchObject([{ outcome: 'busy' }]);
  });

  it('connected settles the call as soon as the agent is there', async () => {
    const door = fakeDoor();
    await runChannel(await start(door), { address: 'connected', args: ['call=c-1'] });
    expect(door.reports).toMatchObject([{ callId: 'c-1', outcome: 'connected' }]);
  });
});

describe('the server', () => {
  it('tells the console about an unknown script and sets nothing', async () => {
    const { commands } = await runChannel(await start(fakeDoor()), { address: 'vetto' });
    expect(commands).toEqual(['VERBOSE "breakwater: no script `vetto` here" 1']);
  });

  it('names the port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const failed = startAgiServer({ host: '127.0.0.1', port, scripts: new Map(), clock: realClock });
    await expect(failed).rejects.toThrow(AgiListenFailed);
    await expect(failed).rejects.toThrow(`127.0.0.1:${port}\`: the port is in use`);
    other.close();
  });

  it('turns sessions away beyond its bound', async () => {
    const door = fakeDoor();
    door.decision = after(100, PERMIT);
    const port = await start(door, {}, 2);
    const ends = await Promise.all([runChannel(port), runChannel(port), runChannel(port)]);
    expect(ends.filter((end) => end.variables.get('BREAKWATER_VERDICT') === 'permit')).toHaveLength(2);
    expect(kinds()).toContain('turned_away');
  });

  it('gives up on an environment that never ends', async () => {
    const port = await start(fakeDoor(), { environmentMs: 50 });
    for (const text of ['', 'agi_network: yes\n']) {
      const socket = connect(port, '127.0.0.1');
      socket.write(text);
      socket.on('error', () => undefined);
      await once(socket, 'close');
    }
    expect(kinds()).toEqual(['unreadable', 'unreadable']);
  });

  it.each([
    ['65 lines', 'agi_network: yes\n'.repeat(65)],
    ['9 kB in lines', `agi_request: ${'x'.repeat(2_000)}\n`.repeat(5)],
    ['9 kB in one line', 'x'.repeat(9_000)],
  ])('leaves at an environment of %s', async (_what, text) => {
    const port = await start(fakeDoor());
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    expect(kinds()).toEqual(['unreadable']);
  });

  it('reads an environment that comes byte by byte', async () => {
    const port = await start(fakeDoor());
    const socket = connect(port, '127.0.0.1');
    const got: string[] = [];
    socket.setEncoding('latin1').on('data', (line: string) => {
      got.push(line.trim());
      const [head, tail] = [ackOf(line).slice(0, 7), ackOf(line).slice(7).trim()];
      socket.write(head);
      setTimeout(() => socket.write(`${tail}\r\n`), 1);
    });
    for (const byte of environmentText({})) socket.write(byte);
    await once(socket, 'close');
    expect(parseMSet(got.at(-1)!).at(-1)).toEqual(['BREAKWATER_VERDICT', 'permit']);
  });

  it('survives any bytes, leaks no session and leaves no permit undelivered', async () => {
    const door = fakeDoor();
    const port = await start(door, { environmentMs: 30, answerMs: 60, confirmMs: 30 });
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .constantFrom(environmentText({}), ACK, 'HANGUP\n', '520-x\n', '\n\n', 'agi_arg_1: number=2\n', '\0')
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), async (chunks) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined).on('data', () => undefined);
        for (const bytes of chunks) if (socket.writable) socket.write(bytes);
        await once(socket, 'close');
      }),
      { numRuns: 150 },
    );
    const { variables } = await runChannel(port);
    expect(variables.get('BREAKWATER_VERDICT')).toBe('permit');
    expect(kinds()).not.toContain('failed');
  });
});

const SCREEN = {
  callId: 'c-1',
  campaignId: 'solar',
  number: '13035550101',
  callerId: null,
  lead: { zip: null, state: null, leadId: null, lineType: 'unknown' },
  automated: false,
  door: 'agi',
  at: null,
} as const;
