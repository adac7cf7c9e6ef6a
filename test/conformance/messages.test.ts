/** Text messages over two sidecars on one real PostgreSQL: limits hold exactly, the one request is one, and a STOP at one door binds the other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { messageDoors } from '../../src/control/messages/index.ts';
import type { MessageDoors, TextAnswer, TextInput } from '../../src/control/messages/message-doors.ts';
import type { Ruling } from '../../src/control/ruling.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { addMs, DAY_MS } from '../../src/domain/time.ts';
import { ON_DUTY, type OpenedSidecar, openSidecarOn } from '../support/sidecar-on-stores.ts';
import { type PostgresServer, postgresSources } from '../support/stores.ts';
import { codes, SENDER, TEXTING } from '../support/text-world.ts';
import { writtenConsent } from '../support/written-consent.ts';

interface Texter {
  readonly opened: OpenedSidecar;
  readonly messages: MessageDoors;
  text(number: PhoneNumber, differs?: Partial<TextInput>): Promise<TextAnswer>;
  says(number: PhoneNumber, body: string, id: string): ReturnType<MessageDoors['receive']>;
}

async function openTexter(url: string, writer: string): Promise<Texter> {
  const opened = await openSidecarOn(url, writer, memoryCounters());
  const ruling: Ruling = { ...opened.sidecar.inForce(), campaigns: new Map([[TEXTING.id, TEXTING]]) };
  const messages = messageDoors({ ...opened.sidecar, inForce: () => ruling }, ON_DUTY);
  return {
    opened,
    messages,
    text: (number, differs = {}) =>
      messages.screen({
        messageId: `${writer}-${number.slice(1)}-${(asked += 1)}`,
        campaignId: TEXTING.id,
        number,
        lead: NO_LEAD_FACTS,
        purpose: 'marketing',
        sender: null,
        text: differs.purpose === 'opt_in_request' ? null : 'Panels are cheap today.',
        ...differs,
      }),
    says: (number, body, id) =>
      messages.receive({
        from: number,
        to: SENDER,
        text: body,
        receivedAt: opened.sidecar.clock.now(),
        messageId: id,
        seller: null,
        adjusted: [],
      }),
  };
}

let asked = 0;

for (const source of (await postgresSources()).filter((each) => each.missing === undefined).slice(0, 1)) {
  describe(`texts on ${source.name}`, () => {
    let server: PostgresServer;
    let one: Texter;
    let other: Texter;
    beforeAll(async () => {
      server = await source.start();
      const url = await server.freshDatabase();
      [one, other] = [await openTexter(url, 'one'), await openTexter(url, 'other')];
    }, 120_000);
    afterAll(async () => {
      await Promise.all([one.opened.close(), other.opened.close()]);
      await server.stop();
    });

    const agree = (number: PhoneNumber) =>
      one.messages.recordConsent(
        writtenConsent(number, TEXTING.seller.id, {
          consentId: `texts-${number.slice(1)}`,
          givenAt: addMs(one.opened.sidecar.clock.now(), -2 * DAY_MS),
          disclosureText: 'I agree to receive marketing text messages.',
        }),
      );
    const permits = (answers: readonly TextAnswer[]): number =>
      answers.filter(({ decision }) => decision.kind === 'permit').length;

    test('asked of both at once, the request is one and the limit is the limit; a stop ends it everywhere', async () => {
      for (let person = 0; person < 8; person += 1) {
        const number = `+1303555016${person}` as PhoneNumber;
        expect(codes((await one.text(number)).decision)).toContain('consent_missing');
        await agree(number);
        const requests = await Promise.all(
          [one, other, one, other].map((each) => each.text(number, { purpose: 'opt_in_request' })),
        );
        expect(permits(requests)).toBe(1);
        expect(codes((await other.text(number)).decision)).toEqual(['consent_pending']);
        expect(await other.says(number, 'yes', `yes-${person}`)).toMatchObject({ meaning: 'confirmation' });
        // The request was the first of two.
        const texts = await Promise.all([one, other, other, one].map((each) => each.text(number)));
        expect(permits(texts)).toBe(1);
        const [stopped] = await Promise.all([one.says(number, 'STOP', `stop-${person}`), other.text(number)]);
        expect(stopped.replies).toHaveLength(1);
        for (const each of [one, other]) {
          expect(codes((await each.text(number)).decision)).toContain('on_internal_list');
          expect((await each.says(number, 'HELP', `help-${person}`)).replies).toEqual([]);
        }
        expect((await other.says(number, 'STOP', `stop-${person}`)).replies).toEqual([]);
      }
    }, 120_000);

    test('what was decided is found in the ledger by number, whichever sidecar decided', async () => {
      const number = '+13035550160' as PhoneNumber;
      const found = await other.opened.sidecar.ledger.read({ number, limit: 100 });
      const kinds = new Set(found.map(({ kind }) => kind));
      for (const kind of [
        'text_consent_recorded',
        'opt_in_requested',
        'text_consent_confirmed',
        'message_decision',
        'opt_out',
      ] as const)
        expect(kinds).toContain(kind);
      expect(new Set(found.map(({ writer }) => writer)).size).toBe(2);
    });
  });
}
