/**
 * What a channel is called on the exchange. Asterisk 22 refuses an id that another channel's id begins with: `get_by_uniqueid` of its
 * channel storage compares no further than the id it was given, so `call-1` is taken (409) while `call-10` lives, and nobody is
 * called. Ids of ours end in a character that no call id has, so none is the beginning of another.
 * Channels that are not of our making keep the exchange's id; towards the port theirs has a mark that no call id begins with.
 */
const END = '~';
const FOREIGN = '=';

/** The exchange's id of a channel that the port knows by this one. */
export const toExchange = (channelId: string): string =>
  channelId.startsWith(FOREIGN) ? channelId.slice(FOREIGN.length) : `${channelId}${END}`;

/** The port's id of a channel that the exchange knows by this one. */
export const fromExchange = (exchangeId: string): string =>
  exchangeId.endsWith(END) ? exchangeId.slice(0, -END.length) : `${FOREIGN}${exchangeId}`;
