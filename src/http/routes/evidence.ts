/** The dossier of one number: JSON to be checked, or a page to be read. Nothing on record is an answer, not a missing page. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { readNumber } from '../parse.ts';
import { documents, HttpProblem, invalidInput } from '../problem.ts';
import { Body, NumberText, OneOf, type App } from '../schema.ts';
import { dossierPage } from '../views/dossier-page.ts';
import { DOSSIER_POLICY } from '../views/dossier-style.ts';

/** Each reads the whole ledger; more would slow the calls down that this process holds. */
const AT_ONCE = 2;

const Items = (description: string) =>
  Type.Array(Type.Unsafe<object>({ type: 'object', additionalProperties: true }), { description });

const DossierSchema = Type.Object(
  {
    format: Type.String(),
    made_by: Type.Object({ program: Type.String(), version: Type.String() }),
    asked: Type.Object({
      number: Type.String(),
      as_of: Type.String(),
      through_id: Type.Integer({ description: 'nothing after this entry is in the document' }),
      after_id: Type.Integer(),
      next_after: Type.Unsafe<number | null>({
        type: ['integer', 'null'],
        description: 'where the next document goes on; null when this is all',
      }),
      acts_left_out: Type.Boolean(),
    }),
    statement: Type.String(),
    consents: Items('every element, the exact words and their SHA-256'),
    revocations: Items('opt-outs and revoked consents, with way and instant'),
    decisions: Items('verdict, every reason with its basis, lists, local times, policy hash'),
    calls: Items('the fields of 16 CFR 310.5(a)(2); what is unknown is null with the reason'),
    recordings: Items('files with SHA-256, gap after the announcement'),
    policies: Items('the files behind the policy hashes'),
    others: Items('further entries that name the number'),
    proof: Type.Unsafe<object>({
      type: 'object',
      additionalProperties: true,
      description: 'every entry used, as hashed; the state of the chains; what is not proven',
    }),
  },
  { $id: 'Dossier' },
);

export function evidenceRoutes(app: App, operations: Operations): void {
  let making = 0;

  app.get(
    '/v1/evidence/:number',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['evidence'],
        summary: 'Everything on record about one number, with its proof',
        params: Type.Object({ number: NumberText }),
        querystring: Body({
          after: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', description: 'an entry id' })),
          format: Type.Optional(OneOf(['json', 'html'])),
        }),
        response: documents(DossierSchema),
      },
    },
    async (request, reply) => {
      const number = readWhole(request.params.number);
      if (making >= AT_ONCE) {
        throw new HttpProblem('too_many_dossiers', `${AT_ONCE} dossiers are being made already`);
      }
      making += 1;
      try {
        const dossier = await operations.evidence(number, Number(request.query.after ?? 0));
        void reply.header('cache-control', 'no-store').header('vary', 'accept');
        if (!wantsHtml(request, request.query.format)) {
          return await reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(dossier);
        }
        return await reply
          .type('text/html; charset=utf-8')
          .header('content-security-policy', `${DOSSIER_POLICY}; frame-ancestors 'none'`)
          .serializer(String)
          .send(dossierPage(dossier));
      } finally {
        making -= 1;
      }
    },
  );
}

/** A digit too few or too many would be answered "nothing on record", which is a statement about somebody else. */
function readWhole(text: string): PhoneNumber {
  const number = readNumber('number', text);
  if (/^\+1(?!\d{10}$)/.test(number)) throw invalidInput('number', text, '+1 and ten digits');
  return number;
}

/** `format` outranks what a browser says by itself. */
function wantsHtml(request: FastifyRequest, format: 'json' | 'html' | undefined): boolean {
  return format === undefined ? (request.headers.accept ?? '').includes('text/html') : format === 'html';
}
