/** Asking the server. A 401 opens the door dialog; the caller sees an error with the problem's own words. */

let onLocked = () => undefined;
export const whenLocked = (listener) => (onLocked = listener);

async function ask(path, options = {}) {
  const response = await fetch(path, { cache: 'no-store', ...options });
  if (response.status === 401) onLocked();
  const body = await response.json();
  if (!response.ok && !('ready' in body)) throw new Error(body.detail ?? response.statusText);
  return body;
}

export const get = (path) => ask(path);

export const post = (path, body, headers = {}) =>
  ask(path, {
    method: 'POST',
    ...(body === null ? { headers } : { headers: { 'content-type': 'application/json', ...headers } }),
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
