/** What one account of the AMI proxy may do (`doors` of the account): shape, and what its parts demand of each other. Nothing is open by default. */
import { parseDialTemplate } from '../domain/dial-template.ts';
import { amiDoor } from './ami-door-table.ts';
import type { Report } from './check-settings.ts';
import { type DeepReadonly, flag, group, listOf, nullableText, oneOf, text } from './schema-parts.ts';
import type Type from 'typebox';

export const ON_VETO = ['error', 'failed', 'channel'] as const;

const templates = (means: string) => listOf(text({ means }, undefined, 120), { means });
const variable = (means: string) => text({ means }, undefined, 80);

export const AMI_DOORS_SCHEMA = group({
  campaign: nullableText(
    { means: 'campaign of calls that name none; null: they are vetoed', expected: 'a campaign id, or null' },
    64,
  ),
  campaigns: listOf(
    group({
      theirs: text(
        { means: "the dialer's name of the campaign (VDACnote, BREAKWATER_CAMPAIGN)" },
        undefined,
        64,
      ),
      campaign: text({ means: 'our campaign id' }, undefined, 64),
    }),
    { means: 'campaigns the dialer may name; any other name is vetoed' },
  ),
  called: templates('channels that are a called party, as Local/9{number}@default'),
  agents: templates(
    "channels that are the account's own telephones, as PJSIP/{name} or Local/8600###@default",
  ),
  behindAgents: templates(
    "extensions that dial a called party behind one of agents and ask the dialplan's veto, as 9{number}@default: screened",
  ),
  destinations: templates('places where answered and redirected calls may go, as 8368@default'),
  applications: templates('applications an answered call may run, with their data, as Queue(sales)'),
  commands: templates('console commands besides those that only show something, {word} for one word'),
  setVariables: listOf(variable('name of a variable that may be set on a live channel'), {
    means: 'variables the dialer may set on live channels',
  }),
  open: listOf(text({ means: 'name of an action' }, undefined, 64), {
    means: 'closed actions that are open to this account',
  }),
  onVeto: oneOf(
    ON_VETO,
    {
      means:
        'what a vetoed Originate is answered with: an error with the reasons; as a call that failed; a channel that fails',
    },
    'error',
  ),
  channelId: flag({ means: 'a call without ChannelId gets the call id as its channel id' }, true),
  variables: listOf(group({ name: variable('name'), value: text({ means: 'value' }, undefined, 200) }), {
    means: 'channel variables of every call of this account; the dialer cannot set them',
  }),
});

export type AmiDoorsSetting = DeepReadonly<Type.Static<typeof AMI_DOORS_SCHEMA>>;

/** Applications that place, divert or record calls, or run programs: they are behind no template. */
const NEVER_RUN =
  /^(dial|retrydial|originate|followme|page|bridge|transfer|redirect|channelredirect|system|trysystem|exec|tryexec|execif|execiftime|goto|gotoif|gosub|gosubif|macro|agi|eagi|deadagi|asyncagi|mixmonitor|monitor|record|set|mset|pickup|pickupchan|park|parkandannounce|disa|externalivr|stasis)$/i;

/** Console commands that place or divert calls, or change dialplan, configuration or privileges. */
const NEVER_TYPED =
  /^(channel (originate|redirect)|originate|redirect|console|agi|dialplan|module|database|core (restart|stop|reload|set)|reload|manager|pjsip (reload|send)|queue (add|reload)|realtime|config|ari|http|cli|file|logger)\b/;

export const VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** `known`: our campaigns; `at`: path of the account's doors, for problems. */
export function checkAmiDoors(
  doors: AmiDoorsSetting,
  known: readonly string[],
  at: string,
  report: Report,
): void {
  const kinds = {
    called: 'call',
    agents: 'place',
    behindAgents: 'call',
    destinations: 'place',
    applications: 'place',
    commands: 'command',
  } as const;
  for (const [key, kind] of Object.entries(kinds) as [
    keyof typeof kinds,
    (typeof kinds)[keyof typeof kinds],
  ][]) {
    doors[key].forEach((template, index) => {
      const read = parseDialTemplate(template, kind);
      if (!read.ok)
        report(`${at}.${key}[${index}]`, read.problem, template, 'a template (docs/ami-proxy.md)');
    });
  }
  for (const key of ['behindAgents', 'destinations'] as const) {
    doors[key].forEach((place, index) => {
      if (!/^[^@]+@[^@]+$/.test(place))
        report(`${at}.${key}[${index}]`, 'is no place', place, 'extension@context');
    });
  }
  doors.applications.forEach((application, index) => {
    const name = /^([A-Za-z]+)\(.*\)$/.exec(application)?.[1];
    if (name === undefined || NEVER_RUN.test(name)) {
      report(
        `${at}.applications[${index}]`,
        'cannot be run by a dialer',
        application,
        'an application that places no call, as Queue(sales)',
      );
    }
  });
  doors.commands.forEach((command, index) => {
    if (!/^[a-z]+ /.test(command) || NEVER_TYPED.test(command)) {
      report(
        `${at}.commands[${index}]`,
        'would take the other locks away',
        command,
        'a command that places and changes no call',
      );
    }
  });
  doors.open.forEach((name, index) => {
    const door = amiDoor(name.toLowerCase());
    if (door?.class !== 'closed' || door.opens === 'never') {
      report(
        `${at}.open[${index}]`,
        'is no action that can be opened',
        name,
        'a closed action of docs/ami-proxy.md',
      );
    }
  });
  [doors.campaign, ...doors.campaigns.map(({ campaign }) => campaign)].forEach((campaign) => {
    if (campaign !== null && !known.includes(campaign)) {
      report(`${at}.campaigns`, 'is no campaign', campaign, `one of ${known.join(', ')}`);
    }
  });
  [...doors.setVariables, ...doors.variables.map(({ name }) => name)].forEach((name) => {
    if (!VARIABLE_NAME.test(name))
      report(`${at}.variables`, 'is no name of a variable', name, 'letters, digits and underscores');
  });
}
