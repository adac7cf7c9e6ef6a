/** The trunk a call leaves by: the PJSIP endpoint in a dial string or a channel's name. */

/**
 * Of `PJSIP/{number}@carrier` and `PJSIP/carrier/sip:{number}@host` it is `carrier`. Null for anything else: a Local channel or
 * another technology goes where the dial string does not say.
 */
export function trunkOf(dialString: string): string | null {
  const [, destination] = /^PJSIP\/([^/]+)/i.exec(dialString) ?? [];
  const endpoint = destination?.split('@').at(-1) ?? '';
  return endpoint === '' || endpoint.includes('{') ? null : endpoint;
}

/** Of `PJSIP/carrier-0000002a`; null for channels of other technologies. */
export function trunkOfChannel(name: string): string | null {
  const [, endpoint] = /^PJSIP\/(.+)-[0-9a-f]{8}$/.exec(name) ?? [];
  return endpoint ?? null;
}

/** A caller ID on one trunk, as a key of maps. */
export const routeKey = (callerId: string, trunk: string | null): string => `${callerId} ${trunk ?? ''}`;
