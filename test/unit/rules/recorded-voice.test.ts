/** Which texts of a consent name recorded voice (47 CFR 64.1200(f)(9)(i)(A)); what may be a refusal does not. */
import { describe, expect, test } from 'vitest';
import { namesRecordedVoice } from '../../../src/rules/recorded-voice.ts';

describe('named', () => {
  test.each([
    'I agree to be called with a prerecorded voice.',
    'I agree to PRE-RECORDED calls.',
    'I agree to calls with an artificial or prerecorded voice.',
    'You may call me with an artificial voice.',
    'I agree to recorded messages.',
    'I agree to recorded sales messages about roof panels.',
    'I understand that consent is not a condition of purchase and agree to prerecorded calls.',
    'I am not required to sign in order to buy, and I agree to prerecorded calls.',
    'I agree to prerecorded messages, even if my number is on a do-not-call list.',
    'Although I am on a do not call list I agree to prerecorded messages.',
    'I agree to calls, including, without limitation, prerecorded messages.',
    'I do not want letters. I agree to prerecorded messages.',
  ])('%s', (text) => {
    expect(namesRecordedVoice(text)).toBe(true);
  });
});

describe('not named', () => {
  test.each([
    '',
    'I agree to calls by an autodialer.',
    'Calls may be recorded for quality.',
    'I agree to calls about artificial turf.',
    'I do not agree to prerecorded messages.',
    "I don't consent to calls with an artificial voice.",
    'I don’t consent to calls with an artificial voice.',
    'I agree to calls but not to prerecorded messages.',
    'I agree to calls without prerecorded messages.',
    'I agree to calls with no prerecorded messages.',
    'I do not agree that Sunrise Inc. may send prerecorded messages.',
    'Prerecorded messages I do not agree to.',
    'I am not required to accept prerecorded messages.',
  ])('%s', (text) => {
    expect(namesRecordedVoice(text)).toBe(false);
  });
});
