/** Word that a do-not-call list has a newer version somewhere. Never the truth about it: whoever hears it looks for himself. */
export interface ListNews {
  /**
   * `heard` is called soon after each announcement, also one of our own, and whenever one may have been missed. It MUST return at once. An
   * announcement may be lost: a listener MUST look from time to time all the same.
   */
  listen(heard: () => void): { stop(): void };
}
