/**
 * The SIPp scenario that plays all called persons of a floor: one process, one port, any number of calls; the number in
 * the INVITE picks the branch.
 */
import type { Answers, Behaviour } from './behaviour.ts';

export interface ScenarioPerson {
  readonly numbers: readonly string[];
  readonly behaviour: Behaviour;
  /** Raw mu-law of the whole call; only for those who answer. */
  readonly audioFile?: string;
  /** A capture file per key, in the order of `behaviour.keys`. */
  readonly keyFiles?: readonly string[];
  /** A capture of comfort noise, from so long after the answer on. */
  readonly comfortNoise?: { readonly file: string; readonly fromMs: number };
}

export const RING_MS = 300;

export function personScenario(people: readonly ScenarioPerson[], otherwise: ScenarioPerson): string {
  const branches = [...people, otherwise].map((person, index) => ({ person, label: `p${index}` }));
  const choices = branches.slice(0, -1);
  const matches = choices.map(
    ({ person, label }) =>
      `<ereg regexp="INVITE sip:[+]?(${person.numbers.map(digitsOf).join('|')})@" search_in="msg" assign_to="${label}"/>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE scenario SYSTEM "sipp.dtd">',
    '<scenario name="people">',
    '<recv request="INVITE"><action>',
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>',
    '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>',
    '<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="target"/>',
    ...matches,
    '</action></recv>',
    ...choices.map(({ label }) => `<nop next="${label}" test="${label}"/>`),
    '<nop next="' + (branches.at(-1)?.label ?? '') + '"/>',
    ...branches.flatMap(({ person, label }) => [`<label id="${label}"/>`, ...branch(person, label)]),
    '<label id="cancelled"/>',
    response('200 OK', { toTag: true }),
    response('487 Request Terminated', { toTag: true, cseq: 'CSeq: [$cseq] INVITE' }),
    '<recv request="ACK" next="end"/>',
    '<label id="bye"/>',
    response('200 OK', {}),
    '<label id="end"/>',
    '<Reference variables="cseq,caller,target,self"/>',
    '</scenario>',
    '',
  ].join('\n');
}

function branch(person: ScenarioPerson, label: string): string[] {
  const { behaviour } = person;
  switch (behaviour.kind) {
    case 'busy':
      return refusal('486 Busy Here');
    case 'busy_everywhere':
      return refusal('600 Busy Everywhere');
    case 'blocked':
      return refusal('603 Network Blocked', [
        'Reason: Q.850;cause=21;text="v=analytics1;url=https://redress.example.com"',
      ]);
    case 'declines':
      return refusal('603 Decline');
    case 'unknown':
      return refusal('404 Not Found');
    case 'rings':
      return [
        response('180 Ringing', { toTag: true, contact: true }),
        '<recv request="CANCEL" next="cancelled"/>',
      ];
    case 'answers':
      return answering(behaviour, person, label);
    default:
      return behaviour satisfies never;
  }
}

function refusal(status: string, headers: readonly string[] = []): string[] {
  return [response(status, { toTag: true, headers }), '<recv request="ACK" next="end"/>'];
}

function answering(behaviour: Answers, person: ScenarioPerson, label: string): string[] {
  const steps: string[] = [];
  let now = 0;
  let count = 0;
  let requests = 0;
  const waitUntil = (atMs: number): void => {
    const after = `${label}s${count++}`;
    const timeout = Math.max(1, atMs - now);
    steps.push(
      `<recv request="BYE" timeout="${timeout}" ontimeout="${after}" next="bye"/>`,
      `<label id="${after}"/>`,
    );
    now = Math.max(now, atMs);
  };
  const act = (...actions: readonly string[]): void => {
    steps.push(...actions.map((action) => `<nop><action><exec ${action}/></action></nop>`));
  };
  for (const { atMs, what } of doings(behaviour, person)) {
    waitUntil(atMs);
    if (what.do === 'press') {
      // The speech stream rests while the key is sent, as in a telephone.
      act('rtp_stream="pause"', `play_pcap_audio="${what.file}"`);
      waitUntil(atMs + KEY_TAKES_MS);
      act('rtp_stream="resume"');
    } else if (what.do === 'comfort_noise') {
      act(`play_pcap_audio="${what.file}"`);
    } else {
      if (what.media === 'sendonly') act('rtp_stream="pause"');
      steps.push(...reinvite((requests += 1), what.media));
      if (what.media === 'sendrecv') act('rtp_stream="resume"');
    }
  }
  if (behaviour.hangUpAfterMs !== undefined) {
    waitUntil(behaviour.hangUpAfterMs);
    steps.push(farewell(requests + 1), '<recv response="200" next="end"/>');
  } else {
    steps.push('<recv request="BYE" next="bye"/>');
  }
  const speaks =
    person.audioFile === undefined
      ? []
      : [`<nop><action><exec rtp_stream="${person.audioFile},1,0"/></action></nop>`];
  const isAnnounced = behaviour.announcement !== undefined;
  return [
    isAnnounced
      ? response('183 Session Progress', { toTag: true, contact: true, sdp: true })
      : response('180 Ringing', { toTag: true, contact: true }),
    ...(isAnnounced ? speaks : []),
    `<recv request="CANCEL" timeout="${behaviour.ringMs ?? RING_MS}" ontimeout="${label}a" next="cancelled"/>`,
    `<label id="${label}a"/>`,
    response('200 OK', {
      toTag: true,
      contact: true,
      cseq: 'CSeq: [$cseq] INVITE',
      sdp: true,
      repeated: true,
    }),
    '<recv request="ACK"><action><ereg regexp=".*" search_in="hdr" header="To:" assign_to="self"/></action></recv>',
    ...(isAnnounced ? [] : speaks),
    ...steps,
  ];
}

/** From the first packet of a key to the moment when speech may go on. */
const KEY_TAKES_MS = 160;

interface Doing {
  /** From the answer. */
  readonly atMs: number;
  readonly what:
    | { readonly do: 'press'; readonly file: string }
    | { readonly do: 'comfort_noise'; readonly file: string }
    | { readonly do: 'reinvite'; readonly media: 'sendonly' | 'sendrecv' };
}

/** What the person does besides speaking, in order of time. */
function doings({ keys, holds }: Answers, { keyFiles, comfortNoise }: ScenarioPerson): readonly Doing[] {
  const all: Doing[] = (keys ?? []).map(({ afterMs }, index) => ({
    atMs: afterMs,
    what: { do: 'press', file: keyFiles?.[index] ?? '' },
  }));
  if (comfortNoise !== undefined)
    all.push({ atMs: comfortNoise.fromMs, what: { do: 'comfort_noise', file: comfortNoise.file } });
  if (holds !== undefined) {
    all.push({ atMs: holds.fromMs, what: { do: 'reinvite', media: 'sendonly' } });
    all.push({ atMs: holds.toMs, what: { do: 'reinvite', media: 'sendrecv' } });
  }
  return all.sort((a, b) => a.atMs - b.atMs);
}

interface ResponseParts {
  readonly toTag?: boolean;
  readonly contact?: boolean;
  readonly cseq?: string;
  readonly sdp?: boolean;
  /** Until it is acknowledged. */
  readonly repeated?: boolean;
  readonly headers?: readonly string[];
}

function response(
  status: string,
  { toTag, contact, cseq, sdp, repeated, headers = [] }: ResponseParts,
): string {
  return send(
    [
      `SIP/2.0 ${status}`,
      '[last_Via:]',
      '[last_Record-Route:]',
      '[last_From:]',
      toTag === true ? '[last_To:];tag=[pid]p[call_number]' : '[last_To:]',
      '[last_Call-ID:]',
      cseq ?? '[last_CSeq:]',
      ...headers,
      ...(contact === true ? ['Contact: <sip:person@[local_ip]:[local_port]>'] : []),
      ...(sdp === true
        ? ['Content-Type: application/sdp', 'Content-Length: [len]', '', SDP]
        : ['Content-Length: 0', '']),
    ],
    repeated === true ? 'retrans="500"' : '',
  );
}

/** A request of the person's own within the call: the headers are those of the INVITE, the other way round. */
function request(method: string, cseq: string, body: readonly string[]): string[] {
  return [
    `${method} [$target] SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    'From:[$self]',
    'To:[$caller]',
    '[last_Call-ID:]',
    `CSeq: ${cseq}`,
    'Max-Forwards: 70',
    ...(body.length === 0
      ? ['Content-Length: 0', '']
      : [
          'Contact: <sip:person@[local_ip]:[local_port]>',
          'Content-Type: application/sdp',
          'Content-Length: [len]',
          '',
          ...body,
        ]),
  ];
}

const farewell = (number: number): string => send(request('BYE', `${number} BYE`, []), 'retrans="500"');

function reinvite(number: number, media: 'sendonly' | 'sendrecv'): string[] {
  return [
    send(request('INVITE', `${number} INVITE`, [SDP, `a=${media}`]), 'retrans="500"'),
    '<recv response="100" optional="true"/>',
    '<recv response="200"/>',
    send(request('ACK', `${number} ACK`, []), ''),
  ];
}

export function send(lines: readonly string[], attributes: string): string {
  return `<send ${attributes}><![CDATA[\n\n${lines.join('\n')}\n]]></send>`;
}

/**
 * `[rtpstream_audio_port]` is the port of this call's speech; naming `[media_port]` on a line with the word audio is how
 * SIPp learns from which port it may replay a pressed key.
 */
export const SDP = [
  'v=0',
  'o=floor 1 1 IN IP4 [local_ip]',
  's=-',
  'c=IN IP4 [media_ip]',
  't=0 0',
  'm=audio [rtpstream_audio_port] RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=x-audio-keys:[media_port]',
].join('\n');

function digitsOf(number: string): string {
  const digits = number.replace(/^\+/, '');
  if (!/^[0-9]+$/.test(digits)) throw new Error(`\`${number}\` is not a telephone number`);
  return digits;
}
