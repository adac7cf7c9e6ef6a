/** One number's life in the simulated sidecar: consent, a recorded talk, a drop with an opt-out, a veto; and a stranger beside it. */
import { makeDossier, type DossierLimits } from '../../src/control/evidence/make-dossier.ts';
import type { Dossier } from '../../src/control/evidence/dossier.ts';
import { campaignDraft } from '../../src/control/campaign-entry.ts';
import { toJson } from '../../src/control/decision-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { ANSWERS } from './called-person.ts';
import { openWorld, otherCampaign, personNumber, SOLAR, type World } from './sim-world.ts';

export const PERSON = personNumber(1) as PhoneNumber;
/** The same seven digits in another area code. */
export const NAMESAKE = '+17205550101' as PhoneNumber;

const RECORDED = otherCampaign(SOLAR.id, {
  recording: { ...SOLAR.recording, enabled: true, disclosure: 'everywhere' },
});

export interface EvidenceWorld extends World {
  readonly talk: string;
  readonly drop: string;
  dossier(number?: PhoneNumber, afterId?: number, limits?: DossierLimits): Promise<Dossier>;
}

export async function openEvidenceWorld(): Promise<EvidenceWorld> {
  const world = await openWorld({ campaigns: [RECORDED], persons: 3 });
  const { ledger, exchange, clock } = world;
  await world.consent(NAMESAKE);
  await announce(world);
  const agent = exchange.agentCallsIn('ann');
  await clock.go(10);
  const talk = (await world.originate(PERSON)).callId;
  await clock.go(30_000);
  exchange.script(PERSON, { ...ANSWERS, ringMs: 2_000, key: { digit: '9', afterMs: 1_500 } });
  const dropped = world.originate(PERSON);
  await clock.go(500);
  exchange.agentHangsUp(agent);
  const drop = (await dropped).callId;
  await clock.go(30_000);
  exchange.agentCallsIn('bob');
  await clock.go(10);
  await world.originate(PERSON);
  await world.originate(NAMESAKE);
  await clock.go(30_000);
  return {
    ...world,
    talk,
    drop,
    dossier: (number = PERSON, afterId = 0, limits) =>
      makeDossier(
        { entries: (query) => ledger.read(query), turn: () => Promise.resolve() },
        { number, afterId, asOf: clock.now() },
        ...(limits === undefined ? [] : [limits]),
      ),
  };
}

/** As a sidecar does when it starts. */
async function announce({ sidecar, ledger }: World): Promise<void> {
  const { policy, prompts, campaigns } = sidecar;
  await ledger.append({
    kind: 'policy_loaded',
    body: { policyHash: policy.hash, files: [{ path: 'rules/federal.yaml', sha256: 'f'.repeat(64) }] },
  });
  const { consulted } = await sidecar.lists.lookUp(PERSON, RECORDED);
  for (const list of consulted) {
    await ledger.append({
      kind: 'list_loaded',
      body: { ...toJson(list), sha256: 'a'.repeat(64), count: 1, rejectedCount: 0 },
    });
  }
  const basis = { policyHash: policy.hash, telemarketer: 'Example Calls Inc.' };
  for (const campaign of campaigns.values()) await ledger.append(campaignDraft(campaign, prompts, basis));
}
