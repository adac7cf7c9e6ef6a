/** A telephone number within other text, in whatever way somebody has written its digits together. */

/** The digits that every spelling without separators has: without the plus, and without the country code of the United States. */
export const digitsOf = (number: string): string => number.replace(/^\+1?/, '');

/** Whether the text has the number, and not merely its digits within a longer run of them, another number or a time. */
export const hasNumber = (number: string, text: string): boolean =>
  new RegExp(`(?<!\\d)(?:\\+?${countryOf(number)})?${digitsOf(number)}(?!\\d)`).test(text);

const countryOf = (number: string): string => (number.startsWith('+1') ? '1' : '');
