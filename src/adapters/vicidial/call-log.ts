/**
 * What became of VICIdial's calls, from its own log: `vicidial_dial_log` says when a call code was dialed, `vicidial_log` what its status is
 * now, `vicidial_log_extended` which of them belong together. The code alone names no call of ours: it has no year.
 */
import type { RowDataPacket } from 'mysql2/promise';
import type { StatusOutcome, VicidialDatabase } from '../../config/vicidial.ts';
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import type { DialerLog, LoggedCall } from '../../ports/dialer-log.ts';
import { dialedNumber } from './dialed-number.ts';
import { readOnlyDatabase } from './read-only-database.ts';
import { outcomeOfStatus } from './statuses.ts';

/** Longer than any lease: what is said later counts nothing. Each step of the join has an index of VICIdial's own. */
const CALLS = `SELECT d.caller_code, d.lead_id, TIMESTAMPDIFF(SECOND, d.call_date, NOW()) AS seconds_ago,
    l.phone_code, l.phone_number, l.status, l.user
  FROM vicidial_dial_log d
  JOIN vicidial_log l ON l.lead_id = d.lead_id AND l.call_date >= d.call_date - INTERVAL 5 SECOND
  JOIN vicidial_log_extended e ON e.uniqueid = l.uniqueid AND e.caller_code = d.caller_code
  WHERE d.call_date > NOW() - INTERVAL 600 SECOND AND l.campaign_id IN (?)`;

interface CallRow extends RowDataPacket {
  readonly caller_code: string;
  readonly lead_id: number | null;
  readonly seconds_ago: number | null;
  readonly phone_code: string | null;
  readonly phone_number: string | null;
  readonly status: string | null;
  readonly user: string | null;
}

export function vicidialCallLog(
  given: VicidialDatabase,
  statuses: ReadonlyMap<string, StatusOutcome>,
): DialerLog {
  const database = readOnlyDatabase(given);
  return {
    name: "VICIdial's log",
    async read() {
      return loggedCalls(await database.rows<CallRow>(CALLS, [[...given.campaigns.keys()]]), statuses);
    },
    close: () => database.close(),
  };
}

type Row = Pick<
  CallRow,
  'caller_code' | 'lead_id' | 'seconds_ago' | 'phone_code' | 'phone_number' | 'status' | 'user'
>;

/** A code that has two rows with two meanings says nothing. */
export function loggedCalls(
  rows: readonly Row[],
  statuses: ReadonlyMap<string, StatusOutcome>,
): readonly LoggedCall[] {
  const found = new Map<string, LoggedCall>();
  for (const row of rows) {
    const number = parsePhoneNumber(`+${dialedNumber(row)}`);
    const { caller_code: name, lead_id: leadId, seconds_ago: secondsAgo } = row;
    // Only calls of VICIdial itself (V) and by hand (M); of the future nothing is known.
    if (!/^[VM]\d{19}$/.test(name) || !number.ok || leadId === null || secondsAgo === null) continue;
    if (secondsAgo < 0 || !/^1\d{10}$/.test(number.value.slice(1))) continue;
    const outcome = outcomeOfStatus({ ...row, byHand: name.startsWith('M') }, statuses);
    const other = found.get(name);
    const isPlain = other === undefined || (other.outcome === outcome && other.number === number.value);
    found.set(name, {
      name,
      number: number.value,
      leadId: String(leadId),
      dialedAgoMs: secondsAgo * 1_000,
      outcome: isPlain ? outcome : null,
    });
  }
  return [...found.values()];
}
