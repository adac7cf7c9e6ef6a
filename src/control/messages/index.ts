/** The operations about text messages over one sidecar; each request under the ruling of its time. */
import { parsed, type Parsed, problem } from '../../domain/brand.ts';
import { type CallId, parseToken } from '../../domain/ids.ts';
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import { formatInstant } from '../../domain/time.ts';
import { knownSeller } from '../doors/known-sellers.ts';
import { InputProblem, must } from '../input-problem.ts';
import { createRequests } from '../origination-request.ts';
import { type Duty, type Station, underRuling } from '../sidecar.ts';
import type { MessageDoors, TextInput } from './message-doors.ts';
import { receiveMessage } from './receive-message.ts';
import { screenText } from './screen-text.ts';
import { textConsentDraft } from './text-entries.ts';
import type { TextRequest } from '../../domain/text-message.ts';

export function messageDoors(station: Station, duty: Duty): MessageDoors {
  const { requestOf } = createRequests(station, () => Promise.resolve(null));

  function textRequestOf(input: TextInput): TextRequest {
    const sidecar = underRuling(station);
    const idText = input.messageId ?? station.newCallId();
    const messageId = must('message_id', idText, parseToken<CallId>('message id', idText));
    const given = input.sender ?? '';
    const sent = parsePhoneNumber(given);
    const call = requestOf(
      sidecar,
      {
        ...{ callId: messageId, campaignId: input.campaignId, number: input.number, lead: input.lead },
        ...{ callerId: sent.ok ? sent.value : '', automated: false, door: 'http', at: null },
      },
      'dialer',
    );
    const settings = sidecar.campaigns.get(call.campaignId)?.texts;
    const text = must('text', input.text ?? '', wordsOf(input, settings?.templates.optInRequest ?? null));
    const sender = sent.ok ? sent.value : given.trim() === '' ? (settings?.senders[0] ?? '') : given.trim();
    return { messageId, purpose: input.purpose, sender, text, call };
  }

  return {
    // Async, so that an unusable input rejects and does not throw.
    screen: async (input) => screenText(station, duty, textRequestOf(input)),
    async recordConsent(record) {
      // The newest consent stands: one of tomorrow would stand against what the person takes back until then.
      if (record.givenAt > station.clock.now()) {
        throw new InputProblem('given_at', formatInstant(record.givenAt), 'an instant that has passed');
      }
      await knownSeller(underRuling(station), record.sellerId);
      return station.ledger.append(textConsentDraft(record));
    },
    receive: (text) => receiveMessage(station, duty, text),
  };
}

/** The words of the one request are the campaign's: nothing else is sent before the person has confirmed. */
function wordsOf({ purpose, text }: TextInput, optInRequest: string | null): Parsed<string | null> {
  if (purpose === 'marketing') return parsed(text);
  return text === null
    ? parsed(optInRequest)
    : problem('nothing: the request has the words of texts.optInText');
}
