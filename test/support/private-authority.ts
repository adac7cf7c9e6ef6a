/** A certificate authority of a test, and servers' certificates for loopback: good, run out, of somebody else, of another address, of a name. */
import { issue, type Issued } from '../../scripts/asterisk/sti-authority.ts';

/** RFC 5280 section 4.2.1.6: the address 127.0.0.1, or another. */
const subjectAddress = (last: number) => ({
  oid: '2.5.29.17',
  value: Buffer.from([0x30, 0x06, 0x87, 0x04, 127, 0, 0, last]),
});

/** The name localhost. */
const SUBJECT_NAME = {
  oid: '2.5.29.17',
  value: Buffer.concat([Buffer.from([0x30, 0x0b, 0x82, 0x09]), Buffer.from('localhost')]),
};

const DAY_MS = 86_400_000;

export interface ServerCertificates {
  readonly authority: Issued;
  readonly stranger: Issued;
  readonly good: Issued;
  readonly expired: Issued;
  readonly elsewhere: Issued;
  readonly named: Issued;
}

export function serverCertificates(): ServerCertificates {
  const authority = issue({ subject: 'Authority of the test' });
  const of = (subject: string, place: typeof SUBJECT_NAME, until?: number): Issued =>
    issue({
      subject,
      issuer: authority,
      tnAuthList: null,
      extensions: [place],
      ...(until === undefined ? {} : { until }),
    });
  return {
    authority,
    stranger: issue({ subject: 'Authority of somebody else' }),
    good: of('good', subjectAddress(1)),
    expired: of('expired', subjectAddress(1), Date.now() - DAY_MS),
    elsewhere: of('elsewhere', subjectAddress(9)),
    named: of('named', SUBJECT_NAME),
  };
}

/** What a server shows, what a client trusts, and what the client says about it. */
export const untrusted = ({ authority, stranger, good, expired, elsewhere }: ServerCertificates) =>
  [
    ['of another authority', good, stranger, /self-signed|unable to (get|verify)/i],
    ['that has run out', expired, authority, /expired/i],
    ['of another name', elsewhere, authority, /altnames|not in the cert/i],
  ] as const;
