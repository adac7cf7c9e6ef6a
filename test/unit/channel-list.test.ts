/** A list of channels that Asterisk made while they changed names one of them twice. */
import type { AriChannel, AriClient } from 'ari-client';
import { expect, test } from 'vitest';
import type { AriConnection } from '../../src/adapters/asterisk/ari-connection.ts';
import { listChannels } from '../../src/adapters/asterisk/channel-list.ts';

const channel = (id: string, state: string): AriChannel => ({
  id,
  name: `PJSIP/${id}`,
  state,
  dialplan: { app_name: 'Stasis', app_data: 'breakwater,call' },
});

test('a channel that is listed twice is one, as it was said last', async () => {
  const list = () =>
    Promise.resolve([
      channel('one', 'Ring'),
      channel('two', 'Up'),
      channel('one', 'Up'),
      channel('one', 'Up'),
    ]);
  const ari: Pick<AriConnection, 'command'> = {
    command: (_what, run) => run({ channels: { list } } as unknown as AriClient),
  };
  expect((await listChannels(ari)).map(({ id, state }) => `${id} ${state}`)).toEqual(['one Up', 'two Up']);
});
