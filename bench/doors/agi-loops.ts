/**
 * The channels of the FastAGI case: on a real Asterisk, each in a loop of dialplan that asks for its veto again as soon as it is answered.
 * Exchange, server and store share the machine, as they do where a sidecar stands beside its exchange.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AsteriskInstance, startAsterisk } from '../../scripts/asterisk/instance.ts';

/** A channel that has just been told of another server is not measured at once. */
const SETTLE_MS = 500;
/** Each channel begins elsewhere in the mix. */
const STRIDE = 7;

export interface AgiLoops {
  /** So many channels from now on, more than before or as many. */
  ring(channels: number): Promise<void>;
  /** Has all of them ask there, and answers when they do. */
  turnTo(port: number): Promise<void>;
  close(): Promise<void>;
}

/** `scripts` are asked by turns; each time is a call of its own. */
export async function openAgiLoops(scripts: readonly string[]): Promise<AgiLoops> {
  const asterisk = await startAsterisk({
    name: 'bench-agi',
    verbose: 0,
    globals: {
      SERVER: '',
      ...Object.fromEntries(scripts.map((script, at) => [`ASK_${at}`, script])),
    },
    dialplanText: `[loop]
exten => _X.,1,Set(AT=\${EXTEN})
exten => _X.,n(again),Set(AT=$[\${AT} + ${STRIDE}])
exten => _X.,n,Set(BREAKWATER_VERDICT=)
exten => _X.,n,Set(AGIEXITONHANGUP=yes)
exten => _X.,n,Set(TIMEOUT(absolute)=0.5)
exten => _X.,n,AGI(\${SERVER}/\${ASK_$[\${AT} % ${scripts.length}]},call=\${UNIQUEID}-\${AT})
exten => _X.,n,Set(TIMEOUT(absolute)=0)
exten => _X.,n,Goto(again)
exten => T,1,Set(TIMEOUT(absolute)=0)
exten => T,n,Goto(\${AT},again)
exten => near,1,Answer()
exten => near,n,Wait(3600)
`,
  });
  let channels = 0;
  return {
    async ring(wanted) {
      for (; channels < wanted; channels += 1) await originate(asterisk, 100 + channels * 13);
    },
    async turnTo(port) {
      await asterisk.cli(`dialplan set global SERVER agi://127.0.0.1:${port}`);
      await sleep(SETTLE_MS);
    },
    close: () => asterisk.stop(),
  };
}

async function originate({ ari: { url, user, password } }: AsteriskInstance, from: number): Promise<void> {
  const endpoint = new URLSearchParams({
    ...{ endpoint: `Local/${from}@loop/n`, context: 'loop', extension: 'near', priority: '1' },
  });
  const response = await fetch(`${url.replace(/\/ari\/?$/, '')}/ari/channels?${endpoint.toString()}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
  });
  if (!response.ok) throw new Error(`the exchange refused a channel: ${await response.text()}`);
}
