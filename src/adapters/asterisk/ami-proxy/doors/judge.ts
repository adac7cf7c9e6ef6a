/**
 * What the proxy does with each action of a dialer. INVARIANT (no-originate-passes): the bytes of an action go through unchanged only when
 * they can be read in one way and its door is open; a call is placed only in words of ours, after a permit.
 * INVARIANT (closed-by-default): unknown account, unknown action, unknown form, late or failed screening: nothing goes through.
 */
import type { AmiOriginations } from '../../../../ports/ami-originations.ts';
import { amiDoor } from '../../../../config/ami-door-table.ts';
import type { AmiAction, AmiJudge, AmiJudgement } from '../action.ts';
import { UnwritableHeader } from '../wire.ts';
import type { SparingLog } from '../sparing.ts';
import type { AccountDoors } from './account.ts';
import { asRead, isPlain } from './as-read.ts';
import { closedAnswer, missingAction, unknownAction } from './answers.ts';
import { SCREENED_FORMS } from './call-forms.ts';
import { judgeOriginate } from './judge-originate.ts';
import { DoorClosed, redacted } from './refusal.ts';

export interface DoorSettings {
  /** Undefined: no such account, nothing is open. */
  readonly doorsOf: (account: string) => AccountDoors | undefined;
  readonly originations: AmiOriginations;
  readonly log: SparingLog;
}

export function amiDoorsJudge({ doorsOf, originations, log }: DoorSettings): AmiJudge {
  return (action, session, signal) => {
    const refuse = (why: string): AmiJudgement => {
      const { account } = session;
      const name = amiDoor(action.name) === undefined ? 'unknown' : action.name;
      log.warn(
        `refused ${account} ${name}`,
        { account, action: name, problem: redacted(why) },
        'AMI proxy: action refused',
      );
      return answer(closedAnswer(action, why));
    };
    const doors = doorsOf(session.account);
    if (doors === undefined) return refuse('this account has no doors');
    if (action.name === '') return answer(missingAction(action));
    const door = amiDoor(action.name);
    if (door === undefined) return answer(unknownAction(action));
    try {
      switch (door.class) {
        case 'passed':
          return passed(action);
        case 'closed':
          if (door.opens === 'never' || !doors.open.has(action.name)) {
            return refuse(`${action.name} is not open to this account: ${door.why}`);
          }
          return passed(action);
        case 'screened':
          if (action.name !== 'originate') return formOf(action, doors) ?? refuse('this action is not open');
          return judgeOriginate({ action, session, signal, doors, originations, log }).catch(
            (error: unknown) => refuse(closedBecause(error)),
          );
        default:
          return door.class satisfies never;
      }
    } catch (error) {
      return refuse(closedBecause(error));
    }
  };
}

/** Anything else is a fault: whoever asked passes nothing on. */
function closedBecause(error: unknown): string {
  if (error instanceof DoorClosed || error instanceof UnwritableHeader) return error.message;
  throw error;
}

function formOf(action: AmiAction, doors: AccountDoors): AmiJudgement | null {
  const form = Object.hasOwn(SCREENED_FORMS, action.name) ? SCREENED_FORMS[action.name] : undefined;
  return form === undefined ? null : { do: 'rewrite', bytes: form(action, doors) };
}

/** Its own bytes where there is one way to read them; else the lines that were read, so that what runs is what was judged. */
const passed = (action: AmiAction): AmiJudgement =>
  isPlain(action.raw) ? { do: 'pass' } : { do: 'rewrite', bytes: asRead(action) };

const answer = (bytes: Buffer): AmiJudgement => ({ do: 'answer', bytes });
