import { describe, expect, test } from 'vitest';
import { readCertificate, readCertificates, type StiCertificate } from '../../../src/passport/certificate.ts';
import { checkAuthority, checkPath, findPath } from '../../../src/passport/chain.ts';
import { readRevocationList } from '../../../src/passport/revocation-list.ts';
import { coversNumber, readTnAuthList } from '../../../src/passport/tn-auth-list.ts';
import { instant } from '../../../src/domain/time.ts';
import {
  type CertificateWish,
  type Issued,
  issue,
  type ListWish,
  numberRange,
  oneNumber,
  providerCode,
  revocationList,
  tnAuthList,
} from '../../../scripts/asterisk/sti-authority.ts';

const HOUR = 3_600_000;
const now = instant(Date.now());
const root = issue({ subject: 'Test Root' });
const leafOf = (wish: Partial<CertificateWish> = {}): Issued =>
  issue({ subject: 'Test Leaf', issuer: root, ...wish });

const read = ({ der }: Issued): StiCertificate => {
  const certificate = readCertificate(der);
  if (!certificate.ok) throw new Error(certificate.problem);
  return certificate.value;
};

describe('TNAuthList (RFC 8226 §9)', () => {
  const entries = (list: Uint8Array): unknown => {
    const answer = readTnAuthList(list);
    return answer.ok ? answer.value : answer.problem;
  };

  test('the bytes of a provider code as certificates carry them', () => {
    expect(entries(Buffer.from('3008a00616043730394a', 'hex'))).toEqual([
      { kind: 'provider_code', code: '709J' },
    ]);
  });

  test('codes, ranges and numbers', () => {
    const list = tnAuthList(providerCode('709J'), numberRange('13035550100', 100), oneNumber('17205550117'));
    expect(entries(list)).toEqual([
      { kind: 'provider_code', code: '709J' },
      { kind: 'range', start: '13035550100', count: 100 },
      { kind: 'number', number: '17205550117' },
    ]);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['an empty list', tnAuthList()],
    ['bytes after the list', Buffer.concat([tnAuthList(providerCode('709J')), Buffer.from([0])])],
    ['a range of one', tnAuthList(numberRange('13035550100', 1))],
    ['a number with letters', tnAuthList(oneNumber('1303CALLME'))],
    ['a long number', tnAuthList(oneNumber('1'.repeat(16)))],
    ['an unknown entry', tnAuthList(Buffer.from('3008a30616043730394a', 'hex'))],
    ['a length beyond the end', Buffer.from('3009a00616043730394a', 'hex')],
    ['an indefinite length', Buffer.from('3080a00616043730394a0000', 'hex')],
    ['a long spelling of a short length', Buffer.from('308108a00616043730394a', 'hex')],
  ])('%s does not read', (_, list) => {
    expect(entries(list)).toMatch(/^TNAuthList/);
  });

  const covers = (number: string, ...list: Buffer[]): boolean => {
    const answer = readTnAuthList(tnAuthList(...list));
    return answer.ok && coversNumber(answer.value, number);
  };

  test('both edges of a range', () => {
    const range = numberRange('13035550100', 100);
    expect(covers('13035550099', range)).toBe(false);
    expect(covers('13035550100', range)).toBe(true);
    expect(covers('13035550199', range)).toBe(true);
    expect(covers('13035550200', range)).toBe(false);
    expect(covers('3035550100', range)).toBe(false);
    expect(covers('9999', numberRange('9998', 20))).toBe(true);
    expect(covers('10000', numberRange('9998', 20))).toBe(false);
  });

  test('a number is itself only, a provider code covers all', () => {
    expect(covers('17205550117', oneNumber('17205550117'))).toBe(true);
    expect(covers('17205550118', oneNumber('17205550117'))).toBe(false);
    expect(covers('17205550118', oneNumber('17205550117'), providerCode('709J'))).toBe(true);
  });
});

describe('a certificate', () => {
  test('is read once into what each call needs', () => {
    const leaf = leafOf({ from: now - HOUR, until: now + HOUR });
    expect(read(leaf)).toMatchObject({
      subject: 'CN=Test Leaf',
      isAuthority: false,
      notBefore: Math.floor((now - HOUR) / 1_000) * 1_000,
      notAfter: Math.floor((now + HOUR) / 1_000) * 1_000,
      tnAuthList: [{ kind: 'provider_code', code: '709J' }],
      serialHex: leaf.serial.toString('hex'),
      limitsClaims: false,
    });
    expect(read(root)).toMatchObject({ isAuthority: true, pathLength: null, tnAuthList: null });
    expect(read(issue({ subject: 'x', pathLength: 0 }))).toMatchObject({ pathLength: 0 });
  });

  test.each([
    ['another curve', leafOf({ curve: 'secp384r1' }).der, 'expected EC P-256'],
    [
      'a critical extension nobody knows',
      leafOf({ extensions: [{ oid: '1.2.3.4', value: Buffer.from([5, 0]), critical: true }] }).der,
      'critical extension',
    ],
    ['a TNAuthList that does not read', leafOf({ tnAuthList: Buffer.from([5, 0]) }).der, 'TNAuthList'],
    ['half of one', leafOf().der.subarray(0, 200), 'does not read'],
    ['bytes after it', Buffer.concat([leafOf().der, Buffer.from([0])]), 'does not read'],
    ['nothing', Buffer.alloc(0), 'does not read'],
    ['too many bytes', Buffer.alloc(200_000, 0x30), 'expected at most'],
  ])('%s does not read', (_, der, problem) => {
    const answer = readCertificate(der);
    expect(answer.ok ? '' : answer.problem).toContain(problem);
  });

  test('a document: PEM leaf first, or DER; pages and long lists do not read', () => {
    const leaf = leafOf();
    const subjects = (text: string | Buffer): unknown => {
      const answer = readCertificates(Buffer.from(text));
      return answer.ok ? answer.value.map(({ subject }) => subject) : answer.problem;
    };
    expect(subjects(`\n${leaf.pem}\r\n${root.pem}`)).toEqual(['CN=Test Leaf', 'CN=Test Root']);
    expect(subjects(leaf.der)).toEqual(['CN=Test Leaf']);
    expect(subjects('<html>not found</html>')).toBe('document `<html>not found</html>` holds no certificate');
    expect(subjects(leaf.pem.repeat(9))).toContain('holds 9 certificates');
    expect(subjects('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toContain(
      'does not read',
    );
  });
});

describe('a chain', () => {
  const verdict = (certificates: readonly Issued[], roots: readonly Issued[]): unknown => {
    const answer = findPath(certificates.map(read), roots.map(read), now);
    return answer.ok ? answer.value.map(({ subject }) => subject) : answer.refusal.fault;
  };
  const between = issue({ subject: 'Between', issuer: root, isAuthority: true });

  test('leaf to root, with and without authorities between', () => {
    expect(verdict([leafOf()], [root])).toEqual(['CN=Test Leaf', 'CN=Test Root']);
    const below = leafOf({ issuer: between });
    expect(verdict([below, between], [root])).toEqual(['CN=Test Leaf', 'CN=Between', 'CN=Test Root']);
    expect(verdict([below, leafOf(), between, root], [root])).toHaveLength(3);
  });

  test('a root that was renewed under its name: the one that signed is found', () => {
    const renewed = issue({ subject: 'Test Root' });
    expect(verdict([leafOf()], [renewed, root])).toHaveLength(2);
    expect(verdict([leafOf()], [renewed])).toBe('certificate_untrusted');
  });

  test.each<readonly [string, () => readonly Issued[], readonly Issued[]]>([
    ['no root', () => [leafOf()], []],
    ['another authority', () => [leafOf()], [issue({ subject: 'Other Root' })]],
    ['a forged signature', () => [leafOf({ forged: true })], [root]],
    ['the authority between is missing', () => [leafOf({ issuer: between })], [root]],
    [
      'the one between is no authority',
      () => {
        const plain = leafOf({ subject: 'Plain' });
        return [leafOf({ issuer: plain }), plain];
      },
      [root],
    ],
    ['the leaf is an authority', () => [between], [root]],
    [
      'a leaf that signed itself',
      () => {
        const own = issue({ subject: 'Own', isAuthority: false });
        return [own];
      },
      [root],
    ],
    [
      'no authority may stand between',
      () => {
        const narrow = issue({ subject: 'Narrow', pathLength: 0 });
        const middle = issue({ subject: 'Middle', issuer: narrow, isAuthority: true });
        return [leafOf({ issuer: middle }), middle, narrow];
      },
      [issue({ subject: 'Elsewhere' })],
    ],
  ])('%s: untrusted', (_, certificates, roots) => {
    expect(verdict(certificates(), roots)).toBe('certificate_untrusted');
  });

  test('a key that may sign certificates makes no authority of one that says it is none', () => {
    const plain = leafOf({ subject: 'Plain', maySign: true });
    expect(verdict([leafOf({ issuer: plain }), plain], [root])).toBe('certificate_untrusted');
  });

  test('the path length of a root counts the authorities below it', () => {
    const narrow = issue({ subject: 'Narrow', pathLength: 0 });
    const middle = issue({ subject: 'Middle', issuer: narrow, isAuthority: true });
    expect(verdict([leafOf({ issuer: narrow })], [narrow])).toHaveLength(2);
    expect(verdict([leafOf({ issuer: middle }), middle], [narrow])).toBe('certificate_untrusted');
  });
});

describe('a chain at a time', () => {
  const pathOf = (leaf: Issued, ...others: Issued[]) => {
    const path = findPath([leaf, ...others].map(read), [read(root)], now);
    if (!path.ok) throw new Error(path.refusal.detail);
    return path.value;
  };
  const listOf = (wish: Partial<ListWish>, signers: readonly Issued[] = [root]) =>
    readRevocationList(
      Buffer.from(revocationList({ signer: root, revoked: [], ...wish })),
      signers.map(read),
    );
  const fault = (leaf: Issued, wish?: Partial<ListWish>, signers?: readonly Issued[], at = now): unknown => {
    const list = wish === undefined ? null : listOf(wish, signers);
    if (list?.ok === false) return list.problem;
    return checkPath(pathOf(leaf), at, list === null ? [] : [list.value])?.fault ?? null;
  };

  test('both edges of validity', () => {
    const from = Math.floor((now - HOUR) / 1_000) * 1_000;
    const leaf = leafOf({ from, until: from + 2 * HOUR });
    const at = (ms: number) => fault(leaf, undefined, undefined, instant(from + ms));
    expect([at(-1), at(0), at(2 * HOUR), at(2 * HOUR + 1)]).toEqual([
      'certificate_expired',
      null,
      null,
      'certificate_expired',
    ]);
  });

  test('revoked, and not', () => {
    const leaf = leafOf();
    expect(fault(leaf, { revoked: [leafOf(), leaf] })).toBe('certificate_revoked');
    expect(fault(leaf, { revoked: [leafOf()] })).toBeNull();
    expect(fault(leaf, { revoked: [] })).toBeNull();
  });

  test('a list that ran out, or is not good yet, proves nothing', () => {
    expect(fault(leafOf(), { until: now - HOUR })).toBe('certificate_untrusted');
    expect(fault(leafOf(), { from: now + HOUR })).toBe('certificate_untrusted');
  });

  test('the list of a policy administrator names the issuer of each certificate', () => {
    const administrator = issue({ subject: 'Policy Administrator' });
    const leaf = leafOf();
    const wish = { signer: administrator, revoked: [leaf], entryIssuer: 'Test Root' };
    expect(fault(leaf, wish, [administrator])).toBe('certificate_revoked');
    expect(fault(leaf, { ...wish, entryIssuer: 'Other Root' }, [administrator])).toBeNull();
    expect(fault(leaf, wish, [root])).toContain('signed by no configured root');
    expect(fault(leaf, { ...wish, until: now - HOUR }, [administrator])).toBe('certificate_untrusted');
  });

  test('a list of another issuer says nothing of this certificate', () => {
    const other = issue({ subject: 'Other Root' });
    const leaf = leafOf();
    expect(fault(leaf, { signer: other, revoked: [leaf] }, [other])).toBeNull();
  });

  test.each([
    ['forged', Buffer.from(revocationList({ signer: root, revoked: [], forged: true }))],
    ['a page', Buffer.from('<html></html>')],
    ['cut off', Buffer.from(revocationList({ signer: root, revoked: [] })).subarray(0, 200)],
  ])('a list that is %s is not taken', (_, document) => {
    expect(readRevocationList(document, [read(root)]).ok).toBe(false);
  });

  test('what the leaf may sign for', () => {
    const authority = (list: Uint8Array | null, number = '13035550142'): unknown =>
      checkAuthority(pathOf(leafOf({ tnAuthList: list })), number)?.detail ?? null;
    expect(authority(null)).toContain('has no TNAuthList');
    expect(authority(tnAuthList(providerCode('709J')))).toBeNull();
    expect(authority(tnAuthList(numberRange('13035550100', 100)))).toBeNull();
    expect(authority(tnAuthList(oneNumber('13035550143')))).toContain('does not name `13035550142`');
    const limited = leafOf({ extensions: [{ oid: '1.3.6.1.5.5.7.1.27', value: Buffer.from([0x30, 0]) }] });
    expect(checkAuthority(pathOf(limited), '13035550142')?.detail).toContain('limits claims');
  });
});
