/** The shipped law against an independent table of hours, and facts of it that must not get lost in an edit. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  closedAllWeek,
  inForce,
  type Jurisdiction,
  type Law,
  type Week,
  WEEKDAYS,
} from '../../../src/domain/law.ts';
import type { LocalDate } from '../../../src/domain/time.ts';
import { showWindow } from '../../../src/rules/local-time.ts';
import { LAW, OWN_LIST_STATES } from '../../support/rules-world.ts';

interface ExpectedHours {
  readonly live: readonly string[];
  readonly automated: readonly string[] | null;
  readonly from: string | null;
  readonly zones: readonly string[];
}
const expected = JSON.parse(
  readFileSync(new URL('../../support/expected-hours.json', import.meta.url), 'utf8'),
) as Record<string, ExpectedHours>;

const TODAY = '2026-11-21' as LocalDate;
const shown = (week: Week): readonly string[] => WEEKDAYS.map((day) => showWindow(week[day]));
const rows = Object.entries(LAW.jurisdictions);
const codesWhere = (holds: (jurisdiction: Law['jurisdictions'][string]) => boolean): readonly string[] =>
  rows.filter(([, jurisdiction]) => holds(jurisdiction)).map(([code]) => code);

describe('the law as shipped', () => {
  test('54 jurisdictions', () => {
    expect(codesWhere(() => true).toSorted()).toEqual(Object.keys(expected).toSorted());
    expect(rows).toHaveLength(54);
  });
  test.each(Object.entries(expected))('hours and zones of %s', (code, { live, automated, from, zones }) => {
    const jurisdiction = LAW.jurisdictions[code]!;
    const current = jurisdiction.hours.filter((row) => inForce(row, TODAY));
    expect(current.map(({ week }) => shown(week))).toEqual([live]);
    expect(current[0]?.from).toBe(from);
    expect(jurisdiction.automatedHours.map(({ week }) => shown(week))).toEqual(
      automated === null ? [] : [automated],
    );
    expect(jurisdiction.zones).toEqual(zones);
  });
  test('the eleven own lists', () => {
    expect(codesWhere(({ doNotCall }) => doNotCall.ownList)).toEqual(OWN_LIST_STATES);
  });
  test('no Sunday calls', () => {
    const closed = codesWhere(({ hours }) =>
      hours.some((row) => inForce(row, TODAY) && row.week.sun === null),
    );
    expect(closed).toEqual(['AL', 'LA', 'MS', 'PA', 'RI', 'SD', 'UT']);
  });
  test('holiday bans', () => {
    expect(codesWhere(({ holidays }) => holidays.length > 0)).toEqual(['AL', 'LA', 'PA', 'RI', 'UT']);
  });
  test('caps of three in 24 hours', () => {
    const capped = codesWhere(({ frequencyCaps }) =>
      frequencyCaps.some((cap) => cap.max === 3 && cap.windowHours === 24),
    );
    expect(capped).toEqual(['FL', 'MD', 'OK', 'OR']);
  });
  test('places that want a recording disclosed', () => {
    expect(codesWhere(({ recording }) => recording.disclose)).toEqual(
      'CA CT DE FL IL MD MA MI MT NV NH NY OR PA VT WA PR VI GU'.split(' '),
    );
  });
  test('single provisions', () => {
    expect(codesWhere(({ overDialingBan }) => overDialingBan !== null)).toEqual(['NM']);
    expect(codesWhere(({ ringAtMostSeconds }) => ringAtMostSeconds !== null)).toEqual(['PR']);
    expect(codesWhere(({ emergencyBan }) => emergencyBan !== null)).toEqual(['LA', 'NY']);
    expect(codesWhere(({ reassignedCheck }) => reassignedCheck !== null)).toEqual(['ME']);
    expect(codesWhere(({ mobile }) => mobile !== null)).toEqual(['AZ', 'LA', 'NJ', 'TX', 'WY']);
    expect(codesWhere(({ consent }) => consent !== null)).toEqual(['CT', 'FL', 'MD', 'OK', 'WY']);
    expect(codesWhere(({ doNotCall }) => doNotCall.registryMaxAgeDays === 30)).toEqual(['KS']);
    expect(codesWhere(({ internalRetentionYears }) => internalRetentionYears?.value === 10)).toEqual([
      'AZ',
      'DE',
      'VA',
    ]);
    expect(codesWhere(({ relationship }) => relationship !== null)).toHaveLength(17);
    expect(codesWhere(({ registration }) => registration.required === null)).toEqual(['MA', 'NE', 'VI']);
  });
  test('federal values', () => {
    const { federal } = LAW;
    expect(shown(federal.hours.week)).toEqual(Array(7).fill('08:00-21:00'));
    expect(federal.ringAtLeastSeconds.value).toBe(15);
    expect(federal.connectWithinMs.value).toBe(2_000);
    expect(federal.dropRateMaxBp.value).toBe(300);
    expect(federal.registryMaxAgeDays.value).toBe(31);
  });
  test('what binds in an unknown place is as strict as the strictest place in every number', () => {
    const { unknownPlace, registryMaxAgeDays, internalRetentionYears } = LAW.federal;
    const numbers = (of: (place: Jurisdiction) => number | null | undefined): number[] =>
      rows.flatMap(([, place]) => of(place) ?? []);
    expect(unknownPlace.registryMaxAgeDays).toBe(
      Math.min(registryMaxAgeDays.value, ...numbers(({ doNotCall }) => doNotCall.registryMaxAgeDays)),
    );
    expect(unknownPlace.internalRetentionYears).toBe(
      Math.max(internalRetentionYears.value, ...numbers((place) => place.internalRetentionYears?.value)),
    );
    expect(unknownPlace.identifyWithinSeconds).toBe(
      Math.min(...numbers((place) => place.identifyWithinSeconds?.value)),
    );
    const barred = rows.filter(([, { automatedHours }]) =>
      automatedHours.some((row) => closedAllWeek(row.week) && row.liftedBy.length === 0),
    );
    expect(unknownPlace.automatedBarred).toBe(barred.length > 0);
  });
  test('what binds in an unknown place is the intersection of all states and DC', () => {
    const states = rows.filter(([code]) => !['PR', 'VI', 'GU'].includes(code));
    for (const day of WEEKDAYS) {
      const windows = states.map(([, { hours }]) => hours.find((row) => inForce(row, TODAY))!.week[day]);
      const open = windows.filter((window) => window !== null);
      expect(LAW.federal.unknownPlace.week[day]).toEqual(
        open.length < windows.length
          ? null
          : {
              openMinute: Math.max(...open.map(({ openMinute }) => openMinute)),
              closeMinute: Math.min(...open.map(({ closeMinute }) => closeMinute)),
            },
      );
    }
  });
});
