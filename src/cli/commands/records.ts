/** Records of people and caller IDs: `opt-out`, `consent add`. Each is a ledger entry when the command ends. */
import { randomUUID } from 'node:crypto';
import { formatInstant, instant } from '../../domain/time.ts';
import { connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import type { ReceiptJson } from '../shapes.ts';
import { plain } from '../text.ts';

export interface RecordArgs extends Connection {
  readonly json?: boolean | undefined;
}

/** Posts one record and tells under which entry it stands. */
export async function record(
  args: RecordArgs,
  io: Io,
  path: string,
  body: Readonly<Record<string, unknown>>,
  what: string,
): Promise<ExitCode> {
  const receipt = await connectTo(args, io).post<ReceiptJson>(path, body);
  if (args.json === true) printJson(io, receipt);
  else {
    const how = receipt.recorded === 'written' ? 'recorded' : 'stood already';
    io.out(`${plain(what)} ${how}: entry ${receipt.entry.id} of ${plain(receipt.entry.at)}`);
  }
  return EXIT.ok;
}

export interface OptOutArgs extends RecordArgs {
  readonly number: string;
  readonly seller?: string | undefined;
  readonly campaign?: string | undefined;
  readonly channel?: string | undefined;
  readonly callId?: string | undefined;
}

export async function optOut(args: OptOutArgs, io: Io): Promise<ExitCode> {
  if ((args.seller === undefined) === (args.campaign === undefined)) {
    throw new CommandFailed(EXIT.usage, 'an opt-out is for one seller: name either --seller or --campaign');
  }
  const body = {
    number: args.number,
    ...(args.seller === undefined ? { campaign: args.campaign } : { seller: args.seller }),
    channel: args.channel ?? 'cli',
    ...(args.callId === undefined ? {} : { call_id: args.callId }),
  };
  return record(args, io, '/v1/opt-outs', body, `opt-out of ${args.number}`);
}

export interface ConsentAddArgs extends RecordArgs {
  readonly number: string;
  readonly seller: string;
  readonly kind: 'written' | 'express';
  readonly id?: string | undefined;
  readonly givenAt?: string | undefined;
  readonly expires?: string | undefined;
  readonly disclosureText: string;
  readonly act: string;
  readonly signature?: string | undefined;
  readonly source: string;
  readonly notConditionOfPurchase?: boolean | undefined;
  readonly page?: string | undefined;
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly prefilled?: string | undefined;
  readonly tier?: number | undefined;
  readonly topic?: string | undefined;
}

export async function consentAdd(args: ConsentAddArgs, io: Io): Promise<ExitCode> {
  if (args.kind === 'written' && (args.signature === undefined || args.notConditionOfPurchase !== true)) {
    io.err(
      'note: a written consent without --signature and --not-condition-of-purchase is incomplete and permits nothing',
    );
  }
  const body = {
    consent_id: args.id ?? randomUUID(),
    number: args.number,
    seller: args.seller,
    kind: args.kind,
    given_at: args.givenAt ?? formatInstant(instant(io.nowMs())),
    expires_at: args.expires ?? null,
    disclosure_text: args.disclosureText,
    act: args.act,
    signature: args.signature ?? null,
    source: args.source,
    not_condition_of_purchase: args.notConditionOfPurchase === true,
    page_url: args.page ?? null,
    ip: args.ip ?? null,
    user_agent: args.userAgent ?? null,
    prefilled: args.prefilled ?? null,
    lead_source_tier: args.tier ?? null,
    topic: args.topic ?? null,
  };
  return record(args, io, '/v1/consents', body, `consent of ${args.number} for ${args.seller}`);
}
