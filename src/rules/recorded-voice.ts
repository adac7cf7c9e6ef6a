/**
 * Whether the text of a consent names recorded or artificial voice as what the person agrees to (47 CFR 64.1200(f)(9)(i)(A)): calls, an
 * autodialer, or the recording of a call are not yet that. Read strictly: where the sentence may refuse it, it is not named.
 */

/** A message that was recorded before, or a voice that is no person's; a call that "may be recorded" is another thing. */
const NAMED =
  /\bpre[- ]?recorded\b|\bartificial(?:[\s,/-]+\w+){0,4}?[\s,/-]+(?:voices?|messages?)\b|\brecorded[\s-]+(?:sales[\s-]+)?(?:voices?|messages?)\b/gi;

/** Words in use that hold a "not" or a "without" and refuse nothing. */
const HARMLESS =
  /\bdo[- ]not[- ]call\b|\bwithout limitation\b|\bnot (?:an? |required|obligated|obliged|necessary)[^.!?]*?\b(?:condition|purchas\w*|buy\w*)\b/gi;

/** Before the words: whatever says no. */
const REFUSED_BEFORE =
  /\b(?:not|never|nor|neither|cannot|without|except|excluding|refuse|decline)\b|n[’']t\b|\bno\s*$/i;
/** After them: only what refuses an agreement ("... I do not consent to"). */
const REFUSED_AFTER = /(?:\bnot|n[’']t)\s+(?:\w+\s+)?(?:agree|consent|authori[sz]e|accept|allow|want|wish)/i;

/** A full stop inside a sentence ("Inc. may") is followed by a small letter. */
const SENTENCE_END = /(?<=[.!?]["”)]?)\s+(?=["“(]?\p{Lu})|\n\s*\n/u;

/** True when some sentence says what `named` matches and neither refuses it before nor after; `named` is global. */
export const namesUnrefused = (disclosureText: string, named: RegExp): boolean =>
  disclosureText.split(SENTENCE_END).some((sentence) => {
    const said = sentence.replaceAll(HARMLESS, ' ');
    return [...said.matchAll(named)].some(
      (found) =>
        !REFUSED_BEFORE.test(said.slice(0, found.index)) &&
        !REFUSED_AFTER.test(said.slice(found.index + found[0].length)),
    );
  });

export const namesRecordedVoice = (disclosureText: string): boolean => namesUnrefused(disclosureText, NAMED);
