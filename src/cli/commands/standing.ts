/** Records besides consent that a call may stand on: `consent confirm`, `relationship add`, `override add`. */
import { randomUUID } from 'node:crypto';
import type { ExitCode, Io } from '../io.ts';
import { record, type RecordArgs } from './records.ts';

export interface ConsentConfirmArgs extends RecordArgs {
  readonly number: string;
  readonly seller: string;
  readonly id: string;
  readonly channel?: string | undefined;
}

export const consentConfirm = (args: ConsentConfirmArgs, io: Io): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/consents/confirmations',
    { consent_id: args.id, number: args.number, seller: args.seller, channel: args.channel ?? 'cli' },
    `confirmation of consent ${args.id}`,
  );

export interface RelationshipAddArgs extends RecordArgs {
  readonly number: string;
  readonly seller: string;
  readonly kind: string;
  readonly on: string;
  readonly subject: string;
  readonly contractUntil?: string | undefined;
  readonly source: string;
  readonly id?: string | undefined;
}

export const relationshipAdd = (args: RelationshipAddArgs, io: Io): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/relationships',
    {
      relationship_id: args.id ?? randomUUID(),
      number: args.number,
      seller: args.seller,
      kind: args.kind,
      occurred_on: args.on,
      subject: args.subject,
      contract_until: args.contractUntil ?? null,
      source: args.source,
    },
    `${args.kind} of ${args.number} with ${args.seller}`,
  );

export interface OverrideAddArgs extends RecordArgs {
  readonly what: string;
  readonly seller: string;
  readonly state: string;
  readonly who: string;
  readonly why: string;
  readonly until: string;
  readonly id?: string | undefined;
}

export const overrideAdd = (args: OverrideAddArgs, io: Io): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/overrides',
    {
      override_id: args.id ?? randomUUID(),
      what: args.what,
      seller: args.seller,
      state: args.state.toUpperCase(),
      who: args.who,
      why: args.why,
      until: args.until,
    },
    `override of ${args.what} in ${args.state} until ${args.until}`,
  );
