/** A real Asterisk with a dialplan in which every way past the veto would be seen, and the AMI proxy before it. */
import { resolve } from 'node:path';
import { type AsteriskInstance, startAsterisk } from '../../scripts/asterisk/instance.ts';
import { accountDoors } from '../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { amiDoorsJudge } from '../../src/adapters/asterisk/ami-proxy/doors/judge.ts';
import type { AmiDoorsSetting } from '../../src/config/ami-doors.ts';
import { doorsSetting, type FakeOriginations, fakeOriginations } from './ami-actions.ts';
import { type RawDialer, rawDialer } from './ami-dialer.ts';
import { DIALER, proxyBefore, type ProxyOfTest } from './ami-proxy.ts';
import { containerStarter } from './real-asterisk.ts';
import { until } from './wait.ts';

export const DIALPLAN = `[default]
exten => _9X.,1,UserEvent(Called,number: \${EXTEN:1},caller: \${CALLERID(num)},name: \${CALLERID(name)},call: \${BREAKWATER_CALL_ID},decision: \${BREAKWATER_DECISION_ID},lead: \${BREAKWATER_LEAD},end: yes,theirs: \${THEIRS})
 same => n,GotoIf($["\${EXTEN:-4}"="0199"]?busy)
 same => n,Answer()
 same => n,Wait(60)
 same => n(busy),Hangup(17)
exten => 8368,1,Wait(60)
exten => _8600XXX,1,Answer()
 same => n,Wait(120)
exten => 8700,1,Answer()
 same => n,AGI(agi:async)
exten => 8800,1,Answer()
 same => n,Dial(Local/8600059@default,20)
exten => 8600077,1,Dial(Local/8600078@default,20)
exten => 8600078,1,Set(CONNECTEDLINE(num)=3035550199)
 same => n,Answer()
 same => n,Wait(120)
[outbound]
exten => _X.,1,UserEvent(Evaded,number: \${EXTEN},end: yes)
 same => n,Hangup()
[evil]
exten => s,1,UserEvent(Evaded,number: gosub,end: yes)
 same => n,Return()
exten => hung,1,UserEvent(Evaded,number: hung,end: yes)
 same => n,Return()
exten => line,1,UserEvent(Evaded,number: line,end: yes)
 same => n,Return()
[locked]
exten => _X.,1,Gosub(breakwater-veto,s,1(solar,\${EXTEN},\${CALLERID(num)}))
 same => n,UserEvent(Locked,number: \${EXTEN},verdict: \${BREAKWATER_VERDICT},call: \${BREAKWATER_CALL_ID},reason: \${BREAKWATER_REASON},end: yes)
 same => n,Hangup(17)
[vetoed-call]
exten => s,1,UserEvent(Over,name: \${CALLERID(name)},status: \${DIALSTATUS},cause: \${HANGUPCAUSE},reason: \${BREAKWATER_REASON},end: yes)
 same => n,Return()
`;

/** Everything that Asterisk has, but what listens to the world, or wants another server. */
const ALL_MODULES = [
  '[modules]',
  'autoload=yes',
  ...[
    'chan_iax2',
    'chan_unistim',
    'chan_mgcp',
    'chan_skinny',
    'chan_ooh323',
    'chan_sip',
    'chan_console',
    'pbx_dundi',
  ],
  ...['res_snmp', 'res_smdi', 'res_hep', 'res_prometheus', 'cdr_odbc', 'res_config_odbc'],
]
  .map((line, at) => (at < 2 ? line : `noload=${line}.so`))
  .join('\n');

export interface AmiFloor {
  readonly asterisk: AsteriskInstance;
  readonly proxy: ProxyOfTest;
  readonly originations: FakeOriginations;
  /** Straight to the manager, with every right; hears all events. */
  readonly direct: RawDialer;
  /** A new dialer behind the proxy, or behind one of its own whose account has other doors. */
  dialer(changes?: Partial<AmiDoorsSetting>): Promise<RawDialer>;
  /** Fields of all user events of this name so far. */
  readonly told: (event: string) => readonly Readonly<Record<string, string>>[];
  /** A channel that runs this extension of `default`. */
  readonly live: (extension: string) => Promise<string>;
  close(): Promise<void>;
}

export async function openAmiFloor(name: string): Promise<AmiFloor> {
  const asterisk = await startAsterisk({
    name,
    dialplan: [resolve('dialplan/breakwater.conf')],
    dialplanText: DIALPLAN,
    extraFiles: {
      'modules.conf': `${ALL_MODULES}\n`,
      'queues.conf': '[general]\n[sales]\nstrategy=ringall\ntimeout=5\nretry=1\n',
    },
    ...(await containerStarter()),
  });
  const originations = fakeOriginations();
  const proxyWith = (changes: Partial<AmiDoorsSetting>): Promise<ProxyOfTest> => {
    const doors = accountDoors(doorsSetting(changes));
    const log = { warn: () => undefined, error: () => undefined };
    const judge = amiDoorsJudge({ doorsOf: () => doors, originations, log });
    return proxyBefore(asterisk.ami.port, { upstream: asterisk.ami, judge });
  };
  const proxy = await proxyWith({});
  const proxies: ProxyOfTest[] = [proxy];
  const direct = rawDialer(asterisk.ami.port);
  await direct.logIn(asterisk.ami.user, asterisk.ami.secret);
  const dialers: RawDialer[] = [direct];
  return {
    asterisk,
    proxy,
    originations,
    direct,
    async dialer(changes) {
      const before = changes === undefined ? proxy : await proxyWith(changes);
      if (before !== proxy) proxies.push(before);
      const dialer = rawDialer(before.port);
      dialers.push(dialer);
      await dialer.logIn(DIALER.user, DIALER.secret);
      return dialer;
    },
    told: (event) => userEvents(direct.text(), event),
    async live(extension) {
      const at = `Local/${extension}@default-`;
      const known = new Set((await channels(asterisk)).filter((channel) => channel.startsWith(at)));
      direct.send(
        `Action: Originate\r\nChannel: Local/${extension}@default/n\r\nApplication: Wait\r\nData: 120\r\nAsync: true\r\n\r\n`,
      );
      let found: string | undefined;
      await until(`a channel at ${extension}`, async () => {
        found = (await channels(asterisk)).find(
          (each) => each.startsWith(at) && each.endsWith(';2') && !known.has(each),
        );
        return found !== undefined;
      });
      return found ?? '';
    },
    async close() {
      for (const dialer of dialers) dialer.close();
      await Promise.all(proxies.map((each) => each.close()));
      await asterisk.stop();
    },
  };
}

async function channels(asterisk: AsteriskInstance): Promise<readonly string[]> {
  return (await asterisk.cli('core show channels concise'))
    .split('\n')
    .map((line) => line.split('!')[0] ?? '');
}

function userEvents(text: string, event: string): readonly Readonly<Record<string, string>>[] {
  return text
    .split('\r\n\r\n')
    .slice(0, -1)
    .filter((message) => message.includes(`\r\nUserEvent: ${event}\r\n`) && message.includes('\r\nend: yes'))
    .map((message) =>
      Object.fromEntries(
        message.split('\r\n').map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
        }),
      ),
    );
}
