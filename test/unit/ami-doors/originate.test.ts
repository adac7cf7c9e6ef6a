import { describe, expect, test } from 'vitest';
import type { AmiDoorsSetting } from '../../../src/config/ami-doors.ts';
import { VETOED, fakeOriginations, judgeWorld, PERMITTED } from '../../support/ami-actions.ts';

/** As VICIdial sends it: header order and call code. */
const VICIDIAL = [
  'Action: Originate',
  'Exten: 8368',
  'Context: default',
  'Channel: Local/913035550123@default',
  'Priority: 1',
  'Callerid: "V1123080000000004711" <3035550100>',
  'Timeout: 25000',
  'VDACnote: TESTCAMP|4711|1|3035550123|OUT|MAIN|0',
] as const;

const without = (name: string): string[] => VICIDIAL.filter((line) => !line.startsWith(`${name}:`));

describe('a call of VICIdial', () => {
  test('is screened with campaign, lead, number and caller ID', async () => {
    const { judged, originations } = judgeWorld();
    await judged(...VICIDIAL);
    expect(originations.asked).toEqual([
      {
        callId: null,
        campaignId: 'solar',
        number: '13035550123',
        callerId: '3035550100',
        zip: null,
        state: null,
        address: null,
        leadId: '4711',
        automated: false,
      },
    ]);
  });

  test('goes on in our words, with what the permit demands', async () => {
    expect(await judgeWorld().told(...VICIDIAL)).toBe(
      `rewrite: ${[
        'Action: Originate',
        'Channel: Local/913035550123@default',
        'Exten: 8368',
        'Context: default',
        'Priority: 1',
        'CallerID: "V1123080000000004711" <3035550100>',
        'Timeout: 25000',
        'ChannelId: call-1',
        'Variable: __BREAKWATER_CALL_ID=call-1',
        'Variable: __BREAKWATER_DECISION_ID=call-1',
        'Variable: __BREAKWATER_CAMPAIGN=solar',
        'Variable: __BREAKWATER_DISCLOSE=yes',
        'Variable: __BREAKWATER_LEAD=4711',
        '',
        '',
      ].join('\r\n')}`,
    );
  });

  test('keeps the channel ids of the exchange where the account wants them', async () => {
    expect(await judgeWorld({ channelId: false }).told(...VICIDIAL)).not.toContain('ChannelId');
  });

  test('the lead is read from the call code where the note is missing', async () => {
    const { judged, originations } = judgeWorld();
    await judged(...without('VDACnote'));
    expect(originations.asked[0]).toMatchObject({ leadId: '4711', campaignId: 'solar' });
  });

  test.each([
    ['a campaign nobody knows', 'VDACnote: OTHER|4711|1|3035550123|OUT', ''],
    ['a campaign of that account', 'VDACnote: TESTCAMP|4711|1|3035550123|OUT', 'solar'],
    ['none', 'VDACnote: |4711|1|3035550123|OUT', 'solar'],
  ])('%s', async (_what, note, campaignId) => {
    const { judged, originations } = judgeWorld();
    await judged(...without('VDACnote'), note);
    expect(originations.asked[0]).toMatchObject({ campaignId });
  });
});

describe('a veto', () => {
  const vetoed = (onVeto: 'error' | 'failed' | 'channel') => judgeWorld({ onVeto }, fakeOriginations(VETOED));

  test('as an error names its reasons', async () => {
    expect(await vetoed('error').told(...VICIDIAL, 'ActionID: 7')).toBe(
      'answer: Response: Error\r\nActionID: 7\r\nMessage: Vetoed: on_internal_list,outside_calling_hours\r\n\r\n',
    );
  });

  test('as a failed call says what a failed call says', async () => {
    expect(await vetoed('failed').told(...VICIDIAL)).toBe(
      'answer: Response: Error\r\nMessage: Originate failed\r\n\r\n',
    );
  });

  test('as a failed call without waiting has its event', async () => {
    expect(
      await vetoed('failed').told(...VICIDIAL, 'ActionID: 7', 'Async: true', 'ChannelId: theirs-1'),
    ).toBe(
      `answer: ${[
        'Response: Success',
        'ActionID: 7',
        'Message: Originate successfully queued',
        '',
        'Event: OriginateResponse',
        'Privilege: call,all',
        'ActionID: 7',
        'Response: Failure',
        'Channel: Local/913035550123@default',
        'Context: default',
        'Exten: 8368',
        'Reason: 0',
        'Uniqueid: theirs-1',
        'CallerIDNum: 3035550100',
        'CallerIDName: V1123080000000004711',
        '',
        '',
      ].join('\r\n')}`,
    );
  });

  test('as a channel dials nobody, and keeps what the dialer knows its call by', async () => {
    const told = await vetoed('channel').told(...VICIDIAL, 'ActionID: 7', 'Variable: theirs=1');
    expect(told).toContain('Channel: Local/veto-call-2@breakwater-vetoed/n\r\n');
    expect(told).toContain('CallerID: "V1123080000000004711" <3035550100>\r\n');
    expect(told).toContain('ActionID: 7\r\n');
    expect(told).toContain('Variable: __BREAKWATER_REASON=on_internal_list\r\n');
    expect(told).toContain('Variable: theirs=1\r\n');
    expect(told).not.toContain('3035550123');
    expect(told).not.toContain('BREAKWATER_CALL_ID');
  });

  test('a form that is closed ends as a channel too, for who keeps books', async () => {
    const world = judgeWorld({ onVeto: 'channel' });
    const told = await world.told(...without('Channel'), 'Channel: PJSIP/13035550123@other');
    expect(told).toContain('Channel: Local/veto-closed@breakwater-vetoed/n\r\n');
    expect(told).toContain('"V1123080000000004711"');
    expect(told).not.toContain('3035550123');
    expect(world.originations.asked).toEqual([]);
    expect(world.logged.join()).not.toContain('13035550123');
  });
});

describe('screening that does not answer', () => {
  test('fails: vetoed', async () => {
    const originations = fakeOriginations();
    originations.reply = () => Promise.reject(new Error('no ledger'));
    const world = judgeWorld({}, originations);
    expect(await world.told(...VICIDIAL)).toMatch(/^answer: .*Vetoed: fact_unavailable/s);
  });

  test('is late: the permit is given back, and the call is not placed', async () => {
    const { judge, originations } = judgeWorld();
    const late = new AbortController();
    originations.reply = () => {
      late.abort();
      return PERMITTED;
    };
    const { actionOf, SESSION } = await import('../../support/ami-actions.ts');
    const judgement = await judge(actionOf(...VICIDIAL), SESSION, late.signal);
    expect(judgement.do).toBe('answer');
    expect(originations.withdrawn).toEqual(['call-1']);
  });

  test('was in time, and the call cannot be sent: the permit is given back', async () => {
    const { judge, originations } = judgeWorld();
    const { actionOf, SESSION } = await import('../../support/ami-actions.ts');
    const signal = new AbortController();
    expect((await judge(actionOf(...VICIDIAL), SESSION, signal.signal)).do).toBe('rewrite');
    expect(originations.withdrawn).toEqual([]);
    signal.abort();
    expect(originations.withdrawn).toEqual(['call-1']);
  });

  test('what cannot be written as one action is given back', async () => {
    const originations = fakeOriginations({
      ...PERMITTED,
      variables: [['BREAKWATER_MESSAGE', 'x'.repeat(2_000)]],
    } as typeof PERMITTED);
    const world = judgeWorld({}, originations);
    expect(await world.told(...VICIDIAL)).toMatch(/^answer: Response: Error/);
    expect(originations.withdrawn).toEqual(['call-1']);
  });
});

describe('how long it rings', () => {
  test.each([
    ['less than the law lets it', 'Timeout: 5000', 15_000],
    ['longer than the permit lets it', 'Timeout: 90000', 40_000],
    ['as long as asked', 'Timeout: 25000', 25_000],
    ['nothing asked: what Asterisk takes', 'X: y', 30_000],
    ['for ever', 'Timeout: 0', 15_000],
  ])('%s', async (_what, line, timeoutMs) => {
    expect(await judgeWorld().told(...without('Timeout'), line)).toContain(`\r\nTimeout: ${timeoutMs}\r\n`);
  });

  test('no time is long enough and short enough: vetoed, and given back', async () => {
    const originations = fakeOriginations({ ...PERMITTED, ringAtMostSeconds: 10 } as typeof PERMITTED);
    expect(await judgeWorld({}, originations).told(...VICIDIAL)).toContain('Vetoed: fact_unavailable');
    expect(originations.withdrawn).toEqual(['call-1']);
  });
});

describe('the caller', () => {
  test.each([
    ['"Solar" <303 555-0100>', '3035550100', '"Solar" <3035550100>'],
    ['Solar <+13035550100>', '+13035550100', '"Solar" <+13035550100>'],
    ['3035550100', '3035550100', '<3035550100>'],
    ['Solar', null, '"Solar" <13035550100>'],
    ['', null, '<13035550100>'],
  ])('%s', async (header, asked, written) => {
    const { told, originations } = judgeWorld();
    const text = await told(...without('Callerid'), `CallerID: ${header}`);
    expect(originations.asked[0]?.callerId).toBe(asked);
    expect(text).toContain(`\r\nCallerID: ${written}\r\n`);
  });
});

describe('what the dialer says of the lead', () => {
  test('is screened, and told to the second lock in the same words', async () => {
    const { told, originations } = judgeWorld();
    const text = await told(
      ...VICIDIAL,
      'Variable: BREAKWATER_STATE=CO,__BREAKWATER_ZIP=80202,a="1,2",_b=3',
      'Variable: BREAKWATER_LEAD=lead-9,BREAKWATER_AUTOMATED=yes',
    );
    expect(originations.asked[0]).toMatchObject({
      state: 'CO',
      zip: '80202',
      leadId: 'lead-9',
      automated: true,
    });
    for (const line of [
      '__BREAKWATER_STATE=CO',
      '__BREAKWATER_ZIP=80202',
      '__BREAKWATER_LEAD=lead-9',
      '__BREAKWATER_AUTOMATED=yes',
      'a=1\\,2',
      '_b=3',
    ]) {
      expect(text).toContain(`\r\nVariable: ${line}\r\n`);
    }
  });

  test('account settings reach the dialplan', async () => {
    const variables = [{ name: 'BREAKWATER_DIAL_SUFFIX', value: '@carrier' }];
    expect(await judgeWorld({ variables }).told(...VICIDIAL)).toContain(
      'Variable: __BREAKWATER_DIAL_SUFFIX=@carrier\r\n',
    );
  });
});

test('what is dialed and cannot be one number of the plan is screened as no number', async () => {
  const { judged, originations } = judgeWorld();
  for (const dialed of ['911', '011442075550123', '0013035550123', '3035550123', '5550123']) {
    await judged(...without('Channel').slice(0, -1), `Channel: Local/9${dialed}@default`);
  }
  expect(originations.asked.map(({ number }) => number)).toEqual([
    'dialed 911',
    'dialed 011442075550123',
    'dialed 0013035550123',
    '3035550123',
    'dialed 5550123',
  ]);
});

test('a telephone of the account that joins a place of the account is no call, and is not screened', async () => {
  const { told, originations } = judgeWorld();
  expect(
    await told(
      'Action: Originate',
      'Channel: PJSIP/gs102',
      'Context: default',
      'Exten: 8600051',
      'Priority: 1',
      'CallerID: "S1123080000gs102"',
    ),
  ).toBe(
    'rewrite: Action: Originate\r\nChannel: PJSIP/gs102\r\nExten: 8600051\r\nContext: default\r\nPriority: 1\r\nCallerID: "S1123080000gs102" <>\r\n\r\n',
  );
  expect(originations.asked).toEqual([]);
});

describe('ways round the veto', () => {
  const channel = (value: string): string[] => [...without('Channel'), `Channel: ${value}`];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['two numbers in one channel', channel('Local/913035550123@default&PJSIP/19005550100@carrier')],
    ['another context', channel('Local/913035550123@outbound')],
    ['a channel option', channel('Local/913035550123@default/n')],
    ['another trunk', channel('PJSIP/13035550123@other')],
    ['another technology', channel('SIP/carrier/13035550123')],
    ['letters in the number', channel('Local/91303555012x@default')],
    ['a number behind a number', channel('Local/913035550123,1@default')],
    ['no channel', without('Channel')],
    ['an empty channel before a good one', ['Action: Originate', 'Channel:', ...VICIDIAL.slice(1)]],
    ['a place that is not open', [...without('Exten'), 'Exten: 919005550100']],
    ['a place behind the veto', [...without('Priority'), 'Priority: 5']],
    ['a label', [...without('Priority'), 'Priority: place']],
    ['an application that dials', [...VICIDIAL, 'Application: Dial', 'Data: PJSIP/19005550100@carrier']],
    ['an application with other data', [...VICIDIAL, 'Application: Queue', 'Data: sales,t']],
    ['dialplan before the dialing', [...VICIDIAL, 'PreDialGoSub: evil,s,1']],
    ['a second one of it', [...VICIDIAL, 'PreDialGoSub:', 'PreDialGoSub: evil,s,1']],
    ['early media', [...VICIDIAL, 'EarlyMedia: true']],
    ['a verdict of its own', [...VICIDIAL, 'Variable: BREAKWATER_VERDICT=permit']],
    ['one inherited', [...VICIDIAL, 'Variable: __BREAKWATER_VERDICT=permit']],
    ['one inherited once more', [...VICIDIAL, 'Variable: ___BREAKWATER_VERDICT=permit']],
    ['one in small letters', [...VICIDIAL, 'Variable: breakwater_verdict=permit']],
    ['one behind others', [...VICIDIAL, 'Variable: a=1,b="x,y",_BREAKWATER_DECISION_ID=old']],
    ['one behind a blank', [...VICIDIAL, 'Variable: a=1, BREAKWATER_VERDICT=permit']],
    ['the dial string', [...VICIDIAL, 'Variable: BREAKWATER_DIAL_SUFFIX=@carrier&PJSIP/19005550100@carrier']],
    ['the address of the veto', [...VICIDIAL, 'Variable: GLOBAL(BREAKWATER_AGI)=agi://192.0.2.1']],
    ['a function', [...VICIDIAL, 'Variable: SHELL(true)=1']],
    ['another caller', [...VICIDIAL, 'Variable: CALLERID(num)=2025550123']],
    ['where transfers go', [...VICIDIAL, 'Variable: __TRANSFER_CONTEXT=outbound']],
    ['dialplan at a new line', [...VICIDIAL, 'Variable: __CONNECTED_LINE_SEND_SUB=outbound,19005550101,1']],
    ['dialplan at a new caller', [...VICIDIAL, 'Variable: _REDIRECTING_SEND_SUB=outbound,19005550101,1']],
    ['a program of a queue that records', [...VICIDIAL, 'Variable: __MONITOR_EXEC=touch x']],
    ['a program of a conference', [...VICIDIAL, 'Variable: __MEETME_AGI_BACKGROUND=x.agi']],
    ['which keys transfer', [...VICIDIAL, 'Variable: __BRIDGE_FEATURES=T']],
    ['where a spy goes', [...VICIDIAL, 'Variable: SPY_EXIT_CONTEXT=outbound']],
    [
      'a number in the note that is not called',
      [...without('VDACnote'), 'VDACnote: TESTCAMP|1|1|3035550199|OUT'],
    ],
    ['a caller nobody can read', [...without('Callerid'), 'CallerID: "a" <1> <3035550100>']],
    ['a caller with a quote', [...without('Callerid'), 'CallerID: "a\\"b" <3035550100>']],
    ['a channel id that is none', [...VICIDIAL, 'ChannelId: a b']],
    ['a second channel id that is none', [...VICIDIAL, 'OtherChannelId: a;b']],
    ['a time that is none', [...without('Timeout'), 'Timeout: -1']],
    ['codecs that are none', [...VICIDIAL, 'Codecs: ulaw;x']],
    ['a carriage return in a value', [...VICIDIAL, 'Account: a\rChannel: PJSIP/19005550100@carrier']],
  ];
  test.each(cases)('%s', async (_what, lines) => {
    const { told, originations } = judgeWorld();
    expect(await told(...lines)).toMatch(/^answer: Response: Error\r\nMessage: Permission denied: /);
    expect(originations.asked).toEqual([]);
  });

  test.each([
    ['no space', ['Action:Originate', ...VICIDIAL.slice(1)]],
    [
      'letters',
      [
        'aCTION: oRIGINATE',
        ...VICIDIAL.slice(1).map((line) => line.replace(/^[A-Z]/, (first) => first.toLowerCase())),
      ],
    ],
    ['an empty action first', ['Action:', ...VICIDIAL]],
    ['a second channel', [...VICIDIAL, 'Channel: PJSIP/19005550100@carrier']],
    ['a second action', [...VICIDIAL, 'Action: Ping']],
    [
      'what is no header',
      [...VICIDIAL, 'Channel PJSIP/19005550100@carrier', 'Channel : PJSIP/19005550100@carrier'],
    ],
  ])('only what the exchange would read is read: %s', async (_what, lines) => {
    const { told, originations } = judgeWorld();
    const text = await told(...lines);
    expect(text).toMatch(/^rewrite: Action: Originate\r\nChannel: Local\/913035550123@default\r\n/);
    expect(text).not.toContain('19005550100');
    expect(text.match(/Action:/g)).toHaveLength(1);
    expect(originations.asked).toHaveLength(1);
  });

  test('of two variables of one name the first stays, as on the exchange', async () => {
    const { judged, originations } = judgeWorld();
    await judged(...VICIDIAL, 'Variable: BREAKWATER_STATE=CO', 'Variable: BREAKWATER_STATE=NY');
    expect(originations.asked[0]?.state).toBe('CO');
  });
});

describe('a number behind a telephone of the account, as VICIdial dials by hand', () => {
  const BY_HAND = [
    'Action: Originate',
    'Exten: 913035550123',
    'Context: default',
    'Channel: Local/8600051@default',
    'Priority: 1',
    'Callerid: "M1123080000000004711" <3035550100>',
    'Timeout: 60000',
  ] as const;
  const OPEN = { behindAgents: ['9{number}@default'] };

  test('is screened before the telephone is dialed', async () => {
    const { judged, originations } = judgeWorld(OPEN);
    await judged(...BY_HAND);
    expect(originations.asked).toMatchObject([
      { callId: null, campaignId: 'solar', number: '13035550123', callerId: '3035550100', leadId: '4711' },
    ]);
  });

  test('goes on for five seconds, and the telephone does not bear the name of the call', async () => {
    expect(await judgeWorld(OPEN).told(...BY_HAND)).toBe(
      `rewrite: ${[
        'Action: Originate',
        'Channel: Local/8600051@default',
        'Exten: 913035550123',
        'Context: default',
        'Priority: 1',
        'CallerID: "M1123080000000004711" <3035550100>',
        'Timeout: 5000',
        'Variable: __BREAKWATER_DECISION_ID=call-1',
        'Variable: __BREAKWATER_CAMPAIGN=solar',
        'Variable: __BREAKWATER_DISCLOSE=yes',
        'Variable: __BREAKWATER_LEAD=4711',
        '',
        '',
      ].join('\r\n')}`,
    );
  });

  test('vetoed as a channel has no place to go to', async () => {
    const told = await judgeWorld({ ...OPEN, onVeto: 'channel' }, fakeOriginations(VETOED)).told(...BY_HAND);
    expect(told).toContain('Channel: Local/veto-call-2@breakwater-vetoed/n\r\nApplication: NoOp\r\n');
    expect(told).toContain('CallerID: "M1123080000000004711" <3035550100>\r\n');
    expect(told).not.toMatch(/Exten|3035550123/);
  });

  test.each<[string, Record<string, string>, Partial<AmiDoorsSetting>]>([
    ['where the account has no such place', {}, { behindAgents: [] }],
    ['from a channel that is no telephone of its own', { Channel: 'PJSIP/13035550123@carrier2' }, {}],
    ['at another priority', { Priority: '2' }, {}],
    ['in another context', { Context: 'outbound' }, {}],
    ['two numbers', { Exten: '913035550123&913035550124' }, {}],
    ['with an id for the telephone', { ChannelId: 'theirs-1' }, {}],
  ])('%s is refused, and asks for no decision', async (_what, changed, doors) => {
    const kept: string[] = BY_HAND.filter((line) => !((/^\w+/.exec(line)?.[0] ?? '') in changed));
    const { told, originations } = judgeWorld({ ...OPEN, ...doors });
    const lines = [...kept, ...Object.entries(changed).map(([name, value]) => `${name}: ${value}`)];
    expect(await told(...lines)).toMatch(/^answer: Response: Error\r\nMessage: Permission denied: /);
    expect(originations.asked).toEqual([]);
  });

  test('an agent who is only rung calls nobody', async () => {
    const { judged, originations } = judgeWorld(OPEN);
    await judged(...BY_HAND.map((line) => line.replace('913035550123', '8600052')));
    expect(originations.asked).toEqual([]);
  });
});
