/**
 * Holds the lock file against what has been reviewed (`reviewed.yaml`): licences, packages that run a program when they are installed, and
 * overrides, which must be in effect in what is locked. Whatever is new and unreviewed is a problem; so is a review of what is gone.
 */

export interface LockedPackage {
  readonly version?: string;
  readonly name?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly link?: boolean;
}

export interface Manifest {
  readonly overrides?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

export interface Reviewed {
  readonly licences: {
    /** Of whatever is shipped. */
    readonly everywhere: readonly string[];
    /** Besides, of what only builds and tests. */
    readonly development: readonly string[];
    /** `name@version` that states none, or states it in words of its own, with what was found by reading. */
    readonly read: Readonly<Record<string, string>>;
  };
  /** Name -> why it may, or must not, run at install. */
  readonly installScripts: Readonly<Record<string, string>>;
}

export interface Locked {
  readonly path: string;
  /** As it is asked for: an alias has the name of what it stands for. */
  readonly name: string;
  readonly entry: LockedPackage;
}

export const lockedPackages = (packages: Readonly<Record<string, LockedPackage>>): readonly Locked[] =>
  Object.entries(packages)
    .filter(([path, entry]) => path !== '' && entry.link !== true)
    .map(([path, entry]) => ({ path, name: path.slice(path.lastIndexOf('node_modules/') + 13), entry }));

/** Every problem, one line each; none means that all has been looked at. */
export function reviewDependencies(
  packages: Readonly<Record<string, LockedPackage>>,
  manifest: Manifest,
  reviewed: Reviewed,
): readonly string[] {
  const locked = lockedPackages(packages);
  return [
    ...licenceProblems(locked, reviewed.licences),
    ...scriptProblems(locked, manifest.allowScripts ?? {}, reviewed.installScripts),
    ...overrideProblems(locked, manifest.overrides ?? {}),
    ...locked
      .filter(({ entry }) => entry.integrity === undefined)
      .map(({ path }) => `${path}: has no integrity: what is installed could be anything`),
  ];
}

function licenceProblems(locked: readonly Locked[], licences: Reviewed['licences']): readonly string[] {
  const ids = new Set(locked.map(({ name, entry }) => `${name}@${entry.version ?? ''}`));
  const problems = Object.keys(licences.read)
    .filter((id) => !ids.has(id))
    .map((id) => `licences.read: ${id} is gone: take its line away`);
  for (const { name, path, entry } of locked) {
    const { license, dev = false, version = '' } = entry;
    const id = `${name}@${version}`;
    const found = licences.read[id] ?? license;
    const allowed = [...licences.everywhere, ...(dev ? licences.development : [])];
    if (found === undefined) problems.push(`${path}: ${id} states no licence: read it and say what it is`);
    else if (!isAllowed(found, allowed)) problems.push(`${path}: ${id} has the licence ${found}`);
  }
  return problems;
}

/** SPDX expressions as far as they occur: `(A OR B)` is allowed by one, `(A AND B)` by both. */
export function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const bare = expression.replace(/^\(|\)$/g, '');
  if (bare.includes(' AND ')) return bare.split(' AND ').every((each) => isAllowed(each, allowed));
  if (bare.includes(' OR ')) return bare.split(' OR ').some((each) => isAllowed(each, allowed));
  return allowed.includes(bare);
}

function scriptProblems(
  locked: readonly Locked[],
  allowScripts: Readonly<Record<string, boolean>>,
  reasons: Readonly<Record<string, string>>,
): readonly string[] {
  const running = new Set(
    locked.filter(({ entry }) => entry.hasInstallScript === true).map(({ name }) => name),
  );
  return [
    ...[...running]
      .filter((name) => !Object.hasOwn(reasons, name))
      .map((name) => `${name}: runs a program at install, which nobody has looked at`),
    ...Object.keys(reasons)
      .filter((name) => !running.has(name))
      .map((name) => `installScripts: ${name} runs nothing at install: take its line away`),
    ...Object.keys(allowScripts)
      .filter((name) => !Object.hasOwn(reasons, name))
      .map((name) => `allowScripts: ${name} has no reason in reviewed.yaml`),
  ];
}

function overrideProblems(
  locked: readonly Locked[],
  overrides: NonNullable<Manifest['overrides']>,
): readonly string[] {
  const pairs = Object.entries(overrides).flatMap(([name, wanted]) =>
    typeof wanted === 'string' ? [[name, wanted] as const] : Object.entries(wanted),
  );
  return pairs.flatMap(([name, wanted]) => {
    const found = locked.filter((each) => each.name === name);
    if (found.length === 0) return [`override ${name}: nothing asks for it any more: take it away`];
    return found.flatMap(({ path, entry }) =>
      fulfils(entry, wanted, locked)
        ? []
        : [`override ${name}: ${path} is ${entry.version ?? '?'}, wanted ${wanted}`],
    );
  });
}

/** The forms that overrides of ours have: `^8`, `npm:other@^3`, and `$name`, the version that we depend on ourselves. */
function fulfils({ name, version = '' }: LockedPackage, wanted: string, locked: readonly Locked[]): boolean {
  if (wanted.startsWith('$')) {
    const own = locked.find(({ path }) => path === `node_modules/${wanted.slice(1)}`);
    return own?.entry.version === version;
  }
  const alias = /^npm:(.+)@(\^\d+)$/.exec(wanted);
  if (alias !== null && name !== alias[1]) return false;
  const major = /^\^(\d+)$/.exec(alias?.[2] ?? wanted)?.[1];
  return major !== undefined && version.split('.')[0] === major;
}
