/** The parts of two untyped packages that we use. */

declare module 'ari-client' {
  import type { EventEmitter } from 'node:events';

  export interface AriEvent {
    readonly type: string;
    readonly [field: string]: unknown;
  }
  type Options = Readonly<Record<string, unknown>>;
  type Operation<T> = (options: Options) => Promise<T>;

  export interface AriChannel {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly dialplan: { readonly app_name: string; readonly app_data: string };
  }
  export interface AriClient extends EventEmitter {
    /** Of the `ws` package; there from `start` on. */
    readonly _ws?: EventEmitter & { close(): void; terminate(): void; ping(): void };
    readonly channels: {
      readonly originate: Operation<AriChannel>;
      readonly list: Operation<readonly AriChannel[]>;
      readonly hangup: Operation<unknown>;
      readonly setChannelVar: Operation<unknown>;
      readonly getChannelVar: Operation<{ readonly value: string }>;
      readonly continueInDialplan: Operation<unknown>;
      readonly playWithId: Operation<unknown>;
      readonly snoopChannelWithId: Operation<unknown>;
    };
    readonly bridges: {
      readonly createWithId: Operation<unknown>;
      readonly addChannel: Operation<unknown>;
      readonly removeChannel: Operation<unknown>;
      readonly playWithId: Operation<unknown>;
      readonly destroy: Operation<unknown>;
      readonly get: Operation<{ readonly channels: readonly string[] }>;
      readonly list: Operation<
        readonly { readonly id: string; readonly bridge_type: string; readonly channels: readonly string[] }[]
      >;
    };
    readonly playbacks: { readonly stop: Operation<unknown> };
    start(apps: string, subscribeAll: boolean): Promise<void>;
    stop(): void;
  }
  export function connect(url: string, user: string, password: string): Promise<AriClient>;
  const client: { readonly connect: typeof connect };
  export default client;
}

declare module 'asterisk-manager' {
  import type { EventEmitter } from 'node:events';

  export interface ManagerMessage {
    readonly response?: string;
    readonly message?: string;
    readonly event?: string;
    readonly actionid?: string;
    readonly [header: string]: unknown;
  }
  export interface Manager extends EventEmitter {
    action(
      action: Readonly<Record<string, string>>,
      done: (error: ManagerMessage | Error | null | undefined, answer?: ManagerMessage) => void,
    ): string;
    disconnect(done?: () => void): void;
    isConnected(): boolean;
  }
  export default function connect(
    /** Or the path of a socket. */
    port: number | string,
    host: string,
    user: string,
    secret: string,
    events: boolean,
  ): Manager;
}
