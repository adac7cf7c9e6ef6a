/**
 * The scripts that take what a channel tells of its caller: `identity` for a person who calls us, `canary` for a call of our own that has
 * come back, `refused` for the final response to a call. Headers come percent-encoded, because their commas would end an argument.
 */
import type { ArrivedCall } from '../domain/canary.ts';
import type { AgiAnswer, AgiRequest, AgiScript, AgiVariable } from '../ports/agi-scripts.ts';
import type { CallerProofs } from './caller-proofs.ts';

type Doors = { readonly callers: CallerProofs };

export const identityScripts = ({ callers }: Doors): readonly (readonly [string, AgiScript])[] => [
  [
    'identity',
    {
      async answer(request) {
        const channelId = request.parameters.get('call') ?? request.channel.get('uniqueid') ?? null;
        const { identity, attestation } = await callers.inbound(channelId, arrivedIn(request));
        return told(proved(identity, attestation));
      },
      // Late or failed: nothing is proved.
      fallback: () => proved('certificate_unavailable', 'none'),
      withdraw: () => Promise.resolve(),
    },
  ],
  [
    'canary',
    {
      answer: (request) =>
        Promise.resolve(told([['BREAKWATER_CANARY', callers.canaryArrived(arrivedIn(request))]])),
      fallback: () => [['BREAKWATER_CANARY', 'unknown']],
      withdraw: () => Promise.resolve(),
    },
  ],
  [
    'refused',
    {
      answer({ parameters }) {
        const callId = parameters.get('call') ?? '';
        const [, status, phrase] = /^SIP (\d{3})(?: (.*))?$/.exec(decoded(parameters, 'tech')) ?? [];
        if (callId !== '' && status !== undefined) {
          const header = (name: string): readonly string[] =>
            [decoded(parameters, name)].filter((value) => value !== '');
          callers.refused(callId, {
            sipStatus: Number(status),
            phrase: phrase ?? null,
            reasons: header('reason'),
            callInfo: header('callinfo'),
          });
        }
        return Promise.resolve(told([]));
      },
      fallback: () => [],
      withdraw: () => Promise.resolve(),
    },
  ],
];

const told = (variables: readonly AgiVariable[]): AgiAnswer => ({ variables, reserved: null, message: null });

/** `BREAKWATER_IDENTITY` is what a dialplan tests, and so the last. */
const proved = (identity: string, attestation: string): readonly AgiVariable[] => [
  ['BREAKWATER_ATTESTATION', attestation],
  ['BREAKWATER_IDENTITY', identity],
];

function arrivedIn({ parameters, channel }: AgiRequest): ArrivedCall {
  const text = (name: string): string => decoded(parameters, name);
  return {
    callerId: text('caller') || (channel.get('callerid') ?? ''),
    calledNumber: text('called') || (channel.get('extension') ?? ''),
    identities: ['identity', 'identity_two', 'identity_three'].map(text).filter((each) => each !== ''),
    date: text('date'),
    from: text('from'),
    asserted: text('asserted'),
    verifyResult: text('result'),
    attestation: text('attestation'),
    echo: text('echo'),
  };
}

/** As it stands where it is not well encoded. */
function decoded(parameters: ReadonlyMap<string, string>, name: string): string {
  const value = parameters.get(name) ?? '';
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
