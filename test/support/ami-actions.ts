/** Actions of a dialer, as the framing reads them, and a judge over originations in memory. */
import { accountDoors } from '../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { amiDoorsJudge } from '../../src/adapters/asterisk/ami-proxy/doors/judge.ts';
import type { AmiAction, AmiJudge, AmiJudgement } from '../../src/adapters/asterisk/ami-proxy/action.ts';
import { clientFraming } from '../../src/adapters/asterisk/ami-proxy/framing.ts';
import { amiMessage } from '../../src/adapters/asterisk/ami-proxy/wire.ts';
import { AMI_DOORS_SCHEMA, type AmiDoorsSetting } from '../../src/config/ami-doors.ts';
import { checkSettings } from '../../src/config/check-settings.ts';
import type { CallId } from '../../src/domain/ids.ts';
import type {
  AmiOrigination,
  AmiOriginationAnswer,
  AmiOriginations,
} from '../../src/ports/ami-originations.ts';

/** The one action in these lines; a blank line is put behind them. */
export function actionOf(...lines: readonly string[]): AmiAction {
  const [message, more] = clientFraming().push(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  if (message?.kind !== 'action' || more !== undefined)
    throw new Error(`not one action: ${lines.join(' / ')}`);
  return message.action;
}

export function doorsSetting(changes: Partial<AmiDoorsSetting> = {}): AmiDoorsSetting {
  const problems: string[] = [];
  const setting = checkSettings(AMI_DOORS_SCHEMA, { ...OPEN_DOORS, ...changes }, 'doors', (...problem) =>
    problems.push(problem.join(' ')),
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return setting as AmiDoorsSetting;
}

/** A dialer as VICIdial is one, with the places it needs. */
export const OPEN_DOORS: Partial<AmiDoorsSetting> = {
  campaign: 'solar',
  campaigns: [{ theirs: 'TESTCAMP', campaign: 'solar' }],
  called: ['Local/9{number}@default', 'PJSIP/{number}@carrier'],
  agents: ['PJSIP/{name}', 'Local/8600###@default'],
  destinations: ['8368@default', '8600###@default'],
  applications: ['Queue(sales)'],
};

export interface FakeOriginations extends AmiOriginations {
  readonly asked: AmiOrigination[];
  readonly withdrawn: string[];
  readonly ended: string[];
  /** What the next ones are answered; a promise may come late or reject. */
  reply: (origination: AmiOrigination) => AmiOriginationAnswer | Promise<AmiOriginationAnswer>;
}

export const PERMITTED: AmiOriginationAnswer = {
  kind: 'permit',
  callId: 'call-1' as CallId,
  callerId: '13035550100',
  ringAtLeastSeconds: 15,
  ringAtMostSeconds: 40,
  variables: [
    ['BREAKWATER_CALL_ID', 'call-1'],
    ['BREAKWATER_DECISION_ID', 'call-1'],
    ['BREAKWATER_CAMPAIGN', 'solar'],
    ['BREAKWATER_DISCLOSE', 'yes'],
  ],
};

export const VETOED: AmiOriginationAnswer = {
  kind: 'veto',
  callId: 'call-2',
  reasons: ['on_internal_list', 'outside_calling_hours'],
};

export function fakeOriginations(reply: AmiOriginationAnswer = PERMITTED): FakeOriginations {
  const fake: FakeOriginations = {
    asked: [],
    withdrawn: [],
    ended: [],
    reply: () => reply,
    screen: async (origination) => {
      fake.asked.push(origination);
      return fake.reply(origination);
    },
    withdraw: (callId) => {
      fake.withdrawn.push(callId);
      return Promise.resolve();
    },
    failed: (callId) => void fake.ended.push(callId),
  };
  return fake;
}

export const SESSION = { account: 'dialer', connection: 'ami-1', remoteAddress: '127.0.0.1' } as const;

export interface JudgeWorld {
  readonly judge: AmiJudge;
  readonly originations: FakeOriginations;
  readonly logged: string[];
  /** The judgement of the one action in these lines. */
  readonly judged: (...lines: readonly string[]) => Promise<AmiJudgement>;
  /** The same as text: `pass`, `rewrite: ...` or `answer: ...`. */
  readonly told: (...lines: readonly string[]) => Promise<string>;
}

export function judgeWorld(
  changes: Partial<AmiDoorsSetting> = {},
  originations: FakeOriginations = fakeOriginations(),
): JudgeWorld {
  const doors = accountDoors(doorsSetting(changes));
  const logged: string[] = [];
  const note = (_kind: string, fields: object): void => void logged.push(JSON.stringify(fields));
  const judge = amiDoorsJudge({
    doorsOf: (account) => (account === SESSION.account ? doors : undefined),
    originations,
    log: { warn: note, error: note },
  });
  const judged = async (...lines: readonly string[]): Promise<AmiJudgement> =>
    judge(actionOf(...lines), SESSION, new AbortController().signal);
  return {
    judge,
    originations,
    logged,
    judged,
    told: async (...lines) => {
      const judgement = await judged(...lines);
      if (judgement.do === 'pass') return 'pass';
      const event = judgement.do === 'answer' ? judgement.event : undefined;
      const said = Buffer.concat([
        judgement.bytes,
        event === undefined ? Buffer.alloc(0) : amiMessage(event),
      ]);
      return `${judgement.do}: ${said.toString('latin1')}`;
    },
  };
}
