/** The parts of an untyped AMI client that a test uses. */

declare module 'ami-io/lib/index.js' {
  import type { EventEmitter } from 'node:events';

  export interface AmiIoMessage {
    readonly response?: string;
    readonly message?: string;
    readonly event?: string;
    readonly [field: string]: unknown;
  }
  export interface AmiIoAction {
    variables: Readonly<Record<string, string>>;
    set(name: string, value: string): void;
  }
  export interface AmiIoClient extends EventEmitter {
    connect(): void;
    disconnect(): void;
    send(
      action: AmiIoAction,
      told: (error: AmiIoMessage | Error | null, answer?: AmiIoMessage) => void,
    ): void;
  }
  const amiIo: {
    readonly createClient: (config: {
      readonly port: number;
      readonly login: string;
      readonly password: string;
      readonly logger: object;
    }) => AmiIoClient;
    readonly Action: { readonly Action: new (name: string) => AmiIoAction };
    readonly SilentLogger: new () => object;
  };
  export default amiIo;
}
