/** Room on a file system that the sidecar writes to. */
export interface DiskSpace {
  /** What lies there: `data`, `recordings`, `monitor`. */
  readonly place: string;
  /** What an unprivileged process may still write. */
  readonly freeBytes: number;
  readonly sizeBytes: number;
}
