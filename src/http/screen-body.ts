/** What is asked of a call, as JSON: the fields of one question, by whichever route it comes, and how they are read. */
import { Type } from 'typebox';
import type { ScreenInput } from '../control/operations.ts';
import { BRIEFING_FACT_CHARS_MAX, BRIEFING_FACTS_MAX } from '../domain/briefing.ts';
import { ADDRESS_CHARS_MAX, type GivenAddress } from '../domain/lead-address.ts';
import { LINE_TYPES, type LineType } from '../domain/origination.ts';
import { readInstant } from './parse.ts';
import { Body, Id, InstantText, NullableString, NumberText, OneOf } from './schema.ts';

const Address = Type.Unsafe<GivenAddress | null>({
  type: ['string', 'object', 'null'],
  maxLength: ADDRESS_CHARS_MAX,
  properties: {
    street: NullableString(ADDRESS_CHARS_MAX, `null or at most ${ADDRESS_CHARS_MAX} characters; not kept`),
    city: NullableString(100, 'null or at most 100 characters; not kept'),
    state: NullableString(40, 'two letters or the name of a state, at most 40 characters'),
    zip: NullableString(10, 'a ZIP code or ZIP+4'),
  },
  additionalProperties: false,
  description: `the stored address in one text of at most ${ADDRESS_CHARS_MAX} characters, or its parts street, city, state, zip`,
});

/** What is stored of the person, of a call as of a text message. */
export const leadFields = {
  zip: Type.Optional(
    NullableString(10, 'a ZIP code or ZIP+4 as stored with the lead, at most 10 characters'),
  ),
  state: Type.Optional(NullableString(2, 'a two-letter state code as stored with the lead')),
  address: Type.Optional(Address),
  line_type: Type.Optional(OneOf(LINE_TYPES)),
  lead_id: Type.Optional(NullableString(64, 'an id of the lead, at most 64 characters')),
};

const callFields = {
  number: NumberText,
  campaign: Id('a campaign id'),
  caller_id: Type.Optional(NullableString(64, "a telephone number; the campaign's first when left out")),
  call_id: Type.Optional(
    Type.Unsafe<string | null>({
      type: ['string', 'null'],
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
      description:
        'an id of your own: 1 to 64 letters, digits, dots, dashes or underscores; asking again with it rings nobody twice',
    }),
  ),
  ...leadFields,
};

const screenFields = {
  ...callFields,
  automated: Type.Optional(
    Type.Boolean({
      description: 'true or false; true for an automated or recorded message without an agent',
    }),
  ),
};

/** Of the lead, for the agent alone. */
export const AgentFacts = Type.Optional(
  Type.Array(Type.String({ minLength: 1, maxLength: BRIEFING_FACT_CHARS_MAX }), {
    maxItems: BRIEFING_FACTS_MAX,
    description: `at most ${BRIEFING_FACTS_MAX} texts of at most ${BRIEFING_FACT_CHARS_MAX} characters, read out to the agent alone where the campaign says so; not kept`,
  }),
);

/** Of a call that a named agent makes: there is somebody, so it is never automated. */
export const AgentCallBody = Body({ ...callFields, agent_facts: AgentFacts });

export const OriginationBody = Body({
  ...screenFields,
  agent_facts: AgentFacts,
  place: Type.Optional(
    Type.Boolean({
      description:
        'true or false; false: reserve only, you place the call and report its result (default true)',
    }),
  ),
});
/** Of a call that its asker places. */
export const ReservationBody = Body({
  ...screenFields,
  place: Type.Optional(
    Type.Literal(false, { description: 'false: you place the call and report its result' }),
  ),
});
export const DecisionBody = Body({
  ...screenFields,
  at: Type.Optional(InstantText),
  explain: Type.Optional(
    Type.Boolean({
      description: 'true or false; true: what every rule found, places with local times, next lawful instant',
    }),
  ),
});

export interface LeadBody {
  readonly zip?: string | null;
  readonly state?: string | null;
  readonly address?: GivenAddress | null;
  readonly line_type?: LineType;
  readonly lead_id?: string | null;
}

export interface ScreenBody extends LeadBody {
  readonly number: string;
  readonly campaign: string;
  readonly caller_id?: string | null;
  readonly call_id?: string | null;
  readonly automated?: boolean;
  readonly at?: string;
}

export const readLead = (body: LeadBody): ScreenInput['lead'] => ({
  zip: body.zip ?? null,
  state: body.state ?? null,
  ...(body.address === undefined || body.address === null ? {} : { address: body.address }),
  leadId: body.lead_id ?? null,
  lineType: body.line_type ?? 'unknown',
});

/** Numbers become vetoes when they are none; an instant that is none is a problem. */
export const readScreenInput = (body: ScreenBody): ScreenInput => ({
  callId: body.call_id ?? null,
  campaignId: body.campaign,
  number: body.number,
  callerId: body.caller_id ?? null,
  lead: readLead(body),
  automated: body.automated ?? false,
  door: 'http',
  at: body.at === undefined ? null : readInstant('at', body.at),
});
