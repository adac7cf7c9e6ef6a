/**
 * Originations of dialers that came to nothing, as the manager interface tells of them (OriginateResponse, class `call`). Where no channel
 * was made the event has no variable: the ActionID says which call it was to be, or the id that its channel was to have (`ChannelId`), which
 * is the call id where the AMI proxy has written the action.
 */
import type { ManagerMessage } from 'asterisk-manager';
import { parseCallId } from '../../domain/ids.ts';
import type { Log } from '../../ports/log.ts';
import type { TelephonyEvent } from '../../ports/telephony.ts';
import type { AmiConnection } from './ami-connection.ts';

/** A dialer names an origination after its permit by this and the call id. A bare id could be any number that the dialer counts. */
export const ACTION_ID_PREFIX = 'breakwater:';

/** `AST_CONTROL_*` of Asterisk's frame.h, as pbx.c (`pbx_dial_reason`) makes them from the hangup cause. */
const RINGING = '3';
const ANSWER = '4';
const BUSY = '5';

/** Null for what does not say that a call of a known id was never answered. */
export function readOriginateResponse(
  message: ManagerMessage,
): (TelephonyEvent & { readonly kind: 'dialer_origination_failed' }) | null {
  if (message.event?.toLowerCase() !== 'originateresponse') return null;
  if (message.response?.toLowerCase() !== 'failure') return null;
  const callId = parseCallId(namedCall(message));
  const channel = message['channel'];
  // Behind a line of the exchange a telephone may have been answered, though the line was not.
  if (!callId.ok || typeof channel !== 'string' || /^local\//i.test(channel)) return null;
  const reason = message['reason'];
  if (typeof reason !== 'string' || !/^\d+$/.test(reason) || reason === ANSWER) return null;
  const why = reason === BUSY ? 'busy' : reason === RINGING ? 'no_answer' : 'failed';
  const failed = { kind: 'dialer_origination_failed', callId: callId.value, why } as const;
  return isNamed(message) ? failed : { ...failed, channel };
}

/** The exchange's own names of channels (`1700000000.12`, behind the name of a system that has one) are nobody's calls. */
const OF_THE_EXCHANGE = /(?:^|-)\d{9,}\.\d+$/;

const isNamed = ({ actionid = '' }: ManagerMessage): boolean => actionid.startsWith(ACTION_ID_PREFIX);

function namedCall(message: ManagerMessage): string {
  const { actionid = '', uniqueid } = message;
  if (isNamed(message)) return actionid.slice(ACTION_ID_PREFIX.length);
  return typeof uniqueid === 'string' && !OF_THE_EXCHANGE.test(uniqueid) ? uniqueid : '';
}

/** Of each new connection: everything else that its user may read of a busy exchange is of no use here. */
export async function hearOriginateResponses(ami: AmiConnection, log: Log): Promise<void> {
  try {
    await ami.action({ action: 'Filter', operation: 'Add', filter: 'Event: OriginateResponse' });
  } catch (error) {
    log.warn({ problem: String(error) }, 'events of the manager interface are not filtered');
  }
}
