/** What a campaign file may say of answering machines: nobody waits for a detector, and no message is left without its elements. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { localWiring } from '../../../src/cli/local.ts';
import { SHIPPED, world } from './world.ts';

const FILE = 'campaigns/solar.yaml';

function loadWith(settings: string, more = '') {
  const made = world();
  made.write(`config/${FILE}`, `${made.read(`config/${FILE}`)}\nmachineDetection: ${settings}\n${more}`);
  return made;
}

function campaignWith(settings: string) {
  const answer = loadWith(settings).load();
  if (!answer.ok) throw new Error(answer.problems.join('\n'));
  const index = answer.config.campaigns.findIndex(({ id }) => id === 'solar');
  return { campaign: answer.config.campaigns[index]!, prompts: answer.config.prompts[index]!, answer };
}

describe('machine detection', () => {
  test('is off, and then the campaign knows nothing of it', () => {
    const shipped = world().load();
    expect(shipped.ok && shipped.config.campaigns.every((each) => !('machineDetection' in each))).toBe(true);
    const { campaign, prompts, answer } = campaignWith('{ by: off }');
    expect(campaign.machineDetection).toBeUndefined();
    expect(prompts.machineMessage).toBeNull();
    expect(shipped.ok && shipped.config.policy.hash).toBe(answer.config.policy.hash);
  });

  test.each([
    ['{ by: asterisk }', true],
    ['{ by: own }', false],
  ])('%s: doctor is told whether the exchange needs AMD(): %s', async (settings, needsAmd) => {
    const made = loadWith(settings);
    cpSync(join(SHIPPED, 'rules'), join(made.directory, 'rules'), { recursive: true });
    const loaded = await localWiring.loadForDoctor({ configDirectory: made.directory, env: {} });
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
    expect(loaded.config.exchangeFindsMachines).toBe(needsAmd);
  });

  test('of our own: hangs up unless told otherwise', () => {
    expect(campaignWith('{ by: own }').campaign.machineDetection).toMatchObject({
      by: 'own',
      onMachine: 'hang_up',
      longestHumanTalkMs: 1_500,
    });
  });

  test('leaves a message that has every element', () => {
    const settings = "{ by: own, onMachine: message, tollFreeNumber: '+18005550100' }";
    const { campaign, prompts } = campaignWith(settings);
    expect(campaign.machineDetection?.onMachine).toBe('message');
    expect(prompts.machineMessage?.text).toContain('eight zero zero, five five five, zero one zero zero');
  });

  test.each([
    ['{ by: off, onMachine: message }', 'machineDetection.by', 'finds no machine'],
    ['{ by: own, longestHumanTalkMs: 2001 }', 'machineDetection.longestHumanTalkMs', 'at most 2000'],
    [
      '{ by: asterisk, amd: { totalAnalysisMs: 1801 } }',
      'machineDetection.amd.totalAnalysisMs',
      'at most 1800',
    ],
    [
      '{ by: asterisk, amd: { afterGreetingSilenceMs: 701 } }',
      'machineDetection.amd.afterGreetingSilenceMs',
      'at most 700',
    ],
    [
      '{ by: asterisk, amd: { initialSilenceMs: 1900 } }',
      'machineDetection.amd.initialSilenceMs',
      'at most totalAnalysisMs, 1800',
    ],
    [
      "{ by: own, onMachine: message, tollFreeNumber: '+18005550100', toneWithinMs: 1401 }",
      'machineDetection.toneWithinMs',
      'at most 1400',
    ],
    ['{ by: own, onMachine: message }', 'machineDetection.tollFreeNumber', 'toll-free'],
    [
      "{ by: own, onMachine: message, tollFreeNumber: '+13035550100' }",
      'machineDetection.tollFreeNumber',
      'toll-free',
    ],
    [
      "{ by: own, onMachine: message, tollFreeNumber: 'none' }",
      'machineDetection.tollFreeNumber',
      'telephone number',
    ],
    [
      "{ by: own, onMachine: message, tollFreeNumber: '+18005550100', text: 'Call {number} today, {seller}.' }",
      'machineDetection.text',
      'lacks {digit}',
    ],
    ['{ by: own, thresholdMs: 2500 }', 'machineDetection', 'thresholdMs'],
  ])('%s is refused', (settings, path, says) => {
    const problems = loadWith(settings).problems();
    expect(problems.filter((line) => line.includes(path))).not.toEqual([]);
    expect(problems.join('\n')).toContain(says);
  });

  test('is of no use to agents who are there at the answer', () => {
    const problems = loadWith('{ by: own }', 'connect: at_answer\n').problems();
    expect(problems.join('\n')).toMatch(/machineDetection\.by.*comes too late/);
  });

  test('a toll-free number for fiction is refused where calls are real', () => {
    const made = loadWith("{ by: own, onMachine: message, tollFreeNumber: '+18005550100' }");
    made.edit('breakwater.yaml', 'environment: rehearsal', 'environment: production');
    expect(made.problems().join('\n')).toMatch(/tollFreeNumber.*reserved for fiction/);
  });
});
