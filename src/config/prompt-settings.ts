/** The messages of a campaign as settings: the words that must be heard, and where the operator's own recordings are. */
import { resolve } from 'node:path';
import type { Parsed } from '../domain/brand.ts';
import type { Seller } from '../domain/campaign.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import {
  disclosureText,
  machineMessageText,
  optOutConfirmationText,
  safeHarborText,
  type SpokenParts,
} from '../domain/safe-harbor-text.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';
import type { CampaignPrompts, PromptSetting } from './config.ts';

/** Undefined when a wording is refused; that is reported. Whether a recording is fit is found out when it is probed. */
export function readPrompts(
  yaml: CampaignYaml,
  campaignId: CampaignId,
  { seller, tollFreeNumber }: { readonly seller: Seller; readonly tollFreeNumber: PhoneNumber | null },
  source: { readonly report: Report; readonly base: string },
): CampaignPrompts | undefined {
  const parts: SpokenParts = {
    sellerName: seller.name,
    callbackNumber: seller.callbackNumber,
    optOutDigit: yaml.safeHarbor.optOutDigit,
  };
  const setting = (
    path: string,
    template: string | null,
    file: string | null,
    write: (parts: SpokenParts, template: string | null) => Parsed<string>,
  ): PromptSetting | undefined => {
    const words = write(parts, template);
    if (!words.ok) {
      source.report(path, words.problem, template, 'a wording as docs/configuration.md describes it');
      return undefined;
    }
    return { text: words.value, file: file === null ? null : resolve(source.base, file) };
  };
  const { safeHarbor: harbor, recording } = yaml;
  const safeHarbor = setting('safeHarbor.text', harbor.text, harbor.file, safeHarborText);
  const monitored = yaml.supervisors.length > 0;
  const disclosure = setting('recording.text', recording.text, recording.file, (spoken, template) =>
    disclosureText(spoken, template, { monitored }),
  );
  const optOutConfirmation = setting(
    'safeHarbor.confirmationText',
    harbor.confirmationText,
    harbor.confirmationFile,
    optOutConfirmationText,
  );
  const { machineDetection: machine } = yaml;
  const machineMessage =
    tollFreeNumber === null
      ? null
      : setting('machineDetection.text', machine.text, machine.file, (spoken, template) =>
          machineMessageText({ ...spoken, tollFreeNumber }, template),
        );
  if (machineMessage === undefined) return undefined;
  if (safeHarbor === undefined || disclosure === undefined || optOutConfirmation === undefined)
    return undefined;
  const { voice, language } = harbor;
  return { campaignId, voice, language, safeHarbor, disclosure, optOutConfirmation, machineMessage };
}
