/** A dialer that holds the people it calls, by the contexts `dialer` and `held` of a test's own dialplan. */
import type { AsteriskInstance } from '../../scripts/asterisk/instance.ts';

/** The far half of the Local channel has the call id as its unique id, and so it is the permit's. */
export const heldAs = (number: string): string => `held-${number}`;

/** Throws where the exchange refuses. */
export async function dialHeld({ ari }: AsteriskInstance, number: string): Promise<void> {
  const query = new URLSearchParams({
    endpoint: `Local/${number}@dialer`,
    context: 'held',
    extension: 'waits',
    priority: '1',
    channelId: `dialer-${number}`,
    otherChannelId: heldAs(number),
  });
  const authorization = `Basic ${Buffer.from(`${ari.user}:${ari.password}`).toString('base64')}`;
  const answer = await fetch(`${ari.url}/ari/channels?${query.toString()}`, {
    method: 'POST',
    headers: { authorization },
  });
  if (!answer.ok) throw new Error(`${number} is not dialed: ${answer.status} ${await answer.text()}`);
}
