/**
 * One call as 16 CFR 310.5(a)(2) wants it kept: paragraphs (i) to (x), from ledger entries alone. What Breakwater cannot know is null
 * with the reason, never a guess.
 */
import type { Json } from '../../domain/canonical-json.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import { numberIn, objectIn, objectsIn, textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { CallView, RecordField } from './dossier.ts';

/** The entries of one call; `campaign` is the campaign as it was loaded before the decision. */
export interface CallEntries {
  readonly callId: string;
  readonly decision: LedgerEntry | null;
  readonly progress: LedgerEntry | null;
  readonly result: LedgerEntry | null;
  readonly campaign: LedgerEntry | null;
  readonly ids: readonly number[];
}

const known = (paragraph: string, value: Json): RecordField => ({ paragraph, value, unknown_because: null });
const unknown = (paragraph: string, because: string): RecordField => ({
  paragraph,
  value: null,
  unknown_because: because,
});
/** Null stands for unknown. */
const field = (paragraph: string, value: Json, because: string): RecordField =>
  value === null ? unknown(paragraph, because) : known(paragraph, value);

const NO_CAMPAIGN = 'no entry says what the campaign was under this policy hash';

export function callView(call: CallEntries): CallView {
  const decision = call.decision?.body ?? {};
  return {
    call_id: call.callId,
    entries: call.ids,
    decided_at: textIn(decision['decidedAt']),
    record: {
      ...parties(call, decision),
      ...kindOfCall(call, decision),
      ...times(call, decision),
      ...words(call),
      ...callerId(call, decision),
      ...disposition(call),
    },
    timeline: timelineOf(call),
  };
}

const timelineOf = ({ progress }: CallEntries): JsonObject | null =>
  objectIn(progress?.body['timeline']) ?? null;

function parties({ campaign }: CallEntries, decision: JsonObject): Record<string, RecordField> {
  const body = campaign?.body ?? null;
  const seller = objectIn(body?.['seller']);
  return {
    telemarketer: field(
      '(i)',
      textIn(body?.['telemarketer']),
      body === null ? NO_CAMPAIGN : 'the setting `telemarketer` was empty',
    ),
    seller: field('(ii)', textIn(seller?.['name']), NO_CAMPAIGN),
    seller_id: field('(ii)', textIn(decision['sellerId']), 'the decision is not on record'),
    purpose: field('(iii)', textIn(body?.['offer']), NO_CAMPAIGN),
    consumer_or_business: unknown('(iv)', 'Breakwater is not told; it treats everybody as a consumer'),
  };
}

function kindOfCall(call: CallEntries, decision: JsonObject): Record<string, RecordField> {
  const automated = objectIn(decision['request'])?.['automated'];
  const timeline = timelineOf(call);
  const fallback = call.result?.body['source'] === 'dialplan_fallback';
  const played = fallback || (timeline !== null && messagesOf(timeline).length > 0);
  return {
    outbound: known('(v)', true),
    prerecorded_message:
      automated === true || played
        ? known('(vi)', true)
        : timeline === null
          ? unknown('(vi)', unseen(call))
          : known('(vi)', false),
  };
}

/** Why nobody of us saw the course of the call. */
function unseen({ decision, result }: CallEntries): string {
  if (result?.body['placed'] === false) return `no telephone rang: ${textIn(result.body['problem']) ?? ''}`;
  if (objectIn(decision?.body['request'])?.['placedBy'] === 'dialer') {
    return 'a dialer placed the call and reported its result only';
  }
  return 'no course of the call is on record: it is not over, or the sidecar did not see it';
}

function times(call: CallEntries, decision: JsonObject): Record<string, RecordField> {
  const timeline = timelineOf(call);
  return {
    calling_number: field('(vii)', textIn(decision['callerId']), 'the decision is not on record'),
    called_number: field(
      '(vii)',
      textIn((call.decision ?? call.progress ?? call.result)?.body['number']),
      'no entry of the call names it',
    ),
    started_at: field('(vii)', textIn(timeline?.['dialed']), takenBack(timeline) ?? unseen(call)),
    duration_seconds: durationOf(call, timeline),
  };
}

const takenBack = (timeline: JsonObject | null): string | null =>
  timeline !== null && 'taken_back' in timeline
    ? 'the sidecar was started anew during the call, which had been dialed before'
    : null;

/** From the answer to the end, in whole seconds; nobody answered is 0. */
function durationOf(call: CallEntries, timeline: JsonObject | null): RecordField {
  const again = takenBack(timeline);
  if (timeline === null || again !== null) return unknown('(vii)', again ?? unseen(call));
  const ended = Date.parse(textIn(timeline['ended']) ?? '');
  if (Number.isNaN(ended)) return unknown('(vii)', 'its end was not seen');
  const answered = Date.parse(textIn(timeline['answered']) ?? '');
  return known('(vii)', Number.isNaN(answered) ? 0 : Math.round((ended - answered) / SECOND_MS));
}

interface Played {
  readonly kind: 'safe_harbor' | 'machine_message' | 'disclosure';
  readonly started_at: string;
}

function messagesOf(timeline: JsonObject): readonly Played[] {
  // A call plays one of them. Whoever presses a key under the other is a person, and hears that one to its end.
  const message = 'machine_message_requested' in timeline ? 'machine_message' : 'safe_harbor';
  const moments = [
    ['disclosure', 'disclosure_started'],
    [message, 'message_started'],
  ] as const;
  return moments.flatMap(([kind, moment]) => {
    const at = textIn(timeline[moment]);
    return at === null ? [] : [{ kind, started_at: at }];
  });
}

function words(call: CallEntries): Record<string, RecordField> {
  const timeline = timelineOf(call);
  return {
    agent_script: unknown('(viii)', 'what agents read is not in Breakwater'),
    messages_played:
      call.result?.body['source'] === 'dialplan_fallback'
        ? known('(viii)', [spoken(call, 'safe_harbor', null)])
        : timeline === null
          ? unknown('(viii)', unseen(call))
          : known(
              '(viii)',
              messagesOf(timeline).map((each) => spoken(call, each.kind, each.started_at)),
            ),
  };
}

/** `audio_sha256` is of the file that was checked when the sidecar started, `text_sha256` of the UTF-8 bytes of the words. */
function spoken(call: CallEntries, kind: Played['kind'], startedAt: string | null): JsonObject {
  const message = objectIn(objectIn(call.campaign?.body['messages'])?.[kind]);
  const text = textIn(message?.['text']);
  return {
    kind,
    started_at: startedAt,
    started_at_unknown_because:
      startedAt === null ? 'the dialplan played it by itself and keeps whole seconds of the end only' : null,
    text,
    text_sha256: text === null ? null : sha256Hex(text),
    audio_sha256: textIn(message?.['sha256']),
    text_unknown_because: text === null ? NO_CAMPAIGN : null,
  };
}

function callerId({ campaign }: CallEntries, decision: JsonObject): Record<string, RecordField> {
  const number = textIn(decision['callerId']);
  const setting = objectsIn(campaign?.body['callerIds']).find((each) => each['number'] === number);
  return {
    caller_id_number: field('(ix)', number, 'the decision is not on record'),
    caller_id_name: unknown('(ix)', 'Breakwater sends none; a carrier may add one'),
    proof_of_right: field(
      '(ix)',
      textIn(setting?.['proofOfRight']),
      campaign === null ? NO_CAMPAIGN : "the number was not among the campaign's caller IDs",
    ),
    proof_valid_until: unknown('(ix)', 'the proof is kept as a text without a period'),
  };
}

function disposition({ result }: CallEntries): Record<string, RecordField> {
  const body = result?.body ?? null;
  const open = 'no result is on record';
  return {
    disposition: field('(x)', textIn(body?.['outcome']), open),
    ended_at: field('(x)', textIn(body?.['endedAt']), open),
    reported_by: field('(x)', textIn(body?.['source']), open),
    hangup_cause: field('(x)', numberIn(body?.['hangupCause']), 'not reported'),
    sip_status: field('(x)', numberIn(body?.['sipStatus']), 'not reported'),
    transferred_to: unknown('(x)', 'Breakwater transfers no call and does not see what an agent does'),
  };
}
