/** What a permit still demands of the call: ringing, connecting, identification, recording. Never a veto by itself. */
import type { Campaign } from '../domain/campaign.ts';
import { type FederalLaw, ifInForce } from '../domain/law.ts';
import { jurisdictionOf } from '../domain/places.ts';
import type { Policy } from '../domain/policy.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Instant } from '../domain/time.ts';
import { callBounds, type DatedJurisdiction, datedJurisdictions, unknownPlaceLaw } from './call-bounds.ts';
import type { Finding, Rule } from './rule.ts';

const ID = 'obligations';

type UnknownPlace = FederalLaw['unknownPlace'];

/** The paragraph or setting that demands the disclosure; null when nothing does (design ruling 12). */
function disclosureBasis(
  campaign: Campaign,
  dated: readonly DatedJurisdiction[],
  unknown: UnknownPlace | null,
  policy: Policy,
): string | null {
  if (!campaign.recording.enabled) return null;
  if (campaign.recording.disclosure === 'everywhere') return `campaign ${campaign.id}: recording.disclosure`;
  for (const { jurisdiction } of dated) {
    if (jurisdiction.recording.disclose) return jurisdiction.recording.citation;
  }
  if (unknown?.discloseRecording === true) return unknown.citation;
  for (const place of agentPlaces(campaign.agents)) {
    const agents = jurisdictionOf(policy.law, place);
    if (agents === null) return 'the place of the agents is not known';
    const { disclose, follows, citation } = agents.recording;
    if (disclose && follows === 'either_end') return citation;
  }
  return null;
}

/** Of a call that a person places to us: the law asks where both ends are, not who dialed. */
export const inboundDisclosureBasis = (
  request: OriginationRequest,
  campaign: Campaign,
  at: Instant,
  policy: Policy,
): string | null =>
  disclosureBasis(
    campaign,
    datedJurisdictions(request, at, policy),
    unknownPlaceLaw(request, policy),
    policy,
  );

/** Every place an agent of the campaign may sit in: who will talk is not known yet, so all of them count. */
function agentPlaces({ place, members, seats = [] }: Campaign['agents']): readonly (string | null)[] {
  const seated = new Set(seats.map(({ agent }) => agent));
  const allSeated = members.length > 0 && members.every((member) => seated.has(member));
  return [...(allSeated ? [] : [place]), ...seats.map((seat) => seat.place)];
}

function identification(dated: readonly DatedJurisdiction[], unknown: UnknownPlace | null): Finding[] {
  const limits: { readonly value: number; readonly citation: string }[] = dated.flatMap(
    ({ jurisdiction, date }) => ifInForce(jurisdiction.identifyWithinSeconds, date) ?? [],
  );
  if (unknown !== null) {
    limits.push({ value: unknown.identifyWithinSeconds, citation: unknown.citation });
  }
  const [tightest] = [...limits].sort((a, b) => a.value - b.value);
  return tightest === undefined
    ? []
    : [{ obligation: { kind: 'identify_within_s', seconds: tightest.value, basis: tightest.citation } }];
}

/** The texts carry their own paragraphs; a place with several dates is told once. */
function script(dated: readonly DatedJurisdiction[]): Finding[] {
  const places = new Map(dated.map(({ jurisdiction }) => [jurisdiction.code, jurisdiction]));
  return [...places.values()].flatMap(({ code, name, scriptDisclosures }) =>
    scriptDisclosures.map((text) => ({
      obligation: { kind: 'say' as const, text, basis: `law of ${name} (${code})` },
    })),
  );
}

export const obligations: Rule = {
  id: ID,
  basis: '47 CFR 64.1200(a)(6)-(7); 16 CFR 310.4(b)(4); state law by place',
  check(request, facts, policy) {
    if (!facts.campaign.known || facts.campaign.value === null) return [];
    const { campaign } = facts.campaign.value;
    const dated = datedJurisdictions(request, facts.now, policy);
    const unknown = unknownPlaceLaw(request, policy);
    const bounds = callBounds(request, campaign, policy, facts.now);
    const { ringAtLeastSeconds, connectWithinMs } = policy.law.federal;
    const findings: Finding[] = [
      {
        obligation: {
          kind: 'ring_at_least_s',
          seconds: bounds.ringAtLeastSeconds,
          basis: ringAtLeastSeconds.citation,
        },
      },
      {
        obligation: {
          kind: 'ring_at_most_s',
          seconds: bounds.longestRingSeconds,
          basis: bounds.longestRingBasis,
        },
      },
      {
        obligation: {
          kind: 'connect_within_ms',
          ms: Math.min(campaign.connectWithinMs, connectWithinMs.value),
          basis: connectWithinMs.citation,
        },
      },
      ...identification(dated, unknown),
      ...script(dated),
    ];
    const disclose = disclosureBasis(campaign, dated, unknown, policy);
    if (disclose !== null) findings.push({ obligation: { kind: 'disclose_recording', basis: disclose } });
    if (bounds.overDialingBasis !== null) {
      findings.push({ obligation: { kind: 'no_over_dialing', basis: bounds.overDialingBasis } });
    }
    return findings;
  },
};
