/** Text from a request into the branded values of the domain; a problem names field, value and what was expected. */
import type { Parsed } from '../domain/brand.ts';
import {
  parseAgentId,
  parseCallId,
  parseCampaignId,
  parseSellerId,
  parseSupervisorId,
  type AgentId,
  type CallId,
  type CampaignId,
  type SellerId,
  type SupervisorId,
} from '../domain/ids.ts';
import { parsePersonNumber, parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import { parseInstant, parseLocalDate, type Instant, type LocalDate } from '../domain/time.ts';
import { invalidInput } from './problem.ts';

const ID = '1 to 64 letters, digits, dots, dashes or underscores';

function read<T>(field: string, text: string, parser: (text: string) => Parsed<T>, expected: string): T {
  const answer = parser(text);
  if (!answer.ok) throw invalidInput(field, text, expected);
  return answer.value;
}

export const readCallId = (field: string, text: string): CallId => read(field, text, parseCallId, ID);
export const readCampaignId = (field: string, text: string): CampaignId =>
  read(field, text, parseCampaignId, ID);
export const readSellerId = (field: string, text: string): SellerId => read(field, text, parseSellerId, ID);
export const readAgentId = (field: string, text: string): AgentId => read(field, text, parseAgentId, ID);
export const readSupervisorId = (field: string, text: string): SupervisorId =>
  read(field, text, parseSupervisorId, ID);
export const readNumber = (field: string, text: string): PhoneNumber =>
  read(field, text, parsePhoneNumber, 'a telephone number, for example +13035550101');
/** A person who is called, or who wishes not to be: a whole number of the plan, or the entry would bind nobody. */
export const readPersonNumber = (field: string, text: string): PhoneNumber =>
  read(field, text, parsePersonNumber, 'a telephone number of the United States, for example +13035550101');
export const readDate = (field: string, text: string): LocalDate =>
  read(field, text, parseLocalDate, 'a calendar date, for example 2026-11-26');
export const readInstant = (field: string, text: string): Instant =>
  read(field, text, parseInstant, 'an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z');
