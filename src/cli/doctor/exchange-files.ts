/** Doctor's look at the exchange over AMI: room for media, and the places in the dialplan that people are handed over to. */
import type { Campaign } from '../../domain/campaign.ts';
import type { Finding } from '../wiring.ts';
import { amiAction, type AmiPlace, askAmi, isAmiSuccess } from './ami.ts';
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

export async function exchangeFileFindings(
  place: AmiPlace,
  campaigns: readonly Handed[],
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const handed = campaigns.flatMap(({ id, agents: { destination } }) =>
    destination.kind === 'dialplan' ? [{ id, destination }] : [],
  );
  const actions = [
    amiAction('login', { Action: 'Login', Username: place.user, Secret: place.secret, Events: 'off' }),
    amiAction('rtp', { Action: 'GetConfig', Filename: 'rtp.conf' }),
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

/** Asterisk's own range where the file does not say (rtp.conf.sample). */
const RTP_DEFAULT = { start: 5_000, end: 31_000 } as const;

function mediaPorts(answer: string | undefined, legs: number): Finding {
  const check = 'media ports';
  if (!isAmiSuccess(answer)) return skipped(check, 'rtp.conf cannot be read: the AMI user needs `config`');
  const numberOf = (key: string): number | null => {
    const told = new RegExp(`^Line-\\d+-\\d+: *${key} *=>? *(\\d+)`, 'im').exec(answer ?? '')?.[1];
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
