/** What reason codes mean, as the server tells it once. */
import { words } from './format.js';

let meanings = new Map();

export function setReasons(reasons) {
  meanings = new Map(reasons.map(({ code, meaning }) => [code, meaning]));
}

export const meaningOf = (code) => meanings.get(code) ?? words(String(code));
