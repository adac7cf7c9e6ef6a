/**
 * What VICIdial says of a call beside the call: the header `VDACnote: campaign|lead|phone code|number|OUT|alt|priority`, and the call code in the
 * caller's name (a letter, nine digits of date and time, ten of the lead). Asterisk reads neither.
 */
export interface VdacNote {
  readonly campaign: string | null;
  readonly lead: string | null;
  /** Phone code and number together, as dialed; null where there is none. */
  readonly number: string | null;
}

export const NO_NOTE: VdacNote = { campaign: null, lead: null, number: null };

export function readVdacNote(text: string | undefined): VdacNote {
  const [campaign = '', lead = '', phoneCode = '', number = ''] = (text ?? '')
    .split('|')
    .map((part) => part.trim());
  return {
    campaign: campaign === '' ? null : campaign,
    lead: leadOf(lead),
    number: /^\d{3,20}$/.test(number) && /^\d{0,4}$/.test(phoneCode) ? phoneCode + number : null,
  };
}

/** The lead in a call code: `V` (dialed by the dialer) or `M` (by an agent), 20 characters; null: it is none. */
export const leadOfCallCode = (name: string): string | null =>
  leadOf(/^[VM]\d{9}(\d{10})$/.exec(name)?.[1] ?? '');

function leadOf(text: string): string | null {
  const lead = text.replace(/^0+(?=\d)/, '');
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(lead) ? lead : null;
}
