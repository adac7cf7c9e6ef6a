/** Identifiers that must not be mixed up. All are short printable tokens: they become channel ids, Redis keys and file names. */
import { type Brand, type Parsed, parsed, problem } from './brand.ts';

export type CallId = Brand<string, 'CallId'>;
export type CampaignId = Brand<string, 'CampaignId'>;
export type SellerId = Brand<string, 'SellerId'>;
export type AgentId = Brand<string, 'AgentId'>;
export type SupervisorId = Brand<string, 'SupervisorId'>;
export type WriterId = Brand<string, 'WriterId'>;

const TOKEN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Any id of the house: 1 to 64 letters, digits, dots, dashes or underscores. */
export function parseToken<Id extends string>(what: string, text: string): Parsed<Id> {
  return TOKEN.test(text)
    ? parsed(text as Id)
    : problem(`${what} \`${text.slice(0, 80)}\` is not 1 to 64 letters, digits, dots, dashes or underscores`);
}

export const parseCallId = (text: string): Parsed<CallId> => parseToken('call id', text);
export const parseCampaignId = (text: string): Parsed<CampaignId> => parseToken('campaign id', text);
export const parseSellerId = (text: string): Parsed<SellerId> => parseToken('seller id', text);
export const parseAgentId = (text: string): Parsed<AgentId> => parseToken('agent id', text);
export const parseSupervisorId = (text: string): Parsed<SupervisorId> => parseToken('supervisor id', text);
export const parseWriterId = (text: string): Parsed<WriterId> => parseToken('writer id', text);
