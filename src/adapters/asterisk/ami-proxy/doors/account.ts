/** What one account may do, ready to be asked. */
import type { AmiDoorsSetting } from '../../../../config/ami-doors.ts';
import { type DialTemplate, parseDialTemplate } from '../../../../domain/dial-template.ts';

export interface AccountDoors {
  readonly campaign: string | null;
  /** The dialer's name of a campaign -> ours. */
  readonly campaigns: ReadonlyMap<string, string>;
  readonly called: readonly DialTemplate[];
  readonly agents: readonly DialTemplate[];
  /** `extension@context` that dials a called party, for a channel of `agents` */
  readonly behindAgents: readonly DialTemplate[];
  /** `extension@context` */
  readonly destinations: readonly DialTemplate[];
  /** `Name(data)` */
  readonly applications: readonly DialTemplate[];
  readonly commands: readonly DialTemplate[];
  readonly setVariables: ReadonlySet<string>;
  /** Action names in lower case. */
  readonly open: ReadonlySet<string>;
  readonly onVeto: AmiDoorsSetting['onVeto'];
  readonly channelId: boolean;
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/** What a setting that passed `checkAmiDoors` says; a template that cannot be read opens nothing. */
export function accountDoors(setting: AmiDoorsSetting): AccountDoors {
  const templates = (texts: readonly string[], kind: 'call' | 'place' | 'command'): readonly DialTemplate[] =>
    texts.flatMap((text) => {
      const read = parseDialTemplate(text, kind);
      return read.ok ? [read.value] : [];
    });
  return {
    campaign: setting.campaign,
    campaigns: new Map(setting.campaigns.map(({ theirs, campaign }) => [theirs, campaign])),
    called: templates(setting.called, 'call'),
    agents: templates(setting.agents, 'place'),
    behindAgents: templates(setting.behindAgents, 'call'),
    destinations: templates(setting.destinations, 'place'),
    applications: templates(setting.applications, 'place'),
    commands: templates([...COMMANDS_THAT_SHOW, ...setting.commands], 'command'),
    setVariables: new Set(setting.setVariables),
    open: new Set(setting.open.map((name) => name.toLowerCase())),
    onVeto: setting.onVeto,
    channelId: setting.channelId,
    variables: setting.variables.map(({ name, value }) => [name, value]),
  };
}

/** Console commands that are open to every account: what dialers ask all the time, and none that shows a secret. */
export const COMMANDS_THAT_SHOW: readonly string[] = [
  'core show calls',
  'core show channel {word}',
  'core show channels',
  'core show channels concise',
  'core show channels count',
  'core show channels verbose',
  'core show hints',
  'core show uptime',
  'core show uptime seconds',
  'core show version',
  'confbridge list',
  'confbridge list {word}',
  'iax2 show peers',
  'manager show commands',
  'meetme list',
  'meetme list {word}',
  'parking show',
  'pjsip show contacts',
  'pjsip show endpoints',
  'queue show',
  'queue show {word}',
  'sip show peers',
];

export const matches = (templates: readonly DialTemplate[], given: string): boolean =>
  templates.some((template) => template.match(given) !== null);
