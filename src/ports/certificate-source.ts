/** Where certificates come from. Never throws, never waits longer than its bound. */

/** What stood at an address. The same object as long as it is the same fetch, so that what was read from it can be kept beside it. */
export interface CertificateDocument {
  readonly bytes: Uint8Array;
}

export type CertificateAnswer =
  | { readonly kind: 'found'; readonly document: CertificateDocument }
  | {
      readonly kind: 'refused';
      /** The address must not be opened, or nothing usable came in time. */
      readonly fault: 'bad_info_url' | 'certificate_unavailable';
      /** One sentence without full stop. */
      readonly detail: string;
    };

export interface CertificateSource {
  /** MUST refuse addresses and hosts that are not allowed before anything is sent there. Not a promise when it is known already. */
  certificateAt(url: string): CertificateAnswer | Promise<CertificateAnswer>;
  /** What stands there proved nothing: it is asked for again soon, not when it would have run out. */
  distrust(url: string): void;
}
