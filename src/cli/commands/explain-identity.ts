/** `attest explain` says what an Identity header claims and which check of it passes; fetches the certificate as a sidecar would. */
import type { ExplainedIdentity } from '../../adapters/certificates/identity-verifier.ts';
import { parseInstant, formatInstant, instant } from '../../domain/time.ts';
import { readIdentityHeaders } from '../../passport/identity-header.ts';
import { choosePassports, type Passport, readPassport } from '../../passport/passport.ts';
import { readSipDate } from '../../passport/call-checks.ts';
import { canonicalNumber } from '../../passport/numbers.ts';
import type { TnAuthEntry } from '../../passport/tn-auth-list.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';
import type { Place, Wiring } from '../wiring.ts';

export interface AttestExplainArgs extends Place {
  readonly header: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly date?: string | undefined;
  readonly at?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Which check has nothing to compare with when the option is missing. */
const COMPARED_WITH = { caller: 'from', called: 'to', date: 'date' } as const;

export async function attestExplain(
  args: AttestExplainArgs,
  io: Io,
  wiring: Pick<Wiring, 'explainIdentity'>,
): Promise<ExitCode> {
  const at = args.at === undefined ? instant(io.nowMs()) : readAt(args.at);
  const header = args.header.replace(/^\s*(?:identity|y)\s*:\s*/i, '');
  const claimed = claimsOf(header, args);
  const explained = await wiring.explainIdentity(args, {
    identities: [header],
    callerId: args.from ?? claimed?.callerId ?? '',
    calledNumber: args.to ?? claimed?.calledNumbers[0] ?? '',
    date: args.date ?? new Date((claimed?.issuedAtSeconds ?? 0) * 1_000).toUTCString(),
    seenAt: at,
  });
  if (args.json === true) printJson(io, jsonOf(explained, args));
  else printText(io, explained, args);
  return explained.verdict.kind === 'verified' ? EXIT.ok : EXIT.notOk;
}

function readAt(text: string): ReturnType<typeof instant> {
  const at = parseInstant(text);
  if (!at.ok) throw new CommandFailed(EXIT.usage, `--at: ${at.problem}`);
  return at.value;
}

/** What the header says by itself, so that what was not given is compared with itself. */
function claimsOf(header: string, { from, to, date }: AttestExplainArgs): Passport | undefined {
  const seen = date === undefined ? null : readSipDate(date);
  const call = {
    callerId: from === undefined ? null : canonicalNumber(from),
    calledNumber: to === undefined ? null : canonicalNumber(to),
    dateSeconds: seen === null ? null : seen / 1_000,
  };
  const read = readIdentityHeaders([header]).flatMap((value) =>
    value.ok ? [readPassport(value.value, call)] : [],
  );
  return choosePassports(read).passports[0];
}

const isCompared = (check: string, args: AttestExplainArgs): boolean => {
  const option = (COMPARED_WITH as Readonly<Record<string, 'from' | 'to' | 'date' | undefined>>)[check];
  return option === undefined || args[option] !== undefined;
};

function printText(io: Io, explained: ExplainedIdentity, args: AttestExplainArgs): void {
  const { passport, path, outcomes, verdict } = explained;
  if (passport !== null) io.out(table(['CLAIM', 'VALUE'], claimRows(passport)));
  if (path !== null) {
    const rows = path.map((each, index) => [
      index === 0 ? 'leaf' : index === path.length - 1 ? 'root' : 'authority',
      `${each.subject}, ${formatInstant(each.notBefore)} to ${formatInstant(each.notAfter)}`,
    ]);
    io.out('');
    io.out(table(['CERTIFICATE', 'OF'], [...rows, ['may sign', authorityText(path[0].tnAuthList)]]));
  }
  const rows = outcomes.map(({ check, refusal }) => [
    check,
    refusal !== null ? 'FAILED' : isCompared(check, args) ? 'passed' : 'not compared',
    refusal === null
      ? isCompared(check, args)
        ? ''
        : `--${COMPARED_WITH[check as keyof typeof COMPARED_WITH]} was not given`
      : `${refusal.fault}: ${refusal.detail}`,
  ]);
  io.out('');
  io.out(table(['CHECK', 'OUTCOME', 'WHY'], rows));
  io.out('');
  io.out(
    verdict.kind === 'verified'
      ? `verified: level ${verdict.level}`
      : `refused: ${verdict.fault} (SIP ${verdict.sipStatus})${verdict.claimed === null ? '' : `; claims level ${verdict.claimed}, unproven`}`,
  );
}

const claimRows = (passport: Passport): readonly (readonly string[])[] => [
  ['level', passport.shaken?.level ?? 'none'],
  ['caller', passport.callerId],
  ['called', [...passport.calledNumbers, ...passport.calledUris].join(', ')],
  ['issued at', formatInstant(instant(passport.issuedAtSeconds * 1_000))],
  ['origination id', passport.shaken?.originationId ?? 'none'],
  ['certificate', passport.certificateUrl],
  ['form', passport.form],
];

const ENTRIES_SHOWN = 5;

function authorityText(entries: readonly TnAuthEntry[] | null): string {
  if (entries === null) return 'for nobody: no TNAuthList';
  const texts = entries.slice(0, ENTRIES_SHOWN).map((entry) => {
    switch (entry.kind) {
      case 'provider_code':
        return `for numbers of provider ${plain(entry.code)}`;
      case 'range':
        return `for ${entry.count} numbers from ${entry.start}`;
      case 'number':
        return `for ${entry.number}`;
      default:
        return entry satisfies never;
    }
  });
  const more = entries.length - texts.length;
  return `${texts.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function jsonOf({ passport, path, outcomes, verdict }: ExplainedIdentity, args: AttestExplainArgs): unknown {
  return {
    claims:
      passport === null
        ? null
        : {
            level: passport.shaken?.level ?? null,
            callerId: passport.callerId,
            calledNumbers: passport.calledNumbers,
            calledUris: passport.calledUris,
            issuedAt: formatInstant(instant(passport.issuedAtSeconds * 1_000)),
            originationId: passport.shaken?.originationId ?? null,
            certificateUrl: passport.certificateUrl,
            form: passport.form,
          },
    certificates: (path ?? []).map(({ subject, sha256, notBefore, notAfter, tnAuthList }) => ({
      subject,
      sha256,
      notBefore: formatInstant(notBefore),
      notAfter: formatInstant(notAfter),
      tnAuthList,
    })),
    checks: outcomes.map(({ check, refusal }) => ({
      check,
      outcome: refusal !== null ? 'failed' : isCompared(check, args) ? 'passed' : 'not_compared',
      fault: refusal?.fault ?? null,
      detail: refusal?.detail ?? null,
    })),
    verdict:
      verdict.kind === 'verified' ? { ...verdict, issuedAt: formatInstant(verdict.issuedAt) } : verdict,
  };
}
