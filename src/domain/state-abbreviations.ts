/**
 * How people shorten the names of states in an address, besides the two letters of the postal service: the traditional abbreviations
 * (GPO Style Manual, 9.13) and the shorter ones in use. Written without dots and blanks.
 */
import type { JurisdictionCode } from './law.ts';

const ABBREVIATIONS: Readonly<Record<string, JurisdictionCode>> = {
  ...{ ALA: 'AL', ARIZ: 'AZ', ARK: 'AR', CAL: 'CA', CALIF: 'CA', COLO: 'CO', CONN: 'CT', DEL: 'DE' },
  ...{ FLA: 'FL', ILL: 'IL', IND: 'IN', KAN: 'KS', KANS: 'KS', MASS: 'MA', MICH: 'MI', MINN: 'MN' },
  ...{ MISS: 'MS', MONT: 'MT', NEB: 'NE', NEBR: 'NE', NEV: 'NV', NMEX: 'NM', NCAR: 'NC', NDAK: 'ND' },
  ...{ OKLA: 'OK', ORE: 'OR', OREG: 'OR', PENN: 'PA', PENNA: 'PA', SCAR: 'SC', SDAK: 'SD', TENN: 'TN' },
  ...{ TEX: 'TX', WASH: 'WA', WVA: 'WV', WISC: 'WI', WIS: 'WI', WYO: 'WY' },
};

/** The state's two letters, from `Wash`, `N. Mex` or, with a dot in it, `N.Y`; null when it is none of these. Case does not matter. */
export function shortenedState(text: string): JurisdictionCode | null {
  const letters = text.replaceAll(/[.\s]/g, '').toUpperCase();
  if (Object.hasOwn(ABBREVIATIONS, letters)) return ABBREVIATIONS[letters] ?? null;
  return /^[A-Z]\.\s?[A-Z]\.?$/i.test(text) ? letters : null;
}
