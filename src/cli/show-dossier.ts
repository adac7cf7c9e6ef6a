/** A dossier for a terminal: what there is, in order of time; everything in full is in `--json` and `--html`. */
import type { CallView, Dossier } from '../control/evidence/dossier.ts';
import { textIn } from '../domain/json-parts.ts';
import { many, plain, table } from './text.ts';

/** Rows of one table: the newest, which is what somebody at a terminal asks for. */
const ROWS_MAX = 50;

export function dossierText(dossier: Dossier): string {
  const { asked, proof } = dossier;
  const short = (hash: string | null): string => (hash === null ? '' : hash.slice(0, 12));
  return [
    dossier.statement,
    ...part(
      ['CONSENT', 'SELLER', 'KIND', 'GIVEN', 'WORDS SHA-256', 'ENTRY'],
      dossier.consents.map(({ elements, disclosure_sha256: hash, entry }) => [
        textIn(elements['consent_id']),
        textIn(elements['seller_id']),
        textIn(elements['kind']),
        textIn(elements['given_at']),
        short(hash),
        entry,
      ]),
    ),
    ...part(
      ['REVOKED', 'WHAT', 'SELLER', 'WAY', 'CALL', 'ENTRY'],
      dossier.revocations.map((each) => [
        each.at,
        each.kind,
        each.seller_id,
        each.channel,
        each.call_id,
        each.entry,
      ]),
    ),
    ...part(
      ['DECIDED', 'VERDICT', 'CAMPAIGN', 'CALL', 'REASONS', 'ENTRY'],
      dossier.decisions.map((each) => [
        each.decided_at,
        each.verdict,
        each.campaign_id,
        each.call_id,
        each.reasons.map((reason) => textIn(reason['code'])).join(','),
        each.entry,
      ]),
    ),
    ...part(['CALLED', 'FROM', 'SECONDS', 'DISPOSITION', 'MESSAGES', 'CALL'], dossier.calls.map(callRow)),
    ...part(
      ['RECORDING', 'STARTED', 'GAP MS', 'KEPT UNTIL', 'KEY', 'HOLDS', 'HEARD', 'SHA-256'],
      dossier.recordings.flatMap((each) =>
        each.files.map(({ file, sha256, sha256_unknown_because: why }) => [
          file,
          each.started_at,
          each.gap_ms,
          each.deletion === null ? (each.kept?.retention_until ?? null) : 'deleted',
          textIn(each.kept?.keys.find((key) => key['file'] === file)?.['key_id'] ?? null),
          each.holds.length,
          each.accesses.length,
          sha256 ?? why,
        ]),
      ),
    ),
    '',
    ...chainLines(dossier),
    `${many(proof.entries.length, 'entry carries', 'entries carry')} this; check a copy with \`evidence ${plain(asked.number)} --json > FILE\` and \`evidence verify FILE\``,
  ].join('\n');
}

function callRow({ call_id: callId, decided_at: decidedAt, record }: CallView) {
  const value = (name: string): string => {
    const found = record[name]?.value ?? null;
    return found === null ? '-' : typeof found === 'string' ? found : JSON.stringify(found);
  };
  const played = record['messages_played']?.value;
  return [
    record['started_at']?.value === null ? decidedAt : value('started_at'),
    value('calling_number'),
    value('duration_seconds'),
    value('disposition'),
    Array.isArray(played) ? played.length : '-',
    callId,
  ];
}

function chainLines({ asked, proof: { chains } }: Dossier): readonly string[] {
  const more =
    asked.next_after === null ? [] : [`this is not all: go on with --after ${plain(asked.next_after)}`];
  if (chains.sound === null) return [...more, `chains not checked: ${plain(chains.unchecked_because)}`];
  return chains.sound
    ? [
        ...more,
        `chains sound: ${many(chains.entries, 'entry', 'entries')} of ${many(chains.writers.length, 'writer')}`,
        ...(chains.pruned ?? []).map(
          ({ month, entries, kept, entry, archive_file: file }) =>
            `${plain(month)} was pruned (entry ${plain(entry)}): ${plain(kept)} of ${plain(entries)} entries are left; see ${plain(file)}`,
        ),
      ]
    : [...more, `CHAINS BROKEN: ${plain(chains.fault)}`];
}

type Row = Parameters<typeof table>[1][number];

function part(head: readonly string[], rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  const left = rows.length - ROWS_MAX;
  return ['', ...(left > 0 ? [`${left} earlier ones not shown`] : []), table(head, rows.slice(-ROWS_MAX))];
}
