/** Carriers' statements about caller IDs in bounded batches, as `attest import` sends them. */
import { Type } from 'typebox';
import { InputProblem, type Operations } from '../../control/operations.ts';
import { ATTESTATION_LEVELS, type AttestationRecord } from '../../domain/attestation.ts';
import { readInstant, readNumber } from '../parse.ts';
import { answers, HttpProblem, invalidInput } from '../problem.ts';
import { Body, type App } from '../schema.ts';
import { BATCH_MAX_BYTES, ImportedSchema } from './imports.ts';

/** The columns of a row, and whether it must have them. */
const ROWS_MAX = 200;

const DeclarationRow = Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 1_000 }), {
  maxProperties: 16,
  description:
    'texts by column: caller_id, trunk, level, confirmed_at, expires_at, document_sha256, statement',
});
type Row = Readonly<Record<string, string>>;

export function attestationImportRoutes(app: App, operations: Operations): void {
  app.post(
    '/v1/attestations/import',
    {
      config: { scopes: ['compliance'] },
      bodyLimit: BATCH_MAX_BYTES,
      schema: {
        tags: ['caller IDs'],
        summary: "Record a batch of carriers' statements; sent again it writes nothing new",
        body: Body({
          rows: Type.Array(DeclarationRow, {
            minItems: 1,
            maxItems: ROWS_MAX,
            description: `1 to ${ROWS_MAX} rows`,
          }),
        }),
        response: answers(ImportedSchema),
      },
    },
    async ({ body }) => {
      const imported = { written: 0, standing: 0, adjusted: 0, rejected: [] as Rejected[] };
      for (const [index, row] of body.rows.entries()) {
        try {
          const { record, onceAs } = declarationOf(row, operations.now());
          const receipt = await operations.recordAttestation(record, onceAs);
          if (receipt.kind === 'written') imported.written += 1;
          else imported.standing += 1;
        } catch (error) {
          imported.rejected.push({ index, ...rejectedAs(error) });
        }
      }
      return imported;
    },
  );
}

interface Rejected {
  readonly index: number;
  readonly field: string;
  readonly value: string;
  readonly expected: string;
}

/** What is wrong with a row is told; anything else is a fault of ours and ends the batch. */
function rejectedAs(error: unknown): Omit<Rejected, 'index'> {
  if (error instanceof InputProblem) {
    return { field: error.field, value: error.value, expected: error.expected };
  }
  if (error instanceof HttpProblem && error.code === 'invalid_input') {
    const { field = '', value = '', expected = '' } = error.facts;
    return { field, value, expected };
  }
  throw error;
}

/** A statement of a document is recorded once for each caller ID, trunk and end. */
function declarationOf(
  row: Row,
  now: AttestationRecord['confirmedAt'],
): { readonly record: AttestationRecord; readonly onceAs: string } {
  const given = (column: string): string => (row[column] ?? '').trim();
  const callerId = readNumber('caller_id', given('caller_id'));
  const level = ATTESTATION_LEVELS.find((each) => each === given('level'));
  if (level === undefined) throw invalidInput('level', given('level'), 'A, B or C');
  const sha256 = given('document_sha256').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalidInput('document_sha256', sha256, 'the SHA-256 of the document, 64 hexadecimal digits');
  }
  const trunk = given('trunk');
  if (!/^[!-.0-?A-~]{0,79}$/.test(trunk)) {
    throw invalidInput('trunk', trunk, 'the PJSIP endpoint it is of, or nothing for every trunk');
  }
  const confirmedAt = given('confirmed_at') === '' ? now : readInstant('confirmed_at', given('confirmed_at'));
  const expiresAt = readInstant('expires_at', given('expires_at'));
  if (expiresAt <= confirmedAt) {
    throw invalidInput('expires_at', given('expires_at'), 'an instant later than confirmed_at');
  }
  return {
    record: {
      callerId,
      ...(trunk === '' ? {} : { trunk }),
      level,
      way: 'declared',
      confirmedAt,
      expiresAt,
      proof: `document ${sha256} ${given('statement')}`.trim().slice(0, 1_000),
    },
    onceAs: `${callerId} ${trunk} ${level} ${sha256} ${expiresAt}`,
  };
}
