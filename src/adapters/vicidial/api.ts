/** One function of VICIdial's `non_agent_api.php`. Its answers are text, with HTTP 200 whatever they say. */

export interface VicidialApi {
  readonly url: string;
  readonly user: string;
  readonly secret: string;
  /** Who asks, in VICIdial's API log. */
  readonly source: string;
  readonly timeoutMs: number;
}

/** Longer than any answer to one function. */
const ANSWER_BYTES_MAX = 4_096;

/** Rejects unless VICIdial says that it has done it, within the settings' time. The message begins with `what`. */
export async function callApi(
  { url, user, secret, source, timeoutMs }: VicidialApi,
  name: string,
  fields: Readonly<Record<string, string>>,
  what: string,
): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    // In the body: addresses stand in the logs of web servers.
    body: new URLSearchParams({ source, user, pass: secret, function: name, ...fields }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await firstBytes(answer);
  if (!answer.ok) throw new Error(`${what}: answered ${answer.status}`);
  const lines = text.split('\n').map((line) => line.trim());
  const refused = lines.find((line) => line.startsWith('ERROR:'));
  if (refused === undefined && lines.some((line) => line.startsWith(`SUCCESS: ${name}`))) return;
  throw new Error(`${what}: ${shown(refused ?? text, secret)}`);
}

/** For the log: one short line, and the password is not in it, whatever was told back. */
const shown = (text: string, secret: string): string =>
  text
    .replaceAll(secret, '(hidden)')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 200);

async function firstBytes(answer: Response): Promise<string> {
  if (answer.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX).toString('utf8');
}
