/** Where the exchange mirrors its SIP messages to: `hep` of `breakwater.yaml`, `capture_address` of its hep.conf. */
import { group, limitOf, text } from './schema-parts.ts';

export const HEP_SCHEMA = group({
  host: text(
    { means: 'address the mirrored messages come to; whoever reaches it can tell of calls' },
    '127.0.0.1',
    255,
  ),
  port: limitOf(1, 65_535, {
    means: 'UDP port of it; null: nothing is mirrored, and no level is confirmed by what leaves here',
    expected: 'a port from 1 to 65535, or null',
  }),
});
