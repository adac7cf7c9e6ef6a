/**
 * Doctor's look at the exchange over AMI: room for media, the places in the dialplan that people are handed over to, and whether the
 * exchange has the messages. ARI's own list of sounds does not know them: it takes the folders under `sounds` for languages.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Campaign } from '../../domain/campaign.ts';
import type { Finding } from '../wiring.ts';
import { amiAction, type AmiPlace, askAmi, isAmiSuccess } from './ami.ts';
import { isHere } from './listeners.ts';
import { bad, ok, skipped } from './machine.ts';

/** RTP and RTCP. */
const PORTS_OF_A_LEG = 2;

type Handed = Pick<Campaign, 'id' | 'agents' | 'dialLevelMax'>;

/** Legs that may be open at once if every agent works: the lines, and an agent for each talk. */
const legsOf = (campaigns: readonly Handed[]): number =>
  campaigns.reduce((sum, { agents, dialLevelMax }) => {
    const { destination, members } = agents;
    const seats = Math.max(members.length, destination.kind === 'dialplan' ? destination.capacity : 0);
    return sum + Math.ceil(seats * dialLevelMax) + seats;
  }, 0);

export interface ExchangeFileNeeds {
  readonly campaigns: readonly Handed[];
  /** `sound:folder/campaign/safe-harbor` of each campaign. */
  readonly messages: readonly string[];
}

export async function exchangeFileFindings(
  place: AmiPlace,
  { campaigns, messages }: ExchangeFileNeeds,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const handed = campaigns.flatMap(({ id, agents: { destination } }) =>
    destination.kind === 'dialplan' ? [{ id, destination }] : [],
  );
  const actions = [
    amiAction('login', { Action: 'Login', Username: place.user, Secret: place.secret, Events: 'off' }),
    amiAction('rtp', { Action: 'GetConfig', Filename: 'rtp.conf' }),
    amiAction('folders', { Action: 'GetConfig', Filename: 'asterisk.conf', Category: 'directories' }),
    ...handed.map(({ id, destination: { context, extension } }) =>
      amiAction(`place-${id}`, { Action: 'ShowDialPlan', Context: context, Extension: extension }),
    ),
  ];
  const answers = await askAmi(place, actions, timeoutMs).catch(() => null);
  // What is wrong with AMI itself is told elsewhere.
  if (answers === null || !isAmiSuccess(answers.get('login')))
    return [skipped('media ports', 'AMI does not answer')];
  return [
    mediaPorts(answers.get('rtp'), legsOf(campaigns)),
    await sounds(isHere(place.host) ? answers.get('folders') : undefined, messages),
    ...handed.map(({ id, destination: { context, extension } }) =>
      isAmiSuccess(answers.get(`place-${id}`))
        ? ok(`agents of ${id}`, `${context},${extension} is in the dialplan`)
        : bad(
            `agents of ${id}`,
            `${context},${extension} is not in the dialplan: nobody can be handed over`,
            'correct agents.destination of the campaign, or add the extension and `dialplan reload`',
          ),
    ),
  ];
}

/** Of an answer to GetConfig: `Line-000000-000002: rtpstart=10000`. */
const settingIn = (answer: string | undefined, key: string): string | undefined =>
  new RegExp(`^Line-\\d+-\\d+: *${key} *=>? *(.*)$`, 'im').exec(answer ?? '')?.[1]?.trim();

/** Asterisk's own range where the file does not say (rtp.conf.sample). */
const RTP_DEFAULT = { start: 5_000, end: 31_000 } as const;

function mediaPorts(answer: string | undefined, legs: number): Finding {
  const check = 'media ports';
  if (!isAmiSuccess(answer)) return skipped(check, 'rtp.conf cannot be read: the AMI user needs `config`');
  const numberOf = (key: string): number | null => {
    const told = settingIn(answer, key);
    return told === undefined ? null : Number(told);
  };
  const start = numberOf('rtpstart') ?? RTP_DEFAULT.start;
  const end = numberOf('rtpend') ?? RTP_DEFAULT.end;
  const room = Math.floor((end - start + 1) / PORTS_OF_A_LEG);
  const detail = `rtpstart ${start} to rtpend ${end}: room for ${Math.max(0, room)} legs, campaigns may have ${legs}`;
  return room >= legs
    ? ok(check, detail)
    : bad(check, detail, 'widen rtpstart and rtpend in rtp.conf and in the firewall, then restart Asterisk');
}

/** Files only: what the user of the exchange may read, its own log tells. `sounds/LANGUAGE/...` comes before `sounds/...`. */
async function sounds(folders: string | undefined, messages: readonly string[]): Promise<Finding> {
  const check = 'sounds';
  const data = settingIn(folders, 'astdatadir');
  if (data === undefined)
    return skipped(check, 'where the exchange keeps its sounds is not told, or it is on another machine');
  const root = join(data, 'sounds');
  const languages = await readdir(root).catch(() => null);
  if (languages === null) return skipped(check, `${root} cannot be seen from here`);
  const missing: string[] = [];
  for (const media of messages) {
    const path = media.replace(/^sound:/, '');
    const places = [root, ...languages.map((language) => join(root, language))];
    const found = await Promise.all(places.map((place) => hasSound(join(place, path))));
    if (!found.includes(true)) missing.push(media);
  }
  return missing.length === 0
    ? ok(check, `the exchange has the messages of ${messages.length} campaigns`)
    : bad(
        check,
        `${root} does not have ${missing.join(', ')}`,
        'show asterisk.soundsDirectory there as asterisk.soundsPrefix (a link, a mount), readable by the user of the exchange',
      );
}

/** A file of that name in any format. */
async function hasSound(path: string): Promise<boolean> {
  const names = await readdir(dirname(path)).catch(() => []);
  return names.some((name) => name.startsWith(`${basename(path)}.`));
}
