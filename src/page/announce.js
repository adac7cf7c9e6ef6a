/** The page's voice for screen readers: an answer to one's own deed at once, everything else in one sentence and not often. */
import { byId, setText } from './dom.js';

/** A polite region that changes more often is never heard to its end. */
const QUIET_MS = 6_000;

let spokenAt = -QUIET_MS;
let timer = 0;
let waiting = new Map();

/** At once: the answer to what this person did, or the connection. */
export function announce(text) {
  spokenAt = performance.now();
  setText(byId('announcement'), text);
}

/** With what else there is, once it has been quiet for a while; of one `topic` only the newest. */
export function mention(topic, text) {
  waiting.set(topic, text);
  if (timer !== 0) return;
  timer = setTimeout(speak, Math.max(0, spokenAt + QUIET_MS - performance.now()));
}

function speak() {
  timer = 0;
  if (performance.now() < spokenAt + QUIET_MS) {
    timer = setTimeout(speak, spokenAt + QUIET_MS - performance.now());
    return;
  }
  const text = [...waiting.values()].join('. ');
  waiting = new Map();
  announce(text);
}
