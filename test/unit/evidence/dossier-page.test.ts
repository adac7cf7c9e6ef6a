/** The page of a dossier: nothing in it can run, nothing comes from elsewhere, and a long history stays a page. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DecisionView, Dossier } from '../../../src/control/evidence/dossier.ts';
import type { Json } from '../../../src/domain/canonical-json.ts';
import { dossierPage, ITEMS_MAX } from '../../../src/http/views/dossier-page.ts';
import { DOSSIER_POLICY } from '../../../src/http/views/dossier-style.ts';
import { openEvidenceWorld } from '../../support/evidence-world.ts';

let dossier: Dossier;
beforeAll(async () => {
  dossier = await (await openEvidenceWorld()).dossier();
});

const HOSTILE = `</td><script>alert("1")</script><img src=x onerror='x'>&amp;`;

/** The same document with every text in it replaced. */
function poisoned<T>(value: T, text: string): T {
  if (typeof value === 'string') return text as T;
  if (Array.isArray(value)) return value.map((item: unknown) => poisoned(item, text)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, poisoned(item as Json, text)]),
  ) as T;
}

describe('what stands in it', () => {
  test.each([
    'Evidence for +13035550101',
    'I agree to be called by an autodialer.',
    'asked not to be called again',
    'the person asked this seller not to call',
    '47 CFR 64.1200(d)',
    'not known: Breakwater is not told',
    'Every chain was checked from its first entry',
    'there are no signed checkpoints yet',
  ])('%s', (text) => {
    expect(dossierPage(dossier)).toContain(text);
  });
});

describe('nothing in it can run', () => {
  test('every value is escaped, wherever it stands', () => {
    const page = dossierPage(poisoned(dossier, HOSTILE));
    expect(page).not.toMatch(/<script|<img|onerror='|<\/td><script/);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(page).toContain('&amp;amp;');
    const tags = new Set([...page.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, tag]) => tag));
    expect([...tags].sort()).toEqual(
      ...[
        [
          ...['blockquote', 'body', 'code', 'h1', 'h2', 'h3', 'head', 'html', 'li', 'meta', 'p'],
          ...['section', 'span', 'strong', 'style', 'table', 'tbody', 'td', 'th', 'thead', 'title'],
          ...['tr', 'ul'],
        ],
      ],
    );
  });

  test('names of members are escaped as well', () => {
    const [consent] = dossier.consents;
    const page = dossierPage({
      ...dossier,
      consents: [{ ...consent!, elements: { [HOSTILE]: 'x', disclosure_text: null } }],
    });
    expect(page).not.toContain('<script');
  });

  test('characters that turn the direction of writing are shown, not obeyed', () => {
    const page = dossierPage(poisoned(dossier, 'a\u202eb\u0007c'));
    expect(page).toContain('a[U+202E]b[U+0007]c');
    // eslint-disable-next-line no-control-regex -- these are the characters it is about
    expect(page).not.toMatch(/[\u202e\u0007]/);
  });

  test('its own policy admits the style sheet by hash and nothing else', () => {
    const page = dossierPage(dossier);
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(DOSSIER_POLICY).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    expect(page).toContain(`sha256-${hash}`);
    expect(page).not.toMatch(/\b(?:src|href|style)=|url\(|@import/);
  });
});

describe('a long history', () => {
  const many = (count: number): Dossier => {
    const [decision] = dossier.decisions;
    const [entry] = dossier.proof.entries;
    const decisions = Array.from({ length: count }, (_, index): DecisionView => ({
      ...decision!,
      entry: index + 1,
      call_id: `many-${index}`,
    }));
    const entries = decisions.map(({ entry: id }) => ({ ...entry!, id }));
    return { ...dossier, decisions, proof: { ...dossier.proof, entries } };
  };

  test('of 20,000 decisions is cut with a plain statement', () => {
    const page = dossierPage(many(20_000));
    expect(page.length).toBeLessThan(3_000_000);
    expect(page).toContain('Decisions (20000)');
    expect(page).toContain(
      `Only the first ${ITEMS_MAX} are printed here; ${20_000 - ITEMS_MAX} more are in the JSON document.`,
    );
    expect(page).toContain('many-0');
    expect(page).not.toContain(`many-${ITEMS_MAX}<`);
  });

  test('that goes on in another document says where', () => {
    const page = dossierPage({
      ...dossier,
      asked: { ...dossier.asked, next_after: 4711, acts_left_out: true },
    });
    expect(page).toContain('after=4711');
    expect(page).toContain('There are more consents and revocations than one document holds');
  });
});

test('a broken or unchecked chain is said so', () => {
  const withChains = (chains: Partial<Dossier['proof']['chains']>): string =>
    dossierPage({
      ...dossier,
      proof: { ...dossier.proof, chains: { ...dossier.proof.chains, ...chains } },
    });
  expect(withChains({ sound: false, fault: 'seq_gap at entry 9' })).toContain(
    'THE LEDGER IS BROKEN: seq_gap at entry 9',
  );
  expect(withChains({ sound: null, unchecked_because: 'too long' })).toContain(
    'The chains were not checked: too long',
  );
});
