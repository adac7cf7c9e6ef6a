/** The law as data: what `config/rules/*.yaml` says, checked. */
export interface Law {
  readonly asOf: string;
}
