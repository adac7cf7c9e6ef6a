/**
 * How events between systems are signed, those we take and those we send: HMAC-SHA256 over `<seconds>.` and the raw body, told as
 * `Breakwater-Signature: t=<seconds>,v1=<hex>`.
 */
import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'breakwater-signature';

/** Takes the body by `update`, in as many pieces as it comes. */
export const eventHmac = (secret: string, seconds: number) =>
  createHmac('sha256', secret).update(`${seconds}.`);

export const signatureValue = (seconds: number, hex: string): string => `t=${seconds},v1=${hex}`;
