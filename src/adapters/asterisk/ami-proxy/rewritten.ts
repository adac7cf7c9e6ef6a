/** What goes to the exchange in place of a dialer's action. */
import { clientFraming } from './framing.ts';

/** INVARIANT (one-judgement-one-action): these bytes are one whole action for the manager, and no byte more. */
export function isOneAction(bytes: Buffer): boolean {
  const framing = clientFraming();
  const messages = framing.push(bytes);
  const [only] = messages;
  return messages.length === 1 && only?.kind === 'action' && only.action.raw.equals(bytes);
}
