/**
 * INVARIANT (no-proof-from-a-changed-header): whatever is done to a header, the verifier answers without throwing, and verifies only what was
 * signed: the very signature, over the very header and claims.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IDENTITY_FAULTS } from '../../src/domain/identity-fault.ts';
import { instant } from '../../src/domain/time.ts';
import { readCertificates } from '../../src/passport/certificate.ts';
import { readRevocationList } from '../../src/passport/revocation-list.ts';
import { readTnAuthList } from '../../src/passport/tn-auth-list.ts';
import { CALLED, CALLER, sipDate } from '../support/passports.ts';
import { identityWorld } from '../support/identity-world.ts';
import { mutateHeader } from '../support/mutate-header.ts';
import { dice } from '../support/dice.ts';

const world = identityWorld();
const [token = ''] = world.header.split(';');

test('mutated headers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const header = mutateHeader(world.header, dice(seed));
      const verdict = await world.verifier.verify({ ...world.call, identities: [header] });
      if (verdict.kind === 'verified') expect(header).toContain(token);
      else expect(Object.keys(IDENTITY_FAULTS)).toContain(verdict.fault);
    }),
    { numRuns: 5_000 },
  );
});

test('any text in any place of a call', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 4 }),
      fc.oneof(fc.string(), fc.constant(`+${CALLER}`)),
      fc.oneof(fc.string(), fc.constant(CALLED)),
      fc.option(fc.oneof(fc.string(), fc.constant(sipDate(world.call.seenAt)))),
      fc.integer({ min: 0, max: 9e12 }),
      async (identities, callerId, calledNumber, date, seenAt) => {
        const call = { identities, callerId, calledNumber, date, seenAt: instant(seenAt) };
        expect(await world.verifier.verify(call)).toMatchObject({ kind: 'refused' });
      },
    ),
    { numRuns: 2_000 },
  );
});

test('bytes of certificates and lists with anything changed never throw', () => {
  const { certificate, list, tnAuthList } = world.documents;
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean(), (where, byte, cut) => {
      for (const original of [certificate, list, tnAuthList]) {
        const at = where % original.length;
        const changed = Buffer.from(original);
        changed[at] = byte;
        const bytes = cut ? changed.subarray(0, at) : changed;
        readTnAuthList(bytes);
        readCertificates(bytes);
        const read = readRevocationList(bytes, world.roots);
        // A list is believed only as it was signed.
        if (read.ok) expect(Buffer.compare(bytes, list)).toBe(0);
      }
    }),
    { numRuns: 3_000 },
  );
});
