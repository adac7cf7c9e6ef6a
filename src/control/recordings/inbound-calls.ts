/**
 * Calls that people place to a campaign: whether the disclosure comes before the talk, and a recording that is kept like any other.
 * The exchange, or the dialer's queue, has the call; we say what is due, and take what was recorded to its rest.
 * INVARIANT (told-before-recorded): nothing is recorded before the call is in the ledger and, where one is due, the disclosure was heard.
 */
import type { Campaign } from '../../domain/campaign.ts';
import { type CallId, type CampaignId, parseCallId, parseCampaignId } from '../../domain/ids.ts';
import { textIn } from '../../domain/json-parts.ts';
import { NO_LEAD_FACTS, type OriginationRequest } from '../../domain/origination.ts';
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import type { Instant } from '../../domain/time.ts';
import { recordingFiles } from '../../ports/recordings.ts';
import { inboundDisclosureBasis } from '../../rules/index.ts';
import { InputProblem } from '../input-problem.ts';
import { knownCampaign } from '../ruling.ts';
import type { Station } from '../sidecar.ts';
import type { RecordingKeeper } from './keeper.ts';
import { storeRecording } from './store-recording.ts';

export interface InboundCall {
  /** Null: one is made. */
  readonly callId: string | null;
  readonly campaignId: string;
  /** As the exchange tells it; empty when the caller withholds it. */
  readonly callerNumber: string;
}

/** `unrecorded` says why: the call goes on, and nothing of it is kept. */
export type InboundTerms =
  | { readonly kind: 'unrecorded'; readonly why: string }
  | {
      readonly kind: 'recorded';
      readonly callId: CallId;
      /** To be heard to its end before anything is recorded; null where one party's consent is enough. */
      readonly disclosureMedia: string | null;
      /** Mixed, the caller's voice, the agent's. */
      readonly files: readonly [string, string, string];
      readonly beepSeconds: number;
    };

export interface InboundEnd {
  readonly callId: string;
  readonly startedAt: Instant;
  readonly disclosedAt: Instant | null;
}

export interface InboundCalls {
  /** The call is durable in the ledger when this resolves with `recorded`. Rejects with `InputProblem` for an unknown campaign. */
  begin(call: InboundCall): Promise<InboundTerms>;
  /** The talk is over; told twice it is stored once. */
  end(end: InboundEnd): Promise<'stored' | 'unknown'>;
}

/** Where nothing is recorded. */
export const NO_INBOUND_CALLS: InboundCalls = {
  begin: () => Promise.resolve(unrecorded('nothing is recorded here')),
  end: () => Promise.resolve('unknown'),
};

export function inboundCalls(station: Station, keeper: RecordingKeeper | null): InboundCalls {
  const { ledger, clock } = station;

  function requestOf(call: InboundCall): OriginationRequest {
    const campaignId = parseCampaignId(call.campaignId);
    if (!campaignId.ok) throw unknownCampaign(call.campaignId);
    const callId = parseCallId(call.callId ?? station.newCallId());
    if (!callId.ok) throw new InputProblem('call', (call.callId ?? '').slice(0, 80), 'a call id');
    const number = parsePhoneNumber(call.callerNumber);
    return {
      callId: callId.value,
      campaignId: campaignId.value,
      numberText: call.callerNumber.slice(0, 80),
      number: number.ok ? number.value : null,
      callerIdText: '',
      callerId: null,
      lead: NO_LEAD_FACTS,
      automated: false,
      requestedAt: clock.now(),
      placedBy: 'dialer',
      door: 'agi',
    };
  }

  async function begin(call: InboundCall): Promise<InboundTerms> {
    const ruling = station.inForce();
    const request = requestOf(call);
    const known = knownCampaign(ruling, request.campaignId);
    if (known === undefined) throw unknownCampaign(call.campaignId);
    const { campaign, prompts } = known;
    if (!campaign.recording.enabled) return unrecorded('the campaign records nothing');
    // Without a number nobody could be given what is kept of them, nor have it held or deleted.
    if (request.number === null) return unrecorded('the caller has no number');
    const { policy } = ruling;
    const basis = inboundDisclosureBasis(request, campaign, clock.now(), policy);
    const prompt = prompts.prompt(campaign.id, 'disclosure');
    if (basis !== null && !prompt.fit) return unrecorded(prompt.problem);
    const decided = await ledger.read({ callId: request.callId, kinds: ['decision'], limit: 1 });
    if (decided.length > 0) throw new InputProblem('call', request.callId, 'a call id of no other call');
    await ledger.append({
      kind: 'inbound_call',
      dedupeKey: request.callId,
      body: {
        callId: request.callId,
        campaignId: campaign.id,
        sellerId: campaign.seller.id,
        number: request.number,
        policyHash: policy.hash,
        disclosureBasis: basis,
      },
    });
    return {
      kind: 'recorded',
      callId: request.callId,
      disclosureMedia: basis !== null && prompt.fit ? prompt.media : null,
      files: recordingFiles(request.callId),
      beepSeconds: campaign.recording.beepSeconds,
    };
  }

  async function end({ callId, startedAt, disclosedAt }: InboundEnd): Promise<'stored' | 'unknown'> {
    const [opening] = await ledger.read({ callId, kinds: ['inbound_call'], limit: 1 });
    const number = textIn(opening?.body['number']);
    if (opening === undefined || number === null) return 'unknown';
    await storeRecording(station, keeper, {
      callId,
      number,
      startedAt,
      stoppedAt: clock.now(),
      disclosedAt,
      beepSeconds: beepOf(campaignOf(station, textIn(opening.body['campaignId']))),
    });
    return 'stored';
  }

  return { begin, end };
}

const unrecorded = (why: string): InboundTerms => ({ kind: 'unrecorded', why });

const unknownCampaign = (text: string): InputProblem =>
  new InputProblem('campaign', text.slice(0, 80), 'the id of a campaign in the settings');

const campaignOf = (station: Station, id: string | null): Campaign | undefined =>
  knownCampaign(station.inForce(), (id ?? '') as CampaignId)?.campaign;

const beepOf = (campaign: Campaign | undefined): number => campaign?.recording.beepSeconds ?? 0;
