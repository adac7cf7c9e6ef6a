/**
 * Who hears whom at an exchange: channels and the bridges they sit in. Somebody who sits in no bridge hears only what the exchange
 * plays: music, a queue, a waiting dialer. A line of the exchange's own may lie between two people: two halves, each in a bridge.
 */

/** `party`: somebody's telephone or trunk. `half`: one end of a line inside the exchange. `device`: an ear, a recorder, a player. */
export type TalkChannel =
  | { readonly kind: 'party' }
  /** `other`: the channel at the other end of the line. */
  | { readonly kind: 'half'; readonly other: string }
  | { readonly kind: 'device' };

export interface TalkGraph {
  /** By channel id. */
  readonly channels: ReadonlyMap<string, TalkChannel>;
  /** Members of each bridge whose members hear each other, by bridge id. */
  readonly bridges: ReadonlyMap<string, ReadonlySet<string>>;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Is another party bridged with this one, directly or over lines of the exchange? A half that sits in no bridge leads to nobody, nor
 * does a channel that is not known: unknown is no agent. `besides`: parties that are not meant.
 */
export function hearsSomebody(
  graph: TalkGraph,
  person: string,
  besides: ReadonlySet<string> = NOBODY,
): boolean {
  const reached = new Set<string>([person]);
  const open = [person];
  const reach = (channelId: string): void => {
    if (reached.has(channelId)) return;
    reached.add(channelId);
    open.push(channelId);
  };
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const channel = graph.channels.get(at);
    if (channel?.kind === 'half') reach(channel.other);
    for (const members of graph.bridges.values()) {
      if (!members.has(at)) continue;
      for (const member of members) {
        const isParty = graph.channels.get(member)?.kind === 'party';
        if (isParty && member !== person && !besides.has(member)) return true;
        reach(member);
      }
    }
  }
  return false;
}
