/**
 * Signed here: every call that leaves the exchange is held against what it was to be signed with. The INVITE is a mirror of one that has
 * left already; so a call below what its campaign demands lowers the record at once, which vetoes the next one, and is ended before
 * anybody answers where the campaign wants that.
 * INVARIANT (lowered-at-once): what was seen below is written before anything else is asked, and again until the ledger has it.
 */
import { meetsLevel, type AttestationLevel, type AttestationRecord } from '../../domain/attestation.ts';
import {
  type AttestationAlarmBody,
  attestationOf,
  type AttestationRecordedBody,
} from '../../domain/attestation-body.ts';
import type { Campaign } from '../../domain/campaign.ts';
import type { CallId } from '../../domain/ids.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { parsePhoneNumber, type PhoneNumber } from '../../domain/phone-number.ts';
import { addMs, formatInstant, HOUR_MS, instant, type Instant } from '../../domain/time.ts';
import { routeKey } from '../../domain/trunk.ts';
import type { IdentityVerifier } from '../../ports/identity-verifier.ts';
import type { SeenInvite, SignallingTap, TapFigures } from '../../ports/signalling-tap.ts';
import type { ConfiguredSigning, SigningSettings } from '../../ports/signing-settings.ts';
import type { TelephonyEvent } from '../../ports/telephony.ts';
import { messageOf } from '../deadline.ts';
import { toJson } from '../decision-entry.ts';
import type { Follower } from '../follow-call.ts';
import { persist } from '../persist.ts';
import { attestationDraft } from '../record-entries.ts';
import type { Station } from '../sidecar.ts';
import { campaignsOnRoute, demandOn, isOfCampaign, type RouteDemand } from './demands.ts';
import { createJoining, type DialedLeg } from './join-invites.ts';
import { againstDemand, alarmsOf, readSigning, type Signing } from './read-signing.ts';

export interface SignedHereParts {
  readonly tap: SignallingTap;
  readonly verifier: IdentityVerifier;
  /** Null: the exchange cannot be asked what it is set to. */
  readonly settings: SigningSettings | null;
}

/** A call that we are about to place. */
export interface ExpectedCall {
  readonly callId: CallId;
  readonly campaign: Campaign;
  readonly callerId: PhoneNumber;
}

export interface SignedHereFigures extends TapFigures {
  /** INVITEs that were held against their call. */
  readonly judged: number;
  /** Calls whose INVITE was never seen. */
  readonly unseen: number;
  /** INVITEs that could not be judged: too many at once, a certificate that could not be had, a caller ID that is no number. */
  readonly unjudged: number;
  readonly alarms: number;
}

export interface SignedHere {
  /** To be told before the call is placed. */
  expect(call: ExpectedCall): void;
  hear(event: TelephonyEvent): void;
  /** To be told every entry of the ledger: other sidecars record too. */
  hearEntry(entry: LedgerEntry): void;
  figures(): SignedHereFigures;
}

/** A record is made anew after this share of the shortest time for which it is believed. */
const REFRESH_SHARE = 10;
/** A certificate that is slow to come must not gather calls without end. */
const JUDGING_MAX = 2_000;
/** A call that has not left by then never will. */
const EXPECTED_MS = 60_000;
const UNDECIDED_TOLD_MS = 60_000;
/** What the exchange has said of a trunk is believed this long. */
const ASKED_MS = 60_000;

interface Standing {
  readonly level: AttestationRecord['level'];
  readonly confirmedAt: Instant;
}

export function createSignedHere(
  station: Station,
  follower: Pick<Follower, 'isBeforeAnswer'>,
  { tap, verifier, settings }: SignedHereParts,
): SignedHere {
  const { clock, ledger, log, telephony } = station;
  const expected = new Map<string, ExpectedCall & { readonly placedAt: number }>();
  const standing = new Map<string, Standing>();
  /** As the exchange has said, by trunk: there are as many as it has endpoints. */
  const trunkSigns = new Map<string, { readonly signs: boolean; readonly askedAt: number }>();
  const counted = { judged: 0, unseen: 0, unjudged: 0, alarms: 0 };
  let judging = 0;
  let undecidedToldAt = Number.NEGATIVE_INFINITY;

  const learn = (record: AttestationRecord): void => {
    if (record.way !== 'signed_here' || record.trunk === undefined) return;
    const key = routeKey(record.callerId, record.trunk);
    const known = standing.get(key);
    if (known === undefined || known.confirmedAt <= record.confirmedAt) standing.set(key, record);
  };
  // What an earlier life has seen; without it the first call makes a record that says nothing of before.
  void persist(station, 'read attestations', () => station.records.attestations()).then((records) =>
    records.forEach(learn),
  );

  const joining = createJoining(clock, {
    joined: (leg, invite) => void judge(leg, invite),
    unseen: ({ channelId, trunk }) => {
      counted.unseen += 1;
      const call = expected.get(channelId);
      if (call?.campaign.attestation.minimum === 'none' || call === undefined) return;
      log.warn(
        { callId: call.callId, trunk },
        'the INVITE of a call was not seen: is HEP enabled in hep.conf?',
      );
    },
  });
  tap.listen((invite) => joining.invite(invite));

  async function judge(leg: DialedLeg, invite: SeenInvite): Promise<void> {
    const seenAt = clock.now();
    const call = expected.get(leg.channelId);
    const callerId = call?.callerId ?? numberOf(invite);
    // Calls that are handed on leave with the numbers of their callers: without end, and nobody here calls with them.
    if (
      call === undefined &&
      callerId !== null &&
      !isOfCampaign(station.inForce().campaigns.values(), callerId)
    )
      return;
    if (callerId === null || judging >= JUDGING_MAX) {
      counted.unjudged += 1;
      return;
    }
    judging += 1;
    try {
      const verdict = await verifier.verify({
        identities: invite.identities,
        callerId: invite.assertedUser ?? invite.fromUser,
        calledNumber: invite.toUser,
        date: invite.date,
        // Signed by the clock of the exchange, so held against it.
        seenAt: invite.sentAtMs === null ? seenAt : instant(Math.floor(invite.sentAtMs)),
      });
      counted.judged += 1;
      const signing = readSigning(verdict, { callerId, sipCallId: invite.sipCallId, seenAt });
      await take({ leg, call, callerId, seenAt, signing });
    } catch (error) {
      counted.unjudged += 1;
      const { channelId } = leg;
      // Of a call of ours the channel's id is the call's; of any other there is none.
      const callId = call?.callId ?? null;
      log.error({ callId, channelId, problem: messageOf(error) }, 'an INVITE could not be judged');
    } finally {
      judging -= 1;
    }
  }

  async function take(judged: Judged): Promise<void> {
    const { leg, call, callerId, seenAt } = judged;
    const campaigns = [
      ...campaignsOnRoute(station.inForce().campaigns.values(), callerId, leg.trunk),
      ...(call === undefined ? [] : [call.campaign]),
    ];
    const demand = demandOn(campaigns);
    const demanded = call?.campaign.attestation.minimum ?? demand.minimum;
    const signing = againstDemand(judged.signing, demanded);
    if (signing.kind === 'undecided') {
      counted.unjudged += 1;
      tellUndecided(signing.problem);
      return;
    }
    const before = standing.get(routeKey(callerId, leg.trunk)) ?? null;
    // Of two looks at one instant the lower stands, as of two witnesses.
    if (before !== null && seenAt <= before.confirmedAt && !meetsLevel(before.level, signing.level)) return;
    const wasSigned = before !== null && before.level !== 'none';
    if (!signing.hasIdentity && !wasSigned && !(await isSigningDue(leg.trunk, callerId, campaigns))) return;
    const isBelow = demanded !== 'none' && !meetsLevel(signing.level, demanded);
    const ended = isBelow && call !== undefined && endBeforeAnswer(call);
    const isNews = before?.level !== signing.level;
    // Below: also when it is no news, for a later statement may have answered what was seen then.
    const isDue =
      isNews || isBelow || seenAt - before.confirmedAt >= (demand.shortestHours * HOUR_MS) / REFRESH_SHARE;
    // Begun before anything else is asked. The alarm does not wait for it: a ledger that is away takes it when it is back.
    const recording = isDue ? record(judged, signing, demand, before) : Promise.resolve();
    const configured = isNews || isBelow ? await configuredFor(leg.trunk, callerId) : null;
    const against = { demanded, before: before?.level ?? null, configured };
    const alarms = alarmsOf(signing.level, against);
    if (alarms.length > 0) await alarm(judged, signing, { ...against, ended, alarms });
    await recording;
  }

  /** As long as certificates cannot be had it is true of every call. */
  function tellUndecided(problem: string): void {
    const now = clock.monotonic();
    if (now - undecidedToldAt < UNDECIDED_TOLD_MS) return;
    undecidedToldAt = now;
    log.warn({ problem, unjudged: counted.unjudged }, 'calls that left could not be confirmed');
  }

  /**
   * Whether a call should have been signed here that was not, and never was before. A trunk whose carrier signs is as it should be;
   * where the exchange cannot be asked, a campaign that counts on it decides.
   */
  async function isSigningDue(
    trunk: string,
    callerId: PhoneNumber,
    campaigns: readonly Campaign[],
  ): Promise<boolean> {
    const known = trunkSigns.get(trunk);
    const now = clock.monotonic();
    if (known !== undefined && now - known.askedAt < ASKED_MS) return known.signs;
    const configured = await configuredFor(trunk, callerId);
    if (configured === null) {
      return campaigns.some(
        ({ attestation: { minimum, ways } }) => minimum !== 'none' && ways.includes('signed_here'),
      );
    }
    trunkSigns.set(trunk, { signs: configured.trunkSigns, askedAt: now });
    return configured.trunkSigns;
  }

  /** Hung up only while it rings: whoever has answered must not be left with a dead line. */
  function endBeforeAnswer({ callId, campaign }: ExpectedCall): boolean {
    if (campaign.attestation.onLower !== 'end_call' || !follower.isBeforeAnswer(callId)) return false;
    telephony.hangUp(callId).catch((error: unknown) => {
      log.error({ callId, problem: messageOf(error) }, 'a call below its attestation could not be ended');
    });
    return true;
  }

  async function record(
    { leg, callerId, seenAt }: Judged,
    signing: Seen,
    demand: RouteDemand,
    before: Standing | null,
  ): Promise<void> {
    // A clock that was set back, or that of another sidecar, must not let what was seen before stand against what has fallen since.
    const isFall = before !== null && !meetsLevel(signing.level, before.level);
    const confirmedAt = isFall && before.confirmedAt > seenAt ? before.confirmedAt : seenAt;
    const made: AttestationRecord = {
      callerId,
      trunk: leg.trunk,
      level: signing.level,
      way: 'signed_here',
      confirmedAt,
      expiresAt: addMs(confirmedAt, demand.longestHours * HOUR_MS),
      proof: signing.proof,
      ...(before === null ? {} : { before: before.level }),
    };
    // Before it is durable: calls that leave meanwhile are no news.
    learn(made);
    await persist(station, 'record attestation', () => ledger.append(attestationDraft(made)));
  }

  async function configuredFor(trunk: string, callerId: PhoneNumber): Promise<ConfiguredSigning | null> {
    try {
      return (await settings?.of(trunk, callerId)) ?? null;
    } catch (error) {
      log.warn({ trunk, callerId, problem: messageOf(error) }, 'what the exchange is set to sign is unknown');
      return null;
    }
  }

  async function alarm(
    { leg, call, callerId, seenAt }: Judged,
    signing: Seen,
    found: {
      readonly demanded: AttestationLevel | 'none';
      readonly before: AttestationRecord['level'] | null;
      readonly configured: ConfiguredSigning | null;
      readonly ended: boolean;
      readonly alarms: readonly string[];
    },
  ): Promise<void> {
    counted.alarms += 1;
    const body: AttestationAlarmBody = {
      callId: leg.channelId,
      campaignId: call?.campaign.id ?? null,
      callerId,
      trunk: leg.trunk,
      level: signing.level,
      before: found.before,
      demanded: found.demanded,
      configured: found.configured?.level ?? null,
      problem: [...(signing.problem === null ? [] : [signing.problem]), ...found.alarms].join('; '),
      ended: found.ended,
      seenAt: formatInstant(seenAt),
    };
    log.error({ ...body }, 'a call left with less attestation than it should');
    await persist(station, { what: 'attestation alarm', callId: leg.channelId }, () =>
      ledger.append({
        kind: 'attestation_alarm',
        dedupeKey: leg.sipCallId.slice(0, 250),
        body: toJson(body),
      }),
    );
  }

  function forgetOldCalls(): void {
    // In the order of their placing, so the first that is young enough ends it.
    for (const [callId, { placedAt }] of expected) {
      if (clock.monotonic() - placedAt < EXPECTED_MS) return;
      expected.delete(callId);
    }
  }

  return {
    expect(call) {
      forgetOldCalls();
      expected.set(call.callId, { ...call, placedAt: clock.monotonic() });
    },
    hear(event) {
      if (event.kind !== 'leg_dialed') return;
      const { channelId, trunk, sipCallId } = event;
      joining.leg({ channelId, trunk, sipCallId });
    },
    hearEntry(entry) {
      if (entry.kind === 'attestation_recorded')
        learn(attestationOf(entry.body as unknown as AttestationRecordedBody));
    },
    figures: () => ({ ...tap.figures(), ...counted }),
  };
}

type Seen = Extract<Signing, { readonly kind: 'seen' }>;

interface Judged {
  readonly leg: DialedLeg;
  /** Undefined: a call that we have not placed. */
  readonly call: ExpectedCall | undefined;
  readonly callerId: PhoneNumber;
  readonly seenAt: Instant;
  readonly signing: Signing;
}

/** Of a call that is not ours; a number in the wrong format is still that number, and leaves unsigned. */
function numberOf({ assertedUser, fromUser }: SeenInvite): PhoneNumber | null {
  const parsed = parsePhoneNumber(assertedUser ?? fromUser);
  return parsed.ok ? parsed.value : null;
}
