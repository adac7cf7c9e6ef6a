/** What speaks to the exchange and tells it things, from the configuration. */
import { type ManagerDesk, openManagerDesk } from './adapters/asterisk/manager-desk.ts';
import { noExchange } from './adapters/asterisk/no-exchange.ts';
import { openAsterisk } from './adapters/asterisk/telephony.ts';
import type { Tenure } from './adapters/asterisk/tenure.ts';
import { vicidialLevels } from './adapters/vicidial/dial-levels.ts';
import { levelWebhook } from './adapters/webhooks/dial-levels.ts';
import type { Config } from './config/config.ts';
import type { Clock } from './ports/clock.ts';
import type { LevelOutlet } from './ports/level-outlets.ts';
import type { Log } from './ports/log.ts';
import type { Telephony } from './ports/telephony.ts';

/** Telephony over ARI and AMI; an exchange that refuses everything where none is configured. */
export function exchangeOf(config: Config, log: Log, tenure: Tenure): Telephony {
  const { ariUrl, ariUser, ariPassword, amiHost, amiPort, amiUser, amiSecret, application } = config.asterisk;
  if (ariUrl === null || amiHost === null) return noExchange();
  return openAsterisk({
    ari: { url: ariUrl, user: ariUser ?? '', password: ariPassword ?? '', application },
    ami: {
      ...{ host: amiHost, port: amiPort, user: amiUser ?? '', secret: amiSecret ?? '' },
      tls: config.encryption.ami,
    },
    log,
    tenure,
  });
}

/** Null without an exchange. Connects when somebody first needs it. */
export function managerDeskOf(config: Config, log: Log, tenure: Tenure): ManagerDesk | null {
  const { amiHost, amiPort, amiUser, amiSecret } = config.asterisk;
  if (amiHost === null) return null;
  const ami = {
    ...{ host: amiHost, port: amiPort, user: amiUser ?? '', secret: amiSecret ?? '' },
    tls: config.encryption.ami,
  };
  return openManagerDesk({ ami, log, tenure, nowMs: () => Date.now() });
}

/** Wherever the configuration wants dial levels told. */
export function levelOutletsOf(
  { dialLevels }: Config,
  desk: ManagerDesk | null,
  clock: Pick<Clock, 'monotonic'>,
): readonly LevelOutlet[] {
  const { variable, userEvent, webhook, vicidial } = dialLevels;
  return [
    ...(variable && desk !== null ? [desk.levelVariables()] : []),
    ...(userEvent && desk !== null ? [desk.levelEvents()] : []),
    ...(webhook === null ? [] : [levelWebhook(webhook, () => Date.now())]),
    ...(vicidial === null ? [] : [vicidialLevels(vicidial, () => clock.monotonic())]),
  ];
}
