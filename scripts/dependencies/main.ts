/** `npm run check:dependencies`: ends with 1 when something in the lock file has not been reviewed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  lockedPackages,
  type LockedPackage,
  type Manifest,
  reviewDependencies,
  type Reviewed,
} from './review.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const lock = JSON.parse(read('package-lock.json')) as { readonly packages: Record<string, LockedPackage> };
const manifest = JSON.parse(read('package.json')) as Manifest;
const reviewed = parse(read('scripts/dependencies/reviewed.yaml')) as Reviewed;

const problems = reviewDependencies(lock.packages, manifest, reviewed);
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
else process.stderr.write(`${lockedPackages(lock.packages).length} packages are as they were reviewed\n`);
