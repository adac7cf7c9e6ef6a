/** The process behind `verify-files.ts`: verifies the segments it is told of, one after the other, until its parent lets it go. */
import type { KnownHashes } from '../../control/verify/segment.ts';
import { type FileSegment, verifySegment } from './file-segments.ts';

let known: KnownHashes = {};

process.on('message', (told: { readonly known: KnownHashes } | FileSegment) => {
  if ('known' in told) {
    known = told.known;
    return;
  }
  verifySegment(told, known, (entries) => process.send?.({ entries })).then(
    (report) => process.send?.({ report }),
    (error: unknown) => process.send?.({ problem: error instanceof Error ? error.message : String(error) }),
  );
});
