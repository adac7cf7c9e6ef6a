/** Confirmations of the STIR/SHAKEN level a caller ID's calls are signed with: recorded, and shown. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { ATTESTATION_LEVELS, ATTESTATION_WAYS } from '../../domain/attestation.ts';
import { readInstant, readNumber } from '../parse.ts';
import { answers, invalidInput, receipts } from '../problem.ts';
import { Body, InstantText, NumberText, OneOf, Text, type App } from '../schema.ts';
import { AttestationsSchema, viewAttestations } from '../views/attestations.ts';
import { ReceiptSchema } from '../views/entry.ts';
import { receiptAnswer } from './people.ts';

export const TrunkName = Type.String({
  pattern: '^[^\\u0000-\\u0020/@\\u007f]{1,79}$',
  description: 'the PJSIP endpoint it is of, 1 to 79 characters; left out: every trunk',
});

const AttestationBody = Body({
  caller_id: NumberText,
  trunk: Type.Optional(TrunkName),
  level: OneOf(ATTESTATION_LEVELS),
  way: OneOf(ATTESTATION_WAYS),
  confirmed_at: InstantText,
  expires_at: InstantText,
  proof: Text('a reference of the proof: document hash, call id, carrier statement', 1_000),
});

export function attestationRoutes(app: App, operations: Operations): void {
  app.post(
    '/v1/attestations',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['caller IDs'],
        summary: 'Record a confirmed attestation level of a caller ID',
        body: AttestationBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const confirmedAt = readInstant('confirmed_at', body.confirmed_at);
      const expiresAt = readInstant('expires_at', body.expires_at);
      if (expiresAt <= confirmedAt) {
        throw invalidInput('expires_at', body.expires_at, 'an instant later than confirmed_at');
      }
      const callerId = readNumber('caller_id', body.caller_id);
      const { level, way, proof, trunk } = body;
      const answer = receiptAnswer(
        await operations.recordAttestation({
          callerId,
          ...(trunk === undefined ? {} : { trunk }),
          level,
          way,
          confirmedAt,
          expiresAt,
          proof,
        }),
      );
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.get(
    '/v1/attestations',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['caller IDs'],
        summary: 'Caller IDs by trunk: level, source and age, and what campaigns demand',
        response: answers(AttestationsSchema),
      },
    },
    async () => viewAttestations(await operations.attestations(), operations.signedHere(), operations.now()),
  );
}
