/**
 * What dialers say to the manager, right and odd. Each conversation is one stream of bytes with its own end; `{USER}` and `{SECRET}` are
 * those of the side it is held with. None changes what a later one would be told.
 */
export interface Conversation {
  readonly name: string;
  readonly text: string;
  /** Sizes of the pieces it is sent in: 0 is one piece. */
  readonly pieces: number;
  /** The dialer closes its half instead of logging off. */
  readonly halfClosed?: true;
}

const LOGIN = 'Action: Login\r\nUsername: {USER}\r\nSecret: {SECRET}\r\nEvents: off\r\n\r\n';
const LOGOFF = 'Action: Logoff\r\nActionID: end\r\n\r\n';
const x = (length: number): string => 'x'.repeat(length);
const act = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const ping = (id: string): string => act('Action: Ping', `ActionID: ${id}`);

/** Said before a login, and ended by a logoff. */
const BEFORE_LOGIN: readonly string[] = [
  '',
  ping('1'),
  act('Action: Originate', 'Channel: Local/ring@proxy', 'Context: proxy', 'Exten: ring', 'Priority: 1'),
  act('Action: Command', 'Command: core show version'),
  act('Action: Challenge', 'ActionID: 2'),
  act('Action: Challenge', 'AuthType: SHA'),
  act('Action: Challenge', 'AuthType: md5', 'ActionID: 3'),
  act('Action: Challenge', 'AuthType: MD5') + act('Action: Challenge', 'AuthType: MD5'),
  act('Foo: Bar'),
  '\r\n',
  '\n\n\n',
  act('Action:'),
  act('Action: Foo', 'ActionID: a b'),
  act(`Action: ${x(1_100)}`),
  'H: v\r\n'.repeat(129) + '\r\n',
  act('Action: Ping\0', 'ActionID: 4'),
  'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  act('ActionID: 5', 'action:lOgOfF'),
  act('Action: Logoff ', 'ActionID: 6'),
];

/** Ended by the manager, after a second. */
const REFUSED_LOGINS: readonly string[] = [
  act('Action: Login', 'Username: {USER}', 'Secret: wrong', 'ActionID: 1'),
  act('Action: Login', 'Username: nobody', 'Secret: {SECRET}'),
  act('Action: Login'),
  act('Action: Login', 'Username: {USER}', 'AuthType: MD5', 'Key: 00'),
  act('Action: Login', 'Username: {USER}', 'Secret: wrong', 'Secret: {SECRET}'),
];

const LOGINS: readonly string[] = [
  act('Action: Login', 'Username: {USER}', 'Secret: {SECRET}', 'ActionID: 1', 'Events: off'),
  act('aCTION:lOGIN', 'uSERNAME:{USER}', 'sECRET:{SECRET}', 'eVENTS:off'),
  'Action: Login\nUsername: {USER}\nSecret: {SECRET}\nEvents: off\n\n',
  act('Action: Login', 'Username: {USER}', 'Secret: {SECRET}', 'AuthType: other', 'Events: off'),
  act('Action: Login', 'Username: {USER}', 'Secret: {SECRET}', 'Secret: wrong', 'Events: off'),
  act('Secret: {SECRET}', 'Username: {USER}', 'Action: Login', 'Events: off'),
  act('Action: Login', 'Username: {USER}', 'Secret: {SECRET}', 'Events: call,user'),
  act('Action: Login', 'Username: {USER}', 'Secret: {SECRET}', 'Events: system'),
  act('Action: Login', 'Username: {USER}', 'Secret: {SECRET}', 'Events: odd'),
  ping('0') + LOGIN,
  `${LOGIN}${LOGIN}${act('Action: Challenge', 'AuthType: MD5')}`,
];

/** The rest is said after a login. First what concerns the framing. */
const FRAMING: readonly string[] = [
  'Action: Ping\r\n\r\n',
  'Action: Ping\n\n',
  'Action: Ping\r\n\n',
  'Action: Ping\n\r\n',
  'Action:Ping\r\n\r\n',
  'Action:\tPing\r\n\r\n',
  'Action: \x01\x1f Ping\r\n\r\n',
  'aCTION: pING\r\n\r\n',
  'Action: Ping \r\n\r\n',
  'Action: Ping\t\r\n\r\n',
  'Action: Ping\r\r\n\r\n',
  'Action : Ping\r\n\r\n',
  ' Action: Ping\r\n\r\n',
  '\tAction: Ping\r\n\r\n',
  'Action: Ping: Pong\r\n\r\n',
  'Action Ping\r\n\r\n',
  ': Ping\r\n\r\n',
  'Action: Ping\r\nAction: CoreSettings\r\n\r\n',
  'Action: CoreSettings\r\nAction: Ping\r\n\r\n',
  'Action:\r\nAction: Ping\r\nActionID: 1\r\n\r\n',
  'Action: \r\naction:\t\r\nACTION: Ping\r\n\r\n',
  'ActionID: first\r\nActionID: second\r\nAction: Ping\r\n\r\n',
  'ActionID:\r\nActionID: second\r\nAction: Ping\r\n\r\n',
  'ActionID:  two  blanks  \r\nAction: Ping\r\n\r\n',
  'ActionID: a:b: c\r\nAction: Ping\r\n\r\n',
  'ActionID: a\rb\r\nAction: Ping\r\n\r\n',
  'ActionID: \xe4\xff\x80\r\nAction: Ping\r\n\r\n',
  'ActionID: a\0b\r\nAction: Ping\r\n\r\n',
  'Action: Ping\0Pong\r\n\r\n',
  'Action:\0Ping\r\nAction: CoreSettings\r\n\r\n',
  'Action: Ping\r\n\0\r\n',
  'Action: Ping\r\n\0hidden\r\n',
  '\r\n\r\n\r\n\r\n',
  '\n',
  '\n\n\r\n\n',
  '\r\r\n\r\n',
  'no colon at all\r\n\r\n',
  'no colon\r\nAction: Ping\r\nnone here\r\n\r\n',
  act(`Action: ${x(300)}`, 'ActionID: 1'),
  act(`Action: ${x(600)}`, 'ActionID: 1'),
  act(`Action: Ping`, `ActionID: ${x(1_012)}`),
  act(`Action: Ping`, `ActionID: ${x(1_013)}`) + ping('n'),
  act(`Action: Ping`, `ActionID: ${x(1_014)}`) + ping('n'),
  `Action: Ping\nActionID: ${x(1_013)}\n\n${ping('n')}`,
  `Action: Ping\nActionID: ${x(1_014)}\n\n${ping('n')}`,
  act('Action: Ping', 'ActionID: 1', x(1_022)) + ping('n'),
  act('Action: Ping', 'ActionID: 1', x(1_023)) + ping('n'),
  act('Action: Ping', 'ActionID: 1', x(1_024)) + ping('n'),
  act('Action: Ping', 'ActionID: 1', x(2_045)) + ping('n'),
  act('Action: Ping', 'ActionID: 1', x(2_046)) + ping('n'),
  act('Action: Ping', 'ActionID: 1', x(2_047)) + ping('n'),
  act('Action: Ping', 'ActionID: 1', x(2_048)) + ping('n'),
  act(x(1_023) + 'Action: CoreSettings', 'ActionID: 2') + ping('n'),
  act(x(1_024) + 'Action: CoreSettings', 'ActionID: 2') + ping('n'),
  act('Action: Ping', ...Array.from({ length: 127 }, (_, at) => `H${at}: v`)),
  act('Action: Ping', ...Array.from({ length: 128 }, (_, at) => `H${at}: v`)) + ping('n'),
  act(...Array.from({ length: 127 }, (_, at) => `H${at}: v`), 'Action: Ping'),
  act(...Array.from({ length: 128 }, (_, at) => `H${at}: v`), 'Action: Ping') + ping('n'),
  act(...Array.from({ length: 300 }, () => 'no colon'), 'Action: Ping', 'ActionID: 9') + ping('n'),
  act('ActionID: 8', x(1_100), ...Array.from({ length: 130 }, () => 'H: v')) + ping('m') + ping('n'),
  Array.from({ length: 100 }, (_, at) => ping(`p${at}`)).join(''),
  ping('1') + LOGOFF + ping('2'),
  'Action: Ping\r\nActionID: never ended',
];

const READING: readonly string[] = [
  ...['CoreSettings', 'ListCommands', 'CoreShowChannels', 'Status', 'QueueStatus', 'QueueSummary', 'Queues'],
  ...['BridgeList', 'BridgeTechnologyList', 'DeviceStateList', 'PresenceStateList', 'ExtensionStateList'],
  ...['Agents', 'ParkedCalls', 'Parkinglots', 'MeetmeList', 'ConfbridgeListRooms', 'VoicemailUsersList'],
  ...['PJSIPShowEndpoints', 'PJSIPShowAors', 'PJSIPShowContacts', 'PJSIPShowRegistrationsOutbound'],
  ...['ShowDialPlan', 'CoreShowChannelMap', 'MixMonitor'],
].flatMap((action) => [act(`Action: ${action}`, 'ActionID: r')]);

const COMMANDS: readonly string[] = [
  'core show version',
  'core show channels concise',
  'core show applications',
  'core show application Dial',
  'dialplan show proxy',
  'module show like app_dial',
  'no such command',
  'core show',
  '   core   show   version   ',
  'core show hints',
].flatMap((command) => [act('Action: Command', 'ActionID: c', `Command: ${command}`)]);

const WITH_ARGUMENTS: readonly string[] = [
  act('Action: Command'),
  act('Action: Command', 'Command:'),
  act('Action: Getvar', 'Variable: PROXY_SEEN'),
  act('Action: Getvar'),
  act('Action: Getvar', 'Variable: PROXY_SEEN', 'Channel: none'),
  act('Action: Setvar', 'Variable: PROXY_SEEN', 'Value: 1'),
  act('Action: Setvar', 'Variable: PROXY_SEEN', 'Value: a=b,c:d  ') +
    act('Action: Getvar', 'Variable: PROXY_SEEN'),
  act('Action: DBPut', 'Family: proxy', 'Key: a', 'Val: b') + act('Action: DBGet', 'Family: proxy', 'Key: a'),
  act('Action: DBGet', 'Family: proxy', 'Key: none'),
  act('Action: DBPut', 'Family: proxy', 'Key: a', 'Val: c') +
    act('Action: DBDelTree', 'Family: proxy') +
    act('Action: DBGet', 'Family: proxy', 'Key: a'),
  act('Action: GetConfig', 'Filename: manager_none.conf'),
  act('Action: GetConfig', 'Filename: indications.conf'),
  act('Action: GetConfigJSON', 'Filename: indications.conf'),
  act('Action: ListCategories', 'Filename: indications.conf'),
  act('Action: ModuleCheck', 'Module: app_dial'),
  act('Action: ModuleCheck', 'Module: none'),
  act('Action: ExtensionState', 'Exten: ring', 'Context: proxy'),
  act('Action: MailboxCount', 'Mailbox: 1@default'),
  act('Action: MailboxStatus', 'Mailbox: 1@default'),
  act('Action: BridgeInfo', 'BridgeUniqueid: none'),
  act('Action: Hangup', 'Channel: none'),
  act('Action: Hangup'),
  act('Action: Redirect', 'Channel: none', 'Context: proxy', 'Exten: ring', 'Priority: 1'),
  act('Action: Atxfer', 'Channel: none', 'Exten: ring'),
  act('Action: BlindTransfer', 'Channel: none', 'Exten: ring'),
  act('Action: Originate'),
  act('Action: Originate', 'Channel: none'),
  act('Action: Originate', 'Channel: Local/none@none', 'Context: proxy', 'Exten: ring', 'Priority: 1'),
  act(
    'Action: Originate',
    'Channel: Local/go@proxy',
    'Context: proxy',
    'Exten: go',
    'Priority: 1',
    'ActionID: o',
  ) + ping('behind'),
  act(
    'Action: Originate',
    'Channel: Local/ring@proxy',
    'Timeout: 200',
    'Application: Wait',
    'Data: 1',
    'ActionID: o',
  ) + ping('behind'),
  act(
    'Action: Originate',
    'Channel: Local/go@proxy',
    'Application: Wait',
    'Data: 0.1',
    'Async: true',
    'ActionID: o',
  ),
  act(
    'Action: Originate',
    'Channel: Local/go@proxy',
    'Application: System',
    'Data: true',
    'Variable: A=1,B=2',
  ),
  act('Action: Events', 'EventMask: off'),
  act('Action: Events', 'EventMask: call'),
  act('Action: Events', 'EventMask: odd'),
  act('Action: Events'),
  act('Action: Filter', 'Operation: Add', 'Filter: Event: UserEvent'),
  act('Action: Filter', 'Operation: Odd', 'Filter: x'),
  act('Action: Events', 'EventMask: user') + act('Action: UserEvent', 'UserEvent: seen', 'A: 1', 'B: : 2'),
  act('Action: Events', 'EventMask: user') +
    Array.from({ length: 50 }, (_, at) => act('Action: UserEvent', `UserEvent: n${at}`)).join(''),
  act('Action: UserEvent'),
  act('Action: PJSIPShowEndpoint', 'Endpoint: none'),
  act('Action: DialplanExtensionRemove', 'Context: none', 'Extension: none'),
  act('Action: QueueAdd', 'Queue: none', 'Interface: Local/x'),
  act('Action: AOCMessage'),
  act('Action: NoSuchAction'),
];

const PIECES = [0, 0, 1, 7, 3_000];

function conversations(
  kind: string,
  texts: readonly string[],
  whole: (text: string) => string,
  more: Pick<Conversation, 'halfClosed'> = {},
): readonly Conversation[] {
  return texts.map((text, at) => ({
    name: `${kind} ${at}: ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)}`,
    text: whole(text),
    pieces: PIECES[at % PIECES.length] ?? 0,
    ...more,
  }));
}

export const CONVERSATIONS: readonly Conversation[] = [
  ...conversations('before login', BEFORE_LOGIN, (text) => text + LOGOFF),
  ...conversations('refused login', REFUSED_LOGINS, (text) => text),
  ...conversations('login', LOGINS, (text) => text + LOGOFF),
  // The last one never ends its message, so nothing behind it may be heard.
  ...conversations('framing', FRAMING.slice(0, -1), (text) => LOGIN + text + LOGOFF),
  ...conversations('unfinished', FRAMING.slice(-1), (text) => LOGIN + text, { halfClosed: true }),
  ...conversations('reading', READING, (text) => LOGIN + text + LOGOFF),
  ...conversations('command', COMMANDS, (text) => LOGIN + text + LOGOFF),
  ...conversations('with arguments', WITH_ARGUMENTS, (text) => LOGIN + text + LOGOFF),
  ...conversations(
    'half-closed',
    [ping('1'), ping('1') + ping('2'), COMMANDS[2] ?? ''],
    (text) => LOGIN + text,
    {
      halfClosed: true,
    },
  ),
];

/** What differs by nature between two conversations with one manager, and what stands in its place for the comparison. */
export const DIFFERS: readonly (readonly [RegExp, string])[] = [
  // When it was said.
  [/^Timestamp: \d+\.\d+\r$/gm, 'Timestamp: T\r'],
  // How long the exchange runs, of FullyBooted.
  [/^Uptime: \d+\r$/gm, 'Uptime: T\r'],
  [/^LastReload: \d+\r$/gm, 'LastReload: T\r'],
  // Drawn for each connection.
  [/^Challenge: \d+\r$/gm, 'Challenge: C\r'],
];
