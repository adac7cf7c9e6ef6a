/** The configuration of a private Asterisk as text, file by file: everything relocated, everything on 127.0.0.1. */
import { EMPTY_FILES, modulesConf } from './modules.ts';
import type { AsteriskLayout } from './layout.ts';
import type { PortBlock } from './port-block.ts';

export interface Endpoint {
  /** Dialled as `PJSIP/<number>@<name>`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** More lines of the endpoint's section, e.g. `{ stir_shaken_profile: 'attest' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface ConfigInput {
  readonly name: string;
  readonly directory: string;
  readonly layout: AsteriskLayout;
  readonly ports: Pick<PortBlock, 'http' | 'ami' | 'sip' | 'rtp'>;
  readonly user: string;
  readonly password: string;
  readonly endpoints: readonly Endpoint[];
  readonly inboundContext: string;
  readonly inboundSettings: Readonly<Record<string, string>>;
  /** Absolute paths, as Asterisk sees them. */
  readonly dialplan: readonly string[];
  readonly dialplanText: string;
  readonly globals: Readonly<Record<string, string>>;
  readonly verbose: number;
  readonly extraFiles: Readonly<Record<string, string>>;
}

export function configFiles(input: ConfigInput): Record<string, string> {
  return {
    ...Object.fromEntries(EMPTY_FILES.map((file) => [file, ''])),
    'asterisk.conf': asteriskConf(input),
    'logger.conf': '[general]\n[logfiles]\nfull => notice,warning,error,verbose,dtmf\n',
    'modules.conf': modulesConf(Object.keys(input.extraFiles)),
    'http.conf': ini('general', {
      enabled: 'yes',
      bindaddr: '127.0.0.1',
      bindport: String(input.ports.http),
      sessionlimit: '1000',
      session_keep_alive: '60000',
    }),
    'ari.conf':
      ini('general', { enabled: 'yes', pretty: 'no' }) +
      ini(input.user, { type: 'user', password: input.password, password_format: 'plain', read_only: 'no' }),
    'manager.conf':
      ini('general', { enabled: 'yes', bindaddr: '127.0.0.1', port: String(input.ports.ami) }) +
      ini(input.user, {
        secret: input.password,
        deny: '0.0.0.0/0.0.0.0',
        permit: '127.0.0.0/255.0.0.0',
        read: 'all',
        write: 'all',
        writetimeout: '5000',
      }),
    // strictrtp is off because SIPp sends a pressed key from another socket than the speech.
    'rtp.conf': ini('general', {
      rtpstart: String(input.ports.rtp.from),
      rtpend: String(input.ports.rtp.to),
      strictrtp: 'no',
      icesupport: 'no',
    }),
    'pjsip.conf': pjsipConf(input),
    'extensions.conf': extensionsConf(input),
    'musiconhold.conf': ini('default', { mode: 'files', directory: `${input.directory}/data/moh` }),
    'indications.conf':
      ini('general', { country: 'us' }) +
      ini('us', {
        description: 'United States',
        ringcadence: '2000,4000',
        dial: '350+440',
        busy: '480+620/500,0/500',
        ring: '440+480/2000,0/4000',
        congestion: '480+620/250,0/250',
      }),
    'amd.conf': ini('general', {
      total_analysis_time: '5000',
      silence_threshold: '256',
      initial_silence: '2500',
      after_greeting_silence: '500',
      greeting: '1500',
      min_word_length: '120',
      between_words_silence: '50',
      maximum_number_of_words: '3',
      maximum_word_length: '5000',
    }),
    ...input.extraFiles,
  };
}

function asteriskConf({ name, directory, layout, verbose }: ConfigInput): string {
  const own = (folder: string): string => `${directory}/${folder}`;
  return [
    '[directories]',
    `astetcdir => ${own('etc')}`,
    `astmoddir => ${layout.modules}`,
    `astvarlibdir => ${own('lib')}`,
    `astdbdir => ${own('db')}`,
    `astkeydir => ${own('keys')}`,
    `astdatadir => ${own('data')}`,
    `astspooldir => ${own('spool')}`,
    `astrundir => ${own('run')}`,
    `astlogdir => ${own('log')}`,
    `astcachedir => ${own('cache')}`,
    `astsbindir => ${layout.sbin}`,
    `astagidir => ${layout.data}/agi-bin`,
    '[options]',
    `systemname = ${name}`,
    `verbose = ${verbose}`,
    'documentation_language = en_US',
    'nocolor = yes',
    'live_dangerously = no',
    '',
  ].join('\n');
}

function pjsipConf({ ports, endpoints, inboundContext, inboundSettings }: ConfigInput): string {
  const media = {
    context: inboundContext,
    disallow: 'all',
    allow: 'ulaw',
    direct_media: 'no',
    dtmf_mode: 'rfc4733',
    timers: 'no',
    rtp_symmetric: 'no',
  };
  return [
    ini('global', { type: 'global', user_agent: 'Asterisk', endpoint_identifier_order: 'ip,username' }),
    ini('transport-udp', { type: 'transport', protocol: 'udp', bind: `127.0.0.1:${ports.sip}` }),
    ...endpoints.map(
      ({ name, host, port, settings }) =>
        ini(name, { type: 'endpoint', aors: name, ...media, ...settings }) +
        ini(name, { type: 'aor', contact: `sip:${name}@${host}:${port}` }),
    ),
    // Whoever calls in from loopback (agents, carriers) arrives in the inbound context.
    ini('loopback-caller', { type: 'endpoint', ...media, ...inboundSettings }),
    ini('loopback-caller-identify', {
      type: 'identify',
      endpoint: 'loopback-caller',
      match: '127.0.0.0/8',
    }),
  ].join('\n');
}

function extensionsConf({ globals, dialplan, dialplanText }: ConfigInput): string {
  return [
    ini('general', { static: 'yes', writeprotect: 'yes', autofallthrough: 'yes' }),
    ini('globals', globals),
    ...dialplan.map((path) => `#include "${path}"`),
    dialplanText,
    '',
  ].join('\n');
}

function ini(section: string, settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  return [`[${section}]`, ...lines, ''].join('\n');
}
